/*
 * mon_notify.h - sd_notify(3): what systemd, or whoever set $NOTIFY_SOCKET, is told of a container.
 *
 * --sdnotify conmon: ready when the container runs; healthy: when its health check first passes;
 * container: when a process inside says so on /run/notify/notify.sock, a socket of ours that hands
 * on what a container may say (READY, STATUS, WATCHDOG ...) and never MAINPID or descriptors;
 * ignore: nothing. The main process is the monitor: it lives as long as the container.
 */
#ifndef PODLITE_MON_NOTIFY_H
#define PODLITE_MON_NOTIFY_H

#include "common/err.h"
#include "common/loop.h"
#include "oci/spec_runtime.h"

enum mon_notify_mode { MON_NOTIFY_IGNORE, MON_NOTIFY_CONMON, MON_NOTIFY_CONTAINER, MON_NOTIFY_HEALTHY };

struct mon_notify {
	enum mon_notify_mode mode;
	char socket[108];       /* $NOTIFY_SOCKET; "" for none */
	bool ready;             /* told already */
	struct loop_source src; /* the container's socket */
};

struct mon;

/* From our environment; then the socket and what the container needs to know of it. */
int mon_notify_prepare(struct mon *m, struct spec_runtime *spec, struct err *err) __must_check;
void mon_notify_started(struct mon *m);
void mon_notify_healthy(struct mon *m);
void mon_notify_close(struct mon *m); /* idempotent; the socket's file too */

#endif
