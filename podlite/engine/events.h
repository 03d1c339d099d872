/*
 * events.h - the events log (monitor/eventlog.h) from the engine's side: one line for what a
 * command did, and reading it for `podlite events`.
 *
 * The monitor tells what happens while it lives (init, start, died, cleanup, remove of --rm,
 * health_status); commands tell the rest, after it has happened.
 */
#ifndef PODLITE_ENGINE_EVENTS_H
#define PODLITE_ENGINE_EVENTS_H

#include "common/jval.h"
#include "monitor/eventlog.h"
#include "podlite/engine/ctr_record.h"

bool events_wanted(const struct context *c); /* not --events-backend none */
enum eventlog_backend events_backend(const struct context *c);
void events_ctr(struct context *c, const struct ctr_record *rec, const char *status);
void events_ctr_id(struct context *c, const char *id, const char *status); /* reads its record */
void events_exec_died(struct context *c, const struct ctr_record *rec, int code);
void events_lost(struct context *c, const struct ctr_record *rec, int code); /* it died when nobody looked */
void events_image(struct context *c, const char *id, const char *name, const char *status);
void events_volume(struct context *c, const char *name, const char *status);
/* id: of the network for "create", "remove"; of the container for "connect", "disconnect". May be NULL. */
void events_network(struct context *c, const char *id, const char *network, const char *status);

/* ---- events_read.c ---- */
struct events_opts {
	int64_t since_ns, until_ns;  /* 0: none */
	bool stream;                 /* go on with what is written */
	const struct svec *filters;  /* KEY=VALUE; values of one key are alternatives */
};

struct events;
/* Streaming without since begins with what happens from now on, as podman. */
struct events *events_open(struct context *c, const struct events_opts *o, struct err *err) __must_check;
/* Next event as it was written, the caller's to free; NULL: nothing more now. */
struct jval *events_next(struct events *e) __must_check;
/* Wait for more: false when there will be none (no stream, or until is past). */
bool events_wait(struct events *e);
void events_free(struct events *e);

#endif
