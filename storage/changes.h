/* changes.h - what a container changed: its upper directory (or full copy) against the layers. */
#ifndef PODLITE_CHANGES_H
#define PODLITE_CHANGES_H

#include "storage/rootfs.h"

/* As rootfs_changes, which is its only caller. */
int changes_walk(const struct rootfs *r, void (*fn)(void *arg, enum rootfs_change c, const char *path), void *arg,
	struct err *err) __must_check;

#endif
