/*
 * monitor_stream.c - the client loop of a foreground container.
 *
 * Nothing is dropped and nothing grows: one message of output is held until our stdout takes it,
 * one piece of input until the monitor takes it. Signals and resizes travel on a connection of
 * their own, because input that the container does not read would hold them up.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/msg.h"
#include "common/proc.h"
#include "common/relay.h"
#include "common/tty.h"
#include "podlite/engine/monitor_client.h"

/* A blocking descriptor that poll calls writable takes this much without blocking. */
#define SAFE_WRITE 4096

struct target {
	int fd;
	bool owned;    /* reopened non-blocking */
	bool is_socket, whole; /* whole: a file, any size at once */
};

struct stream {
	const struct monitor_stream *s;
	int sigfd, ctl;
	struct tty tty;
	struct target out[2];
	char *buf;             /* output: type, data */
	size_t off, len;       /* of the data still to write; len 0: none */
	int which;
	char *in;              /* input: type, data */
	size_t in_len;         /* with the type byte; 0: none */
	bool stdin_open, eof_due;
	char keys[16];
	size_t nkeys, matched;
	bool detached, exited;
	struct mon_exit_msg exit;
	int die;               /* signal to end by */
	bool pipe_closed;
};

void monitor_stream_hold_signals(void)
{
	sigset_t set;

	proc_client_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void monitor_stream_release_signals(void)
{
	sigset_t set;

	proc_client_signals(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- output ---- */

/* A pipe is opened anew so that O_NONBLOCK stays ours; a regular file must not be (its offset). */
static struct target open_target(int fd)
{
	struct target t = {.fd = fd};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return t;
	t.is_socket = S_ISSOCK(st.st_mode);
	t.whole = S_ISREG(st.st_mode);
	if (S_ISFIFO(st.st_mode)) {
		char path[] = "/proc/self/fd/0";
		int again;

		path[sizeof(path) - 2] = (char)('0' + fd);
		again = fd_open(AT_FDCWD, path, O_WRONLY | O_NONBLOCK, 0);
		if (again >= 0)
			t = (struct target){.fd = again, .owned = true, .whole = true};
	}
	return t;
}

static int write_output(struct stream *x, struct err *err)
{
	struct target *t = &x->out[x->which];
	size_t n = t->whole || t->is_socket ? x->len : MIN_OF(x->len, SAFE_WRITE);
	ssize_t w;

	w = t->is_socket ? send(t->fd, x->buf + x->off, n, MSG_DONTWAIT | MSG_NOSIGNAL) : write(t->fd, x->buf + x->off, n);
	if (w < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (w < 0 && errno == EPIPE) {
		x->pipe_closed = true;
		return 0;
	}
	if (w < 0)
		return err_sys(err, "write the container's output");
	x->off += (size_t)w;
	x->len -= (size_t)w;
	return 0;
}

static int receive(struct stream *x, struct err *err)
{
	ssize_t n = msg_recv(x->s->sock, x->buf, 1 + MON_MAX_DATA, NULL, 0, NULL);

	if (n == -EAGAIN)
		return 0;
	if (n <= 0)
		return err_set(err, EK_SYSTEM, "the container's monitor was killed, and the container with it");
	if (x->buf[0] == MON_STDOUT || x->buf[0] == MON_STDERR) {
		x->which = x->buf[0] == MON_STDERR;
		x->off = 1;
		x->len = (size_t)n - 1;
		return x->len ? write_output(x, err) : 0;
	}
	if (x->buf[0] == MON_EXIT && n == 1 + (ssize_t)sizeof(x->exit)) {
		memcpy(&x->exit, x->buf + 1, sizeof(x->exit));
		x->exited = true;
	}
	return 0;
}

/* ---- input ---- */

/* How much of data to send before the detach keys; they themselves are held back while they may
 * still become the whole sequence. */
static size_t filter_keys(struct stream *x, char *data, size_t n)
{
	size_t out = 0;
	char copy[MON_MAX_DATA];

	if (!x->nkeys)
		return n;
	for (size_t i = 0; i < n && !x->detached; i++) {
		if (data[i] == x->keys[x->matched]) {
			x->detached = ++x->matched == x->nkeys;
			continue;
		}
		memcpy(copy + out, x->keys, x->matched); /* it was not the sequence: deliver it */
		out += x->matched;
		x->matched = data[i] == x->keys[0];
		if (!x->matched)
			copy[out++] = data[i];
	}
	memcpy(data, copy, out);
	return out;
}

static void send_input(struct stream *x)
{
	int r = msg_send(x->s->sock, x->in, x->in_len, NULL, 0);

	if (r != -EAGAIN)
		x->in_len = 0; /* sent, or nobody is there any more: receive will say */
	if (!x->in_len && x->eof_due) {
		x->eof_due = false;
		x->in[0] = MON_STDIN;
		x->in_len = 1;
		send_input(x);
	}
}

static void read_input(struct stream *x)
{
	/* room for keys that were held back and are delivered with this piece */
	ssize_t n = fd_read_some(0, x->in + 1, MON_MAX_DATA / 2);

	if (n == -EAGAIN)
		return;
	x->in[0] = MON_STDIN;
	if (n <= 0) {
		x->stdin_open = false;
		x->in_len = 1;
	} else {
		x->in_len = 1 + filter_keys(x, x->in + 1, (size_t)n);
		if (x->in_len == 1)
			x->in_len = 0; /* an empty message would mean the end */
	}
	if (x->in_len)
		send_input(x);
}

/* ---- signals ---- */

static void control(struct stream *x, enum mon_msg type, const void *data, size_t n)
{
	char waste[1 + sizeof(struct err)];

	if (x->ctl < 0)
		x->ctl = monitor_client_connect(x->s->dir, NULL);
	if (x->ctl < 0)
		return;
	if (monitor_client_send(x->ctl, type, data, n, NULL) < 0) {
		fd_closep(&x->ctl);
		return;
	}
	while (recv(x->ctl, waste, sizeof(waste), MSG_DONTWAIT) > 0)
		;
}

static void resize(struct stream *x)
{
	struct mon_resize r = {0, 0};

	if (tty_size(0, &r.rows, &r.cols) == 0 || tty_size(1, &r.rows, &r.cols) == 0)
		control(x, MON_RESIZE, &r, sizeof(r));
}

static int go_raw(struct stream *x)
{
	if (!x->s->terminal || !(x->s->attach & MON_ATTACH_STDIN) || !isatty(0))
		return 0;
	return tty_raw(0, &x->tty);
}

static void on_signal(struct stream *x)
{
	struct signalfd_siginfo si;
	struct mon_signal s = {0, 0, 0};

	if (read(x->sigfd, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return;
	s.sig = (int32_t)si.ssi_signo;
	if (s.sig == SIGWINCH && x->s->terminal) {
		resize(x);
	} else if (x->s->sig_proxy && !x->s->terminal) {
		if (s.sig != SIGURG && s.sig != SIGPIPE)
			control(x, MON_SIGNAL, &s, sizeof(s));
	} else if (s.sig == SIGTSTP) {
		tty_restore(&x->tty);
		kill(getpid(), SIGSTOP);
		(void)!go_raw(x);
	} else if (s.sig != SIGURG && s.sig != SIGPIPE && s.sig != SIGWINCH && s.sig != SIGCONT) {
		x->die = s.sig;
	}
}

/* ---- the loop ---- */

static int step(struct stream *x, struct err *err)
{
	struct pollfd p[4] = {
		{x->s->sock, (short)((x->len ? 0 : POLLIN) | (x->in_len ? POLLOUT : 0)), 0},
		{x->sigfd, POLLIN, 0},
		{x->len ? x->out[x->which].fd : -1, POLLOUT, 0},
		{x->stdin_open && !x->in_len ? 0 : -1, POLLIN, 0},
	};

	if (!p[0].events)
		p[0].fd = -1; /* a hang-up would spin; it is seen when the output is written */
	if (poll(p, 4, -1) < 0)
		return errno == EINTR ? 0 : err_sys(err, "wait for the container");
	if (p[1].revents)
		on_signal(x);
	if (p[2].revents && write_output(x, err) < 0)
		return -1;
	if (x->in_len && (p[0].revents & (POLLOUT | POLLHUP)))
		send_input(x);
	if (!x->len && (p[0].revents & (POLLIN | POLLHUP)) && receive(x, err) < 0)
		return -1;
	if (p[3].revents && !x->in_len)
		read_input(x);
	return 0;
}

static int set_up(struct stream *x, struct err *err)
{
	sigset_t set;
	int r;

	monitor_stream_hold_signals();
	proc_client_signals(&set);
	sigdelset(&set, SIGPIPE); /* stays pending: write says EPIPE */
	x->sigfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (x->sigfd < 0)
		return err_sys(err, "attach: signalfd");
	if (x->s->detach_keys && *x->s->detach_keys) {
		if (relay_parse_keys(x->s->detach_keys, x->keys, err) < 0)
			return -1;
		x->nkeys = strlen(x->keys);
	}
	r = fd_set_nonblock(x->s->sock, true);
	if (!r)
		r = go_raw(x);
	if (r < 0)
		return err_neg(err, r, "attach: terminal");
	x->out[0] = open_target(1);
	x->out[1] = open_target(2);
	x->stdin_open = x->s->attach & MON_ATTACH_STDIN;
	return 0;
}

static void take_down(struct stream *x)
{
	tty_restore(&x->tty);
	for (int i = 0; i < 2; i++)
		if (x->out[i].owned)
			fd_close(x->out[i].fd);
	fd_close(x->sigfd);
	fd_close(x->ctl);
	free(x->buf);
	free(x->in);
}

/* As if we had never caught it: the shell sees the signal. */
static void die_by(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int monitor_stream_run(const struct monitor_stream *s, int *ret_code, enum monitor_stream_end *ret_end, struct err *err)
{
	struct stream x = {.s = s, .sigfd = -1, .ctl = -1, .tty = TTY_INIT, .buf = xmalloc(1 + MON_MAX_DATA),
		.in = xmalloc(1 + MON_MAX_DATA)};
	int r = set_up(&x, err);

	while (!r && !x.exited && !x.detached && !x.pipe_closed && !x.die)
		r = step(&x, err);
	if (x.exited)
		monitor_client_linger(s->sock);
	take_down(&x);
	if (x.die)
		die_by(x.die);
	monitor_stream_release_signals();
	if (r < 0)
		return -1;
	*ret_end = x.detached ? MONITOR_STREAM_DETACHED : MONITOR_STREAM_EXITED;
	*ret_code = x.exited ? x.exit.code : x.pipe_closed ? 128 + SIGPIPE : 0;
	return 0;
}
