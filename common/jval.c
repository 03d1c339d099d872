#include "common/jval.h"

#include <json-c/json.h>
#include <stdio.h>

#include "common/alloc.h"
#include "common/fs.h"

/* struct jval is json-c's object under our name; nothing else in the tree sees json-c. */
static struct json_object *raw(const struct jval *v)
{
	return (struct json_object *)(uintptr_t)v;
}

static struct jval *wrap(struct json_object *o)
{
	return (struct jval *)o;
}

/* json-c represents JSON null as a NULL pointer; so do we: jval_new_null() is NULL. */

/* ---- duplicate keys: a scan of our own, since json-c silently keeps the last one ---- */

struct keyset {
	struct svec keys[JVAL_MAX_DEPTH + 1];
	unsigned depth;
};

static size_t skip_string(const char *s, size_t n, size_t i)
{
	for (i++; i < n && s[i] != '"'; i++)
		if (s[i] == '\\')
			i++;
	return i; /* at the closing quote */
}

static bool string_is_key(const char *s, size_t n, size_t i)
{
	for (i++; i < n; i++)
		if (!strchr(" \t\r\n", s[i]))
			return s[i] == ':';
	return false;
}

/* A key with escapes is compared in its decoded form. */
static char *decode_key(const char *s, size_t len)
{
	auto_free char *quoted = NULL;
	struct json_object *o;
	char *text;

	if (!memchr(s, '\\', len))
		return xstrndup(s + 1, len - 2);
	quoted = xstrndup(s, len);
	o = json_tokener_parse(quoted);
	text = xstrdup(o ? json_object_get_string(o) : "");
	json_object_put(o);
	return text;
}

/* At the end of an object. Sorted, since a stranger may send half a million keys. */
static bool take_duplicates(struct svec *keys)
{
	bool dup = false;

	svec_sort(keys);
	for (size_t i = 1; i < keys->n && !dup; i++)
		dup = !strcmp(keys->v[i - 1], keys->v[i]);
	svec_done(keys);
	return dup;
}

static bool has_duplicate_keys(const char *s, size_t n)
{
	struct keyset set = {.depth = 0};
	bool dup = false;

	for (size_t i = 0; i < n && !dup; i++) {
		if (s[i] == '{' || s[i] == '[') {
			if (set.depth < JVAL_MAX_DEPTH)
				set.depth++;
		} else if (s[i] == '}' || s[i] == ']') {
			dup = take_duplicates(&set.keys[set.depth]);
			if (set.depth)
				set.depth--;
		} else if (s[i] == '"') {
			size_t end = skip_string(s, n, i);

			if (end < n && string_is_key(s, n, end))
				svec_take(&set.keys[set.depth], decode_key(s + i, end - i + 1));
			i = end;
		}
	}
	for (size_t d = 0; d < ARRAY_SIZE(set.keys); d++)
		svec_done(&set.keys[d]);
	return dup;
}

/* Each value takes twenty times the room of its text: "0," in 4 MiB would be more than all else together. */
static bool has_too_many_values(const char *s, size_t n)
{
	size_t values = 0;

	for (size_t i = 0; i < n && values <= JVAL_MAX_VALUES; i++) {
		if (s[i] == '"')
			i = skip_string(s, n, i);
		else
			values += s[i] == ',' || s[i] == '[' || s[i] == '{';
	}
	return values > JVAL_MAX_VALUES;
}

/* NUL inside a string or key would end C strings early (threats.md R10). */
static bool has_escaped_nul(const char *s, size_t n)
{
	const char *end = s + n;

	/* what a backslash escapes is passed with it */
	for (const char *p = memchr(s, '\\', n); p && end - p > 5; p = memchr(p + 2, '\\', (size_t)(end - p - 2)))
		if (!strncmp(p + 1, "u0000", 5))
			return true;
	return false;
}

struct jval *jval_parse(const char *text, size_t n, unsigned flags, struct err *err)
{
	struct json_tokener *tok;
	struct json_object *o;
	enum json_tokener_error e;

