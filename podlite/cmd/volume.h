/* volume.h - the commands of the group `volume` that have a file of their own. */
#ifndef PODLITE_CMD_VOLUME_H
#define PODLITE_CMD_VOLUME_H

#include "podlite/command.h"

extern const struct command cmd_volume_export, cmd_volume_import, cmd_volume_mount, cmd_volume_unmount, cmd_volume_reload;

#endif
