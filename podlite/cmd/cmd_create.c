/* cmd_create.c - `podlite create`: as run, but the container is started later. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "podlite/engine/create_opts.h"
#include "podlite/engine/engine.h"
#include "podlite/optgroups.h"
#include "podlite/output.h"
#include "podlite/report.h"

static int check_streams(const struct svec *attach, struct err *err)
{
	for (size_t i = 0; i < attach->n; i++)
		if (strcasecmp(attach->v[i], "stdin") && strcasecmp(attach->v[i], "stdout") && strcasecmp(attach->v[i], "stderr"))
			return err_set(err, EK_USAGE, "invalid stream \"%s\" for --attach - must be one of stdin, stdout, or stderr", attach->v[i]);
	return 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct create_opts o = *(const struct create_opts *)opt;
	char id[65];

	if (check_streams(&o.attach, err) < 0)
		return -1;
	o.image = argv[0];
	o.argv = argv + 1;
	o.argc = argc - 1;
	if (ctr_create(c, &o, id, err) < 0) {
		/* nothing was to be executed: 126 is for run */
		if (err->kind == EK_NOT_EXECUTABLE)
			err->kind = EK_INVALID;
		return -1;
	}
	report_container(c, id);
	return output_line(err, "%s", id);
}

static const struct option_def *const groups[] = {OPTGROUPS_CREATE, NULL};

const struct command cmd_create = {
	.name = "create",
	.args = "[options] IMAGE [COMMAND [ARG...]]",
	.summary = "Create a container without starting it",
	.groups = groups,
	.opt_size = sizeof(struct create_opts),
	.needs = CMD_STORE | CMD_STOP_AT_ARG,
	.min_args = 1,
	.max_args = -1,
	.run = run,
	.defaults_of = &cmd_run,
};
