#include "podlite/global.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/journal.h"
#include "common/log.h"
#include "podlite/report.h"

static const char *const levels[] = {"trace", "debug", "info", "warn", "warning", "error", "fatal",
	"panic", NULL};
static const char *const drivers[] = {"overlay", "fuse-overlayfs", "vfs", NULL};
static const char *const managers[] = {"cgroupfs", "systemd", NULL};
static const char *const error_formats[] = {"text", "json", NULL};
static const char *const events[] = {"file", "journald", "none", NULL};

#define ROW(n, l, t, member, arg, help, dflt, choices)                                             \
	{n, l, t, offsetof(struct global_opts, member), arg, help, 0, dflt, NULL, choices}
#define CONF(n, t, member, arg, help)                                                              \
	{n, 0, t, offsetof(struct global_opts, member), arg, help, OPT_F_HIDDEN | OPT_F_CONF, NULL, NULL, NULL}
#define NOT_REMOTE(n, l, arg)                                                                      \
	{n, l, OPT_REFUSED, 0, arg,                                                                \
		"podlite has no service to connect to; run podlite on that machine, by ssh for example",  \
		0, NULL, NULL, NULL}

static const struct option_def rows[] = {
	ROW("cgroup-manager", 0, OPT_STR, context.cgroup_manager, "string",
		"Cgroup manager to use (\"cgroupfs\"|\"systemd\")", "whichever serves", managers),
	NOT_REMOTE("connection", 'c', "string"),
	ROW("debug", 0, OPT_BOOL, context.debug, NULL, "Say on stderr what is done, as --log-level debug",
		NULL, NULL),
	ROW("error-format", 0, OPT_STR, context.error_format, "string",
		"How errors are written to stderr: a line of text, or an object of JSON (\"text\"|\"json\")", "\"text\"", error_formats),
	ROW("events-backend", 0, OPT_STR, context.events_backend, "string",
		"Where events are written for podlite events (\"file\"|\"journald\"|\"none\")", "\"file\"", events),
	ROW("log-level", 0, OPT_STR, log_level, "string",
		"Log messages above specified level (trace, debug, info, warn, warning, error, fatal, panic)",
		"\"warn\"", levels),
	ROW("noout", 0, OPT_BOOL, noout, NULL, "Do not output to stdout", NULL, NULL),
	ROW("out", 0, OPT_STR, out, "FILE", "Send output (stdout) to a file", NULL, NULL),
	NOT_REMOTE("remote", 'r', NULL),
	ROW("root", 0, OPT_STR, context.root, "DIR",
		"Path to the directory in which images, containers and volumes are stored", NULL, NULL),
	ROW("runroot", 0, OPT_STR, context.runroot, "DIR",
		"Path to the run directory, of what need not survive the session", NULL, NULL),
	ROW("runtime", 0, OPT_STR, context.runtime, "string",
		"Path to the OCI-compatible binary used to run containers", "built in", NULL),
	ROW("runtime-flag", 0, OPT_LIST, context.runtime_flags, "stringArray",
		"Add global flags for the container runtime", NULL, NULL),
	ROW("status-fd", 0, OPT_INT, context.status_fd, "N",
		"Write what happens to this descriptor, as lines of JSON", NULL, NULL),
	ROW("storage-driver", 0, OPT_STR, context.storage_driver, "string",
		"Select which storage driver is used (\"overlay\"|\"fuse-overlayfs\"|\"vfs\")", NULL, drivers),
	ROW("storage-opt", 0, OPT_LIST, storage_opts, "stringArray",
		"Option of storage: overlay.mount_program=PATH, additionalimagestore=DIR", NULL, NULL),
	ROW("tmpdir", 0, OPT_STR, context.tmpdir, "DIR",
		"Path to the directory of what ends with the next boot: the run directory, before --runroot", NULL, NULL),
	NOT_REMOTE("url", 0, "string"),
	{"version", 'v', OPT_BOOL, offsetof(struct global_opts, version), NULL, "Version of podlite", OPT_F_ACTION,
		NULL, NULL, NULL},
	CONF("additional-stores", OPT_LIST, context.additional_stores, "DIR", "Stores of images to read besides one's own"),
	CONF("cdi-dirs", OPT_STR, context.cdi_dirs, "DIR:DIR...", "Where files of the Container Device Interface are"),
	CONF("size-budget", OPT_SIZE, context.size_budget, "SIZE", "What images may take: others go after a pull, least recently used first"),
	CONF("stall-timeout", OPT_INT, context.stall_timeout, "SECONDS", "Longest silence of a registry"),
	OPT_ROWS_END,
};