	if (n > INT32_MAX || memchr(text, '\0', n)) {
		err_set(err, EK_INVALID, "JSON: too large or holds a NUL byte");
		return NULL;
	}
	if (has_escaped_nul(text, n)) {
		err_set(err, EK_INVALID, "JSON: a string holds \\u0000");
		return NULL;
	}
	if ((flags & JVAL_UNIQUE_KEYS) && has_too_many_values(text, n)) {
		err_set(err, EK_INVALID, "JSON: more than %u values", JVAL_MAX_VALUES);
		return NULL;
	}
	tok = json_tokener_new_ex(JVAL_MAX_DEPTH);
	if (!tok)
		alloc_die();
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* one byte more than the text: the terminator makes json-c finish numbers */
	auto_free char *copy = xstrndup(text, n);
	o = json_tokener_parse_ex(tok, copy, (int)n + 1);
	e = json_tokener_get_error(tok);
	if (e != json_tokener_success || !o)
		err_set(err, EK_INVALID, "JSON: %s at byte %zu", e == json_tokener_success ? "null document" :
			e == json_tokener_continue ? "ends too early" : json_tokener_error_desc(e),
			json_tokener_get_parse_end(tok));
	if (e != json_tokener_success) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(tok);
	if (o && (flags & JVAL_UNIQUE_KEYS) && has_duplicate_keys(text, n)) {
		json_object_put(o);
		err_set(err, EK_INVALID, "JSON: an object has the same key twice");
		return NULL;
	}
	return wrap(o);
}

void jval_free(struct jval *v)
{
	json_object_put(raw(v));
}

struct jval *jval_ref(struct jval *v)
{
	return wrap(json_object_get(raw(v)));
}

enum jval_type jval_type(const struct jval *v)
{
	switch (json_object_get_type(raw(v))) {
	case json_type_boolean:
		return JV_BOOL;
	case json_type_int:
		return JV_INT;
	case json_type_double:
		return JV_DOUBLE;
	case json_type_string:
		return JV_STRING;
	case json_type_array:
		return JV_ARRAY;
	case json_type_object:
		return JV_OBJECT;
	default:
		return JV_NULL;
	}
}

struct jval *jval_get(const struct jval *obj, const char *key)
{
	struct json_object *o = NULL;

	if (jval_type(obj) != JV_OBJECT || !json_object_object_get_ex(raw(obj), key, &o))
		return NULL;
	return wrap(o);
}

struct jval *jval_path(const struct jval *obj, const char *dotted)
{
	const struct jval *v = obj;
	auto_svec struct svec parts = SVEC_INIT;

	svec_add_split(&parts, dotted, '.');
	for (size_t i = 0; i < parts.n && v; i++)
		v = jval_get(v, parts.v[i]);
	return wrap(raw(v));
}

size_t jval_len(const struct jval *v)
{
	if (jval_type(v) == JV_ARRAY)
		return json_object_array_length(raw(v));
	if (jval_type(v) == JV_OBJECT)
		return (size_t)json_object_object_length(raw(v));
	return 0;
}

struct jval *jval_at(const struct jval *arr, size_t i)
{
	if (jval_type(arr) != JV_ARRAY || i >= jval_len(arr))
		return NULL;
	return wrap(json_object_array_get_idx(raw(arr), i));
}

const char *jval_str(const struct jval *v, const char *dflt)
{
	return jval_type(v) == JV_STRING ? json_object_get_string(raw(v)) : dflt;
}

int64_t jval_int(const struct jval *v, int64_t dflt)
{
	return jval_type(v) == JV_INT ? json_object_get_int64(raw(v)) : dflt;
}

uint64_t jval_uint(const struct jval *v, uint64_t dflt)
{
	return jval_type(v) == JV_INT ? json_object_get_uint64(raw(v)) : dflt;
}

double jval_double(const struct jval *v, double dflt)
{
	if (jval_type(v) == JV_INT || jval_type(v) == JV_DOUBLE)
		return json_object_get_double(raw(v));
	return dflt;
}

bool jval_bool(const struct jval *v, bool dflt)
{
	return jval_type(v) == JV_BOOL ? json_object_get_boolean(raw(v)) : dflt;
}

const char *jval_get_str(const struct jval *obj, const char *key, const char *dflt)
{
	return jval_str(jval_get(obj, key), dflt);
}

int64_t jval_get_int(const struct jval *obj, const char *key, int64_t dflt)
{
	return jval_int(jval_get(obj, key), dflt);
}

bool jval_get_bool(const struct jval *obj, const char *key, bool dflt)
{
	return jval_bool(jval_get(obj, key), dflt);
}

