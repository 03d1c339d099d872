/* ctr_inspect.h - `inspect` of a container in podman 5's JSON shape. */
#ifndef PODLITE_ENGINE_CTR_INSPECT_H
#define PODLITE_ENGINE_CTR_INSPECT_H

#include "common/jval.h"
#include "podlite/engine/ctr_record.h"

/* size: also SizeRw (enters the user namespace). */
struct jval *ctr_inspect(struct context *c, const struct ctr *ctr, bool size, struct err *err) __must_check;

/* ctr_inspect_host.c: the section HostConfig; takes bindings (PortBindings) over. */
struct jval *ctr_inspect_host(const struct ctr_record *r, const struct jval *config, const struct mon_conf *conf,
	struct jval *bindings);

/* Containers that must run before this one: --requires, and those whose namespaces it joins. dir: its directory. */
void ctr_dependencies(const struct ctr_record *r, int dir, struct svec *ret_ids);

#endif
