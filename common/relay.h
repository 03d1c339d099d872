/*
 * relay.h - copying between descriptors while a process runs: what a foreground exec
 * needs, and podlite-runtime run with a terminal.
 *
 * Bounded: a full target stops reading its source. Signals are passed on to the process; the
 * terminal's size is followed.
 */
#ifndef PODLITE_RELAY_H
#define PODLITE_RELAY_H

#include <signal.h>

#include "common/err.h"

struct relay_way {
	int from, to;      /* -1: unused */
	bool close_to;     /* close `to` at the end of input: the container's stdin */
	bool is_stdin;     /* does not keep the relay alive */
	const char *detach_keys; /* parsed keys to watch for, or NULL */
};

#define RELAY_WAYS 3

struct relay {
	struct relay_way ways[RELAY_WAYS];
	int pidfd;         /* the process; signals go there */
	int console;       /* pty master for SIGWINCH, or -1 */
	int size_from;     /* terminal whose size is followed, or -1 */
	bool forward_signals;
};

enum relay_end { RELAY_EXITED, RELAY_DETACHED };

/* Before the process is started: signals wait for relay_run, which passes them on, instead of ending the client when the
 * process is already there. ret_before: the mask, for sigprocmask(SIG_SETMASK) at the end; may be NULL. */
void relay_hold_signals(sigset_t *ret_before);
/* Copies until the process has ended and its output is read, or the detach keys were typed. */
int relay_run(struct relay *r, enum relay_end *ret_end, struct err *err) __must_check;

/* "ctrl-p,ctrl-q" or "a" -> bytes; "" gives "". Malformed: EK_USAGE. out holds 16. */
int relay_parse_keys(const char *text, char out[16], struct err *err) __must_check;

#endif
