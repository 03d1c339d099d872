/* recreate.h - a container made once more by the command that made it. */
#ifndef PODLITE_CMD_RECREATE_H
#define PODLITE_CMD_RECREATE_H

#include "podlite/engine/ctr_record.h"
#include "podlite/options.h"

/* The words of that command: podlite [GLOBAL...] run [OPTION...] IMAGE [WORD...] */
struct recreate_parts {
	size_t verb;  /* index of the first word of the command: "run", "container" */
	size_t first; /* of its first option */
	size_t image; /* of what follows the options */
	bool creates; /* create, not run */
};
/* EK_UNSUPPORTED where it is not known. */
int recreate_parse(const struct ctr_record *r, struct recreate_parts *ret, struct err *err) __must_check;
/* Parse the options at the beginning of n words, which stay as they are. *ret: how many words those are; ret_given as with
 * options_parse. */
int recreate_options(const struct option_def *const *groups, void *opt, char *const *words, size_t n, size_t *ret,
	struct svec *ret_given, struct err *err) __must_check;

/* Run that command again, from the directory it was given in: the container gets a new id and keeps its name, and the
 * old one is removed when the new one is complete. Where `create` made it, it is started, too. Without a terminal: what
 * would have been attached is detached. */
int recreate(const struct ctr_record *r, struct err *err) __must_check;

#endif
