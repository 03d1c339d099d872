/* inode_names.h - under which name an inode was met first: the hard links of a tree. */
#ifndef PODLITE_INODE_NAMES_H
#define PODLITE_INODE_NAMES_H

#include "common/svec.h"
#include "storage/inode_map.h"

struct inode_names {
	struct inode_map at; /* which of the paths */
	struct svec paths;
};

/* The first name, or NULL. */
const char *inode_names_find(const struct inode_names *l, ino_t ino);
void inode_names_add(struct inode_names *l, ino_t ino, const char *path); /* copies path */
void inode_names_done(struct inode_names *l);

#endif
