/*
 * store.h - the per-user store: paths, format version, staging (architecture.md §3a).
 *
 * All writes go through staging and end in one rename or link; readers take no lock. Opening
 * creates what is missing; an unknown format version is refused.
 */
#ifndef PODLITE_STORE_H
#define PODLITE_STORE_H

#include "common/base.h"
#include "common/digest.h"
#include "common/err.h"
#include "common/sbuf.h"
#include "common/svec.h"

enum store_driver { STORE_OVERLAY, STORE_FUSE_OVERLAY, STORE_COPY };

struct store {
	char *root;     /* absolute path, for messages and mount options */
	int fd;         /* the root */
	int blobs;      /* blobs/sha256 */
	int layers, images, names, containers, cnames, volumes, tmp, cache;
	enum store_driver driver; /* chosen by --storage-driver or probed at first use and kept in `driver` file */
	bool driver_set;          /* false: call store_probe_driver before mounting */
	bool overlay_only;        /* --storage-driver overlay: kernel or fuse, never a copy */
	const struct svec *renew; /* DiffIDs (hex) of damaged layers: made anew although they are there (layer.h), or NULL */
};

/* driver: NULL (probe), "overlay", "fuse-overlayfs" or "vfs". Creates the tree 0700. */
int store_open(const char *root, const char *driver, struct store *ret, struct err *err) __must_check;
/* Another store, to read from: nothing is made, locked or changed, and only blobs, layers, images and names are open.
 * root: its path, for messages; fd: its directory, borrowed. EK_INVALID: it is none. */
int store_open_other(const char *root, int fd, struct store *ret, struct err *err) __must_check;
void store_close(struct store *s);
/* Inside the user namespace: find out which driver works on this file system, remember it. */
int store_probe_driver(struct store *s, struct err *err) __must_check;
const char *store_driver_name(enum store_driver d); /* "overlay", "overlay" (fuse), "vfs" as podman says */

/* A private staging directory tmp/BOOTID-PID-RND, locked through its descriptor (and that one's
 * duplicates); removed by the next store_sweep when its writer is gone. */
struct store_stage {
	char name[80];
	int fd;
};
int store_stage(struct store *s, struct store_stage *ret, struct err *err) __must_check;
void store_stage_drop(struct store *s, struct store_stage *st); /* removes the tree */
/* After the directory was renamed to its place: gives the descriptor and the lock back. */
void store_stage_done(struct store_stage *st);
/* Remove staging whose writer is dead, half-made containers and trash. Cheap when there is none. For who
 * is about to write: readers shall not wait for the deletion of what another left. */
int store_sweep(struct store *s, struct err *err) __must_check;
/* A shared hold on everything in the store: while any process has one, nothing that looks unused
 * is collected. A pull takes it before its first layer_has or layer_begin and keeps it until
 * image_put; create takes it from image_find to the rename of the container. Waits only for a
 * collection in progress. Returns a descriptor: closing it ends the hold. */
int store_hold(struct store *s, struct err *err) __must_check;
/* The exclusive side, without waiting: a descriptor, or -1 with EK_IN_USE if somebody holds. */
int store_hold_all(struct store *s, struct err *err) __must_check;
/* A base below all layers of a container with an empty file or directory where podlite mounts
 * something in every one (/proc, /etc/hosts ...): making those in the container's own layer is most
 * of what its start costs on a slow disk. And /etc/mtab, the link to /proc/mounts that mount(8) and df(1)
 * read. What the image has hides it. names false: without hosts, hostname and resolv.conf. *ret: absolute path. */
int store_mountpoints(struct store *s, bool names, char **ret, struct err *err) __must_check;
/* Rename tree dirfd/name into trash at once (atomic): tmp/trash-..., delete it afterwards or by the next sweep. */
#define STORE_TRASH "trash-"
int store_trash(struct store *s, int dirfd, const char *name, struct err *err) __must_check;
/* The same with several, deleted side by side. */
int store_trash_all(struct store *s, int dirfd, const struct svec *names, struct err *err) __must_check;

/* Blobs: manifests, indexes, configs. */
int store_blob_put(struct store *s, const struct digest *d, const void *data, size_t n, struct err *err) __must_check; /* caller verified; EEXIST is success */
int store_blob_read(struct store *s, const struct digest *d, size_t max, struct sbuf *ret, struct err *err) __must_check;
bool store_blob_has(struct store *s, const struct digest *d);

#endif
