/* cmd_healthcheck.c - the group `podlite healthcheck`: run. */
#include "podlite/cmd/cmd.h"

#include "podlite/engine/ctr_health.h"
#include "podlite/output.h"

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	bool passed = false, startup = false;
	char id[65];

	(void)opt, (void)argc;
	if (ctr_find_id(c, argv[0], id, err) < 0 || ctr_health_run(c, id, &passed, &startup, err) < 0)
		return -1;
	if (passed)
		return 0;
	return output_line(err, startup ? "starting" : "unhealthy") < 0 ? -1 : 1;
}

static const struct command healthcheck_run = {
	.name = "run",
	.args = "CONTAINER",
	.summary = "Run the health check of a container now",
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};

static const struct command *const sub[] = {&healthcheck_run, NULL};

const struct command cmd_healthcheck = {
	.name = "healthcheck",
	.args = "COMMAND",
	.summary = "Manage health checks of containers",
	.sub = sub,
};
