/* cmd_update.c - `podlite update`: other limits, another restart policy or health check. */
#include "podlite/cmd/cmd.h"

#include "podlite/engine/create_opts.h"
#include "podlite/engine/engine.h"
#include "podlite/optgroups.h"
#include "podlite/output.h"

static const struct option_def rows[] = {
	OPT_ROW("restart", 0, OPT_STR, struct create_opts, restart, "POLICY", "Restart when it ends: no, always, unless-stopped, on-failure[:N]"),
	OPT_ROWS_END,
};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	char id[65];

	(void)argc;
	if (ctr_find_id(c, argv[0], id, err) < 0)
		return -1;
	if (ctr_update(c, id, opt, err) < 0)
		return err_wrap(err, "update %s", argv[0]);
	return output_line(err, "%s", id);
}

static const struct option_def *const groups[] = {optgroups_resources, optgroups_health, rows, NULL};

const struct command cmd_update = {
	.name = "update",
	.args = "[options] CONTAINER",
	.summary = "Change the limits, the restart policy or the health check of a container",
	.groups = groups,
	.opt_size = sizeof(struct create_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
