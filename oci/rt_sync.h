/*
 * rt_sync.h - messages between rt_create or rt_exec and the process they cloned, on one
 * SOCK_SEQPACKET pair. The parent's half; the child's is in rt_child.c. Internal to oci/rt_*.
 *
 *	child                                parent
 *	MAP (new user namespace, or   ->     writes uid_map, gid_map; moves it into
 *	     cgroups of version 1)           the groups
 *	                              <-     MAPPED
 *	HELLO (+ network namespace)   ->     rt_create_begin returns
 *	  ... mounts everything ...
 *	MOUNTED (only with hooks)     ->     runs prestart and createRuntime hooks
 *	  waits: the network may still be in the making
 *	                              <-     GO, by rt_create_finish
 *	  pivots, limits, identity
 *	READY (+ pty master)          ->     rt_create_finish returns
 *	  waits: nothing runs before the caller is ready for its output
 *	                              <-     START, by rt_start
 *	LISTENER (+ descriptor, only if   -> hands it to linux.seccomp.listenerPath
 *	     the filter notifies)
 *	  exec: the socket closes     ->     rt_start returns 0
 *
 * At any time the child may send FAIL and exit. End of file where a message was due: the child
 * was killed. End of file in the child: the parent is gone, so it exits.
 *
 * There are no timeouts. Each side ends when the other does, and what a side does between two
 * messages is bounded by itself: hooks have the timeouts of the configuration, id maps are written
 * by programs of the host, and opening a source on a file system that hangs must wait as mount(8)
 * does. Callers that must not wait kill this process (the lock and the state stay right), or with
 * podlite-runtime the engine does.
 */
#ifndef PODLITE_RT_SYNC_H
#define PODLITE_RT_SYNC_H

#include "common/err.h"

enum rt_sync_type {
	RT_SYNC_MAP = 'm',
	RT_SYNC_MAPPED = 'M',
	RT_SYNC_HELLO = 'h',
	RT_SYNC_MOUNTED = 'n',
	RT_SYNC_GO = 'g',
	RT_SYNC_READY = 'r',
	RT_SYNC_START = 's',
	RT_SYNC_LISTENER = 'l',
	RT_SYNC_FAIL = 'f',
};

struct rt_sync {
	int type;
	int a;     /* FAIL: enum rt_step; GO: pid */
	int index; /* FAIL: which row of the plan */
	int sys;   /* FAIL: errno */
};

struct rt_plan;
struct spec_runtime;

int rt_sync_send(int sock, enum rt_sync_type type, int a) __must_check; /* 0 or -errno */
/* Receive the expected message; *ret_fd takes a descriptor that came along (-1 if none, may be
 * NULL). A FAIL becomes its words; end of file is "died". Returns 0, or 1 at end of file when
 * `type` is START (the exec has happened), or -1. */
int rt_sync_expect(int sock, enum rt_sync_type type, const struct rt_plan *p, struct rt_sync *ret,
	int *ret_fd, struct err *err) __must_check;
/* In both: START also takes LISTENER, 0 with *ret_fd; expect once more then. */
/* After START to a process whose plan is gone (podlite-runtime start): 1 when it has executed. */
int rt_sync_expect_start(int sock, const struct spec_runtime *s, int *ret_fd, struct err *err) __must_check;
/* The words for a failure. p may be NULL when only the process part can have failed; cmd is then
 * the command's name. */
int rt_sync_words(const struct rt_sync *m, const struct rt_plan *p, const char *cmd, struct err *err);

#endif
