#include "podlite/engine/events.h"

#include <string.h>

enum eventlog_backend events_backend(const struct context *c)
{
	if (!c->events_backend || !strcmp(c->events_backend, "file"))
		return EVENTLOG_FILE;
	return strcmp(c->events_backend, "none") ? EVENTLOG_JOURNAL : EVENTLOG_NONE;
}

bool events_wanted(const struct context *c)
{
	return events_backend(c) != EVENTLOG_NONE;
}

static void write_event(struct context *c, const struct eventlog_event *e, bool bound)
{
	auto_sbuf struct sbuf line = SBUF_INIT;

	if (!events_wanted(c) || c->runfd < 0)
		return;
	eventlog_add(&line, e);
	eventlog_append(events_backend(c), c->store.fd, &line, bound);
}

static struct eventlog_event of_container(const struct ctr_record *rec, const char *status)
{
	return (struct eventlog_event){.type = "container", .status = status, .id = rec->id, .name = rec->name,
		.image = rec->image_name, .attributes = &rec->labels};
}

void events_ctr(struct context *c, const struct ctr_record *rec, const char *status)
{
	struct eventlog_event e = of_container(rec, status);

	write_event(c, &e, !strcmp(status, "remove"));
}

void events_ctr_id(struct context *c, const char *id, const char *status)
{
	struct ctr ctr;

	if (!events_wanted(c) || ctr_load(c, id, &ctr, NULL) < 0)
		return;
	events_ctr(c, &ctr.rec, status);
	ctr_done(&ctr);
}

static void with_code(struct context *c, const struct ctr_record *rec, const char *status, int code)
{
	struct eventlog_event e = of_container(rec, status);

	e.has_code = true;
	e.code = code;
	write_event(c, &e, true);
}

void events_exec_died(struct context *c, const struct ctr_record *rec, int code)
{
	with_code(c, rec, "exec_died", code);
}

void events_lost(struct context *c, const struct ctr_record *rec, int code)
{
	with_code(c, rec, "died", code);
}

void events_image(struct context *c, const char *id, const char *name, const char *status)
{
	struct eventlog_event e = {.type = "image", .status = status, .id = id, .name = name};

	write_event(c, &e, true);
}

void events_volume(struct context *c, const char *name, const char *status)
{
	struct eventlog_event e = {.type = "volume", .status = status, .name = name};

	write_event(c, &e, true);
}

void events_network(struct context *c, const char *id, const char *network, const char *status)
{
	bool member = !strcmp(status, "connect") || !strcmp(status, "disconnect");
	auto_svec struct svec driver = SVEC_INIT;
	struct eventlog_event e = {.type = "network", .status = status, .id = id, .network = network,
		.attributes = member ? NULL : &driver};

	svec_add(&driver, "driver=bridge");
	write_event(c, &e, true);
}
