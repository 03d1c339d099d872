/* host_info.h - what `info` tells, in podman's shape: host, store, registries, plugins, version. */
#ifndef PODLITE_ENGINE_HOST_INFO_H
#define PODLITE_ENGINE_HOST_INFO_H

#include "common/jval.h"
#include "podlite/context.h"

struct jval *host_info_read(struct context *c, struct err *err) __must_check;
/* {"Client": {...}} of `version`. Called as podman (called.h) it has podlite's own version as "Podlite". */
struct jval *host_info_version(const struct context *c);
/* "linux/amd64" and its second half in Go's words. */
const char *host_info_arch(void);

#endif
