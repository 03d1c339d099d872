/* cmd_init.c - `podlite init`: all of a start but the command. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/engine.h"

struct init_args {
	struct ctr_args_select select;
};

static const struct option_def rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct init_args, select.all, NULL, "All containers that have not run"),
	OPT_ROW("latest", 'l', OPT_BOOL, struct init_args, select.latest, NULL, "The container created last"),
	OPT_ROWS_END,
};

static int init_one(struct context *c, const char *id, void *arg, struct err *err)
{
	struct start_opts s = {.detach_keys = "", .init = true};
	const struct init_args *o = arg;
	enum ctr_status status;
	struct ctr ctr;
	bool passthrough;
	int code;

	if (ctr_load(c, id, &ctr, err) < 0)
		return -1;
	status = ctr.status;
	passthrough = ctr_is_passthrough(&ctr.rec);
	ctr_done(&ctr);
	if (status == CTR_INITIALIZED || (o->select.all && status != CTR_CREATED))
		return 0;
	if (status != CTR_CREATED && status != CTR_EXITED)
		return err_set(err, EK_INVALID, "container %.12s is %s: only one that does not run can be initialized", id, ctr_status_text(status));
	if (passthrough)
		return err_set(err, EK_USAGE, "container %.12s passes its output through: start it with --attach", id);
	return ctr_start(c, id, &s, &code, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct init_args o = *(const struct init_args *)opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;

	if (ctr_args_select(c, &o.select, argc, argv, false, &ids, &names, err) < 0)
		return -1;
	return ctr_args_each(c, &ids, &names, init_one, &o, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_init = {
	.name = "init",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Prepare containers without running their commands",
	.groups = groups,
	.opt_size = sizeof(struct init_args),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
