/* inode_map.h - a number for each inode of a tree. */
#ifndef PODLITE_INODE_MAP_H
#define PODLITE_INODE_MAP_H

#include <sys/types.h>

#include "common/base.h"

struct inode_map {
	struct inode_map_slot {
		ino_t ino;
		uint32_t value;
		bool used;
	} *v;
	size_t n, cap; /* open addressing, cap a power of two */
};

bool inode_map_get(const struct inode_map *m, ino_t ino, uint32_t *ret);
void inode_map_set(struct inode_map *m, ino_t ino, uint32_t value); /* replaces: numbers of inodes are used again */
void inode_map_done(struct inode_map *m);

#endif
