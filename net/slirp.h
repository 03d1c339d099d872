/*
 * slirp.h - a container's way out through slirp4netns or pasta, each one helper process.
 *
 * Called by the monitor, root of the user namespace that owns the container's network namespace
 * and itself in the host's: the helper makes its sockets where it is started and enters the
 * container's namespace only to make the tap. It ends when exit_fd closes, that is with the monitor.
 *
 * Order: *_start (returns at once: runs beside the container's set-up) - *_wait (ready). pasta
 * publishes ports itself: a taken one fails there, before the container's command runs. Beside
 * slirp4netns that is done by publish.h.
 */
#ifndef PODLITE_SLIRP_H
#define PODLITE_SLIRP_H

#include <sys/types.h>

#include "common/err.h"
#include "common/svec.h"
#include "net/port.h"

struct uplink_args {
	int netns;                  /* the container's network namespace (nsfs) */
	int dir;                    /* directory for pasta's pid file */
	const struct svec *options; /* after "slirp4netns:" or "pasta:", one each */
	const struct port *ports;   /* for pasta */
	size_t nports;
	bool tap_is_there;          /* for slirp4netns: it finds tap0 as it shall be */
	bool debug;                 /* the helper may write to our stderr */
};

struct slirp_addresses {
	char ip[48], gateway[48], dns[48];
	int prefix;
	const char *gateway6; /* NULL: no IPv6 */
};

struct uplink {
	pid_t pid;      /* -1: none */
	int pidfd;
	int exit_fd;    /* the helper ends when this closes */
	int ready;      /* readable when it works */
	int complaint;  /* its stderr until it is ready */
	struct slirp_addresses net; /* empty texts: not known (pasta) */
	int dir;
};

#define UPLINK_INIT {.pid = -1, .pidfd = -1, .exit_fd = -1, .ready = -1, .complaint = -1}

/* What slirp4netns will call itself and the container with these options; checks them all. */
int slirp_network(const struct svec *options, struct slirp_addresses *ret, struct err *err) __must_check;
int slirp_start(const struct uplink_args *a, struct uplink *ret, struct err *err) __must_check;
int slirp_wait(struct uplink *u, struct err *err) __must_check;
int pasta_start(const struct uplink_args *a, struct uplink *ret, struct err *err) __must_check;
int pasta_wait(struct uplink *u, struct err *err) __must_check;
/* End the helper; idempotent. wait: until it is gone and its ports are free. That takes 20 ms,
 * because the kernel removes the tap in its exit; a caller who leaves too need not wait. */
void slirp_done(struct uplink *u, bool wait);

/* The argument vector for these options: also for tests (threats.md V33: flags asserted). */
int slirp_argv(const struct svec *options, bool configure, struct svec *ret, struct err *err) __must_check;
int pasta_argv(const struct svec *options, const struct port *ports, size_t nports, struct svec *ret, struct err *err) __must_check;

/* The options of `--network pasta:...` in their long form, each value behind its name; whatever is
 * not for users is refused. Idempotent. */
int pasta_options(const struct svec *given, struct svec *ret, struct err *err) __must_check;

#define SLIRP_READY_FD 3
#define SLIRP_EXIT_FD  4
#define SLIRP_NETNS_FD 5 /* the container's /proc/PID/ns is closed to us until it has exec'ed */

#endif
