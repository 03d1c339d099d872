/*
 * pasta_options.c - which words of `--network pasta:...` become options of pasta, and with what values.
 *
 * pasta writes files, changes its identity and joins namespaces when asked; none of that is for the
 * command line of a container. Whatever is not in the table is refused (threats.md V25).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/units.h"
#include "net/slirp.h"

static bool is_chars(const char *v, const char *allowed)
{
	return *v && *v != '-' && strlen(v) < 200 && v[strspn(v, allowed)] == '\0';
}

static bool is_address(const char *v)
{
	struct in6_addr a;

	return inet_pton(AF_INET, v, &a) == 1 || inet_pton(AF_INET6, v, &a) == 1;
}

static bool is_mtu(const char *v)
{
	uint64_t n;

	return units_parse_u64(v, &n) && (!n || n >= 576) && n <= 65520;
}

static bool is_mask(const char *v)
{
	return is_chars(v, "0123456789.");
}

static bool is_mac(const char *v)
{
	return strlen(v) == 17 && is_chars(v, "0123456789abcdefABCDEF:");
}

static bool is_name(const char *v)
{
	return strlen(v) < 16 && is_chars(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
}

/* "auto", "none", "22", "22-25:32-35", "192.0.2.1/5", "[::1]%eth0/5", "~25" */
static bool is_ports(const char *v)
{
	return is_chars(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/~%[]_-");
}

static const struct {
	const char *brief, *name;
	bool (*value)(const char *text); /* NULL: it takes none */
	const char *what;
} table[] = {
	{"-4", "--ipv4-only", NULL, NULL},
	{"-6", "--ipv6-only", NULL, NULL},
	{"-D", "--dns", is_address, "an address"},
	{"-I", "--ns-ifname", is_name, "the name of an interface"},
	{"-M", "--mac-addr", is_mac, "a MAC address"},
	{"-T", "--tcp-ns", is_ports, "ports, none or auto"},
	{"-U", "--udp-ns", is_ports, "ports, none or auto"},
	{"-a", "--address", is_address, "an address"},
	{"-g", "--gateway", is_address, "an address"},
	{"-i", "--interface", is_name, "the name of an interface"},
	{"-m", "--mtu", is_mtu, "0 or a number from 576 to 65520"},
	{"-n", "--netmask", is_mask, "an IPv4 mask or a number of bits"},
	{"-o", "--outbound", is_address, "an address"},
	{"-t", "--tcp-ports", is_ports, "ports, none or auto"},
	{"-u", "--udp-ports", is_ports, "ports, none or auto"},
	{"", "--dns-forward", is_address, "an address"},
	{"", "--map-gw", NULL, NULL}, /* podman's word: pasta's default, ours is --no-map-gw */
	{"", "--no-dhcp", NULL, NULL},
	{"", "--no-dhcpv6", NULL, NULL},
	{"", "--no-icmp", NULL, NULL},
	{"", "--no-map-gw", NULL, NULL},
	{"", "--no-ndp", NULL, NULL},
	{"", "--no-ra", NULL, NULL},
	{"", "--no-tcp", NULL, NULL},
	{"", "--no-udp", NULL, NULL},
	{"", "--ns-mac-addr", is_mac, "a MAC address"},
	{"", "--outbound-if4", is_name, "the name of an interface"},
	{"", "--outbound-if6", is_name, "the name of an interface"},
	{"mtu", "--mtu", is_mtu, "0 or a number from 576 to 65520"}, /* slirp4netns' spelling */
};

static int find(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (*key && (!strcmp(key, table[i].brief) || !strcmp(key, table[i].name)))
			return (int)i;
	return -1;
}

int pasta_options(const struct svec *given, struct svec *ret, struct err *err)
{
	for (size_t i = 0; given && i < given->n; i++) {
		const char *eq = strchr(given->v[i], '='), *value = eq ? eq + 1 : NULL;
		auto_free char *key = xstrndup(given->v[i], eq ? (size_t)(eq - given->v[i]) : strlen(given->v[i]));
		int k = find(key);

		if (k < 0)
			return err_set(err, EK_USAGE, "network pasta: \"%s\" is no option that can be given here", given->v[i]);
		svec_add(ret, table[k].name);
		if (!table[k].value && !value)
			continue;
		if (!table[k].value)
			return err_set(err, EK_USAGE, "network pasta: %s takes no value", key);
		if (!value && i + 1 < given->n)
			value = given->v[++i];
		if (!value || !table[k].value(value))
			return err_set(err, EK_USAGE, "network pasta: %s: expected %s, not \"%s\"", key, table[k].what, value ? value : "");
		svec_add(ret, value);
	}
	return 0;
}
