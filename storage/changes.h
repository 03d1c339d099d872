/* changes.h - what a tree changed: a container's upper directory, a layer, or a full copy, against layers. */
#ifndef PODLITE_CHANGES_H
#define PODLITE_CHANGES_H

#include "storage/rootfs.h"

struct changes {
	const char *upper;          /* path of the tree */
	const struct svec *lowers;  /* paths, uppermost first */
	enum store_driver driver;   /* STORE_COPY: a full copy: what is not in it is gone, what is alike did not change */
};

/* Calls fn for each change, sorted by path. Inside the user namespace. */
int changes_walk(const struct changes *c, void (*fn)(void *arg, enum rootfs_change c, const char *path), void *arg,
	struct err *err) __must_check;

#endif
