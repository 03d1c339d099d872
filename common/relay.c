#include "common/relay.h"

#include <ctype.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "common/svec.h"
#include "common/tty.h"

#define RELAY_BUF 65536

struct buffer {
	char data[RELAY_BUF];
	size_t start, end;
	bool eof;
	size_t keys_seen; /* detach keys typed so far */
};

int relay_parse_keys(const char *text, char out[16], struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;
	size_t n = 0;

	memset(out, 0, 16);
	if (!*text)
		return 0;
	svec_add_split(&parts, text, ',');
	for (size_t i = 0; i < parts.n; i++) {
		const char *k = parts.v[i];
		bool ctrl = !strncmp(k, "ctrl-", 5);
		char c = ctrl ? (char)toupper((unsigned char)k[5]) : k[0];

		if (n == 15 || strlen(k) != (ctrl ? 6 : 1) || (ctrl && !strchr("@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_", c)))
			return err_set(err, EK_USAGE, "invalid detach keys \"%s\": such as ctrl-p,ctrl-q", text);
		out[n++] = ctrl ? c & 0x1f : c;
	}
	return 0;
}

/* Take the detach sequence out of what was typed; a false start is passed on. True: detach. */
static bool scan_keys(struct buffer *b, const char *keys, size_t from)
{
	size_t len = strlen(keys);

	for (size_t i = from; i < b->end; i++) {
		if (b->data[i] == keys[b->keys_seen]) {
			memmove(b->data + i, b->data + i + 1, b->end - i - 1);
			b->end--;
			i--;
			if (++b->keys_seen == len)
				return true;
			continue;
		}
		if (b->keys_seen && b->end + b->keys_seen <= RELAY_BUF) {
			memmove(b->data + i + b->keys_seen, b->data + i, b->end - i);
			memcpy(b->data + i, keys, b->keys_seen);
			b->end += b->keys_seen;
			i += b->keys_seen - 1;
			b->keys_seen = 0;
		}
	}
	return false;
}

static void end_way(struct relay_way *w)
{
	if (w->close_to)
		fd_close(w->to);
	w->from = w->to = -1;
}

/* Read what there is; true when the detach keys were typed. */
static bool pull(struct relay_way *w, struct buffer *b)
{
	size_t old;
	ssize_t n;

	if (b->start) {
		memmove(b->data, b->data + b->start, b->end - b->start);
		b->end -= b->start;
		b->start = 0;
	}
	old = b->end;
	/* room for a false start of detach keys to be put back */
	n = fd_read_some(w->from, b->data + b->end, RELAY_BUF - b->end - 16);
	if (n == -EAGAIN)
		return false;
	if (n <= 0) { /* EIO: a pty whose other side is closed */
		b->eof = true;
		return false;
	}
	b->end += (size_t)n;
	return w->detach_keys && *w->detach_keys && scan_keys(b, w->detach_keys, old);
}

static void push(struct relay_way *w, struct buffer *b)
{
	ssize_t n = write(w->to, b->data + b->start, b->end - b->start);

	if (n > 0)
		b->start += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		end_way(w); /* nobody reads: the process gets SIGPIPE from its own pipe */
	if (b->start == b->end)
		b->start = b->end = 0;
}

static void resize(const struct relay *r)
{
	uint16_t rows, cols;

	/* one that says 0 x 0 does not know: the size the console was made with stays */
	if (r->console >= 0 && tty_size(r->size_from, &rows, &cols) == 0 && rows)
		tty_set_size(r->console, rows, cols);
}

static void take_signals(const struct relay *r, int sigfd)
{
	struct signalfd_siginfo si;

	while (read(sigfd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGWINCH && r->console >= 0)
			resize(r);
		else if (si.ssi_signo != SIGPIPE && si.ssi_signo != SIGURG && r->forward_signals)
			proc_signal(r->pidfd, (int)si.ssi_signo);
	}
}

/* SIGTSTP stops the client itself, as its shell wants. */
static void signals_of(bool forward, sigset_t *ret)
{
	sigemptyset(ret);
	if (forward)
		proc_client_signals(ret);
	sigdelset(ret, SIGTSTP);
	sigaddset(ret, SIGWINCH);
	sigaddset(ret, SIGPIPE);
}

