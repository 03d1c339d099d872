/* cmd_quadlet.c - the group `podlite quadlet`: list and print. */
#include "podlite/cmd/cmd.h"

#include <fcntl.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "podlite/cmd/quadlet.h"
#include "podlite/engine/systemctl.h"
#include "podlite/output.h"

struct generated *quadlet_find(struct generated_list *l, const char *name, struct err *err)
{
	struct generated *hit = NULL;

	for (size_t i = 0; i < l->n; i++) {
		auto_free char *stem = source_stem(l->v[i].src);

		if (!strcmp(l->v[i].src->name, name))
			return &l->v[i];
		if (strcmp(stem, name) && strcmp(l->v[i].service, name))
			continue;
		if (hit) {
			err_set(err, EK_USAGE, "quadlet %s: both %s and %s have that name; give it with its ending", name,
				hit->src->name, l->v[i].src->name);
			return NULL;
		}
		hit = &l->v[i];
	}
	if (!hit)
		err_set(err, EK_NOT_FOUND, "there is no quadlet file %s; podlite quadlet list shows all", name);
	return hit;
}

/* ---- list ---- */

struct list_opts {
	struct svec filter;
	char *format;
	bool noheading, quiet;
};

static const struct option_def list_rows[] = {
	OPT_ROW("filter", 'f', OPT_LIST, struct list_opts, filter, "FILTER", "Show only files that match name=TEXT or status=TEXT"),
	OPT_ROW("format", 0, OPT_STR, struct list_opts, format, "TEMPLATE", "Print as json, table TEMPLATE or a Go template"),
	OPT_ROW("noheading", 'n', OPT_BOOL, struct list_opts, noheading, NULL, "Do not print headings"),
	OPT_ROW("quiet", 'q', OPT_BOOL, struct list_opts, quiet, NULL, "Print names only"),
	OPT_ROWS_END,
};
static const struct option_def *const list_groups[] = {list_rows, NULL};
static const struct output_column columns[] = {
	{"NAME", "Name"}, {"UNIT NAME", "UnitName"}, {"PATH ON DISK", "Path"}, {"STATUS", "Status"}, {NULL, NULL},
};

static char *status_of(const struct generated *g)
{
	char *state = NULL;

	if (g->src->foreign)
		return xstrdup("podman's");
	if (!g->text)
		return xstrdup("error");
	state = systemctl_state(g->service);
	return state ? state : xstrdup("not loaded");
}

/* 1, 0 or -1; filters of one key are alternatives. */
static int matches(const struct svec *filters, const char *name, const char *status, struct err *err)
{
	bool given[2] = {false, false}, found[2] = {false, false};

	SVEC_EACH(f, filters) {
		bool by_name = !strncmp(f, "name=", 5);

		if (!by_name && strncmp(f, "status=", 7))
			return err_set(err, EK_USAGE, "\"%s\" is an invalid quadlet filter: expected name=TEXT or status=TEXT", f);
		given[by_name] = true;
		found[by_name] |= strstr(by_name ? name : status, strchr(f, '=') + 1) != NULL;
	}
	return (!given[0] || found[0]) && (!given[1] || found[1]);
}

static int run_list(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct list_opts *o = opt;
	auto_jval struct jval *rows = jval_new_array();
	struct output_list out = {.columns = columns, .headers = columns, .format = o->format, .noheading = o->noheading,
		.quiet = o->quiet && !o->format, .quiet_key = "Name"};
	struct generated_list l = GENERATED_LIST_INIT;
	bool ask = !out.quiet; /* systemctl, once for each file */
	int r = matches(&o->filter, "", "", err) < 0 ? -1 : generate_all(&l, NULL, NULL, err);

	(void)c, (void)argc, (void)argv;
	SVEC_EACH(f, &o->filter)
		ask |= !strncmp(f, "status=", 7);
	for (size_t i = 0; !r && i < l.n; i++) {
		auto_free char *status = ask ? status_of(&l.v[i]) : xstrdup("");
		struct jval *row;

		if (matches(&o->filter, l.v[i].src->name, status, err) <= 0)
			continue;
		row = jval_new_object();
		jval_set_str(row, "Name", l.v[i].src->name);
		jval_set_str(row, "UnitName", l.v[i].service);
		jval_set_str(row, "Path", l.v[i].src->path);
		jval_set_str(row, "Status", status);
		jval_set_str(row, "App", "");
		jval_add(rows, row);
	}
	if (!r)
		r = output_list(&out, rows, rows, err);
	generate_done(&l);
	return r;
}

static const struct command quadlet_list = {
	.name = "list",
	.args = "[options]",
	.summary = "List quadlet files and the state of their services",
	.groups = list_groups,
	.opt_size = sizeof(struct list_opts),
	.run = run_list,
};

/* ---- print ---- */

struct print_opts {
	bool unit;
};

static const struct option_def print_rows[] = {
	OPT_ROW("unit", 'u', OPT_BOOL, struct print_opts, unit, NULL, "Print the service that is made of it"),
	OPT_ROWS_END,
};
static const struct option_def *const print_groups[] = {print_rows, NULL};

static int print_one(const struct generated *g, bool unit, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r;

	if (unit && !g->text)
		return err_set(err, EK_INVALID, "%s", g->src->errors.n ? g->src->errors.v[0] : "it is left to podman's generator");
	if (unit)
		return output_safe(g->text, err);
	r = fs_read_file(AT_FDCWD, g->src->path, UNIT_FILE_MAX, &text);
	return r < 0 ? err_neg(err, r, "read %s", g->src->path) : output_safe(text.buf, err);
}

static int run_print(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct print_opts *o = opt;
	struct generated_list l = GENERATED_LIST_INIT;
	int r = generate_all(&l, NULL, NULL, err);

	(void)c;
	for (int i = 0; !r && i < argc; i++) {
		const struct generated *g = quadlet_find(&l, argv[i], err);

		r = g ? print_one(g, o->unit, err) : -1;
	}
	generate_done(&l);
	return r;
}

static const struct command quadlet_print = {
	.name = "print",
	.args = "[options] QUADLET [QUADLET...]",
	.summary = "Print quadlet files, or what becomes of them",
	.groups = print_groups,
	.opt_size = sizeof(struct print_opts),
	.min_args = 1,
	.max_args = -1,
	.run = run_print,
};

static const struct command ls = {.name = "ls", .alias_of = &quadlet_list, .needs = CMD_HIDDEN};
static const struct command *const sub[] = {&cmd_quadlet_install, &quadlet_list, &ls, &quadlet_print, &cmd_quadlet_rm, NULL};

const struct command cmd_quadlet = {
	.name = "quadlet",
	.args = "COMMAND",
	.summary = "Manage quadlet files: containers as services of systemd",
	.sub = sub,
};
