/* cmd_volume.c - the group `podlite volume`. Exit status of rm: 1 if a volume was not there, 2 if
 * one is in use, as podman. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "common/alloc.h"
#include "common/id.h"
#include "common/units.h"
#include "podlite/cmd/inspect.h"
#include "podlite/cmd/volume.h"
#include "podlite/confirm.h"
#include "podlite/engine/events.h"
#include "podlite/engine/vol_inspect.h"
#include "podlite/engine/vol_use.h"
#include "podlite/output.h"
#include "podlite/report.h"

/* ---- create ---- */

struct create_opts {
	bool ignore;
	char *driver;
	struct svec labels, opts;
};

static const char *const drivers[] = {"local", NULL};

static const struct option_def create_rows[] = {
	{"driver", 'd', OPT_STR, offsetof(struct create_opts, driver), "NAME", "Volume driver: local", 0,
		"local", NULL, drivers},
	OPT_ROW("ignore", 0, OPT_BOOL, struct create_opts, ignore, NULL, "A volume that is there already is no error"),
	OPT_ROW("label", 'l', OPT_KEYVAL, struct create_opts, labels, "KEY=VALUE", "Set metadata"),
	OPT_ROW("opt", 'o', OPT_LIST, struct create_opts, opts, "NAME=VALUE", "What to mount: type, device, o"),
	OPT_ROWS_END,
};
static const struct option_def *const create_groups[] = {create_rows, NULL};

static int run_create(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct create_opts *o = opt;
	struct volume made = {.name = NULL};
	char id[ID_LEN + 1];
	struct volume want = {.labels = o->labels, .options = o->opts, .created_ns = units_now_ns()};
	int r;

	id_random(id);
	want.name = argc ? argv[0] : id;
	want.anonymous = !argc;
	if (!volume_name_ok(want.name)) {
		err_set(err, EK_INVALID, "volume name \"%s\" is invalid", want.name);
		return err_advise(err, "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*");
	}
	r = vol_use_create(c, &want, &made, err);
	if (r < 0 && !(err->kind == EK_EXISTS && o->ignore))
		return -1;
	volume_done(&made);
	return output_line(err, "%s", want.name);
}

static const struct command volume_create_ = {
	.name = "create",
	.args = "[options] [NAME]",
	.summary = "Create a new volume",
	.groups = create_groups,
	.opt_size = sizeof(struct create_opts),
	.needs = CMD_STORE,
	.max_args = 1,
	.run = run_create,
};

/* ---- ls ---- */

struct ls_opts {
	bool quiet, noheading;
	char *format;
	struct svec filter;
};

static const struct option_def ls_rows[] = {
	OPT_ROW("filter", 'f', OPT_LIST, struct ls_opts, filter, "FILTER", "Show only volumes that match KEY=VALUE"),
	OPT_ROW("format", 0, OPT_STR, struct ls_opts, format, "TEMPLATE",
		"Print as json, table TEMPLATE or a Go template"),
	OPT_ROW("noheading", 'n', OPT_BOOL, struct ls_opts, noheading, NULL, "Do not print headings"),
	OPT_ROW("quiet", 'q', OPT_BOOL, struct ls_opts, quiet, NULL, "Print names only"),
	OPT_ROWS_END,
};
static const struct option_def *const ls_groups[] = {ls_rows, NULL};

static const struct output_column table[] = {{"DRIVER", "Driver"}, {"VOLUME NAME", "Name"}, {NULL, NULL}};

static int match_all(struct context *c, const struct svec *filters, struct jval *rows, struct jval *json,
	struct err *err)
{
	struct volume_list list = {NULL, 0};
	struct ctr_list ctrs = {NULL, 0};
	int r = volume_list(&c->store, &list, err);

	if (!r)
		r = ctr_list_all(c, &ctrs, err);
	/* an unknown filter is an error even when there is nothing to filter */
	if (!r && !list.n) {
		struct volume none = {.name = (char[]){""}};

		r = vol_use_match(c, filters, &none, &ctrs, err);
	}
	for (size_t i = 0; i < list.n && r >= 0; i++) {
		r = vol_use_match(c, filters, &list.v[i], &ctrs, err);
		if (r <= 0)
			continue;
		if (rows)
			jval_add(rows, vol_inspect_row(&list.v[i]));
		if (json)
			jval_add(json, vol_inspect_json(&list.v[i]));
	}
	ctr_list_done(&ctrs);
	volume_list_done(&list);
	return r < 0 ? -1 : 0;
}