void relay_hold_signals(sigset_t *ret_before)
{
	sigset_t set;

	signals_of(true, &set);
	sigprocmask(SIG_BLOCK, &set, ret_before);
}

static int block_signals(bool forward, sigset_t *old)
{
	sigset_t set;

	signals_of(forward, &set);
	sigprocmask(SIG_BLOCK, &set, old);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Anything still to be copied out? stdin does not count. */
static bool busy(const struct relay *r, const struct buffer *b)
{
	for (int i = 0; i < RELAY_WAYS; i++)
		if (r->ways[i].from >= 0 && !r->ways[i].is_stdin && (!b[i].eof || b[i].start < b[i].end))
			return true;
	return false;
}

/* Read but not written out yet? */
static bool pending(const struct relay *r, const struct buffer *b)
{
	for (int i = 0; i < RELAY_WAYS; i++)
		if (r->ways[i].to >= 0 && !r->ways[i].is_stdin && b[i].start < b[i].end)
			return true;
	return false;
}

struct polled {
	struct pollfd p[2 + 2 * RELAY_WAYS];
};

static void watch(const struct relay *r, const struct buffer *b, int sigfd, bool exited, struct polled *s)
{
	s->p[0] = (struct pollfd){sigfd, POLLIN, 0};
	s->p[1] = (struct pollfd){exited ? -1 : r->pidfd, POLLIN, 0};
	for (int i = 0; i < RELAY_WAYS; i++) {
		const struct relay_way *w = &r->ways[i];
		bool room = b[i].end - b[i].start < RELAY_BUF / 2;

		s->p[2 + 2 * i] = (struct pollfd){b[i].eof || !room ? -1 : w->from, POLLIN, 0};
		s->p[3 + 2 * i] = (struct pollfd){b[i].start < b[i].end ? w->to : -1, POLLOUT, 0};
	}
}

/* One round on all ways. 1: detach keys. */
static int serve(struct relay *r, struct buffer *b, const struct polled *s)
{
	for (int i = 0; i < RELAY_WAYS; i++) {
		struct relay_way *w = &r->ways[i];

		if (s->p[2 + 2 * i].revents && w->from >= 0 && pull(w, &b[i]))
			return 1;
		if (w->to >= 0 && b[i].start < b[i].end && (s->p[3 + 2 * i].revents || s->p[2 + 2 * i].revents))
			push(w, &b[i]);
		if (w->from >= 0 && b[i].eof && b[i].start == b[i].end)
			end_way(w);
	}
	return 0;
}

static int loop(struct relay *r, struct buffer *b, int sigfd, enum relay_end *ret_end)
{
	bool exited = false;

	for (;;) {
		struct polled s;
		int n;

		watch(r, b, sigfd, exited, &s);
		/* After the end a child of the process may hold its output open for ever: what the
		 * process itself wrote is in the pipe by now, so an idle moment means done. */
		n = poll(s.p, ARRAY_SIZE(s.p), exited && !pending(r, b) ? 0 : -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0 && exited && !pending(r, b))
			return 0;
		if (s.p[0].revents)
			take_signals(r, sigfd);
		if (s.p[1].revents)
			exited = true;
		if (serve(r, b, &s)) {
			*ret_end = RELAY_DETACHED;
			return 0;
		}
		if (exited && !busy(r, b))
			return 0;
	}
}

int relay_run(struct relay *r, enum relay_end *ret_end, struct err *err)
{
	auto_free struct buffer *b = xcalloc(RELAY_WAYS, sizeof(*b));
	auto_fd int sigfd = -1;
	sigset_t old;
	int e;

	*ret_end = RELAY_EXITED;
	sigfd = block_signals(r->forward_signals, &old);
	if (sigfd < 0)
		return err_sys(err, "watch for signals");
	for (int i = 0; i < RELAY_WAYS; i++)
		if (r->ways[i].from >= 0 && !r->ways[i].is_stdin)
			fd_set_nonblock(r->ways[i].from, true);
	resize(r);
	e = loop(r, b, sigfd, ret_end);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return e < 0 ? err_neg(err, e, "copy output") : 0;
}
