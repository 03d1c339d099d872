/*
 * mon_bridge_names.c - what helpers ask a member; what hosts, resolv.conf and state.json tell of its networks.
 *
 * A container in several networks has the first one's resolver; names it does not know that one asks us, and
 * we the others. So the helpers need not reach each other, and nobody learns names of a network that
 * he is not in.
 */
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/log.h"
#include "common/msg.h"
#include "monitor/mon.h"

static char *or_null(char *text)
{
	return *text ? text : NULL;
}

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

/* ---- hosts, resolv.conf ---- */

static void add_addresses(const struct bridge *b, struct svec *ret)
{
	char ip[46];

	bridge_text4(b->at.ip4, ip);
	if (*ip)
		svec_add(ret, ip);
	bridge_text6(b->at.ip6, ip);
	if (*ip)
		svec_add(ret, ip);
}

/* hosts with all our addresses; resolv.conf names the first network that answers names. */
int mon_bridge_write_names(struct mon *m, const struct hosts_files *f, struct err *err)
{
	const struct mon_bridges *all = &m->bridges;
	struct hosts_bridge h = {.ips = SVEC_INIT};
	char resolver[16] = "", forwarder[16] = "";
	int r;

	for (size_t i = 0; i < all->n; i++) {
		const struct bridge *b = &all->v[i]->b;

		add_addresses(b, &h.ips);
		if (!*resolver && b->setup.dns)
			bridge_text4(b->setup.v4.gateway, resolver);
		if (!*forwarder)
			bridge_text4(b->resolver, forwarder);
	}
	h.resolver = or_null(resolver);
	h.forwarder = or_null(forwarder);
	r = hosts_files_bridge(f, MON_FD_CTR, &h, &m->bridges.names, err);
	svec_done(&h.ips);
	return r;
}

/* ---- names ---- */

void mon_bridge_set_names(const struct mon *m, const struct mon_network *w, struct bridge_join *j)
{
	auto_free char *short_id = xstrndup(m->id, 12);

	memset(j->names, 0, sizeof(j->names));
	if (m->conf.name)
		bridge_add_name(j, m->conf.name);
	SVEC_EACH(alias, &w->aliases)
		bridge_add_name(j, alias);
	bridge_add_name(j, short_id);
}

static void rename_member(struct mon *m, const struct mon_network *w, const char *hostname)
{
	for (size_t i = 0; i < m->bridges.n; i++) {
		struct bridge *b = &m->bridges.v[i]->b;

		if (strcmp(b->setup.name, w->name))
			continue;
		mon_bridge_set_names(m, w, &b->wanted);
		if (hostname)
			bridge_add_name(&b->wanted, hostname);
		bridge_rename(b);
	}
}

void mon_bridge_rename(struct mon *m)
{
	struct hosts_files f = {.name = NULL};
	struct err e = ERR_INIT;
	int r = m->bridges.n ? hosts_files_read(MON_FD_CTR, &f, &e) : 0;

	for (size_t i = 0; i < m->conf.networks.n && !r; i++)
		rename_member(m, &m->conf.networks.v[i], f.hostname);
	if (!r && m->bridges.n)
		r = mon_bridge_write_names(m, &f, &e);
	if (r < 0)
		log_debug("names of %.12s: %s", m->id, e.msg);
	hosts_files_done(&f);
}

/* ---- state.json ---- */

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
