/* cmd_version.c - `podlite version`. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "podlite/engine/host_info.h"
#include "podlite/output.h"
#include "podlite/report.h"
#include "podlite/version.h"

struct version_opts {
	char *format;
};

static const struct option_def rows[] = {
	OPT_ROW("format", 'f', OPT_STR, struct version_opts, format, "TEMPLATE",
		"Print with a Go template, or json"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct version_opts *o = opt;
	auto_jval struct jval *v = NULL;

	(void)c, (void)argc, (void)argv;
	if (!o->format)
		return output_line(err,
			"Client:       podlite\n"
			"Version:      %s\n"
			"API Version:  %s\n"
			"OS/Arch:      linux/%s",
			version_text(), version_text(), host_info_arch());
	v = host_info_version();
	jval_set_int(jval_get(v, "Client"), "OutputVersion", REPORT_VERSION);
	if (strcmp(o->format, "json")) { /* templates may leave out the Client, and there is no Server */
		for (const struct jval_iter *it = jval_first(jval_get(v, "Client")); it; it = jval_next(it))
			jval_set(v, jval_key(it), jval_ref(jval_value(it)));
		jval_set(v, "Server", jval_new_null());
	}
	return output_value(o->format, v, false, err);
}

const struct command cmd_version = {
	.name = "version",
	.args = "[options]",
	.summary = "Display the podlite version information",
	.groups = groups,
	.opt_size = sizeof(struct version_opts),
	.run = run,
};
