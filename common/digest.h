/*
 * digest.h - digest text "sha256:HEX" (OCI image-spec 1.1, descriptor.md, "Digests").
 *
 * Only sha256 with 64 lower-case hex digits is accepted; everything else is refused before it
 * can reach a path, URL or request (threats.md V47).
 */
#ifndef PODLITE_DIGEST_H
#define PODLITE_DIGEST_H

#include "common/base.h"
#include "common/err.h"

struct digest {
	char hex[65]; /* "" when unset */
};

#define DIGEST_TEXT_LEN 71 /* "sha256:" + 64 */

bool digest_parse(const char *text, struct digest *ret); /* "sha256:..." */
bool digest_from_hex(const char *hex, struct digest *ret);
void digest_from_bytes(const unsigned char raw[32], struct digest *ret);
bool digest_equal(const struct digest *a, const struct digest *b);
bool digest_is_set(const struct digest *d);
/* EK_INVALID, naming both, unless found, which was computed, is want. */
int digest_expect(const struct digest *want, const struct digest *found, struct err *err) __must_check;
/* "sha256:HEX" in a caller's buffer of DIGEST_TEXT_LEN + 1 bytes; returns buf. */
const char *digest_text(const struct digest *d, char buf[DIGEST_TEXT_LEN + 1]);

#endif
