/*
 * create_inside.h - a piece of work inside the user namespace, in a child of its own.
 *
 * The caller stays outside: it will start the monitor, whose memory must belong to the host's
 * namespace (common/userns.h). Used only where ids other than the caller's are needed.
 */
#ifndef PODLITE_ENGINE_CREATE_INSIDE_H
#define PODLITE_ENGINE_CREATE_INSIDE_H

#include "podlite/context.h"

/* fn runs in the child; its result (>= 0) is returned, or -1 with err as fn set it. */
int create_inside_run(struct context *c, int (*fn)(struct context *c, void *arg, struct err *err),
	void *arg, struct err *err) __must_check;

#endif
