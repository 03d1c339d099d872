/*
 * specgen_networks.c - the named networks of a container: they are looked up and what is asked of
 * them is checked, while nobody can remove them.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/alloc.h"
#include "net/network.h"
#include "podlite/engine/specgen.h"

static int check_address(const struct network *n, const char *text, int family, struct err *err)
{
	struct cidr_addr a, first, last;
	struct network_plan plan;

	if (!text)
		return 0;
	if (!cidr_addr_parse(text, &a) || !network_plan(n, family, &plan) || !cidr_contains(&plan.subnet, &a))
		return err_set(err, EK_USAGE, "requested static ip %s not in any subnet on network %s", text, n->name);
	cidr_hosts(&plan.subnet, &first, &last);
	if (!cidr_compare(&a, &plan.gateway) || cidr_compare(&a, &first) < 0 || cidr_compare(&a, &last) > 0)
		return err_set(err, EK_USAGE, "requested static ip %s of network %s is the gateway's, the subnet's own or its broadcast address", text,
			n->name);
	return 0;
}

int specgen_networks_check(const struct network *n, const struct mon_network *m, struct err *err)
{
	if (check_address(n, m->ip, AF_INET, err) < 0 || check_address(n, m->ip6, AF_INET6, err) < 0)
		return -1;
	if (m->aliases.n && !n->dns)
		return err_set(err, EK_USAGE, "network %s: aliases need the network's DNS, which is disabled", n->name);
	return 0;
}

static int resolve(struct specgen *g, struct mon_network *m, struct err *err)
{
	struct network n = {.name = NULL};
	int r;

	if (network_find(g->c->store.fd, m->name, &n, err) < 0)
		return -1;
	free(m->name);
	m->name = xstrdup(n.name);
	r = specgen_networks_check(&n, m, err);
	network_done(&n);
	return r;
}

struct mon_network specgen_networks_copy(const struct mon_network *m)
{
	struct mon_network c = {
		.name = xstrdup(m->name),
		.ip = xstrdup(m->ip),
		.ip6 = xstrdup(m->ip6),
		.mac = xstrdup(m->mac),
		.interface = xstrdup(m->interface),
	};

	svec_add_all(&c.aliases, &m->aliases);
	return c;
}

/* A name and an id's beginning may mean the same network; two interfaces cannot have one name. */
static int check_twice(const struct specgen *g, size_t i, struct err *err)
{
	const struct mon_network *m = &g->net.networks.v[i];

	for (size_t k = 0; k < i; k++) {
		const struct mon_network *before = &g->net.networks.v[k];

		if (!strcmp(before->name, m->name))
			return err_set(err, EK_USAGE, "--network %s: the network is given twice", m->name);
		if (m->interface && before->interface && !strcmp(before->interface, m->interface))
			return err_set(err, EK_USAGE, "--network %s: the interface name %s is given twice", m->name, m->interface);
	}
	return 0;
}

int specgen_networks(struct specgen *g, struct err *err)
{
	size_t n = g->net.networks.n;

	if (!n)
		return 0;
	g->network_lock = network_lock(g->c->store.fd, LOCK_SHARED_, err);
	if (g->network_lock < 0)
		return -1;
	g->rec.networks.v = xcalloc(n, sizeof(struct mon_network));
	g->mon.networks.v = xcalloc(n, sizeof(struct mon_network));
	for (size_t i = 0; i < n; i++) {
		if (resolve(g, &g->net.networks.v[i], err) < 0 || check_twice(g, i, err) < 0)
			return -1;
		g->rec.networks.v[g->rec.networks.n++] = specgen_networks_copy(&g->net.networks.v[i]);
		g->mon.networks.v[g->mon.networks.n++] = specgen_networks_copy(&g->net.networks.v[i]);
	}
	return 0;
}
