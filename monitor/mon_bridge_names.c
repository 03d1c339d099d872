/*
 * mon_bridge_names.c - what helpers ask a member, and what state.json tells of its networks.
 *
 * A container in several networks has the first one's resolver; names it does not know that one asks us, and
 * we the others. So the helpers need not reach each other, and nobody learns names of a network that
 * he is not in.
 */
#include <stdio.h>
#include <string.h>

#include "common/msg.h"
#include "monitor/mon.h"

void mon_bridge_forget(struct mon *m)
{
	memset(m->bridges.lookups, 0, sizeof(m->bridges.lookups));
}

static void answer(struct mon_lookup *l, struct bridge_found *f)
{
	struct mon_member *to = l->from;

	f->id = l->id;
	*l = (struct mon_lookup){.from = NULL};
	if (to->b.sock >= 0)
		(void)!msg_send(to->b.sock, f, sizeof(*f), NULL, 0);
}

static void on_lookup(struct mon_member *k, struct bridge_lookup *q)
{
	struct mon_bridges *all = &k->m->bridges;
	struct mon_lookup *l = &all->lookups[++all->asked % MON_BRIDGE_LOOKUPS];
	struct bridge_found nobody = {.type = BRIDGE_FOUND};

	*l = (struct mon_lookup){.from = k, .id = q->id, .asked = all->asked};
	q->id = all->asked;
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i] != k && all->v[i]->b.sock >= 0 && all->v[i]->b.setup.dns)
			l->waiting += msg_send(all->v[i]->b.sock, q, sizeof(*q), NULL, 0) == 0;
	if (!l->waiting)
		answer(l, &nobody);
}

static void on_found(struct mon_member *k, struct bridge_found *f)
{
	struct mon_bridges *all = &k->m->bridges;
	struct mon_lookup *l = &all->lookups[f->id % MON_BRIDGE_LOOKUPS];

	if (!l->from || l->asked != f->id)
		return; /* forgotten, or found already */
	if (f->found || --l->waiting == 0)
		answer(l, f);
}

bool mon_bridge_read(struct mon_member *k)
{
	union {
		uint8_t type;
		struct bridge_lookup lookup;
		struct bridge_found found;
	} buf;
	ssize_t n = msg_recv(k->b.sock, &buf, sizeof(buf), NULL, 0, NULL);

	if (n == (ssize_t)sizeof(buf.lookup) && buf.type == BRIDGE_LOOKUP)
		on_lookup(k, &buf.lookup);
	else if (n == (ssize_t)sizeof(buf.found) && buf.type == BRIDGE_FOUND)
		on_found(k, &buf.found);
	else
		return n > 0 || n == -EAGAIN;
	return true;
}

/* ---- state.json ---- */

static char *or_null(char *text)
{
	return *text ? text : NULL;
}

size_t mon_bridge_state(const struct mon *m, struct mon_joined *ret, struct mon_bridge_texts *t, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < m->bridges.n && n < max; i++, n++, t++) {
		struct bridge *b = &m->bridges.v[i]->b;
		const uint8_t *mac = b->at.mac;

		snprintf(t->mac, sizeof(t->mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
		bridge_text4(b->at.ip4, t->ip);
		bridge_text4(b->setup.v4.gateway, t->gateway);
		bridge_text6(b->at.ip6, t->ip6);
		bridge_text6(b->setup.v6.gateway, t->gateway6);
		ret[n] = (struct mon_joined){.name = b->setup.name, .interface = b->ifname, .mac = t->mac, .ip = or_null(t->ip),
			.gateway = or_null(t->gateway), .ip6 = or_null(t->ip6), .gateway6 = or_null(t->gateway6),
			.prefix = b->setup.v4.prefix, .prefix6 = b->setup.v6.prefix};
	}
	return n;
}
