#include "podlite/engine/ctr_logs.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/units.h"
#include "common/userns.h"
#include "monitor/logfile.h"
#include "podlite/engine/journal_read.h"

#define CHUNK      65536
#define SILENCE_MS 2000 /* of a journal: then nothing more comes of a container that has ended */
#define LINE_MAX_ (4u << 20) /* our writer's lines are far shorter: more is not a log of ours */

struct ctr_logs {
	char *id, *name;
	char *base;      /* file name below dir */
	int dir, fd, inotify;
	bool json, until_passed;
	struct ctr_logs_opts opts;
	int64_t skip;    /* lines before the tail */
	int64_t counted; /* records that were there when its lines were counted: what comes later is shown */
	bool in_line[2], skipping[2]; /* of each stream: its last record was partial; its line is before the tail */
	struct sbuf buf; /* unread bytes from pos on */
	size_t pos;
	struct sbuf scratch;
	int silent;                   /* how often it was asked since the container ended */
	bool by_journal, complete;    /* complete: the entry that ends the log has come */
	struct journal_reader journal;
	bool live;                    /* the container, when the log was opened */
	int64_t run_ns;               /* its run ended, or if it lives began, then: what ended before is another's */
};

static char *rotated(const struct ctr_logs *l, unsigned n)
{
	return n ? xasprintf("%s.%u", l->base, n) : xstrdup(l->base);
}

static unsigned oldest(const struct ctr_logs *l)
{
	unsigned n = 0;

	for (;;) {
		auto_free char *next = rotated(l, n + 1);

		if (!fs_exists(l->dir, next))
			return n;
		n++;
	}
}

