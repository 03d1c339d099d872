#include "quadlet/word.h"

#include <string.h>

#include "common/alloc.h"

#define SPACE " \t\n\r"

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* n digits of a base at s: the number, or -1. */
static int64_t number(const char *s, int n, int base)
{
	int64_t v = 0;

	for (int i = 0; i < n; i++) {
		int d = digit_of(s[i]);

		if (d < 0 || d >= base)
			return -1;
		v = v * base + d;
	}
	return v;
}

/* A code given by its digits: as a byte, or (wide) as a character. NUL is never allowed. */
static const char *add_code(const char *s, int n, int base, bool wide, struct sbuf *b)
{
	int64_t v = number(s, n, base);

	if (v <= 0 || (!wide && v > 255) || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return NULL;
	if (wide)
		sbuf_add_utf8(b, (uint32_t)v);
	else
		sbuf_addch(b, (char)v);
	return s + n;
}

/* What follows a backslash; returns where to go on, or NULL. */
static const char *unescape(const char *s, struct sbuf *b)
{
	static const char from[] = "abfnrtvs\\\"'", to[] = "\a\b\f\n\r\t\v \\\"'";
	const char *hit = *s ? strchr(from, *s) : NULL;

	if (hit) {
		sbuf_addch(b, to[hit - from]);
		return s + 1;
	}
	if (*s == 'x')
		return add_code(s + 1, 2, 16, false, b);
	if (*s == 'u')
		return add_code(s + 1, 4, 16, true, b);
	if (*s == 'U')
		return add_code(s + 1, 8, 16, true, b);
	return add_code(s, 3, 8, false, b);
}

/* One word at s; returns its end, or NULL with the reason. */
static const char *take_word(const char *s, struct sbuf *b, const char **why)
{
	char quote = 0;

	while (*s && (quote || !strchr(SPACE, *s))) {
		if (*s == '\\') {
			s = unescape(s + 1, b);
			if (!s) {
				*why = "an unknown escape after a backslash (write \\\\ for a backslash)";
				return NULL;
			}
		} else if (quote ? *s == quote : *s == '"' || *s == '\'') {
			quote = quote ? 0 : *s;
			s++;
		} else {
			sbuf_addch(b, *s++);
		}
	}
	*why = "a quote is not closed";
	return quote ? NULL : s;
}

bool word_split(const char *text, struct svec *ret, const char **ret_why)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	for (;;) {
		text += strspn(text, SPACE);
		if (!*text)
			return true;
		text = take_word(text, &b, ret_why);
		if (!text)
			return false;
		svec_add(ret, b.buf);
		sbuf_reset(&b);
	}
}

static bool plain(const char *word)
{
	if (!*word || !strcmp(word, ";"))
		return false;
	for (const char *p = word; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 127 || strchr("\"'\\", *p))
			return false;
	return true;
}

void word_quote(const char *word, struct sbuf *ret)
{
	if (plain(word)) {
		sbuf_addstr(ret, word);
		return;
	}
	sbuf_addch(ret, '"');
	for (const unsigned char *p = (const unsigned char *)word; *p; p++) {
		if (*p == '"' || *p == '\\')
			sbuf_addf(ret, "\\%c", *p);
		else if (*p < ' ' || *p == 127)
			sbuf_addf(ret, "\\x%02x", *p);
		else
			sbuf_addch(ret, (char)*p);
	}
	sbuf_addch(ret, '"');
}

char *word_join(const struct svec *words)
{
	struct sbuf b = SBUF_INIT;

	for (size_t i = 0; i < words->n; i++) {
		if (i)
			sbuf_addch(&b, ' ');
		word_quote(words->v[i], &b);
	}
	return sbuf_take(&b);
}
