/*
 * specgen_systemd.c - systemd mode, as podman-run(1) has it under --systemd: what an init expects of
 * its machine. Writable directories on tmpfs, its cgroup writable (specgen_mounts.c) and, where one
 * can be had, of its own (monitor/mon_cgroup.c), SIGRTMIN+3 as the signal that stops it
 * (specgen_monitor.c), container_uuid.
 */
#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/specgen.h"

int specgen_systemd_parse(struct specgen *g, struct err *err)
{
	const char *size = g->o->shm_size_systemd;

	return size ? create_number_size("shm-size-systemd", size, false, &g->systemd_size, err) : 0;
}

static bool is_init(const char *command)
{
	static const char *const inits[] = {"/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"};
	const char *slash = strrchr(command, '/');

	for (size_t i = 0; i < ARRAY_SIZE(inits); i++)
		if (!strcmp(command, inits[i]))
			return true;
	return !strcmp(slash ? slash + 1 : command, "systemd");
}

void specgen_systemd(struct specgen *g)
{
	const char *when = g->o->systemd ? g->o->systemd : "true";

	g->systemd = !strcmp(when, "always") || (!strcmp(when, "true") && is_init(g->rec.command.v[0]));
	g->rec.systemd = g->mon.own_cgroup = g->systemd;
}

void specgen_systemd_mounts(struct specgen *g)
{
	static const char *const dirs[] = {"/run", "/run/lock", "/tmp", "/var/log/journal"};
	auto_free char *options = NULL;

	if (!g->systemd)
		return;
	options = g->systemd_size
		? xasprintf("rw,rprivate,nosuid,nodev,tmpcopyup,size=%lld", (long long)g->systemd_size)
		: xstrdup("rw,rprivate,nosuid,nodev,tmpcopyup");
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (!specgen_mounts_covers(g, dirs[i]))
			spec_add_mount(&g->spec, dirs[i], "tmpfs", "tmpfs", options);
}
