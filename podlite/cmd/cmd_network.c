/* cmd_network.c - the group `podlite network`. Exit status of rm: 1 if a network was not there, 2 if
 * one is in use, as podman. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/cmd/inspect.h"
#include "podlite/cmd/network.h"
#include "podlite/confirm.h"
#include "podlite/engine/net_create.h"
#include "podlite/engine/net_inspect.h"
#include "podlite/engine/net_use.h"
#include "podlite/output.h"
#include "podlite/report.h"

/* ---- create ---- */

#define C struct net_create_opts
static const struct option_def create_rows[] = {
	OPT_ROW("disable-dns", 0, OPT_BOOL, C, disable_dns, NULL, "Members do not find each other by name"),
	OPT_ROW("dns", 0, OPT_CSV, C, dns, "IP", "DNS server for all names that are not members'"),
	{"driver", 'd', OPT_STR, offsetof(C, driver), "NAME", "Driver: bridge", 0, "bridge", NULL, NULL},
	OPT_ROW("gateway", 0, OPT_CSV, C, gateway, "IP", "The network's own address in the subnet"),
	OPT_ROW("ignore", 0, OPT_BOOL, C, ignore, NULL, "A network that is there already is no error"),
	OPT_ROW("interface-name", 0, OPT_STR, C, interface, "NAME", "Name of the bridge in the network's namespace"),
	OPT_ROW("internal", 0, OPT_BOOL, C, internal, NULL, "Without a way to the outside"),
	OPT_ROW("ip-range", 0, OPT_LIST, C, ip_range, "RANGE", "Where members' addresses come from: ADDRESS/PREFIX or FIRST-LAST"),
	{"ipam-driver", 0, OPT_STR, offsetof(C, ipam_driver), "NAME", "Who gives addresses: host-local", 0, "host-local", NULL, NULL},
	OPT_ROW("ipv6", 0, OPT_BOOL, C, ipv6, NULL, "Give it an IPv6 subnet, too"),
	OPT_ROW("label", 0, OPT_LIST, C, labels, "KEY=VALUE", "Set metadata"),
	OPT_ROW("opt", 'o', OPT_LIST, C, opts, "NAME=VALUE", "Option of the driver: mtu or isolate"),
	{"route", 0, OPT_REFUSED, 0, "ROUTE", "static routes are not built; members reach what the host reaches", OPT_F_HIDDEN, NULL, NULL, NULL},
	OPT_ROW("subnet", 0, OPT_LIST, C, subnet, "SUBNET", "ADDRESS/PREFIX, one of IPv4 and perhaps one of IPv6"),
	OPT_ROWS_END,
};
static const struct option_def *const create_groups[] = {create_rows, NULL};
#undef C

static int run_create(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	auto_free char *name = NULL;

	if (net_create(c, opt, argc ? argv[0] : NULL, &name, err) < 0)
		return -1;
	return output_line(err, "%s", name);
}

static const struct command network_create_ = {
	.name = "create",
	.args = "[options] [NAME]",
	.summary = "Create a network",
	.groups = create_groups,
	.opt_size = sizeof(struct net_create_opts),
	.needs = CMD_STORE,
	.max_args = 1,
	.run = run_create,
};

/* ---- ls ---- */

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
	auto_jval struct jval *rows = jval_new_array(), *json = jval_new_array();
	auto_cleanup(network_list_done) struct network_list list = {NULL, 0};
	struct output_list out = {
		.columns = table,
		.format = o->format,
		.quiet = o->quiet,
		.noheading = o->noheading,
		.quiet_key = "Name",
	};

	(void)argc, (void)argv;
	if (net_use_find(c, &o->filter, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		jval_add(rows, net_inspect_row(&list.v[i], o->no_trunc));
		jval_add(json, net_inspect_json(&list.v[i]));
	}
	return output_list(&out, rows, json, err);
}

static const struct command network_ls = {
	.name = "ls",
	.args = "[options]",
	.summary = "List networks",
	.groups = ls_groups,
	.opt_size = sizeof(struct ls_opts),
	.needs = CMD_STORE,
	.run = run_ls,
};

/* ---- inspect, exists ---- */

struct inspect_opts {
	char *format;
};

static const struct option_def inspect_rows[] = {
	OPT_ROW("format", 'f', OPT_STR, struct inspect_opts, format, "TEMPLATE", "Print with a Go template, or json"),
	OPT_ROWS_END,
};
static const struct option_def *const inspect_groups[] = {inspect_rows, NULL};

static int run_inspect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct inspect_opts *o = opt;

	return inspect_names(c, "network", o->format, false, argc, argv, err);
}

