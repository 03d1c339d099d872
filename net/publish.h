/*
 * publish.h - published ports of a container: the sockets, and podlite-net which serves them.
 *
 * The monitor binds before anything of the container exists, so a taken port fails early, and
 * keeps the sockets for as long as it lives: through restarts of the container and of podlite-net,
 * while clients wait in the kernel's backlog. podlite-net (netd/netd.h) runs for one run of the
 * container, as our child, root of the user namespace that we are in.
 */
#ifndef PODLITE_PUBLISH_H
#define PODLITE_PUBLISH_H

#include <sys/types.h>

#include "common/err.h"
#include "net/port.h"
#include "net/publish_proto.h"

struct publish {
	int *fds;                       /* listening sockets */
	struct publish_listener *what;
	size_t n;
	uint64_t nofile[2];             /* soft and hard limit of open files before it was raised; 0: it was not */
	pid_t pid;                      /* podlite-net; -1: not running */
	int pidfd, sock, netns;
	struct publish_setup setup;
	bool debug;
};

#define PUBLISH_INIT {.pid = -1, .pidfd = -1, .sock = -1, .netns = -1}

/* Bind all ports. More than the soft limit of open files allows raise it. A port for which given has
 * sockets is served by those alone: they are taken and become -1 there. */
int publish_bind(struct publish *p, const struct port *ports, size_t n, int *given, size_t ngiven, struct err *err) __must_check;

struct publish_args {
	int netns;              /* the container's; duplicated, to start podlite-net again */
	const char *ip, *gateway; /* IPv4 of the container's network, "": it has none */
	const char *gateway6;   /* or NULL */
	bool debug;
};
/* Start podlite-net beside the container's set-up, wait until it works. program: its path. */
int publish_start(struct publish *p, const struct publish_args *a, const char *program, struct err *err) __must_check;
int publish_wait(struct publish *p, struct err *err) __must_check;
void publish_reap(struct publish *p); /* it has died */
/* The same again after that. */
int publish_again(struct publish *p, const char *program, struct err *err) __must_check;
/* The container's interface was made anew, or its addresses are others now. Of a only these count. */
void publish_refresh(struct publish *p, const struct publish_args *a);
/* End podlite-net and with it every connection; the ports stay bound. Idempotent. */
void publish_stop(struct publish *p);
/* Let the ports go, too. */
void publish_done(struct publish *p);

#endif
