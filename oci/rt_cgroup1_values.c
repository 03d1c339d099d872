/* linux.resources as files of cgroup version 1. */
#include "oci/rt_cgroup1.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "oci/rt_dev.h"

static const struct {
	const char *path, *controller, *file, *what;
} numbers[] = {{"memory.limit", "memory", "memory.limit_in_bytes", "memory limit"},
	{"memory.swap", "memory", "memory.memsw.limit_in_bytes", "memory and swap limit"},
	{"memory.reservation", "memory", "memory.soft_limit_in_bytes", "memory reservation"},
	{"memory.kernelTCP", "memory", "memory.kmem.tcp.limit_in_bytes", "TCP memory limit"},
	{"memory.swappiness", "memory", "memory.swappiness", "swappiness"},
	{"cpu.shares", "cpu", "cpu.shares", "CPU shares"},
	{"cpu.period", "cpu", "cpu.cfs_period_us", "CPU period"},
	{"cpu.quota", "cpu", "cpu.cfs_quota_us", "CPU quota"},
	{"cpu.burst", "cpu", "cpu.cfs_burst_us", "CPU burst"},
	{"cpu.realtimePeriod", "cpu", "cpu.rt_period_us", "real-time period"},
	{"cpu.realtimeRuntime", "cpu", "cpu.rt_runtime_us", "real-time limit"},
	{"cpu.idle", "cpu", "cpu.idle", "CPU idle"},
	{"pids.limit", "pids", "pids.max", "limit of processes"},
	{"blockIO.weight", "blkio", "blkio.weight", "block I/O weight"},
	{"blockIO.leafWeight", "blkio", "blkio.leaf_weight", "block I/O leaf weight"},
	{"network.classID", "net_cls", "net_cls.classid", "network class"}};

static const struct {
	const char *key, *number, *file;
} per_device[] = {{"weightDevice", "weight", "blkio.weight_device"},
	{"throttleReadBpsDevice", "rate", "blkio.throttle.read_bps_device"},
	{"throttleWriteBpsDevice", "rate", "blkio.throttle.write_bps_device"},
	{"throttleReadIOPSDevice", "rate", "blkio.throttle.read_iops_device"},
	{"throttleWriteIOPSDevice", "rate", "blkio.throttle.write_iops_device"}};

static void add_numbers(const struct jval *r, struct rt_cgroup_values *l)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct jval *v = jval_path(r, numbers[i].path);
		int64_t n = jval_int(v, 0);
		bool pids = !strcmp(numbers[i].controller, "pids");

		/* zero is what Go's encoders write for "not given", but for swappiness */
		if (!v || (!n && strcmp(numbers[i].path, "memory.swappiness") != 0))
			continue;
		if (pids && n < 0)
			rt_cgroup_values_add(l, "pids", numbers[i].what, numbers[i].file, "max");
		else
			rt_cgroup_values_add(l, numbers[i].controller, numbers[i].what,
				numbers[i].file, "%" PRId64, n);
	}
}

static void add_devices_io(const struct jval *b, struct rt_cgroup_values *l)
{
	for (size_t i = 0; i < ARRAY_SIZE(per_device); i++) {
		const struct jval *list = jval_get(b, per_device[i].key);

		for (size_t k = 0; k < jval_len(list); k++) {
			const struct jval *d = jval_at(list, k);

			rt_cgroup_values_add(l, "blkio", "device throttle", per_device[i].file,
				"%" PRId64 ":%" PRId64 " %" PRIu64, jval_get_int(d, "major", 0),
				jval_get_int(d, "minor", 0),
				jval_uint(jval_get(d, per_device[i].number), 0));
		}
	}
}

static int add_rest(const struct jval *r, struct rt_cgroup_values *l, struct err *err)
{
	const struct jval *huge = jval_get(r, "hugepageLimits"),
			  *prios = jval_path(r, "network.priorities");
	const char *cpus = jval_str(jval_path(r, "cpu.cpus"), ""),
		   *mems = jval_str(jval_path(r, "cpu.mems"), "");
	char file[64];

	if (*cpus)
		rt_cgroup_values_add(l, "cpuset", "CPU set", "cpuset.cpus", "%s", cpus);
	if (*mems)
		rt_cgroup_values_add(l, "cpuset", "memory nodes", "cpuset.mems", "%s", mems);
	if (jval_bool(jval_path(r, "memory.disableOOMKiller"), false))
		rt_cgroup_values_add(l, "memory", "OOM killer", "memory.oom_control", "1");
	for (size_t i = 0; i < jval_len(huge); i++) {
		const char *size = jval_get_str(jval_at(huge, i), "pageSize", "");

		if (!*size || strchr(size, '/'))
			return err_set(err, EK_INVALID,
				"linux.resources.hugepageLimits[%zu].pageSize: \"%s\" is no size", i,
				size);
		snprintf(file, sizeof(file), "hugetlb.%s.limit_in_bytes", size);
		rt_cgroup_values_add(l, "hugetlb", "huge page limit", file, "%" PRIu64,
			jval_uint(jval_get(jval_at(huge, i), "limit"), 0));
	}
	for (size_t i = 0; i < jval_len(prios); i++)
		rt_cgroup_values_add(l, "net_prio", "network priority", "net_prio.ifpriomap",
			"%.60s %" PRIu64, jval_get_str(jval_at(prios, i), "name", ""),
			jval_uint(jval_get(jval_at(prios, i), "priority"), 0));
	return 0;
}

int rt_cgroup1_values(const struct jval *r, struct rt_cgroup_values *ret, struct err *err)
{
	struct rt_cgroup_values l = {NULL, 0};

	if (jval_len(jval_get(r, "unified")))
		return err_set(err, EK_UNSUPPORTED,
			"linux.resources.unified: the controllers of this host are cgroup version 1");
	add_numbers(r, &l);
	add_devices_io(jval_get(r, "blockIO"), &l);
	if (add_rest(r, &l, err) < 0 || rt_cgroup_values_rdma(jval_get(r, "rdma"), &l, err) < 0) {
		rt_cgroup_values_done(&l);
		return -1;
	}
	*ret = l;
	return 0;
}

static void add_rule(const struct rt_dev_rule *d, struct rt_cgroup_values *l)
{
	const char *file = d->allow ? "devices.allow" : "devices.deny";
	char major[24] = "*", minor[24] = "*";

	if (d->major >= 0)
		snprintf(major, sizeof(major), "%" PRId64, d->major);
	if (d->minor >= 0)
		snprintf(minor, sizeof(minor), "%" PRId64, d->minor);
	/* the kernel reads "a" as everything, whatever follows */
	if (d->type == 'a' && d->major < 0 && d->minor < 0) {
		rt_cgroup_values_add(l, "devices", "device rule", file, "a");
		return;
	}
	for (const char *t = d->type == 'a' ? "bc" : (char[]){d->type, '\0'}; *t; t++)
		rt_cgroup_values_add(l, "devices", "device rule", file, "%c %s:%s %s", *t, major,
			minor, d->access);
}

void rt_cgroup1_devices(const struct jval *devices, struct rt_cgroup_values *l)
{
	struct rt_dev_rule rule;

	rt_cgroup_values_add(l, "devices", "device rule", "devices.deny", "a");
	for (size_t i = 0; rt_dev_rule(devices, i, &rule); i++)
		add_rule(&rule, l);
}
