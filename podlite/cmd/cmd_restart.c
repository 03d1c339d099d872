/* cmd_restart.c - `podlite restart`: stop where running, then start. */
#include "podlite/cmd/cmd.h"

#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/create_value.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"

struct restart_args {
	struct ctr_args_select select;
	bool running;
	char *time;
};

#define ROW(n, l, t, m, a, h) OPT_ROW(n, l, t, struct restart_args, m, a, h)
static const struct option_def rows[] = {
	ROW("all", 'a', OPT_BOOL, select.all, NULL, "All containers, running or not"),
	ROW("cidfile", 0, OPT_LIST, select.cidfile, "FILE", "Read a container ID from the file"),
	{"filter", 'f', OPT_LIST, offsetof(struct restart_args, select.filter), "FILTER", "Containers that match KEY=VALUE, as ps", 0, NULL, NULL,
		ctr_filter_words},
	ROW("latest", 'l', OPT_BOOL, select.latest, NULL, "The container created last"),
	ROW("running", 0, OPT_BOOL, running, NULL, "All running containers"),
	ROW("time", 't', OPT_STR, time, "SECONDS", "Wait before killing (default: the container's own, 10)"),
	{"timeout", 0, OPT_STR, offsetof(struct restart_args, time), "SECONDS", "The same as --time", OPT_F_HIDDEN, NULL, NULL, NULL},
	OPT_ROWS_END,
};

static int restart_one(struct context *c, const char *id, void *arg, struct err *err)
{
	const int64_t *timeout = arg;
	struct start_opts s = {.detach_keys = ""};
	int code;

	events_ctr_id(c, id, "restart");
	return ctr_stop(c, id, *timeout, err) < 0 ? -1 : ctr_start(c, id, &s, &code, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct restart_args o = *(const struct restart_args *)opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;
	int64_t timeout = -1;

	if (o.time && create_number_parse("time", o.time, -1, INT32_MAX, &timeout, err) < 0)
		return -1;
	if (o.running && argc)
		return err_set(err, EK_USAGE, "--running takes no names of containers");
	o.select.all |= o.running;
	if (ctr_args_select(c, &o.select, argc, argv, o.running, &ids, &names, err) < 0)
		return -1;
	return ctr_args_each(c, &ids, &names, restart_one, &timeout, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_restart = {
	.name = "restart",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Restart one or more containers",
	.groups = groups,
	.opt_size = sizeof(struct restart_args),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
