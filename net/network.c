#include "net/network.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "common/alloc.h"
#include "common/id.h"
#include "common/jmap.h"
#include "common/units.h"
#include "net/hosts.h"

#define NAME_MAX_ 128

static const struct jmap range_map[] = {
	JMAP_STR("start_ip", struct network_range, start, 0),
	JMAP_STR("end_ip", struct network_range, end, 0),
	JMAP_END,
};

static const struct jmap subnet_map[] = {
	JMAP_STR("subnet", struct network_subnet, subnet, JMAP_NEED),
	JMAP_STR("gateway", struct network_subnet, gateway, JMAP_NEED),
	JMAP_OBJ("lease_range", struct network_subnet, lease, range_map, 0),
	JMAP_END,
};

#define N struct network
static const struct jmap map[] = {
	JMAP_STR("name", N, name, JMAP_NEED),
	JMAP_STR("id", N, id, JMAP_NEED),
	JMAP_STR("driver", N, driver, JMAP_NEED),
	JMAP_STR("network_interface", N, interface, JMAP_NEED),
	JMAP_STR("created", N, created, JMAP_NEED),
	JMAP_LIST("subnets", N, subnets, subnet_map, struct network_subnet, JMAP_NEED),
	JMAP_BOOL("ipv6_enabled", N, ipv6, JMAP_KEEP),
	JMAP_BOOL("internal", N, internal, JMAP_KEEP),
	JMAP_BOOL("dns_enabled", N, dns, JMAP_KEEP),
	JMAP_STRS("network_dns_servers", N, dns_servers, 0),
	JMAP_DICT("labels", N, labels, 0),
	JMAP_DICT("options", N, options, 0),
	JMAP_END,
};
#undef N

void network_done(struct network *n)
{
	jmap_done(map, n);
	memset(n, 0, sizeof(*n));
}

static bool letters_ok(const char *s, size_t max)
{
	size_t n = strlen(s);

	if (!n || n > max || !isalnum((unsigned char)*s))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] > 127 || (!isalnum((unsigned char)s[i]) && !strchr("_.-", s[i])))
			return false;
	return true;
}

bool network_name_ok(const char *name)
{
	static const char *const modes[] = {"bridge", "container", "default", "host", "none", "ns", "pasta", "private",
		"slirp4netns"};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(name, modes[i]))
			return false;
	return letters_ok(name, NAME_MAX_);
}

bool network_interface_ok(const char *name)
{
	return letters_ok(name, 15) && strcmp(name, "lo") && strncmp(name, "tap", 3) && strncmp(name, "veth", 4);
}

bool network_alias_ok(const char *alias)
{
	return hosts_name_ok(alias);
}

bool network_mac_ok(const char *mac, char ret[18])
{
	if (strlen(mac) != 17)
		return false;
	for (size_t i = 0; i < 17; i++) {
		bool ok = i % 3 == 2 ? mac[i] == mac[2] && strchr(":-", mac[i]) : isxdigit((unsigned char)mac[i]);

		if (!ok)
			return false;
		ret[i] = i % 3 == 2 ? ':' : (char)tolower((unsigned char)mac[i]);
	}
	ret[17] = '\0';
	/* a group's address, or none at all */
	return !strchr("13579bdf", ret[1]) && strcmp(ret, "00:00:00:00:00:00");
}

/* ---- subnets ---- */

static int bad_subnet(const struct network_subnet *s, const char *what, struct err *err)
{
	return err_set(err, EK_INVALID, "subnet %.64s: %s", s->subnet, what);
}

static bool is_host(const struct cidr *c, const struct cidr_addr *a)
{
	struct cidr_addr first, last;

	cidr_hosts(c, &first, &last);
	return cidr_compare(a, &first) >= 0 && cidr_compare(a, &last) <= 0;
}

static int plan_lease(const struct network_subnet *s, struct network_plan *p, struct err *err)
{
	cidr_hosts(&p->subnet, &p->first, &p->last);
	if (!s->lease.start && !s->lease.end)
		return 0;
	if (!s->lease.start || !s->lease.end || !cidr_addr_parse(s->lease.start, &p->first) ||
		!cidr_addr_parse(s->lease.end, &p->last))
		return bad_subnet(s, "the range of addresses is not two addresses", err);
	if (!is_host(&p->subnet, &p->first) || !is_host(&p->subnet, &p->last))
		return bad_subnet(s, "the range of addresses is not within it", err);
	if (cidr_compare(&p->first, &p->last) > 0)
		return bad_subnet(s, "the range of addresses ends before it begins", err);
	return 0;
}

static int plan(const struct network_subnet *s, struct network_plan *ret, struct err *err)
{
	struct network_plan p;
	char text[CIDR_TEXT];
	unsigned max;

	if (!cidr_parse(s->subnet, &p.subnet))
		return bad_subnet(s, "not ADDRESS/PREFIX", err);
	cidr_print(&p.subnet, text);
	if (strcmp(text, s->subnet))
		return err_set(err, EK_INVALID, "subnet %.64s: is written %s", s->subnet, text);
	max = p.subnet.addr.family == AF_INET ? 30 : 126;
	if (p.subnet.prefix < 8 || p.subnet.prefix > max)
		return err_set(err, EK_INVALID, "subnet %.64s: the prefix must be from 8 to %u, to leave room for a gateway and members",
			s->subnet, max);
	if (!cidr_addr_parse(s->gateway, &p.gateway) || !is_host(&p.subnet, &p.gateway))
		return err_set(err, EK_INVALID, "gateway %.64s not in subnet %s", s->gateway, s->subnet);
	if (plan_lease(s, &p, err) < 0)
		return -1;
	*ret = p;
	return 0;
}

