/* net_inspect.h - named networks in podman's JSON shape. */
#ifndef PODLITE_ENGINE_NET_INSPECT_H
#define PODLITE_ENGINE_NET_INSPECT_H

#include "net/network.h"
#include "podlite/engine/ctr_record.h"

/* By name or id, with its running members. */
struct jval *net_inspect(struct context *c, const char *text, struct err *err) __must_check;
/* As `network ls --format json` has it: without members. */
struct jval *net_inspect_json(const struct network *n);
/* One row for tables and templates. */
struct jval *net_inspect_row(const struct network *n, bool no_trunc);

#endif
