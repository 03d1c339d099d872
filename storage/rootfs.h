/*
 * rootfs.h - a container's root file system from layers: kernel overlay, fuse-overlayfs or copy,
 * one table of operations; each driver is a small file overlay_*.c.
 *
 * The description is stored with the container (rootfs.json), so the monitor can mount it again.
 * Mounting happens inside the user namespace and is seen in the caller's mount namespace only.
 */
#ifndef PODLITE_ROOTFS_H
#define PODLITE_ROOTFS_H

#include <sys/types.h>

#include "common/err.h"
#include "common/svec.h"
#include "storage/store.h"

#define OVERLAY_MAX_LOWERS 500 /* the kernel's OVL_MAX_STACK */

struct rootfs {
	enum store_driver driver;
	struct svec lowers;  /* absolute paths, uppermost first; the last is the base layer */
	char *dir;           /* absolute containers/ID: upper/, work/, and at need merged/ below it */
	char *host_dir;      /* --rootfs DIR: used as it is, nothing else set */
	char *mount_program; /* absolute path of fuse-overlayfs or its like, or NULL: found in $PATH */
	bool readonly;       /* no upper (image mount) */
	bool stays;          /* not stored: the mount outlives this process, and so does its fuse-overlayfs */
	bool volatile_;      /* may skip sync (containers with --rm) */
	char *uid_map, *gid_map; /* owners shifted for a nested user namespace: fuse-overlayfs' triples
				  * "ON-DISK:SHOWN:COUNT:...", or NULL; only with STORE_FUSE_OVERLAY */
};

struct rootfs_mounted {
	int fd;       /* the mounted root: a detached mount where the kernel can, else O_PATH of merged/ */
	bool detached;
	pid_t helper; /* fuse-overlayfs process, or -1 */
};

/* Make dir/{upper,work} (upper with the mode and owner of the topmost lower's root). */
int rootfs_prepare(const struct rootfs *r, struct err *err) __must_check;
/* Mount. want_path: also visible at dir/merged in this mount namespace (external runtimes, mount). */
int rootfs_mount(const struct rootfs *r, bool want_path, struct rootfs_mounted *ret, struct err *err) __must_check;
void rootfs_unmount(const struct rootfs *r, struct rootfs_mounted *m);
int rootfs_read(int ctr_fd, struct rootfs *ret, struct err *err) __must_check;  /* rootfs.json */
int rootfs_write(int ctr_fd, const struct rootfs *r, unsigned fs_flags, struct err *err) __must_check;
void rootfs_done(struct rootfs *r);
/* Does a driver work below this directory (native overlay with userxattr; /dev/fuse and program)?
 * 0, or -1 with the reason. */
int rootfs_probe(enum store_driver d, int dirfd, struct err *err) __must_check;

enum rootfs_change { ROOTFS_MODIFIED = 'C', ROOTFS_ADDED = 'A', ROOTFS_DELETED = 'D' };
/* What a container changed, sorted by path, as `diff` prints. */
int rootfs_changes(const struct rootfs *r, void (*fn)(void *arg, enum rootfs_change c, const char *path), void *arg, struct err *err) __must_check;

#endif
