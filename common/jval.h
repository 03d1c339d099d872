/*
 * jval.h - JSON values: a strict wrapper over json-c (architecture.md §10).
 *
 * Added over json-c: whole input consumed, UTF-8 checked, depth limit, exact types (json-c
 * converts silently), no NUL inside strings, no escaped slashes on output, and a scan that
 * refuses duplicate keys for documents whose readers could disagree (threats.md R10).
 *
 * `struct jval` is a counted reference to a tree. jval_new_*, jval_parse and jval_ref return a
 * reference the caller owns (jval_free); adding to an object or array takes the child's
 * reference over. jval_get and the other getters lend: valid while the tree is.
 */
#ifndef PODLITE_JVAL_H
#define PODLITE_JVAL_H

#include "common/alloc.h"
#include "common/base.h"
#include "common/err.h"
#include "common/sbuf.h"
#include "common/svec.h"

struct jval;

enum jval_type { JV_NULL, JV_BOOL, JV_INT, JV_DOUBLE, JV_STRING, JV_ARRAY, JV_OBJECT };
enum jval_flags { JVAL_UNIQUE_KEYS = 1 }; /* for documents of strangers; bounds their values, too */

#define JVAL_MAX_DEPTH  32
#define JVAL_MAX_VALUES (1u << 17)

struct jval *jval_parse(const char *text, size_t n, unsigned flags, struct err *err) __must_check;
void jval_free(struct jval *v);
struct jval *jval_ref(struct jval *v);
DEFINE_AUTO(jval, jval_free)
#define auto_jval auto_cleanup(jval_autop)

/* --- reading: NULL values are allowed and behave as JSON null / missing --- */
enum jval_type jval_type(const struct jval *v);
struct jval *jval_get(const struct jval *obj, const char *key);  /* NULL if missing or not object */
struct jval *jval_path(const struct jval *obj, const char *dotted); /* "a.b.c" */
size_t jval_len(const struct jval *v);                           /* array or object, else 0 */
struct jval *jval_at(const struct jval *arr, size_t i);
const char *jval_str(const struct jval *v, const char *dflt);    /* dflt unless a string */
int64_t jval_int(const struct jval *v, int64_t dflt);
uint64_t jval_uint(const struct jval *v, uint64_t dflt);         /* holds up to 2^64-1 */
double jval_double(const struct jval *v, double dflt);
bool jval_bool(const struct jval *v, bool dflt);
/* Shorthands on a member. */
const char *jval_get_str(const struct jval *obj, const char *key, const char *dflt);
int64_t jval_get_int(const struct jval *obj, const char *key, int64_t dflt);
bool jval_get_bool(const struct jval *obj, const char *key, bool dflt);
/* Walk an object: it = jval_first(obj); while (it) { jval_key(it), jval_value(it); it = jval_next(it) } */
struct jval_iter;
const struct jval_iter *jval_first(const struct jval *obj);
const struct jval_iter *jval_next(const struct jval_iter *it);
const char *jval_key(const struct jval_iter *it);
struct jval *jval_value(const struct jval_iter *it);
/* All strings of an array appended to ret; false if it is not an array of strings. */
bool jval_strings(const struct jval *arr, struct svec *ret);

/* --- building --- */
struct jval *jval_new_object(void);
struct jval *jval_new_array(void);
struct jval *jval_new_str(const char *s);  /* NULL gives JSON null; invalid UTF-8 is replaced */
struct jval *jval_new_strn(const char *s, size_t n);
struct jval *jval_new_int(int64_t i);
struct jval *jval_new_uint(uint64_t u);
struct jval *jval_new_double(double d);
struct jval *jval_new_bool(bool b);
struct jval *jval_new_null(void);
struct jval *jval_new_dict(const struct svec *l); /* KEY=VALUE, or KEY for "" */
struct jval *jval_new_strings(const struct svec *l);
void jval_set(struct jval *obj, const char *key, struct jval *child); /* takes child; replaces */
void jval_set_str(struct jval *obj, const char *key, const char *s);
void jval_set_int(struct jval *obj, const char *key, int64_t i);
void jval_set_bool(struct jval *obj, const char *key, bool b);
void jval_del(struct jval *obj, const char *key);
void jval_add(struct jval *arr, struct jval *child); /* takes child */
struct jval *jval_copy(const struct jval *v);        /* deep */
/* Keys of `from` replace those of `to`, objects key by key. */
void jval_merge(struct jval *to, const struct jval *from);

/* --- writing --- */
void jval_print(const struct jval *v, bool pretty, struct sbuf *ret);  /* podman's 4-space style if pretty */
void jval_print_indent(const struct jval *v, unsigned spaces, struct sbuf *ret);

/* A whole file of ours: read and parse, or print and write atomically (fs.h flags, mode 0600). */
struct jval *jval_read_file(int dirfd, const char *name, size_t max, struct err *err) __must_check;
int jval_write_file(int dirfd, const char *name, const struct jval *v, unsigned fs_flags, struct err *err) __must_check;

#endif
