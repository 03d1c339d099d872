/* ctr_inspect.h - `inspect` of a container in podman 5's JSON shape. */
#ifndef PODLITE_ENGINE_CTR_INSPECT_H
#define PODLITE_ENGINE_CTR_INSPECT_H

#include "common/jval.h"
#include "podlite/engine/ctr_record.h"

/* size: also SizeRw (enters the user namespace). */
struct jval *ctr_inspect(struct context *c, const struct ctr *ctr, bool size, struct err *err) __must_check;

#endif
