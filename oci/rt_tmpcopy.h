/* rt_tmpcopy.h - tmpfs with the option tmpcopyup: begins as a copy of what the image has at the
 * mount point. Internal to oci/rt_*. */
#ifndef PODLITE_RT_TMPCOPY_H
#define PODLITE_RT_TMPCOPY_H

#include "oci/rt_plan.h"

/* Makes the tmpfs of op (type and options are set) detached, fills it from p->root, and turns op
 * into RT_OP_TREE. Directories, files, links; devices, sockets and fifos are left out. */
int rt_tmpcopy_make(struct rt_plan *p, struct rt_op *op, struct err *err) __must_check;

#endif
