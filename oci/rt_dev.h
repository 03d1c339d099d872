/* rt_dev.h - device nodes of the container's /dev: opened on the host before the container's tree
 * exists, and checked to be what their names say. Internal to oci/rt_*. */
#ifndef PODLITE_RT_DEV_H
#define PODLITE_RT_DEV_H

#include "oci/rt_plan.h"

/* Device rules (linux.resources.devices) with the default devices of the specification after them. */
struct rt_dev_rule {
	bool allow;
	char type;            /* a, b or c */
	int64_t major, minor; /* -1: all */
	char access[4];       /* of "rwm" */
};
bool rt_dev_rule(const struct jval *devices, size_t i, struct rt_dev_rule *ret); /* false: no more */
/* rt_dev_bpf.c: the same rules for a group of version 2; the host's root only. */
int rt_dev_bpf_attach(int group, const struct jval *devices, struct err *err) __must_check;
/* The host's root in its own user namespace, making a container that stays there. */
bool rt_dev_host_root(const struct rt_plan *p);
/* The default six nodes and linux.devices. */
int rt_dev_plan(struct rt_plan *p, const struct spec_runtime *s, struct err *err) __must_check;

#endif
