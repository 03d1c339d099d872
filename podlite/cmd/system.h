/* system.h - the commands of the group `podlite system` that have a file of their own. */
#ifndef PODLITE_CMD_SYSTEM_H
#define PODLITE_CMD_SYSTEM_H

#include "podlite/command.h"

extern const struct command cmd_system_check, cmd_system_df, cmd_system_import, cmd_system_migrate, cmd_system_prune,
	cmd_system_renumber, cmd_system_reset;

#endif
