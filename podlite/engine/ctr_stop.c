/*
 * ctr_stop.c - wait, signal, stop, pause: requests to a container's monitor.
 *
 * stop does not wait for nothing: where PID 1 of a pid namespace has the default action for the
 * stop signal the kernel discards it, so only the other processes are told, and then it is killed
 * (demand.md D11).
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "common/proc.h"
#include "podlite/engine/events.h"
#include "podlite/engine/monitor_client.h"

#define POLL_MS       50
#define DEAF_GRACE_MS 80    /* for the children of a PID 1 that does not hear: shells end with them */
#define KILL_MS       20000
#define DEFAULT_STOP_TIMEOUT 10
#define LEAVE_POLL_MS 5
#define LEAVE_TRIES   400

/* ---- wait ---- */

static int connect_wait(struct context *c, const char *id)
{
	auto_fd int dir = ctr_open_dir(c, id, NULL);
	auto_fd int sock = dir < 0 ? -1 : monitor_client_connect(dir, NULL);

	if (sock < 0 || monitor_client_send(sock, MON_WAIT, NULL, 0, NULL) < 0)
		return -1;
	return take_fd(sock);
}

/* No monitor to ask. 1: ended, 0: starting. */
static int wait_record(struct context *c, const char *id, int *ret_code, struct err *err)
{
	struct ctr ctr;
	bool live, ended;

	if (ctr_load(c, id, &ctr, err) < 0)
		return -1;
	live = ctr_is_live(&ctr);
	ended = ctr.has_exit ? ctr.status == CTR_EXITED : ctr.status == CTR_CREATED && !ctr.starting;
	if (!live && ended)
		*ret_code = (int)ctr.exit.code;
	ctr_done(&ctr);
	return !live && ended;
}

int ctr_wait_some(struct context *c, const char *id, int timeout_ms, int *sock, int *ret_code, struct err *err)
{
	struct mon_exit_msg x;
	int r;

	if (*sock < 0)
		*sock = connect_wait(c, id);
	if (*sock >= 0) {
		r = monitor_client_exit(*sock, timeout_ms, &x, NULL);
		if (r == 0)
			return 0;
		if (r == 1 && !x.restarting)
			monitor_client_linger(*sock);
		fd_close(*sock);
		*sock = -1;
		if (r == 1) {
			*ret_code = x.code;
			return 1;
		}
		/* a monitor that ended just before the message arrived leaves its exit in exit.json */
	}
	r = wait_record(c, id, ret_code, err);
	if (r == 0)
		poll(NULL, 0, timeout_ms < 0 ? POLL_MS : MIN_OF(timeout_ms, POLL_MS));
	return r;
}

int ctr_wait(struct context *c, const char *id, int *ret_code, struct err *err)
{
	auto_fd int sock = -1;
	int r;

	while (!(r = ctr_wait_some(c, id, -1, &sock, ret_code, err)))
		;
	return r < 0 ? -1 : 0;
}

/* ---- signal and pause ---- */

/* The monitor's own errors do not say whose they are. */
static int name_it(struct context *c, const char *id, struct err *err)
{
	struct ctr ctr;

	if (!err || ctr_load(c, id, &ctr, NULL) < 0)
		return -1;
	err_wrap(err, "%s", ctr.rec.name);
	ctr_done(&ctr);
	return -1;
}

static int request(struct context *c, const char *id, enum mon_msg type, const void *data, size_t n, struct err *err)
{
	auto_fd int dir = ctr_open_dir(c, id, NULL);

	if (dir < 0)
		return err_set(err, EK_INVALID, "container %.12s is not running", id);
	return monitor_client_request(dir, type, data, n, err) < 0 ? name_it(c, id, err) : 0;
}

int ctr_signal(struct context *c, const struct ctr *ctr, int sig, bool stop, bool all, struct err *err)
{
	struct mon_signal s = {.sig = sig, .stop = stop, .all = all};

	if (request(c, ctr->rec.id, MON_SIGNAL, &s, sizeof(s), err) < 0)
		return -1;
	events_ctr(c, &ctr->rec, "kill");
	return 0;
}

void ctr_reload(struct context *c, const char *id)
{
	(void)!request(c, id, MON_RELOAD, NULL, 0, NULL);
}

int ctr_pause(struct context *c, const char *id, bool pause, struct err *err)
{
	if (request(c, id, pause ? MON_PAUSE : MON_RESUME, NULL, 0, err) < 0)
		return -1;
	events_ctr_id(c, id, pause ? "pause" : "unpause");
	return 0;
}

/* ---- stop ---- */

/* Can the signal have any effect on the container's PID 1? */
static bool hears(const struct ctr *ctr, int sig)
{
	auto_fd int pidfd = proc_open_pidfd((pid_t)ctr->state.pid, ctr->state.pid_start);

	return pidfd < 0 || proc_hears((pid_t)ctr->state.pid, sig);
}

