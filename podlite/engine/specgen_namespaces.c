/*
 * specgen_namespaces.c - which namespaces are the container's own, the host's, or another's.
 *
 * Another container's namespace has no lasting path: config.json gets one that cannot exist, so
 * that a start which skipped specgen_refresh fails instead of joining something else, and
 * refresh.json says whose namespace is meant.
 */
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "podlite/engine/specgen.h"

#define NOT_YET "/proc/0/ns/"

static char *mode_text(const char *text, const char *dflt)
{
	return xstrdup(text && *text ? text : dflt);
}

static int check_network(const struct specgen *g, struct err *err)
{
	bool joins = !strcmp(g->net.kind, "container");

	if (joins && (g->o->publish.n || g->o->publish_all))
		return err_set(err, EK_USAGE, "--publish: cannot set port bindings on an existing container network namespace");
	if (g->o->hosts_file && g->o->no_hosts)
		return err_set(err, EK_USAGE, "--no-hosts and --hosts-file cannot be set together");
	if (joins && (g->o->hosts_file || g->o->add_host.n || g->o->dns.n || g->o->dns_search.n || g->o->dns_option.n))
		return err_set(err, EK_USAGE, "--add-host, --hosts-file and --dns: hosts and resolv.conf are those of the container whose network is joined");
	if (!strcmp(g->net.kind, "none") && g->o->dns.n)
		return err_set(err, EK_USAGE, "conflicting options: dns and the network mode: none");
	return 0;
}

/* --uidmap, --subuidname and the like make a private user namespace and say all about it. */
static int check_maps(struct specgen *g, struct err *err)
{
	bool names = g->o->subuidname || g->o->subgidname;
	bool maps = g->o->uidmap.n || g->o->gidmap.n || names;

	if (maps && g->o->userns && *g->o->userns && g->userns.mode != CREATE_USERNS_GIVEN)
		return err_set(err, EK_USAGE, "--userns %s and %s are mutually exclusive", g->o->userns,
			names ? "--subuidname/--subgidname" : "--uidmap/--gidmap");
	if (names && (g->o->uidmap.n || g->o->gidmap.n))
		return err_set(err, EK_USAGE, "--subuidname/--subgidname and --uidmap/--gidmap are mutually exclusive");
	if (!maps && g->userns.mode == CREATE_USERNS_GIVEN)
		return err_set(err, EK_USAGE, "--userns private: must provide at least one UID or GID mapping to configure a user namespace");
	if (maps)
		g->userns.mode = CREATE_USERNS_GIVEN;
	return 0;
}

int specgen_namespaces_parse(struct specgen *g, struct err *err)
{
	const struct create_network_addresses addresses = {.ip = g->o->ip, .ip6 = g->o->ip6, .mac = g->o->mac_address,
		.aliases = &g->o->network_aliases};

	if (create_ns_parse("pid", g->o->pid, &g->pid, err) < 0 ||
		create_ns_parse("ipc", g->o->ipc, &g->ipc, err) < 0 ||
		create_ns_parse("uts", g->o->uts, &g->uts, err) < 0 ||
		create_ns_parse("cgroupns", g->o->cgroupns, &g->cgroupns, err) < 0 ||
		create_ns_userns(g->o->userns, &g->userns, err) < 0 ||
		create_network_parse(&g->o->networks, &g->net, err) < 0 || create_network_addresses(&g->net, &addresses, err) < 0)
		return -1;
	if (check_maps(g, err) < 0)
		return -1;
	if (g->pid.mode == CREATE_NS_CONTAINER && specgen_userns_is_own(g)) {
		err_set(err, EK_UNSUPPORTED, "--pid %s: its /proc cannot be mounted from a user namespace of one's own (--userns, --uidmap)", g->o->pid);
		return err_advise(err, "join that one, too: --userns %s", g->o->pid);
	}
	if (g->uts.mode != CREATE_NS_PRIVATE && g->o->hostname)
		return err_set(err, EK_USAGE, "cannot set hostname when running in the %s UTS namespace: give either --hostname or --uts", g->o->uts);
	if (g->o->no_hosts && g->o->add_host.n)
		return err_set(err, EK_USAGE, "--no-hosts and --add-host cannot be set together");
	return check_network(g, err);
}

static void needs(struct specgen *g, const char *type, const char *id)
{
	if (!g->refresh)
		g->refresh = jval_new_object();
	jval_set_str(g->refresh, type, id);
}

