#include "common/sbuf.h"

#include <stdio.h>

#include "common/alloc.h"

char sbuf_empty[1];

void sbuf_grow(struct sbuf *b, size_t extra)
{
	size_t want = b->len + extra + 1;

	if (want <= b->cap)
		return;
	want = MAX_OF(want, b->cap * 2);
	want = MAX_OF(want, (size_t)64);
	b->buf = xrealloc(b->cap ? b->buf : NULL, want, 1);
	b->cap = want;
	b->buf[b->len] = '\0';
}

void sbuf_add(struct sbuf *b, const void *data, size_t n)
{
	if (!n)
		return;
	sbuf_grow(b, n);
	memcpy(b->buf + b->len, data, n);
	b->len += n;
	b->buf[b->len] = '\0';
}

void sbuf_addstr(struct sbuf *b, const char *s)
{
	sbuf_add(b, s, strlen(s));
}

void sbuf_addch(struct sbuf *b, char c)
{
	if (b->len + 1 >= b->cap)
		sbuf_grow(b, 1);
	b->buf[b->len++] = c;
	b->buf[b->len] = '\0';
}

void sbuf_addvf(struct sbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n <= 0)
		return;
	sbuf_grow(b, (size_t)n);
	vsnprintf(b->buf + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void sbuf_addf(struct sbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sbuf_addvf(b, fmt, ap);
	va_end(ap);
}

void sbuf_setlen(struct sbuf *b, size_t len)
{
	b->len = len;
	if (b->cap)
		b->buf[len] = '\0';
}

void sbuf_reset(struct sbuf *b)
{
	sbuf_setlen(b, 0);
}

char *sbuf_take(struct sbuf *b)
{
	char *s = b->cap ? b->buf : xstrdup("");

	*b = (struct sbuf)SBUF_INIT;
	return s;
}

void sbuf_done(struct sbuf *b)
{
	if (b->cap)
		free(b->buf);
	*b = (struct sbuf)SBUF_INIT;
}

void sbuf_chomp(struct sbuf *b)
{
	while (b->len && b->buf[b->len - 1] == '\n')
		sbuf_setlen(b, b->len - 1);
}

const char *sbuf_last_line(struct sbuf *b)
{
	const char *nl;

	sbuf_chomp(b);
	nl = strrchr(b->buf, '\n');
	return nl ? nl + 1 : b->buf;
}

size_t sbuf_utf8_at(const char *text, size_t n, uint32_t *cp)
{
	const unsigned char *s = (const unsigned char *)text;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;

	if (!len || len > n || s[0] > 0xf4)
		return 0;
	*cp = len == 1 ? s[0] : s[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (*cp < least[len] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return len;
}

bool sbuf_is_utf8(const char *s, size_t n)
{
	uint32_t cp;

	for (size_t i = 0, len; i < n; i += len) {
		len = (unsigned char)s[i] < 0x80 ? 1 : sbuf_utf8_at(s + i, n - i, &cp);
		if (!len)
			return false;
	}
	return true;
}

static bool code_point_is_safe(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return false;
	/* bidi embedding, override, isolate, marks; line and paragraph separators; BOM */
	return !((cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) ||
		 cp == 0x200e || cp == 0x200f || cp == 0x061c || cp == 0x2028 || cp == 0x2029 ||
		 cp == 0xfeff);
}

void sbuf_addsafe(struct sbuf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t cp = 0;
		size_t len = sbuf_utf8_at(s + i, n - i, &cp);

		if (len && code_point_is_safe(cp))
			sbuf_add(b, s + i, len);
		else if (len > 1)
			sbuf_addf(b, "\\u{%x}", cp);
		else
			sbuf_addf(b, "\\x%02x", (unsigned char)s[i]);
		i += len ? len : 1;
	}
}

void sbuf_blank_unsafe(char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n;) {
		uint32_t cp = 0;
		size_t len = sbuf_utf8_at(s + i, n - i, &cp);

		if (!len || !code_point_is_safe(cp))
			memset(s + i, ' ', len ? len : 1);
		i += len ? len : 1;
	}
}

void sbuf_add_utf8(struct sbuf *b, uint32_t c)
{
	if (c < 0x80) {
		sbuf_addch(b, (char)c);
	} else if (c < 0x800) {
		sbuf_addch(b, (char)(0xc0 | c >> 6));
		sbuf_addch(b, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		sbuf_addch(b, (char)(0xe0 | c >> 12));
		sbuf_addch(b, (char)(0x80 | (c >> 6 & 63)));
		sbuf_addch(b, (char)(0x80 | (c & 63)));
	} else {
		sbuf_addch(b, (char)(0xf0 | c >> 18));
		sbuf_addch(b, (char)(0x80 | (c >> 12 & 63)));
		sbuf_addch(b, (char)(0x80 | (c >> 6 & 63)));
		sbuf_addch(b, (char)(0x80 | (c & 63)));
	}
}
