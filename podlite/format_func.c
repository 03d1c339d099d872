/* format_func.c - the functions of templates: Go's built-in ones and those of docker and podman. */
#include "podlite/format_tree.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

typedef int func(struct jval *const *a, size_t n, struct jval **ret, struct err *err);

static int need_string(const char *fn, const struct jval *v, const char **ret, struct err *err)
{
	if (jval_type(v) != JV_STRING)
		return err_set(err, EK_INVALID, "%s: expected a string", fn);
	*ret = jval_str(v, "");
	return 0;
}

static void take_buf(struct sbuf *b, struct jval **ret)
{
	*ret = jval_new_strn(b->buf, b->len);
}

/* ---- text ---- */

static int fn_json(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	(void)n, (void)err;
	jval_print(a[0], false, &b);
	take_buf(&b, ret);
	return 0;
}

/* join LIST SEP; elements that are not strings are printed. */
static int fn_join(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	const char *sep = "";

	(void)n;
	if (need_string("join", a[1], &sep, err) < 0)
		return -1;
	if (jval_type(a[0]) != JV_ARRAY && jval_type(a[0]) != JV_NULL)
		return err_set(err, EK_INVALID, "join: expected a list");
	for (size_t i = 0; i < jval_len(a[0]); i++) {
		if (i)
			sbuf_addstr(&b, sep);
		format_print_value(jval_at(a[0], i), &b);
	}
	take_buf(&b, ret);
	return 0;
}

static int fn_split(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	const char *s = "", *sep = "", *at = NULL;

	(void)n;
	if (need_string("split", a[0], &s, err) < 0 || need_string("split", a[1], &sep, err) < 0)
		return -1;
	*ret = jval_new_array();
	while (*sep ? (at = strstr(s, sep)) != NULL : *s && s[1]) {
		size_t len = *sep ? (size_t)(at - s) : 1;

		jval_add(*ret, jval_new_strn(s, len));
		s += len + strlen(sep);
	}
	jval_add(*ret, jval_new_str(s));
	return 0;
}

static int change_case(const char *fn, const struct jval *v, bool up, bool title, struct jval **ret,
	struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	const char *s = "";
	bool start = true;

	if (need_string(fn, v, &s, err) < 0)
		return -1;
	for (; *s; s++) {
		bool lower = *s >= 'a' && *s <= 'z', upper = *s >= 'A' && *s <= 'Z';

		if (lower && up && (!title || start))
			sbuf_addch(&b, (char)(*s - 32));
		else if (upper && !up)
			sbuf_addch(&b, (char)(*s + 32));
		else
			sbuf_addch(&b, *s);
		start = !lower && !upper && *s != '_' && *s != '\'' && (*s < '0' || *s > '9');
	}
	take_buf(&b, ret);
	return 0;
}

static int fn_upper(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	(void)n;
	return change_case("upper", a[0], true, false, ret, err);
}

static int fn_lower(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	(void)n;
	return change_case("lower", a[0], false, false, ret, err);
}

static int fn_title(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	(void)n;
	return change_case("title", a[0], true, true, ret, err);
}

/* truncate TEXT N: the first N characters. */
static int fn_truncate(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	int64_t max = jval_int(a[1], -1);
	const char *s = "";
	size_t keep = 0;

	(void)n;
	if (need_string("truncate", a[0], &s, err) < 0)
		return -1;
	if (max < 0)
		return err_set(err, EK_INVALID, "truncate: expected a length");
	for (; s[keep]; keep++)
		if (((unsigned char)s[keep] & 0xc0) != 0x80 && max-- == 0)
			break;
	*ret = jval_new_strn(s, keep);
	return 0;
}

/* pad TEXT BEFORE AFTER: that many spaces; an empty text stays empty. */
static int fn_pad(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	int64_t before = jval_int(a[1], -1), after = jval_int(a[2], -1);
	const char *s = "";

	(void)n;
	if (need_string("pad", a[0], &s, err) < 0)
		return -1;
	if (before < 0 || after < 0 || before > 1000 || after > 1000)
		return err_set(err, EK_INVALID, "pad: expected two numbers of spaces");
	if (*s)
		sbuf_addf(&b, "%*s%s%*s", (int)before, "", s, (int)after, "");
	take_buf(&b, ret);
	return 0;
}

static int fn_print(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	(void)err;
	format_print_args(a, n, false, &b);
	take_buf(&b, ret);
	return 0;
}

static int fn_println(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	(void)err;
	format_print_args(a, n, true, &b);
	take_buf(&b, ret);
	return 0;
}

static int fn_printf(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	if (format_print_printf(a, n, &b, err) < 0)
		return -1;
	take_buf(&b, ret);
	return 0;
}

/* html, js, urlquery: a text as it is, anything else as print has it. */
static void take_escaped(struct jval *const *a, size_t n, void (*add)(struct sbuf *b, unsigned char c), struct jval **ret)
{
	auto_sbuf struct sbuf text = SBUF_INIT, b = SBUF_INIT;

	format_print_args(a, n, false, &text);
	for (size_t i = 0; i < text.len; i++)
		add(&b, (unsigned char)text.buf[i]);
	take_buf(&b, ret);
}