static int join_container(struct specgen *g, const char *type, const char *target, struct err *err)
{
	auto_free char *path = xasprintf(NOT_YET "%s", type);
	char id[65];

	if (ctr_find_id(g->c, target, id, err) < 0)
		return err_wrap(err, "join the %s namespace", type);
	needs(g, type, id);
	spec_add_namespace(&g->spec, type, path);
	return 0;
}

static int join_path(struct specgen *g, const char *type, const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_sys(err, "join the %s namespace %s", type, path);
	spec_add_namespace(&g->spec, type, path);
	return 0;
}

static int add(struct specgen *g, const char *type, const struct create_ns *ns, struct err *err)
{
	switch (ns->mode) {
	case CREATE_NS_PRIVATE:
	case CREATE_NS_NONE:
		spec_add_namespace(&g->spec, type, NULL);
		return 0;
	case CREATE_NS_CONTAINER:
		return join_container(g, type, ns->target, err);
	case CREATE_NS_PATH:
		return join_path(g, type, ns->target, err);
	case CREATE_NS_HOST:
		break;
	}
	return 0;
}

/* --ipc container:ID: as that one's own is. Sharing takes /dev/shm along (specgen_mounts.c). */
static int resolve_ipc(struct specgen *g, struct err *err)
{
	struct ctr other;
	const char *mode;
	int r = 0;

	if (g->ipc.mode != CREATE_NS_CONTAINER)
		return 0;
	if (ctr_find(g->c, g->ipc.target, &other, err) < 0)
		return err_wrap(err, "join the ipc namespace");
	mode = other.rec.ipc_mode ? other.rec.ipc_mode : "shareable";
	if (!strcmp(mode, "host"))
		g->ipc.mode = CREATE_NS_HOST;
	else if (!strcmp(mode, "private") || !strcmp(mode, "none"))
		r = err_set(err, EK_INVALID, "joining IPC of container %s is not allowed: non-shareable IPC (hint: use --ipc shareable for the donor container)",
			other.rec.name);
	ctr_done(&other);
	return r;
}

static int add_network(struct specgen *g, struct err *err)
{
	if (g->net.own)
		spec_add_namespace(&g->spec, "network", NULL);
	else if (!strcmp(g->net.kind, "container"))
		return join_container(g, "network", g->net.target, err);
	else if (!strcmp(g->net.kind, "ns"))
		return join_path(g, "network", g->net.target, err);
	return 0;
}

static void record_modes(struct specgen *g)
{
	const char *net = g->o->networks.n ? g->o->networks.v[0] : "";
	bool dflt = !*net || !strcmp(net, "private") || !strcmp(net, "default");

	g->rec.network = xstrdup(dflt || g->net.networks.n ? g->net.kind : net);
	g->rec.pid_mode = mode_text(g->o->pid, "private");
	g->rec.ipc_mode = mode_text(g->o->ipc, "shareable");
	g->rec.uts_mode = mode_text(g->o->uts, "private");
	g->rec.userns = mode_text(g->o->userns, g->userns.mode == CREATE_USERNS_GIVEN ? "private" : "");
	g->rec.cgroup_mode = mode_text(g->o->cgroupns, "private");
}

/* --requires: refresh.json makes the start look at them. */
static int requires(struct specgen *g, struct err *err)
{
	char id[65];

	for (size_t i = 0; i < g->o->requires.n; i++) {
		if (ctr_find_id(g->c, g->o->requires.v[i], id, err) < 0)
			return err_wrap(err, "--requires %s", g->o->requires.v[i]);
		if (!svec_has(&g->rec.requires, id))
			svec_add(&g->rec.requires, id);
	}
	if (g->o->requires.n && !g->refresh)
		g->refresh = jval_new_object();
	if (g->o->requires.n)
		jval_set(g->refresh, "requires", jval_new_strings(&g->rec.requires));
	return 0;
}

int specgen_namespaces(struct specgen *g, struct err *err)
{
	if (requires(g, err) < 0 || specgen_networks(g, err) < 0)
		return -1;
	spec_add_namespace(&g->spec, "mount", NULL);
	if (resolve_ipc(g, err) < 0 || add(g, "pid", &g->pid, err) < 0 || add_network(g, err) < 0 || add(g, "ipc", &g->ipc, err) < 0 ||
		add(g, "uts", &g->uts, err) < 0 || add(g, "cgroup", &g->cgroupns, err) < 0)
		return -1;
	record_modes(g);
	return 0;
}
