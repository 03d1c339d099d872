/*
 * tree.h - copying trees: owners, modes, times, xattrs, hard links and holes are kept; data is
 * shared where the file system can (reflink). No link is followed, no mount is entered.
 */
#ifndef PODLITE_TREE_H
#define PODLITE_TREE_H

#include "common/err.h"

enum tree_flags {
	TREE_MERGE = 1, /* the source is a layer: whiteouts and opaque directories change what is there */
};

/* Copy everything below directory from into directory to, then to takes from's attributes. */
int tree_copy(int from, int to, unsigned flags, struct err *err) __must_check;
/* Owner, mode, xattrs and times of a file or directory. */
int tree_copy_attrs(int from, int to, struct err *err) __must_check;

/* Overlay's marks (threats.md U6: only podlite makes them, never image bytes). */
struct stat;
bool tree_is_whiteout(const struct stat *st);
bool tree_is_opaque(int dirfd);

#endif
