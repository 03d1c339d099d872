/*
 * auth.h - how a registry wants to be asked: WWW-Authenticate challenges (RFC 9110 §11.6.1) and
 * bearer tokens (distribution-spec's token authentication).
 *
 * The registry chooses every word of a challenge, so what is built from it is bounded: the scope is
 * ours, the realm must pass auth_realm_allowed, the token must be printable (threats.md R7, V49).
 */
#ifndef PODLITE_AUTH_H
#define PODLITE_AUTH_H

#include "common/err.h"
#include "common/svec.h"

struct auth_challenge {
	bool bearer, basic;
	char *realm, *service; /* of the bearer challenge; NULL if absent */
	char *error;           /* bearer error word, "insufficient_scope" */
};

/* headers: the values of all WWW-Authenticate fields. Malformed ones are skipped; it is an error
 * when neither Basic nor Bearer is offered. */
int auth_challenge_parse(const struct svec *headers, struct auth_challenge *ret, struct err *err) __must_check;
void auth_challenge_done(struct auth_challenge *c);

struct auth_creds {
	char *user, *password; /* NULL: anonymous */
	char *identity;        /* refresh token instead, or NULL */
	char *realm;           /* token server elsewhere that login was sent to, or NULL */
};
void auth_creds_done(struct auth_creds *c);

/* "Basic ..." for a request header, or NULL without user. */
char *auth_basic(const struct auth_creds *c);

struct auth_site {
	const char *host;  /* registry's host name, without port */
	bool tls;          /* it is spoken to by TLS */
	bool insecure;     /* its configuration says insecure */
};
/* May a token be asked from this realm (host, TLS or not)? with_creds: and credentials sent there? */
int auth_realm_allowed(const struct auth_site *site, const char *realm, const char *realm_host, bool realm_tls,
	const struct auth_creds *creds, struct err *err) __must_check;
/* Is it on the registry's host, or on one of the same domain? */
bool auth_realm_is_own(const struct auth_site *site, const char *realm_host, bool realm_tls);
bool auth_host_is_loopback(const char *host); /* localhost, 127.*, ::1: by name, not by lookup */
bool auth_host_is_linklocal(const char *host); /* 169.254.* (metadata services), fe80:: */

/* The token of a token server's answer, checked. */
char *auth_token_parse(const char *text, size_t n, struct err *err) __must_check;

#endif
