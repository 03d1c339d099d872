/*
 * containers_conf.h - containers.conf(5) of podman's family, where the caller names one.
 *
 * $CONTAINERS_CONF and, over it, $CONTAINERS_CONF_OVERRIDE are read; without these variables nothing
 * is, since the files in their usual places are written for podman. What has a counterpart here
 * becomes a document like podlite.conf, weaker than all of those (defaults.h). In containers.conf some
 * lists are added to by the command line, not replaced: they are a document of their own.
 */
#ifndef PODLITE_CONTAINERS_CONF_H
#define PODLITE_CONTAINERS_CONF_H

#include "common/conf.h"

/* Append what the variables name to ret, at most two documents. A file that is missing or no TOML is an
 * error; empty and /dev/null are no file. */
int containers_conf_load(struct conf *ret, struct err *err) __must_check;

#endif
