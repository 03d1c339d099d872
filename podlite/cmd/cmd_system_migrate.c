/* cmd_system_migrate.c - `podlite system migrate` and `renumber`: what tools of podman's call first. The
 * monitor of a running container is of the version that started it, and locks are files: nothing has to be done. */
#include "podlite/cmd/system.h"

struct migrate_opts {
	char *new_runtime;
};

static const struct option_def rows[] = {
	OPT_ROW("new-runtime", 0, OPT_STR, struct migrate_opts, new_runtime, "PROGRAM",
		"Has no effect: a container keeps the runtime that it was made with"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int run_nothing(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc, (void)argv, (void)err;
	return 0;
}

const struct command cmd_system_migrate = {
	.name = "migrate",
	.args = "[options]",
	.summary = "Does nothing: containers need no migration to a new version",
	.groups = groups,
	.opt_size = sizeof(struct migrate_opts),
	.run = run_nothing,
};

const struct command cmd_system_renumber = {
	.name = "renumber",
	.args = "",
	.summary = "Does nothing: locks of containers have no numbers",
	.run = run_nothing,
};
