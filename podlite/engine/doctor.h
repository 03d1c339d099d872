/*
 * doctor.h - what this host lacks for podlite, and the exact command that mends it.
 *
 * Checks read files below host.root and look at what doctor_probe_host tried for real; both can be
 * replaced, so that tests inject every misconfiguration. Codes (PL001 ...) and names are stable:
 * scripts may rely on them, and a code is never given to another check.
 *
 * Order: doctor_host_init, doctor_probe_host, doctor_run, doctor_json or the items themselves.
 */
#ifndef PODLITE_ENGINE_DOCTOR_H
#define PODLITE_ENGINE_DOCTOR_H

#include <sys/types.h>

#include "common/err.h"
#include "common/jval.h"
#include "common/svec.h"

enum doctor_status { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL }; /* FAIL: podlite cannot run */

/* One thing that was tried; err is set where it failed. */
struct doctor_try {
	bool done, ok;
	struct err err;
};

enum doctor_call { DOCTOR_OPENAT2, DOCTOR_CLONE3, DOCTOR_MOUNT_SETATTR, DOCTOR_PIDFD,
	DOCTOR_CLOSE_RANGE, DOCTOR_NCALLS };

struct doctor_probe {
	struct doctor_try userns, proc, overlay, fuse; /* in a user namespace of its own */
	int tun_error, fuse_error;       /* errno of opening the device, 0 if it opens */
	bool idmap_nosuid;               /* newuidmap lies on a nosuid mount */
	bool have_store;                 /* the next four are known */
	uint64_t store_type;             /* statfs f_type */
	unsigned long store_flags;       /* ST_NOEXEC, ST_NOSUID ... */
	uint64_t store_free, store_inodes;
	bool calls[DOCTOR_NCALLS];       /* this kernel has the call */
	bool filter;                     /* seccomp filters can be installed */
};

struct doctor_host {
	int root;                /* directory that stands for / */
	uid_t uid, trusted;      /* the user; the owner programs with privileges must have (0) */
	const char *runtime_dir; /* $XDG_RUNTIME_DIR, or NULL */
	const char *store;       /* absolute path of the store */
	const char *libexec, *bindir;
	struct svec path;        /* where programs are looked for, absolute */
	const char *home;        /* $HOME, or NULL */
	char *user;              /* login name, or the number as text */
	struct doctor_probe probe;
};

struct doctor_item {
	const char *code, *name, *why;
	enum doctor_status status;
	char *what;
	char *fix;               /* a command, or NULL */
	bool needs_root;
};

struct doctor_report {
	struct doctor_item *v;
	size_t n;
	size_t warnings, failures;
};

/* Of this process and machine. The strings given are borrowed. */
int doctor_host_init(struct doctor_host *h, const char *store, const char *libexec,
	const char *bindir, struct err *err) __must_check;
void doctor_host_done(struct doctor_host *h);
/* Try for real; takes a few milliseconds, at most five seconds. Makes the store's directory. */
void doctor_probe_host(struct doctor_host *h);

void doctor_run(const struct doctor_host *h, struct doctor_report *ret);
void doctor_done(struct doctor_report *r);
/* The item with this code, or NULL. */
const struct doctor_item *doctor_find(const struct doctor_report *r, const char *code);
const char *doctor_status_name(enum doctor_status s); /* "ok", "warn", "fail" */
struct jval *doctor_json(const struct doctor_report *r);

#endif
