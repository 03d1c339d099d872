/* What a container uses, from its cgroups of either version, in the members of runc's `events --stats`. */
#include "oci/runtime.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

/* A file of the container's group: of version 2, or of the one of version 1 that holds the controller. */
static int read_file(const struct runtime_state *st, const char *controller, const char *file, struct sbuf *ret)
{
	return st->cgroup1.n ? rt_cgroup1_read(&st->cgroup1, controller, file, ret) : rt_cgroup_read(st->cgroup, file, ret);
}

/* A file with one number; "max" is 2^64-1. False: the controller is not there. */
static bool number(const struct runtime_state *st, const char *controller, const char *file, uint64_t *ret)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (read_file(st, controller, file, &text) < 0)
		return false;
	*ret = !strncmp(text.buf, "max", 3) ? UINT64_MAX : strtoull(text.buf, NULL, 10);
	return true;
}

static void add_number(const struct runtime_state *st, const char *controller, const char *file, struct jval *to,
	const char *key)
{
	uint64_t n;

	if (number(st, controller, file, &n))
		jval_set(to, key, jval_new_uint(n));
}

void runtime_stats_flat(const struct runtime_state *st, const char *controller, const char *file, struct jval *to)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_svec struct svec lines = SVEC_INIT;

	if (read_file(st, controller, file, &text) < 0)
		return;
	svec_add_split(&lines, text.buf, '\n');
	for (size_t i = 0; i < lines.n; i++) {
		char *blank = strchr(lines.v[i], ' ');

		if (!blank)
			continue;
		*blank = '\0';
		jval_set(to, lines.v[i], jval_new_uint(strtoull(blank + 1, NULL, 10)));
	}
}

/* ---- memory ---- */

static struct jval *entry1(const struct runtime_state *st, const char *prefix, const char *suffix)
{
	static const char *const keys[] = {"limit", "usage", "max_usage", "failcnt"};
	static const char *const members[] = {"limit", "usage", "max", "failcnt"};
	struct jval *e = jval_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		auto_free char *file = xasprintf("%s%s%s", prefix, keys[i], i < 3 ? suffix : "");

		add_number(st, "memory", file, e, members[i]);
	}
	return e;
}

static struct jval *entry2(const struct runtime_state *st, const char *current, const char *limit)
{
	struct jval *e = jval_new_object();

	add_number(st, "memory", limit, e, "limit");
	add_number(st, "memory", current, e, "usage");
	jval_set_int(e, "failcnt", 0);
	return e;
}

static struct jval *memory(const struct runtime_state *st)
{
	struct jval *m = jval_new_object(), *raw = jval_new_object();
	uint64_t n;

	if (st->cgroup1.n) {
		jval_set(m, "usage", entry1(st, "memory.", "_in_bytes"));
		jval_set(m, "swap", entry1(st, "memory.memsw.", "_in_bytes"));
		jval_set(m, "kernel", entry1(st, "memory.kmem.", "_in_bytes"));
	} else if (number(st, "memory", "memory.current", &n)) {
		jval_set(m, "usage", entry2(st, "memory.current", "memory.max"));
		jval_set(m, "swap", entry2(st, "memory.swap.current", "memory.swap.max"));
	}
	runtime_stats_flat(st, "memory", "memory.stat", raw);
	jval_set(m, "raw", raw);
	return m;
}

/* ---- processors ---- */

static void throttling(const struct jval *stat, const char *time_key, uint64_t unit_ns, struct jval *to)
{
	if (!jval_get(stat, "nr_periods"))
		return;
	jval_set(to, "periods", jval_ref(jval_get(stat, "nr_periods")));
	jval_set(to, "throttledPeriods", jval_ref(jval_get(stat, "nr_throttled")));
	jval_set(to, "throttledTime", jval_new_uint(jval_uint(jval_get(stat, time_key), 0) * unit_ns));
}

static void usage2(const struct jval *stat, struct jval *usage)
{
	static const char *const map[][2] = {{"usage_usec", "total"}, {"system_usec", "kernel"}, {"user_usec", "user"}};

	for (size_t i = 0; i < ARRAY_SIZE(map); i++)
		jval_set(usage, map[i][1], jval_new_uint(jval_uint(jval_get(stat, map[i][0]), 0) * 1000));
}

/* cpuacct counts nanoseconds, its split between user and system is in ticks of 10 ms (USER_HZ). */
static void usage1(const struct runtime_state *st, struct jval *usage)
{
	auto_jval struct jval *split = jval_new_object();

	add_number(st, "cpuacct", "cpuacct.usage", usage, "total");
	runtime_stats_flat(st, "cpuacct", "cpuacct.stat", split);
	jval_set(usage, "kernel", jval_new_uint(jval_uint(jval_get(split, "system"), 0) * 10000000));
	jval_set(usage, "user", jval_new_uint(jval_uint(jval_get(split, "user"), 0) * 10000000));
}

