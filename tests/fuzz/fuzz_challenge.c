/* links: libnetin.a libcommon.a -ljson-c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "net/auth.h"
#include "net/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A challenge, a token answer and base64, all chosen by strangers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size), *token = NULL;
	auto_sbuf struct sbuf plain = SBUF_INIT, back = SBUF_INIT;
	auto_svec struct svec list = SVEC_INIT;
	struct auth_challenge c;

	svec_add(&list, text);
	if (auth_challenge_parse(&list, &c, NULL) == 0) {
		if (c.bearer && !c.realm)
			abort();
		auth_challenge_done(&c);
	}
	token = auth_token_parse(text, strlen(text), NULL);
	if (token && strpbrk(token, " \r\n"))
		abort();
	if (base64_decode(text, &plain)) {
		base64_encode(plain.buf, plain.len, &back);
		if (back.len != strlen(text))
			abort();
	}
	return 0;
}
