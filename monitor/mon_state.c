/*
 * mon_state.c - what happens when: one table of states and events, each cell a few lines.
 *
 *	starting - (initialized, with `podlite init`) - running - draining (PID 1 is gone, output is left) - waiting (back-off before a
 *	restart) - starting ... or ended.
 */
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/proc.h"
#include "common/units.h"
#include "monitor/mon.h"
#include "net/hosts_files.h"

#define SEC 1000000000LL
#define DRAIN_NS    (2 * SEC)        /* for processes without a pid namespace that keep the pipe */
#define DEAF_NS     (SEC / 12)
#define STUCK_NS    (1 * SEC)
#define DELAY_MIN   (SEC / 10)
#define DELAY_MAX   (60 * SEC)
#define RUN_IS_GOOD (10 * SEC)       /* after it the back-off starts anew */

int mon_state_write(struct mon *m, const char *status, struct err *err)
{
	char boot[40];
	struct mon_bridge_texts texts[MON_STATE_NETWORKS];
	struct mon_joined joined[MON_STATE_NETWORKS];
	struct mon_state s = {.boot_id = boot, .monitor_pid = getpid(), .monitor_start = proc_start_time(getpid()),
		.started_ns = m->started_ns, .restarts = m->restarts, .status = m->status,
		.network_pid = MAX_OF(m->uplink.pid, 0), .forwarder_pid = MAX_OF(m->publish.pid, 0)};

	if (status != m->status)
		snprintf(m->status, sizeof(m->status), "%s", status);
	proc_boot_id(boot);
	if (m->job.c.pid > 0) {
		s.pid = m->job.c.pid;
		s.pid_start = proc_start_time(m->job.c.pid);
		s.cgroup = m->cgroup[0] ? m->cgroup : NULL;
		s.ip = m->uplink.net.ip[0] ? m->uplink.net.ip : NULL;
		s.gateway = m->uplink.net.gateway[0] ? m->uplink.net.gateway : NULL;
		s.ip_prefix = m->uplink.net.prefix;
		s.networks.v = joined;
		s.networks.n = mon_bridge_state(m, joined, texts, ARRAY_SIZE(joined));
	}
	return jmap_write_file(mon_state_map, MON_FD_CTR, "state.json", &s, 0, err);
}

/* ---- timers ---- */

static void on_cut(void *arg)      { mon_state_event(arg, ME_CUT); }
static void on_lifetime(void *arg) { mon_state_event(arg, ME_LIFETIME); }
static void on_backoff(void *arg)  { mon_state_event(arg, ME_BACKOFF); }
static void on_kill(void *arg)     { mon_state_event(arg, ME_KILL); }

static void stop_timers(struct mon *m)
{
	loop_stop_timer(&m->loop, &m->lifetime);
	loop_stop_timer(&m->loop, &m->drain);
	loop_stop_timer(&m->loop, &m->backoff);
	loop_stop_timer(&m->loop, &m->kill_timer);
}

/* ---- a run ends ---- */

static void end(struct mon *m)
{
	m->phase = MP_ENDED;
	loop_quit(&m->loop);
}

static void end_run(struct mon *m, const char *error)
{
	bool again = mon_exit_restarts(m);

	stop_timers(m);
	if (m->started_mono && loop_now_ns() - m->started_mono >= RUN_IS_GOOD)
		m->delay_ns = 0;
	mon_exit_record(m, error);
	if (again)
		(void)!mon_state_write(m, "restarting", NULL);
	mon_event_ended(m, again);
	mon_attach_exit(m, again);
	mon_start_undo(m, !again);
	if (!again) {
		end(m);
		return;
	}
	m->phase = MP_WAITING;
	if (m->restart_asked) { /* not the policy's doing: at once, and not counted */
		loop_set_timer(&m->loop, &m->backoff, 1, on_backoff, m);
		return;
	}
	m->delay_ns = m->delay_ns ? MIN_OF(m->delay_ns * 2, DELAY_MAX) : DELAY_MIN;
	loop_set_timer(&m->loop, &m->backoff, m->delay_ns, on_backoff, m);
}

/* The container shall go down: a client that takes nothing for a second does not hold it up. */
static void watch_stuck(struct mon *m)
{
	m->stuck_mark = m->io.chunks;
	loop_set_timer(&m->loop, &m->kill_timer, STUCK_NS, on_kill, m);
}

