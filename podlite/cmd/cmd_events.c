/* cmd_events.c - `podlite events`, also `system events`. */
#include "podlite/cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "common/id.h"
#include "common/units.h"
#include "podlite/engine/events.h"
#include "podlite/output.h"

struct events_args {
	int stream, no_trunc;
	char *since, *until, *format;
	struct svec filter;
};

static const char *const filter_words[] = {"container=", "event=attach", "event=cleanup", "event=connect", "event=create",
	"event=died", "event=disconnect", "event=exec", "event=exec_died", "event=health_status", "event=import", "event=init",
	"event=kill", "event=loadfromarchive", "event=pause", "event=pull", "event=push", "event=remove", "event=rename",
	"event=restart", "event=save", "event=start", "event=stop", "event=tag", "event=unpause", "event=untag", "event=update",
	"image=", "label=", "network=", "type=container", "type=image", "type=network", "type=volume", "volume=", NULL};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct events_args, m, a, h)
static const struct option_def rows[] = {
	{"filter", 'f', OPT_LIST, offsetof(struct events_args, filter), "FILTER",
		"Only events that match KEY=VALUE: container, event, image, label, network, type, volume", 0, NULL, NULL, filter_words},
	O("format", 0, OPT_STR, format, "TEMPLATE", "Print as json or by a Go template"),
	{"no-trunc", 0, OPT_TRI, offsetof(struct events_args, no_trunc), NULL, "Do not shorten ids", 0, "true", NULL, NULL},
	O("since", 0, OPT_STR, since, "TIME", "Events since a time or a duration ago (10m)"),
	{"stream", 0, OPT_TRI, offsetof(struct events_args, stream), NULL, "Go on with new events as they occur", 0, "true", NULL, NULL},
	O("until", 0, OPT_STR, until, "TIME", "Events until a time, or a duration ago"),
	OPT_ROWS_END,
};

static void add_details(const struct jval *e, struct sbuf *b)
{
	const char *health = jval_get_str(e, "health_status", NULL);
	const struct jval *labels = jval_get(e, "Attributes");

	sbuf_addf(b, " (image=%s, name=%s", jval_get_str(e, "Image", ""), jval_get_str(e, "Name", ""));
	if (health)
		sbuf_addf(b, ", health_status=%s", health);
	for (const struct jval_iter *it = jval_first(labels); it; it = jval_next(it))
		sbuf_addf(b, ", %s=%s", jval_key(it), jval_str(jval_value(it), ""));
	sbuf_addch(b, ')');
}

static void add_network(const struct jval *e, bool trunc, struct sbuf *b)
{
	const char *name = jval_get_str(e, "Network", ""), *driver = jval_get_str(jval_get(e, "Attributes"), "driver", NULL);

	if (driver)
		sbuf_addf(b, " (name=%s, type=%s)", name, driver);
	else
		sbuf_addf(b, " (container=%.*s, name=%s)", trunc ? ID_SHORT : ID_LEN, jval_get_str(e, "ID", ""), name);
}

static int print_human(const struct jval *e, bool trunc, struct err *err)
{
	const char *type = jval_get_str(e, "Type", ""), *id = jval_get_str(e, "ID", "");
	auto_sbuf struct sbuf b = SBUF_INIT;
	char when[64];

	units_print_time_go(jval_get_int(e, "timeNano", 0), when);
	sbuf_addf(&b, "%s %s %s", when, type, jval_get_str(e, "Status", ""));
	if (*id)
		sbuf_addf(&b, " %.*s", trunc ? ID_SHORT : ID_LEN, id);
	if (!strcmp(type, "container"))
		add_details(e, &b);
	else if (!strcmp(type, "network"))
		add_network(e, trunc, &b);
	else
		sbuf_addf(&b, " %s", jval_get_str(e, "Name", ""));
	sbuf_addch(&b, '\n');
	return output_safe(b.buf, err);
}

static int print_json(const struct jval *e, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	jval_print(e, false, &b);
	sbuf_addch(&b, '\n');
	return output_safe(b.buf, err);
}

/* What templates call the fields. */
static int print_template(const char *format, const struct jval *e, struct err *err)
{
	static const char *const texts[] = {"ID", "Image", "Name", "Status", "Type", "Error"};
	auto_jval struct jval *all = jval_new_array();
	struct jval *row = jval_new_object();
	struct output_list o = {.format = format, .noheading = true};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		jval_set_str(row, texts[i], jval_get_str(e, texts[i], ""));
	jval_set_int(row, "ContainerExitCode", jval_get_int(e, "ContainerExitCode", 0));
	jval_set_str(row, "HealthStatus", jval_get_str(e, "health_status", ""));
	jval_set_str(row, "Network", jval_get_str(e, "Network", ""));
	jval_set_str(row, "PodID", "");
	jval_set_int(row, "Time", jval_get_int(e, "time", 0));
	jval_set_int(row, "TimeNano", jval_get_int(e, "timeNano", 0));
	jval_set(row, "Attributes", jval_get(e, "Attributes") ? jval_copy(jval_get(e, "Attributes")) : jval_new_object());
	jval_add(all, row);
	return output_list(&o, all, all, err);
}

static int print_event(const struct events_args *a, const struct jval *e, struct err *err)
{
	if (!a->format || !*a->format)
		return print_human(e, a->no_trunc < 0, err);
	return strcmp(a->format, "json") ? print_template(a->format, e, err) : print_json(e, err);
}

static int follow(struct events *ev, const struct events_args *a, struct err *err)
{
	do {
		struct jval *e;

		while ((e = events_next(ev))) {
			int r = print_event(a, e, err);

			jval_free(e);
			if (r < 0)
				return -1;
		}
		if (output_flush(err) < 0)
			return -1;
	} while (events_wait(ev));
	return 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct events_args *a = opt;
	struct events_opts o = {.stream = a->stream >= 0, .filters = &a->filter};
	int64_t now = units_now_ns();
	struct events *ev;
	int r;

	(void)argc, (void)argv;
	if (a->since && !units_parse_time(a->since, now, &o.since_ns))
		return err_set(err, EK_USAGE, "invalid --since \"%s\": a time or a duration", a->since);
	if (a->until && !units_parse_time(a->until, now, &o.until_ns))
		return err_set(err, EK_USAGE, "invalid --until \"%s\": a time or a duration", a->until);
	if (!events_wanted(c))
		return err_set(err, EK_USAGE, "cannot read events with the \"none\" backend");
	ev = events_open(c, &o, err);
	r = ev ? follow(ev, a, err) : -1;
	events_free(ev);
	return r;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_events = {
	.name = "events",
	.args = "[options]",
	.summary = "Show what happened to containers, images, volumes and networks",
	.groups = groups,
	.opt_size = sizeof(struct events_args),
	.needs = CMD_STORE,
	.max_args = 0,
	.run = run,
};
