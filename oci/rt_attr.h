/* rt_attr.h - what a process gets besides ids and limits: scheduler, I/O priority, personality,
 * processors (runtime-spec 1.2, "Linux Process" and "Personality"). Internal to oci/rt_*. */
#ifndef PODLITE_RT_ATTR_H
#define PODLITE_RT_ATTR_H

#include "oci/spec_runtime.h"

struct rt_plan;

struct rt_sched { /* struct sched_attr of the kernel */
	uint32_t size; /* 0: not given */
	unsigned policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

struct rt_cpus {
	bool given;
	uint64_t mask[16];
};

struct rt_attr {
	struct rt_sched sched;
	bool has_io, has_personality;
	int io;               /* as ioprio_set takes it */
	unsigned personality;
	struct rt_cpus initial, final; /* exec: before and after entering the container's cgroup */
};

/* Into p->attr; what the specification has and the kernel cannot do is refused by its path. */
int rt_attr_plan(struct rt_plan *p, const struct spec_process *sp, const struct spec_runtime *spec, struct err *err) __must_check;
/* process.execCPUAffinity, which is for exec alone: of the process, or of the container's. */
int rt_attr_affinity(struct rt_plan *p, const struct spec_process *sp, const struct spec_runtime *spec, struct err *err) __must_check;
/* "0-3,5" into a mask; false if malformed or beyond 1023. */
bool rt_attr_cpus(const char *list, struct rt_cpus *ret);

#endif
