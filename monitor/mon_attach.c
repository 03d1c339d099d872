/*
 * mon_attach.c - ctl.sock: who may connect, what each message does.
 *
 * A client is one slot of a fixed table. Its uid is checked (SO_PEERCRED), messages are whole and
 * capped, a malformed one ends the connection (threats.md X12). A full table makes room by
 * dropping the oldest connection that asked for nothing.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/fd.h"
#include "monitor/mon.h"

static void client_event(void *arg, uint32_t events);

static bool is_idle(const struct mon_client *c)
{
	return c->fd >= 0 && !c->attach && !c->waiter && !c->health;
}

static struct mon_client *free_slot(struct mon *m)
{
	struct mon_client *oldest = NULL;

	for (int i = 0; i < MON_MAX_CLIENTS; i++) {
		struct mon_client *c = &m->clients[i];

		if (c->fd < 0)
			return c;
		if (is_idle(c) && (!oldest || (int32_t)(c->serial - oldest->serial) < 0))
			oldest = c;
	}
	if (oldest)
		mon_attach_drop(m, oldest);
	return oldest;
}

/* Wait for what this client needs now: reading unless parked, writing if a chunk is pending. With
 * neither it leaves the loop, because a hang-up is always reported and would spin. */
void mon_attach_watch(struct mon *m, struct mon_client *c)
{
	uint32_t events = (c->parked ? 0 : EPOLLIN) | (c->pending ? EPOLLOUT : 0);

	if (c->fd < 0)
		return;
	if (!events)
		loop_del(&m->loop, &c->src);
	else if (c->src.fd >= 0)
		loop_mod(&m->loop, &c->src, events);
	else if (loop_add(&m->loop, &c->src, c->fd, events, client_event, c) < 0)
		mon_attach_drop(m, c);
}

int mon_attach_adopt(struct mon *m, int fd, uint32_t attach, bool waiter)
{
	struct mon_client *c = free_slot(m);
	int r = c ? fd_set_nonblock(fd, true) : -EMFILE;

	if (!r) {
		*c = (struct mon_client){.m = m, .fd = fd, .attach = attach, .serial = m->serial++, .src.fd = -1};
		c->waiter = waiter;
		r = loop_add(&m->loop, &c->src, fd, EPOLLIN, client_event, c);
	}
	if (r < 0) {
		fd_close(fd);
		if (c)
			c->fd = -1;
	}
	return r;
}

void mon_attach_drop(struct mon *m, struct mon_client *c)
{
	bool had_stdin = c->attach & MON_ATTACH_STDIN;

	if (c->fd < 0)
		return;
	loop_del(&m->loop, &c->src);
	fd_close(c->fd);
	c->fd = -1;
	c->attach = 0;
	c->waiter = c->parked = false;
	c->health = 0;
	mon_io_client_gone(m, c);
	/* `run -i` whose client died: its pipe ends, as a shell's would */
	if (had_stdin && !m->conf.terminal && !m->start.keep_stdin && !mon_io_input_full(m))
		mon_io_close_input(m);
}

/* Clients that have not taken the last output: given up when the user wants the container down. */
void mon_attach_drop_stuck(struct mon *m)
{
	for (int i = 0; i < MON_MAX_CLIENTS; i++)
		if (m->clients[i].pending)
			mon_attach_drop(m, &m->clients[i]);
}

void mon_attach_unpark(struct mon *m)
{
	for (int i = 0; i < MON_MAX_CLIENTS; i++) {
		struct mon_client *c = &m->clients[i];

		if (!c->parked)
			continue;
		c->parked = false;
		mon_attach_watch(m, c);
	}
}

static bool send_msg(struct mon_client *c, char type, const void *data, size_t n)
{
	char buf[1 + sizeof(struct err)];

	buf[0] = type;
	memcpy(buf + 1, data, n);
	return msg_send(c->fd, buf, n + 1, NULL, 0) == 0;
}

/* MON_EXIT is short; a client whose socket is full of output has room for it when it has read. It
 * was not pending (the chunk was taken), so at most a moment of waiting is possible. */
static void send_exit(struct mon_client *c, const struct mon_exit_msg *x)
{
	if (send_msg(c, MON_EXIT, x, sizeof(*x)))
		return;
	if (errno != EPIPE && !fd_set_nonblock(c->fd, false)) {
		struct timeval limit = {.tv_sec = 5};

		setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		send_msg(c, MON_EXIT, x, sizeof(*x));
	}
}

