/* cmd_doctor.c - `podlite doctor`: what this host lacks, and the command that mends it. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/doctor.h"
#include "podlite/output.h"

struct opts {
	bool all;
	char *format;
};

static const struct option_def rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct opts, all, NULL, "Show what is in order too"),
	OPT_ROW("format", 0, OPT_STR, struct opts, format, "string",
		"Print as JSON, or each item by a Go template"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int print_item(const struct doctor_item *it, struct err *err)
{
	static const char *const marks[] = {"ok  ", "warn", "FAIL"};

	if (output_line(err, "%s %s %s: %s", marks[it->status], it->code, it->name,
		    it->what ? it->what : "") < 0)
		return -1;
	if (it->status != DOCTOR_OK && output_line(err, "     why:  %s", it->why) < 0)
		return -1;
	if (!it->fix)
		return 0;
	return output_line(err, "     %s %s", it->status == DOCTOR_OK ? "more:" : "mend:", it->fix);
}

static int print_report(const struct doctor_report *r, bool all, struct err *err)
{
	for (size_t i = 0; i < r->n; i++)
		if ((all || r->v[i].status != DOCTOR_OK) && print_item(&r->v[i], err) < 0)
			return -1;
	return output_line(err, "%s: %zu checks, %zu failed, %zu warning%s",
		r->failures ? "podlite cannot run here" : "podlite can run here", r->n, r->failures,
		r->warnings, r->warnings == 1 ? "" : "s");
}

static int print(const struct doctor_report *r, const struct opts *o, struct err *err)
{
	static const struct output_column columns[] = {{"CODE", "code"}, {"NAME", "name"},
		{"STATUS", "status"}, {"WHAT", "what"}, {NULL, NULL}};
	const struct output_list list = {.columns = columns, .format = o->format};
	auto_jval struct jval *json = NULL;

	if (!o->format)
		return print_report(r, o->all, err);
	json = doctor_json(r);
	return output_list(&list, json, json, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct opts *o = opt;
	struct doctor_report report;
	struct doctor_host host;
	int r;

	(void)argc, (void)argv;
	/* a run directory that is refused is a finding (PL040); nothing here uses it */
	if (context_paths(c, err) < 0 && c->root && !c->runroot) {
		err_clear(err);
		c->runroot = xstrdup(c->root);
	}
	if (context_paths(c, err) < 0)
		return -1;
	if (doctor_host_init(&host, c->root, c->libexec, c->bindir, err) < 0)
		return -1;
	doctor_probe_host(&host);
	doctor_run(&host, &report);
	r = print(&report, o, err);
	if (!r && report.failures)
		r = 1;
	doctor_done(&report);
	doctor_host_done(&host);
	return r;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.args = "[options]",
	.summary = "Show what this host lacks, and the command that mends it",
	.groups = groups,
	.opt_size = sizeof(struct opts),
	.run = run,
};
