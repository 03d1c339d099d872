/*
 * ctr_top.h - the processes of a running container, from its own procfs (checked to be one:
 * threats.md V3), so pids are those the container sees.
 */
#ifndef PODLITE_ENGINE_CTR_TOP_H
#define PODLITE_ENGINE_CTR_TOP_H

#include "common/jval.h"
#include "podlite/engine/engine.h"

/* Descriptors (podman-top(1)), e.g. "pid"; an unknown one is EK_USAGE. Rows: array of objects whose keys are
 * the descriptors; ret_headers has a header for each, some the same. */
int ctr_top(struct context *c, const struct ctr *ctr, const struct svec *descriptors, struct svec *ret_headers, struct jval **ret_rows, struct err *err) __must_check;
/* Adds all descriptor names, for `top --list-descriptors`. */
void ctr_top_descriptors(struct svec *ret);

#endif
