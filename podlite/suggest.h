/* suggest.h - "did you mean": the nearest of a set of words, for commands and options. */
#ifndef PODLITE_SUGGEST_H
#define PODLITE_SUGGEST_H

#include "common/base.h"

struct suggest {
	const char *word; /* what was typed */
	const char *best; /* nearest candidate so far, borrowed; NULL if none is near */
	unsigned distance;
};

#define SUGGEST_INIT(w) {.word = (w)}

void suggest_try(struct suggest *s, const char *candidate);

#endif
