/*
 * events_read.c - reading the events log: the older file, then the present one, then what is added.
 *
 * A reader keeps the file it reads open. When the name belongs to another file it reads its own to
 * the end and goes on with the new one; the old one is looked at once more each time, because a
 * writer may have opened it just before it was renamed.
 */
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/units.h"
#include "common/userns.h"
#include "common/fs.h"
#include "podlite/engine/events.h"
#include "podlite/engine/journal_read.h"

#define CHUNK   32768
#define POLL_MS 1000 /* where inotify sees nothing */

struct events {
	bool by_journal;
	struct journal_reader journal;
	int store, old, fd, inotify;
	struct events_opts o;
	struct sbuf buf;
	size_t pos;
	bool late; /* until is past */
};

/* ---- filters ---- */

static bool named(const struct jval *e, const char *type, const char *value)
{
	const char *id = jval_get_str(e, "ID", "");

	return !strcmp(jval_get_str(e, "Type", ""), type) &&
		(!strcmp(jval_get_str(e, "Name", ""), value) || (*value && !strncmp(id, value, strlen(value))));
}

static bool is_label(const struct jval *e, const char *value)
{
	const char *eq = strchrnul(value, '=');
	auto_free char *key = xstrndup(value, (size_t)(eq - value));
	const char *have = jval_get_str(jval_get(e, "Attributes"), key, NULL);

	return have && (!*eq || !strcmp(have, eq + 1));
}

static bool is_status(const struct jval *e, const char *value)
{
	return !strcmp(jval_get_str(e, "Status", ""), !strcmp(value, "die") ? "died" : value);
}

static bool term_matches(const struct jval *e, const char *key, const char *value)
{
	if (!strcmp(key, "event") || !strcmp(key, "status"))
		return is_status(e, value);
	if (!strcmp(key, "type"))
		return !strcmp(jval_get_str(e, "Type", ""), value);
	if (!strcmp(key, "label"))
		return is_label(e, value);
	if (!strcmp(key, "network"))
		return !strcmp(jval_get_str(e, "Network", ""), value);
	return named(e, key, value); /* container, image, volume, pod */
}

static bool same_key(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return n == strcspn(b, "=") && !strncmp(a, b, n);
}

/* Some value of every key that is given. */
static bool matches(const struct events *ev, const struct jval *e)
{
	const struct svec *l = ev->o.filters;

	for (size_t i = 0; l && i < l->n; i++) {
		bool any = false;

		for (size_t k = 0; k < l->n && !any; k++) {
			auto_free char *key = xstrndup(l->v[k], strcspn(l->v[k], "="));

			any = same_key(l->v[i], l->v[k]) && term_matches(e, key, strchr(l->v[k], '=') + 1);
		}
		if (!any)
			return false;
	}
	return true;
}

static int check_filters(const struct svec *l, struct err *err)
{
	static const char *const keys[] = {"container", "event", "image", "label", "network", "pod", "status", "type", "volume"};

	for (size_t i = 0; l && i < l->n; i++) {
		auto_free char *key = xstrndup(l->v[i], strcspn(l->v[i], "="));
		size_t k = 0;

		while (k < ARRAY_SIZE(keys) && strcmp(keys[k], key))
			k++;
		if (k == ARRAY_SIZE(keys) || !strchr(l->v[i], '='))
			return err_set(err, EK_USAGE, "failed to parse event filters: %s is an invalid filter", key);
	}
	return 0;
}

/* ---- files ---- */

