/* quadlet.h - what the files of `podlite quadlet` share. */
#ifndef PODLITE_CMD_QUADLET_H
#define PODLITE_CMD_QUADLET_H

#include "podlite/command.h"
#include "quadlet/generate.h"

/* The file of that name ("web.container", or "web" where only one has it), or NULL with EK_NOT_FOUND. */
struct generated *quadlet_find(struct generated_list *l, const char *name, struct err *err);

extern const struct command cmd_quadlet_install, cmd_quadlet_rm;

#endif
