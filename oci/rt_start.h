/* rt_start.h - cloning and undoing, common to rt_create and rt_exec. Internal to oci/rt_*. */
#ifndef PODLITE_RT_START_H
#define PODLITE_RT_START_H

#include "oci/rt_plan.h"
#include "oci/rt_sync.h"

/* Clone the process of c->plan: sets sync, pid and pidfd. */
int rt_start_clone(struct rt_container *c, struct err *err) __must_check;
/* After a failure: kill, reap, free, and remove the cgroup that was made. */
void rt_start_undo(struct rt_container *c);

/* What the parent does for the child between MAP and MAPPED: id maps, groups of version 1. */
int rt_start_place(struct rt_container *c, struct err *err) __must_check;
/* Wait for the exec; a seccomp listener that comes before it goes to its agent, with the
 * container's state, whose first process is `first`. 1: it has happened. */
int rt_start_wait(struct rt_container *c, pid_t first, struct err *err) __must_check;

#endif
