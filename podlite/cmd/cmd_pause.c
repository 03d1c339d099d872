/* cmd_pause.c - `podlite pause` and `podlite unpause`. */
#include "podlite/cmd/cmd.h"

#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/engine.h"

struct pause_opts {
	struct ctr_args_select select;
};

static const struct option_def rows[] = {
	CTR_ARGS_ROWS(struct pause_opts, select),
	OPT_ROWS_END,
};

static int pause_one(struct context *c, const char *id, void *arg, struct err *err)
{
	return ctr_pause(c, id, *(bool *)arg, err);
}

static int run_either(struct context *c, const void *opt, int argc, char **argv, bool pause, struct err *err)
{
	const struct pause_opts *o = opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;

	if (ctr_args_select(c, &o->select, argc, argv, true, &ids, &names, err) < 0)
		return -1;
	return ctr_args_each(c, &ids, &names, pause_one, &pause, err);
}

static int run_pause(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	return run_either(c, opt, argc, argv, true, err);
}

static int run_unpause(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	return run_either(c, opt, argc, argv, false, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_pause = {
	.name = "pause",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Freeze all processes of running containers",
	.groups = groups,
	.opt_size = sizeof(struct pause_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_pause,
};

const struct command cmd_unpause = {
	.name = "unpause",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Let paused containers go on",
	.groups = groups,
	.opt_size = sizeof(struct pause_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_unpause,
};