static int open_rotated(struct ctr_logs *l, unsigned n)
{
	auto_free char *name = rotated(l, n);

	return fd_open(l->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
}

/* The file after the one we have read to its end: -1 if ours is still the newest. */
static int next_file(struct ctr_logs *l)
{
	struct stat mine, st;
	unsigned last = oldest(l);

	if (fstat(l->fd, &mine) < 0)
		return -1;
	for (unsigned n = 0; n <= last; n++) {
		auto_free char *name = rotated(l, n);

		if (fstatat(l->dir, name, &st, 0) < 0 || st.st_ino != mine.st_ino)
			continue;
		return n ? open_rotated(l, n - 1) : -1;
	}
	/* ours was rotated away while we read it: go on with the oldest there is */
	return open_rotated(l, last);
}

static int fill(struct ctr_logs *l)
{
	ssize_t n;

	if (l->pos) {
		memmove(l->buf.buf, l->buf.buf + l->pos, l->buf.len - l->pos);
		sbuf_setlen(&l->buf, l->buf.len - l->pos);
		l->pos = 0;
	}
	if (l->buf.len > LINE_MAX_)
		return -EFBIG;
	for (;;) {
		int next;

		sbuf_grow(&l->buf, CHUNK);
		n = fd_read_some(l->fd, l->buf.buf + l->buf.len, CHUNK);
		if (n < 0)
			return (int)n;
		if (n > 0) {
			sbuf_setlen(&l->buf, l->buf.len + (size_t)n);
			return 1;
		}
		next = next_file(l);
		if (next < 0)
			return 0;
		/* what was written between our end of file and the rotation */
		n = fd_read_some(l->fd, l->buf.buf + l->buf.len, CHUNK);
		if (n > 0) {
			fd_close(next);
			sbuf_setlen(&l->buf, l->buf.len + (size_t)n);
			return 1;
		}
		fd_close(l->fd);
		l->fd = next;
	}
}

/* Next line without its newline: 1, 0 if there is no whole line yet. */
static int next_line(struct ctr_logs *l, const char **line, size_t *len)
{
	size_t scanned = 0;

	for (;;) {
		char *start = l->buf.buf + l->pos;
		size_t have = l->buf.len - l->pos;
		char *nl = memchr(start + scanned, '\n', have - scanned);
		int r;

		if (nl) {
			*line = start;
			*len = (size_t)(nl - start);
			l->pos += *len + 1;
			return 1;
		}
		scanned = have;
		r = fill(l);
		if (r <= 0)
			return r;
	}
}

/* ---- the journal (--log-driver journald) ---- */

static int open_journal(struct ctr_logs *l, bool follow, struct err *err)
{
	auto_svec struct svec match = SVEC_INIT;
	const struct journal_query q = {.match = &match, .fields = "MESSAGE,PRIORITY,CONTAINER_PARTIAL_MESSAGE," LOGFILE_JOURNAL_END,
		.last = -1, .since_ns = l->opts.since_ns, .follow = follow};

	svec_addf(&match, "CONTAINER_ID_FULL=%s", l->id);
	svec_addf(&match, "_UID=%u", (unsigned)userns_outer_uid());
	return journal_read_open(&l->journal, &q, err);
}

/* What the monitor wrote last may still be on its way: the entry that ends the log is waited for where
 * the container has ended, but not longer than for a monitor that was killed. */
static bool wait_for_end(struct ctr_logs *l)
{
	struct pollfd p = {l->journal.fd, POLLIN, 0};

	return !l->live && !l->opts.follow && !l->complete && !l->journal.ended && poll(&p, 1, SILENCE_MS) > 0;
}

/* 1: a record, 0: none now. */
static int next_entry(struct ctr_logs *l, struct logfile_record *ret)
{
	for (;;) {
		auto_jval struct jval *entry = l->complete ? NULL : journal_read_next(&l->journal);
		int64_t time = journal_read_time(entry);

		if (!entry && !wait_for_end(l))
			return 0;
		if (jval_get(entry, LOGFILE_JOURNAL_END) && time >= l->run_ns) {
			l->complete = true;
			kill(l->journal.pid, SIGTERM); /* wakes who polls */
		}
		sbuf_reset(&l->scratch);
		if (!entry || !journal_read_field(entry, "MESSAGE", &l->scratch))
			continue;
		*ret = (struct logfile_record){time, !strcmp(jval_get_str(entry, "PRIORITY", ""), "3"),
			jval_get(entry, "CONTAINER_PARTIAL_MESSAGE") != NULL, l->scratch.buf, l->scratch.len};
		return 1;
	}
}

/* ---- records ---- */

static int next_record(struct ctr_logs *l, struct logfile_record *ret)
{
	const char *line;
	size_t len;
	int r;

	if (l->by_journal)
		return next_entry(l, ret);
	while ((r = next_line(l, &line, &len)) > 0)
		if (logfile_parse(line, len, l->json, &l->scratch, ret)) /* else a line cut by a crash */
			return 1;
	return r;
}

/* Does this record begin a line? An unfinished one at the end is a line, too. */
static bool begins(struct ctr_logs *l, const struct logfile_record *rec)
{
	bool *in_line = &l->in_line[rec->is_stderr], begin = !*in_line;

	*in_line = rec->partial;
	return begin;
}

static bool before_tail(struct ctr_logs *l, const struct logfile_record *rec)
{
	bool *skipping = &l->skipping[rec->is_stderr];

	if (!l->counted)
		return false;
	l->counted--;
	if (begins(l, rec)) {
		*skipping = l->skip > 0;
		l->skip -= *skipping;
	}
	return *skipping;
}

int ctr_logs_next(struct ctr_logs *l, struct logfile_record *ret, struct err *err)
{
	int r;

	while ((r = next_record(l, ret)) > 0) {
		if (l->opts.since_ns && ret->time_ns < l->opts.since_ns)
			continue;
		if (l->opts.until_ns && ret->time_ns > l->opts.until_ns) {
			l->until_passed = true;
			return 0;
		}
		if (!before_tail(l, ret))
			return 1;
	}
	return r < 0 ? err_neg(err, r, "read the log of %s", l->name) : 0;
}

static int start_at_oldest(struct ctr_logs *l)
{
	l->fd = open_rotated(l, oldest(l));
	l->pos = 0;
	sbuf_reset(&l->buf);
	return l->fd;
}

/* Count first, then start again and skip: one more pass over at most the capped size. */
static int rewind_(struct ctr_logs *l, struct err *err)
{
	if (l->by_journal) {
		journal_read_close(&l->journal);
		l->complete = false;
		return open_journal(l, l->opts.follow || !l->live, err);
	}
	fd_close(l->fd);
	return start_at_oldest(l) < 0 ? err_sys(err, "read the log of %s", l->name) : 0;
}

static int seek_tail(struct ctr_logs *l, struct err *err)
{
	struct logfile_record rec;
	int64_t total = 0, records = 0;
	int r;

	if (l->opts.tail < 0)
		return 0;
	for (; (r = ctr_logs_next(l, &rec, err)) > 0; records++)
		total += begins(l, &rec);
	if (r < 0)
		return -1;
	if (rewind_(l, err) < 0)
		return -1;
	l->until_passed = l->in_line[0] = l->in_line[1] = false;
	l->counted = records;
	l->skip = total > l->opts.tail ? total - l->opts.tail : 0;
	return 0;
}

/* log_path may have been chosen by the user (--log-opt path=). */
static int open_place(struct ctr_logs *l, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = xstrndup(path, slash ? (size_t)(slash - path) : 0);

	l->base = xstrdup(slash ? slash + 1 : path);
	l->dir = fd_open(AT_FDCWD, *dir ? dir : "/", O_RDONLY | O_DIRECTORY, 0);
	if (l->dir < 0)
		return err_neg(err, l->dir, "open the log of %s", l->name);
	l->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (l->inotify >= 0)
		inotify_add_watch(l->inotify, *dir ? dir : "/", IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF);
	return 0;
}

static int open_files(struct ctr_logs *l, const char *path, struct err *err)
{
	if (open_place(l, path, err) < 0)
		return -1;
	/* a container that never started has no log yet: an empty one */
	if (start_at_oldest(l) == -ENOENT)
		l->fd = fd_open(AT_FDCWD, "/dev/null", O_RDONLY, 0);
	return l->fd < 0 ? err_neg(err, l->fd, "open the log of %s", l->name) : 0;
}

/* Records are counted for the tail without waiting for more. */
static int open_all(struct ctr_logs *l, const struct ctr *ctr, struct err *err)
{
	if (!l->by_journal)
		return open_files(l, ctr->rec.log_path, err);
	l->live = ctr_is_live(ctr) || !ctr->has_exit;
	l->run_ns = ctr_is_live(ctr) ? ctr->state.started_ns : ctr->exit.finished_ns;
	return open_journal(l, l->opts.tail < 0 && (l->opts.follow || !l->live), err);
}

struct ctr_logs *ctr_logs_open(struct context *c, const struct ctr *ctr, const struct ctr_logs_opts *o, struct err *err)
{
	const char *driver = ctr->rec.log_driver ? ctr->rec.log_driver : "k8s-file";
	bool journal = !strcmp(driver, "journald");
	struct ctr_logs *l;

	(void)c;
	if (!journal && ((strcmp(driver, "k8s-file") && strcmp(driver, "json-file")) || !ctr->rec.log_path)) {
		err_set(err, EK_UNSUPPORTED, "container %s has no log to read: its log driver is %s", ctr->rec.name, driver);
		return NULL;
	}
	l = new0(struct ctr_logs);
	*l = (struct ctr_logs){.id = xstrdup(ctr->rec.id), .name = xstrdup(ctr->rec.name), .dir = -1, .fd = -1,
		.inotify = -1, .json = !strcmp(driver, "json-file"), .opts = *o, .buf = SBUF_INIT, .scratch = SBUF_INIT,
		.by_journal = journal, .journal = JOURNAL_READER_INIT};
	if (open_all(l, ctr, err) < 0 || seek_tail(l, err) < 0) {
		ctr_logs_free(l);
		return NULL;
	}
	return l;
}

int ctr_logs_poll_fd(const struct ctr_logs *l)
{
	return l->by_journal ? l->journal.fd : l->inotify;
}

void ctr_logs_clear(struct ctr_logs *l)
{
	char events[4096];

	while (l->inotify >= 0 && fd_read_some(l->inotify, events, sizeof(events)) > 0)
		;
}

bool ctr_logs_ended(struct context *c, struct ctr_logs *l)
{
	struct err ignored = ERR_INIT;
	struct ctr ctr;
	bool live;

	if (l->until_passed || (l->opts.until_ns && units_now_ns() > l->opts.until_ns))
		return true;
	if (l->by_journal && (l->complete || l->journal.ended))
		return true;
	if (ctr_load(c, l->id, &ctr, &ignored) < 0)
		return true;
	live = ctr_is_live(&ctr);
	ctr_done(&ctr);
	if (!live && l->by_journal)
		return ++l->silent > SILENCE_MS / 1000; /* asked once a second: the last entry is on its way */
	return !live;
}

const char *ctr_logs_name(const struct ctr_logs *l)
{
	return l->name;
}

const char *ctr_logs_id(const struct ctr_logs *l)
{
	return l->id;
}

void ctr_logs_free(struct ctr_logs *l)
{
	if (!l)
		return;
	fd_close(l->dir);
	fd_close(l->fd);
	fd_close(l->inotify);
	journal_read_close(&l->journal);
	free(l->id);
	free(l->name);
	free(l->base);
	sbuf_done(&l->buf);
	sbuf_done(&l->scratch);
	free(l);
}
