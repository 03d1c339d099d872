/* podlite-runtime: the OCI runtime's command line, and the seccomp compiler of the other programs.
 */
#include "oci/runtime.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/units.h"
#include "common/userns.h"
#include "oci/rt_seal.h"
#include "oci/rt_seccomp_compile.h"

enum { JOINS = 1 }; /* makes or joins containers: its program must be out of their reach */

static const struct {
	const char *name, *args, *help;
	int (*run)(struct runtime *r, int argc, char **argv, struct err *err);
	unsigned flags;
} commands[] = {
	{"create", "[OPTIONS] ID", "create a container from a bundle", runtime_create, JOINS},
	{"start", "ID", "run the command of a created container", runtime_start, 0},
	{"run", "[OPTIONS] ID", "create, start and wait", runtime_run, JOINS},
	{"state", "ID", "print the state of a container", runtime_query_state, 0},
	{"kill", "[--all] ID [SIGNAL]", "send a signal", runtime_signal_kill, 0},
	{"delete", "[--force] ID", "remove a stopped container", runtime_signal_delete, 0},
	{"exec", "[OPTIONS] ID COMMAND...", "run another process in a container", runtime_exec,
		JOINS},
	{"pause", "ID", "stop every process of a container", runtime_signal_pause, 0},
	{"resume", "ID", "let a paused container go on", runtime_signal_resume, 0},
	{"list", "[--quiet] [--format table|json]", "list containers", runtime_query_list, 0},
	{"spec", "[--bundle DIR] [--rootless]", "write a config.json to begin with",
		runtime_query_spec, 0},
	{"features", "", "print what this runtime can do", runtime_query_features, 0},
};

static const char *const not_built[] = {
	"update", "events", "ps", "checkpoint", "restore", "mounts"};

static void usage(FILE *to)
{
	fprintf(to, "Usage: podlite-runtime [OPTIONS] COMMAND\n\nAn OCI runtime.\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-9s %-32s %s\n", commands[i].name, commands[i].args,
			commands[i].help);
	fprintf(to, "\nOptions:\n"
		    "  --root DIR            directory of the state\n"
		    "  --log FILE            append errors to a file\n"
		    "  --log-format FORMAT   text or json\n"
		    "  --debug               say more\n"
		    "  --version, --help\n");
}

static int compile_seccomp(void)
{
	struct err err = ERR_INIT;

	if (rt_seccomp_compile_stdio(0, 1, &err) == 0)
		return 0;
	fprintf(stderr, "podlite-runtime: %s\n", err.msg);
	return 1;
}

/* What containerd and podman read back when a command fails. */
static void log_error(const struct runtime *r, const struct err *e)
{
	auto_fd int fd =
		fd_open(AT_FDCWD, r->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
	auto_sbuf struct sbuf line = SBUF_INIT;
	char now[40];

	units_print_time(units_now_ns(), false, now);
	if (r->log_json) {
		auto_jval struct jval *v = jval_new_object();

		jval_set_str(v, "level", "error");
		jval_set_str(v, "msg", e->msg);
		jval_set_str(v, "time", now);
		jval_print(v, false, &line);
	} else {
		sbuf_addf(&line, "time=\"%s\" level=error msg=\"%s\"", now, e->msg);
	}
	sbuf_addch(&line, '\n');
	if (fd < 0 || fd_write_all(fd, line.buf, line.len) < 0)
		fprintf(stderr, "podlite-runtime: cannot write to %s\n", r->log);
}

static int fail(const struct runtime *r, const struct err *e)
{
	if (r->log)
		log_error(r, e);
	fprintf(stderr, "podlite-runtime: %s\n", e->msg);
	return e->kind == EK_NO_COMMAND ? 127 : e->kind == EK_NOT_EXECUTABLE ? 126 : 1;
}

static int dispatch(struct runtime *r, char **all, int argc, char **argv, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, argv[0]) != 0)
			continue;
		if (commands[i].flags & JOINS) {
			if (rt_seal_exe(all, err) < 0)
				return -1;
			userns_protect();
		}
		return commands[i].run(r, argc, argv, err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(not_built); i++)
		if (!strcmp(not_built[i], argv[0]))
			return err_set(
				err, EK_UNSUPPORTED, "%s: not built in this version", argv[0]);
	return err_set(
		err, EK_USAGE, "unknown command \"%s\"; see: podlite-runtime --help", argv[0]);
}

static int global_options(
	struct runtime *r, int argc, char **argv, bool *version, bool *help, struct err *err)
{
	const char *format = "text", *rootless = NULL;
	const struct runtime_opt opts[] = {{"--root", 0, &r->root, NULL, NULL},
		{"--log", 0, &r->log, NULL, NULL}, {"--log-format", 0, &format, NULL, NULL},
		{"--debug", 0, NULL, &r->debug, NULL},
		{"--systemd-cgroup", 0, NULL, &r->systemd_cgroup, NULL},
		{"--rootless", 0, &rootless, NULL, NULL}, {"--version", 'v', NULL, version, NULL},
		{"--help", 'h', NULL, help, NULL}};
	int n = runtime_options(opts, ARRAY_SIZE(opts), argc, argv, err);

	if (n < 0)
		return -1;
	if (strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
		return err_set(
			err, EK_USAGE, "--log-format: \"%s\" is neither text nor json", format);
	r->log_json = !strcmp(format, "json");
	if (r->systemd_cgroup)
		return err_set(err, EK_UNSUPPORTED, "--systemd-cgroup: not built in this version");
	return n;
}

int main(int argc, char **argv)
{
	struct runtime r = {.root_fd = -1};
	struct err err = ERR_INIT;
	bool version = false, help = false;
	int n, status;

	if (argc == 2 && !strcmp(argv[1], "--compile-seccomp"))
		return compile_seccomp();
	n = global_options(&r, argc, argv, &version, &help, &err);
	if (n < 0)
		return fail(&r, &err);
	log_setup(r.debug ? LOG_DEBUG_ : LOG_WARN_, 2);
	if (version)
		printf("podlite-runtime version %s\nspec: 1.2.0\n", PACKAGE_VERSION);
	else if (help || n == argc)
		usage(help ? stdout : stderr);
	if (version || help)
		return 0;
	if (n == argc)
		return 1;
	status = dispatch(&r, argv, argc - n, argv + n, &err);
	return status < 0 ? fail(&r, &err) : status;
}
