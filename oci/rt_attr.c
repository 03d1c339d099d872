#include "oci/rt_attr.h"

#include <stdlib.h>
#include <string.h>

#include "oci/rt_plan.h"

struct word {
	const char *name; /* NULL at the end */
	unsigned value;
};

static const struct word policies[] = {{"SCHED_OTHER", 0}, {"SCHED_FIFO", 1}, {"SCHED_RR", 2},
	{"SCHED_BATCH", 3}, {"SCHED_ISO", 4}, {"SCHED_IDLE", 5}, {"SCHED_DEADLINE", 6}, {NULL, 0}};
static const struct word sched_flags[] = {{"SCHED_FLAG_RESET_ON_FORK", 1},
	{"SCHED_FLAG_RECLAIM", 2}, {"SCHED_FLAG_DL_OVERRUN", 4}, {"SCHED_FLAG_KEEP_POLICY", 8},
	{"SCHED_FLAG_KEEP_PARAMS", 16}, {"SCHED_FLAG_UTIL_CLAMP_MIN", 32},
	{"SCHED_FLAG_UTIL_CLAMP_MAX", 64}, {NULL, 0}};
static const struct word io_classes[] = {
	{"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}, {NULL, 0}};
static const struct word domains[] = {{"LINUX", 0}, {"LINUX32", 8}, {NULL, 0}};

static bool find(const struct word *w, const char *name, unsigned *ret)
{
	for (; w->name; w++)
		if (!strcmp(w->name, name)) {
			*ret = w->value;
			return true;
		}
	return false;
}

/* A member that is there must be an integer in this range. */
static int number(const struct jval *o, const char *section, const char *key, int64_t min,
	int64_t max, int64_t *ret, struct err *err)
{
	const struct jval *v = jval_get(o, key);

	if (!v)
		return 0;
	if (jval_type(v) != JV_INT || jval_int(v, min - 1) < min || jval_int(v, min - 1) > max)
		return err_set(err, EK_INVALID, "%s.%s: expected an integer from %lld to %lld",
			section, key, (long long)min, (long long)max);
	*ret = jval_int(v, 0);
	return 0;
}

static int scheduler(struct rt_plan *p, const struct jval *s, struct err *err)
{
	const char *section = "process.scheduler";
	const struct jval *flags = jval_get(s, "flags");
	struct rt_sched *a = &p->attr.sched;
	int64_t nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0;
	unsigned bit = 0;

	if (!find(policies, jval_get_str(s, "policy", ""), &a->policy))
		return err_set(err, EK_INVALID, "%s.policy: unknown policy \"%s\"", section,
			jval_get_str(s, "policy", ""));
	for (size_t i = 0; i < jval_len(flags); i++) {
		if (!find(sched_flags, jval_str(jval_at(flags, i), ""), &bit))
			return err_set(err, EK_INVALID, "%s.flags[%zu]: unknown flag \"%s\"",
				section, i, jval_str(jval_at(flags, i), ""));
		a->flags |= bit;
	}
	if (number(s, section, "nice", -20, 19, &nice, err) < 0 ||
		number(s, section, "priority", 0, 99, &priority, err) < 0 ||
		number(s, section, "runtime", 0, INT64_MAX, &runtime, err) < 0 ||
		number(s, section, "deadline", 0, INT64_MAX, &deadline, err) < 0 ||
		number(s, section, "period", 0, INT64_MAX, &period, err) < 0)
		return -1;
	a->size = sizeof(*a);
	a->nice = (int32_t)nice;
	a->priority = (uint32_t)priority;
	a->runtime = (uint64_t)runtime;
	a->deadline = (uint64_t)deadline;
	a->period = (uint64_t)period;
	return 0;
}

static int io_priority(struct rt_plan *p, const struct jval *s, struct err *err)
{
	int64_t priority = 0;
	unsigned class = 0;

	if (!find(io_classes, jval_get_str(s, "class", ""), &class))
		return err_set(err, EK_INVALID, "process.ioPriority.class: unknown class \"%s\"",
			jval_get_str(s, "class", ""));
	if (number(s, "process.ioPriority", "priority", 0, 7, &priority, err) < 0)
		return -1;
	p->attr.has_io = true;
	p->attr.io = (int)(class << 13 | (unsigned)priority);
	return 0;
}

static int personality(struct rt_plan *p, const struct jval *s, struct err *err)
{
	if (!find(domains, jval_get_str(s, "domain", ""), &p->attr.personality))
		return err_set(err, EK_INVALID, "linux.personality.domain: unknown domain \"%s\"",
			jval_get_str(s, "domain", ""));
	if (jval_len(jval_get(s, "flags")))
		return err_set(err, EK_UNSUPPORTED,
			"linux.personality.flags: the specification has none");
	p->attr.has_personality = true;
	return 0;
}

int rt_attr_plan(struct rt_plan *p, const struct spec_process *sp, const struct spec_runtime *spec,
	struct err *err)
{
	if (spec->linux_.intel_rdt)
		return err_set(
			err, EK_UNSUPPORTED, "linux.intelRdt: not built in this version");
	if ((sp->scheduler && scheduler(p, sp->scheduler, err) < 0) ||
		(sp->io_priority && io_priority(p, sp->io_priority, err) < 0) ||
		(spec->linux_.personality && personality(p, spec->linux_.personality, err) < 0))
		return -1;
	return 0;
}

bool rt_attr_cpus(const char *list, struct rt_cpus *ret)
{
	*ret = (struct rt_cpus){.given = true};
	for (;;) {
		char *end;
		unsigned long a, b;

		if (*list < '0' || *list > '9')
			return false;
		a = b = strtoul(list, &end, 10);
		if (*end == '-') {
			if (end[1] < '0' || end[1] > '9')
				return false;
			b = strtoul(end + 1, &end, 10);
		}
		if (a > b || b >= sizeof(ret->mask) * 8)
			return false;
		for (; a <= b; a++)
			ret->mask[a / 64] |= 1ULL << a % 64;
		if (!*end)
			return true;
		if (*end != ',')
			return false;
		list = end + 1;
	}
}

static int cpus(const struct jval *s, const char *key, struct rt_cpus *ret, struct err *err)
{
	const struct jval *v = jval_get(s, key);
	const char *text = jval_str(v, NULL);

	if (!v || (text && !*text))
		return 0;
	if (!text || !rt_attr_cpus(text, ret))
		return err_set(err, EK_INVALID, "process.execCPUAffinity.%s: \"%s\" is not a list of processors",
			key, text ? text : "");
	return 0;
}

int rt_attr_affinity(struct rt_plan *p, const struct spec_process *sp,
	const struct spec_runtime *spec, struct err *err)
{
	const struct jval *s = sp->exec_cpu_affinity ? sp->exec_cpu_affinity
						     : spec->process.exec_cpu_affinity;

	if (cpus(s, "initial", &p->attr.initial, err) < 0)
		return -1;
	return cpus(s, "final", &p->attr.final, err);
}
