/* image.h - the commands of the group `image` that are in files of others. */
#ifndef PODLITE_CMD_IMAGE_H
#define PODLITE_CMD_IMAGE_H

#include "podlite/command.h"
#include "podlite/engine/img_remove.h"

extern const struct command cmd_image_diff, cmd_image_scp, cmd_image_tree;

/* "Untagged: ..." and "Deleted: ...", a line each (cmd_rmi.c). */
int rmi_print_removed(const struct img_removed *r, struct err *err) __must_check;

struct request_answer;
/* "Loaded image: ...", a line each (cmd_load.c). */
int load_print_images(const struct request_answer *a, struct err *err) __must_check;

#endif
