/*
 * tarball.h - a tree as a tar stream (POSIX ustar, extended headers only where ustar cannot say
 * it): `cp CONTAINER:PATH -`, `volume export`, `export`, and the new layer of `commit`. Layers that
 * were pulled come from storage/pack.h, byte for byte.
 *
 * Files, directories, links, hard links, FIFOs and devices with mode, owner, time, user.* and
 * security.capability attributes; sockets are left out. No link is followed; other mounts below
 * are entered, as the container sees them. A file that shrinks meanwhile is filled with zeros.
 */
#ifndef PODLITE_TARBALL_H
#define PODLITE_TARBALL_H

#include "common/err.h"
#include "common/sbuf.h"
#include "oci/spec_runtime.h"
#include "storage/inode_names.h"

struct tarball {
	int out;
	/* owners on disk are host_id; written is container_id. Empty: as they are. */
	const struct spec_idmaps *uids, *gids;
	struct sbuf pending;
	struct inode_names links;
	/* An upper directory as a layer: overlay's marks become those of layers (image-spec, layer.md,
	 * "Whiteouts"). */
	bool layer;
	bool no_marks; /* it becomes a layer: a file named .wh.NAME, which would be read as such a mark, is refused */
	const char *const *skip; /* NULL or paths from the root ("etc/hosts") left out while they are empty */
};

#define TARBALL_INIT(fd) {.out = (fd), .pending = SBUF_INIT}

/* Directory dirfd and all below as NAME/...; "." gives "./...". */
int tarball_tree(struct tarball *t, int dirfd, const char *name, struct err *err) __must_check;
/* All below directory dirfd, from "": the directory itself has no entry. */
int tarball_below(struct tarball *t, int dirfd, struct err *err) __must_check;
/* One open regular file under a name. */
int tarball_file(struct tarball *t, int fd, const char *name, struct err *err) __must_check;
/* The two closing blocks; everything is written after this. */
int tarball_end(struct tarball *t, struct err *err) __must_check;
void tarball_done(struct tarball *t);

#endif
