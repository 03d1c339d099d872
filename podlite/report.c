#include "podlite/report.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/jval.h"
#include "podlite/called.h"

#define WAIT_MS 1000 /* for a reader who is behind */

int report_open(struct context *c, struct err *err)
{
	if (!c->status_fd)
		return 0;
	if (c->status_fd < 0 || c->status_fd > INT32_MAX || fcntl((int)c->status_fd, F_GETFD) < 0)
		return err_set(err, EK_USAGE, "--status-fd %lld: no such descriptor is open; open it as in 5>FILE", (long long)c->status_fd);
	/* the one given stays as it is: a program that executes itself anew (rt_seal.h) finds it again */
	c->status = fd_dup((int)c->status_fd);
	return c->status < 0 ? err_neg(err, c->status, "--status-fd %lld", (long long)c->status_fd) : 0;
}

int report_check_preserved(const struct context *c, uint64_t preserve, struct err *err)
{
	if (c->status_fd <= 0 || c->status_fd > 63 || !(preserve >> c->status_fd & 1))
		return 0;
	return err_set(err, EK_USAGE, "--status-fd %lld is among the descriptors to preserve, and the container would get it; use another one",
		(long long)c->status_fd);
}

/* ---- events ---- */

static struct jval *event(const char *name)
{
	struct jval *v = jval_new_object();

	jval_set_int(v, "version", REPORT_VERSION);
	jval_set_str(v, "event", name);
	return v;
}

static void line_of(const struct jval *v, struct sbuf *ret)
{
	jval_print(v, false, ret);
	sbuf_addch(ret, '\n');
}

/* Of a pipe half is enough for progress: the lines that matter find room. Else POLLOUT says all there is to know. */
static bool has_room(int fd, size_t len)
{
	int size = fcntl(fd, F_GETPIPE_SZ), used;

	return size <= 0 || ioctl(fd, FIONREAD, &used) < 0 || (size_t)used + len <= (size_t)size / 2;
}

/* Nobody is told when this fails: who would read it has gone. A reader who does not read costs one
 * wait in all, and of `progress` none. A pipe that is writable takes PIPE_BUF bytes without blocking. */
static void send_event(struct context *c, const struct jval *v, bool progress)
{
	auto_sbuf struct sbuf line = SBUF_INIT;
	struct pollfd p = {.fd = c->status, .events = POLLOUT};
	int r;

	line_of(v, &line);
	r = poll(&p, 1, progress || c->status_stuck ? 0 : WAIT_MS);
	if (r == 0 && !progress)
		c->status_stuck = true;
	if (r == 1 && (p.revents & POLLOUT) && (!progress || has_room(c->status, line.len)))
		(void)!fd_write_all(c->status, line.buf, line.len);
}

void report_but_last(struct context *c, struct err *last, const struct err *one)
{
	if (last->kind != EK_OK)
		report_error(c, last);
	*last = *one;
}

void report_container(struct context *c, const char *id)
{
	auto_jval struct jval *v = c->status < 0 ? NULL : event("container");

	if (!v)
		return;
	jval_set_str(v, "id", id);
	send_event(c, v, false);
}

void report_started(struct context *c, const char *id, int64_t pid)
{
	auto_jval struct jval *v = c->status < 0 ? NULL : event("started");

	if (!v)
		return;
	jval_set_str(v, "id", id);
	jval_set_int(v, "pid", pid);
	send_event(c, v, false);
}

void report_image(struct context *c, const char *id, const char *name)
{
	auto_jval struct jval *v = c->status < 0 ? NULL : event("image");

	if (!v)
		return;
	jval_set_str(v, "id", id);
	jval_set_str(v, "name", name);
	send_event(c, v, false);
}

void report_progress(struct context *c, const char *operation, const char *name, const struct request_progress *p)
{
	auto_jval struct jval *v = c->status < 0 ? NULL : event("progress");

	if (!v)
		return;
	jval_set_str(v, "operation", operation);
	jval_set_str(v, "name", name);
	jval_set(v, "blob", p->blob ? jval_new_str(p->blob) : jval_new_null());
	jval_set_str(v, "stage", p->stage);
	jval_set(v, "bytes", jval_new_uint(p->bytes));
	jval_set(v, "total", jval_new_uint(p->total));
	send_event(c, v, true);
}

void report_exit(struct context *c, int status)
{
	auto_jval struct jval *v = c->status < 0 ? NULL : event("exit");

	if (!v)
		return;
	jval_set_int(v, "code", status);
	jval_set_str(v, "source", c->status_is_containers ? "container" : "podlite");
	send_event(c, v, false);
}

/* ---- errors ---- */

/* The parts of an error (err.h) as members of v. */
static void add_error(struct jval *v, const struct err *err)
{
	size_t end = err->fix ? (size_t)err->fix - 2 : strlen(err->msg);
	size_t cause = MIN_OF((size_t)err->cause, end);

	jval_set_str(v, "code", err_kind_name(err->kind));
	jval_set(v, "message", jval_new_strn(err->msg, end));
	jval_set(v, "cause", jval_new_strn(err->msg + cause, end - cause));
	jval_set(v, "fix", err->fix ? jval_new_str(err->msg + err->fix) : jval_new_null());
	jval_set(v, "errno", err->sys && strerrorname_np(err->sys) ? jval_new_str(strerrorname_np(err->sys)) : jval_new_null());
}

static void print_text(const struct context *c, const struct err *err, struct sbuf *ret)
{
	sbuf_addstr(ret, called_prefix(c->argv[0]));
	sbuf_addsafe(ret, err->msg, strlen(err->msg));
	sbuf_addch(ret, '\n');
}

static void print_json(const struct err *err, struct sbuf *ret)
{
	auto_jval struct jval *v = jval_new_object();

	jval_set_int(v, "version", REPORT_VERSION);
	add_error(v, err);
	line_of(v, ret);
}

/* Who reads standard output may have seen enough ("| head"): then there is nothing to say, as with other tools. */
static bool reader_left(const struct err *err)
{
	struct pollfd p = {.fd = STDOUT_FILENO};

	return err->sys == EPIPE && poll(&p, 1, 0) == 1 && p.revents & (POLLERR | POLLHUP);
}

void report_error(struct context *c, const struct err *err)
{
	bool json = c->error_format && !strcmp(c->error_format, "json");
	auto_sbuf struct sbuf b = SBUF_INIT;

	if (reader_left(err))
		return;
	fflush(stdout); /* what was said before comes before */
	if (json)
		print_json(err, &b);
	else
		print_text(c, err, &b);
	fwrite(b.buf, 1, b.len, stderr);
	if (c->status >= 0) {
		auto_jval struct jval *v = event("error");

		add_error(v, err);
		send_event(c, v, false);
	}
}
