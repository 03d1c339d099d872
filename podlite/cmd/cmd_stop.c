/* cmd_stop.c - `podlite stop`. */
#include "podlite/cmd/cmd.h"

#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/create_value.h"
#include "podlite/engine/engine.h"

struct stop_opts {
	struct ctr_args_select select;
	int64_t time;
	bool time_set;
};

static int parse_time(void *field, const char *value, struct err *err)
{
	struct stop_opts *o = (struct stop_opts *)((char *)field - offsetof(struct stop_opts, time));

	o->time_set = true;
	return create_number_parse("time", value, -1, INT32_MAX, &o->time, err);
}

static const struct option_def rows[] = {
	CTR_ARGS_ROWS(struct stop_opts, select),
	{"time", 't', OPT_CALL, offsetof(struct stop_opts, time), "SECONDS", "Wait before killing (default: the container's own, 10)", 0, NULL, parse_time, NULL},
	{"timeout", 0, OPT_CALL, offsetof(struct stop_opts, time), "SECONDS", "The same as --time", OPT_F_HIDDEN, NULL, parse_time, NULL},
	OPT_ROWS_END,
};

static int stop_one(struct context *c, const char *id, void *arg, struct err *err)
{
	const struct stop_opts *o = arg;
	int64_t timeout = !o->time_set ? -1 : o->time < 0 ? INT64_MAX / 2000000000 : o->time;

	return ctr_stop(c, id, timeout, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct stop_opts o = *(const struct stop_opts *)opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;

	if (ctr_args_select(c, &o.select, argc, argv, true, &ids, &names, err) < 0)
		return -1;
	return ctr_args_each(c, &ids, &names, stop_one, &o, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_stop = {
	.name = "stop",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Stop one or more containers",
	.groups = groups,
	.opt_size = sizeof(struct stop_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
