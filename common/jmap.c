#include "common/jmap.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"

static int type_error(struct err *err, const char *expected)
{
	return err_set(err, EK_INVALID, "expected %s", expected);
}

/* The path grows from the inside out: "[0]: expected an integer", "rlimits[0].soft: ...". */
static int at(struct err *err, const char *key)
{
	char msg[sizeof(err->msg)];
	const char *glue = "";

	if (!err)
		return -1;
	memcpy(msg, err->msg, sizeof(msg));
	if (!strncmp(msg, "expected ", 9))
		glue = ": ";
	else if (msg[0] != '[')
		glue = ".";
	return err_set(err, err->kind, "%s%s%s", key, glue, msg);
}

static int at_index(struct err *err, size_t i)
{
	char key[32];

	snprintf(key, sizeof(key), "[%zu]", i);
	return at(err, key);
}

static int parse_int(const struct jmap *m, const struct jval *v, void *p, struct err *err)
{
	int64_t i = jval_int(v, 0);
	uint64_t u = jval_uint(v, 0);

	if (jval_type(v) != JV_INT)
		return type_error(err, "an integer");
	if (m->kind == JMAP_K_INT) {
		*(int64_t *)p = i;
		return 0;
	}
	if (i < 0)
		return type_error(err, "a number that is not negative");
	if (m->kind == JMAP_K_UINT) {
		*(uint64_t *)p = u;
		return 0;
	}
	if (u > UINT32_MAX)
		return type_error(err, "a number below 2^32");
	*(uint32_t *)p = (uint32_t)u;
	return 0;
}

static int parse_dict(const struct jval *v, struct svec *list, bool set, struct err *err)
{
	if (jval_type(v) != JV_OBJECT)
		return type_error(err, "an object");
	for (const struct jval_iter *it = jval_first(v); it; it = jval_next(it)) {
		if (set) {
			svec_add(list, jval_key(it));
			continue;
		}
		if (jval_type(jval_value(it)) != JV_STRING)
			return err_set(err, EK_INVALID, "%s: expected a string", jval_key(it));
		svec_addf(list, "%s=%s", jval_key(it), jval_str(jval_value(it), ""));
	}
	return 0;
}

static int parse_list(const struct jmap *m, const struct jval *v, struct jmap_list *list, struct err *err)
{
	size_t n = jval_len(v);

	if (jval_type(v) != JV_ARRAY)
		return type_error(err, "an array");
	list->v = xcalloc(n, m->sub_size);
	list->n = n;
	for (size_t i = 0; i < n; i++)
		if (jmap_parse(m->sub, jval_at(v, i), (char *)list->v + i * m->sub_size, err) < 0)
			return at_index(err, i);
	return 0;
}

static int parse_u32s(const struct jval *v, struct jmap_list *list, struct err *err)
{
	static const struct jmap one = {"", JMAP_K_U32, 0, 0, NULL, 0};
	size_t n = jval_len(v);

	if (jval_type(v) != JV_ARRAY)
		return type_error(err, "an array of integers");
	list->v = xcalloc(n, sizeof(uint32_t));
	list->n = n;
	for (size_t i = 0; i < n; i++)
		if (parse_int(&one, jval_at(v, i), (uint32_t *)list->v + i, err) < 0)
			return at_index(err, i);
	return 0;
}

static int parse_member(const struct jmap *m, struct jval *v, void *p, struct err *err)
{
	switch (m->kind) {
	case JMAP_K_STR:
		if (jval_type(v) != JV_STRING)
			return type_error(err, "a string");
		*(char **)p = xstrdup(jval_str(v, ""));
		return 0;
	case JMAP_K_BOOL:
		if (jval_type(v) != JV_BOOL)
			return type_error(err, "true or false");
		*(bool *)p = jval_bool(v, false);
		return 0;
	case JMAP_K_INT:
	case JMAP_K_UINT:
	case JMAP_K_U32:
		return parse_int(m, v, p, err);
	case JMAP_K_U32S:
		return parse_u32s(v, p, err);
	case JMAP_K_STRS:
		return jval_strings(v, p) ? 0 : type_error(err, "an array of strings");
	case JMAP_K_DICT:
	case JMAP_K_SET:
		return parse_dict(v, p, m->kind == JMAP_K_SET, err);
	case JMAP_K_OBJ:
		return jmap_parse(m->sub, v, p, err);
	case JMAP_K_OPT:
		*(void **)p = xcalloc(1, m->sub_size);
		return jmap_parse(m->sub, v, *(void **)p, err);
	case JMAP_K_LIST:
		return parse_list(m, v, p, err);
	case JMAP_K_RAW:
		*(struct jval **)p = jval_ref(v);
		return 0;
	case JMAP_K_END:
		break;
	}
	return 0;
}

static size_t rows_of(const struct jmap *map)
{
	size_t n = 0;

	while (map[n].kind != JMAP_K_END)
		n++;
	return n;
}

/* The member of each row. What we wrote has them in the order of the rows, so the next one is where the search begins:
 * a record has few of its many rows, and one lookup for each costs more than its text. */
static void find_members(const struct jmap *map, size_t n, const struct jval *v, struct jval **ret)
{
	size_t next = 0;

	for (const struct jval_iter *it = jval_first(v); it; it = jval_next(it))
		for (size_t i = 0; i < n; i++) {
			size_t row = (next + i) % n;

			if (strcmp(map[row].key, jval_key(it)))
				continue;
			ret[row] = jval_value(it);
			next = row + 1;
			break;
		}
}

