/* cmd_exec.c - `podlite exec`. */
#include "podlite/cmd/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "common/id.h"
#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/create_env.h"
#include "podlite/engine/create_value.h"
#include "podlite/engine/ctr_exec.h"
#include "podlite/output.h"
#include "podlite/report.h"

struct exec_cmd_opts {
	struct ctr_args_select select;
	bool detach, interactive, tty, privileged;
	char *user, *workdir, *detach_keys;
	struct svec env, env_files;
	char *preserve_fds;
	struct svec preserve_fd;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct exec_cmd_opts, m, a, h)
static const struct option_def rows[] = {
	O("detach", 'd', OPT_BOOL, detach, NULL, "Do not wait for the command"),
	O("detach-keys", 0, OPT_STR, detach_keys, "KEYS", "Stop waiting on these keys, such as ctrl-p,ctrl-q (default: none)"),
	O("env", 'e', OPT_LIST, env, "NAME[=VALUE]", "Set an environment variable; without value: pass ours on"),
	O("env-file", 0, OPT_LIST, env_files, "FILE", "Read environment variables from a file"),
	O("interactive", 'i', OPT_BOOL, interactive, NULL, "Pass standard input to the command"),
	O("latest", 'l', OPT_BOOL, select.latest, NULL, "The container created last"),
	O("preserve-fd", 0, OPT_CSV, preserve_fd, "FD", "Pass these descriptors to the command, under their numbers"),
	O("preserve-fds", 0, OPT_STR, preserve_fds, "N", "Pass descriptors 3 to 3+N-1 to the command"),
	O("privileged", 0, OPT_BOOL, privileged, NULL, "Give the command all capabilities of the user namespace"),
	O("tty", 't', OPT_BOOL, tty, NULL, "Give the command a terminal"),
	O("user", 'u', OPT_STR, user, "USER[:GROUP]", "Run as this user of the container"),
	O("workdir", 'w', OPT_STR, workdir, "DIR", "Working directory"),
	OPT_ROWS_END,
};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct exec_cmd_opts *o = opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT, env = SVEC_INIT;
	int named = o->select.latest ? 0 : MIN_OF(argc, 1), code = 0;
	uint64_t preserve;

	if (ctr_args_select(c, &o->select, named, argv, false, &ids, &names, err) < 0 ||
		create_env_resolve(&o->env_files, &o->env, &env, err) < 0)
		return -1;
	if (argc == named)
		return err_set(err, EK_USAGE, "must provide a non-empty command to start an exec session: invalid argument");
	if (create_fds_parse(o->preserve_fds, &o->preserve_fd, &preserve, err) < 0 ||
		report_check_preserved(c, preserve, err) < 0)
		return -1;
	struct exec_opts e = {
		.detach = o->detach,
		.interactive = o->interactive,
		.tty = o->tty,
		.privileged = o->privileged,
		.user = o->user,
		.workdir = o->workdir,
		.env = &env,
		.detach_keys = o->detach_keys ? o->detach_keys : "",
		.preserve = preserve,
		.argv = argv + named,
	};
	if (ctr_exec(c, ids.v[0], &e, &code, err) < 0)
		return -1;
	if (o->detach) {
		char session[ID_LEN + 1];

		id_random(session);
		return output_line(err, "%s", session);
	}
	return code;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_exec = {
	.name = "exec",
	.args = "[options] CONTAINER COMMAND [ARG...]",
	.summary = "Run another command in a running container",
	.groups = groups,
	.opt_size = sizeof(struct exec_cmd_opts),
	.needs = CMD_STORE | CMD_STOP_AT_ARG | CMD_SEAL,
	.max_args = -1,
	.run = run,
};
