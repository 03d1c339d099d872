/* svec.h - a list of strings that owns them; v is NULL-terminated, so it serves as argv. */
#ifndef PODLITE_SVEC_H
#define PODLITE_SVEC_H

#include "common/base.h"

struct svec {
	char **v; /* NULL while empty and never used: use svec_argv() for exec */
	size_t n;
	size_t cap;
};

#define SVEC_INIT {.v = NULL}
#define SVEC_EACH(var, list)                                                                       \
	for (size_t var##_i = 0; var##_i < (list)->n; var##_i++)                                   \
		for (const char *var = (list)->v[var##_i]; var; var = NULL)

void svec_add(struct svec *l, const char *s); /* copies */
void svec_take(struct svec *l, char *s);      /* takes ownership */
void svec_addf(struct svec *l, const char *fmt, ...) __printf(2, 3);
void svec_add_all(struct svec *l, const struct svec *from);
void svec_add_split(struct svec *l, const char *s, char sep); /* empty parts are kept */
/* Fields between commas; "a,""b" in double quotes is one field, "" inside is a quote. False: a quote without its end. */
bool svec_add_csv(struct svec *l, const char *text) __must_check;
void svec_add_words(struct svec *l, const char *text); /* at blanks and tabs; no empty ones */
bool svec_has(const struct svec *l, const char *s);
char **svec_argv(struct svec *l); /* never NULL */
char *svec_join(const struct svec *l, const char *sep);
char *svec_join_csv(const struct svec *l); /* with quotes where svec_add_csv needs them */
void svec_remove(struct svec *l, size_t i);
void svec_sort(struct svec *l);
void svec_done(struct svec *l);

/* NAME=VALUE lists: value of name or NULL; replace or append. */
const char *svec_env_get(const struct svec *l, const char *name);
void svec_env_set(struct svec *l, const char *name, const char *value);
void svec_env_unset(struct svec *l, const char *name);

#define auto_svec auto_cleanup(svec_done)

#endif
