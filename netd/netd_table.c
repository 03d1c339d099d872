#include "netd/netd_table.h"

#include <string.h>

#include "common/alloc.h"

void netd_table_init(struct netd_table *t, uint32_t seed)
{
	*t = (struct netd_table){.seed = seed};
}

void netd_table_done(struct netd_table *t)
{
	free(t->bucket);
	*t = (struct netd_table){.seed = t->seed};
}

struct netd_key netd_table_key(const union netd_addr *client, const void *local)
{
	struct netd_key k;

	memset(&k, 0, sizeof(k)); /* compared as bytes, padding too */
	if (client->sa.sa_family == AF_INET6) {
		memcpy(k.client, &client->v6.sin6_addr, 16);
		memcpy(k.local, local, 16);
		k.scope = client->v6.sin6_scope_id;
		k.port = client->v6.sin6_port;
		return k;
	}
	memcpy(k.client, &client->v4.sin_addr, 4);
	memcpy(k.local, local, 4);
	k.port = client->v4.sin_port;
	return k;
}

static struct netd_entry **bucket_of(const struct netd_table *t, const struct netd_key *key)
{
	const uint8_t *p = (const uint8_t *)key;
	uint32_t h = t->seed;

	for (size_t i = 0; i < sizeof(*key); i++)
		h = (h ^ p[i]) * 16777619u;
	return &t->bucket[(h ^ h >> 16) % NETD_BUCKETS];
}

struct netd_entry *netd_table_find(const struct netd_table *t, const struct netd_key *key)
{
	if (!t->bucket)
		return NULL;
	for (struct netd_entry *e = *bucket_of(t, key); e; e = e->chain)
		if (!memcmp(&e->key, key, sizeof(*key)))
			return e;
	return NULL;
}

static void link_newest(struct netd_table *t, struct netd_entry *e)
{
	e->newer = NULL;
	e->older = t->newest;
	*(t->newest ? &t->newest->newer : &t->oldest) = e;
	t->newest = e;
}

static void unlink_age(struct netd_table *t, struct netd_entry *e)
{
	*(e->older ? &e->older->newer : &t->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &t->newest) = e->older;
}

void netd_table_add(struct netd_table *t, struct netd_entry *e, int64_t now)
{
	struct netd_entry **b;

	if (!t->bucket)
		t->bucket = xcalloc(NETD_BUCKETS, sizeof(*t->bucket));
	b = bucket_of(t, &e->key);
	e->chain = *b;
	*b = e;
	e->used = now;
	link_newest(t, e);
	t->n++;
}

void netd_table_touch(struct netd_table *t, struct netd_entry *e, int64_t now)
{
	e->used = now;
	if (t->newest == e)
		return;
	unlink_age(t, e);
	link_newest(t, e);
}

void netd_table_remove(struct netd_table *t, struct netd_entry *e)
{
	struct netd_entry **p = bucket_of(t, &e->key);

	while (*p != e)
		p = &(*p)->chain;
	*p = e->chain;
	unlink_age(t, e);
	t->n--;
}
