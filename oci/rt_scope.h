/*
 * rt_scope.h - a cgroup from systemd: a transient scope with Delegate=yes around one process.
 *
 * For a login session and whatever else runs in a cgroup that is not the user's to divide: systemd
 * owns the hierarchy there, so it is asked, through sd-bus. libsystemd is loaded by name, in a short-
 * lived podlite-runtime (`helper` is its path), when a scope is made and never else; no program is
 * linked with it.
 *
 * The caller's uid, outside the user namespace it may be in, says whose systemd is meant: the user's
 * or, of root, the system's. The socket is found by the uid alone, so it serves cron and su as well.
 * Errors: EK_UNSUPPORTED without libsystemd, EK_NOT_FOUND where no systemd answers, EK_SYSTEM with
 * systemd's own words.
 */
#ifndef PODLITE_RT_SCOPE_H
#define PODLITE_RT_SCOPE_H

#include <sys/types.h>

#include "common/err.h"

/* Does the systemd that would be asked take connections? */
bool rt_scope_reachable(void);
/* Make NAME.scope (NAME-2.scope ... while one of that name is ending) in slice, or the manager's
 * usual one for NULL, and move pid into it. When this returns, /proc/PID/cgroup shows it. */
int rt_scope_start(const char *helper, const char *name, const char *slice, pid_t pid, struct err *err) __must_check;
/* Move pid into the group `below` ("/x") of a scope that rt_scope_start made. */
int rt_scope_attach(const char *helper, const char *unit, const char *below, pid_t pid, struct err *err) __must_check;

/* ---- between the two programs ---- */
#define RT_SCOPE_FLAG     "--systemd-scope"
#define RT_SCOPE_PATIENCE 30 /* seconds for one conversation */

/* The socket of systemd, or with *ret_bus of the D-Bus daemon. false: neither takes connections. */
bool rt_scope_find(char *ret, size_t size, bool *ret_bus);
/* podlite-runtime's side: {start NAME SLICE PID | attach UNIT BELOW PID}; the exit status. */
int rt_scope_stdio(int argc, char **argv);

#endif
