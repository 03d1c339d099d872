#include "monitor/mon_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/journal.h"
#include "common/units.h"

static int open_file(struct mon_log *l, int extra)
{
	int fd = fd_open(l->dir, l->name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | extra, 0600);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		fd_close(fd);
		return -EINVAL; /* a FIFO or device in its place would stall us */
	}
	if ((st.st_mode & 07777) != 0600)
		fchmod(fd, 0600);
	l->size = st.st_size;
	return fd;
}

int mon_log_open(struct mon_log *l, const char *driver, const char *path, int64_t max_size, int64_t max_files,
	struct err *err)
{
	const char *base = path ? strrchr(path, '/') : NULL;
	auto_free char *dir = base ? xstrndup(path, (size_t)(base - path)) : NULL;

	l->fd = l->dir = l->journal = -1;
	if (!strcmp(driver, "none") || !strcmp(driver, "passthrough"))
		return 0;
	l->json = !strcmp(driver, "json-file");
	if (!l->json && strcmp(driver, "k8s-file"))
		return err_set(err, EK_UNSUPPORTED, "log driver \"%s\": k8s-file, json-file, none or passthrough", driver);
	if (!dir || strlen(base + 1) + 16 > sizeof(l->name) || !base[1])
		return err_set(err, EK_INVALID, "log path \"%s\" is not an absolute file name", path ? path : "");
	snprintf(l->name, sizeof(l->name), "%s", base + 1);
	l->max_size = max_size;
	l->max_files = MAX_OF(max_files, 1);
	l->dir = fd_open(AT_FDCWD, *dir ? dir : "/", O_RDONLY | O_DIRECTORY, 0);
	l->fd = l->dir < 0 ? l->dir : open_file(l, 0);
	if (l->fd < 0)
		return err_neg(err, l->fd, "open log %s", path);
	return 0;
}

int mon_log_journal(struct mon_log *l, const char *id, const char *name, const char *tag, struct err *err)
{
	l->fd = l->dir = -1;
	l->journal = journal_connect();
	if (l->journal < 0)
		return err_neg(err, l->journal, "log driver journald: reach the journal");
	l->entry = (struct sbuf)SBUF_INIT;
	journal_add_text(&l->entry, "CONTAINER_ID_FULL", id);
	journal_add(&l->entry, "CONTAINER_ID", id, 12);
	journal_add_text(&l->entry, "CONTAINER_NAME", name);
	journal_add_text(&l->entry, "CONTAINER_TAG", tag);
	journal_add_text(&l->entry, "SYSLOG_IDENTIFIER", tag ? tag : name);
	l->prefix = l->entry.len;
	return 0;
}

static void send_entry(struct mon_log *l)
{
	l->dropped += journal_send(l->journal, &l->entry) < 0;
	sbuf_setlen(&l->entry, l->prefix);
}

static void add_entry(struct mon_log *l, bool is_stderr, bool partial, const char *text, size_t n)
{
	journal_add_text(&l->entry, "PRIORITY", is_stderr ? "3" : "6");
	if (partial)
		journal_add_text(&l->entry, "CONTAINER_PARTIAL_MESSAGE", "true");
	journal_add(&l->entry, "MESSAGE", text, n);
	send_entry(l);
}

static void close_journal(struct mon_log *l)
{
	if (l->journal < 0)
		return;
	journal_add_text(&l->entry, LOGFILE_JOURNAL_END, "1");
	send_entry(l);
	fd_closep(&l->journal);
	sbuf_done(&l->entry);
}

static void numbered(const struct mon_log *l, int64_t i, char *ret, size_t size)
{
	if (i)
		snprintf(ret, size, "%s.%lld", l->name, (long long)i);
	else
		snprintf(ret, size, "%s", l->name);
}

/* name.N-2 -> name.N-1 ... name -> name.1; the oldest is overwritten by the rename. */
static void rotate(struct mon_log *l)
{
	char from[288], to[288];
	int fd;

	for (int64_t i = l->max_files - 1; i > 0; i--) {
		numbered(l, i - 1, from, sizeof(from));
		numbered(l, i, to, sizeof(to));
		renameat(l->dir, from, l->dir, to);
	}
	if (l->max_files == 1)
		unlinkat(l->dir, l->name, 0);
	fd = open_file(l, O_EXCL);
	if (fd >= 0) {
		fd_close(l->fd);
		l->fd = fd;
	} else if (!ftruncate(l->fd, 0)) {
		l->size = 0; /* no new file could be made: the limit holds all the same */
	}
}

