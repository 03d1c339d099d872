/*
 * bridged_pool.h - which addresses of one family are free.
 *
 * The lowest free one is given out; one that was given back is nobody else's for a minute, since
 * others may still send to it, while the container that had it gets it again. Fixed memory.
 */
#ifndef PODLITE_BRIDGED_POOL_H
#define PODLITE_BRIDGED_POOL_H

#include "net/bridge_proto.h"

#define BRIDGED_MAX_MEMBERS 1000 /* ports of a bridge: 1,023 */
#define BRIDGED_REST_NS     (60 * 1000000000LL)

struct bridged_taken {
	uint64_t at;     /* in the subnet */
	int64_t until;   /* 0: in use; else free for all from this time on (ns) */
	char owner[65];  /* the container's id; empty: this entry is unused */
};

struct bridged_pool {
	uint8_t gateway[16];
	size_t len;      /* of an address: 4, 16, or 0 where the family is not there */
	uint64_t base, count; /* the subnet: its first address (the last 8 bytes), how many it has */
	uint64_t first, last; /* of those, what is given to who wants none in particular */
	struct bridged_taken taken[2 * BRIDGED_MAX_MEMBERS];
};

void bridged_pool_init(struct bridged_pool *p, const struct bridge_subnet *net, bool v6);
/* want: this one, NULL: any. 0, -EEXIST (taken), -ERANGE (not in the subnet, or the gateway), -ENOSPC. */
int bridged_pool_take(struct bridged_pool *p, const char *owner, const uint8_t *want, int64_t now, uint8_t ret[16]) __must_check;
void bridged_pool_give(struct bridged_pool *p, const uint8_t ip[16], int64_t now);

#endif
