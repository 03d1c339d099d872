#include "monitor/eventlog.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/journal.h"
#include "common/jval.h"
#include "common/lock.h"
#include "common/units.h"

static void set_text(struct jval *o, const char *key, const char *value)
{
	if (value)
		jval_set_str(o, key, value);
}

/* Labels come from images and command lines: as many as a line takes. */
static struct jval *attributes(const struct svec *list)
{
	struct jval *o = NULL;
	size_t room = EVENTLOG_LINE;

	for (size_t i = 0; list && i < list->n; i++) {
		const char *s = list->v[i], *eq = strchrnul(s, '=');
		auto_free char *key = xstrndup(s, (size_t)(eq - s));
		size_t n = 6 * strlen(s) + 8; /* every byte escaped */

		if (n > room)
			continue;
		room -= n;
		if (!o)
			o = jval_new_object();
		jval_set_str(o, key, *eq ? eq + 1 : "");
	}
	return o;
}

void eventlog_add(struct sbuf *lines, const struct eventlog_event *e)
{
	int64_t now = e->time_ns ? e->time_ns : units_now_ns();
	auto_jval struct jval *o = jval_new_object();

	if (e->has_code)
		jval_set_int(o, "ContainerExitCode", e->code);
	set_text(o, "ID", e->id);
	set_text(o, "Image", e->image);
	set_text(o, "Name", e->name);
	set_text(o, "Network", e->network);
	set_text(o, "Status", e->status);
	jval_set_int(o, "time", now / 1000000000);
	jval_set_int(o, "timeNano", now);
	set_text(o, "Type", e->type);
	set_text(o, "health_status", e->health);
	set_text(o, "health_log", e->health_log);
	if (e->streak)
		jval_set_int(o, "health_failing_streak", e->streak);
	set_text(o, "Error", e->error);
	jval_set(o, "Attributes", attributes(e->attributes));
	jval_print(o, false, lines);
	sbuf_addch(lines, '\n');
}

/* Two that find the file too long at once: the lock is on the file itself, and who comes second
 * sees that the name belongs to another by now. */
static void rotate(int store, int fd, const struct stat *mine)
{
	struct stat now;

	if (lock_try(fd, LOCK_EXCLUSIVE_) < 0)
		return;
	if (fstatat(store, EVENTLOG_NAME, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == mine->st_ino)
		(void)!renameat(store, EVENTLOG_NAME, store, EVENTLOG_OLD);
}

static void to_journal(int store, const struct sbuf *lines)
{
	auto_free char *place = fs_fd_path(store);
	auto_fd int sock = journal_connect();
	auto_sbuf struct sbuf entry = SBUF_INIT;

	for (const char *line = lines->buf, *nl; sock >= 0 && (nl = strchr(line, '\n')); line = nl + 1) {
		sbuf_reset(&entry);
		journal_add_text(&entry, "SYSLOG_IDENTIFIER", "podlite");
		journal_add_text(&entry, "PRIORITY", "6");
		journal_add_text(&entry, EVENTLOG_PLACE, place);
		journal_add(&entry, EVENTLOG_FIELD, line, (size_t)(nl - line));
		journal_add(&entry, "MESSAGE", line, (size_t)(nl - line));
		(void)!journal_send(sock, &entry);
	}
}

static void to_file(int store, const struct sbuf *lines, bool bound)
{
	auto_fd int fd = fd_open(store, EVENTLOG_NAME, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return;
	(void)!write(fd, lines->buf, lines->len);
	if (bound && fstat(fd, &st) == 0 && st.st_size > EVENTLOG_MAX)
		rotate(store, fd, &st);
}

void eventlog_append(enum eventlog_backend backend, int store, const struct sbuf *lines, bool bound)
{
	if (backend == EVENTLOG_JOURNAL)
		to_journal(store, lines);
	else if (backend == EVENTLOG_FILE)
		to_file(store, lines, bound);
}
