/* global.h - the options before the command: podman's names, into a struct context. */
#ifndef PODLITE_GLOBAL_H
#define PODLITE_GLOBAL_H

#include "podlite/context.h"
#include "podlite/options.h"

struct global_opts {
	struct context context; /* the rows fill it directly */
	char *log_level, *out;
	struct svec storage_opts;
	bool noout, version;
};

extern const struct option_def *const global_options[];

/* Refuses what is known and not built; log level, standard output, storage options; called once,
 * before any command. */
int global_apply(struct global_opts *g, struct err *err) __must_check;

#endif
