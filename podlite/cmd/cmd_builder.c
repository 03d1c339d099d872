/* cmd_builder.c - `podlite builder prune` and `buildx prune`: podlite builds no images, so there is no cache of builds; what
 * scripts ask to clean up is answered truthfully. */
#include "podlite/cmd/cmd.h"

#include "podlite/output.h"

struct prune_opts {
	bool all, force;
	struct svec filter;
};

static const struct option_def rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct prune_opts, all, NULL, "All of the cache"),
	OPT_ROW("filter", 0, OPT_LIST, struct prune_opts, filter, "FILTER", "Only what matches KEY=VALUE"),
	OPT_ROW("force", 'f', OPT_BOOL, struct prune_opts, force, NULL, "Do not ask; there is nothing to ask about"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int run_prune(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc, (void)argv;
	return output_line(err, "Total reclaimed space: 0B");
}

static const struct command prune = {
	.name = "prune",
	.args = "[options]",
	.summary = "Remove the cache of builds: there is none",
	.groups = groups,
	.opt_size = sizeof(struct prune_opts),
	.run = run_prune,
};

static const struct command *const sub[] = {&prune, NULL};

const struct command cmd_builder = {
	.name = "builder",
	.args = "COMMAND",
	.summary = "Manage builds: podlite makes none",
	.sub = sub,
	.needs = CMD_HIDDEN,
};

const struct command cmd_buildx = {
	.name = "buildx",
	.args = "COMMAND",
	.summary = "As builder",
	.sub = sub,
	.needs = CMD_HIDDEN,
};
