/* cmd_system_check.c - `podlite system check`: is the store what it was? */
#include "podlite/cmd/system.h"

#include <string.h>

#include "common/units.h"
#include "podlite/engine/store_check.h"
#include "podlite/output.h"

#define DEFAULT_MAX "24h"

struct check_opts {
	bool quick, deep, repair, force;
	int tls_verify;
	char *max; /* duration */
	char *format;
};

static const struct option_def rows[] = {
	OPT_ROW("deep", 0, OPT_BOOL, struct check_opts, deep, NULL, "Read the content of every file too"),
	OPT_ROW("force", 'f', OPT_BOOL, struct check_opts, force, NULL,
		"With --repair: remove images that cannot be mended, with their containers"),
	OPT_ROW("format", 0, OPT_STR, struct check_opts, format, "TEMPLATE",
		"Print as json, or each problem by a Go template"),
	{.name = "max", .letter = 'm', .type = OPT_STR, .offset = offsetof(struct check_opts, max), .arg = "DURATION",
		.help = "Layers and blobs that nothing uses are a problem once they are older", .dflt = DEFAULT_MAX},
	OPT_ROW("quick", 'q', OPT_BOOL, struct check_opts, quick, NULL, "Look only at names, sizes, modes and times"),
	OPT_ROW("repair", 'r', OPT_BOOL, struct check_opts, repair, NULL, "Mend what was found"),
	OPT_ROW("tls-verify", 0, OPT_TRI, struct check_opts, tls_verify, NULL,
		"With --repair: demand HTTPS of registries; =false allows plain HTTP"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int print_problem(const struct store_problem *p, struct err *err)
{
	auto_sbuf struct sbuf line = SBUF_INIT;

	sbuf_addf(&line, "%s %s", p->kind, p->id);
	if (p->path)
		sbuf_addf(&line, " %s", p->path);
	sbuf_addf(&line, ": %s [%s]\n", p->message, p->code);
	return output_safe(line.buf, err);
}

/* done: what was mended, and what could not be. */
static int print(const struct check_opts *o, const struct store_report *r, const struct svec *done, struct err *err)
{
	auto_jval struct jval *v = store_report_json(r);
	const struct output_list list = {.format = o->format};

	jval_set(v, "done", jval_new_strings(done));
	if (o->format && !strcmp(o->format, "json"))
		return output_value(o->format, v, false, err);
	if (o->format)
		return output_list(&list, jval_get(v, "problems"), jval_get(v, "problems"), err);
	SVEC_EACH(line, done)
		if (output_line(err, "%s", line) < 0)
			return -1;
	for (size_t i = 0; i < r->n; i++)
		if (print_problem(&r->v[i], err) < 0)
			return -1;
	return r->n ? output_line(err, "%zu problem%s found", r->n,
		r->n == 1 ? "" : "s") : 0;
}

/* Then look again: only what is found no more is mended. */
static int repair(struct context *c, const struct check_opts *o, const struct store_check_opts *how, struct store_report *report,
	struct svec *done, struct err *err)
{
	const struct store_repair_opts with = {.force = o->force, .tls_verify = o->tls_verify};

	if (store_repair(c, report, &with, done, err) < 0)
		return err_wrap(err, "system check: repair");
	store_report_done(report);
	return store_check(c, how, report, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct check_opts *o = opt;
	struct store_check_opts how = {
		.depth = o->quick ? INVENTORY_STAT : o->deep ? INVENTORY_DATA : INVENTORY_META,
	};
	auto_svec struct svec done = SVEC_INIT;
	struct store_report report;
	int r;

	(void)argc, (void)argv;
	if (o->quick && o->deep)
		return err_set(err, EK_USAGE, "system check: --quick and --deep exclude each other");
	if (!units_parse_duration(o->max ? o->max : DEFAULT_MAX, &how.max_age_ns) || how.max_age_ns < 0)
		return err_set(err, EK_USAGE, "system check: --max \"%s\" is not a duration such as 24h", o->max);
	if (o->force && !o->repair)
		return err_set(err, EK_USAGE, "system check: --force goes with --repair");
	if (store_check(c, &how, &report, err) < 0 ||
		(o->repair && report.n && repair(c, o, &how, &report, &done, err) < 0))
		return -1;
	r = print(o, &report, &done, err);
	if (!r && report.n)
		r = 1;
	store_report_done(&report);
	return r;
}

const struct command cmd_system_check = {
	.name = "check",
	.args = "[options]",
	.summary = "Look for damage in the store, and mend it",
	.groups = groups,
	.opt_size = sizeof(struct check_opts),
	.needs = CMD_STORE,
	.run = run,
};
