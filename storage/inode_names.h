/* inode_names.h - under which name an inode was met first: the hard links of a tree. */
#ifndef PODLITE_INODE_NAMES_H
#define PODLITE_INODE_NAMES_H

#include <sys/types.h>

#include "common/base.h"

struct inode_name {
	ino_t ino;
	char *path; /* NULL: slot is free */
};

struct inode_names {
	struct inode_name *v;
	size_t n, cap; /* open addressing, cap a power of two */
};

/* The first name, or NULL. */
const char *inode_names_find(const struct inode_names *l, ino_t ino);
void inode_names_add(struct inode_names *l, ino_t ino, const char *path); /* copies path */
void inode_names_done(struct inode_names *l);

#endif
