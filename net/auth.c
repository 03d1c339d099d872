#include "net/auth.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "common/alloc.h"
#include "common/jval.h"
#include "net/base64.h"

#define TOKEN_MAX (256u << 10)

/* ---- the challenge grammar: scheme 1*SP ( token68 / #( token "=" ( token / quoted ) ) ) ---- */

struct scan {
	const char *p;
};

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip(struct scan *s, const char *set)
{
	s->p += strspn(s->p, set);
}

static char *take_token(struct scan *s)
{
	size_t n = 0;

	while (is_token_char(s->p[n]))
		n++;
	if (!n)
		return NULL;
	s->p += n;
	return xstrndup(s->p - n, n);
}

static char *take_quoted(struct scan *s)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	for (s->p++; *s->p && *s->p != '"'; s->p++) {
		if (*s->p == '\\' && s->p[1])
			s->p++;
		sbuf_addch(&b, *s->p);
	}
	if (*s->p != '"')
		return NULL;
	s->p++;
	return sbuf_take(&b);
}

static void keep(char **slot, char *value)
{
	if (*slot)
		free(value); /* the first one counts */
	else
		*slot = value;
}

static void keep_param(struct auth_challenge *c, const char *name, char *value)
{
	if (!strcasecmp(name, "realm"))
		keep(&c->realm, value);
	else if (!strcasecmp(name, "service"))
		keep(&c->service, value);
	else if (!strcasecmp(name, "error"))
		keep(&c->error, value);
	else
		free(value);
}

/* `name = value`: true and moved past it, or false and not moved (the next word is a scheme). */
static bool take_param(struct scan *s, struct auth_challenge *c)
{
	struct scan at = *s;
	auto_free char *name = take_token(&at);
	char *value;

	if (!name)
		return false;
	skip(&at, " \t");
	if (*at.p != '=')
		return false;
	at.p++;
	skip(&at, " \t");
	value = *at.p == '"' ? take_quoted(&at) : take_token(&at);
	if (!value)
		return false;
	keep_param(c, name, value);
	*s = at;
	return true;
}

static void take_params(struct scan *s, struct auth_challenge *c)
{
	do {
		skip(s, " \t,");
	} while (take_param(s, c) && (skip(s, " \t"), *s->p == ','));
}

static void parse_header(const char *text, struct auth_challenge *ret)
{
	struct scan s = {text};

	for (;;) {
		struct auth_challenge other = {.bearer = false};
		auto_free char *scheme = NULL;

		skip(&s, " \t,");
		scheme = take_token(&s);
		if (!scheme)
			return;
		if (!strcasecmp(scheme, "bearer") && !ret->bearer) {
			take_params(&s, ret);
			ret->bearer = ret->realm != NULL;
			continue;
		}
		take_params(&s, &other);
		ret->basic |= !strcasecmp(scheme, "basic");
		auth_challenge_done(&other);
	}
}

int auth_challenge_parse(const struct svec *headers, struct auth_challenge *ret, struct err *err)
{
	struct auth_challenge c = {.bearer = false};

	SVEC_EACH(h, headers)
		parse_header(h, &c);
	if (!c.bearer && !c.basic) {
		auth_challenge_done(&c);
		return err_set(err, EK_UNSUPPORTED, "the registry asks for authentication but offers neither Basic nor Bearer");
	}
	*ret = c;
	return 0;
}

void auth_challenge_done(struct auth_challenge *c)
{
	free(c->realm);
	free(c->service);
	free(c->error);
	memset(c, 0, sizeof(*c));
}

/* ---- credentials ---- */

static void wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

void auth_creds_done(struct auth_creds *c)
{
	free(c->user);
	wipe(c->password);
	wipe(c->identity);
	free(c->realm);
	memset(c, 0, sizeof(*c));
}

