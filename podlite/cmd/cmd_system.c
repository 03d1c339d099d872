/* cmd_system.c - the group `podlite system`. */
#include "podlite/cmd/cmd.h"

#include "podlite/cmd/system.h"

static const struct command *const sub[] = {&cmd_system_check, &cmd_system_df, &cmd_events, &cmd_system_import, &cmd_info,
	&cmd_system_migrate, &cmd_system_prune, &cmd_system_renumber, &cmd_system_reset, NULL};

const struct command cmd_system = {
	.name = "system",
	.args = "COMMAND",
	.summary = "Manage podlite: disk usage, clean-up, information",
	.sub = sub,
};
