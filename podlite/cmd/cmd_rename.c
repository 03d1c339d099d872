/* cmd_rename.c - `podlite rename`. */
#include "podlite/cmd/cmd.h"

#include "podlite/engine/engine.h"

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	char id[65];

	(void)opt;
	(void)argc;
	if (ctr_find_id(c, argv[0], id, err) < 0)
		return -1;
	return ctr_rename(c, id, argv[1], err);
}

const struct command cmd_rename = {
	.name = "rename",
	.args = "CONTAINER NAME",
	.summary = "Give a container another name",
	.needs = CMD_STORE,
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