static const struct command network_inspect = {
	.name = "inspect",
	.args = "[options] NETWORK [NETWORK...]",
	.summary = "Show everything about networks",
	.groups = inspect_groups,
	.opt_size = sizeof(struct inspect_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run_inspect,
};

static int run_exists(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	auto_cleanup(network_done) struct network n = {.name = NULL};

	(void)opt, (void)argc;
	if (network_find(c->store.fd, argv[0], &n, err) < 0)
		return err->kind == EK_NOT_FOUND ? 1 : -1;
	return 0;
}

static const struct command network_exists = {
	.name = "exists",
	.args = "NETWORK",
	.summary = "Check if a network exists: exit status 0 or 1",
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_exists,
};

/* ---- rm ---- */

struct rm_opts {
	bool force;
	char *time;
};

static const struct option_def rm_rows[] = {
	OPT_ROW("force", 'f', OPT_BOOL, struct rm_opts, force, NULL,
		"Remove the containers that are members too; a network that is not there is no error"),
	OPT_ROW("time", 't', OPT_STR, struct rm_opts, time, "SECONDS", "How long such a container may take to stop"),
	OPT_ROWS_END,
};
static const struct option_def *const rm_groups[] = {rm_rows, NULL};

/* Raises *status by what went wrong; -1 only if standard output fails. */
static int remove_one(struct context *c, const char *name, bool force, int64_t timeout, int *status, struct err *err)
{
	auto_free char *full = NULL;
	struct err one = ERR_INIT;

	if (net_use_remove(c, name, force, timeout, &full, &one) == 0)
		return output_line(err, "%s", full);
	if (one.kind == EK_NOT_FOUND && force)
		return 0;
	report_error(c, &one);
	*status = MAX_OF(*status, one.kind == EK_NOT_FOUND ? 1 : one.kind == EK_IN_USE ? 2 : 125);
	return 0;
}

static int run_rm(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct rm_opts *o = opt;
	uint64_t seconds = 0;
	int status = 0;

	if (o->time && (!units_parse_u64(o->time, &seconds) || seconds > INT32_MAX))
		return err_set(err, EK_USAGE, "invalid value \"%s\" for --time: expected seconds", o->time);
	if (o->time && !o->force)
		return err_set(err, EK_USAGE, "--time is for --force only");
	for (int i = 0; i < argc; i++)
		if (remove_one(c, argv[i], o->force, o->time ? (int64_t)seconds : -1, &status, err) < 0)
			return -1;
	return status;
}

static const struct command network_rm = {
	.name = "rm",
	.args = "[options] NETWORK [NETWORK...]",
	.summary = "Remove networks",
	.groups = rm_groups,
	.opt_size = sizeof(struct rm_opts),
	.needs = CMD_STORE,
	.min_args = 1,
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
		"Remove only networks that match KEY=VALUE"),
	OPT_ROW("force", 'f', OPT_BOOL, struct prune_opts, force, NULL, "Do not ask"),
	OPT_ROWS_END,
};
static const struct option_def *const prune_groups[] = {prune_rows, NULL};

static int run_prune(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct prune_opts *o = opt;
	auto_svec struct svec unused = SVEC_INIT;
	int status = 0, r = 1;

	(void)argc, (void)argv;
	if (net_use_unused(c, &o->filter, &unused, err) < 0)
		return -1;
	if (!o->force && unused.n)
		r = confirm_ask("This will remove all networks not used by at least one container.", err);
	if (r <= 0)
		return r;
	SVEC_EACH(name, &unused)
		if (remove_one(c, name, false, -1, &status, err) < 0)
			return -1;
	return status;
}

static const struct command network_prune = {
	.name = "prune",
	.args = "[options]",
	.summary = "Remove networks that no container uses",
	.groups = prune_groups,
	.opt_size = sizeof(struct prune_opts),
	.needs = CMD_STORE,
	.run = run_prune,
};

/* ---- the group ---- */

static const struct command list_ = {.name = "list", .alias_of = &network_ls, .needs = CMD_HIDDEN};
static const struct command remove_ = {.name = "remove", .alias_of = &network_rm, .needs = CMD_HIDDEN};
static const struct command *const sub[] = {&cmd_network_connect, &network_create_, &cmd_network_disconnect, &network_exists,
	&network_inspect, &list_, &network_ls, &network_prune, &cmd_network_reload, &remove_, &network_rm, &cmd_network_update, NULL};

const struct command cmd_network = {
	.name = "network",
	.args = "COMMAND",
	.summary = "Manage networks",
	.sub = sub,
};
