#include "net/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *data, size_t n, struct sbuf *ret)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
			(i + 2 < n ? p[i + 2] : 0);

		sbuf_addch(ret, alphabet[v >> 18]);
		sbuf_addch(ret, alphabet[v >> 12 & 63]);
		sbuf_addch(ret, i + 1 < n ? alphabet[v >> 6 & 63] : '=');
		sbuf_addch(ret, i + 2 < n ? alphabet[v & 63] : '=');
	}
}

bool base64_decode(const char *text, struct sbuf *ret)
{
	size_t n = strlen(text), pad = 0;

	if (n % 4)
		return false;
	while (pad < 2 && n && text[n - 1] == '=') {
		n--;
		pad++;
	}
	for (size_t i = 0; i < n; i += 4) {
		uint32_t v = 0;
		size_t have = n - i < 4 ? n - i : 4;

		for (size_t k = 0; k < 4; k++) {
			const char *at = k < have ? strchr(alphabet, text[i + k]) : alphabet;

			if (!at)
				return false;
			v = v << 6 | (uint32_t)(at - alphabet);
		}
		for (size_t k = 0; k + 1 < have; k++)
			sbuf_addch(ret, (char)(v >> (16 - 8 * k)));
	}
	return true;
}
