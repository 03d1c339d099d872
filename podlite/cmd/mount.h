/* mount.h - the mount commands of cmd_mount.c that are members of groups. */
#ifndef PODLITE_CMD_MOUNT_H
#define PODLITE_CMD_MOUNT_H

#include "podlite/command.h"

extern const struct command cmd_image_mount, cmd_image_unmount, cmd_image_umount;

#endif
