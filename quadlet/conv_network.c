/* conv_network.c - [Network]: a service that runs once and leaves the network. */
#include <string.h>

#include "common/alloc.h"
#include "quadlet/conv.h"
#include "quadlet/word.h"

#define SECTION "Network"
#define MANY    2 /* subnets */

/* The assignments of a key after the last empty one. */
static size_t assignments(struct conv *c, const char *key, const struct unit_entry *ret[MANY])
{
	const struct unit_section *s = unit_section(&c->src->unit, SECTION);
	size_t n = 0;

	for (size_t i = 0; s && i < s->n; i++) {
		if (strcmp(s->v[i].key, key))
			continue;
		if (!*s->v[i].value)
			n = 0;
		else if (n < MANY)
			ret[n++] = &s->v[i];
		else
			conv_error(c, &s->v[i], "a network has one subnet of IPv4 and one of IPv6");
	}
	return n;
}

static void add(struct conv *c, const char *option, const struct unit_entry *e)
{
	svec_add(&c->cmd, option);
	svec_add(&c->cmd, e->value);
}

/* Gateways and ranges belong to the subnet that is given at the same place. */
static void subnets(struct conv *c)
{
	const struct unit_entry *subnet[MANY], *gateway[MANY], *range[MANY];
	size_t n = assignments(c, "Subnet", subnet), gateways = assignments(c, "Gateway", gateway), ranges = assignments(c, "IPRange", range);

	if (gateways > n)
		conv_error(c, gateway[n], "there is no Subnet= that it belongs to");
	if (ranges > n)
		conv_error(c, range[n], "there is no Subnet= that it belongs to");
	for (size_t i = 0; i < n; i++) {
		add(c, "--subnet", subnet[i]);
		if (i < gateways)
			add(c, "--gateway", gateway[i]);
		if (i < ranges)
			add(c, "--ip-range", range[i]);
	}
}

static void driver(struct conv *c, const struct unit_entry *e)
{
	if (strcmp(e->single, "bridge"))
		conv_error(c, e, "the only driver is bridge; use PublishPort= or Network=host in the containers for what the outside shall reach");
}

static void ipam(struct conv *c, const struct unit_entry *e)
{
	if (strcmp(e->single, "host-local"))
		conv_error(c, e, "addresses are given by podlite itself, which is called host-local");
}

static const struct conv_key network_keys[] = {
	{"ContainersConfModule", CONV_REFUSED, CONV_NO_MODULES, NULL, NULL},
	{"DNS", CONV_EACH, "--dns", NULL, NULL},
	{"DisableDNS", CONV_BOOL, "--disable-dns", NULL, NULL},
	{"Driver", CONV_ONCE, NULL, NULL, driver},
	{"Gateway", CONV_ELSE, NULL, NULL, NULL},
	{"GlobalArgs", CONV_ELSE, NULL, NULL, NULL},
	{"IPAMDriver", CONV_ONCE, NULL, NULL, ipam},
	{"IPRange", CONV_ELSE, NULL, NULL, NULL},
	{"IPv6", CONV_BOOL, "--ipv6", NULL, NULL},
	{"InterfaceName", CONV_LAST, "--interface-name", NULL, NULL},
	{"Internal", CONV_BOOL, "--internal", NULL, NULL},
	{"Label", CONV_PAIRS, "--label", NULL, NULL},
	{"NetworkDeleteOnStop", CONV_ELSE, NULL, NULL, NULL},
	{"NetworkName", CONV_ELSE, NULL, NULL, NULL},
	{"Options", CONV_PAIRS, "--opt", NULL, NULL},
	{"ServiceName", CONV_ELSE, NULL, NULL, NULL},
	{"Subnet", CONV_ELSE, NULL, NULL, NULL},
	{"PodmanArgs", CONV_ARGS, NULL, NULL, NULL},
};

/* The containers of its members have stopped by then, as their services require this one; what podlite
 * has made into a member otherwise keeps the network, and the service fails. */
static void delete_on_stop(struct conv *c, const char *name)
{
	const struct unit_entry *e = unit_last(&c->src->unit, SECTION, "NetworkDeleteOnStop");
	auto_svec struct svec words = SVEC_INIT;
	auto_free char *command = NULL;

	if (!e || !conv_bool(c, e, false))
		return;
	conv_program(c, &words);
	svec_add(&words, "network");
	svec_add(&words, "rm");
	svec_add(&words, name);
	command = word_join(&words);
	unit_add(&c->out, "Service", "ExecStopPost", command);
}

void conv_network(struct conv *c)
{
	auto_free char *name = conv_resource(c->src);

	conv_program(c, &c->cmd);
	svec_add(&c->cmd, "network");
	svec_add(&c->cmd, "create");
	svec_add(&c->cmd, "--ignore");
	subnets(c);
	conv_keys(c, network_keys, ARRAY_SIZE(network_keys));
	svec_add(&c->cmd, name);
	conv_oneshot(c);
	delete_on_stop(c, name);
}
