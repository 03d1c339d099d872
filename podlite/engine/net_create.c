#include "podlite/engine/net_create.h"

#include <string.h>
#include <sys/socket.h>

#include "common/alloc.h"
#include "podlite/engine/events.h"

#define NUMBERED_MAX 1000

/* ---- subnets ---- */

static int parse_gateway(const char *text, const struct cidr *subnet, struct network_subnet *s, struct err *err)
{
	struct cidr_addr a;

	if (!cidr_addr_parse(text, &a))
		return err_set(err, EK_USAGE, "--gateway %s: not an IP address", text);
	if (!cidr_contains(subnet, &a))
		return err_set(err, EK_USAGE, "gateway %s not in subnet %s", text, s->subnet);
	s->gateway = xcalloc(1, CIDR_TEXT);
	cidr_addr_print(&a, s->gateway);
	return 0;
}

/* A subnet of the subnet, or FIRST-LAST. */
static int parse_range(const char *text, const struct cidr *subnet, struct network_subnet *s, struct err *err)
{
	const char *dash = strchr(text, '-');
	auto_free char *start = xstrndup(text, dash ? (size_t)(dash - text) : 0);
	struct cidr_addr first, last;
	struct cidr c;

	if (dash ? !cidr_addr_parse(start, &first) || !cidr_addr_parse(dash + 1, &last) : !cidr_parse(text, &c))
		return err_set(err, EK_USAGE, "--ip-range %s: expected ADDRESS/PREFIX or FIRST-LAST", text);
	if (!dash)
		cidr_hosts(&c, &first, &last);
	if (!cidr_contains(subnet, &first) || !cidr_contains(subnet, &last))
		return err_set(err, EK_USAGE, "--ip-range %s: not within subnet %s", text, s->subnet);
	s->lease.start = xcalloc(1, CIDR_TEXT);
	s->lease.end = xcalloc(1, CIDR_TEXT);
	cidr_addr_print(&first, s->lease.start);
	cidr_addr_print(&last, s->lease.end);
	return 0;
}

static int parse_subnet(const struct net_create_opts *o, size_t i, struct network *n, struct err *err)
{
	struct network_subnet *s;
	struct cidr c;
	int r = 0;

	if (!cidr_parse(o->subnet.v[i], &c))
		return err_set(err, EK_USAGE, "--subnet %s: expected ADDRESS/PREFIX", o->subnet.v[i]);
	n->subnets.v = xrealloc(n->subnets.v, n->subnets.n + 1, sizeof(*s));
	s = &n->subnets.v[n->subnets.n++];
	*s = (struct network_subnet){.subnet = xcalloc(1, CIDR_TEXT)};
	cidr_print(&c, s->subnet);
	if (i < o->gateway.n)
		r = parse_gateway(o->gateway.v[i], &c, s, err);
	if (!r && i < o->ip_range.n && *o->ip_range.v[i])
		r = parse_range(o->ip_range.v[i], &c, s, err);
	n->ipv6 |= c.addr.family == AF_INET6;
	return r;
}

/* The record has IPv4 first. */
static int sort_families(struct network *n, struct err *err)
{
	struct network_subnet *s = n->subnets.v;
	bool six[2];

	if (n->subnets.n > 2)
		return err_set(err, EK_UNSUPPORTED, "--subnet: one of IPv4 and one of IPv6 at most");
	for (size_t i = 0; i < n->subnets.n; i++)
		six[i] = strchr(s[i].subnet, ':');
	if (n->subnets.n == 2 && six[0] == six[1])
		return err_set(err, EK_UNSUPPORTED, "--subnet %s: one of IPv4 and one of IPv6 at most", s[1].subnet);
	if (n->subnets.n == 1 && six[0]) {
		err_set(err, EK_UNSUPPORTED, "--subnet %s: networks of IPv6 alone are not built", s[0].subnet);
		return err_advise(err, "give an IPv4 --subnet, too; or --ipv6 alone, and both are chosen");
	}
	if (n->subnets.n == 2 && six[0]) {
		struct network_subnet first = s[0];

		s[0] = s[1];
		s[1] = first;
	}
	return 0;
}