const struct option_def *const global_options[] = {rows, NULL};

static bool is(const char *s, const char *word)
{
	return s && !strcmp(s, word);
}

static int mount_program(struct context *c, const char *opt, const char *path, struct err *err)
{
	if (path[0] != '/')
		return err_set(err, EK_USAGE, "--storage-opt %s: the program must be an absolute path", opt);
	if (is(c->storage_driver, "vfs"))
		return err_set(err, EK_USAGE, "--storage-opt %s: --storage-driver vfs mounts nothing", opt);
	free(c->mount_program);
	c->mount_program = xstrdup(path);
	free(c->storage_driver);
	c->storage_driver = xstrdup("fuse-overlayfs");
	return 0;
}

static int additional_store(struct context *c, const char *opt, const char *dirs, struct err *err)
{
	(void)opt, (void)err;
	svec_add_split(&c->additional_stores, dirs, ',');
	return 0;
}

/* One KEY=VALUE of --storage-opt. */
static int storage_opt(struct context *c, const char *opt, struct err *err)
{
	static const struct {
		const char *key;
		int (*take)(struct context *c, const char *opt, const char *value, struct err *err);
	} known[] = {
		{"overlay.mount_program=", mount_program},
		{"additionalimagestore=", additional_store},
		{"overlay.additionalimagestore=", additional_store},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strncmp(opt, known[i].key, strlen(known[i].key)))
			return known[i].take(c, opt, opt + strlen(known[i].key), err);
	return err_set(err, EK_UNSUPPORTED,
		"--storage-opt %s: this option is not built; overlay.mount_program=PATH and additionalimagestore=DIR are", opt);
}

static int check_stores(const struct context *c, struct err *err)
{
	SVEC_EACH(dir, &c->additional_stores)
		if (*dir != '/')
			return err_set(err, EK_USAGE, "additional store \"%s\": it must be an absolute path", dir);
	return 0;
}

static int refuse(const struct context *c, struct err *err)
{
	if (is(c->events_backend, "journald") && !journal_is_here())
		return err_set(err, EK_UNSUPPORTED, "--events-backend journald: this host has no systemd journal; use file or none");
	if (c->stall_timeout < 0 || c->stall_timeout >= 86400)
		return err_set(err, EK_USAGE, "stall-timeout %lld: it is 1 to 86399 seconds, or 0", (long long)c->stall_timeout);
	return 0;
}

int global_apply(struct global_opts *g, struct err *err)
{
	int level = g->context.debug ? (int)LOG_DEBUG_ : g->log_level ? log_parse_level(g->log_level) : -1;
	const char *out = g->noout ? "/dev/null" : g->out;
	auto_fd int fd = -1;
	int r;

	if (refuse(&g->context, err) < 0 || report_open(&g->context, err) < 0)
		return -1;
	SVEC_EACH(opt, &g->storage_opts)
		if (storage_opt(&g->context, opt, err) < 0)
			return -1;
	if (check_stores(&g->context, err) < 0)
		return -1;
	if (level >= 0)
		log_setup((enum log_level)level, STDERR_FILENO);
	if (!out)
		return 0;
	fd = fd_open(AT_FDCWD, out, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, 0666);
	r = fd < 0 ? fd : fd_dup_to(fd, STDOUT_FILENO);
	return r < 0 ? err_neg(err, r, "open %s for output", out) : 0;
}
