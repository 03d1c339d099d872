/*
 * filters.h - `--filter KEY=VALUE` where each key is a function: volumes and networks.
 *
 * Different keys must all match; values of one key are alternatives, or must all match where the row
 * says so. A match function returns 1, 0, or -1 with err for a value that means nothing.
 */
#ifndef PODLITE_ENGINE_FILTERS_H
#define PODLITE_ENGINE_FILTERS_H

#include "common/err.h"
#include "common/svec.h"

struct filters_key {
	const char *key; /* NULL ends */
	int (*match)(const char *value, const void *subject, struct err *err);
	bool all;
};

/* kind: "volume", for the error about an unknown key. */
int filters_match(const struct filters_key *keys, const char *kind, const struct svec *filters, const void *subject, struct err *err) __must_check;

/* What match functions are made of. */
int filters_regex(const char *key, const char *value, const char *text, struct err *err) __must_check;
int filters_bool(const char *key, const char *value, bool is, struct err *err) __must_check;
int filters_until(const char *value, int64_t created_ns, struct err *err) __must_check; /* made before that */
bool filters_list(const struct svec *list, const char *value); /* KEY or KEY=VALUE is in the list */

#endif
