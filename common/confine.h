/*
 * confine.h - what a small resident program gives up before it reads the first byte of a stranger.
 *
 * Afterwards: not dumpable, no new privileges, no files at all, these capabilities, these system
 * calls; others fail with EPERM. Where the kernel or the architecture lacks a part, the rest holds.
 */
#ifndef PODLITE_CONFINE_H
#define PODLITE_CONFINE_H

#include "common/err.h"

/* A call that is allowed for some values of its argument (the lower 32 bits) only. */
struct confine_arg {
	unsigned call, arg;
	uint32_t values[4]; /* unused ones repeat the first */
};

struct confine {
	const char *name;       /* of the program, for errors */
	const unsigned *caps;   /* capabilities that are kept */
	size_t ncaps;
	const unsigned *calls;  /* __NR_* */
	size_t ncalls;          /* at most CONFINE_MAX */
	const struct confine_arg *args;
	size_t nargs;           /* at most CONFINE_MAX_ARGS */
};
#define CONFINE_MAX      64
#define CONFINE_MAX_ARGS 4

int confine_process(const struct confine *c, struct err *err) __must_check;

/* What every event loop with sockets, timers and memory needs. */
#ifdef __NR_epoll_wait
#define CONFINE_EPOLL_WAIT __NR_epoll_wait,
#else
#define CONFINE_EPOLL_WAIT
#endif
#define CONFINE_LOOP_CALLS                                                                                             \
	__NR_recvfrom, __NR_sendto, __NR_recvmsg, __NR_sendmsg, CONFINE_EPOLL_WAIT __NR_epoll_pwait, __NR_epoll_ctl,   \
		__NR_accept4, __NR_bind, __NR_connect, __NR_getsockname, __NR_getsockopt, __NR_setsockopt,             \
		__NR_shutdown, __NR_close, __NR_clock_gettime, __NR_brk, __NR_mmap, __NR_munmap, __NR_mremap,          \
		__NR_madvise, __NR_getrandom, __NR_futex, __NR_read, __NR_write, __NR_exit_group, __NR_exit,           \
		__NR_rt_sigreturn, __NR_restart_syscall, __NR_rt_sigprocmask, __NR_getpid, __NR_gettid, __NR_tgkill

#endif
