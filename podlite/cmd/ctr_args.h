/*
 * ctr_args.h - what commands on several containers share: which ones are meant (names, --all,
 * --latest, --filter, --cidfile, --ignore), one after another, all errors told, the worst returned.
 */
#ifndef PODLITE_CMD_CTR_ARGS_H
#define PODLITE_CMD_CTR_ARGS_H

#include "podlite/command.h"
#include "podlite/engine/ctr_filter.h"

struct ctr_args_select {
	bool all, latest, ignore;
	struct svec filter, cidfile;
};

#define CTR_ARGS_ROWS(type, member)                                                              \
	{"all", 'a', OPT_BOOL, offsetof(type, member.all), NULL, "All containers", 0, NULL, NULL, NULL}, \
	{"latest", 'l', OPT_BOOL, offsetof(type, member.latest), NULL, "The container created last", 0, NULL, NULL, NULL}, \
	{"filter", 'f', OPT_LIST, offsetof(type, member.filter), "FILTER", "Containers that match KEY=VALUE, as ps", 0, NULL, NULL, ctr_filter_words}, \
	{"cidfile", 0, OPT_LIST, offsetof(type, member.cidfile), "FILE", "Read a container ID from the file", 0, NULL, NULL, NULL}, \
	{"ignore", 'i', OPT_BOOL, offsetof(type, member.ignore), NULL, "A container that is not there is no error", 0, NULL, NULL, NULL}

/* Full ids of the containers meant. Names that do not exist: with ignore left out, else an error.
 * live_only: with --all and filters, only those with a living monitor. */
int ctr_args_select(struct context *c, const struct ctr_args_select *s, int argc, char **argv, bool live_only, struct svec *ret_ids, struct svec *ret_names, struct err *err) __must_check;
/* Call fn for each id; print the name as given when it succeeds; errors are printed as they come.
 * Returns 0, or -1 with the last error when any failed. */
int ctr_args_each(struct context *c, const struct svec *ids, const struct svec *names, int (*fn)(struct context *c, const char *id, void *arg, struct err *err), void *arg, struct err *err) __must_check;

#endif
