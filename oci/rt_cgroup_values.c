#include "oci/rt_cgroup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"

#define add rt_cgroup_values_add

void rt_cgroup_values_add(struct rt_cgroup_values *l, const char *controller, const char *what,
	const char *file, const char *fmt, ...)
{
	struct rt_cgroup_value *v;
	va_list ap;

	l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
	v = &l->v[l->n++];
	v->controller = controller;
	v->what = what;
	snprintf(v->file, sizeof(v->file), "%s", file);
	va_start(ap, fmt);
	vsnprintf(v->text, sizeof(v->text), fmt, ap);
	va_end(ap);
}

/* A number, or "max" for a negative one. */
static void add_max(struct rt_cgroup_values *l, const char *controller, const char *what,
	const char *file, int64_t n)
{
	if (n < 0)
		add(l, controller, what, file, "max");
	else
		add(l, controller, what, file, "%" PRId64, n);
}

static int refuse(
	const struct jval *section, const char *name, const char *const *keys, struct err *err)
{
	for (; *keys; keys++)
		if (jval_get(section, *keys) && (jval_int(jval_get(section, *keys), 0) ||
							jval_len(jval_get(section, *keys)) ||
							jval_bool(jval_get(section, *keys), false)))
			return err_set(err, EK_UNSUPPORTED,
				"linux.resources.%s.%s: cgroup v2 has no such setting", name,
				*keys);
	return 0;
}

static int memory(const struct jval *m, struct rt_cgroup_values *l, struct err *err)
{
	static const char *const gone[] = {"kernelTCP", "swappiness", "disableOOMKiller", NULL};
	int64_t limit = jval_get_int(m, "limit", 0), swap = jval_get_int(m, "swap", 0);
	int64_t low = jval_get_int(m, "reservation", 0);

	if (refuse(m, "memory", gone, err) < 0)
		return -1;
	if (limit)
		add_max(l, "memory", "memory limit", "memory.max", limit);
	if (low)
		add_max(l, "memory", "memory reservation", "memory.low", low);
	if (!swap)
		return 0;
	/* the specification counts memory and swap together, the kernel swap alone */
	if (swap > 0 && limit <= 0)
		return err_set(err, EK_INVALID, "a swap limit needs a memory limit");
	if (swap > 0 && swap < limit)
		return err_set(
			err, EK_INVALID, "the limit of memory and swap is below the one of memory");
	add_max(l, "memory", "swap limit", "memory.swap.max", swap < 0 ? -1 : swap - limit);
	return 0;
}

static int cpu(const struct jval *c, struct rt_cgroup_values *l, struct err *err)
{
	static const char *const gone[] = {"realtimeRuntime", "realtimePeriod", NULL};
	uint64_t shares = jval_uint(jval_get(c, "shares"), 0),
		 period = jval_uint(jval_get(c, "period"), 0);
	int64_t quota = jval_get_int(c, "quota", 0), burst = jval_get_int(c, "burst", 0);
	const char *cpus = jval_get_str(c, "cpus", ""), *mems = jval_get_str(c, "mems", "");

	if (refuse(c, "cpu", gone, err) < 0)
		return -1;
	if (shares) /* 2..262144 onto 1..10000 */
		add(l, "cpu", "CPU weight", "cpu.weight", "%" PRIu64,
			1 + (MIN_OF(MAX_OF(shares, (uint64_t)2), (uint64_t)262144) - 2) * 9999 /
					262142);
	if (quota > 0)
		add(l, "cpu", "CPU limit", "cpu.max", "%" PRId64 " %" PRIu64, quota,
			period ? period : 100000);
	else if (quota < 0 || period)
		add(l, "cpu", "CPU limit", "cpu.max", "max %" PRIu64, period ? period : 100000);
	if (burst > 0)
		add(l, "cpu", "CPU burst", "cpu.max.burst", "%" PRId64, burst);
	if (jval_get_int(c, "idle", 0))
		add(l, "cpu", "CPU idle", "cpu.idle", "%" PRId64, jval_get_int(c, "idle", 0));
	if (*cpus)
		add(l, "cpuset", "CPU set", "cpuset.cpus", "%s", cpus);
	if (*mems)
		add(l, "cpuset", "memory nodes", "cpuset.mems", "%s", mems);
	return 0;
}

static void throttle(const struct jval *list, const char *key, struct rt_cgroup_values *l)
{
	for (size_t i = 0; i < jval_len(list); i++) {
		const struct jval *d = jval_at(list, i);

		add(l, "io", "device throttle", "io.max", "%" PRId64 ":%" PRId64 " %s=%" PRIu64,
			jval_get_int(d, "major", 0), jval_get_int(d, "minor", 0), key,
			jval_uint(jval_get(d, "rate"), 0));
	}
}

