/*
 * create_mount.h - the grammars of -v, --mount and --tmpfs: text to struct create_mount.
 *
 * Pure functions of their text (fuzzed): nothing is looked at on disk, host paths stay as given.
 * Errors are EK_USAGE and name the option's text; what is known but not built is refused by name.
 */
#ifndef PODLITE_ENGINE_CREATE_MOUNT_H
#define PODLITE_ENGINE_CREATE_MOUNT_H

#include "common/err.h"
#include "common/svec.h"

enum create_mount_kind {
	CREATE_MOUNT_BIND, CREATE_MOUNT_VOLUME, CREATE_MOUNT_TMPFS, CREATE_MOUNT_IMAGE, CREATE_MOUNT_RAMFS,
	CREATE_MOUNT_DEVPTS, CREATE_MOUNT_GLOB, /* GLOB: becomes binds */
};

struct create_mount {
	enum create_mount_kind kind;
	char *source;        /* bind: path, maybe relative; glob: pattern; image: reference; volume: its name,
			      * NULL for an anonymous one */
	char *dest;          /* absolute and clean, never "/"; NULL for a glob that keeps its paths */
	char *subpath;       /* volume, image: this part of it, absolute and clean; or NULL */
	struct svec options; /* mount options as given: "ro", "noexec", "rshared", "size=64m" */
	bool relabel;        /* z or Z: harmless without SELinux, refused with it */
	bool nocopy;         /* volume: what the image has there is not copied into it */
	bool overlay;        /* O: writes go to a layer of the container's that lasts until it ends */
	bool chown;          /* U: the source is given to the container's user */
	bool from_image;     /* VOLUME of the image, not the user's wish */
};

void create_mount_done(struct create_mount *m);
const char *create_mount_kind_name(enum create_mount_kind kind);

/* --mount type=bind,source=...,destination=... ; CSV with quotes as docker's and podman's */
int create_mount_parse(const char *text, struct create_mount *ret, struct err *err) __must_check;
/* One mount option into m; checks that m's kind knows it and that it contradicts no other. */
int create_mount_option(struct create_mount *m, const char *option, struct err *err) __must_check;
/* Absolute, clean, not the root. */
int create_mount_dest(struct create_mount *m, const char *text, struct err *err) __must_check;

/* -v [SOURCE:]DIR[:OPTIONS] */
int create_volume_parse(const char *text, struct create_mount *ret, struct err *err) __must_check;
/* --tmpfs DIR[:OPTIONS] */
int create_tmpfs_parse(const char *text, struct create_mount *ret, struct err *err) __must_check;

#endif
