#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/alloc.h"
#include "net/network.h"
#include "net/slirp.h"
#include "podlite/engine/create_value.h"

void create_network_done(struct create_network *n)
{
	free(n->kind);
	free(n->target);
	svec_done(&n->options);
	for (size_t i = 0; i < n->networks.n; i++)
		jmap_done(mon_network_map, &n->networks.v[i]);
	free(n->networks.v);
	memset(n, 0, sizeof(*n));
}

/* Modes that take no options, and what the monitor calls them. */
static const struct {
	const char *text, *kind;
	bool own;
} plain_modes[] = {
	{"", "slirp4netns", true},
	{"private", "slirp4netns", true},
	{"default", "slirp4netns", true},
	{"none", "none", true},
	{"host", "host", false},
};

/* What the helpers are asked for is decided here and in net/slirp.c, net/pasta_options.c; a text
 * of the user never becomes their option. */
static int slirp_option(const char *option, struct err *err)
{
	struct svec one = SVEC_INIT;
	struct slirp_addresses net;
	int r;

	if (!strncmp(option, "disable_dns=", 12)) /* ours: resolv.conf decides */
		return err_set(err, EK_USAGE, "unknown slirp4netns option \"%s\"", option);
	svec_add(&one, option);
	r = slirp_network(&one, &net, err);
	svec_done(&one);
	return r;
}

static int helper_options(struct create_network *n, const char *text, struct err *err)
{
	auto_svec struct svec words = SVEC_INIT;

	if (*text)
		svec_add_split(&words, text, ',');
	if (!strcmp(n->kind, "pasta"))
		return pasta_options(&words, &n->options, err);
	svec_add_all(&n->options, &words);
	for (size_t i = 0; i < n->options.n; i++)
		if (slirp_option(n->options.v[i], err) < 0)
			return -1;
	return 0;
}

/* ---- named networks ---- */

static int set_address(struct mon_network *m, const char *text, int family, struct err *err)
{
	char **to = family == AF_INET6 ? &m->ip6 : &m->ip;
	struct cidr_addr a;
	char canonical[CIDR_TEXT];

	if (!cidr_addr_parse(text, &a) || (family && a.family != family))
		return err_set(err, EK_USAGE, "\"%s\" is not an %s address", text, !family ? "IP" : family == AF_INET ? "IPv4" : "IPv6");
	if (!family)
		to = a.family == AF_INET6 ? &m->ip6 : &m->ip;
	if (*to)
		return err_set(err, EK_USAGE, "%s: there is another address already, %s", text, *to);
	cidr_addr_print(&a, canonical);
	*to = xstrdup(canonical);
	return 0;
}

static int set_mac(struct mon_network *m, const char *text, struct err *err)
{
	char mac[18];

	if (m->mac)
		return err_set(err, EK_USAGE, "%s: there is another Ethernet address already, %s", text, m->mac);
	if (!network_mac_ok(text, mac))
		return err_set(err, EK_USAGE, "\"%s\" is not the Ethernet address of one machine", text);
	m->mac = xstrdup(mac);
	return 0;
}

static int add_alias(struct mon_network *m, const char *text, struct err *err)
{
	if (!network_alias_ok(text))
		return err_set(err, EK_USAGE, "alias \"%s\" is no name", text);
	if (!svec_has(&m->aliases, text))
		svec_add(&m->aliases, text);
	return 0;
}

static int set_interface(struct mon_network *m, const char *text, struct err *err)
{
	if (m->interface)
		return err_set(err, EK_USAGE, "interface_name=%s: there is another one already, %s", text, m->interface);
	if (!network_interface_ok(text))
		return err_set(err, EK_USAGE, "interface_name=%s: expected 1 to 15 letters, digits, \"_\", \".\" or \"-\"; not lo, tap... or veth...",
			text);
	m->interface = xstrdup(text);
	return 0;
}

static int network_option(struct mon_network *m, const char *option, struct err *err)
{
	const char *eq = strchr(option, '=');
	const char *value = eq ? eq + 1 : "";
	auto_free char *key = xstrndup(option, eq ? (size_t)(eq - option) : strlen(option));

	if (!*value)
		return err_set(err, EK_USAGE, "option \"%s\": expected KEY=VALUE", option);
	if (!strcmp(key, "ip"))
		return set_address(m, value, 0, err);
	if (!strcmp(key, "ip6"))
		return set_address(m, value, AF_INET6, err);
	if (!strcmp(key, "mac"))
		return set_mac(m, value, err);
	if (!strcmp(key, "alias"))
		return add_alias(m, value, err);
	if (!strcmp(key, "interface_name"))
		return set_interface(m, value, err);
	return err_set(err, EK_USAGE, "unknown option \"%s\": expected ip, ip6, mac, alias or interface_name", key);
}

