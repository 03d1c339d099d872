/*
 * mounts.h - root file systems of images and containers mounted where the caller can look at them:
 * `podlite mount`, `image mount`.
 *
 * They are made in the caller's own mount namespace, which `podlite unshare` (or being root) gives,
 * and go with it. Nothing is written down: mounted is what the kernel says is a mount point, so each
 * namespace has its own answer. Mounting again is no second mount, and one unmount ends it.
 * Images are read-only, at RUNDIR/mounts/ID/merged; a container is at containers/ID/merged: one that
 * runs as the live mount it sees itself, one that does not as a mount of its own. Two overlays over one
 * upper layer would be undefined, so it is not started while it is mounted anywhere: mounting leaves a
 * mark in the container's directory, and where there is one, a start looks at the mounts of all processes
 * of the user. The mark says where to look; what is mounted, the kernel says.
 */
#ifndef PODLITE_ENGINE_MOUNTS_H
#define PODLITE_ENGINE_MOUNTS_H

#include "podlite/engine/ctr_record.h"
#include "podlite/engine/img.h"

/* -1, with advice, for who could not mount or would not see it. command: "image mount", for the message. */
int mounts_allowed(const char *command, struct err *err) __must_check;
/* What rootfs_mount needs for an image, read-only; inside the user namespace, with the store held. The caller
 * does rootfs_done, in any case. */
struct rootfs;
int mounts_image_rootfs(struct context *c, struct image *img, struct rootfs *ret, struct err *err) __must_check;
/* Mount, unless it is; *ret_path: absolute. EK_UNSUPPORTED: images with the driver vfs. */
int mounts_image(struct context *c, struct image *img, char **ret_path, struct err *err) __must_check;
int mounts_ctr(struct context *c, const struct ctr *ctr, char **ret_path, struct err *err) __must_check;
/* Inside its user namespace: a descriptor of the root that a running container sees, without what is mounted below (a
 * second overlay over the same directories would be undefined). */
int mounts_clone_root(const struct ctr *ctr, struct err *err) __must_check;
/* Where it is mounted in this namespace, or NULL. */
char *mounts_image_path(struct context *c, const char *id);
char *mounts_ctr_path(struct context *c, const char *id);
/* Before a container is removed, and before the user namespace is entered, where the mount could not be undone: what
 * of it is mounted here goes. */
void mounts_drop_ctr(struct context *c, const char *id);
/* mounts_elsewhere.c: the mark, before mounting; EK_IN_USE if it is mounted in some namespace, else the mark goes. */
void mounts_mark(int ctrdir);
int mounts_check_start(struct context *c, const char *id, int ctrdir, struct err *err) __must_check;
/* force: even while files in it are open; they stay usable, the path goes. */
int mounts_end(const char *path, bool force, struct err *err) __must_check;

#endif
