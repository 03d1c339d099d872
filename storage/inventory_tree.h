/* inventory_tree.h - what a tree on disk has, as inventory.h notes it. Only for inventory*.c. */
#ifndef PODLITE_INVENTORY_TREE_H
#define PODLITE_INVENTORY_TREE_H

#include <dirent.h>
#include <sys/stat.h>

#include "common/sbuf.h"
#include "common/svec.h"
#include "storage/inventory.h"

#define INVENTORY_DEPTH 1026 /* untar.h's, the root, and one to spare */

struct inventory_entry {
	uint64_t mode, uid, gid, mtime_ns, attributes;
	int64_t mtime;
	uint64_t size; /* regular; number of a device */
	uint64_t sum;
	uint64_t link;
};

struct inventory_tree {
	int root;
	struct sbuf path;       /* of the current directory, "" the root */
	struct inode_map first; /* entries that have several names */
	uint32_t entries;       /* seen so far */
};

/* The directory t->path, made the working directory, and its names, sorted. NULL with errno. */
DIR *inventory_tree_open(struct inventory_tree *t, struct svec *ret_names) __must_check;
/* A name in the working directory; without sum and attributes. -errno. */
int inventory_tree_look(struct inventory_tree *t, int dirfd, const char *name, struct inventory_entry *ret, struct stat *ret_st) __must_check;
int inventory_tree_attributes(const char *name, uint64_t *ret) __must_check;
int inventory_tree_target(const char *name, uint64_t *ret) __must_check;
void inventory_tree_done(struct inventory_tree *t);

#endif
