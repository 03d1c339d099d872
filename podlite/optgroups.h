/*
 * optgroups.h - option rows that several commands share. Each array begins at offset 0 of the
 * struct named beside it, so a command's own struct has that struct as its first member.
 */
#ifndef PODLITE_OPTGROUPS_H
#define PODLITE_OPTGROUPS_H

#include "podlite/options.h"

/* run and create: struct create_opts (podlite/engine/create_opts.h) */
extern const struct option_def optgroups_life[];      /* name, --rm, restart, labels, logs */
extern const struct option_def optgroups_image[];     /* --pull, --platform ... */
extern const struct option_def optgroups_process[];   /* environment, user, directory, limits of the process */
extern const struct option_def optgroups_mounts[];
extern const struct option_def optgroups_network[];   /* namespaces too */
extern const struct option_def optgroups_security[];
extern const struct option_def optgroups_resources[];
extern const struct option_def optgroups_health[];
extern const struct option_def optgroups_run[];       /* run only */
extern const struct option_def optgroups_refused[];   /* podman's options that are not built */

/* All of the above, for a command's list of groups. */
#define OPTGROUPS_CREATE                                                                           \
	optgroups_life, optgroups_image, optgroups_process, optgroups_mounts, optgroups_network,   \
		optgroups_security, optgroups_resources, optgroups_health, optgroups_refused

#endif
