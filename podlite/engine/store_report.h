/* store_report.h - what `system check` found. */
#ifndef PODLITE_ENGINE_STORE_REPORT_H
#define PODLITE_ENGINE_STORE_REPORT_H

#include "common/jval.h"

struct store_problem {
	char *code, *kind, *id; /* as in storage/check.h; kind "container" too */
	char *path;             /* inside of it, or NULL */
	char *message;
	bool leftover;          /* nobody needs it: nothing is damaged */
};

struct store_report {
	struct store_problem *v;
	size_t n;
};

/* A new problem, no leftover; strings are copied, path may be NULL. */
void store_report_add(struct store_report *r, const char *code, const char *kind, const char *id, const char *path, const char *message);
/* What mends it, as a sentence. */
const char *store_report_fix(const struct store_problem *p);
/* {"version", "problems": [{code, kind, id, path, message, fix, leftover}]} */
struct jval *store_report_json(const struct store_report *r);
void store_report_done(struct store_report *r);

#endif