void mon_attach_exit(struct mon *m, bool restarting)
{
	struct mon_exit_msg x = {.code = m->exit_code, .oom = m->oom, .restarting = restarting};

	for (int i = 0; i < MON_MAX_CLIENTS; i++) {
		struct mon_client *c = &m->clients[i];

		if (c->fd < 0 || !c->waiter)
			continue;
		send_exit(c, &x);
		c->attach = 0;
		if (restarting)
			mon_attach_drop(m, c);
	}
}

void mon_attach_close(struct mon *m)
{
	for (int i = 0; i < MON_MAX_CLIENTS; i++)
		mon_attach_drop(m, &m->clients[i]);
	if (m->listen.fd >= 0) {
		int fd = m->listen.fd;

		loop_del(&m->loop, &m->listen);
		fd_close(fd);
	}
}

void mon_attach_healthy(struct mon *m, const struct mon_healthy *h)
{
	for (int i = 0; i < MON_MAX_CLIENTS; i++) {
		struct mon_client *c = &m->clients[i];

		if (c->fd < 0 || c->health != 2)
			continue;
		c->health = 0;
		if (!send_msg(c, MON_HEALTHY, h, sizeof(*h)))
			mon_attach_drop(m, c);
	}
}

/* ---- messages ---- */

static void answer(struct mon_client *c, int r, const struct err *e)
{
	struct err ok = ERR_INIT;

	if (!send_msg(c, MON_RESULT, r < 0 ? e : &ok, sizeof(ok)))
		mon_attach_drop(c->m, c);
}

static bool on_signal(struct mon_client *c, const char *data, size_t n)
{
	struct err e = ERR_INIT;
	struct mon_signal s;
	int r;

	if (n != sizeof(s))
		return false;
	memcpy(&s, data, sizeof(s));
	if (s.sig < 0 || s.sig > 64)
		return false;
	r = s.sig ? mon_control_signal(c->m, s.sig, s.all, &e) : 0;
	answer(c, r, &e);
	if (s.stop)
		mon_state_stop_by_user(c->m); /* last: it may end everything */
	return true;
}

static bool refuse(struct mon_client *c, const struct err *e)
{
	send_msg(c, MON_FAILED, e, sizeof(*e));
	return false;
}

/* What follows MON_ATTACH or MON_BEGIN: the client gets what the container writes. */
static bool become_stream(struct mon_client *c, const struct mon_attach *a)
{
	struct mon_started s = {.pid = (int32_t)c->m->job.c.pid, .terminal = c->m->conf.terminal};

	if (!send_msg(c, MON_STARTED, &s, sizeof(s)))
		return false;
	c->attach = a->attach & (MON_ATTACH_STDIN | MON_ATTACH_STDOUT | MON_ATTACH_STDERR);
	c->waiter = true;
	if (a->rows || a->cols)
		mon_io_resize(c->m, a->rows, a->cols);
	return true;
}

static bool on_attach(struct mon_client *c, bool begin, const char *data, size_t n)
{
	struct err e = ERR_INIT;
	struct mon_attach a;

	if (n != sizeof(a))
		return false;
	memcpy(&a, data, sizeof(a));
	if (begin && mon_state_begin(c->m, &e) < 0)
		return refuse(c, &e);
	if (c->m->phase == MP_RUNNING && !c->m->start.passthrough)
		return become_stream(c, &a);
	err_set(&e, EK_INVALID, c->m->start.passthrough ? "its log driver is passthrough: nothing to attach to" : "container is not running");
	return refuse(c, &e);
}

static bool on_resize(struct mon_client *c, const char *data, size_t n)
{
	struct mon_resize s;

	if (n != sizeof(s))
		return false;
	memcpy(&s, data, sizeof(s));
	mon_io_resize(c->m, s.rows, s.cols);
	return true;
}

static bool on_pause(struct mon_client *c, bool on)
{
	struct err e = ERR_INIT;

	answer(c, mon_control_pause(c->m, on, &e), &e);
	return true;
}

static bool same(const struct jval *a, const struct jval *b)
{
	auto_sbuf struct sbuf x = SBUF_INIT, y = SBUF_INIT;

	if (!a || !b)
		return !a && !b;
	jval_print(a, false, &x);
	jval_print(b, false, &y);
	return !strcmp(x.buf, y.buf);
}

