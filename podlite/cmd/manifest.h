/* manifest.h - parts of the group `podlite manifest` that have a file of their own. */
#ifndef PODLITE_CMD_MANIFEST_H
#define PODLITE_CMD_MANIFEST_H

#include "podlite/command.h"

/* cmd_manifest_change.c */
extern const struct command manifest_change_create, manifest_change_add, manifest_change_annotate, manifest_change_remove;

#endif
