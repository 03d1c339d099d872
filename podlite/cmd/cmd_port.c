/* cmd_port.c - `podlite port`: published ports. */
#include "podlite/cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "common/units.h"
#include "podlite/cmd/ctr_args.h"
#include "podlite/output.h"

struct port_opts {
	struct ctr_args_select select;
};

static const struct option_def rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct port_opts, select.all, NULL, "All running containers"),
	OPT_ROW("latest", 'l', OPT_BOOL, struct port_opts, select.latest, NULL, "The container created last"),
	OPT_ROWS_END,
};

struct wanted {
	uint64_t port; /* 0: every port */
	char proto[8];
};

static int parse_wanted(const char *text, struct wanted *w, struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;

	svec_add_split(&parts, text, '/');
	snprintf(w->proto, sizeof(w->proto), "%s", parts.n > 1 ? parts.v[1] : "tcp");
	if (parts.n > 2 || !units_parse_u64(parts.v[0], &w->port) || !w->port || w->port > 65535)
		return err_set(err, EK_USAGE, "invalid port \"%s\": must be PORT or PORT/PROTOCOL", text);
	return 0;
}

static int print_port(const struct mon_port *p, int64_t i, const struct wanted *w, const char *prefix, struct err *err)
{
	const char *proto = p->proto ? p->proto : "tcp";
	const char *ip = p->host_ip && *p->host_ip ? p->host_ip : "0.0.0.0";
	bool v6 = strchr(ip, ':') != NULL;

	if (w->port)
		return output_line(err, "%s%s%s:%d", v6 ? "[" : "", ip, v6 ? "]" : "", (int)(p->host_port + i));
	return output_line(err, "%s%d/%s -> %s%s%s:%d", prefix, (int)(p->container_port + i), proto,
		v6 ? "[" : "", ip, v6 ? "]" : "", (int)(p->host_port + i));
}

static int print_ports(const struct ctr_record *r, const struct wanted *w, const char *prefix, struct err *err)
{
	bool any = false;

	for (size_t k = 0; k < r->ports.n; k++) {
		const struct mon_port *p = &r->ports.v[k];
		int64_t range = p->range > 1 ? p->range : 1;

		for (int64_t i = 0; i < range; i++) {
			if (w->port && ((int64_t)w->port != p->container_port + i ||
					       strcmp(w->proto, p->proto ? p->proto : "tcp")))
				continue;
			any = true;
			if (print_port(p, i, w, prefix, err) < 0)
				return -1;
		}
	}
	if (w->port && !any)
		return err_set(err, EK_NOT_FOUND, "failed to find published port %d/%s of container %s", (int)w->port,
			w->proto, r->name);
	return 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct port_opts *o = opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;
	struct wanted w = {.port = 0};
	bool listing = o->select.all || o->select.latest;
	int r = 0;

	if (argc > (listing ? 1 : 2))
		return err_set(err, EK_USAGE, "too many arguments");
	if (argc == (listing ? 1 : 2) && parse_wanted(argv[argc - 1], &w, err) < 0)
		return -1;
	if (ctr_args_select(c, &o->select, listing ? 0 : MIN_OF(argc, 1), argv, true, &ids, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < ids.n && !r; i++) {
		struct ctr ctr;
		char prefix[16] = "";

		if (ctr_load(c, ids.v[i], &ctr, err) < 0)
			return -1;
		if (o->select.all)
			snprintf(prefix, sizeof(prefix), "%.12s\t", ids.v[i]);
		if (ctr_is_live(&ctr)) /* else nothing is published now */
			r = print_ports(&ctr.rec, &w, prefix, err);
		ctr_done(&ctr);
	}
	return r;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_port = {
	.name = "port",
	.args = "[options] CONTAINER [PORT[/PROTOCOL]]",
	.summary = "Show the published ports of a container",
	.groups = groups,
	.opt_size = sizeof(struct port_opts),
	.needs = CMD_STORE,
	.max_args = 2,
	.run = run,
};
