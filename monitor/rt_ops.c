#include "monitor/rt_ops.h"

static int builtin_begin(struct rt_job *j, struct err *err)
{
	return rt_create_begin(j->args, &j->c, err);
}

static int builtin_finish(struct rt_job *j, struct err *err)
{
	return rt_create_finish(&j->c, err);
}

static int builtin_start(struct rt_job *j, struct err *err)
{
	return rt_start(&j->c, err);
}

static void builtin_done(struct rt_job *j)
{
	if (j->c.cgroup) {
		rt_cgroup_kill(j->c.cgroup, NULL);
		rt_cgroup_remove(j->c.cgroup, NULL);
	}
	rt_done(&j->c);
}

const struct rt_ops rt_ops_builtin = {builtin_begin, builtin_finish, builtin_start, builtin_done};
