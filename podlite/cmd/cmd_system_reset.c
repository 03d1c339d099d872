/* cmd_system_reset.c - `podlite system reset`. */
#include "podlite/cmd/system.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/store_reset.h"
#include "podlite/output.h"
#include "podlite/prompt.h"

struct reset_opts {
	bool force;
};

static const struct option_def rows[] = {
	OPT_ROW("force", 'f', OPT_BOOL, struct reset_opts, force, NULL, "Do not ask"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

/* Only a person at a terminal is asked: a "y" that a script pipes into everything shall not empty the store. */
static int ask(const struct context *c, struct err *err)
{
	auto_free char *question = xasprintf("WARNING! This will remove:\n"
					     "\t- all containers, running ones too\n"
					     "\t- all images\n"
					     "\t- all volumes and secrets\n"
					     "\t- everything else in %s and %s\n"
					     "Are you sure you want to continue? [y/N] ",
		c->root, c->runroot);
	auto_free char *answer = prompt_line(question, "whether to remove everything", "use --force to go on without asking", err);

	if (!answer)
		return err_wrap(err, "system reset");
	return !strcasecmp(answer, "y") || !strcasecmp(answer, "yes");
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct reset_opts *o = opt;
	int r = o->force ? 1 : ask(c, err);

	(void)argc, (void)argv;
	return r <= 0 ? r : store_reset(c, err);
}

const struct command cmd_system_reset = {
	.name = "reset",
	.args = "[options]",
	.summary = "Remove everything: containers, images, volumes",
	.groups = groups,
	.opt_size = sizeof(struct reset_opts),
	.needs = CMD_STORE,
	.run = run,
};