static void child_ended(struct mon *m)
{
	int status = 0;

	while (waitpid(m->job.c.pid, &status, 0) < 0 && errno == EINTR)
		;
	m->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	loop_del(&m->loop, &m->child);
	m->job.c.pid = -1; /* reaped: the number belongs to nobody now */
	m->oom = mon_exit_oom(m);
	if (m->cgroup[0])
		rt_cgroup_kill(m->cgroup, NULL);
	stop_timers(m);
	mon_health_stop(m);
	m->phase = MP_DRAINING;
	mon_io_child_gone(m);
	if (mon_io_drained(m))
		end_run(m, NULL);
	else
		loop_set_timer(&m->loop, &m->drain, DRAIN_NS, on_cut, m);
	if (m->phase == MP_DRAINING && m->stop_asked)
		watch_stuck(m);
}

/* It never ran: nothing was written, and nothing is to be tried again. */
static void ended_waiting(struct mon *m)
{
	int status = proc_wait(m->job.c.pid);

	loop_del(&m->loop, &m->child);
	m->exit_code = MAX_OF(status, 0);
	m->job.c.pid = -1;
	m->stop_asked = true;
	end_run(m, NULL);
}

static void drained(struct mon *m)
{
	end_run(m, NULL);
}

static void cut(struct mon *m)
{
	mon_io_cut(m); /* reports ME_DRAINED when that was the last */
}

/* ---- stopping ---- */

static void stop_running(struct mon *m)
{
	m->stop_asked = true;
	(void)!mon_state_write(m, "stopping", NULL);
}

static void stop_draining(struct mon *m)
{
	m->stop_asked = true;
	watch_stuck(m);
}

static void stop_waiting(struct mon *m)
{
	m->stop_asked = true;
	if (m->by_user)
		mon_exit_record_stop();
	stop_timers(m);
	mon_attach_exit(m, false);
	end(m);
}

static void kill_child(struct mon *m)
{
	(void)!mon_control_signal(m, SIGKILL, true, NULL);
}

static void give_up_clients(struct mon *m)
{
	if (m->stuck_mark == m->io.chunks)
		mon_attach_drop_stuck(m);
	if (m->phase == MP_DRAINING)
		watch_stuck(m);
}

/* ---- restart ---- */

/* The files of the run before say what that wrote there, and what the host was then. If they cannot be
 * made anew the container still starts. */
static void renew_names(struct mon *m)
{
	bool changed;

	(void)!hosts_files_renew(MON_FD_CTR, m->conf.network ? m->conf.network : "", &m->conf.network_options, &changed, NULL);
}

static void restart(struct mon *m)
{
	struct err e = ERR_INIT;

	if (!m->restart_asked)
		m->restarts++;
	m->restart_asked = false;
	m->phase = MP_STARTING;
	renew_names(m);
	if (mon_start_container(m, &e) == 0 && mon_state_watch(m, &e) == 0) {
		/* the client whose input it was has gone with the first run */
		if (!m->conf.terminal && !m->start.keep_stdin)
			mon_io_close_input(m);
		return;
	}
	m->exit_code = err_exit_status(&e);
	m->started_mono = 0;
	end_run(m, e.msg);
}

static void nothing(struct mon *m)
{
	(void)m;
}

typedef void cell(struct mon *m);

static cell *const table[MP_COUNT][ME_COUNT] = {
	[MP_INITIALIZED] = {[ME_CHILD] = ended_waiting, [ME_STOP] = stop_running, [ME_KILL] = kill_child},
	[MP_RUNNING] = {[ME_CHILD] = child_ended, [ME_STOP] = stop_running, [ME_LIFETIME] = kill_child, [ME_KILL] = kill_child},
	[MP_DRAINING] = {[ME_DRAINED] = drained, [ME_CUT] = cut, [ME_STOP] = stop_draining, [ME_KILL] = give_up_clients},
	[MP_WAITING] = {[ME_STOP] = stop_waiting, [ME_BACKOFF] = restart},
};

void mon_state_event(struct mon *m, enum mon_event e)
{
	cell *fn = table[m->phase][e];

	(fn ? fn : nothing)(m);
}

/* ---- sources ---- */

static void child_event(void *arg, uint32_t events)
{
	(void)events;
	mon_state_event(arg, ME_CHILD);
}

