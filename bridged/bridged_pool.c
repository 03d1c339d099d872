#include "bridged/bridged_pool.h"

#include <stdio.h>
#include <string.h>

/* The last eight bytes are enough: subnets of IPv6 have at least 64 bits for their networks. */
static uint64_t number(const struct bridged_pool *p, const uint8_t *ip)
{
	uint64_t n = 0;

	for (size_t i = p->len > 8 ? p->len - 8 : 0; i < p->len; i++)
		n = n << 8 | ip[i];
	return n;
}

static void address(const struct bridged_pool *p, uint64_t at, uint8_t ret[16])
{
	uint64_t n = p->base + at;

	memset(ret, 0, 16);
	memcpy(ret, p->gateway, p->len);
	for (size_t i = p->len, k = 0; k < 8 && i > 0; k++, n >>= 8)
		ret[--i] = (uint8_t)n;
}

void bridged_pool_init(struct bridged_pool *p, const struct bridge_subnet *net, bool v6)
{
	size_t bits;

	*p = (struct bridged_pool){.len = net->prefix ? (v6 ? 16 : 4) : 0};
	if (!p->len)
		return;
	memcpy(p->gateway, net->gateway, 16);
	bits = p->len * 8 - net->prefix;
	p->count = bits < 64 ? 1ULL << bits : UINT64_MAX;
	p->base = bits < 64 ? number(p, net->gateway) & ~(p->count - 1) : 0;
	p->first = number(p, net->first) - p->base;
	p->last = number(p, net->last) - p->base;
}

static struct bridged_taken *find(struct bridged_pool *p, uint64_t at)
{
	for (size_t i = 0; i < ARRAY_SIZE(p->taken); i++)
		if (p->taken[i].owner[0] && p->taken[i].at == at)
			return &p->taken[i];
	return NULL;
}

/* An unused entry, or the one that rests for longest; NULL: all are in use. */
static struct bridged_taken *entry(struct bridged_pool *p)
{
	struct bridged_taken *best = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(p->taken); i++) {
		struct bridged_taken *t = &p->taken[i];

		if (!t->owner[0])
			return t;
		if (t->until && (!best || t->until < best->until))
			best = t;
	}
	return best;
}

static bool is_gateway(const struct bridged_pool *p, uint64_t at)
{
	uint8_t ip[16];

	address(p, at, ip);
	return !memcmp(ip, p->gateway, p->len);
}

static int grant(struct bridged_pool *p, struct bridged_taken *t, const char *owner, uint64_t at, uint8_t ret[16])
{
	if (!t)
		return -ENOSPC;
	*t = (struct bridged_taken){.at = at};
	snprintf(t->owner, sizeof(t->owner), "%s", owner);
	address(p, at, ret);
	return 0;
}

static int take_wanted(struct bridged_pool *p, const char *owner, const uint8_t *want, uint8_t ret[16])
{
	uint64_t at = number(p, want) - p->base;
	struct bridged_taken *t;
	uint8_t back[16];

	/* the first is the subnet's own, of IPv4 the last is everybody */
	if (at >= p->count || is_gateway(p, at) || (p->count > 2 && (!at || (p->len == 4 && at == p->count - 1))))
		return -ERANGE;
	address(p, at, back);
	if (memcmp(back, want, p->len))
		return -ERANGE;
	t = find(p, at);
	if (t && !t->until && strcmp(t->owner, owner))
		return -EEXIST;
	return grant(p, t ? t : entry(p), owner, at, ret);
}

static struct bridged_taken *had_before(struct bridged_pool *p, const char *owner)
{
	for (size_t i = 0; i < ARRAY_SIZE(p->taken); i++)
		if (p->taken[i].until && !strcmp(p->taken[i].owner, owner))
			return &p->taken[i];
	return NULL;
}

static struct bridged_taken *rested_longest(struct bridged_pool *p)
{
	struct bridged_taken *best = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(p->taken); i++)
		if (p->taken[i].owner[0] && p->taken[i].until && (!best || p->taken[i].until < best->until))
			best = &p->taken[i];
	return best;
}

int bridged_pool_take(struct bridged_pool *p, const char *owner, const uint8_t *want, int64_t now, uint8_t ret[16])
{
	struct bridged_taken *t;

	if (!p->len)
		return -ERANGE;
	if (want)
		return take_wanted(p, owner, want, ret);
	t = had_before(p, owner);
	if (t)
		return grant(p, t, owner, t->at, ret);
	/* at most one address for each entry and the gateway can be taken */
	for (uint64_t at = p->first; at <= p->last && at - p->first <= ARRAY_SIZE(p->taken) + 1; at++) {
		if (is_gateway(p, at))
			continue;
		t = find(p, at);
		if (!t || (t->until && t->until <= now))
			return grant(p, t ? t : entry(p), owner, at, ret);
	}
	t = rested_longest(p); /* better early than none */
	return t ? grant(p, t, owner, t->at, ret) : -ENOSPC;
}

void bridged_pool_give(struct bridged_pool *p, const uint8_t ip[16], int64_t now)
{
	struct bridged_taken *t = p->len ? find(p, number(p, ip) - p->base) : NULL;

	if (t && !t->until)
		t->until = now + BRIDGED_REST_NS;
}
