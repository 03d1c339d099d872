/* cmd_unshare.c - `podlite unshare`: a command as root of the user namespace of the containers. */
#include "podlite/cmd/cmd.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/proc.h"
#include "podlite/output.h"

struct unshare_opts {
	bool unused;
};

static const struct option_def rows[] = {
	{"rootless-netns", 0, OPT_REFUSED, 0, NULL,
		"containers do not share a network namespace; use run --network container:NAME", 0, NULL, NULL, NULL},
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	char sh[] = "/bin/sh", *shell[] = {getenv("SHELL"), NULL};
	auto_free char *path = NULL;

	(void)opt;
	if (!argc) {
		if (!shell[0] || !*shell[0])
			shell[0] = sh;
		argv = shell;
	}
	if (setenv("CONTAINERS_GRAPHROOT", c->root, 1) < 0 || setenv("CONTAINERS_RUNROOT", c->runroot, 1) < 0)
		return err_sys(err, "set the environment");
	if (output_flush(err) < 0)
		return -1;
	signal(SIGPIPE, SIG_DFL);
	path = strchr(argv[0], '/') ? xstrdup(argv[0]) : proc_find_program(argv[0]);
	if (!path)
		return err_set(err, EK_NO_COMMAND, "run %s: not found in $PATH", argv[0]);
	execv(path, argv);
	err_sys(err, "run %s", path);
	err->kind = err->sys == ENOENT ? EK_NO_COMMAND : EK_NOT_EXECUTABLE; /* as a shell has it */
	return -1;
}

const struct command cmd_unshare = {
	.name = "unshare",
	.args = "[COMMAND [ARG...]]",
	.summary = "Run a command in the user namespace of the containers",
	.groups = groups,
	.opt_size = sizeof(struct unshare_opts),
	.needs = CMD_STORE | CMD_USERNS | CMD_STOP_AT_ARG,
	.max_args = -1,
	.run = run,
};
