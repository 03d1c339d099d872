/* format_lex.c - tokens of Go's text/template language ("Text and spaces", "Actions", lex.go's
 * documented behaviour). */
#include "podlite/format_tree.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9') ||
		(unsigned char)c >= 0x80;
}

/* {{- followed by white space trims the text before. */
static bool opens_trim(const char *p)
{
	return p[2] == '-' && is_space(p[3]);
}

/* Text of the command line: \n and \t stand for themselves as docker and podman have it. */
static void add_text(struct sbuf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\' && i + 1 < n && (s[i + 1] == 'n' || s[i + 1] == 't'))
			sbuf_addch(b, s[++i] == 'n' ? '\n' : '\t');
		else
			sbuf_addch(b, s[i]);
	}
}

static int skip_comment(struct format_lex *l, struct err *err)
{
	const char *end = strstr(l->p, "*/");

	if (!end)
		return err_set(err, EK_INVALID, "unclosed comment");
	l->p = end + 2;
	l->trim_next = is_space(l->p[0]) && !strncmp(l->p + 1, "-}}", 3);
	if (l->trim_next)
		l->p += 4;
	else if (!strncmp(l->p, "}}", 2))
		l->p += 2;
	else
		return err_set(err, EK_INVALID, "comment ends before closing delimiter");
	return 0;
}

/* Text up to the next action; comments are passed over. Leaves p at {{ or the end. */
static int lex_text(struct format_lex *l, struct err *err)
{
	for (;;) {
		const char *open = strstr(l->p, "{{");
		const char *end = open ? open : l->p + strlen(l->p);
		const char *from = l->p;

		if (l->trim_next)
			while (from < end && is_space(*from))
				from++;
		l->trim_next = false;
		l->p = end;
		if (open && opens_trim(open))
			while (end > from && is_space(end[-1]))
				end--;
		add_text(&l->text, from, (size_t)(end - from));
		if (!open)
			return 0;
		from = open + (opens_trim(open) ? 4 : 2);
		if (strncmp(from, "/*", 2))
			return 0;
		l->p = from;
		if (skip_comment(l, err) < 0)
			return -1;
	}
}