static struct jval *cpu(const struct runtime_state *st)
{
	auto_jval struct jval *stat = jval_new_object();
	struct jval *c = jval_new_object(), *usage = jval_new_object(), *t = jval_new_object();
	bool v1 = st->cgroup1.n > 0;

	runtime_stats_flat(st, "cpu", "cpu.stat", stat);
	if (v1)
		usage1(st, usage);
	else
		usage2(stat, usage);
	throttling(stat, v1 ? "throttled_time" : "throttled_usec", v1 ? 1 : 1000, t);
	jval_set(c, "usage", usage);
	jval_set(c, "throttling", t);
	return c;
}

/* ---- processes ---- */

static struct jval *pids(const struct runtime_target *t, struct err *err)
{
	struct jval *p = jval_new_object();
	auto_free pid_t *list = NULL;
	size_t count = 0;
	uint64_t n;

	if (number(&t->st, "pids", "pids.current", &n)) {
		jval_set(p, "current", jval_new_uint(n));
		if (number(&t->st, "pids", "pids.max", &n) && n != UINT64_MAX)
			jval_set(p, "limit", jval_new_uint(n));
	} else if (runtime_procs_list(t, &list, &count, err) == 0) {
		jval_set_int(p, "current", (int64_t)count); /* no controller: counted */
	}
	return p;
}

/* ---- block devices ---- */

static void add_io(struct jval *list, const char *device, const char *op, uint64_t value)
{
	struct jval *e = jval_new_object();
	char *end;

	jval_set(e, "major", jval_new_uint(strtoull(device, &end, 10)));
	jval_set(e, "minor", jval_new_uint(*end == ':' ? strtoull(end + 1, NULL, 10) : 0));
	jval_set_str(e, "op", op);
	jval_set(e, "value", jval_new_uint(value));
	jval_add(list, e);
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 ..." */
static void io2(const char *line, struct jval *bytes, struct jval *times)
{
	static const struct {
		const char *key, *op;
		bool bytes;
	} map[] = {{"rbytes=", "Read", true}, {"wbytes=", "Write", true}, {"rios=", "Read", false}, {"wios=", "Write", false}};
	auto_svec struct svec words = SVEC_INIT;

	svec_add_split(&words, line, ' ');
	for (size_t i = 1; i < words.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(map); k++)
			if (!strncmp(words.v[i], map[k].key, strlen(map[k].key)))
				add_io(map[k].bytes ? bytes : times, words.v[0], map[k].op,
					strtoull(words.v[i] + strlen(map[k].key), NULL, 10));
}

/* "8:0 Read 1"; the line "Total 1" has no device. */
static void io1(const char *line, struct jval *to)
{
	auto_svec struct svec words = SVEC_INIT;

	svec_add_split(&words, line, ' ');
	if (words.n == 3)
		add_io(to, words.v[0], words.v[1], strtoull(words.v[2], NULL, 10));
}

static void io_lines(const struct runtime_state *st, const char *file, struct jval *bytes, struct jval *times)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_svec struct svec lines = SVEC_INIT;

	if (read_file(st, "blkio", file, &text) < 0)
		return;
	svec_add_split(&lines, text.buf, '\n');
	for (size_t i = 0; i < lines.n; i++)
		if (st->cgroup1.n)
			io1(lines.v[i], bytes);
		else
			io2(lines.v[i], bytes, times);
}

static struct jval *block_io(const struct runtime_state *st)
{
	struct jval *b = jval_new_object(), *bytes = jval_new_array(), *times = jval_new_array();

	if (st->cgroup1.n) {
		io_lines(st, "blkio.throttle.io_service_bytes", bytes, NULL);
		io_lines(st, "blkio.throttle.io_serviced", times, NULL);
	} else {
		io_lines(st, "io.stat", bytes, times);
	}
	jval_set(b, "ioServiceBytesRecursive", bytes);
	jval_set(b, "ioServicedRecursive", times);
	return b;
}

struct jval *runtime_stats(const struct runtime_target *t, struct err *err)
{
	struct jval *data = jval_new_object();

	jval_set(data, "cpu", cpu(&t->st));
	jval_set(data, "memory", memory(&t->st));
	jval_set(data, "pids", pids(t, err));
	jval_set(data, "blkio", block_io(&t->st));
	jval_set(data, "hugetlb", jval_new_object());
	jval_set(data, "intel_rdt", jval_new_object());
	return data;
}
