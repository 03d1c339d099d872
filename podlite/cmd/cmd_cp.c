/* cmd_cp.c - `podlite cp`. */
#include "podlite/cmd/cmd.h"

#include "podlite/engine/ctr_copy.h"

struct cp_opts {
	int archive;
	bool overwrite, pause;
};

static const struct option_def rows[] = {
	OPT_ROW("archive", 'a', OPT_TRI, struct cp_opts, archive, NULL, "Give files in the container to its user (default true)"),
	OPT_ROW("overwrite", 0, OPT_BOOL, struct cp_opts, overwrite, NULL, "Let a directory replace a file and the reverse"),
	OPT_ROWS_END,
};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct cp_opts *o = opt;
	struct copy_opts copy = {.archive = o->archive >= 0, .overwrite = o->overwrite};

	(void)argc;
	return ctr_copy(c, argv[0], argv[1], &copy, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_cp = {
	.name = "cp",
	.args = "[options] [CONTAINER:]SOURCE [CONTAINER:]DESTINATION",
	.summary = "Copy files between a container and the host",
	.groups = groups,
	.opt_size = sizeof(struct cp_opts),
	.needs = CMD_STORE,
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
