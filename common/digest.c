#include "common/digest.h"

#include <stdio.h>
#include <string.h>

bool digest_from_hex(const char *hex, struct digest *ret)
{
	if (strlen(hex) != 64 || strspn(hex, "0123456789abcdef") != 64)
		return false;
	memcpy(ret->hex, hex, 65);
	return true;
}

bool digest_parse(const char *text, struct digest *ret)
{
	return !strncmp(text, "sha256:", 7) && digest_from_hex(text + 7, ret);
}

void digest_from_bytes(const unsigned char raw[32], struct digest *ret)
{
	for (int i = 0; i < 32; i++)
		snprintf(ret->hex + 2 * i, 3, "%02x", raw[i]);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return digest_is_set(a) && !strcmp(a->hex, b->hex);
}

bool digest_is_set(const struct digest *d)
{
	return d->hex[0] != '\0';
}

int digest_expect(const struct digest *want, const struct digest *found, struct err *err)
{
	return digest_equal(want, found) ? 0 :
		err_set(err, EK_INVALID, "digest: expected sha256:%s, found sha256:%s", want->hex, found->hex);
}

const char *digest_text(const struct digest *d, char buf[DIGEST_TEXT_LEN + 1])
{
	memcpy(buf, "sha256:", 7);
	memcpy(buf + 7, d->hex, sizeof(d->hex));
	return buf;
}
