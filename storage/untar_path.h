/* untar_path.h - names inside a layer: cleaning, parents, whiteouts. Only for untar*.c. */
#ifndef PODLITE_UNTAR_PATH_H
#define PODLITE_UNTAR_PATH_H

#include "storage/untar.h"

enum untar_name {
	UNTAR_NAME_PLAIN,
	UNTAR_NAME_ROOT,     /* "." or "/" */
	UNTAR_NAME_WHITEOUT, /* .wh.NAME: *ret_base is NAME */
	UNTAR_NAME_OPAQUE,   /* .wh..wh..opq */
	UNTAR_NAME_AUFS,     /* other .wh..wh. names: aufs's own, nothing to us */
};

/* A tar name split in two: the clean path of its directory ("" is the root) and its last part. */
struct untar_split {
	char buf[UNTAR_PATH_MAX + 2];
	const char *dir, *base;
	bool slash; /* the name ended in one */
	bool plain; /* set before: no name is a whiteout's */
};

/* Strip "/" and "./", fold "//" and "/./"; ".." and everything too long or too deep is an error. */
int untar_path_split(const char *name, struct untar_split *ret, enum untar_name *ret_kind, struct err *err) __must_check;
/* Descriptor of that directory inside the layer, borrowed until the next call; missing ones are
 * made. Links are followed within the layer only. */
int untar_path_parent(struct untar *u, const char *dir, struct err *err) __must_check;
/* The path of the current parent without links: these may be replaced. The root is the process's. */
const char *untar_path_real(struct untar *u);
/* Does this layer itself have a file, link or whiteout where a whiteout's directory would be? Then
 * all of the lower one is hidden anyway, and the marker says nothing (umoci writes such). */
bool untar_path_hidden(struct untar *u, const char *dir);
/* Leave the current parent: its times become what they were. */
void untar_path_leave(struct untar *u);
/* Something stands where an entry wants to be (EEXIST). Remove it, unless both are directories;
 * the content of files goes to the index first.
 * *ret_hid: what stood there hid the lower layers. 1: it is a directory and stays. */
int untar_path_clear(struct untar *u, int dirfd, const char *name, bool want_dir, bool *ret_hid, struct err *err) __must_check;
int untar_path_whiteout(struct untar *u, int dirfd, const char *name, struct err *err) __must_check;
int untar_path_opaque(struct untar *u, int fd, struct err *err) __must_check;
/* An entry has come for this directory, which may have been made as a parent before. */
int untar_path_has_entry(struct untar *u, int fd, struct err *err) __must_check;
/* One more inode against the budget. */
int untar_path_count(struct untar *u, struct err *err) __must_check;

#endif
