/* `events`: what a container uses and that its memory was not enough, as runc's lines of JSON. */
#include "oci/runtime.h"

#include <poll.h>
#include <stdio.h>

#include "common/units.h"

static int print_stats(const struct runtime_target *t, struct err *err)
{
	auto_jval struct jval *line = jval_new_object();
	auto_sbuf struct sbuf text = SBUF_INIT;

	jval_set_str(line, "type", "stats");
	jval_set_str(line, "id", t->st.id);
	jval_set(line, "data", runtime_stats(t, err));
	jval_print(line, false, &text);
	return puts(text.buf) < 0 || fflush(stdout) ? err_sys(err, "write to standard output") : 0;
}

static void print_oom(const struct runtime_target *t, uint64_t *seen)
{
	auto_jval struct jval *events = jval_new_object();
	uint64_t now;

	runtime_stats_flat(&t->st, "memory", t->st.cgroup1.n ? "memory.oom_control" : "memory.events", events);
	now = jval_uint(jval_get(events, t->st.cgroup1.n ? "oom_kill" : "oom"), 0);
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
	else if (!t.st.cgroup && !t.st.cgroup1.n)
		res = err_set(err, EK_UNSUPPORTED,
			"events: container %s has no cgroup, so nothing counts what it uses", t.st.id);
	else
		res = stats ? print_stats(&t, err) : follow(&t, ns, err);
	runtime_target_done(&t);
	return res;
}
