#include "storage/inode_names.h"

const char *inode_names_find(const struct inode_names *l, ino_t ino)
{
	uint32_t i;

	return inode_map_get(&l->at, ino, &i) ? l->paths.v[i] : NULL;
}

void inode_names_add(struct inode_names *l, ino_t ino, const char *path)
{
	inode_map_set(&l->at, ino, (uint32_t)l->paths.n);
	svec_add(&l->paths, path);
}

void inode_names_done(struct inode_names *l)
{
	inode_map_done(&l->at);
	svec_done(&l->paths);
}
