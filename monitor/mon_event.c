/* mon_event.c - the monitor's lines of the events log (eventlog.h). */
#include <string.h>

#include "common/units.h"
#include "monitor/eventlog.h"
#include "monitor/mon.h"

static void add(const struct mon *m, struct sbuf *lines, const char *status, int64_t time_ns)
{
	struct eventlog_event e = {.type = "container", .status = status, .id = m->id, .name = m->conf.name,
		.image = m->conf.image, .attributes = &m->conf.labels, .time_ns = time_ns};

	e.has_code = !strcmp(status, "died") || (!strcmp(status, "remove") && m->started_ns);
	e.code = m->exit_code;
	eventlog_add(lines, &e);
}

void mon_event_append(const struct mon *m, const struct sbuf *lines, bool bound)
{
	eventlog_append((enum eventlog_backend)m->start.events, MON_FD_STORE, lines, bound);
}

void mon_event_initialized(struct mon *m)
{
	auto_sbuf struct sbuf lines = SBUF_INIT;

	if (m->start.events == EVENTLOG_NONE)
		return;
	add(m, &lines, "init", 0);
	mon_event_append(m, &lines, false);
}

void mon_event_started(struct mon *m, bool initialized)
{
	auto_sbuf struct sbuf lines = SBUF_INIT;

	if (m->start.events == EVENTLOG_NONE)
		return;
	if (!initialized)
		add(m, &lines, "init", m->started_ns);
	add(m, &lines, "start", m->started_ns);
	if ((m->start.attach || m->start.passthrough) && !m->restarts)
		add(m, &lines, "attach", m->started_ns);
	mon_event_append(m, &lines, false);
}

void mon_event_ended(struct mon *m, bool restarting)
{
	auto_sbuf struct sbuf lines = SBUF_INIT;

	if (m->start.events == EVENTLOG_NONE || m->conf.remove || !m->started_mono)
		return;
	add(m, &lines, "died", m->ended_ns);
	if (!restarting)
		add(m, &lines, "cleanup", 0);
	mon_event_append(m, &lines, true);
}

void mon_event_image(const struct mon *m, const char *status, const struct svec *names)
{
	auto_sbuf struct sbuf lines = SBUF_INIT;

	if (m->start.events == EVENTLOG_NONE)
		return;
	SVEC_EACH(name, names)
		eventlog_add(&lines, &(struct eventlog_event){.type = "image", .status = status, .id = m->conf.rmi, .name = name});
	mon_event_append(m, &lines, true);
}

void mon_event_removed(struct mon *m)
{
	auto_sbuf struct sbuf lines = SBUF_INIT;

	if (m->start.events == EVENTLOG_NONE)
		return;
	if (m->started_mono)
		add(m, &lines, "died", m->ended_ns);
	add(m, &lines, "remove", 0);
	SVEC_EACH(name, &m->conf.anonymous_volumes)
		eventlog_add(&lines, &(struct eventlog_event){.type = "volume", .status = "remove", .name = name});
	mon_event_append(m, &lines, true);
}