static int block_io(const struct jval *b, struct rt_cgroup_values *l, struct err *err)
{
	static const char *const gone[] = {"leafWeight", NULL};
	uint64_t weight = jval_uint(jval_get(b, "weight"), 0);
	const struct jval *devs = jval_get(b, "weightDevice");

	if (refuse(b, "blockIO", gone, err) < 0)
		return -1;
	if (weight) /* 10..1000 onto 1..10000 */
		add(l, "io", "block I/O weight", "io.weight", "%" PRIu64,
			1 + (MIN_OF(MAX_OF(weight, (uint64_t)10), (uint64_t)1000) - 10) * 9999 /
					990);
	for (size_t i = 0; i < jval_len(devs); i++) {
		const struct jval *d = jval_at(devs, i);

		add(l, "io", "block I/O weight", "io.weight", "%" PRId64 ":%" PRId64 " %" PRIu64,
			jval_get_int(d, "major", 0), jval_get_int(d, "minor", 0),
			1 + (MIN_OF(MAX_OF(jval_uint(jval_get(d, "weight"), 0), (uint64_t)10),
				     (uint64_t)1000) -
				    10) *
					9999 / 990);
	}
	throttle(jval_get(b, "throttleReadBpsDevice"), "rbps", l);
	throttle(jval_get(b, "throttleWriteBpsDevice"), "wbps", l);
	throttle(jval_get(b, "throttleReadIOPSDevice"), "riops", l);
	throttle(jval_get(b, "throttleWriteIOPSDevice"), "wiops", l);
	return 0;
}

/* Files by name, as the specification's "unified" has them. */
static int unified(const struct jval *u, struct rt_cgroup_values *l, struct err *err)
{
	static const char *const controllers[] = {
		"memory", "cpu", "cpuset", "io", "pids", "hugetlb", "rdma", "misc"};

	for (const struct jval_iter *it = jval_first(u); it; it = jval_next(it)) {
		const char *key = jval_key(it), *value = jval_str(jval_value(it), NULL),
			   *owner = "";

		if (strchr(key, '/') || !strchr(key, '.') || !strncmp(key, "cgroup.", 7) ||
			!value || strlen(key) > 63 || strlen(value) > 127)
			return err_set(err, EK_INVALID,
				"linux.resources.unified: \"%s\" cannot be set", key);
		for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
			if (!strncmp(key, controllers[i], strlen(controllers[i])) &&
				key[strlen(controllers[i])] == '.')
				owner = controllers[i];
		if (!*owner)
			return err_set(err, EK_INVALID,
				"linux.resources.unified: \"%s\" belongs to no known controller",
				key);
		add(l, owner, "unified setting", key, "%s", value);
	}
	return 0;
}

static void huge_pages(const struct jval *list, struct rt_cgroup_values *l)
{
	for (size_t i = 0; i < jval_len(list); i++) {
		const struct jval *h = jval_at(list, i);
		const char *size = jval_get_str(h, "pageSize", "");
		char file[64];

		snprintf(file, sizeof(file), "hugetlb.%s.max", size);
		if (*size && !strchr(size, '/'))
			add(l, "hugetlb", "huge page limit", file, "%" PRIu64,
				jval_uint(jval_get(h, "limit"), 0));
	}
}

/* Version 1 has the same file. */
int rt_cgroup_values_rdma(const struct jval *rdma, struct rt_cgroup_values *l, struct err *err)
{
	for (const struct jval_iter *it = jval_first(rdma); it; it = jval_next(it)) {
		const struct jval *handles = jval_get(jval_value(it), "hcaHandles"),
				  *objects = jval_get(jval_value(it), "hcaObjects");
		const char *device = jval_key(it);
		char text[128];
		int n = snprintf(text, sizeof(text), "%s", device);

		if (!*device || strlen(device) > 60 || strpbrk(device, " \t\n/"))
			return err_set(err, EK_INVALID, "linux.resources.rdma: \"%.60s\" is no device", device);
		if (!handles && !objects)
			return err_set(err, EK_INVALID, "linux.resources.rdma: %s has neither hcaHandles nor hcaObjects", device);
		if (handles)
			n += snprintf(text + n, sizeof(text) - (size_t)n, " hca_handle=%" PRIu64, jval_uint(handles, 0));
		if (objects)
			snprintf(text + n, sizeof(text) - (size_t)n, " hca_object=%" PRIu64, jval_uint(objects, 0));
		add(l, "rdma", "RDMA limit", "rdma.max", "%s", text);
	}
	return 0;
}

int rt_cgroup_values(const struct jval *r, struct rt_cgroup_values *ret, struct err *err)
{
	struct rt_cgroup_values l = {NULL, 0};
	int64_t pids = jval_int(jval_path(r, "pids.limit"), 0);

	if (memory(jval_get(r, "memory"), &l, err) < 0 || cpu(jval_get(r, "cpu"), &l, err) < 0 ||
		block_io(jval_get(r, "blockIO"), &l, err) < 0)
		goto fail;
	if (pids)
		add_max(&l, "pids", "limit of processes", "pids.max", pids);
	huge_pages(jval_get(r, "hugepageLimits"), &l);
	if (jval_len(jval_get(r, "network"))) {
		err_set(err, EK_UNSUPPORTED,
			"linux.resources.network: cgroup v2 has no controller for classes and priorities of packets");
		goto fail;
	}
	if (rt_cgroup_values_rdma(jval_get(r, "rdma"), &l, err) < 0 || unified(jval_get(r, "unified"), &l, err) < 0)
		goto fail;
	*ret = l;
	return 0;
fail:
	rt_cgroup_values_done(&l);
	return -1;
}

void rt_cgroup_values_done(struct rt_cgroup_values *l)
{
	free(l->v);
	*l = (struct rt_cgroup_values){NULL, 0};
}
