/* main.c - podlite: global options, find the command, run it, print its error. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/called.h"
#include "podlite/command.h"
#include "podlite/defaults.h"
#include "podlite/global.h"
#include "podlite/output.h"
#include "podlite/report.h"

/* Podman's line and nothing more: tools take the last word, or all that comes after "version". */
static int print_version(const char *argv0, struct err *err)
{
	return output_line(err, "%s version %s", called_podman(argv0) ? "podman" : "podlite", called_version(argv0));
}

static int dispatch(struct global_opts *g, int argc, char **argv, struct err *err)
{
	auto_free char *path = NULL;
	auto_svec struct svec given = SVEC_INIT;
	const struct command *cmd;
	bool help = false;

	if (options_parse(global_options, g, argc, argv, true, &argc, &help, &given, err) < 0)
		return -1;
	if (defaults_load(&g->context.conf, err) < 0 ||
		defaults_apply(&g->context.conf, NULL, g, &given, err) < 0 || global_apply(g, err) < 0)
		return -1;
	defaults_check(&g->context.conf);
	if (g->version)
		return print_version(g->context.argv[0], err);
	if (help)
		return command_help_all(command_table, global_options, err);
	cmd = command_find(command_table, &argc, &argv, &path, err);
	return cmd ? command_run(cmd, path, &g->context, argc, argv, err) : -1;
}

int main(int argc, char **argv)
{
	struct global_opts g = {.context = CONTEXT_INIT};
	struct err err = ERR_INIT;
	int r;

	fd_fill_standard();
	/* a reader that went away is an error of the write, not the end of a command half done */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 1)
		return 125;
	g.context.argv = xcalloc((size_t)argc + 1, sizeof(char *));
	memcpy(g.context.argv, argv, (size_t)argc * sizeof(char *));
	r = dispatch(&g, argc - 1, argv + 1, &err);
	if (r >= 0 && output_flush(&err) < 0)
		r = -1;
	if (r < 0) {
		report_error(&g.context, &err);
		r = err_exit_status(&err);
		g.context.status_is_containers = false;
	}
	report_exit(&g.context, r);
	free(g.context.argv);
	g.context.argv = NULL;
	options_done(global_options, &g);
	context_done(&g.context);
	return r;
}
