/* format_print.c - values as Go's fmt prints them: %v, Printf's verbs, Print, Println. */
#include "podlite/format_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Go's %v of a float: shortest form that reads back, with an exponent below 1e-4 and from 1e6. */
static void add_double(double d, struct sbuf *b)
{
	char text[40];
	const char *e;
	long exponent;
	int digits;

	for (digits = 1; digits < 17; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, d);
		if (strtod(text, NULL) == d)
			break;
	}
	e = strchr(text, 'e');
	exponent = e ? strtol(e + 1, NULL, 10) : 0;
	if (e && exponent >= -4 && exponent < 6)
		snprintf(text, sizeof(text), "%.*f", digits - 1 > exponent ? (int)(digits - 1 - exponent) : 0, d);
	sbuf_addstr(b, text);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_nested(const struct jval *v, struct sbuf *b)
{
	if (jval_type(v) == JV_NULL)
		sbuf_addstr(b, "<nil>");
	else
		format_print_value(v, b);
}

/* Sorted; allocated, the keys are lent. */
static const char **sorted_keys(const struct jval *v, size_t *ret_n)
{
	size_t n = jval_len(v), i = 0;
	const char **keys = xcalloc(n + 1, sizeof(*keys));

	for (const struct jval_iter *it = jval_first(v); it && i < n; it = jval_next(it))
		keys[i++] = jval_key(it);
	qsort(keys, i, sizeof(*keys), by_text);
	*ret_n = i;
	return keys;
}

static void add_map(const struct jval *v, struct sbuf *b)
{
	size_t n;
	const char **keys = sorted_keys(v, &n);

	sbuf_addstr(b, "map[");
	for (size_t k = 0; k < n; k++) {
		sbuf_addf(b, "%s%s:", k ? " " : "", keys[k]);
		add_nested(jval_get(v, keys[k]), b);
	}
	sbuf_addch(b, ']');
	free(keys);
}

void format_print_value(const struct jval *v, struct sbuf *b)
{
	int64_t i = jval_int(v, -1);

	switch (jval_type(v)) {
	case JV_NULL:
		sbuf_addstr(b, "<no value>");
		break;
	case JV_BOOL:
		sbuf_addstr(b, jval_bool(v, false) ? "true" : "false");
		break;
	case JV_INT:
		if (i < 0 && i == jval_int(v, -2))
			sbuf_addf(b, "%lld", (long long)i);
		else
			sbuf_addf(b, "%llu", (unsigned long long)jval_uint(v, 0));
		break;
	case JV_DOUBLE:
		add_double(jval_double(v, 0), b);
		break;
	case JV_STRING:
		sbuf_addstr(b, jval_str(v, ""));
		break;
	case JV_ARRAY:
		sbuf_addch(b, '[');
		for (size_t k = 0; k < jval_len(v); k++) {
			if (k)
				sbuf_addch(b, ' ');
			add_nested(jval_at(v, k), b);
		}
		sbuf_addch(b, ']');
		break;
	case JV_OBJECT:
		add_map(v, b);
		break;
	}
}

void format_print_args(struct jval *const *args, size_t n, bool line, struct sbuf *b)
{
	for (size_t i = 0; i < n; i++) {
		bool strings = i && jval_type(args[i]) != JV_STRING && jval_type(args[i - 1]) != JV_STRING;

		if (i && (line || strings))
			sbuf_addch(b, ' ');
		add_nested(args[i], b);
	}
	if (line)
		sbuf_addch(b, '\n');
}

/* ---- Printf ---- */

struct verb {
	bool minus, plus, sharp, space, zero, has_precision;
	int width, precision;
	char letter;
};

static const char *parse_number(const char *p, int *ret)
{
	int v = 0;

	while (*p >= '0' && *p <= '9')
		if (v < 10000)
			v = v * 10 + (*p++ - '0');
		else
			p++;
	*ret = MIN_OF(v, 1000);
	return p;
}

static const char *parse_verb(const char *p, struct verb *v)
{
	*v = (struct verb){0};
	for (;; p++) {
		if (*p == '-')
			v->minus = true;
		else if (*p == '+')
			v->plus = true;
		else if (*p == '#')
			v->sharp = true;
		else if (*p == ' ')
			v->space = true;
		else if (*p == '0')
			v->zero = true;
		else
			break;
	}
	p = parse_number(p, &v->width);
	if (*p == '.') {
		v->has_precision = true;
		p = parse_number(p + 1, &v->precision);
	}
	v->letter = *p;
	return *p ? p + 1 : p;
}

