/* cmd_tag.c - `podlite tag`, also `image tag`. */
#include "podlite/cmd/cmd.h"

#include "podlite/engine/img_tag.h"

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)opt;
	return img_tag_add(c, argv[0], argc - 1, argv + 1, err);
}

const struct command cmd_tag = {
	.name = "tag",
	.args = "IMAGE TARGET_NAME [TARGET_NAME...]",
	.summary = "Add an additional name to a local image",
	.needs = CMD_STORE,
	.min_args = 2,
	.max_args = -1,
	.run = run,
};
