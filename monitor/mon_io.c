/*
 * mon_io.c - the container's output to the log and the clients, and input to it.
 *
 * One chunk is in flight: it is read, logged, and offered to every client; while one of them has
 * not taken it nothing more is read, so the container's write blocks (back-pressure) and nothing
 * here grows (threats.md V42). The kernel's pipe and socket buffers give the overlap.
 */
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/tty.h"
#include "monitor/mon.h"

static void output_event(struct mon *m, int i, uint32_t events);

static void stdout_event(void *arg, uint32_t events)
{
	output_event(arg, 0, events);
}

static void stderr_event(void *arg, uint32_t events)
{
	output_event(arg, 1, events);
}

/* ---- opening ---- */

static int open_pipe(struct mon *m, int i, int ret_child[3])
{
	int p[2], r = fd_pipe(p);

	if (r < 0)
		return r;
	if (i == 0) {
		ret_child[0] = p[0];
		m->io.in = p[1];
	} else {
		ret_child[i] = p[1];
		m->io.out[i - 1] = p[0];
	}
	return fd_set_nonblock(i == 0 ? p[1] : p[0], true);
}

static void reset(struct mon_io *io)
{
	io->in = io->slave = io->out[0] = io->out[1] = -1;
	io->src[0].fd = io->src[1].fd = io->src_in.fd = -1;
	io->budget[0] = io->budget[1] = -1;
	io->paused = false;
	io->in_last = 0;
	io->chunk_len = io->in_off = io->in_len = 0;
}

int mon_io_open(struct mon *m, int ret_child[3], struct err *err)
{
	int r = 0;

	reset(&m->io);
	if (m->start.passthrough) {
		for (int i = 0; i < 3; i++) {
			ret_child[i] = fd_dup(m->fds[i]);
			if (ret_child[i] < 0)
				return err_neg(err, ret_child[i], "standard streams");
		}
		return 0;
	}
	if (m->conf.terminal)
		return 0; /* the runtime makes the pty */
	for (int i = m->conf.stdin_open ? 0 : 1; i < 3 && !r; i++)
		r = open_pipe(m, i, ret_child);
	return r < 0 ? err_neg(err, r, "standard streams: pipe") : 0;
}

/* The other end is kept open so that a container that closes all its descriptors for a moment does
 * not look hung up; it is closed when PID 1 ends, and then EIO means the end. */
static int open_console(struct mon *m)
{
	struct mon_io *io = &m->io;

	io->out[0] = m->job.c.console;
	m->job.c.console = -1;
	io->in = fd_dup(io->out[0]);
	if (io->in < 0)
		return io->in;
	io->slave = ioctl(io->out[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return fd_set_nonblock(io->out[0], true);
}

static int watch_output(struct mon *m, int i)
{
	if (m->io.out[i] < 0)
		return 0;
	return loop_add(&m->loop, &m->io.src[i], m->io.out[i], EPOLLIN, i ? stderr_event : stdout_event, m);
}

int mon_io_start(struct mon *m, struct err *err)
{
	int r = m->job.c.console >= 0 ? open_console(m) : 0;

	for (int i = 0; i < 2 && !r; i++)
		r = watch_output(m, i);
	return r < 0 ? err_neg(err, r, "watch the container's output") : 0;
}

/* ---- output ---- */

static void pause_reading(struct mon *m)
{
	if (m->io.paused)
		return;
	m->io.paused = true;
	/* removed, not masked: a hang-up is always reported and would spin */
	loop_del(&m->loop, &m->io.src[0]);
	loop_del(&m->loop, &m->io.src[1]);
}

static void chunk_done(struct mon *m)
{
	for (int i = 0; i < MON_MAX_CLIENTS; i++)
		if (m->clients[i].pending)
			return;
	m->io.chunk_len = 0;
	m->io.chunks++;
	if (!m->io.paused)
		return;
	m->io.paused = false;
	for (int i = 0; i < 2; i++)
		if (watch_output(m, i) < 0) {
			fd_close(m->io.out[i]);
			m->io.out[i] = -1;
		}
	if (mon_io_drained(m))
		mon_state_event(m, ME_DRAINED);
}

/* True when c has the chunk or is gone. */
static bool send_chunk(struct mon *m, struct mon_client *c)
{
	int r = msg_send(c->fd, m->io.chunk, m->io.chunk_len + 1, NULL, 0);

	if (r == -EAGAIN || r == -ENOBUFS) {
		c->pending = true;
		mon_attach_watch(m, c);
		return false;
	}
	c->pending = false;
	if (r < 0)
		mon_attach_drop(m, c);
	return true;
}

static void offer_chunk(struct mon *m)
{
	uint32_t want = m->io.chunk_stderr ? MON_ATTACH_STDERR : MON_ATTACH_STDOUT;

	for (int i = 0; i < MON_MAX_CLIENTS; i++) {
		struct mon_client *c = &m->clients[i];

		if (c->fd >= 0 && (c->attach & want) && !send_chunk(m, c))
			pause_reading(m);
	}
	if (!m->io.paused)
		m->io.chunk_len = 0;
}

static void close_output(struct mon *m, int i)
{
	loop_del(&m->loop, &m->io.src[i]);
	fd_close(m->io.out[i]);
	m->io.out[i] = -1;
	if (mon_io_drained(m))
		mon_state_event(m, ME_DRAINED);
}

static void output_event(struct mon *m, int i, uint32_t events)
{
	struct mon_io *io = &m->io;
	size_t want = MON_MAX_DATA;
	ssize_t n;

	(void)events;
	if (io->budget[i] >= 0)
		want = MIN_OF(want, (size_t)io->budget[i]);
	n = want ? read(io->out[i], io->chunk + 1, want) : 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR) && io->budget[i] < 0)
		return;
	if (n <= 0) {
		close_output(m, i); /* end of file, EIO of a pty, or the cut */
		return;
	}
	if (io->budget[i] >= 0)
		io->budget[i] -= n;
	io->chunk[0] = i ? MON_STDERR : MON_STDOUT;
	io->chunk_stderr = i;
	io->chunk_len = (size_t)n;
	mon_log_write(&m->log, i, io->chunk + 1, (size_t)n);
	mon_log_flush(&m->log);
	offer_chunk(m);
}

