/* `events`: what a container uses, as runc's lines of JSON; figures from its cgroups. */
#include "oci/runtime.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/units.h"

/* A file of the group with one number; "max" is 2^64-1. False: the controller is not there. */
static bool number(const char *cgroup, const char *file, uint64_t *ret)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (rt_cgroup_read(cgroup, file, &text) < 0)
		return false;
	*ret = !strncmp(text.buf, "max", 3) ? UINT64_MAX : strtoull(text.buf, NULL, 10);
	return true;
}

/* "key value" lines as members. */
static void flat_text(const char *text, struct jval *to)
{
	auto_svec struct svec lines = SVEC_INIT;

	svec_add_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.n; i++) {
		char *blank = strchr(lines.v[i], ' ');

		if (!blank)
			continue;
		*blank = '\0';
		jval_set(to, lines.v[i], jval_new_uint(strtoull(blank + 1, NULL, 10)));
	}
}

static void flat(const char *cgroup, const char *file, struct jval *to)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (rt_cgroup_read(cgroup, file, &text) == 0)
		flat_text(text.buf, to);
}

static struct jval *usage_entry(const char *cgroup, const char *current, const char *limit)
{
	struct jval *e = jval_new_object();
	uint64_t n;

	if (number(cgroup, limit, &n))
		jval_set(e, "limit", jval_new_uint(n));
	if (number(cgroup, current, &n))
		jval_set(e, "usage", jval_new_uint(n));
	jval_set_int(e, "failcnt", 0);
	return e;
}

static void number1(const struct runtime_target *t, const char *file, struct jval *to, const char *key)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (rt_cgroup1_read(&t->st.cgroup1, "memory", file, &text) == 0)
		jval_set(to, key, jval_new_uint(strtoull(text.buf, NULL, 10)));
}

static struct jval *memory1(const struct runtime_target *t)
{
	static const char *const files[][3] = {{"usage", "memory.", "_in_bytes"},
		{"swap", "memory.memsw.", "_in_bytes"}, {"kernel", "memory.kmem.", "_in_bytes"}};
	struct jval *m = jval_new_object(), *raw = jval_new_object();
	auto_sbuf struct sbuf text = SBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct jval *e = jval_new_object();
		auto_free char *limit = xasprintf("%slimit%s", files[i][1], files[i][2]),
			       *usage = xasprintf("%susage%s", files[i][1], files[i][2]),
			       *max = xasprintf("%smax_usage%s", files[i][1], files[i][2]),
			       *fail = xasprintf("%sfailcnt", files[i][1]);

		number1(t, limit, e, "limit");
		number1(t, usage, e, "usage");
		number1(t, max, e, "max");
		number1(t, fail, e, "failcnt");
		jval_set(m, files[i][0], e);
	}
	if (rt_cgroup1_read(&t->st.cgroup1, "memory", "memory.stat", &text) == 0)
		flat_text(text.buf, raw);
	jval_set(m, "raw", raw);
	return m;
}

static struct jval *memory(const char *cgroup)
{
	struct jval *m = jval_new_object(), *raw = jval_new_object();
	uint64_t n;

	if (number(cgroup, "memory.current", &n)) {
		jval_set(m, "usage", usage_entry(cgroup, "memory.current", "memory.max"));
		jval_set(m, "swap", usage_entry(cgroup, "memory.swap.current", "memory.swap.max"));
		flat(cgroup, "memory.stat", raw);
	}
	jval_set(m, "raw", raw);
	return m;
}

static struct jval *cpu(const char *cgroup)
{
	auto_jval struct jval *stat = jval_new_object();
	struct jval *c = jval_new_object(), *usage = jval_new_object(), *t = jval_new_object();
	static const char *const map[][2] = {
		{"usage_usec", "total"}, {"system_usec", "kernel"}, {"user_usec", "user"}};

