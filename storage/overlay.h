/* overlay.h - the table each storage driver fills; only rootfs.c and overlay_*.c include it. */
#ifndef PODLITE_OVERLAY_H
#define PODLITE_OVERLAY_H

#include "storage/rootfs.h"

struct overlay_ops {
	/* After dir/{upper,work} are there; NULL if nothing is left to do. */
	int (*prepare)(const struct rootfs *r, struct err *err);
	int (*mount)(const struct rootfs *r, struct rootfs_mounted *ret, struct err *err);
	/* Try it on scratch directories low1, low2, upper, work, merged below scratch. */
	int (*probe)(const struct rootfs *scratch, struct err *err);
};

/* The path of dir/merged, which only some ways of mounting need: it is made if it is not there. */
int rootfs_merged(const struct rootfs *r, char **ret, struct err *err) __must_check;

extern const struct overlay_ops overlay_kernel_ops, overlay_fuse_ops, overlay_copy_ops;

#endif