static int run_ls(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct ls_opts *o = opt;
	auto_jval struct jval *rows = jval_new_array(), *json = jval_new_array();
	struct output_list out = {
		.columns = table,
		.format = o->format,
		.quiet = o->quiet,
		.noheading = o->noheading,
		.quiet_key = "Name",
	};

	(void)argc, (void)argv;
	if (match_all(c, &o->filter, rows, json, err) < 0)
		return -1;
	return output_list(&out, rows, json, err);
}

static const struct command volume_ls = {
	.name = "ls",
	.args = "[options]",
	.summary = "List volumes",
	.groups = ls_groups,
	.opt_size = sizeof(struct ls_opts),
	.needs = CMD_STORE,
	.run = run_ls,
};

/* ---- inspect ---- */

struct inspect_opts {
	bool all;
	char *format;
};

static const struct option_def inspect_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct inspect_opts, all, NULL, "All volumes"),
	OPT_ROW("format", 'f', OPT_STR, struct inspect_opts, format, "TEMPLATE",
		"Print with a Go template, or json"),
	OPT_ROWS_END,
};
static const struct option_def *const inspect_groups[] = {inspect_rows, NULL};

static int run_inspect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct inspect_opts *o = opt;
	auto_jval struct jval *all = NULL;
	static const struct svec none = SVEC_INIT;

	if (o->all == (argc > 0))
		return err_set(err, EK_USAGE, o->all ? "volume inspect: --all and names cannot be used together"
						     : "volume inspect: name the volumes, or use --all");
	if (!o->all)
		return inspect_names(c, "volume", o->format, false, argc, argv, err);
	all = jval_new_array();
	return match_all(c, &none, NULL, all, err) < 0 ? -1 : output_inspect(o->format, all, err);
}

static const struct command volume_inspect = {
	.name = "inspect",
	.args = "[options] VOLUME [VOLUME...]",
	.summary = "Show everything about volumes",
	.groups = inspect_groups,
	.opt_size = sizeof(struct inspect_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_inspect,
};

/* ---- exists ---- */

static int run_exists(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct volume v = {.name = NULL};

	(void)opt, (void)argc;
	if (volume_find(&c->store, argv[0], &v, err) < 0)
		return err->kind == EK_NOT_FOUND ? 1 : -1;
	volume_done(&v);
	return 0;
}

static const struct command volume_exists = {
	.name = "exists",
	.args = "VOLUME",
	.summary = "Check if a volume exists: exit status 0 or 1",
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_exists,
};

/* ---- rm ---- */

struct rm_opts {
	bool all, force;
	char *time;
};

static const struct option_def rm_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct rm_opts, all, NULL, "Remove all volumes"),
	OPT_ROW("force", 'f', OPT_BOOL, struct rm_opts, force, NULL,
		"Remove the containers that use a volume too; a volume that is not there is no error"),
	OPT_ROW("time", 't', OPT_STR, struct rm_opts, time, "SECONDS",
		"How long such a container may take to stop"),
	OPT_ROWS_END,
};
static const struct option_def *const rm_groups[] = {rm_rows, NULL};

/* Raises *status by what went wrong; -1 only if standard output fails. */
static int remove_one(struct context *c, const char *name, bool force, int64_t timeout, int *status,
	struct err *err)
{
	auto_free char *full = NULL;
	struct err one = ERR_INIT;

	if (vol_use_remove(c, name, force, timeout, &full, &one) == 0)
		return output_line(err, "%s", full);
	if (one.kind == EK_NOT_FOUND && force)
		return 0;
	report_error(c, &one);
	*status = MAX_OF(*status, one.kind == EK_NOT_FOUND ? 1 : one.kind == EK_IN_USE ? 2 : 125);
	return 0;
}

