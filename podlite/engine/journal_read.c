#include "podlite/engine/journal_read.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "common/units.h"

#define CHUNK 65536

static void arguments(const struct journal_query *q, struct svec *argv)
{
	static const char *const fixed[] = {"journalctl", "--quiet", "--no-pager", "--all", "--output=json"};

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		svec_add(argv, fixed[i]);
	svec_addf(argv, "--output-fields=%s", q->fields);
	if (q->since_ns)
		svec_addf(argv, "--since=@%lld.%06lld", (long long)(q->since_ns / 1000000000), (long long)(q->since_ns % 1000000000 / 1000));
	if (q->follow)
		svec_add(argv, "--follow");
	if (q->last >= 0)
		svec_addf(argv, "--lines=%lld", (long long)q->last);
	else
		svec_add(argv, "--lines=all");
	svec_add_all(argv, q->match);
}

int journal_read_open(struct journal_reader *r, const struct journal_query *q, struct err *err)
{
	auto_free char *path = proc_find_program("journalctl");
	auto_svec struct svec argv = SVEC_INIT;
	int fds[2];
	struct proc_fd out = {-1, 1};
	struct proc_spec spec = {.path = path, .fds = &out, .nfds = 1, .death_signal = SIGKILL};

	if (!path)
		return err_set(err, EK_UNSUPPORTED, "the journal is read by journalctl, which is not installed");
	arguments(q, &argv);
	spec.argv = svec_argv(&argv);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, "journal: pipe");
	out.from = fds[1];
	r->pid = proc_spawn(&spec, err);
	fd_close(fds[1]);
	r->fd = fds[0];
	if (r->pid < 0 || (q->follow && fd_set_nonblock(r->fd, true) < 0)) {
		journal_read_close(r);
		return -1;
	}
	return 0;
}

/* More output: false when there is none now, or never again. */
static bool fill(struct journal_reader *r)
{
	ssize_t n;

	if (r->pos) {
		memmove(r->buf.buf, r->buf.buf + r->pos, r->buf.len - r->pos);
		sbuf_setlen(&r->buf, r->buf.len - r->pos);
		r->pos = 0;
	}
	sbuf_grow(&r->buf, CHUNK);
	n = fd_read_some(r->fd, r->buf.buf + r->buf.len, CHUNK);
	if (n > 0)
		sbuf_setlen(&r->buf, r->buf.len + (size_t)n);
	else if (n != -EAGAIN)
		r->ended = true;
	return n > 0;
}

struct jval *journal_read_next(struct journal_reader *r)
{
	size_t scanned = 0;

	while (r->fd >= 0) {
		char *start = r->buf.buf ? r->buf.buf + r->pos : NULL;
		size_t have = r->buf.len - r->pos;
		char *nl = have > scanned ? memchr(start + scanned, '\n', have - scanned) : NULL;
		struct jval *v;

		scanned = have;
		if (!nl) {
			if (!fill(r))
				return NULL;
			continue;
		}
		r->pos += (size_t)(nl - start) + 1;
		scanned = 0;
		v = jval_parse(start, (size_t)(nl - start), 0, NULL);
		if (v)
			return v;
	}
	return NULL;
}

bool journal_read_field(const struct jval *entry, const char *name, struct sbuf *ret)
{
	const struct jval *v = jval_get(entry, name);

	if (jval_type(v) == JV_STRING)
		sbuf_addstr(ret, jval_str(v, ""));
	for (size_t i = 0; i < jval_len(v) && jval_type(v) == JV_ARRAY; i++)
		sbuf_addch(ret, (char)jval_int(jval_at(v, i), 0));
	return jval_type(v) == JV_STRING || jval_type(v) == JV_ARRAY;
}

int64_t journal_read_time(const struct jval *entry)
{
	uint64_t us = 0;

	return units_parse_u64(jval_get_str(entry, "__REALTIME_TIMESTAMP", ""), &us) ? (int64_t)us * 1000 : 0;
}

void journal_read_close(struct journal_reader *r)
{
	fd_close(r->fd);
	if (r->pid > 0) {
		kill(r->pid, SIGTERM);
		proc_wait(r->pid);
	}
	sbuf_done(&r->buf);
	*r = (struct journal_reader)JOURNAL_READER_INIT;
}
