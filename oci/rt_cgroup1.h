/*
 * rt_cgroup1.h - control groups of version 1: one hierarchy a controller below /sys/fs/cgroup, where
 * the host has that layout ("legacy" or "hybrid"). Only podlite-runtime asks for them (rt_args
 * cgroup1), as engines run by root expect; podlite itself limits by version 2 alone.
 *
 * A group is made in every hierarchy that lets us, so that accounting is the container's own. A
 * limit whose hierarchy is not there or not writable is EK_UNSUPPORTED by name. Groups are kept as
 * "CONTROLLERS=PATH" (path below that hierarchy's mount). Internal to oci/rt_*.
 */
#ifndef PODLITE_RT_CGROUP1_H
#define PODLITE_RT_CGROUP1_H

#include "oci/rt_cgroup.h"

bool rt_cgroup1_host(void); /* the host has that layout */
/* linux.resources into files of version 1 (file names carry their controller: "memory.limit_in_bytes"). */
int rt_cgroup1_values(const struct jval *resources, struct rt_cgroup_values *ret, struct err *err) __must_check;
/* The device rules, which replace all that are there: nothing is allowed but what is listed, and
 * the default devices. */
void rt_cgroup1_devices(const struct jval *devices, struct rt_cgroup_values *ret);
/* Make the groups `name` ("/a/b") and set the limits. ret gets those made, on failure none is left. */
int rt_cgroup1_make(const char *name, bool absolute, const struct jval *resources, struct svec *ret, struct err *err) __must_check;
/* The container's view of its groups, for the mounts of type cgroup. */
int rt_cgroup1_mounts(struct rt_plan *p, struct err *err) __must_check;
/* One of the list; or the one that holds a controller. A descriptor or -errno. */
int rt_cgroup1_open_group(const char *entry) __must_check;
int rt_cgroup1_open(const struct svec *groups, const char *controller) __must_check;
int rt_cgroup1_enter(const struct svec *groups, pid_t pid, struct err *err) __must_check;

#endif