/* Whole records only: what did not fit on the disk is cut off again. */
static void write_batch(struct mon_log *l)
{
	size_t done = 0;

	while (done < l->len) {
		ssize_t w = write(l->fd, l->batch + done, l->len - done);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			break;
		done += (size_t)w;
	}
	if (done < l->len) {
		const char *nl = memrchr(l->batch, '\n', done);
		size_t keep = nl ? (size_t)(nl - l->batch) + 1 : 0;

		if (ftruncate(l->fd, l->size + (int64_t)keep) == 0)
			done = keep;
		l->dropped++;
	}
	l->size += (int64_t)done;
	l->len = 0;
}

void mon_log_flush(struct mon_log *l)
{
	if (l->fd >= 0 && l->len)
		write_batch(l);
}

static void add_record(struct mon_log *l, const char *stamp, bool is_stderr, bool partial, const char *text, size_t n)
{
	size_t len;

	if (l->journal >= 0) {
		add_entry(l, is_stderr, partial, text, n);
		return;
	}
	if (MON_LOG_BATCH - l->len < LOGFILE_ROOM(l->json, n))
		mon_log_flush(l);
	len = logfile_format_at(l->batch + l->len, l->json, stamp, is_stderr, partial, text, n);
	if (l->max_size && l->size + (int64_t)(l->len + len) > l->max_size && (l->size || l->len)) {
		size_t at = l->len;

		mon_log_flush(l);
		rotate(l);
		memmove(l->batch, l->batch + at, len);
	}
	l->len += len;
}

/* A partial record of json must not end inside a UTF-8 sequence: the rest comes with the next. */
static size_t hold_tail(struct mon_log *l, bool is_stderr, const char *text, size_t n)
{
	size_t cut = l->json ? logfile_utf8_tail(text, n) : 0;

	memcpy(l->tail[is_stderr], text + n - cut, cut);
	l->tail_len[is_stderr] = (uint8_t)cut;
	return n - cut;
}

static void add_line(struct mon_log *l, const char *stamp, bool is_stderr, bool partial, const char *text, size_t n)
{
	while (n > MON_LOG_PIECE) {
		size_t cut = l->json ? logfile_utf8_tail(text, MON_LOG_PIECE) : 0;

		add_record(l, stamp, is_stderr, true, text, MON_LOG_PIECE - cut);
		text += MON_LOG_PIECE - cut;
		n -= MON_LOG_PIECE - cut;
	}
	if (partial)
		n = hold_tail(l, is_stderr, text, n);
	if (n || !partial)
		add_record(l, stamp, is_stderr, partial, text, n);
}

/* The first text after a cut sequence: joined in a small buffer. Returns the bytes consumed. */
static size_t add_after_tail(struct mon_log *l, const char *stamp, bool is_stderr, const char *data, size_t n)
{
	char joined[8];
	size_t have = l->tail_len[is_stderr], take = 0;

	memcpy(joined, l->tail[is_stderr], have);
	/* bytes that go on with the sequence; it may still be unfinished */
	while (take < n && have < 4 && ((unsigned char)data[take] & 0xc0) == 0x80)
		joined[have++] = data[take++];
	l->tail_len[is_stderr] = 0;
	if (take == n) {
		size_t keep = hold_tail(l, is_stderr, joined, have);

		if (keep)
			add_record(l, stamp, is_stderr, true, joined, keep);
		return n;
	}
	add_record(l, stamp, is_stderr, true, joined, have);
	return take;
}

void mon_log_write(struct mon_log *l, bool is_stderr, const char *data, size_t n)
{
	char stamp[LOGFILE_STAMP_LEN + 1];
	const char *end = data + n;

	if (l->fd < 0 && l->journal < 0)
		return;
	logfile_stamp(units_now_ns(), stamp);
	if (l->tail_len[is_stderr] && n)
		data += add_after_tail(l, stamp, is_stderr, data, n);
	while (data < end) {
		const char *nl = memchr(data, '\n', (size_t)(end - data));

		add_line(l, stamp, is_stderr, !nl, data, (size_t)((nl ? nl : end) - data));
		data = nl ? nl + 1 : end;
	}
}

void mon_log_close(struct mon_log *l)
{
	char stamp[LOGFILE_STAMP_LEN + 1];

	logfile_stamp(units_now_ns(), stamp);
	for (int i = 0; i < 2 && l->fd >= 0; i++) {
		if (l->tail_len[i])
			add_record(l, stamp, i, true, l->tail[i], l->tail_len[i]);
		l->tail_len[i] = 0;
	}
	mon_log_flush(l);
	fd_close(l->fd);
	fd_close(l->dir);
	l->fd = l->dir = -1;
	close_journal(l);
}