static size_t count_runes(const char *s, size_t n)
{
	size_t runes = 0;

	for (size_t i = 0; i < n; i++)
		runes += ((unsigned char)s[i] & 0xc0) != 0x80;
	return runes;
}

static void add_padded(const struct verb *v, const char *s, size_t n, struct sbuf *b)
{
	size_t runes = count_runes(s, n), fill = (size_t)v->width > runes ? (size_t)v->width - runes : 0;

	if (v->minus)
		sbuf_add(b, s, n);
	while (fill--)
		sbuf_addch(b, ' ');
	if (!v->minus)
		sbuf_add(b, s, n);
}

static void add_quoted(const char *s, struct sbuf *b)
{
	sbuf_addch(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			sbuf_addf(b, "\\%c", *s);
		else if (*s == '\n')
			sbuf_addstr(b, "\\n");
		else if (*s == '\t')
			sbuf_addstr(b, "\\t");
		else if (*s == '\r')
			sbuf_addstr(b, "\\r");
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			sbuf_addf(b, "\\x%02x", (unsigned char)*s);
		else
			sbuf_addch(b, *s);
	}
	sbuf_addch(b, '"');
}

static void add_string(const struct verb *v, const char *s, struct sbuf *b)
{
	auto_sbuf struct sbuf t = SBUF_INIT;
	size_t n = strlen(s);

	if (v->letter == 'q') {
		add_quoted(s, &t);
	} else if (v->letter == 'x' || v->letter == 'X') {
		for (size_t i = 0; i < n; i++)
			sbuf_addf(&t, v->letter == 'x' ? "%02x" : "%02X", (unsigned char)s[i]);
	} else {
		size_t keep = 0, runes = 0;

		while (keep < n && (!v->has_precision || runes < (size_t)v->precision ||
					((unsigned char)s[keep] & 0xc0) == 0x80))
			runes += ((unsigned char)s[keep++] & 0xc0) != 0x80;
		sbuf_add(&t, s, keep);
	}
	add_padded(v, t.buf, t.len, b);
}

/* The C library formats numbers as Go does for these verbs. */
static void c_format(const struct verb *v, const char *length, char *buf, size_t size)
{
	snprintf(buf, size, "%%%s%s%s%s%s%d.%d%s%c", v->minus ? "-" : "", v->plus ? "+" : "",
		v->sharp ? "#" : "", v->space ? " " : "", v->zero && !v->minus ? "0" : "", v->width,
		v->precision, length, v->letter);
	if (!v->has_precision) { /* ".0" would mean no digits for zero */
		char *dot = strchr(buf, '.');

		snprintf(dot, size - (size_t)(dot - buf), "%s%c", length, v->letter);
	}
}

static void add_integer(const struct verb *v, int64_t i, struct sbuf *b)
{
	bool negative = i < 0 && v->letter != 'd';
	struct verb plain = *v;
	char fmt[40];

	if (v->letter == 'c' || v->letter == 'U') {
		auto_free char *s = v->letter == 'U' ? xasprintf("U+%04llX", (unsigned long long)i)
			: xasprintf("%c", (int)(i > 0 && i < 0x80 ? i : '?'));

		add_padded(v, s, strlen(s), b);
		return;
	}
	if (v->letter == 'b') {
		char bits[66], *p = bits + sizeof(bits);
		uint64_t u = i < 0 ? (uint64_t)0 - (uint64_t)i : (uint64_t)i;

		for (; u || p == bits + sizeof(bits); u >>= 1)
			*--p = (char)('0' + (u & 1));
		if (i < 0 && p > bits)
			*--p = '-';
		add_padded(v, p, (size_t)(bits + sizeof(bits) - p), b);
		return;
	}
	if (negative)
		sbuf_addch(b, '-');
	c_format(&plain, "ll", fmt, sizeof(fmt));
	sbuf_addf(b, fmt, negative ? 0 - (unsigned long long)i : (unsigned long long)i);
}

