/*
 * context.h - what main prepared for a command: paths, store, verbosity. Passed down; no globals.
 */
#ifndef PODLITE_CONTEXT_H
#define PODLITE_CONTEXT_H

#include <sys/types.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/svec.h"
#include "storage/store.h"

struct regconf;

struct context {
	char *root;            /* --root, $XDG_DATA_HOME/podlite, ~/.local/share/podlite */
	char *runroot;         /* --runroot, $XDG_RUNTIME_DIR/podlite, /run/user/UID/podlite, checked /tmp */
	char *tmpdir;          /* --tmpdir, given: goes before --runroot */
	char *libexec;         /* directory of podlite-monitor, -transfer, -unpack, -init */
	char *bindir;          /* directory of podlite-runtime */
	char *storage_driver;  /* as given, or NULL */
	char *mount_program;   /* --storage-opt overlay.mount_program, or NULL */
	struct svec runtime_flags;
	char *runtime;         /* --runtime, NULL: builtin */
	char *cgroup_manager, *events_backend;
	bool debug;
	char *error_format;    /* --error-format: "json", else text */
	int64_t status_fd;     /* --status-fd as given, 0: none */
	int status;            /* our own descriptor of the same (report.h), or -1 */
	bool status_stuck;     /* nobody reads there: no more waiting */
	bool status_is_containers; /* the engine has seen a container's process end: its status is the command's */
	char *cdi_dirs;        /* directories of CDI files, separated by colons, or NULL */
	uint64_t size_budget;  /* bytes that images may take (img_budget.h), 0: any */
	struct svec additional_stores; /* paths (engine/img_stores.h) */
	bool pulled;           /* an image was pulled meanwhile */
	struct regconf *registries; /* registries.conf, read when the first short name is looked up (img_short_load); or NULL */
	int64_t stall_timeout; /* seconds without a byte from a registry, 0: the built-in limit */
	struct conf conf;      /* podlite.conf and its drop-ins: what options are by default */
	char **argv;           /* as podlite was called, NULL-terminated; strings borrowed */
	struct store store;    /* open when the command has CMD_STORE */
	int runfd;             /* runroot, open when the command has CMD_STORE; else -1 */
	int userns_sock;       /* a user namespace made ahead (userns_ahead), or -1 */
	pid_t userns_pid;      /* who makes it */
	bool in_userns;
	bool single_id;        /* the user namespace has one id only */
};

#define CONTEXT_INIT {.runfd = -1, .userns_sock = -1, .status = -1}

/* Resolve the paths from options and environment, checking the run directory's owner and mode
 * (threats.md X11). */
int context_paths(struct context *c, struct err *err) __must_check;
int context_open(struct context *c, struct err *err) __must_check;
/* Enter the user namespace: that of container `id` (must run), or of any living monitor, or a new
 * one. Idempotent. */
int context_enter_userns(struct context *c, const char *id, struct err *err) __must_check;
/* The namespace made ahead is used, or not needed: close it and wait for its maker. */
void context_drop_ahead(struct context *c);
void context_done(struct context *c);

#endif
