/*
 * gc.h - what nothing refers to any more: layers and blobs.
 *
 * Reachable is what images/, the rootfs.json of containers and of containers being made (tmp/)
 * name. Only without holders (store_hold): a pull has layers before it has an image.
 */
#ifndef PODLITE_GC_H
#define PODLITE_GC_H

#include "common/svec.h"
#include "storage/store.h"

struct gc_unused {
	struct svec layers, blobs; /* hex digits */
};
/* What gc_collect would remove now. 1: somebody holds the store, so it cannot be told. */
int gc_list_unused(struct store *s, struct gc_unused *ret, struct err *err) __must_check;
void gc_unused_done(struct gc_unused *u);
/* Remove it. When somebody holds the store nothing is done: the next collection will. Runs inside the user namespace. */
int gc_collect(struct store *s, struct err *err) __must_check;

#endif
