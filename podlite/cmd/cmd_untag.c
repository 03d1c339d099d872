/* cmd_untag.c - `podlite untag`, also `image untag`. */
#include "podlite/cmd/cmd.h"

#include "podlite/engine/img_tag.h"

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)opt;
	return img_tag_remove(c, argv[0], argc - 1, argv + 1, err);
}

const struct command cmd_untag = {
	.name = "untag",
	.args = "IMAGE [NAME...]",
	.summary = "Remove names from a local image; all of them if none is given",
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
