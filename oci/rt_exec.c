#include "oci/rt.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "oci/rt_attr.h"
#include "oci/rt_cgroup.h"
#include "oci/rt_ns.h"
#include "oci/rt_start.h"
#include "oci/rt_sys.h"

static void all_caps(struct rt_plan *p)
{
	p->caps.bounding = p->caps.permitted = p->caps.effective = p->caps_known;
	p->caps.inheritable = p->caps.ambient = 0;
}

static int plan(struct rt_plan *p, const struct rt_exec_args *a, struct err *err)
{
	const struct spec_console_size *size = &a->process->console_size;

	/* the pidfd pins the process; only now does its start time prove that it is the right one
	 */
	if (a->target_start && proc_start_time(a->target_pid) != a->target_start)
		return err_set(err, EK_NOT_FOUND, "the container has stopped");
	p->id = a->id;
	p->bundle = a->bundle;
	p->death_signal = a->death_signal;
	p->rows = a->rows ? a->rows : (uint16_t)MIN_OF(size->height, (uint64_t)UINT16_MAX);
	p->cols = a->cols ? a->cols : (uint16_t)MIN_OF(size->width, (uint64_t)UINT16_MAX);
	if (rt_plan_process(p, a->process, a->spec, a->cache_fd, a->compiler, err) < 0 ||
		rt_plan_stdio(p, a->stdio, a->preserve, a->npreserve, err) < 0 ||
		rt_ns_target(p, a->target_pid, a->target, err) < 0)
		return -1;
	if (rt_attr_affinity(p, a->process, a->spec, err) < 0)
		return -1;
	if (a->privileged)
		all_caps(p);
	if (a->cgroup1)
		svec_add_all(&p->cgroup1, a->cgroup1);
	return a->cgroup ? rt_cgroup_join(p, a->cgroup, err) : 0;
}

/* The processors to begin on hold for us while we clone, and are inherited. */
static int clone_on(struct rt_container *c, struct err *err)
{
	const struct rt_cpus *on = &c->plan->attr.initial;
	uint64_t before[ARRAY_SIZE(on->mask)] = {0};
	int r;

	if (!on->given)
		return rt_start_clone(c, err);
	if (syscall(SYS_sched_getaffinity, 0, sizeof(before), before) < 0 ||
		syscall(SYS_sched_setaffinity, 0, sizeof(on->mask), on->mask) < 0)
		return err_sys(err, "process.execCPUAffinity.initial: set the processors");
	r = rt_start_clone(c, err);
	if (syscall(SYS_sched_setaffinity, 0, sizeof(before), before) < 0 && !r)
		return err_sys(err, "process.execCPUAffinity.initial: go back to the processors before");
	return r;
}

static int exec_done(struct rt_container *c, const struct rt_exec_args *a, struct err *err)
{
	c->plan->spec = a->spec;
	return rt_start_wait(c, a->target_pid, err);
}

int rt_exec(const struct rt_exec_args *a, struct rt_container *ret, struct err *err)
{
	struct rt_container c = RT_CONTAINER_INIT;

	c.plan = rt_plan_new();
	if (plan(c.plan, a, err) < 0 || clone_on(&c, err) < 0 ||
		(rt_plan_placed(c.plan) && rt_start_place(&c, err) < 0) ||
		rt_sync_expect(c.sync, RT_SYNC_READY, c.plan, NULL, &c.console, err) < 0 ||
		/* nothing to wait for: the process goes on by itself, and closes the socket by exec
		 */
		exec_done(&c, a, err) != 1) {
		rt_done(&c);
		return -1;
	}
	fd_closep(&c.sync);
	rt_plan_free(take_ptr(c.plan));
	c.cgroup = xstrdup(a->cgroup);
	*ret = c;
	return 0;
}