	flat(cgroup, "cpu.stat", stat);
	for (size_t i = 0; i < ARRAY_SIZE(map); i++)
		jval_set(usage, map[i][1],
			jval_new_uint(jval_uint(jval_get(stat, map[i][0]), 0) * 1000));
	jval_set(c, "usage", usage);
	if (jval_get(stat, "nr_periods")) {
		jval_set(t, "periods", jval_ref(jval_get(stat, "nr_periods")));
		jval_set(t, "throttledPeriods", jval_ref(jval_get(stat, "nr_throttled")));
		jval_set(t, "throttledTime",
			jval_new_uint(jval_uint(jval_get(stat, "throttled_usec"), 0) * 1000));
	}
	jval_set(c, "throttling", t);
	return c;
}

static struct jval *pids(const struct runtime_target *t, struct err *err)
{
	struct jval *p = jval_new_object();
	auto_free pid_t *list = NULL;
	size_t count = 0;
	uint64_t n;

	if (number(t->st.cgroup, "pids.current", &n)) {
		jval_set(p, "current", jval_new_uint(n));
		if (number(t->st.cgroup, "pids.max", &n) && n != UINT64_MAX)
			jval_set(p, "limit", jval_new_uint(n));
	} else if (runtime_target_pids(t, &list, &count, err) == 0) {
		jval_set_int(p, "current", (int64_t)count); /* no controller: counted */
	}
	return p;
}

static int print_stats(const struct runtime_target *t, struct err *err)
{
	auto_jval struct jval *line = jval_new_object();
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct jval *data = jval_new_object();

	jval_set_str(line, "type", "stats");
	jval_set_str(line, "id", t->st.id);
	jval_set(data, "cpu", cpu(t->st.cgroup));
	jval_set(data, "memory", t->st.cgroup1.n ? memory1(t) : memory(t->st.cgroup));
	jval_set(data, "pids", pids(t, err));
	jval_set(data, "blkio", jval_new_object());
	jval_set(data, "hugetlb", jval_new_object());
	jval_set(data, "intel_rdt", jval_new_object());
	jval_set(line, "data", data);
	jval_print(line, false, &text);
	return puts(text.buf) < 0 || fflush(stdout) ? err_sys(err, "write to standard output") : 0;
}

static void print_oom(const struct runtime_target *t, uint64_t *seen)
{
	auto_jval struct jval *events = jval_new_object();
	uint64_t now;

	flat(t->st.cgroup, "memory.events", events);
	now = jval_uint(jval_get(events, "oom"), 0);
	if (now > *seen && *seen != UINT64_MAX) {
		printf("{\"type\":\"oom\",\"id\":\"%s\"}\n", t->st.id);
		fflush(stdout);
	}
	*seen = now;
}

/* Until the container ends. */
static int follow(const struct runtime_target *t, int64_t interval_ns, struct err *err)
{
	struct pollfd p = {.fd = t->pidfd, .events = POLLIN};
	int ms = (int)MIN_OF(MAX_OF(interval_ns / 1000000, (int64_t)1), (int64_t)86400000);
	uint64_t oom = UINT64_MAX;

	for (;;) {
		int n = poll(&p, 1, ms);

		if (n < 0 && errno != EINTR)
			return err_sys(err, "wait for container %s", t->st.id);
		if (n > 0)
			return 0;
		print_oom(t, &oom);
		if (print_stats(t, err) < 0)
			return -1;
	}
}

int runtime_events(struct runtime *r, int argc, char **argv, struct err *err)
{
	const char *interval = "5s";
	bool stats = false;
	const struct runtime_opt opts[] = {{"--interval", 0, &interval, NULL, NULL},
		{"--stats", 0, NULL, &stats, NULL}};
	struct runtime_target t;
	int64_t ns = 0;
	int n, res;

	if (runtime_target_args(r, opts, ARRAY_SIZE(opts), argc, argv, 0, &n, &t, err) < 0)
		return -1;
	if (!units_parse_duration(interval, &ns) || ns <= 0)
		res = err_set(err, EK_USAGE, "duration interval must be greater than 0: \"%s\"", interval);
	else if (t.pidfd < 0)
		res = err_set(err, EK_INVALID, "container with id %s is not running", t.st.id);
	else if (!t.st.cgroup)
		res = err_set(err, EK_UNSUPPORTED,
			"events: container %s has no cgroup, so nothing counts what it uses", t.st.id);
	else
		res = stats ? print_stats(&t, err) : follow(&t, ns, err);
	runtime_target_done(&t);
	return res;
}
