/* cmd_pod.c - the group `podlite pod`: pods are not built, so there are none; what scripts ask to
 * clean up is answered truthfully. */
#include "podlite/cmd/cmd.h"

#include "podlite/output.h"
#include "podlite/report.h"

struct ls_opts {
	bool quiet, noheading, no_trunc, ids, names, status, latest, ns;
	char *format, *sort;
	struct svec filter;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct ls_opts, m, a, h)
static const struct option_def ls_rows[] = {
	O("ctr-ids", 0, OPT_BOOL, ids, NULL, "Show the ids of the containers too"),
	O("ctr-names", 0, OPT_BOOL, names, NULL, "Show the names of the containers too"),
	O("ctr-status", 0, OPT_BOOL, status, NULL, "Show the status of the containers too"),
	O("filter", 'f', OPT_LIST, filter, "FILTER", "Show only pods that match KEY=VALUE"),
	O("format", 0, OPT_STR, format, "TEMPLATE", "Print as json, table TEMPLATE or a Go template"),
	O("latest", 'l', OPT_BOOL, latest, NULL, "Show the pod created last"),
	O("no-trunc", 0, OPT_BOOL, no_trunc, NULL, "Do not shorten ids"),
	O("noheading", 'n', OPT_BOOL, noheading, NULL, "Do not print headings"),
	O("ns", 0, OPT_BOOL, ns, NULL, "Show the namespaces of the pods"),
	O("quiet", 'q', OPT_BOOL, quiet, NULL, "Print ids only"),
	O("sort", 0, OPT_STR, sort, "KEY", "Sort by created, id, name, number or status"),
	OPT_ROWS_END,
};
static const struct option_def *const ls_groups[] = {ls_rows, NULL};

static const struct output_column table[] = {
	{"POD ID", "ID"}, {"NAME", "Name"}, {"STATUS", "Status"}, {"CREATED", "Created"},
	{"INFRA ID", "InfraID"}, {"# OF CONTAINERS", "NumberOfContainers"}, {NULL, NULL},
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
		.quiet_key = "ID",
	};

	(void)c, (void)argc, (void)argv;
	return output_list(&out, none, none, err);
}

struct rm_opts {
	bool all, force, ignore, latest;
	int64_t time;
	struct svec files;
};

static const struct option_def rm_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct rm_opts, all, NULL, "Remove all pods"),
	OPT_ROW("force", 'f', OPT_BOOL, struct rm_opts, force, NULL, "Stop the containers of a pod first"),
	OPT_ROW("ignore", 'i', OPT_BOOL, struct rm_opts, ignore, NULL, "A pod that is not there is no error"),
	OPT_ROW("latest", 'l', OPT_BOOL, struct rm_opts, latest, NULL, "The pod created last"),
	OPT_ROW("pod-id-file", 0, OPT_LIST, struct rm_opts, files, "FILE", "Read a pod ID from the file"),
	OPT_ROW("time", 't', OPT_INT, struct rm_opts, time, "SECONDS", "How long a container may take to stop"),
	OPT_ROWS_END,
};
static const struct option_def *const rm_groups[] = {rm_rows, NULL};

static int run_rm(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct rm_opts *o = opt;

	if (!argc && !o->all && !o->files.n && !o->latest)
		return err_set(err, EK_USAGE, "pod rm: name the pods to remove, or use --all");
	if (o->all && argc)
		return err_set(err, EK_USAGE, "pod rm: --all and names cannot be used together");
	if (o->ignore || o->all)
		return 0;
	err_set(err, EK_NOT_FOUND, "no pod with name or ID %s: pods are not built yet",
		argc ? argv[0] : o->files.n ? "in the file" : "created last");
	report_error(c, err);
	return 1;
}

static int run_exists(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc, (void)argv, (void)err;
	return 1;
}

static int run_inspect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc;
	return err_set(err, EK_NOT_FOUND, "no such pod %s: pods are not built yet", argv[0]);
}

static const struct command pod_inspect = {
	.name = "inspect",
	.args = "POD [POD...]",
	.summary = "Show everything about pods: there are none",
	.min_args = 1,
	.max_args = -1,
	.run = run_inspect,
};

static const struct command pod_exists = {
	.name = "exists",
	.args = "POD",
	.summary = "Check if a pod exists: exit status 0 or 1",
	.min_args = 1,
	.max_args = 1,
	.run = run_exists,
};

static const struct command pod_ls = {
	.name = "ls",
	.args = "[options]",
	.summary = "List pods",
	.groups = ls_groups,
	.opt_size = sizeof(struct ls_opts),
	.run = run_ls,
};

static const struct command pod_rm = {
	.name = "rm",
	.args = "[options] POD [POD...]",
	.summary = "Remove one or more pods",
	.groups = rm_groups,
	.opt_size = sizeof(struct rm_opts),
	.max_args = -1,
	.run = run_rm,
};

static const struct command list_ = {.name = "list", .alias_of = &pod_ls, .needs = CMD_HIDDEN};
static const struct command ps = {.name = "ps", .alias_of = &pod_ls, .needs = CMD_HIDDEN};
static const struct command *const sub[] = {&pod_exists, &pod_inspect, &list_, &pod_ls, &ps, &pod_rm, NULL};

const struct command cmd_pod = {
	.name = "pod",
	.args = "COMMAND",
	.summary = "Manage pods: they are not built, there are none",
	.sub = sub,
};
