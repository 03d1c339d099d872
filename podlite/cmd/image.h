/* image.h - the commands of the group `image` that are in files of others. */
#ifndef PODLITE_CMD_IMAGE_H
#define PODLITE_CMD_IMAGE_H

#include "podlite/command.h"

extern const struct command cmd_image_diff, cmd_image_tree;

#endif
