/* cmd_info.c - `podlite info`, also `system info`. */
#include "podlite/cmd/cmd.h"

#include "common/alloc.h"
#include "podlite/engine/host_info.h"
#include "podlite/output.h"
#include "podlite/output_yaml.h"

struct info_opts {
	bool debug;
	char *format;
};

static const struct option_def rows[] = {
	{"debug", 'D', OPT_BOOL, offsetof(struct info_opts, debug), NULL, "Does nothing: as podman", OPT_F_HIDDEN,
		NULL, NULL, NULL},
	OPT_ROW("format", 'f', OPT_STR, struct info_opts, format, "TEMPLATE", "Print with a Go template, or json"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct info_opts *o = opt;
	auto_jval struct jval *info = NULL;

	(void)argc, (void)argv;
	info = host_info_read(c, err);
	if (!info)
		return -1;
	return output_value(o->format, info, true, err);
}

const struct command cmd_info = {
	.name = "info",
	.args = "[options]",
	.summary = "Display podlite system information",
	.groups = groups,
	.opt_size = sizeof(struct info_opts),
	.needs = CMD_STORE,
	.run = run,
};
