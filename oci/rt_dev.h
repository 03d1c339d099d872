/* rt_dev.h - device nodes of the container's /dev: opened on the host before the container's tree
 * exists, and checked to be what their names say. Internal to oci/rt_*. */
#ifndef PODLITE_RT_DEV_H
#define PODLITE_RT_DEV_H

#include "oci/rt_plan.h"

/* The default six and linux.devices. */
int rt_dev_plan(struct rt_plan *p, const struct spec_runtime *s, struct err *err) __must_check;

#endif
