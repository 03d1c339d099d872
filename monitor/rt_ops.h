/*
 * rt_ops.h - one table of steps, so that nothing above knows which runtime runs the container:
 * our library (rt_builtin) or any OCI runtime program named by --runtime (rt_external).
 */
#ifndef PODLITE_MONITOR_RT_OPS_H
#define PODLITE_MONITOR_RT_OPS_H

#include "monitor/proto.h"
#include "oci/rt.h"

struct rt_job {
	const struct mon_conf *conf;
	const struct rt_args *args;
	int dir;                 /* containers/ID: pid file, console socket, log of an external runtime */
	struct rt_container c;
};

struct rt_ops {
	int (*begin)(struct rt_job *j, struct err *err);  /* namespaces exist, pid is set */
	int (*finish)(struct rt_job *j, struct err *err); /* all but exec */
	int (*start)(struct rt_job *j, struct err *err);
	/* Nothing of the container is left; its PID 1 has been reaped (pid -1) or is killed here. */
	void (*done)(struct rt_job *j);
};

extern const struct rt_ops rt_ops_builtin, rt_external_ops;

static inline const struct rt_ops *rt_ops_for(const struct mon_conf *conf)
{
	return conf->runtime ? &rt_external_ops : &rt_ops_builtin;
}

#endif