const struct jval_iter *jval_first(const struct jval *obj)
{
	if (jval_type(obj) != JV_OBJECT)
		return NULL;
	return (const struct jval_iter *)lh_table_head(json_object_get_object(raw(obj)));
}

const struct jval_iter *jval_next(const struct jval_iter *it)
{
	return (const struct jval_iter *)lh_entry_next((const struct lh_entry *)it);
}

const char *jval_key(const struct jval_iter *it)
{
	return lh_entry_k((const struct lh_entry *)it);
}

struct jval *jval_value(const struct jval_iter *it)
{
	return wrap((struct json_object *)lh_entry_v((const struct lh_entry *)it));
}

bool jval_strings(const struct jval *arr, struct svec *ret)
{
	if (jval_type(arr) != JV_ARRAY)
		return false;
	for (size_t i = 0; i < jval_len(arr); i++)
		if (jval_type(jval_at(arr, i)) != JV_STRING)
			return false;
	for (size_t i = 0; i < jval_len(arr); i++)
		svec_add(ret, jval_str(jval_at(arr, i), ""));
	return true;
}

static struct jval *made(struct json_object *o)
{
	if (!o)
		alloc_die();
	return wrap(o);
}

struct jval *jval_new_object(void)
{
	return made(json_object_new_object());
}

struct jval *jval_new_array(void)
{
	return made(json_object_new_array());
}

struct jval *jval_new_strn(const char *s, size_t n)
{
	auto_sbuf struct sbuf fixed = SBUF_INIT;
	uint32_t cp;

	if (sbuf_is_utf8(s, n))
		return made(json_object_new_string_len(s, (int)n));
	for (size_t i = 0; i < n;) {
		size_t len = sbuf_utf8_at(s + i, n - i, &cp);

		if (len)
			sbuf_add(&fixed, s + i, len);
		else
			sbuf_addstr(&fixed, "\xef\xbf\xbd"); /* U+FFFD */
		i += len ? len : 1;
	}
	return made(json_object_new_string_len(fixed.buf, (int)fixed.len));
}

struct jval *jval_new_str(const char *s)
{
	return s ? jval_new_strn(s, strlen(s)) : NULL;
}

struct jval *jval_new_int(int64_t i)
{
	return made(json_object_new_int64(i));
}

struct jval *jval_new_uint(uint64_t u)
{
	return made(json_object_new_uint64(u));
}

struct jval *jval_new_double(double d)
{
	return made(json_object_new_double(d));
}

struct jval *jval_new_bool(bool b)
{
	return made(json_object_new_boolean(b));
}

struct jval *jval_new_null(void)
{
	return NULL;
}

struct jval *jval_new_strings(const struct svec *l)
{
	struct jval *a = jval_new_array();

	for (size_t i = 0; i < l->n; i++)
		jval_add(a, jval_new_str(l->v[i]));
	return a;
}

struct jval *jval_new_dict(const struct svec *l)
{
	struct jval *o = jval_new_object();

	SVEC_EACH(pair, l) {
		const char *eq = strchrnul(pair, '=');
		auto_free char *key = xstrndup(pair, (size_t)(eq - pair));

		jval_set_str(o, key, *eq ? eq + 1 : "");
	}
	return o;
}

void jval_set(struct jval *obj, const char *key, struct jval *child)
{
	if (json_object_object_add(raw(obj), key, raw(child)) < 0)
		alloc_die();
}

void jval_set_str(struct jval *obj, const char *key, const char *s)
{
	jval_set(obj, key, jval_new_str(s));
}

void jval_set_int(struct jval *obj, const char *key, int64_t i)
{
	jval_set(obj, key, jval_new_int(i));
}

void jval_set_bool(struct jval *obj, const char *key, bool b)
{
	jval_set(obj, key, jval_new_bool(b));
}

void jval_del(struct jval *obj, const char *key)
{
	json_object_object_del(raw(obj), key);
}

void jval_add(struct jval *arr, struct jval *child)
{
	if (json_object_array_add(raw(arr), raw(child)) < 0)
		alloc_die();
}

struct jval *jval_copy(const struct jval *v)
{
	struct json_object *copy = NULL;

	if (v && json_object_deep_copy(raw(v), &copy, NULL) < 0)
		alloc_die();
	return wrap(copy);
}

