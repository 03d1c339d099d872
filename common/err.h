/*
 * err.h - errors as values.
 *
 * Two tiers. Wrappers of one system call (fd, fs, rootfd, lock) return 0 or a descriptor, or
 * -errno. Everything that knows what it was trying to do takes `struct err *` last and returns
 * 0/fd/pointer, or -1/NULL with the error set. Nothing mixes both.
 *
 * kind is for the program (exit status, "ignore if missing"); msg is one line for the person,
 * wrapped once per layer so that it reads from intent to cause:
 * `run web: mount overlay: permission denied`. Where it gets too long, "..." stands for the middle of what was tried, so that
 * the cause is always there. "; " in a format begins the advice: what to do about
 * it. Programs get the parts one by one (podlite/report.h). The struct has no pointers: one write()
 * moves it between processes.
 */
#ifndef PODLITE_ERR_H
#define PODLITE_ERR_H

#include <stdint.h>

#include "common/base.h"

enum err_kind {
	EK_OK,
	EK_USAGE,          /* the command line; 125 */
	EK_NOT_FOUND,
	EK_EXISTS,
	EK_IN_USE,
	EK_DENIED,
	EK_INVALID,        /* a document, name or value is malformed */
	EK_NETWORK,
	EK_UNSUPPORTED,
	EK_NO_COMMAND,     /* 127: the container's command was not found */
	EK_NOT_EXECUTABLE, /* 126: it was found but cannot be executed */
	EK_SYSTEM,         /* a system call failed; sys holds errno */
};

struct err {
	enum err_kind kind;
	int sys;       /* errno where a system call failed, else 0 */
	uint16_t cause; /* where in msg the innermost message begins, or the system's */
	uint16_t fix;   /* where the advice begins, after "; "; 0: there is none */
	char msg[500]; /* one line, no newline, always terminated */
};

#define ERR_INIT {.kind = EK_OK}

/* Set the error (replacing any) and return -1. err may be NULL. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...) __printf(3, 4);
/* The same from errno: appends ": strerror". ENOENT, EEXIST, EACCES/EPERM, EBUSY select the kind. */
int err_sys(struct err *err, const char *fmt, ...) __printf(2, 3);
/* The same from a negative errno that a tier-one function returned. */
int err_neg(struct err *err, int neg, const char *fmt, ...) __printf(3, 4);
/* Prepend "fmt: " to the message that is there; keeps kind and sys. */
int err_wrap(struct err *err, const char *fmt, ...) __printf(2, 3);
/* Append "; advice": what to do about it. */
int err_advise(struct err *err, const char *fmt, ...) __printf(2, 3);
void err_clear(struct err *err);
/* Pass on an error, maybe one that another process wrote: it is made well formed. Returns -1. */
int err_take(struct err *err, const struct err *from);
/* No descriptors, no memory: it is us who lack something, not the thing that was read. Whoever lists to
 * find out what is unused must not go on. */
bool err_lacks_means(const struct err *err);
/* The exit status podman and docker give an error of this kind: 125, 126 or 127. */
int err_exit_status(const struct err *err);
/* Stable name of a kind for scripts: "not-found", "in-use" ... */
const char *err_kind_name(enum err_kind kind);

#endif
