/*
 * specgen_resources.c - linux.resources, only of what was asked: without a request the section is
 * absent and no cgroup is needed (demand: hosts without delegated controllers).
 */
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

#include "podlite/engine/specgen.h"

#define PERIOD 100000

struct limits {
	int64_t memory, swap, reservation;
	int64_t quota, period, shares, pids;
};

static int parse_memory(const struct create_opts *o, struct limits *l, struct err *err)
{
	if (o->memory && create_number_size("memory", o->memory, false, &l->memory, err) < 0)
		return -1;
	if (o->memory_reservation &&
		create_number_size("memory-reservation", o->memory_reservation, false, &l->reservation, err) < 0)
		return -1;
	if (o->memory_swap && create_number_size("memory-swap", o->memory_swap, true, &l->swap, err) < 0)
		return -1;
	if (l->swap && !l->memory)
		return err_set(err, EK_USAGE, "--memory-swap: it needs --memory as well");
	if (l->swap > 0 && l->swap < l->memory)
		return err_set(err, EK_USAGE, "--memory-swap %s: it is memory and swap together, so at least --memory", o->memory_swap);
	/* as podman: as much swap as memory, else memory would be no limit where there is swap */
	if (l->memory && !l->swap)
		l->swap = l->memory > INT64_MAX / 2 ? -1 : 2 * l->memory;
	if (l->memory && l->reservation > l->memory)
		return err_set(err, EK_USAGE, "--memory-reservation %s: above --memory", o->memory_reservation);
	return 0;
}

static int parse_cpu(const struct create_opts *o, struct limits *l, struct err *err)
{
	if (o->cpus && (o->cpu_period || o->cpu_quota))
		return err_set(err, EK_USAGE, "--cpus cannot be set together with --cpu-period or --cpu-quota");
	if (o->cpus) {
		l->period = PERIOD;
		if (create_number_cpus(o->cpus, &l->quota, err) < 0)
			return -1;
	}
	if (o->cpu_period && create_number_parse("cpu-period", o->cpu_period, 1000, 1000000, &l->period, err) < 0)
		return -1;
	if (o->cpu_quota && create_number_parse("cpu-quota", o->cpu_quota, 1000, INT64_MAX, &l->quota, err) < 0)
		return -1;
	if (o->cpu_shares && create_number_parse("cpu-shares", o->cpu_shares, 2, 262144, &l->shares, err) < 0)
		return -1;
	return 0;
}

static int parse(const struct create_opts *o, struct limits *l, struct err *err)
{
	if (parse_memory(o, l, err) < 0 || parse_cpu(o, l, err) < 0)
		return -1;
	if (o->pids_limit && create_number_parse("pids-limit", o->pids_limit, -1, INT32_MAX, &l->pids, err) < 0)
		return -1;
	return 0;
}

static struct jval *section(const struct limits *l)
{
	struct jval *r = jval_new_object(), *memory = jval_new_object(), *cpu = jval_new_object();
	struct jval *pids = jval_new_object();

	if (l->memory)
		jval_set_int(memory, "limit", l->memory);
	if (l->swap)
		jval_set_int(memory, "swap", l->swap);
	if (l->reservation)
		jval_set_int(memory, "reservation", l->reservation);
	if (l->quota)
		jval_set_int(cpu, "quota", l->quota);
	if (l->period)
		jval_set_int(cpu, "period", l->period);
	if (l->shares)
		jval_set_int(cpu, "shares", l->shares);
	if (l->pids)
		jval_set_int(pids, "limit", l->pids);
	jval_set(r, "memory", memory);
	jval_set(r, "cpu", cpu);
	jval_set(r, "pids", pids);
	for (const char *const *k = (const char *const[]){"memory", "cpu", "pids", NULL}; *k; k++)
		if (!jval_len(jval_get(r, *k)))
			jval_del(r, *k);
	return r;
}

/* systemd's word for it: the scope is made there. Of a path the last part says all, since a slice's
 * name holds those of the slices above it. */
static int slice(struct specgen *g, struct err *err)
{
	const char *name = strrchr(g->cgroup_parent, '/');

	if (g->c && g->c->cgroup_manager && !strcmp(g->c->cgroup_manager, "cgroupfs"))
		return err_set(err, EK_USAGE, "--cgroup-parent %s: slices are systemd's, which --cgroup-manager cgroupfs does not use", g->cgroup_parent);
	g->mon.slice = xstrdup(name ? name + 1 : g->cgroup_parent);
	return 0;
}

/* Below the given one; the runtime refuses what lies outside what the user may divide. */
static int cgroup_parent(struct specgen *g, struct err *err)
{
	const char *parent = g->o->cgroup_parent;

	if (!parent || !*parent)
		return 0;
	if (g->o->cgroups && strcmp(g->o->cgroups, "enabled"))
		return err_set(err, EK_USAGE, "--cgroup-parent cannot be used with --cgroups %s", g->o->cgroups);
	if (strstr(parent, "..") || strpbrk(parent, ":\n"))
		return err_set(err, EK_USAGE, "invalid --cgroup-parent \"%s\"", parent);
	g->cgroup_parent = xstrdup(parent);
	return ends_with(parent, ".slice") ? slice(g, err) : 0;
}

void specgen_resources_record(struct ctr_record *rec, const struct jval *r)
{
	const struct jval *memory = jval_path(r, "memory.limit"), *pids = jval_path(r, "pids.limit");
	const struct jval *quota = jval_path(r, "cpu.quota"), *period = jval_path(r, "cpu.period");

	rec->memory = memory ? MAX_OF(jval_int(memory, 0), (int64_t)0) : rec->memory;
	rec->pids_limit = pids ? MAX_OF(jval_int(pids, 0), (int64_t)0) : rec->pids_limit;
	rec->cpu_quota = jval_int(quota, rec->cpu_quota);
	rec->cpu_period = jval_int(period, rec->cpu_period);
}

int specgen_resources(struct specgen *g, struct err *err)
{
	struct limits l = {0};
	auto_jval struct jval *resources = NULL;

	if (parse(g->o, &l, err) < 0 || cgroup_parent(g, err) < 0)
		return -1;
	/* -1 and 0 processes: no limit, which is what there is without a cgroup too */
	if (l.pids <= 0)
		l.pids = 0;
	resources = section(&l);
	if (specgen_devlimits(g->o, resources, err) < 0)
		return -1;
	if (g->o->limits) {
		auto_jval struct jval *asked = take_ptr(resources);

		resources = jval_copy(g->o->limits);
		jval_merge(resources, asked);
	}
	if (!jval_len(resources))
		return 0;
	if (g->o->cgroups && !strcmp(g->o->cgroups, "disabled"))
		return err_set(err, EK_USAGE, "cannot set resource limits with --cgroups disabled");
	specgen_resources_record(&g->rec, resources);
	g->spec.linux_.resources = take_ptr(resources);
	return 0;
}
