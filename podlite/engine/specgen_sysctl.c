/* specgen_sysctl.c - defaults of an own network namespace, and --sysctl (threats.md V54). */
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "podlite/engine/specgen.h"

static void set_entry(struct svec *list, const char *entry)
{
	const char *eq = strchr(entry, '=');
	auto_free char *name = xstrndup(entry, (size_t)(eq - entry));

	svec_env_set(list, name, eq + 1);
}

int specgen_sysctl(struct specgen *g, struct err *err)
{
	struct create_sysctl_scope own = {
		.ipc = g->ipc.mode == CREATE_NS_PRIVATE || g->ipc.mode == CREATE_NS_NONE,
		.net = g->net.own,
		.uts = g->uts.mode == CREATE_NS_PRIVATE,
		.host_root = geteuid() == 0,
	};
	struct svec *list = &g->spec.linux_.sysctl;

	/* ping and low ports need no capability: neither reaches beyond the container */
	if (g->net.own) {
		svec_env_set(list, "net.ipv4.ping_group_range", "0 0");
		svec_env_set(list, "net.ipv4.ip_unprivileged_port_start", "0");
	}
	/* a new namespace has what the host has; who is in two networks does not connect them unless asked to */
	if (!strcmp(g->net.kind, "bridge"))
		svec_env_set(list, "net.ipv4.ip_forward", "0");
	for (size_t i = 0; i < g->o->sysctl.n; i++) {
		auto_free char *entry = NULL;

		if (create_sysctl_parse(g->o->sysctl.v[i], own, &entry, err) < 0)
			return -1;
		set_entry(list, entry);
	}
	return 0;
}
