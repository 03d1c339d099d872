/* fetch_token.h - answering a 401 for fetch.c. */
#ifndef PODLITE_FETCH_TOKEN_H
#define PODLITE_FETCH_TOKEN_H

#include "net/fetch.h"

#define FETCH_TOKEN_MAX (1u << 20)

/* Learn from the challenges how to authenticate to the site (asking the token server at once if
 * there is one): then the request can be made again. EK_NETWORK: perhaps later. */
int fetch_token_answer(struct http *h, struct fetch_site *s, const char *scope,
	const struct svec *challenges, struct err *err) __must_check;
/* What a registry or token server said about a failure, for people; "" if nothing usable. */
void fetch_token_reason(const char *body, size_t n, struct sbuf *ret);

#endif
