/*
 * subid.h - subordinate ids of the caller: /etc/subuid and /etc/subgid (subuid(5)), lines
 * "owner:start:count", owner a login name or a number.
 */
#ifndef PODLITE_SUBID_H
#define PODLITE_SUBID_H

#include <sys/types.h>

#include "common/base.h"
#include "common/err.h"

struct subid_range {
	uint32_t start, count;
};

struct subid_list {
	struct subid_range *v;
	size_t n;
};

/* Ranges of uid (also under its login name) in one file. None is an empty list, not an error;
 * malformed lines are skipped as shadow does. */
int subid_read(const char *path, uid_t uid, struct subid_list *ret, struct err *err) __must_check;
/* The same from text: for tests and fuzzing. */
void subid_parse(const char *text, const char *name, uid_t uid, struct subid_list *ret);
void subid_done(struct subid_list *l);

#endif
