#include "podlite/global.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

static const char *const levels[] = {"trace", "debug", "info", "warn", "warning", "error", "fatal",
	"panic", NULL};
static const char *const drivers[] = {"overlay", "fuse-overlayfs", "vfs", NULL};
static const char *const managers[] = {"cgroupfs", "systemd", NULL};
static const char *const events[] = {"file", "journald", "none", NULL};

#define ROW(n, l, t, member, arg, help, dflt, choices)                                             \
	{n, l, t, offsetof(struct global_opts, member), arg, help, 0, dflt, NULL, choices}
#define NOT_REMOTE(n, l, arg)                                                                      \
	{n, l, OPT_REFUSED, 0, arg,                                                                \
		"podlite has no service to connect to; run podlite on that machine, by ssh for example",  \
		0, NULL, NULL, NULL}

static const struct option_def rows[] = {
	ROW("cgroup-manager", 0, OPT_STR, context.cgroup_manager, "string",
		"Cgroup manager to use (\"cgroupfs\"|\"systemd\")", "\"cgroupfs\"", managers),
	NOT_REMOTE("connection", 'c', "string"),
	ROW("debug", 0, OPT_BOOL, context.debug, NULL, "Say on stderr what is done, as --log-level debug",
		NULL, NULL),
	ROW("events-backend", 0, OPT_STR, context.events_backend, "string",
		"Events backend to use (\"file\"|\"journald\"|\"none\")", "\"none\"", events),
	ROW("log-level", 0, OPT_STR, log_level, "string",
		"Log messages above specified level (trace, debug, info, warn, warning, error, fatal, panic)",
		"\"warn\"", levels),
	ROW("noout", 0, OPT_BOOL, noout, NULL, "Do not output to stdout", NULL, NULL),
	ROW("out", 0, OPT_STR, out, "FILE", "Send output (stdout) to a file", NULL, NULL),
	NOT_REMOTE("remote", 'r', NULL),
	ROW("root", 0, OPT_STR, context.root, "DIR",
		"Path to the directory in which images, containers and volumes are stored", NULL, NULL),
	ROW("runroot", 0, OPT_STR, context.runroot, "DIR",
		"Path to the 'run directory' where all state information is stored", NULL, NULL),
	ROW("runtime", 0, OPT_STR, context.runtime, "string",
		"Path to the OCI-compatible binary used to run containers", "built in", NULL),
	ROW("runtime-flag", 0, OPT_LIST, context.runtime_flags, "stringArray",
		"Add global flags for the container runtime", NULL, NULL),
	ROW("storage-driver", 0, OPT_STR, context.storage_driver, "string",
		"Select which storage driver is used (\"overlay\"|\"fuse-overlayfs\"|\"vfs\")", NULL, drivers),
	ROW("storage-opt", 0, OPT_LIST, context.storage_opts, "stringArray",
		"Used to pass an option to the storage driver", NULL, NULL),
	ROW("tmpdir", 0, OPT_STR, context.tmpdir, "DIR", "Path to the directory for temporary content",
		NULL, NULL),
	NOT_REMOTE("url", 0, "string"),
	ROW("version", 'v', OPT_BOOL, version, NULL, "Version of podlite", NULL, NULL),
	OPT_ROWS_END,
};

const struct option_def *const global_options[] = {rows, NULL};

int global_apply(const struct global_opts *g, struct err *err)
{
	int level = g->context.debug ? (int)LOG_DEBUG_ : g->log_level ? log_parse_level(g->log_level) : -1;
	const char *out = g->noout ? "/dev/null" : g->out;
	auto_fd int fd = -1;
	int r;

	if (level >= 0)
		log_setup((enum log_level)level, STDERR_FILENO);
	if (!out)
		return 0;
	fd = fd_open(AT_FDCWD, out, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, 0666);
	r = fd < 0 ? fd : fd_dup_to(fd, STDOUT_FILENO);
	return r < 0 ? err_neg(err, r, "open %s for output", out) : 0;
}
