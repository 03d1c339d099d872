/*
 * ctr.h - the use cases on containers that commands call: no getopt, no printf below this line.
 * Each group is implemented in a file ctr_*.c beside this one.
 */
#ifndef PODLITE_ENGINE_CTR_H
#define PODLITE_ENGINE_CTR_H

#include "podlite/engine/ctr_record.h"

struct start_opts {
	bool attach_stdin, attach_stdout, attach_stderr; /* none: detached */
	bool sig_proxy;
	const char *detach_keys;     /* "" : off (default) */
	uint64_t preserve;           /* a bit for each descriptor from 3 on that is handed on, under its number */
	bool passthrough;            /* log driver passthrough: our 0-2 */
	bool init;                   /* all but the exec; detached */
};
/* Where no container runs yet: let the user namespace be made while the caller goes on to create
 * or look up the container that it will start. */
void ctr_start_ahead(struct context *c);
/* Start a created or stopped container. Attached: runs until it ends or is detached from, and
 * *ret_code is its exit status. Detached: returns when it runs. */
int ctr_start(struct context *c, const char *id, const struct start_opts *o, int *ret_code, struct err *err) __must_check;
/* Let a container run that was started with `init`; detached returns when it does. */
int ctr_begin(struct context *c, const char *id, const struct start_opts *o, int *ret_code, bool *ret_detached, struct err *err) __must_check;
/* Stream client of a running container (attach, start -a). ret_code as ctr_start; *ret_detached. */
int ctr_attach(struct context *c, const char *id, const struct start_opts *o, int *ret_code, bool *ret_detached, struct err *err) __must_check;
int ctr_wait(struct context *c, const char *id, int *ret_code, struct err *err) __must_check;
/* The same in pieces. 1: it has ended, 0: not within that time, or it is only starting. *sock is -1 at first, is kept
 * from call to call, so that no end in between is missed, and the caller's to close. */
int ctr_wait_some(struct context *c, const char *id, int timeout_ms, int *sock, int *ret_code, struct err *err) __must_check;
int ctr_signal(struct context *c, const struct ctr *ctr, int sig, bool stop, bool all, struct err *err) __must_check;
/* timeout seconds, -1: the container's own; 0: kill at once. Already stopped is success. */
int ctr_stop(struct context *c, const char *id, int64_t timeout, struct err *err) __must_check;
/* The same as part of a removal: no event "stop" is told. */
int ctr_stop_silently(struct context *c, const char *id, int64_t timeout, struct err *err) __must_check;
/* monitor.json has changed: a living monitor reads name and restart policy again. */
void ctr_reload(struct context *c, const char *id);
int ctr_pause(struct context *c, const char *id, bool pause, struct err *err) __must_check;
/* New limits, restart policy and health check, of a running container at once, and for its next start. Of the
 * options only those are read. EK_UNSUPPORTED: it runs without a cgroup of its own. */
struct create_opts;
int ctr_update(struct context *c, const char *id, const struct create_opts *o, struct err *err) __must_check;
/* force: stop a running one first (timeout as ctr_stop). volumes: anonymous ones too. */
int ctr_remove(struct context *c, const char *id, bool force, bool volumes, int64_t timeout, struct err *err) __must_check;
/* Before what containers use is removed: with force they go too, else EK_IN_USE "WHAT by container
 * NAME (ID)". */
int ctr_remove_users(struct context *c, const char *what, bool (*uses)(const struct ctr_record *r, const char *name), const char *name, bool force, int64_t timeout, struct err *err) __must_check;
int ctr_rename(struct context *c, const char *id, const char *name, struct err *err) __must_check;
/* Running: descriptor of the container's root (O_PATH, through its PID 1); stopped: mounted in
 * our mount namespace (enters the user namespace). */
struct mounted_root;
struct ctr_root {
	int fd;
	struct mounted_root *mounted; /* NULL for a running container */
};
int ctr_open_root(struct context *c, const struct ctr *ctr, struct ctr_root *ret, struct err *err) __must_check;
void ctr_close_root(struct ctr_root *r);

/* ---- ctr_create.c, specgen.c ---- */
struct create_opts; /* podlite/engine/create_opts.h: what run and create accept, parsed */
int ctr_create(struct context *c, const struct create_opts *o, char ret_id[65], struct err *err) __must_check;

#endif