int jmap_parse(const struct jmap *map, const struct jval *v, void *out, struct err *err)
{
	size_t n = rows_of(map);
	auto_free struct jval **members = xcalloc(n + 1, sizeof(*members));

	if (jval_type(v) != JV_OBJECT)
		return type_error(err, "an object");
	find_members(map, n, v, members);
	for (size_t i = 0; i < n; i++) {
		const struct jmap *m = &map[i];

		/* an explicit null is the same as absent, as Go's encoders write it */
		if (!members[i]) {
			if (m->flags & JMAP_NEED)
				return err_set(err, EK_INVALID, "%s: missing", m->key);
			continue;
		}
		if (parse_member(m, members[i], (char *)out + m->offset, err) < 0)
			return at(err, m->key);
	}
	return 0;
}

/* {"a":{},"b":{}} */
static struct jval *emit_set(const struct svec *list)
{
	struct jval *o = jval_new_object();

	SVEC_EACH(key, list)
		jval_set(o, key, jval_new_object());
	return o;
}

static struct jval *emit_list(const struct jmap *m, const struct jmap_list *list)
{
	struct jval *a = jval_new_array();

	for (size_t i = 0; i < list->n; i++)
		jval_add(a, jmap_emit(m->sub, (const char *)list->v + i * m->sub_size));
	return a;
}

static struct jval *emit_u32s(const struct jmap_list *list)
{
	struct jval *a = jval_new_array();

	for (size_t i = 0; i < list->n; i++)
		jval_add(a, jval_new_uint(((const uint32_t *)list->v)[i]));
	return a;
}

/* NULL when the member has nothing to say and may be left out. */
static struct jval *emit_member(const struct jmap *m, const void *p)
{
	bool keep = m->flags & (JMAP_KEEP | JMAP_NEED);
	const struct svec *list = p;

	switch (m->kind) {
	case JMAP_K_STR:
		return *(char *const *)p ? jval_new_str(*(char *const *)p) : keep ? jval_new_str("") : NULL;
	case JMAP_K_BOOL:
		return *(const bool *)p || keep ? jval_new_bool(*(const bool *)p) : NULL;
	case JMAP_K_INT:
		return *(const int64_t *)p || keep ? jval_new_int(*(const int64_t *)p) : NULL;
	case JMAP_K_UINT:
		return *(const uint64_t *)p || keep ? jval_new_uint(*(const uint64_t *)p) : NULL;
	case JMAP_K_U32:
		return *(const uint32_t *)p || keep ? jval_new_uint(*(const uint32_t *)p) : NULL;
	case JMAP_K_U32S:
		return ((const struct jmap_list *)p)->n || keep ? emit_u32s(p) : NULL;
	case JMAP_K_STRS:
		return list->n || keep ? jval_new_strings(list) : NULL;
	case JMAP_K_DICT:
		return list->n || keep ? jval_new_dict(list) : NULL;
	case JMAP_K_SET:
		return list->n || keep ? emit_set(list) : NULL;
	case JMAP_K_OBJ: {
		struct jval *o = jmap_emit(m->sub, p);

		if (jval_len(o) || keep)
			return o;
		jval_free(o);
		return NULL;
	}
	case JMAP_K_OPT:
		return *(void *const *)p ? jmap_emit(m->sub, *(void *const *)p) : NULL;
	case JMAP_K_LIST:
		return ((const struct jmap_list *)p)->n || keep ? emit_list(m, p) : NULL;
	case JMAP_K_RAW:
		return jval_ref(*(struct jval *const *)p);
	case JMAP_K_END:
		break;
	}
	return NULL;
}

struct jval *jmap_emit(const struct jmap *map, const void *in)
{
	struct jval *o = jval_new_object();

	for (const struct jmap *m = map; m->kind != JMAP_K_END; m++) {
		struct jval *v = emit_member(m, (const char *)in + m->offset);

		if (v)
			jval_set(o, m->key, v);
	}
	return o;
}

static void done_member(const struct jmap *m, void *p)
{
	struct jmap_list *list = p;

	switch (m->kind) {
	case JMAP_K_STR:
		free(*(char **)p);
		*(char **)p = NULL;
		break;
	case JMAP_K_STRS:
	case JMAP_K_DICT:
	case JMAP_K_SET:
		svec_done(p);
		break;
	case JMAP_K_U32S:
		free(list->v);
		list->v = NULL;
		list->n = 0;
		break;
	case JMAP_K_OBJ:
		jmap_done(m->sub, p);
		break;
	case JMAP_K_OPT:
		if (*(void **)p)
			jmap_done(m->sub, *(void **)p);
		free(*(void **)p);
		*(void **)p = NULL;
		break;
	case JMAP_K_LIST:
		for (size_t i = 0; i < list->n; i++)
			jmap_done(m->sub, (char *)list->v + i * m->sub_size);
		free(list->v);
		list->v = NULL;
		list->n = 0;
		break;
	case JMAP_K_RAW:
		jval_free(*(struct jval **)p);
		*(struct jval **)p = NULL;
		break;
	default:
		break;
	}
}

void jmap_done(const struct jmap *map, void *obj)
{
	for (const struct jmap *m = map; m->kind != JMAP_K_END; m++)
		done_member(m, (char *)obj + m->offset);
}

int jmap_read_file(const struct jmap *map, int dirfd, const char *name, size_t max, void *out, struct err *err)
{
	auto_jval struct jval *v = jval_read_file(dirfd, name, max, err);

	if (!v)
		return -1;
	if (jmap_parse(map, v, out, err) < 0) {
		jmap_done(map, out);
		return err_wrap(err, "read %s", name);
	}
	return 0;
}

int jmap_write_file(const struct jmap *map, int dirfd, const char *name, const void *in, unsigned fs_flags, struct err *err)
{
	auto_jval struct jval *v = jmap_emit(map, in);

	return jval_write_file(dirfd, name, v, fs_flags, err);
}
