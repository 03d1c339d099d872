/* cmd_network.c - the group `podlite network`: named networks are not built, so there are none;
 * what scripts ask to clean up is answered truthfully. */
#include "podlite/cmd/cmd.h"

#include "podlite/output.h"
#include "podlite/report.h"

struct ls_opts {
	bool quiet, noheading, no_trunc;
	char *format;
	struct svec filter;
};

static const struct option_def ls_rows[] = {
	OPT_ROW("filter", 'f', OPT_LIST, struct ls_opts, filter, "FILTER", "Show only networks that match KEY=VALUE"),
	OPT_ROW("format", 0, OPT_STR, struct ls_opts, format, "TEMPLATE",
		"Print as json, table TEMPLATE or a Go template"),
	OPT_ROW("no-trunc", 0, OPT_BOOL, struct ls_opts, no_trunc, NULL, "Do not shorten ids"),
	OPT_ROW("noheading", 'n', OPT_BOOL, struct ls_opts, noheading, NULL, "Do not print headings"),
	OPT_ROW("quiet", 'q', OPT_BOOL, struct ls_opts, quiet, NULL, "Print names only"),
	OPT_ROWS_END,
};
static const struct option_def *const ls_groups[] = {ls_rows, NULL};

static const struct output_column table[] = {
	{"NETWORK ID", "ID"}, {"NAME", "Name"}, {"DRIVER", "Driver"}, {NULL, NULL},
};

static int run_ls(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct ls_opts *o = opt;
	auto_jval struct jval *none = jval_new_array();
	struct output_list out = {
		.columns = table,
		.format = o->format,
		.quiet = o->quiet,
		.noheading = o->noheading,
		.quiet_key = "Name",
	};

	(void)c, (void)argc, (void)argv;
	return output_list(&out, none, none, err);
}

struct prune_opts {
	bool force;
	struct svec filter;
};

static const struct option_def prune_rows[] = {
	OPT_ROW("filter", 0, OPT_LIST, struct prune_opts, filter, "FILTER",
		"Remove only networks that match KEY=VALUE"),
	OPT_ROW("force", 'f', OPT_BOOL, struct prune_opts, force, NULL, "Do not ask: there is nothing to ask about"),
	OPT_ROWS_END,
};
static const struct option_def *const prune_groups[] = {prune_rows, NULL};

static int run_prune(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc, (void)argv, (void)err;
	return 0;
}

static int run_exists(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc, (void)argv, (void)err;
	return 1;
}

static int not_there(const char *name, struct err *err)
{
	return err_set(err, EK_NOT_FOUND, "network %s: there is no such network: named networks are not built yet", name);
}

struct inspect_opts {
	char *format;
};

static const struct option_def inspect_rows[] = {
	OPT_ROW("format", 'f', OPT_STR, struct inspect_opts, format, "TEMPLATE", "Print each network with a Go template"),
	OPT_ROWS_END,
};
static const struct option_def *const inspect_groups[] = {inspect_rows, NULL};

static int run_inspect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc;
	if (output_line(err, "[]") < 0)
		return -1;
	return not_there(argv[0], err);
}

struct rm_opts {
	bool force;
	int64_t time;
};

static const struct option_def rm_rows[] = {
	OPT_ROW("force", 'f', OPT_BOOL, struct rm_opts, force, NULL, "A network that is not there is no error"),
	OPT_ROW("time", 't', OPT_INT, struct rm_opts, time, "SECONDS", "How long a container of a network may take to stop"),
	OPT_ROWS_END,
};
static const struct option_def *const rm_groups[] = {rm_rows, NULL};

static int run_rm(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct rm_opts *o = opt;

	for (int i = 0; i < argc && !o->force; i++) {
		(void)!not_there(argv[i], err);
		report_error(c, err);
	}
	err_clear(err);
	return o->force ? 0 : 1;
}

static const struct command network_exists = {
	.name = "exists",
	.args = "NETWORK",
	.summary = "Check if a network exists: exit status 0 or 1",
	.min_args = 1,
	.max_args = 1,
	.run = run_exists,
};

static const struct command network_inspect = {
	.name = "inspect",
	.args = "[options] NETWORK [NETWORK...]",
	.summary = "Show everything about networks",
	.groups = inspect_groups,
	.opt_size = sizeof(struct inspect_opts),
	.min_args = 1,
	.max_args = -1,
	.run = run_inspect,
};

static const struct command network_ls = {
	.name = "ls",
	.args = "[options]",
	.summary = "List networks",
	.groups = ls_groups,
	.opt_size = sizeof(struct ls_opts),
	.run = run_ls,
};

static const struct command network_prune = {
	.name = "prune",
	.args = "[options]",
	.summary = "Remove networks that no container uses",
	.groups = prune_groups,
	.opt_size = sizeof(struct prune_opts),
	.run = run_prune,
};

static const struct command network_rm = {
	.name = "rm",
	.args = "[options] NETWORK [NETWORK...]",
	.summary = "Remove networks",
	.groups = rm_groups,
	.opt_size = sizeof(struct rm_opts),
	.min_args = 1,
	.max_args = -1,
	.run = run_rm,
};

static const struct command list_ = {.name = "list", .alias_of = &network_ls, .needs = CMD_HIDDEN};
static const struct command remove_ = {.name = "remove", .alias_of = &network_rm, .needs = CMD_HIDDEN};
static const struct command *const sub[] = {&network_exists, &network_inspect, &list_, &network_ls, &network_prune,
	&remove_, &network_rm, NULL};

const struct command cmd_network = {
	.name = "network",
	.args = "COMMAND",
	.summary = "Manage networks: named ones are not built, there are none",
	.sub = sub,
};
