/* cmd_network_change.c - `podlite network connect`, `disconnect`, `reload` and `update`. */
#include "podlite/cmd/network.h"

#include "common/alloc.h"
#include "podlite/engine/create_value.h"
#include "podlite/engine/net_change.h"
#include "podlite/output.h"

/* ---- connect ---- */

struct connect_opts {
	char *ip, *ip6, *mac;
	struct svec aliases;
};

static const struct option_def connect_rows[] = {
	OPT_ROW("alias", 0, OPT_CSV, struct connect_opts, aliases, "NAME", "A further name of the container in this network"),
	OPT_ROW("ip", 0, OPT_STR, struct connect_opts, ip, "IP", "Its IPv4 address"),
	OPT_ROW("ip6", 0, OPT_STR, struct connect_opts, ip6, "IP", "Its IPv6 address"),
	OPT_ROW("mac-address", 0, OPT_STR, struct connect_opts, mac, "MAC", "Its Ethernet address"),
	OPT_ROWS_END,
};
static const struct option_def *const connect_groups[] = {connect_rows, NULL};

static int run_connect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct connect_opts *o = opt;
	const struct create_network_addresses addresses = {o->ip, o->ip6, o->mac, &o->aliases};
	auto_cleanup(create_network_done) struct create_network n = {.kind = NULL};
	auto_svec struct svec names = SVEC_INIT;

	(void)argc;
	svec_add(&names, argv[0]);
	if (!network_name_ok(argv[0])) /* else it could be a mode, or have options */
		return err_set(err, EK_NOT_FOUND, "unable to find network with name or ID %.128s: network not found", argv[0]);
	if (create_network_parse(&names, &n, err) < 0 || create_network_addresses(&n, &addresses, err) < 0)
		return -1;
	return net_change_connect(c, argv[1], &n.networks.v[0], err);
}

const struct command cmd_network_connect = {
	.name = "connect",
	.args = "[options] NETWORK CONTAINER",
	.summary = "Make a container a member of a network",
	.groups = connect_groups,
	.opt_size = sizeof(struct connect_opts),
	.needs = CMD_STORE,
	.min_args = 2,
	.max_args = 2,
	.run = run_connect,
};

/* ---- disconnect ---- */

struct disconnect_opts {
	bool force;
};

static const struct option_def disconnect_rows[] = {
	OPT_ROW("force", 'f', OPT_BOOL, struct disconnect_opts, force, NULL, "That the container is no member is no error"),
	OPT_ROWS_END,
};
static const struct option_def *const disconnect_groups[] = {disconnect_rows, NULL};

static int run_disconnect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct disconnect_opts *o = opt;

	(void)argc;
	if (net_change_disconnect(c, argv[1], argv[0], err) == 0)
		return 0;
	if (!o->force || err->kind != EK_NOT_FOUND)
		return -1;
	err_clear(err);
	return 0;
}

const struct command cmd_network_disconnect = {
	.name = "disconnect",
	.args = "[options] NETWORK CONTAINER",
	.summary = "End a container's membership of a network",
	.groups = disconnect_groups,
	.opt_size = sizeof(struct disconnect_opts),
	.needs = CMD_STORE,
	.min_args = 2,
	.max_args = 2,
	.run = run_disconnect,
};

/* ---- update ---- */

struct update_opts {
	struct svec add, drop;
};

static const struct option_def update_rows[] = {
	OPT_ROW("dns-add", 0, OPT_CSV, struct update_opts, add, "IP", "A further DNS server of the network"),
	OPT_ROW("dns-drop", 0, OPT_CSV, struct update_opts, drop, "IP", "A DNS server that it shall not have any more"),
	OPT_ROWS_END,
};
static const struct option_def *const update_groups[] = {update_rows, NULL};

static int run_update(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct update_opts *o = opt;

	(void)argc;
	if (!o->add.n && !o->drop.n)
		return err_set(err, EK_USAGE, "network update: give --dns-add or --dns-drop");
	if (net_change_dns(c, argv[0], &o->add, &o->drop, err) < 0)
		return -1;
	return output_line(err, "%s", argv[0]);
}

const struct command cmd_network_update = {
	.name = "update",
	.args = "[options] NETWORK",
	.summary = "Change the DNS servers of a network",
	.groups = update_groups,
	.opt_size = sizeof(struct update_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_update,
};

/* ---- reload ---- */

#define NO_RULES "there are no firewall rules to make again"

static const struct option_def reload_rows[] = {
	{"all", 'a', OPT_REFUSED, 0, NULL, NO_RULES, OPT_F_HIDDEN, NULL, NULL, NULL},
	{"latest", 'l', OPT_REFUSED, 0, NULL, NO_RULES, OPT_F_HIDDEN, NULL, NULL, NULL},
	OPT_ROWS_END,
};
static const struct option_def *const reload_groups[] = {reload_rows, NULL};

static int run_reload(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc, (void)argv;
	err_set(err, EK_UNSUPPORTED, "network reload: " NO_RULES);
	return err_advise(err, "a network whose helper has ended is mended by its members; podlite restart makes a container's connection anew");
}

const struct command cmd_network_reload = {
	.name = "reload",
	.args = "[CONTAINER...]",
	.summary = "Refused: no firewall rules are used",
	.groups = reload_groups,
	.max_args = -1,
	.run = run_reload,
};
