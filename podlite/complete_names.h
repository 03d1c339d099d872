/* complete_names.h - names of containers, images, volumes and secrets for complete.c. */
#ifndef PODLITE_COMPLETE_NAMES_H
#define PODLITE_COMPLETE_NAMES_H

#include "podlite/context.h"
#include "podlite/options.h"

/* args: the command's usage ("[options] CONTAINER [CONTAINER...]") tells which names it takes;
 * place: how many stand before this one.
 * true: none of these, the shell should offer file names. What cannot be read offers nothing: completion
 * is silent. */
bool complete_names(struct context *c, const char *args, size_t place,
	void (*fn)(void *arg, const char *name, const char *description), void *arg);
/* The same for an option by the name of its argument: "CONTAINER[:OPTIONS]", "[SOURCE:]DIR". */
bool complete_names_value(struct context *c, const struct option_def *d,
	void (*fn)(void *arg, const char *name, const char *description), void *arg);

#endif
