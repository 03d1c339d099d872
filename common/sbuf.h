/*
 * sbuf.h - a growing string. Always terminated; may hold NUL bytes (use len).
 *
 * struct sbuf b = SBUF_INIT; ... sbuf_done(&b);  or  auto_sbuf struct sbuf b = SBUF_INIT;
 */
#ifndef PODLITE_SBUF_H
#define PODLITE_SBUF_H

#include <stdarg.h>

#include "common/base.h"

struct sbuf {
	char *buf; /* never NULL: an empty one points at a shared "" */
	size_t len;
	size_t cap; /* 0 while buf is not allocated */
};

extern char sbuf_empty[1];
#define SBUF_INIT {.buf = sbuf_empty}

void sbuf_grow(struct sbuf *b, size_t extra); /* room for extra more bytes at buf + len */
void sbuf_add(struct sbuf *b, const void *data, size_t n);
void sbuf_addstr(struct sbuf *b, const char *s);
void sbuf_addch(struct sbuf *b, char c);
void sbuf_add_utf8(struct sbuf *b, uint32_t c); /* one code point */
void sbuf_addf(struct sbuf *b, const char *fmt, ...) __printf(2, 3);
void sbuf_addvf(struct sbuf *b, const char *fmt, va_list ap) __printf(2, 0);
void sbuf_setlen(struct sbuf *b, size_t len); /* len <= b->cap */
void sbuf_reset(struct sbuf *b);              /* len 0, memory kept */
char *sbuf_take(struct sbuf *b);              /* the caller owns the string; b is empty again */
void sbuf_done(struct sbuf *b);
/* Without the newlines at its end. */
void sbuf_chomp(struct sbuf *b);
/* What programs said last: the last line that is not empty, in b, which is chomped. */
const char *sbuf_last_line(struct sbuf *b);
/* Length of the UTF-8 sequence at s (n > 0 bytes left), its code point in *cp; 0 if it is none. */
size_t sbuf_utf8_at(const char *s, size_t n, uint32_t *cp);
bool sbuf_is_utf8(const char *s, size_t n);
/* Append foreign text for a terminal: C0, C1, DEL, bidi controls and invalid UTF-8 are escaped
 * as \xNN or \u{NNNN} (threats.md M11). */
void sbuf_addsafe(struct sbuf *b, const char *s, size_t n);
/* The same in place and without memory: blanks instead of escapes. */
void sbuf_blank_unsafe(char *s);

#define auto_sbuf auto_cleanup(sbuf_done)

#endif
