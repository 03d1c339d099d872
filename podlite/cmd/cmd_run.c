/* cmd_run.c - `podlite run`: create, start, and stay with it until it ends. */
#include "podlite/cmd/cmd.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/log.h"
#include "podlite/engine/create_opts.h"
#include "podlite/engine/create_value.h"
#include "podlite/engine/engine.h"
#include "podlite/optgroups.h"
#include "podlite/output.h"
#include "podlite/report.h"

struct run_opts {
	struct create_opts create;
	bool detach;
	int sig_proxy;
};

#define ROW(n, l, t, m, a, h) OPT_ROW(n, l, t, struct run_opts, m, a, h)
static const struct option_def rows[] = {
	ROW("detach", 'd', OPT_BOOL, detach, NULL, "Run in the background and print the container ID"),
	ROW("rmi", 0, OPT_BOOL, create.rmi, NULL, "Remove the image when the container has ended, unless another uses it; implies --rm"),
	{"sig-proxy", 0, OPT_TRI, offsetof(struct run_opts, sig_proxy), NULL, "Pass signals on to the container", 0, "true", NULL, NULL},
	OPT_ROWS_END,
};

static bool is_passthrough(const struct create_opts *o)
{
	return o->log_driver && !strcmp(o->log_driver, "passthrough");
}

/* On a terminal the container could put words into the caller's shell (threats.md V21). */
static int check_passthrough(const struct run_opts *o, struct err *err)
{
	if (!is_passthrough(&o->create))
		return 0;
	if (isatty(0) || isatty(1) || isatty(2))
		return err_set(err, EK_USAGE, "--log-driver passthrough cannot be used on a TTY");
	return 0;
}

static int choose_streams(struct run_opts *o, struct start_opts *s, struct err *err)
{
	const struct svec *attach = &o->create.attach;

	if (o->detach && attach->n)
		return err_set(err, EK_USAGE, "conflicting options: -a and -d");
	if (o->detach)
		return 0;
	for (size_t i = 0; i < attach->n; i++) {
		if (!strcasecmp(attach->v[i], "stdin"))
			s->attach_stdin = o->create.interactive = true;
		else if (!strcasecmp(attach->v[i], "stdout"))
			s->attach_stdout = true;
		else if (!strcasecmp(attach->v[i], "stderr"))
			s->attach_stderr = true;
		else
			return err_set(err, EK_USAGE, "invalid stream \"%s\" for --attach - must be one of stdin, stdout, or stderr", attach->v[i]);
	}
	if (!attach->n) {
		s->attach_stdin = o->create.interactive;
		s->attach_stdout = s->attach_stderr = true;
	}
	return 0;
}

static int check_rmi(struct run_opts *o, struct err *err)
{
	if (!o->create.rmi)
		return 0;
	if (o->create.rootfs)
		return err_set(err, EK_USAGE, "--rmi cannot be used with --rootfs: there is no image");
	o->create.rm = true;
	return 0;
}

static int prepare(const struct context *c, struct run_opts *o, struct start_opts *s, struct err *err)
{
	if (check_rmi(o, err) < 0)
		return -1;
	if (check_passthrough(o, err) < 0 || choose_streams(o, s, err) < 0 ||
		create_fds_parse(o->create.preserve_fds, &o->create.preserve_fd, &s->preserve, err) < 0 ||
		report_check_preserved(c, s->preserve, err) < 0)
		return -1;
	s->sig_proxy = o->sig_proxy >= 0 && !o->create.tty;
	s->detach_keys = o->create.detach_keys ? o->create.detach_keys : "";
	s->passthrough = is_passthrough(&o->create);
	if (o->create.tty && o->create.interactive && !o->detach && !isatty(0))
		log_warn("The input device is not a TTY. The --tty and --interactive flags might not work properly");
	return 0;
}

/* The monitor removes a --rm container; here only what never got one. */
static void remove_unstarted(struct context *c, const char *id)
{
	struct err ignored = ERR_INIT;

	if (fs_exists(c->store.containers, id) && ctr_remove(c, id, true, true, 0, &ignored) < 0)
		log_debug("%s", ignored.msg);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct run_opts o = *(const struct run_opts *)opt;
	struct start_opts s = {.detach_keys = ""};
	char id[65];
	int code = 0;

	if (prepare(c, &o, &s, err) < 0)
		return -1;
	o.create.image = argv[0];
	o.create.argv = argv + 1;
	o.create.argc = argc - 1;
	ctr_start_ahead(c);
	if (ctr_create(c, &o.create, id, err) < 0)
		return -1;
	report_container(c, id);
	if (ctr_start(c, id, &s, &code, err) < 0) {
		if (o.create.rm)
			remove_unstarted(c, id);
		return -1;
	}
	return o.detach ? output_line(err, "%s", id) : code;
}

static const struct option_def *const groups[] = {rows, optgroups_run, OPTGROUPS_CREATE, NULL};

const struct command cmd_run = {
	.name = "run",
	.args = "[options] IMAGE [COMMAND [ARG...]]",
	.summary = "Run a command in a new container",
	.groups = groups,
	.opt_size = sizeof(struct run_opts),
	.needs = CMD_STORE | CMD_STOP_AT_ARG,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
