/*
 * doctor_check.h - for the check files doctor_*.c: one table each, and how a check reports.
 *
 * A check sets what, and fix where there is a command for it; without a call of doctor_warn or
 * doctor_fail it is ok.
 */
#ifndef PODLITE_ENGINE_DOCTOR_CHECK_H
#define PODLITE_ENGINE_DOCTOR_CHECK_H

#include "podlite/engine/doctor.h"

struct doctor_check {
	const char *code, *name;
	const char *why; /* why it matters */
	void (*run)(const struct doctor_host *h, struct doctor_item *it);
};

/* Tables end with a NULL code. */
extern const struct doctor_check doctor_ids_checks[], doctor_userns_checks[],
	doctor_store_checks[], doctor_net_checks[], doctor_cgroup_checks[], doctor_host_checks[];

void doctor_boot_check(const struct doctor_host *h, struct doctor_item *it); /* doctor_boot.c */

void doctor_ok(struct doctor_item *it, const char *fmt, ...) __printf(2, 3);
void doctor_warn(struct doctor_item *it, const char *fmt, ...) __printf(2, 3);
void doctor_fail(struct doctor_item *it, const char *fmt, ...) __printf(2, 3);
/* The command that mends it; the second kind is for root and gets "sudo" in front for others. */
void doctor_fix(struct doctor_item *it, const char *fmt, ...) __printf(2, 3);
void doctor_fix_root(const struct doctor_host *h, struct doctor_item *it, const char *fmt, ...)
	__printf(3, 4);

/* Is there a seccomp filter around this process? */
bool doctor_is_filtered(const struct doctor_host *h);
/* What to do about a filter, which nobody can take off from within. */
extern const char *const doctor_outer_advice;

/* A file below the root, without the newline at its end; NULL if it is not there. */
char *doctor_read(const struct doctor_host *h, const char *path);
/* The same as a number, dflt if there is none. */
int64_t doctor_read_int(const struct doctor_host *h, const char *path, int64_t dflt);
bool doctor_exists(const struct doctor_host *h, const char *path);
/* Absolute path of a program, NULL if it is in no directory of h->path. */
char *doctor_program(const struct doctor_host *h, const char *name);

enum doctor_package { DOCTOR_PKG_UIDMAP, DOCTOR_PKG_FUSE_OVERLAYFS, DOCTOR_PKG_SLIRP4NETNS };
/* Sets the fix to this distribution's way of installing it. */
void doctor_mend_install(const struct doctor_host *h, struct doctor_item *it, enum doctor_package p);
/* Sets the fix to a sysctl, now and after the next start. */
void doctor_mend_sysctl(const struct doctor_host *h, struct doctor_item *it, const char *setting);

#endif