static int add_named(struct create_network *n, const char *text, struct err *err)
{
	size_t len = strcspn(text, ":");
	auto_svec struct svec options = SVEC_INIT;
	struct mon_network *m;

	n->networks.v = xrealloc(n->networks.v, n->networks.n + 1, sizeof(*m));
	m = &n->networks.v[n->networks.n++];
	*m = (struct mon_network){.name = xstrndup(text, len)};
	if (!network_name_ok(m->name))
		return err_set(err, EK_USAGE, n->networks.n > 1 ? "no name of a network; a mode cannot be combined with networks" :
			"no mode and no name of a network; use private, none, host, slirp4netns, pasta, container:ID, ns:PATH or a name of podlite network ls");
	for (size_t i = 0; i + 1 < n->networks.n; i++)
		if (!strcmp(n->networks.v[i].name, m->name))
			return err_set(err, EK_USAGE, "the network is given twice");
	if (text[len])
		svec_add_split(&options, text + len + 1, ',');
	SVEC_EACH(option, &options)
		if (network_option(m, option, err) < 0)
			return -1;
	return 0;
}

static int no_default_bridge(struct err *err)
{
	err_set(err, EK_UNSUPPORTED, "there is no bridge that containers share by default");
	return err_advise(err, "make a network with podlite network create NAME, and use --network NAME");
}

/* ---- all ---- */

static int parse_mode(const char *text, struct create_network *n, struct err *err)
{
	size_t len = strcspn(text, ":");
	const char *rest = text[len] ? text + len + 1 : "";

	for (size_t i = 0; i < ARRAY_SIZE(plain_modes); i++) {
		if (strcmp(text, plain_modes[i].text))
			continue;
		n->kind = xstrdup(plain_modes[i].kind);
		n->own = plain_modes[i].own;
		return 0;
	}
	n->kind = xstrndup(text, len);
	if (!strcmp(n->kind, "slirp4netns") || !strcmp(n->kind, "pasta")) {
		n->own = true;
		return helper_options(n, rest, err);
	}
	if (!strcmp(n->kind, "container") || !strcmp(n->kind, "ns")) {
		n->target = xstrdup(rest);
		if (*rest && (*n->kind == 'c' || *rest == '/'))
			return 0;
		return err_set(err, EK_USAGE, "expected container: and a name or ID, or ns: and an absolute path");
	}
	if (!strcmp(n->kind, "bridge"))
		return no_default_bridge(err);
	free(n->kind);
	n->kind = xstrdup("bridge");
	n->own = true;
	return add_named(n, text, err);
}

static int parse(const struct svec *texts, struct create_network *n, struct err *err)
{
	const char *text = texts->n ? texts->v[0] : "";

	if (parse_mode(text, n, err) < 0)
		return err_wrap(err, "--network %s", text);
	if (texts->n > 1 && !n->networks.n)
		return err_set(err, EK_USAGE, "--network %s: cannot be combined with other networks", text);
	for (size_t i = 1; i < texts->n; i++)
		if (add_named(n, texts->v[i], err) < 0)
			return err_wrap(err, "--network %s", texts->v[i]);
	return 0;
}

int create_network_parse(const struct svec *texts, struct create_network *ret, struct err *err)
{
	auto_svec struct svec each = SVEC_INIT;
	struct create_network n = {.kind = NULL};

	/* NAME,NAME; behind a colon commas separate options */
	SVEC_EACH(text, texts) {
		if (strchr(text, ':'))
			svec_add(&each, text);
		else
			svec_add_split(&each, text, ',');
	}
	if (parse(&each, &n, err) < 0) {
		create_network_done(&n);
		return -1;
	}
	*ret = n;
	return 0;
}

static int add_addresses(struct mon_network *m, const struct create_network_addresses *a, struct err *err)
{
	if (a->ip && set_address(m, a->ip, AF_INET, err) < 0)
		return err_wrap(err, "--ip");
	if (a->ip6 && set_address(m, a->ip6, AF_INET6, err) < 0)
		return err_wrap(err, "--ip6");
	return a->mac && set_mac(m, a->mac, err) < 0 ? err_wrap(err, "--mac-address") : 0;
}

int create_network_addresses(struct create_network *n, const struct create_network_addresses *a, struct err *err)
{
	const char *what = a->ip ? "--ip" : a->ip6 ? "--ip6" : a->mac ? "--mac-address" : NULL;

	if (!what && !a->aliases->n)
		return 0;
	if (!n->networks.n)
		return err_set(err, EK_USAGE, "%s is for named networks; use --network NAME with a name of podlite network ls", what ?: "--network-alias");
	if (what && n->networks.n > 1)
		return err_set(err, EK_USAGE, "%s can only be set for a single network; use --network NAME:ip=IP,mac=MAC for each", what);
	for (size_t i = 0; i < n->networks.n; i++)
		SVEC_EACH(alias, a->aliases)
			if (add_alias(&n->networks.v[i], alias, err) < 0)
				return err_wrap(err, "--network-alias");
	return what ? add_addresses(&n->networks.v[0], a, err) : 0;
}
