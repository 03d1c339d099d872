/*
 * defaults.h - what an option is when the command line does not say: podlite.conf(5).
 *
 * Every option of the tables has a key and a variable, derived from its name:
 *
 *   podlite --log-level        log-level at the top of a file      PODLITE_LOG_LEVEL
 *   podlite run --memory       memory below [run]                  PODLITE_RUN_MEMORY
 *   podlite volume create -d   driver below [volume.create]        PODLITE_VOLUME_CREATE_DRIVER
 *
 * Strongest first: command line, variable, the user's drop-ins, the user's file, the system's
 * drop-ins, the system's file, what $CONTAINERS_CONF names (containers_conf.h), the built-in default. The strongest that names an option gives all
 * of it: lists are replaced, not added to. A setting that shall be no option of the command line
 * is a row with OPT_F_CONF in global.c.
 */
#ifndef PODLITE_DEFAULTS_H
#define PODLITE_DEFAULTS_H

#include "common/conf.h"
#include "podlite/command.h"

/* Read the files: $PODLITE_CONF alone if it is set (none if it is empty), else those of
 * /etc/podlite and $XDG_CONFIG_HOME/podlite. Without these directories it costs one look at each. */
int defaults_load(struct conf *ret, struct err *err) __must_check;
/* Warn of tables and keys that no command has. */
void defaults_check(const struct conf *conf);
/* Fill the options of cmd (NULL: those before the command) that are not on the list `given`. */
int defaults_apply(const struct conf *conf, const struct command *cmd, void *opt, const struct svec *given,
	struct err *err) __must_check;

#endif