static void add_html(struct sbuf *b, unsigned char c)
{
	if (c == '<' || c == '>')
		sbuf_addstr(b, c == '<' ? "&lt;" : "&gt;");
	else if (c == '&')
		sbuf_addstr(b, "&amp;");
	else if (c == '"' || c == '\'')
		sbuf_addf(b, "&#%d;", c);
	else
		sbuf_addch(b, (char)c);
}

static void add_js(struct sbuf *b, unsigned char c)
{
	if (c < 0x20 || (c && strchr("<>&=", c)))
		sbuf_addf(b, "\\u%04X", c);
	else if (strchr("\\'\"", c))
		sbuf_addf(b, "\\%c", c);
	else
		sbuf_addch(b, (char)c);
}

static void add_urlquery(struct sbuf *b, unsigned char c)
{
	bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr("-_.~", c);

	if (c && plain)
		sbuf_addch(b, (char)c);
	else if (c == ' ')
		sbuf_addch(b, '+');
	else
		sbuf_addf(b, "%%%02X", c);
}

static int fn_html(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	(void)err;
	take_escaped(a, n, add_html, ret);
	return 0;
}

static int fn_js(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	(void)err;
	take_escaped(a, n, add_js, ret);
	return 0;
}

static int fn_urlquery(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	(void)err;
	take_escaped(a, n, add_urlquery, ret);
	return 0;
}

/* ---- collections ---- */

static int fn_len(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	enum jval_type t = jval_type(a[0]);

	(void)n;
	if (t != JV_STRING && t != JV_ARRAY && t != JV_OBJECT && t != JV_NULL)
		return err_set(err, EK_INVALID, "len: it has no length");
	*ret = jval_new_int((int64_t)(t == JV_STRING ? strlen(jval_str(a[0], "")) : jval_len(a[0])));
	return 0;
}

static int check_index(const struct jval *v, size_t len, size_t *ret, struct err *err)
{
	int64_t i = jval_int(v, -1);

	if (jval_type(v) != JV_INT)
		return err_set(err, EK_INVALID, "index: cannot index a list with this type");
	if (i < 0 || (uint64_t)i >= len)
		return err_set(err, EK_INVALID, "index: out of range: %lld", (long long)i);
	*ret = (size_t)i;
	return 0;
}

static int fn_index(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	struct jval *v = a[0];
	const char *key = "";
	size_t at;

	for (size_t i = 1; i < n; i++) {
		if (jval_type(v) == JV_ARRAY) {
			if (check_index(a[i], jval_len(v), &at, err) < 0)
				return -1;
			v = jval_at(v, at);
		} else if (jval_type(v) == JV_OBJECT) {
			if (need_string("index", a[i], &key, err) < 0)
				return -1;
			v = jval_get(v, key);
			if (!v && i + 1 == n) { /* a Go map of strings gives the empty one */
				*ret = jval_new_str("");
				return 0;
			}
		} else if (jval_type(v) == JV_STRING) {
			if (check_index(a[i], strlen(jval_str(v, "")), &at, err) < 0)
				return -1;
			*ret = jval_new_int((unsigned char)jval_str(v, "")[at]);
			return 0;
		} else {
			return err_set(err, EK_INVALID, "index: it cannot be indexed");
		}
	}
	*ret = jval_ref(v);
	return 0;
}

static int fn_slice(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	bool string = jval_type(a[0]) == JV_STRING;
	size_t len = string ? strlen(jval_str(a[0], "")) : jval_len(a[0]), from = 0, to = len;

	if (!string && jval_type(a[0]) != JV_ARRAY)
		return err_set(err, EK_INVALID, "slice: it cannot be sliced");
	if ((n > 1 && check_index(a[1], len + 1, &from, err) < 0) ||
		(n > 2 && check_index(a[2], len + 1, &to, err) < 0))
		return -1;
	if (from > to)
		return err_set(err, EK_INVALID, "slice: bounds out of range");
	if (string) {
		*ret = jval_new_strn(jval_str(a[0], "") + from, to - from);
		return 0;
	}
	*ret = jval_new_array();
	for (size_t i = from; i < to; i++)
		jval_add(*ret, jval_ref(jval_at(a[0], i)));
	return 0;
}

/* ---- logic ---- */

bool format_func_truth(const struct jval *v)
{
	switch (jval_type(v)) {
	case JV_BOOL:
		return jval_bool(v, false);
	case JV_INT:
		return jval_uint(v, 0) != 0 || jval_int(v, 0) != 0;
	case JV_DOUBLE:
		return jval_double(v, 0) != 0;
	case JV_STRING:
		return *jval_str(v, "") != '\0';
	case JV_ARRAY:
	case JV_OBJECT:
		return jval_len(v) > 0;
	case JV_NULL:
		break;
	}
	return false;
}

