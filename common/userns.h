/*
 * userns.h - the one user namespace of all of a user's containers (architecture.md §3b).
 *
 * The first command that needs it makes it (unshare, newuidmap and newgidmap side by side); it
 * lives as long as a process in it does. Later commands join it through a living monitor. There
 * is no pause process. Whoever enters also gets a mount namespace of its own, private from the
 * host's. Entering requires a single-threaded process that was exec'ed outside: its memory then
 * stays owned by the caller's namespace, out of reach of containers (threats.md X3).
 *
 * Mapping: container id 0 is the caller, 1.. are the caller's subordinate ids. With neither
 * subordinate ids nor newuidmap only id 0 exists (single-id). Invoked by root, or where the
 * caller is root of an outer namespace: all ids that the caller has map to themselves.
 */
#ifndef PODLITE_USERNS_H
#define PODLITE_USERNS_H

#include <sys/types.h>

#include "common/base.h"
#include "common/err.h"

#define USERNS_RANGES 16 /* of a map are used */

struct userns_range {
	uint32_t inside, outside, count;
};

struct userns_map {
	struct userns_range uid[USERNS_RANGES], gid[USERNS_RANGES];
	size_t nuid, ngid;
	bool single;      /* only id 0 is mapped: ownership cannot be kept */
	bool direct;      /* written by ourselves, no newuidmap needed */
	char why[160];    /* single: what is missing, for people */
};

/* What userns_enter would map for the caller. */
int userns_plan(struct userns_map *ret, struct err *err) __must_check;
/* Make a new user namespace and mount namespace and become root in it. */
int userns_create(const struct userns_map *map, struct err *err) __must_check;
/* Join the user namespace of a process (by pidfd or a /proc/PID/ns/user descriptor), if it is
 * owned by the caller; then a new mount namespace, and become root. -1 if it is gone or not ours. */
int userns_join(int nsfd, struct err *err) __must_check;
/* Make the namespace ahead in a child, while the caller does something else. The returned socket
 * gives its descriptor to userns_receive, here or in a program that inherits it; until it is closed
 * everywhere, the child gives the descriptor also to who asks at a socket in rundir: sixteen starts at
 * once need few namespaces, and newuidmap and newgidmap are a fifth of what a start costs. *ret_pid is to be waited
 * for. -1: it cannot be done; make one when it is needed. */
int userns_ahead(int rundir, pid_t *ret_pid);
/* A socket for userns_receive from a command that is just making one, or -1: nobody is. */
int userns_ahead_other(int rundir);
/* Waits for it: a descriptor for userns_join, or -errno when it failed. */
int userns_receive(int sock) __must_check;
/* The caller's effective uid as the namespace above ours has it: whoever is root of a user namespace
 * is somebody else outside. Itself where nothing is mapped. */
uid_t userns_outer_uid(void);
/* Is this the host's own namespace? Also where the kernel has no others. */
bool userns_is_initial(void);
/* Has it one id only, so that owners cannot be kept? */
bool userns_is_single(void);
/* After entering: no core dumps, no ptrace by others. */
void userns_protect(void);

#endif
