/* mon_health.h - health checks in the monitor: when they run (mon_health.c), how one does (mon_probe.c). */
#ifndef PODLITE_MON_HEALTH_H
#define PODLITE_MON_HEALTH_H

#include <sys/types.h>

#include "common/loop.h"
#include "monitor/health.h"

struct mon;
struct mon_client;

struct mon_health {
	bool defined;
	struct health_conf conf;  /* borrows from mon_conf */
	struct health_state state;
	pid_t pid;                /* of the child that probes; 0: none */
	bool discard;             /* what it finds is about a run that has ended */
	bool startup;             /* it runs the startup check */
	struct loop_source child;
	struct loop_timer due, overdue;
};

/* mon_health.c */
void mon_health_start(struct mon *m);                                /* the container runs */
void mon_health_stop(struct mon *m);                                 /* it has ended */
void mon_health_ask(struct mon *m, struct mon_client *c);            /* MON_HEALTH */
/* mon_probe.c: in a fork of ours; never returns. Exit status: enum mon_probe_end. */
enum mon_probe_end { MON_PROBE_PASSED, MON_PROBE_FAILED, MON_PROBE_LATE };
__noreturn void mon_probe(struct mon *m, pid_t parent);

#endif
