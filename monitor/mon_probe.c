/*
 * mon_probe.c - one health check, in a fork of the monitor: it may allocate, wait and hang without
 * harm to the container's output.
 *
 * It ends with the monitor (death signal) and holds none of its locks and sockets. What the command
 * writes is untrusted: kept up to a bound, the rest read and thrown away.
 */
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "common/units.h"
#include "monitor/eventlog.h"
#include "monitor/mon.h"

struct probe {
	struct mon *m;
	const struct health_check *check;
	char *output;
	size_t len, max;
	int64_t start_ns, deadline;  /* CLOCK_REALTIME for people, CLOCK_MONOTONIC for us */
	int code;                    /* exit status; -1: took too long */
};

/* ---- running ---- */

/* NUL cannot stand in a JSON string. */
static void keep_output(struct probe *p, const char *data, size_t n)
{
	for (size_t i = 0; i < n && p->len < p->max; i++)
		if (data[i])
			p->output[p->len++] = data[i];
}

static bool drain(struct probe *p, int fd)
{
	char buf[16384];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		keep_output(p, buf, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Until the command ends; what its children still hold open is not waited for. */
static void follow(struct probe *p, int out, const struct rt_container *k)
{
	struct pollfd fds[2] = {{out, POLLIN, 0}, {k->pidfd, POLLIN, 0}};

	while (!fds[1].revents) {
		int64_t left = (p->deadline - loop_now_ns()) / 1000000;

		if (left < 0) {
			proc_signal(k->pidfd, SIGKILL);
			p->code = -1;
			break;
		}
		poll(fds, 2, (int)MIN_OF(left + 1, INT64_C(60000)));
		if (fds[0].revents && !drain(p, out))
			fds[0].fd = -1;
	}
	for (size_t i = 0; i < 64 && fds[0].fd >= 0; i++) { /* a pipe holds no more */
		fds[0].revents = 0;
		if (poll(fds, 1, 0) <= 0 || !drain(p, out))
			break;
	}
}

static void set_command(struct spec_process *sp, const struct jval *test)
{
	bool shell = !strcmp(jval_str(jval_at(test, 0), ""), "CMD-SHELL");

	svec_done(&sp->args);
	if (shell) {
		svec_add(&sp->args, "/bin/sh");
		svec_add(&sp->args, "-c");
	}
	for (size_t i = 1; i < jval_len(test); i++)
		svec_add(&sp->args, jval_str(jval_at(test, i), ""));
	sp->terminal = false;
}

static int run_in(struct probe *p, struct spec_runtime *spec, int out, int in, struct err *err)
{
	struct mon *m = p->m;
	auto_fd int cache = fd_open_dir(MON_FD_STORE, "cache");
	auto_free char *compiler = mon_start_compiler(m), *bundle = fs_fd_path(MON_FD_CTR);
	struct rt_container k = RT_CONTAINER_INIT;
	struct rt_exec_args a = {.target = m->job.c.pidfd, .target_pid = m->job.c.pid,
		.target_start = proc_start_time(m->job.c.pid), .id = m->id, .bundle = bundle, .spec = spec, .process = &spec->process,
		.stdio = {-1, in, in}, .cache_fd = cache < 0 ? -1 : cache, .compiler = compiler,
		.cgroup = m->cgroup[0] ? m->cgroup : NULL, .death_signal = SIGKILL};
	int status;

	if (rt_exec(&a, &k, err) < 0)
		return -1;
	fd_close(in);
	follow(p, out, &k);
	status = proc_wait(k.pid);
	if (p->code >= 0)
		p->code = status;
	return 0;
}

static void run(struct probe *p)
{
	struct err e = ERR_INIT;
	struct spec_runtime spec;
	int fds[2] = {-1, -1}, r = fd_pipe(fds);

	spec_runtime_init(&spec);
	if (r < 0)
		r = err_neg(&e, r, "health check: pipe");
	else
		r = fd_set_nonblock(fds[0], true) < 0 ? err_sys(&e, "health check: pipe") : spec_runtime_read(MON_FD_CTR, &spec, &e);
	if (!r) {
		set_command(&spec.process, p->check->test);
		r = run_in(p, &spec, fds[0], fds[1], &e);
	}
	if (r < 0) {
		p->code = err_exit_status(&e);
		keep_output(p, e.msg, strlen(e.msg));
	}
	spec_runtime_done(&spec);
}

/* ---- telling ---- */

static void tell(const struct probe *p, const struct health_state *s)
{
	struct mon *m = p->m;
	auto_sbuf struct sbuf line = SBUF_INIT;
	auto_free char *log = m->health.conf.log_events ? xstrndup(p->output, p->len) : NULL;
	struct eventlog_event e = {.type = "container", .status = "health_status", .id = m->id, .name = m->conf.name,
		.image = m->conf.image, .attributes = &m->conf.labels, .health = health_status_text(s->status),
		.health_log = log, .streak = log ? s->streak : 0};

	if (m->start.events == EVENTLOG_NONE)
		return;
	eventlog_add(&line, &e);
	mon_event_append(m, &line, true);
}

static void record(const struct probe *p)
{
	struct mon *m = p->m;
	struct health_state s = m->health.state;
	struct health_entry entry = {p->start_ns, units_now_ns(), p->code, p->output, p->len};

	health_next(&m->health.conf, &s, !p->code, loop_now_ns() - m->started_mono);
	(void)!health_write(MON_FD_CTR, m->id, &m->health.conf, &s, &entry, NULL);
	tell(p, &s);
}

void mon_probe(struct mon *m, pid_t parent)
{
	const int keep[] = {MON_FD_CTR, MON_FD_STORE, m->job.c.pidfd};
	struct probe p = {.m = m, .check = health_due(&m->health.conf, &m->health.state)};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd_close_but(keep, ARRAY_SIZE(keep)); /* the lock above all: held, it says that the monitor lives */
	prctl(PR_SET_NAME, "podlite-probe");
	if (getppid() != parent)
		_exit(MON_PROBE_FAILED); /* it died before the death signal was set */
	p.max = (size_t)m->health.conf.max_size;
	p.output = xmalloc(p.max + 1);
	p.start_ns = units_now_ns();
	p.deadline = loop_now_ns() + p.check->timeout;
	run(&p);
	record(&p);
	_exit(p.code < 0 ? MON_PROBE_LATE : p.code ? MON_PROBE_FAILED : MON_PROBE_PASSED);
}
