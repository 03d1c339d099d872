#include "storage/inode_names.h"

#include "common/alloc.h"

static struct inode_name *slot(const struct inode_names *l, ino_t ino)
{
	size_t i = (ino * 0x9e3779b97f4a7c15ull) >> 32 & (l->cap - 1);

	while (l->v[i].path && l->v[i].ino != ino)
		i = (i + 1) & (l->cap - 1);
	return &l->v[i];
}

const char *inode_names_find(const struct inode_names *l, ino_t ino)
{
	return l->cap ? slot(l, ino)->path : NULL;
}

void inode_names_add(struct inode_names *l, ino_t ino, const char *path)
{
	if (l->n * 2 >= l->cap) {
		struct inode_names old = *l;

		l->cap = old.cap ? old.cap * 2 : 256;
		l->v = xcalloc(l->cap, sizeof(*l->v));
		for (size_t i = 0; i < old.cap; i++)
			if (old.v[i].path)
				*slot(l, old.v[i].ino) = old.v[i];
		free(old.v);
	}
	*slot(l, ino) = (struct inode_name){ino, xstrdup(path)};
	l->n++;
}

void inode_names_done(struct inode_names *l)
{
	for (size_t i = 0; i < l->cap; i++)
		free(l->v[i].path);
	free(l->v);
}