static int all_names(struct context *c, struct svec *ret, struct err *err)
{
	struct volume_list list = {NULL, 0};

	if (volume_list(&c->store, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		svec_add(ret, list.v[i].name);
	volume_list_done(&list);
	return 0;
}

static int run_rm(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct rm_opts *o = opt;
	auto_svec struct svec names = SVEC_INIT;
	uint64_t seconds = 0;
	int status = 0, r = 0;

	if (o->all == (argc > 0))
		return err_set(err, EK_USAGE, o->all ? "volume rm: --all and names cannot be used together"
						     : "volume rm: name the volumes to remove, or use --all");
	if (o->time && (!units_parse_u64(o->time, &seconds) || seconds > INT32_MAX))
		return err_set(err, EK_USAGE, "invalid value \"%s\" for --time: expected seconds", o->time);
	if (o->time && !o->force)
		return err_set(err, EK_USAGE, "--time is for --force only");
	if (o->all && all_names(c, &names, err) < 0)
		return -1;
	for (int i = 0; i < argc; i++)
		svec_add(&names, argv[i]);
	for (size_t i = 0; i < names.n && !r; i++)
		r = remove_one(c, names.v[i], o->force, o->time ? (int64_t)seconds : -1, &status, err);
	return r < 0 ? -1 : status;
}

static const struct command volume_rm = {
	.name = "rm",
	.args = "[options] VOLUME [VOLUME...]",
	.summary = "Remove one or more volumes",
	.groups = rm_groups,
	.opt_size = sizeof(struct rm_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_rm,
};

/* ---- prune ---- */

struct prune_opts {
	bool force;
	struct svec filter;
};

static const struct option_def prune_rows[] = {
	OPT_ROW("filter", 0, OPT_LIST, struct prune_opts, filter, "FILTER",
		"Remove only volumes that match KEY=VALUE"),
	OPT_ROW("force", 'f', OPT_BOOL, struct prune_opts, force, NULL, "Do not ask"),
	OPT_ROWS_END,
};
static const struct option_def *const prune_groups[] = {prune_rows, NULL};

static int run_prune(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct prune_opts *o = opt;
	auto_jval struct jval *found = jval_new_array();
	auto_svec struct svec filters = SVEC_INIT;
	auto_sbuf struct sbuf text = SBUF_INIT;
	int status = 0, r = 1;

	(void)argc, (void)argv;
	svec_add_all(&filters, &o->filter);
	svec_add(&filters, "dangling=true");
	if (match_all(c, &filters, NULL, found, err) < 0)
		return -1;
	sbuf_addstr(&text, "This will remove all volumes not used by at least one container. "
			   "The following volumes will be removed:");
	for (size_t i = 0; i < jval_len(found); i++)
		sbuf_addf(&text, "\n%s", jval_get_str(jval_at(found, i), "Name", ""));
	if (!o->force && jval_len(found))
		r = confirm_ask(text.buf, err);
	if (r <= 0)
		return r;
	for (size_t i = 0; i < jval_len(found); i++)
		if (remove_one(c, jval_get_str(jval_at(found, i), "Name", ""), false, -1, &status, err) < 0)
			return -1;
	return status;
}

static const struct command volume_prune = {
	.name = "prune",
	.args = "[options]",
	.summary = "Remove all unused volumes",
	.groups = prune_groups,
	.opt_size = sizeof(struct prune_opts),
	.needs = CMD_STORE,
	.run = run_prune,
};

/* ---- the group ---- */

static const struct command list_ = {.name = "list", .alias_of = &volume_ls, .needs = CMD_HIDDEN};
static const struct command remove_ = {.name = "remove", .alias_of = &volume_rm, .needs = CMD_HIDDEN};

static const struct command *const sub[] = {
	&volume_create_, &volume_exists, &cmd_volume_export, &cmd_volume_import, &volume_inspect, &list_, &volume_ls,
	&cmd_volume_mount, &volume_prune, &cmd_volume_reload, &remove_, &volume_rm, &cmd_volume_unmount, NULL,
};

const struct command cmd_volume = {
	.name = "volume",
	.args = "COMMAND",
	.summary = "Manage volumes",
	.sub = sub,
};
