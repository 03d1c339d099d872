/*
 * specgen_entries.h - lines added to the image's /etc/passwd and /etc/group: of the user and group
 * the container runs as, where the image has none (--passwd, --passwd-entry, --group-entry), and of
 * users of the host (--hostuser). As podman-run(1).
 */
#ifndef PODLITE_ENGINE_SPECGEN_ENTRIES_H
#define PODLITE_ENGINE_SPECGEN_ENTRIES_H

#include "podlite/engine/specgen.h"

/* passwd, group: texts of the image, NULL where it has no such file; then only --hostuser makes one.
 * g->ids is known. Sets g->passwd and g->group where something was added. */
int specgen_entries_add(struct specgen *g, const char *passwd, const char *group, struct err *err) __must_check;

#endif
