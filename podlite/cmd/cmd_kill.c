/* cmd_kill.c - `podlite kill`. */
#include "podlite/cmd/cmd.h"

#include <signal.h>

#include "common/proc.h"
#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/engine.h"

struct kill_opts {
	struct ctr_args_select select;
	char *signal;
};

static const struct option_def rows[] = {
	{"all", 'a', OPT_BOOL, offsetof(struct kill_opts, select.all), NULL, "All running containers", 0, NULL, NULL, NULL},
	{"latest", 'l', OPT_BOOL, offsetof(struct kill_opts, select.latest), NULL, "The container created last", 0, NULL, NULL, NULL},
	{"cidfile", 0, OPT_LIST, offsetof(struct kill_opts, select.cidfile), "FILE", "Read a container ID from the file", 0, NULL, NULL, NULL},
	{"signal", 's', OPT_STR, offsetof(struct kill_opts, signal), "SIGNAL", "Signal to send, by name or number", 0, "KILL", NULL, NULL},
	OPT_ROWS_END,
};

static int kill_one(struct context *c, const char *id, void *arg, struct err *err)
{
	int sig = *(int *)arg, r;
	struct ctr ctr;

	if (ctr_load(c, id, &ctr, err) < 0)
		return -1;
	if (!ctr_is_live(&ctr))
		r = err_set(err, EK_INVALID, "can only kill running containers: %s is in state %s", ctr.rec.name,
			ctr_status_text(ctr.status));
	else
		r = ctr_signal(c, &ctr, sig, sig == SIGKILL, false, err);
	ctr_done(&ctr);
	return r;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct kill_opts *o = opt;
	int sig = proc_parse_signal(o->signal ? o->signal : "KILL");
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;

	if (sig < 0)
		return err_set(err, EK_USAGE, "invalid signal: %s", o->signal);
	if (ctr_args_select(c, &o->select, argc, argv, true, &ids, &names, err) < 0)
		return -1;
	return ctr_args_each(c, &ids, &names, kill_one, &sig, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_kill = {
	.name = "kill",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Send a signal to the main process of running containers",
	.groups = groups,
	.opt_size = sizeof(struct kill_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