void mon_state_stop_by_user(struct mon *m)
{
	m->by_user = true;
	mon_state_event(m, ME_STOP);
}

void mon_state_end(struct mon *m, bool restart)
{
	if (mon_state_has_process(m)) {
		m->restart_asked = restart;
		if (m->paused)
			(void)!mon_control_pause(m, false, NULL);
		int sig = m->conf.stop_signal > 0 ? (int)m->conf.stop_signal : SIGTERM;
		bool deaf = !proc_hears(m->job.c.pid, sig); /* then its children are told, and nothing is waited for (D11) */

		(void)!mon_control_signal(m, sig, deaf, NULL);
		loop_set_timer(&m->loop, &m->kill_timer, deaf ? DEAF_NS : m->conf.stop_timeout * SEC, on_kill, m);
	}
	if (!restart)
		mon_state_event(m, ME_STOP);
}

/* A logout or shutdown ends us politely: the container gets its stop signal, then the end. */
static void signal_event(void *arg, uint32_t events)
{
	struct mon *m = arg;
	struct signalfd_siginfo si;

	(void)events;
	if (read(m->signals.fd, &si, sizeof(si)) != sizeof(si))
		return;
	mon_state_end(m, false);
}

/* Survives the machine: without it a container that a power cut ended would look as it did before
 * this start. One that removes itself has no state to keep. */
static void mark_started(const struct mon *m)
{
	char text[80], boot[40];

	if (m->conf.remove)
		return;
	proc_boot_id(boot);
	snprintf(text, sizeof(text), "%s %lld", boot, (long long)m->started_ns);
	if (symlinkat(text, MON_FD_CTR, MON_STARTED_LINK) == 0 || errno != EEXIST)
		return;
	unlinkat(MON_FD_CTR, MON_STARTED_LINK, 0);
	(void)!symlinkat(text, MON_FD_CTR, MON_STARTED_LINK);
}

bool mon_state_has_process(const struct mon *m)
{
	return m->phase == MP_RUNNING || m->phase == MP_INITIALIZED;
}

static int watch_sources(struct mon *m, struct err *err)
{
	sigset_t term;
	int r;

	if (m->signals.fd < 0) {
		sigemptyset(&term);
		sigaddset(&term, SIGTERM);
		r = loop_signals(&term);
		r = r < 0 ? r : loop_add(&m->loop, &m->signals, r, EPOLLIN, signal_event, m);
		if (r < 0)
			return err_neg(err, r, "watch signals");
	}
	r = loop_add(&m->loop, &m->child, m->job.c.pidfd, EPOLLIN, child_event, m);
	if (!r)
		r = mon_network_watch(m);
	return r < 0 ? err_neg(err, r, "watch the container") : 0;
}

int mon_state_wait(struct mon *m, struct err *err)
{
	m->phase = MP_INITIALIZED;
	if (watch_sources(m, err) < 0 || mon_state_write(m, "initialized", err) < 0)
		return -1;
	mon_mounts_settled(m);
	mon_event_initialized(m);
	return 0;
}

int mon_state_begin(struct mon *m, struct err *err)
{
	if (m->phase != MP_INITIALIZED)
		return err_set(err, EK_INVALID, "container is not waiting for its start");
	if (mon_start_begin(m, err) == 0 && mon_state_watch(m, err) == 0)
		return 0;
	m->exit_code = err_exit_status(err);
	m->started_mono = 0;
	m->stop_asked = true;
	end_run(m, err->msg);
	return -1;
}

int mon_state_watch(struct mon *m, struct err *err)
{
	bool initialized = m->phase == MP_INITIALIZED; /* then its sources are watched already */

	m->started_ns = units_now_ns();
	m->started_mono = loop_now_ns();
	m->oom = m->paused = false;
	mark_started(m);
	m->phase = MP_RUNNING;
	if (!initialized && watch_sources(m, err) < 0)
		return -1;
	if (m->conf.timeout > 0)
		loop_set_timer(&m->loop, &m->lifetime, m->conf.timeout * SEC, on_lifetime, m);
	if (mon_io_start(m, err) < 0 || mon_state_write(m, "running", err) < 0)
		return -1;
	if (!initialized)
		mon_mounts_settled(m);
	mon_event_started(m, initialized);
	mon_notify_started(m);
	mon_health_start(m);
	return 0;
}