static int lex_outside(struct format_lex *l, struct err *err)
{
	if (lex_text(l, err) < 0)
		return -1;
	if (l->text.len) {
		l->tok = FT_TEXT;
	} else if (*l->p) {
		l->p += opens_trim(l->p) ? 4 : 2;
		l->tok = FT_OPEN;
		l->inside = true;
	} else {
		l->tok = FT_EOF;
	}
	return 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xHH is a byte, \uHHHH and \UHHHHHHHH a character; at the first digit. */
static int lex_hex(struct format_lex *l, char kind, struct err *err)
{
	int n = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
	uint32_t v = 0;

	for (int i = 0; i < n; i++, l->p++) {
		int h = hex_value(*l->p);

		if (h < 0)
			return err_set(err, EK_INVALID, "bad escape \\%c in a string", kind);
		v = v << 4 | (uint32_t)h;
	}
	if (v == 0 || v > 0x10ffff)
		return err_set(err, EK_INVALID, "bad escape \\%c in a string", kind);
	if (kind == 'x')
		sbuf_addch(&l->text, (char)v);
	else
		sbuf_add_utf8(&l->text, v);
	return 0;
}

static int lex_escape(struct format_lex *l, char quote, struct err *err)
{
	static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
	char c = *l->p;
	const char *known = c ? strchr(from, c) : NULL;

	if (c == quote) {
		sbuf_addch(&l->text, c);
	} else if (known) {
		sbuf_addch(&l->text, to[known - from]);
	} else if (c == 'x' || c == 'u' || c == 'U') {
		l->p++;
		return lex_hex(l, c, err);
	} else {
		return err_set(err, EK_INVALID, "bad escape in a string");
	}
	l->p++;
	return 0;
}

static int lex_quoted(struct format_lex *l, char quote, struct err *err)
{
	while (*l->p != quote) {
		if (!*l->p || *l->p == '\n')
			return err_set(err, EK_INVALID, "unterminated quoted string");
		if (*l->p == '\\') {
			l->p++;
			if (lex_escape(l, quote, err) < 0)
				return -1;
		} else {
			sbuf_addch(&l->text, *l->p++);
		}
	}
	l->p++;
	l->tok = FT_STRING;
	return 0;
}

static int lex_raw(struct format_lex *l, struct err *err)
{
	const char *end = strchr(l->p, '`');

	if (!end)
		return err_set(err, EK_INVALID, "unterminated raw quoted string");
	sbuf_add(&l->text, l->p, (size_t)(end - l->p));
	l->p = end + 1;
	l->tok = FT_STRING;
	return 0;
}

/* 'c': the number of the character, ASCII only */
static int lex_char(struct format_lex *l, struct err *err)
{
	if (lex_quoted(l, '\'', err) < 0)
		return -1;
	if (l->text.len != 1 || (unsigned char)l->text.buf[0] >= 0x80)
		return err_set(err, EK_INVALID, "malformed character constant");
	l->number = jval_new_int(l->text.buf[0]);
	l->tok = FT_NUMBER;
	return 0;
}

static int lex_number(struct format_lex *l, struct err *err)
{
	const char *start = l->p;
	char *end;
	long long i;

	if (*l->p == '+' || *l->p == '-')
		l->p++;
	while (is_word(*l->p) || *l->p == '.' ||
		((*l->p == '+' || *l->p == '-') && (l->p[-1] | 0x20) == 'e'))
		l->p++;
	sbuf_add(&l->text, start, (size_t)(l->p - start));
	l->tok = FT_NUMBER;
	errno = 0;
	i = strtoll(l->text.buf, &end, 0);
	if (!*end && !errno) {
		l->number = jval_new_int(i);
		return 0;
	}
	l->number = jval_new_double(strtod(l->text.buf, &end));
	return *end ? err_set(err, EK_INVALID, "bad number syntax: \"%s\"", l->text.buf) : 0;
}

static void lex_name(struct format_lex *l, enum format_token tok)
{
	const char *start = l->p;

	while (is_word(*l->p))
		l->p++;
	sbuf_add(&l->text, start, (size_t)(l->p - start));
	l->tok = tok;
}

static int lex_punctuation(struct format_lex *l, char c, struct err *err)
{
	static const char chars[] = "()|,=";
	static const enum format_token toks[] = {FT_LPAREN, FT_RPAREN, FT_PIPE, FT_COMMA, FT_ASSIGN};
	const char *known = strchr(chars, c);

	if (c == ':' && *l->p == '=') {
		l->p++;
		l->tok = FT_DECLARE;
		return 0;
	}
	if (!known)
		return err_set(err, EK_INVALID, "unexpected \"%c\" in an action", c);
	l->tok = toks[known - chars];
	return 0;
}

static bool lex_close(struct format_lex *l)
{
	l->trim_next = l->spaced && !strncmp(l->p, "-}}", 3);
	if (!l->trim_next && strncmp(l->p, "}}", 2))
		return false;
	l->p += l->trim_next ? 3 : 2;
	l->inside = false;
	l->tok = FT_CLOSE;
	return true;
}

static bool starts_number(const char *p)
{
	if (*p == '+' || *p == '-' || *p == '.')
		p++;
	return *p >= '0' && *p <= '9';
}

static int lex_inside(struct format_lex *l, struct err *err)
{
	char c;

	l->spaced = false;
	for (; is_space(*l->p); l->p++)
		l->spaced = true;
	if (!*l->p)
		return err_set(err, EK_INVALID, "unclosed action");
	if (lex_close(l))
		return 0;
	if (starts_number(l->p))
		return lex_number(l, err);
	if (is_word(*l->p)) {
		lex_name(l, FT_WORD);
		return 0;
	}
	c = *l->p++;
	if (c == '"')
		return lex_quoted(l, c, err);
	if (c == '`')
		return lex_raw(l, err);
	if (c == '\'')
		return lex_char(l, err);
	if (c == '$' || c == '.')
		lex_name(l, c == '$' ? FT_VAR : is_word(*l->p) ? FT_FIELD : FT_DOT);
	else
		return lex_punctuation(l, c, err);
	return 0;
}

int format_lex_next(struct format_lex *l, struct err *err)
{
	sbuf_reset(&l->text);
	jval_free(l->number);
	l->number = NULL;
	return l->inside ? lex_inside(l, err) : lex_outside(l, err);
}

void format_lex_done(struct format_lex *l)
{
	sbuf_done(&l->text);
	jval_free(l->number);
	l->number = NULL;
}