void mon_io_client_ready(struct mon *m, struct mon_client *c)
{
	if (!send_chunk(m, c))
		return;
	mon_attach_watch(m, c);
	chunk_done(m);
}

void mon_io_client_gone(struct mon *m, struct mon_client *c)
{
	bool was = c->pending;

	c->pending = false;
	if (was)
		chunk_done(m);
}

bool mon_io_drained(const struct mon *m)
{
	return m->io.out[0] < 0 && m->io.out[1] < 0 && !m->io.chunk_len;
}

void mon_io_child_gone(struct mon *m)
{
	mon_io_close_input(m);
	fd_close(m->io.slave);
	m->io.slave = -1;
}

/* Another process still holds the pipe: what it has written by now is read, then no more. */
void mon_io_cut(struct mon *m)
{
	for (int i = 0; i < 2; i++) {
		int n = 0;

		if (m->io.out[i] < 0)
			continue;
		m->io.budget[i] = ioctl(m->io.out[i], FIONREAD, &n) < 0 ? 0 : n;
		if (!n && !m->io.paused)
			close_output(m, i);
	}
}

/* ---- input ---- */

static void drop_input(struct mon *m)
{
	struct mon_io *io = &m->io;

	loop_del(&m->loop, &io->src_in);
	io->in_off = io->in_len = 0;
}

void mon_io_close_input(struct mon *m)
{
	drop_input(m);
	fd_close(m->io.in);
	m->io.in = -1;
	mon_attach_unpark(m); /* what clients still send is read and thrown away */
}

static void input_event(void *arg, uint32_t events)
{
	struct mon *m = arg;
	struct mon_io *io = &m->io;
	ssize_t n;

	(void)events;
	n = write(io->in, io->input + 1 + io->in_off, io->in_len - io->in_off);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		mon_io_close_input(m); /* nobody reads any more */
		return;
	}
	io->in_off += (size_t)n;
	if (io->in_off < io->in_len)
		return;
	drop_input(m);
	mon_attach_unpark(m);
}

void mon_io_input(struct mon *m, size_t n)
{
	struct mon_io *io = &m->io;

	if (io->in < 0 || !n)
		return;
	io->in_off = 0;
	io->in_len = n;
	io->in_last = io->input[n];
	if (io->src_in.fd < 0 && loop_add(&m->loop, &io->src_in, io->in, EPOLLOUT, input_event, m) < 0)
		drop_input(m);
	else
		input_event(m, EPOLLOUT);
}

/* A terminal has no end of input but the character that stands for it. */
void mon_io_end_input(struct mon *m)
{
	struct mon_io *io = &m->io;
	struct termios t;
	size_t n = 0;

	if (!m->conf.terminal) {
		mon_io_close_input(m);
		return;
	}
	if (io->in < 0 || tcgetattr(io->in, &t) < 0 || t.c_cc[VEOF] == _POSIX_VDISABLE)
		return;
	if ((t.c_lflag & ICANON) && io->in_last && io->in_last != '\n')
		io->input[1 + n++] = (char)t.c_cc[VEOF];
	io->input[1 + n++] = (char)t.c_cc[VEOF];
	mon_io_input(m, n);
}

bool mon_io_input_full(const struct mon *m)
{
	return m->io.in_len > 0;
}

void mon_io_resize(struct mon *m, uint16_t rows, uint16_t cols)
{
	if (m->conf.terminal && m->io.out[0] >= 0)
		tty_set_size(m->io.out[0], rows, cols);
}

void mon_io_close(struct mon *m)
{
	struct mon_io *io = &m->io;

	for (int i = 0; i < 2; i++) {
		loop_del(&m->loop, &io->src[i]);
		fd_close(io->out[i]);
	}
	loop_del(&m->loop, &io->src_in);
	fd_close(io->in);
	fd_close(io->slave);
	reset(io);
}
