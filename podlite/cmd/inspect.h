/* inspect.h - shared by inspect, `container inspect`, `image inspect`, `volume inspect` and `network inspect`. */
#ifndef PODLITE_CMD_INSPECT_H
#define PODLITE_CMD_INSPECT_H

#include "podlite/command.h"

/* type: NULL or "all", "container", "image", "volume", "network". Prints what is found, then fails with the
 * first error if something was not. */
int inspect_names(struct context *c, const char *type, const char *format, bool size, int argc, char **argv, struct err *err) __must_check;

extern const struct command cmd_container_inspect;

#endif
