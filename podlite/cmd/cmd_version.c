/* cmd_version.c - `podlite version`. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "podlite/called.h"
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

static int print_text(const char *argv0, struct err *err)
{
	const char *version = called_version(argv0);

	if (output_line(err, "Client:       podlite\nVersion:      %s\nAPI Version:  %s", version, version) < 0 ||
		(called_podman(argv0) && output_line(err, "Podlite:      %s", version_text()) < 0))
		return -1;
	return output_line(err, "OS/Arch:      linux/%s", host_info_arch());
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct version_opts *o = opt;
	auto_jval struct jval *v = NULL;

	(void)argc, (void)argv;
	if (!o->format)
		return print_text(c->argv[0], err);
	v = host_info_version(c);
	jval_set_int(jval_get(v, "Client"), "OutputVersion", REPORT_VERSION);
	if (strcmp(o->format, "json")) { /* templates may leave out the Client; there is no Server but podlite itself */
		for (const struct jval_iter *it = jval_first(jval_get(v, "Client")); it; it = jval_next(it))
			jval_set(v, jval_key(it), jval_ref(jval_value(it)));
		jval_set(v, "Server", jval_copy(jval_get(v, "Client")));
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
