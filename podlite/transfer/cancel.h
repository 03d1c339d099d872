/* cancel.h - did whoever asked give up (request.h: the end of the request)? Looked at between pieces of work. */
#ifndef PODLITE_CANCEL_H
#define PODLITE_CANCEL_H

#include <poll.h>

#include "common/err.h"

/* 0, or -1 with the error. */
static inline int cancel_check(struct err *err)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};

	return poll(&p, 1, 0) > 0 ? err_set(err, EK_SYSTEM, "interrupted") : 0;
}

#endif
