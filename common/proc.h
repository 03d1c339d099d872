/*
 * proc.h - processes: spawning programs, waiting, identity by pidfd and start time.
 *
 * A pid read from a file is never signalled as such: proc_open_pidfd checks the start time on a
 * descriptor that pins the process (threats.md M13).
 */
#ifndef PODLITE_PROC_H
#define PODLITE_PROC_H

#include <signal.h>
#include <sys/types.h>

#include "common/base.h"
#include "common/err.h"
#include "common/sbuf.h"
#include "common/svec.h"

struct proc_fd {
	int from; /* descriptor here */
	int to;   /* number in the new program */
};

struct proc_spec {
	const char *path;      /* absolute program path; nothing is searched in $PATH */
	char *const *argv;
	char *const *envp;     /* NULL: the caller's environment */
	const struct proc_fd *fds; /* everything else is closed on exec; 0-2 not named: /dev/null */
	size_t nfds;
	const char *dir;       /* working directory, NULL: the caller's */
	bool new_session;
	bool keep_stdio;       /* 0-2 not named in fds are inherited */
	int death_signal;      /* PR_SET_PDEATHSIG, 0 for none */
};

/* Start a program (vfork + exec; exec failures are reported here). Signals are reset to default
 * and unblocked. Returns the pid. */
pid_t proc_spawn(const struct proc_spec *spec, struct err *err) __must_check;
/* Wait for a child: exit status 0..255, or 128 + signal. -1: no such child. */
int proc_wait(pid_t pid);
/* Run to the end with stdout and stderr captured (each at most max bytes, then the child is
 * killed); either may be NULL. Returns the exit status as proc_wait, -1 with err. */
int proc_capture(const struct proc_spec *spec, size_t max, struct sbuf *out, struct sbuf *errout, struct err *err) __must_check;
/* First of dirs... that has an executable name; NULL if none. Looks in $PATH, then /usr/sbin:/sbin. */
char *proc_find_program(const char *name);
/* Field 22 of /proc/PID/stat (clock ticks since boot); 0 if there is no such process. */
uint64_t proc_start_time(pid_t pid);
/* pidfd of pid, if it is still the process that started at start_time (0: do not check); -ESRCH. */
int proc_open_pidfd(pid_t pid, uint64_t start_time) __must_check;
int proc_signal(int pidfd, int sig); /* 0 or -errno */
bool proc_ends_within(int pidfd, int ms); /* waits; ms: -1 for as long as it takes */
/* Can the signal have any effect on this process? Not if it ignores it, or is the first one of a pid
 * namespace with the default action: the kernel discards it. A blocked one may be read by sigwait or
 * signalfd: it counts as heard, as does what cannot be found out. */
bool proc_hears(pid_t pid, int sig);
/* Of this process, keep these capabilities only: effective and permitted, nothing inheritable. */
int proc_keep_caps(const unsigned *keep, size_t n) __must_check;
/* State letter of /proc/PID/stat ('Z' for a zombie), 0 if gone. */
char proc_state(pid_t pid);
/* Boot id of this kernel (36 characters), "" if unknown. */
void proc_boot_id(char ret[40]);
/* The signals that a client catches to pass them on to the process it stands for: all but SIGCHLD, which
 * is about its own children, and SIGTTIN and SIGTTOU, by which its terminal keeps it in the background.
 * Those of faults are among them: a fault of its own ends a process even while they are blocked. */
void proc_client_signals(sigset_t *ret);
/* Signal by name ("TERM", "SIGTERM", "rtmin+3") or number 1..64; -1 if unknown. */
int proc_parse_signal(const char *text);
/* "SIGTERM"; NULL for numbers without a name. */
const char *proc_signal_name(int sig);

#endif
