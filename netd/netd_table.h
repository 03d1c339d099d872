/*
 * netd_table.h - the clients of one UDP port: found by address, the one idle for longest first.
 *
 * Intrusive and allocating nothing but its array of buckets (2 KiB, with the first client): the
 * caller owns the entries. Not a hash table's usual growth: the number of entries is limited, and
 * a stranger who knew the seed could make no more than one long chain.
 */
#ifndef PODLITE_NETD_TABLE_H
#define PODLITE_NETD_TABLE_H

#include <netinet/in.h>

#include "common/base.h"

union netd_addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct netd_key {
	uint8_t client[16], local[16]; /* IPv4 in the first four bytes, the rest zero */
	uint32_t scope;
	uint16_t port;
};

struct netd_entry {
	struct netd_key key;
	int64_t used; /* ns */
	struct netd_entry *chain, *older, *newer;
};

#define NETD_BUCKETS 256

struct netd_table {
	struct netd_entry **bucket; /* NULL while empty and new */
	struct netd_entry *oldest, *newest;
	size_t n;
	uint32_t seed;
};

void netd_table_init(struct netd_table *t, uint32_t seed);
void netd_table_done(struct netd_table *t); /* entries are the caller's */
struct netd_key netd_table_key(const union netd_addr *client, const void *local);
/* NULL if it is not there. */
struct netd_entry *netd_table_find(const struct netd_table *t, const struct netd_key *key);
void netd_table_add(struct netd_table *t, struct netd_entry *e, int64_t now); /* e->key is set and new */
void netd_table_touch(struct netd_table *t, struct netd_entry *e, int64_t now); /* now the newest */
void netd_table_remove(struct netd_table *t, struct netd_entry *e);

#endif
