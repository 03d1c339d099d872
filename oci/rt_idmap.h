/*
 * rt_idmap.h - id-mapped binds (runtime-spec 1.2, "Mounts": uidMappings, gidMappings, idmap, ridmap).
 * Linux 5.12 and a file system that takes part; CAP_SYS_ADMIN where the file system was mounted, so
 * usually for the host's root. Internal to oci/rt_*.
 */
#ifndef PODLITE_RT_IDMAP_H
#define PODLITE_RT_IDMAP_H

#include "oci/rt_plan.h"

/* A detached tree gets the mount's mappings, or where it has none those of the container. */
int rt_idmap_apply(int tree, bool recursive, const struct spec_mount *m, const struct spec_runtime *s, struct err *err) __must_check;
/* "0 1000 1\n": a list as uid_map takes it; checked. The result is allocated; NULL with err. */
char *rt_idmap_text(const struct spec_idmaps *m, const char *what, struct err *err);

#endif