static int parse_subnets(const struct net_create_opts *o, struct network *n, struct err *err)
{
	if (!o->subnet.n && (o->gateway.n || o->ip_range.n))
		return err_set(err, EK_USAGE, "cannot set gateway or range without subnet");
	if (o->gateway.n > o->subnet.n || o->ip_range.n > o->subnet.n)
		return err_set(err, EK_USAGE, "cannot set more %s than subnets", o->gateway.n > o->subnet.n ? "gateways" : "ranges");
	for (size_t i = 0; i < o->subnet.n; i++)
		if (parse_subnet(o, i, n, err) < 0)
			return -1;
	return sort_families(n, err);
}

/* ---- the rest ---- */

static int check_drivers(const struct net_create_opts *o, struct err *err)
{
	if (o->driver && *o->driver && strcmp(o->driver, "bridge")) {
		err_set(err, EK_UNSUPPORTED, "--driver %s: an ordinary user can make bridges only", o->driver);
		return err_advise(err, "use --driver bridge, and --publish or --network host for what the outside shall reach");
	}
	if (o->ipam_driver && *o->ipam_driver && strcmp(o->ipam_driver, "host-local"))
		return err_set(err, EK_UNSUPPORTED, "--ipam-driver %s: addresses are given by podlite itself (host-local)", o->ipam_driver);
	return 0;
}

static int add_pairs(const char *option, const struct svec *from, struct svec *to, struct err *err)
{
	SVEC_EACH(text, from) {
		auto_free char *name = xstrndup(text, strcspn(text, "="));

		if (!*name)
			return err_set(err, EK_USAGE, "--%s \"%s\": expected NAME=VALUE", option, text);
		svec_env_set(to, name, strchr(text, '=') ? strchr(text, '=') + 1 : "");
	}
	return 0;
}

static int parse(const struct net_create_opts *o, const char *name, struct network *n, struct err *err)
{
	if (name && !network_name_ok(name)) {
		err_set(err, EK_INVALID, "network name %.64s invalid", name);
		return err_advise(err, "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*, and be no network mode such as host or bridge");
	}
	n->name = xstrdup(name);
	n->driver = xstrdup("bridge");
	n->interface = o->interface && *o->interface ? xstrdup(o->interface) : NULL;
	n->internal = o->internal;
	n->ipv6 = o->ipv6;
	n->dns = !o->disable_dns;
	svec_add_all(&n->dns_servers, &o->dns);
	if (check_drivers(o, err) < 0 || add_pairs("label", &o->labels, &n->labels, err) < 0 || add_pairs("opt", &o->opts, &n->options, err) < 0)
		return -1;
	return parse_subnets(o, n, err);
}

int net_create_parse(const struct net_create_opts *o, const char *name, struct network *ret, struct err *err)
{
	struct network n = {.name = NULL};

	if (parse(o, name, &n, err) < 0) {
		network_done(&n);
		return -1;
	}
	*ret = n;
	return 0;
}

static int create(struct context *c, const struct net_create_opts *o, const char *name, struct err *err)
{
	auto_cleanup(network_done) struct network n = {.name = NULL};

	if (net_create_parse(o, name, &n, err) < 0)
		return -1;
	if (network_create(c->store.fd, &n, err) < 0)
		return o->ignore && err->kind == EK_EXISTS ? 0 : -1;
	events_network(c, n.id, n.name, "create");
	return 0;
}

static int create_numbered(struct context *c, const struct net_create_opts *o, char **ret_name, struct err *err)
{
	struct net_create_opts mine = *o;
	int r = -1;

	mine.ignore = false; /* the next number, not the one that is there */
	for (unsigned i = 1; i <= NUMBERED_MAX && r < 0; i++) {
		auto_free char *name = xasprintf("podlite%u", i);

		err_clear(err);
		r = create(c, &mine, name, err);
		if (r == 0)
			*ret_name = take_ptr(name);
		else if (err->kind != EK_EXISTS)
			break;
	}
	return r;
}

int net_create(struct context *c, const struct net_create_opts *o, const char *name, char **ret_name, struct err *err)
{
	if (!name)
		return create_numbered(c, o, ret_name, err);
	if (create(c, o, name, err) < 0)
		return -1;
	*ret_name = xstrdup(name);
	return 0;
}
