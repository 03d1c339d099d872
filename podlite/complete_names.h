/* complete_names.h - names of containers, images and volumes for complete.c. */
#ifndef PODLITE_COMPLETE_NAMES_H
#define PODLITE_COMPLETE_NAMES_H

#include "podlite/context.h"

/* args: the command's usage ("[options] CONTAINER [CONTAINER...]") tells which names it takes.
 * false: none of these. What cannot be read offers nothing: completion is silent. */
bool complete_names(struct context *c, const char *args,
	void (*fn)(void *arg, const char *name, const char *description), void *arg);

#endif
