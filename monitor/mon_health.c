/*
 * mon_health.c - when health checks run and what follows.
 *
 * The monitor never waits for a check: a fork of it (mon_probe.c) joins the container, runs the
 * command, cuts its output and writes health.json; here only its exit status is read. It kills
 * what takes too long itself; if even it hangs, on a file system that the container serves, it is
 * killed a little later.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/proc.h"
#include "monitor/mon.h"

#define GRACE_NS 10000000000LL

static void probe(struct mon *m);

static void on_due(void *arg)
{
	probe(arg);
}

static void on_overdue(void *arg)
{
	struct mon *m = arg;

	proc_signal(m->health.child.fd, SIGKILL);
}

static void schedule(struct mon *m)
{
	int64_t interval = health_due(&m->health.conf, &m->health.state)->interval;

	if (interval > 0)
		loop_set_timer(&m->loop, &m->health.due, interval, on_due, m);
}

/* ---- a check has ended ---- */

static void act(struct mon *m, enum health_action action)
{
	if (m->phase != MP_RUNNING || m->stop_asked || m->restart_asked)
		return;
	if (action == HEALTH_KILL)
		(void)!mon_control_signal(m, SIGKILL, true, NULL);
	m->by_user |= action == HEALTH_STOP; /* as podman has it */
	if (action == HEALTH_RESTART || action == HEALTH_STOP)
		mon_state_end(m, action == HEALTH_RESTART);
}

static bool asked(const struct mon *m)
{
	for (int i = 0; i < MON_MAX_CLIENTS; i++)
		if (m->clients[i].fd >= 0 && m->clients[i].health)
			return true;
	return false;
}

static void judge(struct mon *m, int end)
{
	struct mon_health *h = &m->health;
	struct mon_healthy tell = {.defined = 1, .passed = end == MON_PROBE_PASSED, .timed_out = end == MON_PROBE_LATE,
		.startup = h->startup};
	enum health_action action = health_next(&h->conf, &h->state, tell.passed, loop_now_ns() - m->started_mono);

	mon_attach_healthy(m, &tell);
	if (h->state.status == HEALTH_HEALTHY)
		mon_notify_healthy(m);
	if (asked(m))
		probe(m);
	else
		schedule(m);
	act(m, action);
}

static void probe_event(void *arg, uint32_t events)
{
	struct mon *m = arg;
	struct mon_health *h = &m->health;
	int fd = h->child.fd, end;

	(void)events;
	end = proc_wait(h->pid);
	loop_del(&m->loop, &h->child);
	loop_stop_timer(&m->loop, &h->overdue);
	fd_close(fd);
	h->pid = 0;
	if (m->phase != MP_RUNNING)
		return;
	if (h->discard && h->defined) /* the run it was about has ended, and another has begun; or the check is another one */
		probe(m);
	else if (!h->discard)
		judge(m, end);
}

/* ---- a check begins ---- */

static void probe(struct mon *m)
{
	struct mon_health *h = &m->health;
	pid_t self = getpid();
	int fd;

	loop_stop_timer(&m->loop, &h->due);
	if (h->pid || m->phase != MP_RUNNING)
		return;
	if (m->paused) { /* frozen, it can answer nothing */
		schedule(m);
		return;
	}
	for (int i = 0; i < MON_MAX_CLIENTS; i++)
		if (m->clients[i].fd >= 0 && m->clients[i].health)
			m->clients[i].health = 2;
	h->startup = health_due(&h->conf, &h->state) == &h->conf.startup;
	h->discard = false;
	h->pid = fork();
	if (!h->pid)
		mon_probe(m, self);
	fd = h->pid < 0 ? -1 : proc_open_pidfd(h->pid, 0);
	if (fd < 0 || loop_add(&m->loop, &h->child, fd, EPOLLIN, probe_event, m) < 0) {
		/* no process or descriptor to be had: this check has failed, and says so by its streak */
		if (h->pid > 0) {
			kill(h->pid, SIGKILL);
			proc_wait(h->pid);
		}
		fd_close(fd);
		h->pid = 0;
		(void)health_next(&h->conf, &h->state, false, loop_now_ns() - m->started_mono);
		mon_attach_healthy(m, &(struct mon_healthy){.defined = 1, .startup = h->startup});
		schedule(m);
		return;
	}
	loop_set_timer(&m->loop, &h->overdue, health_due(&h->conf, &h->state)->timeout + GRACE_NS, on_overdue, m);
}

void mon_health_start(struct mon *m)
{
	struct mon_health *h = &m->health;

	h->defined = health_conf_read(m->conf.health, &h->conf);
	h->state = (struct health_state){.status = HEALTH_STARTING};
	if (!h->defined)
		return;
	health_reset(MON_FD_CTR, m->id, &h->conf);
	/* soon, as podman does, and not before the starter has been told */
	if (health_due(&h->conf, &h->state)->interval > 0)
		loop_set_timer(&m->loop, &h->due, 1, on_due, m);
}

void mon_health_stop(struct mon *m)
{
	struct mon_health *h = &m->health;

	loop_stop_timer(&m->loop, &h->due);
	if (!h->pid)
		return;
	h->discard = true;
	proc_signal(h->child.fd, SIGKILL);
}

void mon_health_ask(struct mon *m, struct mon_client *c)
{
	struct mon_healthy none = {.defined = 0};

	c->health = 1;
	if (m->health.defined) {
		probe(m);
		return;
	}
	c->health = 2;
	mon_attach_healthy(m, &none);
}