/* Another check begins anew: what the one before found says nothing of it. */
static void change_health(struct mon *m, struct jval **now)
{
	if (same(m->conf.health, *now))
		return;
	mon_health_stop(m);
	SWAP(m->conf.health, *now);
	mon_health_start(m);
}

/* Rare enough to allocate for: `rename`, and what changes the policy or health check of a running container. */
static bool on_reload(struct mon_client *c)
{
	struct err e = ERR_INIT;
	struct mon_conf now = {0};
	bool renamed;
	int r = jmap_read_file(mon_conf_map, MON_FD_CTR, "monitor.json", 1 << 20, &now, &e);

	if (!r) {
		renamed = now.name && c->m->conf.name && strcmp(now.name, c->m->conf.name);
		SWAP(c->m->conf.name, now.name);
		SWAP(c->m->conf.restart, now.restart);
		c->m->conf.restart_max = now.restart_max;
		change_health(c->m, &now.health);
		if (renamed)
			mon_bridge_rename(c->m);
	}
	jmap_done(mon_conf_map, &now);
	answer(c, r, &e);
	return true;
}

static bool on_network(struct mon_client *c)
{
	struct err e = ERR_INIT;

	answer(c, mon_bridge_change(c->m, &e), &e);
	return true;
}

/* False: the connection ends. data is io.input + 1 for a client with stdin. */
static bool on_message(struct mon_client *c, char type, const char *data, size_t n)
{
	switch (type) {
	case MON_STDIN:
		if (!(c->attach & MON_ATTACH_STDIN))
			return false;
		if (n)
			mon_io_input(c->m, n);
		else
			mon_io_end_input(c->m);
		return true;
	case MON_ATTACH:
	case MON_BEGIN:
		return on_attach(c, type == MON_BEGIN, data, n);
	case MON_RESIZE:
		return on_resize(c, data, n);
	case MON_SIGNAL:
		return on_signal(c, data, n);
	case MON_WAIT:
		c->waiter = true;
		return n == 0;
	case MON_HEALTH:
		mon_health_ask(c->m, c);
		return n == 0;
	case MON_RELOAD:
		return on_reload(c) && n == 0;
	case MON_NETWORK:
		return on_network(c) && n == 0;
	case MON_PAUSE:
	case MON_RESUME:
		return on_pause(c, type == MON_PAUSE);
	default:
		return false;
	}
}

static void read_message(struct mon_client *c)
{
	struct mon *m = c->m;
	char small[64], *buf = c->attach & MON_ATTACH_STDIN ? m->io.input : small;
	size_t size = buf == small ? sizeof(small) : sizeof(m->io.input);
	ssize_t n;

	if (buf != small && mon_io_input_full(m)) {
		c->parked = true; /* until stdin has room */
		mon_attach_watch(m, c);
		return;
	}
	n = msg_recv(c->fd, buf, size, NULL, 0, NULL);
	if (n == -EAGAIN)
		return;
	if (n <= 0 || !on_message(c, buf[0], buf + 1, (size_t)n - 1))
		mon_attach_drop(m, c);
}

static void client_event(void *arg, uint32_t events)
{
	struct mon_client *c = arg;

	if (c->pending && (events & ~(uint32_t)EPOLLIN))
		mon_io_client_ready(c->m, c);
	if (c->fd >= 0 && !c->parked && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		read_message(c);
}

static void accept_event(void *arg, uint32_t events)
{
	struct mon *m = arg;
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t n = sizeof(peer);
	int fd = fd_accept(m->listen.fd);

	(void)events;
	if (fd < 0)
		return;
	/* in the shared user namespace the owner's uid reads 0, as ours does; others read otherwise */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || peer.uid != geteuid()) {
		fd_close(fd);
		return;
	}
	(void)!mon_attach_adopt(m, fd, 0, false);
}

int mon_attach_listen(struct mon *m, struct err *err)
{
	int fd = fd_unix_listen(MON_FD_CTR, "ctl.sock", SOCK_SEQPACKET), r;

	r = fd < 0 ? fd : fd_set_nonblock(fd, true);
	if (!r)
		r = loop_add(&m->loop, &m->listen, fd, EPOLLIN, accept_event, m);
	if (r < 0) {
		fd_close(fd);
		return err_neg(err, r, "listen on ctl.sock");
	}
	return 0;
}
