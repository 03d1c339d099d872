#include "podlite/engine/net_inspect.h"

#include <string.h>

#include "common/alloc.h"
#include "common/id.h"
#include "common/units.h"
#include "podlite/engine/ctr_view.h"

struct jval *net_inspect_json(const struct network *n)
{
	struct jval *o = network_json(n), *ipam = jval_new_object();

	jval_set_str(ipam, "driver", "host-local");
	jval_set(o, "ipam_options", ipam);
	return o;
}

static void add_address(struct jval *subnets, const char *ip, int64_t prefix, const char *gateway)
{
	auto_free char *net = xasprintf("%s/%d", ip ? ip : "", (int)prefix);
	struct jval *o;

	if (!ip || !*ip)
		return;
	o = jval_new_object();
	jval_set_str(o, "ipnet", net);
	if (gateway && *gateway)
		jval_set_str(o, "gateway", gateway);
	jval_add(subnets, o);
}

static struct jval *member_json(const struct ctr *ctr, const struct mon_joined *j)
{
	struct jval *o = jval_new_object(), *interfaces = jval_new_object(), *one = jval_new_object(), *subnets = jval_new_array();

	add_address(subnets, j->ip, j->prefix, j->gateway);
	add_address(subnets, j->ip6, j->prefix6, j->gateway6);
	jval_set(one, "subnets", subnets);
	jval_set_str(one, "mac_address", j->mac ? j->mac : "");
	jval_set(interfaces, j->interface ? j->interface : "", one);
	jval_set_str(o, "name", ctr->rec.name);
	jval_set(o, "interfaces", interfaces);
	return o;
}

static struct jval *members_json(const struct ctr_list *ctrs, const char *network)
{
	struct jval *o = jval_new_object();

	for (size_t i = 0; i < ctrs->n; i++) {
		const struct ctr *ctr = &ctrs->v[i];

		for (size_t k = 0; ctr_is_live(ctr) && k < ctr->state.networks.n; k++)
			if (!strcmp(ctr->state.networks.v[k].name, network))
				jval_set(o, ctr->rec.id, member_json(ctr, &ctr->state.networks.v[k]));
	}
	return o;
}

struct jval *net_inspect(struct context *c, const char *text, struct err *err)
{
	auto_cleanup(network_done) struct network n = {.name = NULL};
	struct ctr_list ctrs = {NULL, 0};
	struct jval *o;

	if (network_find(c->store.fd, text, &n, err) < 0 || ctr_list_all(c, &ctrs, err) < 0)
		return NULL;
	o = net_inspect_json(&n);
	jval_set(o, "containers", members_json(&ctrs, n.name));
	ctr_list_done(&ctrs);
	return o;
}

struct jval *net_inspect_row(const struct network *n, bool no_trunc)
{
	auto_free char *id = xstrndup(n->id, no_trunc ? ID_LEN : ID_SHORT), *labels = svec_join(&n->labels, ",");
	auto_jval struct jval *json = net_inspect_json(n);
	struct jval *o = jval_new_object();
	char when[64];

	units_print_time_go(n->created_ns, when);
	jval_set_str(o, "ID", id);
	jval_set_str(o, "Name", n->name);
	jval_set_str(o, "Driver", n->driver);
	jval_set_str(o, "NetworkInterface", n->interface);
	jval_set_str(o, "Created", when);
	jval_set(o, "Subnets", jval_copy(jval_get(json, "subnets")));
	jval_set_bool(o, "IPv6Enabled", n->ipv6);
	jval_set_bool(o, "Internal", n->internal);
	jval_set_bool(o, "DNSEnabled", n->dns);
	jval_set(o, "NetworkDNSServers", jval_new_strings(&n->dns_servers));
	jval_set_str(o, "Labels", labels);
	jval_set(o, "Options", jval_new_dict(&n->options));
	jval_set(o, "IPAMOptions", jval_copy(jval_get(json, "ipam_options")));
	return o;
}
