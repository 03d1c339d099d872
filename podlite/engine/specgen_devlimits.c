/*
 * specgen_devlimits.c - limits that name a block device of the host (--device-read-bps and its like,
 * --blkio-weight-device), sets of CPUs and memory nodes, and --cgroup-conf.
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/specgen.h"

/* ---- DEVICE:VALUE ---- */

static int block_device(const char *option, const char *path, struct jval *o, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_sys(err, "--%s %s", option, path);
	if (!S_ISBLK(st.st_mode))
		return err_set(err, EK_USAGE, "--%s %s: not a block device", option, path);
	jval_set_int(o, "major", (int64_t)major(st.st_rdev));
	jval_set_int(o, "minor", (int64_t)minor(st.st_rdev));
	return 0;
}

static int parse_value(const char *option, const char *text, bool size, int64_t *ret, struct err *err)
{
	if (!strcmp(option, "blkio-weight-device"))
		return create_number_parse(option, text, 10, 1000, ret, err);
	if (size)
		return create_number_size(option, text, false, ret, err);
	return create_number_parse(option, text, 1, INT64_MAX, ret, err);
}

static int add_limit(const char *option, const char *text, bool size, struct jval *list, struct err *err)
{
	const char *colon = strrchr(text, ':');
	auto_free char *path = colon ? xstrndup(text, (size_t)(colon - text)) : NULL;
	auto_jval struct jval *o = jval_new_object();
	int64_t value = 0;

	if (!path || *path != '/')
		return err_set(err, EK_USAGE, "--%s %s: expected DEVICE:VALUE", option, text);
	if (parse_value(option, colon + 1, size, &value, err) < 0 || block_device(option, path, o, err) < 0)
		return -1;
	jval_set_int(o, !strcmp(option, "blkio-weight-device") ? "weight" : "rate", value);
	jval_add(list, take_ptr(o));
	return 0;
}

static int device_list(const struct svec *texts, const char *option, const char *key, bool size, struct jval *io,
	struct err *err)
{
	auto_jval struct jval *list = jval_new_array();

	for (size_t i = 0; i < texts->n; i++)
		if (add_limit(option, texts->v[i], size, list, err) < 0)
			return -1;
	if (texts->n)
		jval_set(io, key, take_ptr(list));
	return 0;
}

static int block_io(const struct create_opts *o, struct jval *r, struct err *err)
{
	auto_jval struct jval *io = jval_new_object();
	int64_t weight = 0;

	if (o->blkio_weight && create_number_parse("blkio-weight", o->blkio_weight, 0, 1000, &weight, err) < 0)
		return -1;
	if (weight && weight < 10)
		return err_set(err, EK_USAGE, "invalid value \"%s\" for --blkio-weight: expected 10 to 1000, or 0", o->blkio_weight);
	if (weight)
		jval_set_int(io, "weight", weight);
	if (device_list(&o->blkio_weight_device, "blkio-weight-device", "weightDevice", false, io, err) < 0 ||
		device_list(&o->device_read_bps, "device-read-bps", "throttleReadBpsDevice", true, io, err) < 0 ||
		device_list(&o->device_write_bps, "device-write-bps", "throttleWriteBpsDevice", true, io, err) < 0 ||
		device_list(&o->device_read_iops, "device-read-iops", "throttleReadIOPSDevice", false, io, err) < 0 ||
		device_list(&o->device_write_iops, "device-write-iops", "throttleWriteIOPSDevice", false, io, err) < 0)
		return -1;
	if (jval_len(io))
		jval_set(r, "blockIO", take_ptr(io));
	return 0;
}

/* ---- sets of numbers: 0-3,5 ---- */

/* "5" or "0-3" */
static bool one_range(const char *text)
{
	size_t n = strcspn(text, "-");
	auto_free char *first = xstrndup(text, n);
	uint64_t a, b = UINT32_MAX;

	if (!units_parse_u64(first, &a) || a > UINT16_MAX)
		return false;
	return !text[n] || (units_parse_u64(text + n + 1, &b) && b <= UINT16_MAX && a <= b);
}

static int check_set(const char *option, const char *text, struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;
	bool ok = true;

	svec_add_split(&parts, text, ',');
	for (size_t i = 0; i < parts.n; i++)
		ok &= one_range(parts.v[i]);
	return ok ? 0 : err_set(err, EK_USAGE, "invalid value \"%s\" for --%s: expected numbers and ranges such as 0-3,5", text, option);
}

static int cpuset(const struct create_opts *o, struct jval *r, struct err *err)
{
	struct jval *cpu = jval_get(r, "cpu");

	if ((o->cpuset_cpus && check_set("cpuset-cpus", o->cpuset_cpus, err) < 0) ||
		(o->cpuset_mems && check_set("cpuset-mems", o->cpuset_mems, err) < 0))
		return -1;
	if (!o->cpuset_cpus && !o->cpuset_mems)
		return 0;
	if (!cpu) {
		cpu = jval_new_object();
		jval_set(r, "cpu", cpu);
	}
	if (o->cpuset_cpus)
		jval_set_str(cpu, "cpus", o->cpuset_cpus);
	if (o->cpuset_mems)
		jval_set_str(cpu, "mems", o->cpuset_mems);
	return 0;
}

/* ---- files of cgroup v2 by name; the runtime knows which controllers there are ---- */

static int unified(const struct create_opts *o, struct jval *r, struct err *err)
{
	auto_jval struct jval *files = jval_new_object();

	for (size_t i = 0; i < o->cgroup_conf.n; i++) {
		const char *text = o->cgroup_conf.v[i], *eq = strchr(text, '=');
		auto_free char *key = eq ? xstrndup(text, (size_t)(eq - text)) : NULL;

		if (!key || !strchr(key, '.') || strchr(key, '/') || !strncmp(key, "cgroup.", 7))
			return err_set(err, EK_USAGE, "--cgroup-conf %s: expected FILE=VALUE such as memory.high=1G", text);
		jval_set_str(files, key, eq + 1);
	}
	if (o->cgroup_conf.n)
		jval_set(r, "unified", take_ptr(files));
	return 0;
}

int specgen_devlimits(const struct create_opts *o, struct jval *resources, struct err *err)
{
	return block_io(o, resources, err) < 0 || cpuset(o, resources, err) < 0 ? -1 : unified(o, resources, err);
}