static const char *type_name(const struct jval *arg)
{
	static const char *const names[] = {[JV_NULL] = "<nil>", [JV_BOOL] = "bool", [JV_INT] = "int",
		[JV_DOUBLE] = "float64", [JV_STRING] = "string", [JV_ARRAY] = "[]interface {}",
		[JV_OBJECT] = "map[string]interface {}"};

	return names[jval_type(arg)];
}

/* "string=web" */
static void add_typed(const struct jval *arg, struct sbuf *b)
{
	sbuf_addstr(b, type_name(arg));
	if (jval_type(arg) == JV_NULL)
		return;
	sbuf_addch(b, '=');
	format_print_value(arg, b);
}

static void bad_verb(const struct verb *v, const struct jval *arg, struct sbuf *b)
{
	sbuf_addf(b, "%%!%c(", v->letter);
	add_typed(arg, b);
	sbuf_addch(b, ')');
}

static void add_any(const struct verb *v, const struct jval *arg, struct sbuf *b)
{
	auto_sbuf struct sbuf t = SBUF_INIT;

	add_nested(arg, &t);
	add_padded(v, t.buf, t.len, b);
}

static void add_verb(const struct verb *v, const struct jval *arg, struct sbuf *b);

/* %q is that of each element. */
static void add_elements(const struct verb *v, const struct jval *arg, struct sbuf *b)
{
	bool map = jval_type(arg) == JV_OBJECT;
	size_t n = jval_len(arg);
	const char **keys = map ? sorted_keys(arg, &n) : NULL;

	sbuf_addstr(b, map ? "map[" : "[");
	for (size_t i = 0; i < n; i++) {
		if (i)
			sbuf_addch(b, ' ');
		if (map) {
			add_string(v, keys[i], b);
			sbuf_addch(b, ':');
		}
		add_verb(v, map ? jval_get(arg, keys[i]) : jval_at(arg, i), b);
	}
	sbuf_addch(b, ']');
	free(keys);
}

static void add_verb(const struct verb *v, const struct jval *arg, struct sbuf *b)
{
	enum jval_type t = jval_type(arg);
	char fmt[40];

	if (v->letter == 'T') {
		add_padded(v, type_name(arg), strlen(type_name(arg)), b);
	} else if (v->letter == 'q' && (t == JV_ARRAY || t == JV_OBJECT)) {
		add_elements(v, arg, b);
	} else if (v->letter == 'v' && t != JV_STRING) {
		struct verb d = *v;

		d.letter = 'd';
		if (t == JV_INT)
			add_integer(&d, jval_int(arg, 0), b);
		else
			add_any(v, arg, b);
	} else if (t == JV_STRING && strchr("svqxX", v->letter)) {
		add_string(v, jval_str(arg, ""), b);
	} else if (t == JV_INT && strchr("dxXocbU", v->letter)) {
		add_integer(v, jval_int(arg, 0), b);
	} else if (t == JV_DOUBLE && strchr("feEgGF", v->letter)) {
		c_format(v, "", fmt, sizeof(fmt));
		sbuf_addf(b, fmt, jval_double(arg, 0));
	} else if (t == JV_BOOL && v->letter == 't') {
		add_any(v, arg, b);
	} else if (v->letter == 's' && (t == JV_ARRAY || t == JV_OBJECT)) {
		add_any(v, arg, b);
	} else {
		bad_verb(v, arg, b);
	}
}

int format_print_printf(struct jval *const *args, size_t n, struct sbuf *b, struct err *err)
{
	const char *p = n ? jval_str(args[0], NULL) : NULL;
	size_t used = 1;

	if (!p)
		return err_set(err, EK_INVALID, "printf needs a format string");
	while (*p) {
		size_t plain = strcspn(p, "%");
		struct verb v;

		sbuf_add(b, p, plain);
		p += plain;
		if (!*p)
			break;
		p = parse_verb(p + 1, &v);
		if (v.letter == '%')
			sbuf_addch(b, '%');
		else if (!v.letter)
			sbuf_addstr(b, "%!(NOVERB)");
		else if (used >= n)
			sbuf_addf(b, "%%!%c(MISSING)", v.letter);
		else
			add_verb(&v, args[used++], b);
	}
	for (size_t i = used; i < n; i++) {
		sbuf_addstr(b, i == used ? "%!(EXTRA " : ", ");
		add_typed(args[i], b);
	}
	if (used < n)
		sbuf_addch(b, ')');
	return 0;
}
