#include "common/toml.h"

#include <stdlib.h>
#include <string.h>

struct toml {
	const char *p, *end;
	unsigned line, depth;
	struct err *err;
};

static int parse_value(struct toml *t, struct jval **ret);

static int bad(struct toml *t, const char *what)
{
	return err_set(t->err, EK_INVALID, "line %u: %s", t->line, what);
}

static char peek(const struct toml *t)
{
	return t->p < t->end ? *t->p : '\0';
}

static bool starts(const struct toml *t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t->end - t->p) >= n && !memcmp(t->p, s, n);
}

static void skip_blanks(struct toml *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

static void skip_comment(struct toml *t)
{
	if (peek(t) == '#')
		while (t->p < t->end && *t->p != '\n')
			t->p++;
}

/* Blanks, comments and line ends. */
static void skip_lines(struct toml *t)
{
	for (;;) {
		skip_blanks(t);
		skip_comment(t);
		if (t->p < t->end && (*t->p == '\n' || (*t->p == '\r' && starts(t, "\r\n")))) {
			t->line += *t->p == '\n';
			t->p++;
			continue;
		}
		return;
	}
}

static int end_of_line(struct toml *t)
{
	skip_blanks(t);
	skip_comment(t);
	if (t->p == t->end || *t->p == '\n' || starts(t, "\r\n"))
		return 0;
	return bad(t, "unexpected text after the value");
}

/* ---- strings ---- */

static int unicode_escape(struct toml *t, unsigned digits, struct sbuf *b)
{
	uint32_t c = 0;

	for (unsigned i = 0; i < digits; i++) {
		char ch = peek(t);
		int v = ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 :
			ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;

		if (v < 0)
			return bad(t, "bad \\u escape");
		c = c << 4 | (uint32_t)v;
		t->p++;
	}
	if (!c || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return bad(t, "bad \\u escape");
	sbuf_add_utf8(b, c);
	return 0;
}

static int escape(struct toml *t, struct sbuf *b)
{
	static const char from[] = "btnfr\"\\e", to[] = "\b\t\n\f\r\"\\\x1b";
	char c;
	const char *at;

	t->p++;
	c = peek(t);
	at = c ? strchr(from, c) : NULL;
	if (!c)
		return bad(t, "string without an end");
	t->p++;
	if (at) {
		sbuf_addch(b, to[at - from]);
		return 0;
	}
	if (c == 'u' || c == 'U')
		return unicode_escape(t, c == 'u' ? 4 : 8, b);
	return bad(t, "unknown escape");
}

/* A backslash at the end of a line of a multi-line string: skips to the next text. */
static bool line_continues(struct toml *t)
{
	const char *p = t->p + 1;

	while (p < t->end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	if (p >= t->end || *p != '\n')
		return false;
	for (; p < t->end && strchr(" \t\r\n", *p); p++)
		t->line += *p == '\n';
	t->p = p;
	return true;
}

static int parse_multiline(struct toml *t, char quote, struct sbuf *b)
{
	char stop[4] = {quote, quote, quote, '\0'};

	t->p += 3;
	if (starts(t, "\r\n"))
		t->p++;
	if (peek(t) == '\n') {
		t->p++;
		t->line++;
	}
	while (t->p < t->end && !starts(t, stop)) {
		if (*t->p == '\\' && quote == '"') {
			if (!line_continues(t) && escape(t, b) < 0)
				return -1;
			continue;
		}
		t->line += *t->p == '\n';
		sbuf_addch(b, *t->p++);
	}
	if (t->p == t->end)
		return bad(t, "string without an end");
	t->p += 3;
	for (int extra = 0; extra < 2 && peek(t) == quote; extra++)
		sbuf_addch(b, *t->p++); /* quotes just before the closing ones belong to the text */
	return 0;
}

static int parse_string(struct toml *t, struct sbuf *b)
{
	char quote = *t->p;

	if (starts(t, quote == '"' ? "\"\"\"" : "'''"))
		return parse_multiline(t, quote, b);
	for (t->p++; t->p < t->end && *t->p != quote;) {
		if (*t->p == '\n')
			break;
		if (*t->p == '\\' && quote == '"') {
			if (escape(t, b) < 0)
				return -1;
			continue;
		}
		sbuf_addch(b, *t->p++);
	}
	if (peek(t) != quote)
		return bad(t, "string without an end");
	t->p++;
	return 0;
}

/* ---- keys ---- */

static bool is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static int parse_key_part(struct toml *t, struct sbuf *b)
{
	const char *start = t->p;

	sbuf_reset(b);
	if (peek(t) == '"' || peek(t) == '\'') {
		if (starts(t, "\"\"\"") || starts(t, "'''"))
			return bad(t, "a key cannot be a multi-line string");
		return parse_string(t, b);
	}
	while (t->p < t->end && is_bare(*t->p))
		t->p++;
	if (t->p == start)
		return bad(t, "expected a key");
	sbuf_add(b, start, (size_t)(t->p - start));
	return 0;
}

static int parse_key(struct toml *t, struct svec *ret)
{
	auto_sbuf struct sbuf part = SBUF_INIT;

	for (;;) {
		skip_blanks(t);
		if (parse_key_part(t, &part) < 0)
			return -1;
		svec_add(ret, part.buf);
		if (ret->n > TOML_MAX_DEPTH)
			return bad(t, "keys are nested too deep");
		skip_blanks(t);
		if (peek(t) != '.')
			return 0;
		t->p++;
	}
}

/* The table at parts[0..n), made where missing; through an array of tables: its last element. */
static struct jval *descend(struct toml *t, struct jval *table, const struct svec *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct jval *next = jval_get(table, parts->v[i]);

		if (!next) {
			next = jval_new_object();
			jval_set(table, parts->v[i], next);
		} else if (jval_type(next) == JV_ARRAY) {
			next = jval_at(next, jval_len(next) - 1);
		}
		if (jval_type(next) != JV_OBJECT) {
			bad(t, "the key is in use for a value");
			return NULL;
		}
		table = next;
	}
	return table;
}

static int parse_pair(struct toml *t, struct jval *table)
{
	auto_svec struct svec key = SVEC_INIT;
	struct jval *value;

	if (parse_key(t, &key) < 0)
		return -1;
	if (peek(t) != '=')
		return bad(t, "expected '='");
	t->p++;
	skip_blanks(t);
	table = descend(t, table, &key, key.n - 1);
	if (!table)
		return -1;
	if (jval_get(table, key.v[key.n - 1]))
		return bad(t, "the key is defined twice");
	if (parse_value(t, &value) < 0)
		return -1;
	jval_set(table, key.v[key.n - 1], value);
	return 0;
}

/* ---- values ---- */

static int parse_array(struct toml *t, struct jval **ret)
{
	auto_jval struct jval *list = jval_new_array();

	t->p++;
	for (;;) {
		struct jval *v;

		skip_lines(t);
		if (peek(t) == ']')
			break;
		if (parse_value(t, &v) < 0)
			return -1;
		jval_add(list, v);
		skip_lines(t);
		if (peek(t) == ',')
			t->p++;
		else if (peek(t) != ']')
			return bad(t, "expected ',' or ']'");
	}
	t->p++;
	*ret = take_ptr(list);
	return 0;
}

static int parse_inline_table(struct toml *t, struct jval **ret)
{
	auto_jval struct jval *table = jval_new_object();

	t->p++;
	skip_blanks(t);
	while (peek(t) != '}') {
		if (parse_pair(t, table) < 0)
			return -1;
		skip_blanks(t);
		if (peek(t) == ',')
			t->p++;
		else if (peek(t) != '}')
			return bad(t, "expected ',' or '}'");
		skip_blanks(t);
	}
	t->p++;
	*ret = take_ptr(table);
	return 0;
}

/* Numbers, dates, booleans: a word up to a delimiter. */
static int parse_word(struct toml *t, struct jval **ret)
{
	auto_sbuf struct sbuf w = SBUF_INIT;
	char *end;
	int base = 10;
	const char *digits;
	long long i;

	while (t->p < t->end && !strchr(" \t\r\n,]}#", *t->p)) {
		if (*t->p != '_')
			sbuf_addch(&w, *t->p);
		t->p++;
	}
	if (!strcmp(w.buf, "true") || !strcmp(w.buf, "false")) {
		*ret = jval_new_bool(*w.buf == 't');
		return 0;
	}
	digits = w.buf;
	if (w.buf[0] == '0' && w.len > 2 && strchr("xob", w.buf[1])) {
		base = w.buf[1] == 'x' ? 16 : w.buf[1] == 'o' ? 8 : 2;
		digits += 2;
	}
	errno = 0;
	i = strtoll(digits, &end, base);
	if (w.len && !*end && !errno && end != digits) {
		*ret = jval_new_int(i);
		return 0;
	}
	if (w.len && strspn(w.buf, "0123456789+-.eE") == w.len) {
		double d = strtod(w.buf, &end);

		if (!*end) {
			*ret = jval_new_double(d);
			return 0;
		}
	}
	if (w.len >= 8 && strspn(w.buf, "0123456789-:TZtz.+") == w.len) {
		*ret = jval_new_str(w.buf);
		return 0;
	}
	return bad(t, "expected a value");
}

static int parse_value(struct toml *t, struct jval **ret)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r;

	if (t->depth >= TOML_MAX_DEPTH)
		return bad(t, "values are nested too deep");
	t->depth++;
	switch (peek(t)) {
	case '"':
	case '\'':
		r = parse_string(t, &text);
		if (!r)
			*ret = jval_new_strn(text.buf, text.len);
		break;
	case '[':
		r = parse_array(t, ret);
		break;
	case '{':
		r = parse_inline_table(t, ret);
		break;
	default:
		r = parse_word(t, ret);
	}
	t->depth--;
	return r;
}

/* ---- the file ---- */

static int add_array_table(struct toml *t, struct jval *parent, const char *name, struct jval **ret)
{
	struct jval *list = jval_get(parent, name);

	if (!list) {
		list = jval_new_array();
		jval_set(parent, name, list);
	}
	if (jval_type(list) != JV_ARRAY)
		return bad(t, "the key is not an array of tables");
	*ret = jval_new_object();
	jval_add(list, *ret);
	return 0;
}

/* [a.b] or [[a.b]]; defined: the names of tables that had their header */
static int parse_header(struct toml *t, struct jval *root, struct svec *defined, struct jval **ret)
{
	auto_svec struct svec key = SVEC_INIT;
	bool array = starts(t, "[[");
	struct jval *parent;

	t->p += array ? 2 : 1;
	if (parse_key(t, &key) < 0)
		return -1;
	if (!starts(t, array ? "]]" : "]"))
		return bad(t, "expected ']'");
	t->p += array ? 2 : 1;
	parent = descend(t, root, &key, key.n - 1);
	if (!parent)
		return -1;
	if (array)
		return add_array_table(t, parent, key.v[key.n - 1], ret);
	*ret = descend(t, root, &key, key.n);
	if (!*ret)
		return -1;
	auto_free char *id = xasprintf("%p", (void *)*ret);

	if (svec_has(defined, id))
		return bad(t, "the table is defined twice");
	svec_add(defined, id);
	return 0;
}

struct jval *toml_parse(const char *text, size_t n, struct err *err)
{
	struct toml t = {.p = text, .end = text + n, .line = 1, .err = err};
	auto_jval struct jval *root = jval_new_object();
	auto_svec struct svec defined = SVEC_INIT;
	struct jval *table = root;

	if (memchr(text, '\0', n)) {
		err_set(err, EK_INVALID, "the file holds a NUL byte");
		return NULL;
	}
	for (skip_lines(&t); t.p < t.end; skip_lines(&t)) {
		int r = *t.p == '[' ? parse_header(&t, root, &defined, &table) : parse_pair(&t, table);

		if (r < 0 || end_of_line(&t) < 0)
			return NULL;
	}
	return take_ptr(root);
}