static int send_signal(int dir, int sig, bool all, struct err *err)
{
	struct mon_signal s = {.sig = sig, .stop = 1, .all = all};

	if (monitor_client_request(dir, MON_SIGNAL, &s, sizeof(s), err) == 0)
		return 0;
	if (!err || err->kind != EK_NOT_FOUND)
		return -1;
	err_clear(err); /* it ended by itself meanwhile */
	return 0;
}

static int stop_signal(const struct ctr *ctr)
{
	int sig = ctr->rec.stop_signal && *ctr->rec.stop_signal ? proc_parse_signal(ctr->rec.stop_signal) : SIGTERM;

	return sig > 0 ? sig : SIGTERM;
}

/* Signal, wait, kill. waiter is a connection on which the exit will be told. */
static int stop_steps(const struct ctr *ctr, int dir, int waiter, int64_t timeout, struct err *err)
{
	int sig = stop_signal(ctr), r = 0;
	bool deaf = timeout && ctr->state.pid > 0 && !hears(ctr, sig);
	int64_t ms = deaf ? MIN_OF(timeout * 1000, DEAF_GRACE_MS) : timeout * 1000;
	struct mon_exit_msg x;

	if (ctr->status == CTR_PAUSED) /* frozen processes hear nothing */
		(void)!monitor_client_request(dir, MON_RESUME, NULL, 0, NULL);
	if (timeout) {
		if (send_signal(dir, sig, deaf, err) < 0)
			return -1;
		r = monitor_client_exit(waiter, ms > INT32_MAX ? INT32_MAX : (int)ms, &x, NULL);
	}
	if (r == 0) {
		if (send_signal(dir, SIGKILL, true, err) < 0)
			return -1;
		r = monitor_client_exit(waiter, KILL_MS, &x, NULL);
	}
	if (r == 0) {
		err_set(err, EK_SYSTEM, "stop container %s: a process did not end %d seconds after SIGKILL", ctr->rec.name,
			KILL_MS / 1000);
		return err_advise(err, "it hangs in the kernel, perhaps on a dead network file system: see podlite top %s",
			ctr->rec.name);
	}
	monitor_client_linger(waiter);
	return 0;
}

/* The monitor of a container that is just being started listens a moment later. */
static int connect_waiter(struct context *c, const struct ctr *ctr, int *ret_dir, struct err *err)
{
	for (int tries = 0;; tries++) {
		auto_fd int dir = ctr_open_dir(c, ctr->rec.id, NULL);
		auto_fd int sock = dir < 0 ? -1 : monitor_client_connect(dir, err);
		struct ctr now;
		bool live;

		if (sock >= 0 && monitor_client_send(sock, MON_WAIT, NULL, 0, err) == 0) {
			*ret_dir = take_fd(dir);
			return take_fd(sock);
		}
		if (ctr_load(c, ctr->rec.id, &now, NULL) < 0)
			return -1;
		live = ctr_is_live(&now) || now.starting;
		ctr_done(&now);
		if (!live || tries == 200)
			return -1;
		poll(NULL, 0, POLL_MS);
	}
}

/* A waiter is let go at the end of each run, so only the lock says that the monitor has left. Not for
 * ever: another command may start the container anew. */
static void wait_left(struct context *c, const char *id)
{
	auto_fd int dir = ctr_open_dir(c, id, NULL);
	auto_fd int lock = dir < 0 ? -1 : fd_open(dir, "lock", O_RDONLY, 0);

	for (int i = 0; i < LEAVE_TRIES && lock >= 0 && lock_is_held(lock) == 1; i++)
		poll(NULL, 0, LEAVE_POLL_MS);
}

static int stop(struct context *c, const char *id, int64_t timeout, bool tell, struct err *err)
{
	auto_fd int dir = -1, waiter = -1;
	struct ctr ctr;
	int r = 0;

	if (ctr_load(c, id, &ctr, err) < 0)
		return -1;
	if (timeout < 0)
		timeout = ctr.rec.stop_timeout >= 0 ? ctr.rec.stop_timeout : DEFAULT_STOP_TIMEOUT;
	if (ctr_is_live(&ctr) || ctr.starting) {
		waiter = connect_waiter(c, &ctr, &dir, err);
		if (waiter >= 0) {
			/* what was loaded may be from before it started: the pid decides what is heard */
			struct ctr now;

			if (ctr_load(c, id, &now, NULL) == 0) {
				ctr_done(&ctr);
				ctr = now;
			}
			if (tell)
				events_ctr(c, &ctr.rec, "stop");
			r = stop_steps(&ctr, dir, waiter, timeout, err);
		} else {
			err_clear(err); /* it has ended meanwhile */
		}
		if (!r)
			wait_left(c, id);
	}
	ctr_done(&ctr);
	return r;
}

int ctr_stop(struct context *c, const char *id, int64_t timeout, struct err *err)
{
	return stop(c, id, timeout, true, err);
}

int ctr_stop_silently(struct context *c, const char *id, int64_t timeout, struct err *err)
{
	return stop(c, id, timeout, false, err);
}