void jval_merge(struct jval *to, const struct jval *from)
{
	for (const struct jval_iter *it = jval_first(from); it; it = jval_next(it)) {
		struct jval *old = jval_get(to, jval_key(it)), *v = jval_value(it);

		if (jval_type(v) == JV_OBJECT && jval_type(old) == JV_OBJECT)
			jval_merge(old, v);
		else
			jval_set(to, jval_key(it), jval_copy(v));
	}
}

static void print_escaped(unsigned char c, struct sbuf *ret)
{
	const char *const from = "\n\t\r", *const to = "ntr", *at = strchr(from, c);

	if (c == '"' || c == '\\')
		sbuf_addf(ret, "\\%c", c);
	else if (c && at)
		sbuf_addf(ret, "\\%c", to[at - from]);
	else
		sbuf_addf(ret, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

static void print_string(const char *s, size_t n, struct sbuf *ret)
{
	sbuf_addch(ret, '"');
	for (size_t i = 0; i < n;) {
		size_t start = i;

		while (i < n && is_plain((unsigned char)s[i]))
			i++;
		sbuf_add(ret, s + start, i - start);
		if (i < n)
			print_escaped((unsigned char)s[i++], ret);
	}
	sbuf_addch(ret, '"');
}

static void newline(struct sbuf *ret, unsigned spaces, unsigned depth)
{
	if (!spaces)
		return;
	sbuf_addf(ret, "\n%*s", (int)(spaces * depth), "");
}

static void print_value(const struct jval *v, unsigned spaces, unsigned depth, struct sbuf *ret);

static void print_array(const struct jval *v, unsigned spaces, unsigned depth, struct sbuf *ret)
{
	size_t n = jval_len(v);

	sbuf_addch(ret, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			sbuf_addch(ret, ',');
		newline(ret, spaces, depth + 1);
		print_value(jval_at(v, i), spaces, depth + 1, ret);
	}
	if (n)
		newline(ret, spaces, depth);
	sbuf_addch(ret, ']');
}

static void print_object(const struct jval *v, unsigned spaces, unsigned depth, struct sbuf *ret)
{
	const struct jval_iter *it = jval_first(v);
	bool any = it != NULL;

	sbuf_addch(ret, '{');
	for (bool first = true; it; it = jval_next(it), first = false) {
		const char *key = jval_key(it);

		if (!first)
			sbuf_addch(ret, ',');
		newline(ret, spaces, depth + 1);
		print_string(key, strlen(key), ret);
		sbuf_addstr(ret, spaces ? ": " : ":");
		print_value(jval_value(it), spaces, depth + 1, ret);
	}
	if (any)
		newline(ret, spaces, depth);
	sbuf_addch(ret, '}');
}

static void print_value(const struct jval *v, unsigned spaces, unsigned depth, struct sbuf *ret)
{
	switch (jval_type(v)) {
	case JV_OBJECT:
		print_object(v, spaces, depth, ret);
		break;
	case JV_ARRAY:
		print_array(v, spaces, depth, ret);
		break;
	case JV_STRING:
		print_string(json_object_get_string(raw(v)), (size_t)json_object_get_string_len(raw(v)), ret);
		break;
	case JV_NULL:
		sbuf_addstr(ret, "null");
		break;
	default:
		sbuf_addstr(ret, json_object_to_json_string_ext(raw(v), JSON_C_TO_STRING_PLAIN));
	}
}

void jval_print_indent(const struct jval *v, unsigned spaces, struct sbuf *ret)
{
	print_value(v, spaces, 0, ret);
}

void jval_print(const struct jval *v, bool pretty, struct sbuf *ret)
{
	jval_print_indent(v, pretty ? 4 : 0, ret);
}

struct jval *jval_read_file(int dirfd, const char *name, size_t max, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct jval *v;
	int r = fs_read_file(dirfd, name, max, &text);

	if (r < 0) {
		err_neg(err, r, "read %s", name);
		return NULL;
	}
	v = jval_parse(text.buf, text.len, 0, err);
	if (!v)
		err_wrap(err, "read %s", name);
	return v;
}

int jval_write_file(int dirfd, const char *name, const struct jval *v, unsigned fs_flags, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r;

	jval_print(v, false, &text);
	sbuf_addch(&text, '\n');
	r = fs_write_file(dirfd, name, text.buf, text.len, 0600, fs_flags);
	return r < 0 ? err_neg(err, r, "write %s", name) : 0;
}
