/* rt_ns.h - namespaces to make and to join, id maps. Internal to oci/rt_*. */
#ifndef PODLITE_RT_NS_H
#define PODLITE_RT_NS_H

#include "oci/rt_plan.h"

int rt_ns_plan(struct rt_plan *p, const struct spec_runtime *s, struct err *err) __must_check;
/* What of the target's namespaces differs from ours: the CLONE_NEW* to join through its pidfd. */
int rt_ns_target(struct rt_plan *p, pid_t pid, int pidfd, struct err *err) __must_check;
int rt_ns_write_maps(const struct rt_plan *p, pid_t pid, struct err *err) __must_check;

#endif
