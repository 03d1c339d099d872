/*
 * eventlog.h - STORE/events.log: what happened to containers, images and volumes, one JSON object
 * a line in podman's keys; written by podlite and the monitors, read by `podlite events`.
 *
 * An append costs open, one O_APPEND write and close; nothing is synced, and failing is nobody's
 * error: events tell what happened, they are no record of state. With `bound` the size is looked at
 * too: past EVENTLOG_MAX the file becomes events.log.1, so that two files of that size are kept.
 * Whatever ends something (died, remove, exec_died) bounds, so the growth between is by what lives.
 */
#ifndef PODLITE_MONITOR_EVENTLOG_H
#define PODLITE_MONITOR_EVENTLOG_H

#include "common/sbuf.h"
#include "common/svec.h"

#define EVENTLOG_NAME "events.log"
#define EVENTLOG_OLD  "events.log.1"
#define EVENTLOG_MAX  (1 << 20)
#define EVENTLOG_LINE (32 << 10) /* attributes that would make a line longer are left out */

struct eventlog_event {
	const char *type, *status;     /* "container", "died" */
	const char *id, *name, *image; /* NULL: left out */
	const char *network;           /* of type "network": its name */
	const char *health, *health_log, *error;
	int64_t streak;                /* told with health_log */
	const struct svec *attributes; /* labels, KEY=VALUE; may be NULL */
	bool has_code;
	int code;
	int64_t time_ns;               /* 0: now */
};

/* --events-backend. In the journal a line is the field EVENTLOG_FIELD of an entry that has the
 * store's path as EVENTLOG_PLACE. */
enum eventlog_backend { EVENTLOG_FILE, EVENTLOG_NONE, EVENTLOG_JOURNAL };
#define EVENTLOG_FIELD "PODLITE_EVENT"
#define EVENTLOG_PLACE "PODLITE_ROOT"

void eventlog_add(struct sbuf *lines, const struct eventlog_event *e);
void eventlog_append(enum eventlog_backend backend, int store, const struct sbuf *lines, bool bound);

#endif
