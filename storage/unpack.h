/*
 * unpack.h - a user's archive, as a tree in staging: `cp - CONTAINER:PATH`, `volume import`.
 *
 * The bytes are read by podlite-unpack alone, confined to the staging directory (threats.md M7);
 * tar, also compressed by gzip or zstd. What comes out is a tree on disk: no name in it led
 * anywhere else, and whoever copies it on follows none of its links.
 */
#ifndef PODLITE_UNPACK_H
#define PODLITE_UNPACK_H

#include "storage/store.h"

struct unpack_tree {
	struct store_stage stage;
	int fd;      /* the tree */
	bool staged;
};

/* Everything that descriptor in has. program: path of podlite-unpack. Inside the user namespace;
 * squash: it has one id only. like: a directory whose owner, mode and times the tree's root has
 * unless the archive says otherwise, or -1. On failure nothing is left. */
int unpack_tree(struct store *s, const char *program, int in, bool squash, int like, struct unpack_tree *ret, struct err *err) __must_check;
void unpack_tree_drop(struct store *s, struct unpack_tree *t);

#endif