static bool is_number(enum jval_type t)
{
	return t == JV_INT || t == JV_DOUBLE;
}

/* <0, 0, >0 in *ret; bools only for equality. */
static int compare(const struct jval *a, const struct jval *b, int *ret, struct err *err)
{
	enum jval_type ta = jval_type(a), tb = jval_type(b);

	if (ta == JV_INT && tb == JV_INT) {
		int64_t x = jval_int(a, 0), y = jval_int(b, 0);

		*ret = (x > y) - (x < y);
	} else if (is_number(ta) && is_number(tb)) {
		double x = jval_double(a, (double)jval_int(a, 0)), y = jval_double(b, (double)jval_int(b, 0));

		*ret = (x > y) - (x < y);
	} else if (ta != tb) {
		return err_set(err, EK_INVALID, "incompatible types for comparison");
	} else if (ta == JV_STRING) {
		*ret = strcmp(jval_str(a, ""), jval_str(b, ""));
	} else if (ta == JV_BOOL) {
		*ret = jval_bool(a, false) - jval_bool(b, false);
	} else if (ta == JV_NULL) {
		*ret = 0;
	} else {
		return err_set(err, EK_INVALID, "lists and maps cannot be compared");
	}
	return 0;
}

static int fn_eq(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	bool equal = false;
	int order = 1;

	for (size_t i = 1; i < n && !equal; i++) {
		if (jval_type(a[0]) != JV_NULL && jval_type(a[i]) != JV_NULL) {
			if (compare(a[0], a[i], &order, err) < 0)
				return -1;
			equal = order == 0;
		} else {
			equal = jval_type(a[0]) == jval_type(a[i]);
		}
	}
	*ret = jval_new_bool(equal);
	return 0;
}

static int fn_ne(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	auto_jval struct jval *equal = NULL;

	if (fn_eq(a, n, &equal, err) < 0)
		return -1;
	*ret = jval_new_bool(!jval_bool(equal, false));
	return 0;
}

#define ORDER(name, op)                                                                            \
	static int fn_##name(struct jval *const *a, size_t n, struct jval **ret, struct err *err)  \
	{                                                                                          \
		int order = 0;                                                                     \
                                                                                                   \
		(void)n;                                                                           \
		if (compare(a[0], a[1], &order, err) < 0)                                          \
			return -1;                                                                 \
		*ret = jval_new_bool(order op 0);                                                  \
		return 0;                                                                          \
	}
ORDER(lt, <)
ORDER(le, <=)
ORDER(gt, >)
ORDER(ge, >=)

static int fn_not(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	(void)n, (void)err;
	*ret = jval_new_bool(!format_func_truth(a[0]));
	return 0;
}

/* format.c stops evaluating at the deciding argument; here the last one decides. */
static int fn_last(struct jval *const *a, size_t n, struct jval **ret, struct err *err)
{
	(void)err;
	*ret = jval_ref(a[n - 1]);
	return 0;
}

static const struct {
	const char *name;
	func *fn;
	size_t min, max;
} funcs[] = {
	{"and", fn_last, 1, 64}, {"eq", fn_eq, 2, 64}, {"ge", fn_ge, 2, 2}, {"gt", fn_gt, 2, 2},
	{"html", fn_html, 1, 64}, {"index", fn_index, 1, 64}, {"join", fn_join, 2, 2}, {"js", fn_js, 1, 64}, {"json", fn_json, 1, 1},
	{"le", fn_le, 2, 2}, {"len", fn_len, 1, 1}, {"lower", fn_lower, 1, 1}, {"lt", fn_lt, 2, 2},
	{"ne", fn_ne, 2, 2}, {"not", fn_not, 1, 1}, {"or", fn_last, 1, 64}, {"pad", fn_pad, 3, 3},
	{"print", fn_print, 0, 64}, {"printf", fn_printf, 1, 64}, {"println", fn_println, 0, 64},
	{"slice", fn_slice, 1, 3}, {"split", fn_split, 2, 2}, {"title", fn_title, 1, 1},
	{"truncate", fn_truncate, 2, 2}, {"upper", fn_upper, 1, 1},
	{"urlquery", fn_urlquery, 1, 64},
};

bool format_func_exists(const char *fn)
{
	for (size_t i = 0; i < ARRAY_SIZE(funcs); i++)
		if (!strcmp(fn, funcs[i].name))
			return true;
	return false;
}

int format_func_call(const char *fn, struct jval *const *args, size_t n, struct jval **ret,
	struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(funcs); i++) {
		if (strcmp(fn, funcs[i].name))
			continue;
		if (n < funcs[i].min || n > funcs[i].max)
			return err_set(err, EK_INVALID, "wrong number of arguments for %s: want %s%zu got %zu", fn,
				funcs[i].max > funcs[i].min ? "at least " : "", funcs[i].min, n);
		return funcs[i].fn(args, n, ret, err);
	}
	return err_set(err, EK_INVALID, "function \"%s\" not defined", fn);
}
