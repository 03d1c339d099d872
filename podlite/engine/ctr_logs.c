#include "podlite/engine/ctr_logs.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/units.h"

#define CHUNK     65536
#define LINE_MAX_ (4u << 20) /* our writer's lines are far shorter: more is not a log of ours */

struct ctr_logs {
	char *id, *name;
	char *base;      /* file name below dir */
	int dir, fd, inotify;
	bool json, until_passed;
	struct ctr_logs_opts opts;
	int64_t skip;    /* records before the tail */
	struct sbuf buf; /* unread bytes from pos on */
	size_t pos;
	struct sbuf scratch;
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

int ctr_logs_next(struct ctr_logs *l, struct logfile_record *ret, struct err *err)
{
	const char *line;
	size_t len;
	int r;

	while ((r = next_line(l, &line, &len)) > 0) {
		if (!logfile_parse(line, len, l->json, &l->scratch, ret))
			continue; /* a line cut by a crash */
		if (l->opts.since_ns && ret->time_ns < l->opts.since_ns)
			continue;
		if (l->opts.until_ns && ret->time_ns > l->opts.until_ns) {
			l->until_passed = true;
			return 0;
		}
		if (l->skip > 0) {
			l->skip -= !ret->partial;
			continue;
		}
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
static int seek_tail(struct ctr_logs *l, struct err *err)
{
	struct logfile_record rec;
	int64_t total = 0;
	int r;

	if (l->opts.tail < 0)
		return 0;
	while ((r = ctr_logs_next(l, &rec, err)) > 0)
		total += !rec.partial;
	if (r < 0)
		return -1;
	fd_close(l->fd);
	if (start_at_oldest(l) < 0)
		return err_sys(err, "read the log of %s", l->name);
	l->until_passed = false;
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

struct ctr_logs *ctr_logs_open(struct context *c, const struct ctr *ctr, const struct ctr_logs_opts *o, struct err *err)
{
	const char *driver = ctr->rec.log_driver ? ctr->rec.log_driver : "k8s-file";
	struct ctr_logs *l;

	(void)c;
	if ((strcmp(driver, "k8s-file") && strcmp(driver, "json-file")) || !ctr->rec.log_path) {
		err_set(err, EK_UNSUPPORTED, "container %s has no log to read: its log driver is %s", ctr->rec.name, driver);
		return NULL;
	}
	l = new0(struct ctr_logs);
	*l = (struct ctr_logs){.id = xstrdup(ctr->rec.id), .name = xstrdup(ctr->rec.name), .dir = -1, .fd = -1,
		.inotify = -1, .json = !strcmp(driver, "json-file"), .opts = *o, .buf = SBUF_INIT, .scratch = SBUF_INIT};
	if (open_place(l, ctr->rec.log_path, err) < 0) {
		ctr_logs_free(l);
		return NULL;
	}
	/* a container that never started has no log yet: an empty one */
	if (start_at_oldest(l) == -ENOENT)
		l->fd = fd_open(AT_FDCWD, "/dev/null", O_RDONLY, 0);
	if (l->fd < 0 || seek_tail(l, err) < 0) {
		if (l->fd < 0)
			err_neg(err, l->fd, "open the log of %s", l->name);
		ctr_logs_free(l);
		return NULL;
	}
	return l;
}

int ctr_logs_poll_fd(const struct ctr_logs *l)
{
	return l->inotify;
}

void ctr_logs_clear(struct ctr_logs *l)
{
	char events[4096];

	while (l->inotify >= 0 && fd_read_some(l->inotify, events, sizeof(events)) > 0)
		;
}

bool ctr_logs_ended(struct context *c, const struct ctr_logs *l)
{
	struct err ignored = ERR_INIT;
	struct ctr ctr;
	bool live;

	if (l->until_passed || (l->opts.until_ns && units_now_ns() > l->opts.until_ns))
		return true;
	if (ctr_load(c, l->id, &ctr, &ignored) < 0)
		return true;
	live = ctr_is_live(&ctr);
	ctr_done(&ctr);
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
	free(l->id);
	free(l->name);
	free(l->base);
	sbuf_done(&l->buf);
	sbuf_done(&l->scratch);
	free(l);
}