bool network_plan(const struct network *n, int family, struct network_plan *ret)
{
	for (size_t i = 0; i < n->subnets.n; i++)
		if (plan(&n->subnets.v[i], ret, NULL) == 0 && ret->subnet.addr.family == family)
			return true;
	return false;
}

/* Addresses that mean something else everywhere. */
static bool is_special(const struct cidr *c)
{
	static const char *const special[] = {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/96", "fe80::/10", "ff00::/8"};
	struct cidr s;

	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (cidr_parse(special[i], &s) && s.addr.family == c->addr.family && cidr_overlaps(&s, c))
			return true;
	return false;
}

static int check_subnets(const struct network *n, struct err *err)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct network_plan p;

	if (!n->subnets.n || n->subnets.n > 2)
		return err_set(err, EK_INVALID, "subnets: expected one of IPv4 and at most one of IPv6");
	for (size_t i = 0; i < n->subnets.n; i++) {
		if (plan(&n->subnets.v[i], &p, err) < 0)
			return -1;
		if (p.subnet.addr.family != families[i])
			return err_set(err, EK_INVALID, "subnets: expected one of IPv4 and at most one of IPv6");
		if (is_special(&p.subnet))
			return bad_subnet(&n->subnets.v[i], "these addresses are not for networks (loopback, link-local, multicast)", err);
	}
	if (n->ipv6 != (n->subnets.n == 2))
		return err_set(err, EK_INVALID, "ipv6_enabled: does not agree with the subnets");
	return 0;
}

/* ---- the rest ---- */

int64_t network_mtu(const struct network *n)
{
	const char *text = svec_env_get(&n->options, "mtu");
	uint64_t mtu = 0;

	return text && units_parse_u64(text, &mtu) && mtu <= NETWORK_MTU_MAX ? (int64_t)mtu : 0;
}

static int check_option(const struct network *n, const char *option, struct err *err)
{
	int64_t min = n->ipv6 ? 1280 : NETWORK_MTU_MIN, mtu = network_mtu(n);

	if (!strncmp(option, "mtu=", 4))
		return mtu >= min ? 0 : err_set(err, EK_INVALID, "option %.64s: must be from %d to %d", option, (int)min, NETWORK_MTU_MAX);
	if (!strncmp(option, "isolate=", 8)) {
		const char *value = option + 8;

		/* each network is a namespace of its own, without a way to another */
		if (!strcmp(value, "true") || !strcmp(value, "strict") || !strcmp(value, "1"))
			return 0;
		err_set(err, EK_UNSUPPORTED, "option %.64s: networks are always isolated from each other", option);
		return err_advise(err, "leave it out; a container that shall reach two networks becomes a member of both");
	}
	return err_set(err, EK_UNSUPPORTED, "unsupported bridge network option %.*s: expected mtu or isolate", (int)MIN_OF(strcspn(option, "="), 64u),
		option);
}

static int check_dns(const struct network *n, struct err *err)
{
	struct cidr_addr a;

	if (n->dns_servers.n && !n->dns)
		return err_set(err, EK_INVALID, "DNS servers for a network without DNS");
	for (size_t i = 0; i < n->dns_servers.n; i++)
		if (!cidr_addr_parse(n->dns_servers.v[i], &a))
			return err_set(err, EK_INVALID, "DNS server \"%.64s\": not an IP address", n->dns_servers.v[i]);
	return 0;
}

int network_check(const struct network *n, struct err *err)
{
	if (!network_name_ok(n->name))
		return err_set(err, EK_INVALID, "network name \"%.64s\" is not allowed", n->name);
	if (!id_is_full(n->id))
		return err_set(err, EK_INVALID, "id: expected 64 hex digits");
	if (strcmp(n->driver, "bridge"))
		return err_set(err, EK_UNSUPPORTED, "driver \"%.32s\": expected bridge", n->driver);
	if (!network_interface_ok(n->interface)) {
		err_set(err, EK_INVALID, "interface name \"%.32s\" is not allowed", n->interface);
		return err_advise(err, "1 to 15 letters, digits, \"_\", \".\" or \"-\"; not lo, tap... or veth...");
	}
	if (check_subnets(n, err) < 0 || check_dns(n, err) < 0)
		return -1;
	for (size_t i = 0; i < n->options.n; i++)
		if (check_option(n, n->options.v[i], err) < 0)
			return -1;
	return 0;
}

static int parse(const struct jval *v, struct network *n, struct err *err)
{
	if (jmap_parse(map, v, n, err) < 0)
		return -1;
	if (!units_parse_time(n->created, 0, &n->created_ns))
		return err_set(err, EK_INVALID, "created: not a time");
	return network_check(n, err);
}

int network_parse(const char *text, size_t n, struct network *ret, struct err *err)
{
	auto_jval struct jval *v = jval_parse(text, n, JVAL_UNIQUE_KEYS, err);
	struct network net = {.name = NULL};

	if (!v)
		return -1;
	if (parse(v, &net, err) < 0) {
		network_done(&net);
		return -1;
	}
	*ret = net;
	return 0;
}

struct jval *network_json(const struct network *n)
{
	return jmap_emit(map, n);
}
