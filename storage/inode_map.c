#include "storage/inode_map.h"

#include "common/alloc.h"

static struct inode_map_slot *slot(const struct inode_map *m, ino_t ino)
{
	size_t i = (ino * 0x9e3779b97f4a7c15ull) >> 32 & (m->cap - 1);

	while (m->v[i].used && m->v[i].ino != ino)
		i = (i + 1) & (m->cap - 1);
	return &m->v[i];
}

bool inode_map_get(const struct inode_map *m, ino_t ino, uint32_t *ret)
{
	const struct inode_map_slot *s = m->cap ? slot(m, ino) : NULL;

	if (!s || !s->used)
		return false;
	*ret = s->value;
	return true;
}

static void grow(struct inode_map *m)
{
	struct inode_map old = *m;

	m->cap = old.cap ? old.cap * 2 : 1024;
	m->v = xcalloc(m->cap, sizeof(*m->v));
	for (size_t i = 0; i < old.cap; i++)
		if (old.v[i].used)
			*slot(m, old.v[i].ino) = old.v[i];
	free(old.v);
}

void inode_map_set(struct inode_map *m, ino_t ino, uint32_t value)
{
	struct inode_map_slot *s;

	if (m->n * 2 >= m->cap)
		grow(m);
	s = slot(m, ino);
	m->n += !s->used;
	*s = (struct inode_map_slot){ino, value, true};
}

void inode_map_done(struct inode_map *m)
{
	free(m->v);
	*m = (struct inode_map){.v = NULL};
}