char *auth_basic(const struct auth_creds *c)
{
	auto_sbuf struct sbuf pair = SBUF_INIT, out = SBUF_INIT;

	if (!c->user)
		return NULL;
	sbuf_addf(&pair, "%s:%s", c->user, c->password ? c->password : "");
	sbuf_addstr(&out, "Basic ");
	base64_encode(pair.buf, pair.len, &out);
	explicit_bzero(pair.buf, pair.len);
	return sbuf_take(&out);
}

/* ---- realms ---- */

static bool is_address(const char *host)
{
	unsigned char raw[16];

	return *host == '[' || inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

bool auth_host_is_loopback(const char *host)
{
	size_t n = strlen(host);
	struct in_addr a;

	if (!strcasecmp(host, "localhost") || (n > 10 && !strcasecmp(host + n - 10, ".localhost")))
		return true;
	if (inet_pton(AF_INET, host, &a) == 1)
		return ntohl(a.s_addr) >> 24 == 127 || !a.s_addr;
	return !strcmp(host, "[::1]") || !strcmp(host, "::1");
}

bool auth_host_is_linklocal(const char *host)
{
	struct in_addr a;

	if (inet_pton(AF_INET, host, &a) == 1)
		return ntohl(a.s_addr) >> 16 == 0xa9fe;
	return !strncasecmp(host, "[fe80:", 6);
}

/* The part of a DNS name from its last but one dot on: "docker.io" of "auth.docker.io". */
static const char *domain_of(const char *host)
{
	const char *dot = strrchr(host, '.');

	if (!dot || is_address(host))
		return NULL;
	while (dot > host && dot[-1] != '.')
		dot--;
	return dot;
}

static bool same_party(const char *a, const char *b)
{
	const char *x = domain_of(a), *y = domain_of(b);

	return !strcasecmp(a, b) || (x && y && !strcasecmp(x, y));
}

bool auth_realm_is_own(const struct auth_site *site, const char *realm_host, bool realm_tls)
{
	return !strcasecmp(site->host, realm_host) || (realm_tls && same_party(site->host, realm_host));
}

int auth_realm_allowed(const struct auth_site *site, const char *realm, const char *realm_host, bool realm_tls,
	const struct auth_creds *creds, struct err *err)
{
	auto_sbuf struct sbuf safe = SBUF_INIT;
	bool same_host = !strcasecmp(site->host, realm_host);

	sbuf_addsafe(&safe, realm, strnlen(realm, 120));
	if (!realm_tls && !(site->insecure && same_host))
		return err_set(err, EK_INVALID, "the registry sends us for a token to %s, which is not https", safe.buf);
	if (!same_host && (auth_host_is_linklocal(realm_host) ||
		(auth_host_is_loopback(realm_host) && !auth_host_is_loopback(site->host))))
		return err_set(err, EK_INVALID, "the registry sends us for a token to the local address %s", safe.buf);
	if (!creds->user && !creds->identity)
		return 0;
	if (auth_realm_is_own(site, realm_host, realm_tls) || (creds->realm && !strcmp(creds->realm, realm)))
		return 0;
	err_set(err, EK_INVALID, "the registry wants its credentials sent to another host, %s", safe.buf);
	return err_advise(err, "if that is right, log in to it again");
}

char *auth_token_parse(const char *text, size_t n, struct err *err)
{
	auto_jval struct jval *doc = jval_parse(text, n, JVAL_UNIQUE_KEYS, err);
	const char *token;

	if (!doc) {
		err_wrap(err, "token");
		return NULL;
	}
	token = jval_get_str(doc, "token", "");
	if (!*token)
		token = jval_get_str(doc, "access_token", "");
	if (!*token || strlen(token) > TOKEN_MAX) {
		err_set(err, EK_INVALID, "the token server's answer holds no usable token");
		return NULL;
	}
	for (const char *p = token; *p; p++)
		if (*p <= ' ' || *p > '~') {
			err_set(err, EK_INVALID, "the token holds characters that no token may have");
			return NULL;
		}
	return xstrdup(token);
}
