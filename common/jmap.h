/*
 * jmap.h - tables between JSON objects and C structs: one row a member.
 *
 *	static const struct jmap point_map[] = {
 *		JMAP_STR("name", struct point, name, JMAP_NEED),
 *		JMAP_INT("x", struct point, x, 0),        (int64_t)
 *		JMAP_END };
 *
 * Parsing is strict about types and names the JSON path in errors ("process.user.uid: expected
 * integer"); unknown members are ignored. Emitting leaves out zero values unless JMAP_KEEP.
 * jmap_done frees what parsing allocated and zeroes the struct.
 */
#ifndef PODLITE_JMAP_H
#define PODLITE_JMAP_H

#include "common/err.h"
#include "common/jval.h"
#include "common/svec.h"

enum jmap_kind {
	JMAP_K_END,
	JMAP_K_STR,     /* char * */
	JMAP_K_BOOL,    /* bool */
	JMAP_K_INT,     /* int64_t */
	JMAP_K_UINT,    /* uint64_t; negative refused */
	JMAP_K_U32,     /* uint32_t; range checked */
	JMAP_K_U32S,    /* { uint32_t *v; size_t n; } : array of integers */
	JMAP_K_STRS,    /* struct svec: array of strings */
	JMAP_K_DICT,    /* struct svec of "KEY=VALUE": object of strings */
	JMAP_K_SET,     /* struct svec: object whose keys matter (ExposedPorts, Volumes) */
	JMAP_K_OBJ,     /* embedded struct */
	JMAP_K_OPT,     /* pointer to struct, NULL if absent */
	JMAP_K_LIST,    /* { T *v; size_t n; } : array of objects */
	JMAP_K_RAW,     /* struct jval *: kept as it is (a reference) */
};

enum jmap_flags {
	JMAP_NEED = 1, /* must be present */
	JMAP_KEEP = 2, /* emitted even when zero or empty */
};

struct jmap {
	const char *key;
	enum jmap_kind kind;
	unsigned flags;
	size_t offset;
	const struct jmap *sub; /* OBJ, OPT, LIST */
	size_t sub_size;        /* OPT, LIST */
};

#define JMAP_ROW(k, kind_, type, member, fl) {k, kind_, fl, offsetof(type, member), NULL, 0}
#define JMAP_STR(k, type, member, fl)  JMAP_ROW(k, JMAP_K_STR, type, member, fl)
#define JMAP_BOOL(k, type, member, fl) JMAP_ROW(k, JMAP_K_BOOL, type, member, fl)
#define JMAP_INT(k, type, member, fl)  JMAP_ROW(k, JMAP_K_INT, type, member, fl)
#define JMAP_UINT(k, type, member, fl) JMAP_ROW(k, JMAP_K_UINT, type, member, fl)
#define JMAP_U32(k, type, member, fl)  JMAP_ROW(k, JMAP_K_U32, type, member, fl)
#define JMAP_U32S(k, type, member, fl) JMAP_ROW(k, JMAP_K_U32S, type, member, fl)
#define JMAP_STRS(k, type, member, fl) JMAP_ROW(k, JMAP_K_STRS, type, member, fl)
#define JMAP_DICT(k, type, member, fl) JMAP_ROW(k, JMAP_K_DICT, type, member, fl)
#define JMAP_SET(k, type, member, fl)  JMAP_ROW(k, JMAP_K_SET, type, member, fl)
#define JMAP_RAW(k, type, member, fl)  JMAP_ROW(k, JMAP_K_RAW, type, member, fl)
#define JMAP_OBJ(k, type, member, map, fl) {k, JMAP_K_OBJ, fl, offsetof(type, member), map, 0}
#define JMAP_OPT(k, type, member, map, subtype, fl)                                                \
	{k, JMAP_K_OPT, fl, offsetof(type, member), map, sizeof(subtype)}
#define JMAP_LIST(k, type, member, map, subtype, fl)                                               \
	{k, JMAP_K_LIST, fl, offsetof(type, member), map, sizeof(subtype)}
#define JMAP_END {NULL, JMAP_K_END, 0, 0, NULL, 0}

/* The layout JMAP_LIST fills: declare members as `struct { struct foo *v; size_t n; } foos;`. */
struct jmap_list {
	void *v;
	size_t n;
};

int jmap_parse(const struct jmap *map, const struct jval *v, void *out, struct err *err) __must_check;
struct jval *jmap_emit(const struct jmap *map, const void *in);
void jmap_done(const struct jmap *map, void *obj);
/* Both steps on a file below dirfd (fs.h flags). */
int jmap_read_file(const struct jmap *map, int dirfd, const char *name, size_t max, void *out, struct err *err) __must_check;
int jmap_write_file(const struct jmap *map, int dirfd, const char *name, const void *in, unsigned fs_flags, struct err *err) __must_check;

#endif
