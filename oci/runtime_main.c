/* podlite-runtime: the OCI runtime's command line, and the seccomp compiler of the other programs.
 */
#include "oci/runtime.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/userns.h"
#include "oci/rt_seal.h"
#include "oci/rt_scope.h"
#include "oci/rt_seccomp_compile.h"

enum {
	JOINS = 1, /* makes or joins containers: its program must be out of their reach */
	OWN_STATUS = 2, /* a failure of ours is 255, as 1 to 127 may be the command's */
};

static const struct {
	const char *name, *args, *help;
	int (*run)(struct runtime *r, int argc, char **argv, struct err *err);
	unsigned flags;
} commands[] = {
	{"create", "[OPTIONS] ID", "create a container from a bundle", runtime_create, JOINS},
	{"delete", "[--force] ID", "remove a stopped container", runtime_signal_delete, 0},
	{"events", "[--stats] [--interval TIME] ID", "print what a container uses", runtime_events,
		0},
	{"exec", "[OPTIONS] ID COMMAND...", "run another process in a container", runtime_exec,
		JOINS | OWN_STATUS},
	{"features", "", "print what this runtime can do", runtime_spec_features, 0},
	{"kill", "[--all] ID [SIGNAL]", "send a signal", runtime_signal_kill, 0},
	{"list", "[--quiet] [--format table|json]", "list containers", runtime_query_list, 0},
	{"pause", "ID", "stop every process of a container", runtime_signal_pause, 0},
	{"ps", "[--format table|json] ID [PS-OPTION...]", "list a container's processes",
		runtime_query_ps, 0},
	{"resume", "ID", "let a paused container go on", runtime_signal_resume, 0},
	{"run", "[OPTIONS] ID", "create, start and wait", runtime_run, JOINS},
	{"spec", "[--bundle DIR] [--rootless]", "write a config.json to begin with", runtime_spec,
		0},
	{"start", "ID", "run the command of a created container", runtime_start, 0},
	{"state", "ID", "print the state of a container", runtime_query_state, 0},
	{"update", "[--resources FILE|-] [OPTIONS] ID", "change the limits of a container",
		runtime_update, 0},
};

static const char *const not_built[] = {"checkpoint", "restore"};

static void usage(FILE *to)
{
	fprintf(to, "Usage: podlite-runtime [OPTIONS] COMMAND\n\nAn OCI runtime.\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-9s %-40s %s\n", commands[i].name, commands[i].args,
			commands[i].help);
	fprintf(to, "\nOptions:\n"
		    "  --root DIR            directory of the state\n"
		    "  --log FILE            append errors to a file\n"
		    "  --log-format FORMAT   text or json\n"
		    "  --rootless HOW        true, false or auto: the user's own namespace is used\n"
		    "                        unless run by root, whatever is said here\n"
		    "  --systemd-cgroup      a scope of systemd is the container's cgroup\n"
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

/* What containerd and podman read back when a command fails: logrus' two formats. */
static void format_line(const struct runtime *r, const struct err *e, struct sbuf *line)
{
	auto_jval struct jval *v = jval_new_object(), *msg = jval_new_str(e->msg);
	time_t now = time(NULL);
	struct tm tm;
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (r->log_json) {
		jval_set_str(v, "level", "error");
		jval_set_str(v, "msg", e->msg);
		jval_set_str(v, "time", text);
		jval_print(v, false, line);
	} else {
		sbuf_addf(line, "time=\"%s\" level=error msg=", text);
		jval_print(msg, false, line);
	}
	sbuf_addch(line, '\n');
}

static void log_error(const struct runtime *r, const struct err *e)
{
	auto_fd int fd =
		fd_open(AT_FDCWD, r->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
	auto_sbuf struct sbuf line = SBUF_INIT;

	format_line(r, e, &line);
	if (fd < 0 || fd_write_all(fd, line.buf, line.len) < 0)
		fprintf(stderr, "podlite-runtime: cannot write to %s\n", r->log);
}

static int fail(const struct runtime *r, const struct err *e, unsigned flags)
{
	if (r->log)
		log_error(r, e);
	fprintf(stderr, "podlite-runtime: %s\n", e->msg);
	return flags & OWN_STATUS ? 255 : 1;
}

static int one_help(size_t i)
{
	printf("Usage: podlite-runtime [OPTIONS] %s %s\n\n%s\n", commands[i].name, commands[i].args,
		commands[i].help);
	return 0;
}

static int run_command(struct runtime *r, size_t i, char **all, int argc, char **argv)
{
	struct err err = ERR_INIT;
	int status = -1;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return one_help(i);
	if (!(commands[i].flags & JOINS) || rt_seal_exe(all, &err) == 0) {
		if (commands[i].flags & JOINS)
			userns_protect();
		status = commands[i].run(r, argc, argv, &err);
	}
	return status < 0 ? fail(r, &err, commands[i].flags) : status;
}

static int dispatch(struct runtime *r, char **all, int argc, char **argv)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, argv[0]))
			return run_command(r, i, all, argc, argv);
	err_set(&err, EK_USAGE, "unknown command \"%s\"; see: podlite-runtime --help", argv[0]);
	for (size_t i = 0; i < ARRAY_SIZE(not_built); i++)
		if (!strcmp(not_built[i], argv[0]))
			err_set(&err, EK_UNSUPPORTED,
				"%s: not supported: podlite-runtime neither saves nor restores processes",
				argv[0]);
	return fail(r, &err, 0);
}

static int global_options(
	struct runtime *r, int argc, char **argv, bool *version, bool *help, struct err *err)
{
	const char *format = "text", *rootless = "auto";
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
		return err_set(err, EK_USAGE,
			"invalid log-format: \"%s\" is neither text nor json", format);
	if (strcmp(rootless, "auto") != 0 && strcmp(rootless, "true") != 0 &&
		strcmp(rootless, "false") != 0)
		return err_set(err, EK_USAGE,
			"--rootless: \"%s\" is neither true, false nor auto", rootless);
	r->log_json = !strcmp(format, "json");
	return n;
}

int main(int argc, char **argv)
{
	struct runtime r = {.root_fd = -1};
	struct err err = ERR_INIT;
	bool version = false, help = false;
	int n;

	fd_fill_standard();
	if (argc == 2 && !strcmp(argv[1], "--compile-seccomp"))
		return compile_seccomp();
	if (argc > 2 && !strcmp(argv[1], RT_SCOPE_FLAG))
		return rt_scope_stdio(argc - 2, argv + 2);
	n = global_options(&r, argc, argv, &version, &help, &err);
	if (n < 0)
		return fail(&r, &err, 0);
	log_setup(r.debug ? LOG_DEBUG_ : LOG_WARN_, 2);
	if (version)
		printf("podlite-runtime version %s\nspec: 1.2.0\n", PACKAGE_VERSION);
	else if (help || n == argc)
		usage(help ? stdout : stderr);
	if (version || help)
		return 0;
	if (n == argc)
		return 1;
	if (!strcmp(argv[n], "help") || !strcmp(argv[n], "h")) {
		usage(stdout);
		return 0;
	}
	return dispatch(&r, argv, argc - n, argv + n);
}