static int open_log(struct events *e, const char *name)
{
	int fd = fd_open(e->store, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	return fd < 0 ? -1 : fd;
}

/* Is the name another file's than the one we read? */
static bool moved_on(const struct events *e)
{
	struct stat mine, now;

	if (fstatat(e->store, EVENTLOG_NAME, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	return e->fd < 0 || (fstat(e->fd, &mine) == 0 && mine.st_ino != now.st_ino);
}

static bool read_some(struct events *e, int fd)
{
	ssize_t n;

	if (fd < 0)
		return false;
	sbuf_grow(&e->buf, CHUNK);
	n = fd_read_some(fd, e->buf.buf + e->buf.len, CHUNK);
	if (n <= 0)
		return false;
	sbuf_setlen(&e->buf, e->buf.len + (size_t)n);
	return true;
}

static bool fill(struct events *e)
{
	if (e->pos) {
		memmove(e->buf.buf, e->buf.buf + e->pos, e->buf.len - e->pos);
		sbuf_setlen(&e->buf, e->buf.len - e->pos);
		e->pos = 0;
	}
	for (;;) {
		bool moved = moved_on(e);

		if (read_some(e, e->old) || read_some(e, e->fd))
			return true;
		if (!moved)
			return false;
		if (e->fd >= 0) {
			fd_close(e->old);
			e->old = e->fd;
		}
		e->fd = open_log(e, EVENTLOG_NAME);
		if (e->fd < 0)
			return false;
	}
}

/* The line that the entry has as a field. */
static struct jval *next_entry(struct events *e)
{
	for (;;) {
		auto_jval struct jval *entry = journal_read_next(&e->journal);
		auto_sbuf struct sbuf line = SBUF_INIT;
		struct jval *v;

		if (!entry)
			return NULL;
		v = journal_read_field(entry, EVENTLOG_FIELD, &line) ? jval_parse(line.buf, line.len, 0, NULL) : NULL;
		if (v)
			return v;
	}
}

static struct jval *next_line(struct events *e)
{
	if (e->by_journal)
		return next_entry(e);
	for (;;) {
		char *start = e->buf.buf + e->pos;
		char *nl = memchr(start, '\n', e->buf.len - e->pos);
		struct jval *v;

		if (!nl) {
			if (fill(e))
				continue;
			return NULL;
		}
		e->pos += (size_t)(nl - start) + 1;
		v = jval_parse(start, (size_t)(nl - start), 0, NULL);
		if (v) /* else a line that a full disk cut */
			return v;
	}
}

static int open_journal(struct events *e, struct err *err)
{
	auto_free char *place = fs_fd_path(e->store);
	auto_svec struct svec match = SVEC_INIT;
	bool from_now = e->o.stream && !e->o.since_ns && !e->o.until_ns;
	const struct journal_query q = {.match = &match, .fields = EVENTLOG_FIELD, .last = from_now ? 0 : -1,
		.since_ns = e->o.since_ns, .follow = e->o.stream};

	svec_addf(&match, EVENTLOG_PLACE "=%s", place ? place : "");
	svec_addf(&match, "_UID=%u", (unsigned)userns_outer_uid());
	return journal_read_open(&e->journal, &q, err);
}

static void open_files(struct events *e)
{
	auto_free char *path = NULL;

	if (e->o.stream) {
		path = xasprintf("/proc/self/fd/%d", e->store);
		e->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (e->inotify >= 0)
			inotify_add_watch(e->inotify, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	}
	e->fd = open_log(e, EVENTLOG_NAME);
	if (!e->o.stream || e->o.since_ns || e->o.until_ns)
		e->old = open_log(e, EVENTLOG_OLD);
	else if (e->fd >= 0)
		lseek(e->fd, 0, SEEK_END);
}

struct events *events_open(struct context *c, const struct events_opts *o, struct err *err)
{
	struct events *e;

	if (check_filters(o->filters, err) < 0)
		return NULL;
	e = new0(struct events);
	*e = (struct events){.store = c->store.fd, .old = -1, .fd = -1, .inotify = -1, .o = *o, .buf = SBUF_INIT,
		.journal = JOURNAL_READER_INIT, .by_journal = events_backend(c) == EVENTLOG_JOURNAL};
	if (!e->by_journal) {
		open_files(e);
	} else if (open_journal(e, err) < 0) {
		events_free(e);
		return NULL;
	}
	return e;
}

struct jval *events_next(struct events *e)
{
	struct jval *v;

	while (!e->late && (v = next_line(e))) {
		int64_t t = jval_get_int(v, "timeNano", 0);

		e->late = e->o.until_ns && t > e->o.until_ns;
		if (!e->late && t >= e->o.since_ns && matches(e, v))
			return v;
		jval_free(v);
	}
	return NULL;
}

bool events_wait(struct events *e)
{
	int64_t left = e->o.until_ns ? (e->o.until_ns - units_now_ns()) / 1000000 : POLL_MS;
	struct pollfd p = {e->by_journal ? e->journal.fd : e->inotify, POLLIN, 0};
	char drop[4096];

	if (!e->o.stream || e->late || left < 0 || e->journal.ended)
		return false;
	poll(&p, 1, (int)MIN_OF(left + 1, POLL_MS));
	while (e->inotify >= 0 && fd_read_some(e->inotify, drop, sizeof(drop)) > 0)
		;
	return true;
}

void events_free(struct events *e)
{
	if (!e)
		return;
	fd_close(e->old);
	fd_close(e->fd);
	fd_close(e->inotify);
	journal_read_close(&e->journal);
	sbuf_done(&e->buf);
	free(e);
}
