/*
 * format_fields.h - what Go's types know of fields and JSON does not say: those that JSON leaves out when they are empty,
 * what kind a null is, and where a missing key is no error. Templates of podman and docker rely on it.
 */
#ifndef PODLITE_FORMAT_FIELDS_H
#define PODLITE_FORMAT_FIELDS_H

#include "common/jval.h"

enum format_field_kind {
	FIELD_UNKNOWN,
	FIELD_MAP,     /* null is empty, a missing key is no error */
	FIELD_LIST,    /* null is empty */
	FIELD_POINTER, /* null prints as <nil> */
	FIELD_TEXT, FIELD_NUMBER, FIELD_FLAG, /* never null */
	FIELD_ALIAS,   /* Go's name of the key `beside` */
};

struct format_field {
	const char *name;
	/* The field may be missing in an object that has this key. NULL: JSON always has it; "": that of an image's Config,
	 * whose keys may all be missing. */
	const char *beside;
	enum format_field_kind kind;
};

/* By name exactly, then without regard to case and underscores; lent. */
struct jval *format_fields_get(const struct jval *obj, const char *name, bool *ret_found);
/* NULL: nothing is known of such a field of obj. */
const struct format_field *format_fields_find(const struct jval *obj, const char *name);
/* The value of a field that is missing; a reference. */
struct jval *format_fields_zero(const struct jval *obj, const struct format_field *field);
/* Takes v; a null list or map is an empty one. */
struct jval *format_fields_settle(enum format_field_kind kind, struct jval *v);

#endif
