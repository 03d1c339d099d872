/* base64.h - RFC 4648 base64 for auth files and Basic authentication. */
#ifndef PODLITE_BASE64_H
#define PODLITE_BASE64_H

#include "common/sbuf.h"

void base64_encode(const void *data, size_t n, struct sbuf *ret); /* appends */
/* Strict: padding needed, nothing else around. Appends; false if malformed (ret may have grown). */
bool base64_decode(const char *text, struct sbuf *ret);

#endif
