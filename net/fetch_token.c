#include "net/fetch_token.h"

#include <string.h>

#include "common/alloc.h"
#include "common/jval.h"

void fetch_token_reason(const char *body, size_t n, struct sbuf *ret)
{
	auto_jval struct jval *doc = jval_parse(body, n, 0, NULL);
	const struct jval *first = jval_at(jval_get(doc, "errors"), 0);
	const char *text = jval_get_str(first, "message", "");

	if (!*text)
		text = jval_get_str(first, "code", "");
	if (!*text)
		text = jval_get_str(doc, "details", "");
	sbuf_addsafe(ret, text, strnlen(text, 160));
}

static enum http_take collect(void *arg, const struct http_response *r, const void *data, size_t n)
{
	struct sbuf *body = arg;

	(void)r;
	if (body->len + n > FETCH_TOKEN_MAX)
		return HTTP_ABORT;
	sbuf_add(body, data, n);
	return HTTP_TAKEN;
}

static void site_host(const struct fetch_site *s, char *buf, size_t size)
{
	size_t n = *s->host == '[' ? strcspn(s->host, "]") + 1 : strcspn(s->host, ":");

	if (n >= size)
		n = size - 1;
	memcpy(buf, s->host, n);
	buf[n] = '\0';
}

/* realm?service=..&scope=.. with Basic credentials, or a form with the refresh token */
static void build(const struct fetch_site *s, const struct auth_challenge *c, const char *realm, const char *scope,
	struct sbuf *url, struct sbuf *form, struct svec *headers)
{
	struct sbuf *q = s->creds.identity ? form : url;
	auto_svec struct svec scopes = SVEC_INIT;

	sbuf_addstr(url, realm);
	if (s->creds.identity) {
		sbuf_addstr(form, "grant_type=refresh_token&client_id=podlite&refresh_token=");
		http_url_escape(s->creds.identity, form);
	} else {
		auto_free char *basic = auth_basic(&s->creds);

		sbuf_addstr(url, strchr(realm, '?') ? "" : "?client_id=podlite");
		if (basic)
			svec_addf(headers, "Authorization: %s", basic);
		if (s->creds.user) {
			sbuf_addstr(url, "&account=");
			http_url_escape(s->creds.user, url);
		}
	}
	if (c->service) {
		sbuf_addstr(q, "&service=");
		http_url_escape(c->service, q);
	}
	svec_add_split(&scopes, scope, ' ');
	SVEC_EACH(one, &scopes)
		if (*one) {
			sbuf_addstr(q, "&scope=");
			http_url_escape(one, q);
		}
}

static int read_answer(struct http_xfer *x, const struct sbuf *body, const struct fetch_site *s, char **ret,
	struct err *err)
{
	unsigned hints;
	const char *why = http_failure(x, &hints);
	long status = http_response(x)->status;
	auto_sbuf struct sbuf reason = SBUF_INIT;

	if (http_aborted(x))
		return err_set(err, EK_INVALID, "token server: answer exceeds 1 MiB");
	if (why)
		return err_set(err, EK_NETWORK, "token server: %s", why);
	if (status != 200) {
		fetch_token_reason(body->buf, body->len, &reason);
		err_set(err, status >= 500 || status == 429 || status == 408 ? EK_NETWORK : EK_DENIED,
			"token server answered %ld%s%s", status, reason.len ? ": " : "", reason.buf);
		return s->creds.user || s->creds.identity ?
			err_advise(err, "are the credentials for %s right?", s->host) : -1;
	}
	*ret = auth_token_parse(body->buf, body->len, err);
	return *ret ? 0 : -1;
}

static int ask(struct http *h, const struct fetch_site *s, const struct auth_challenge *c,
	const struct http_url *realm, bool other_host, const char *scope, char **ret, struct err *err)
{
	auto_sbuf struct sbuf url = SBUF_INIT, form = SBUF_INIT, body = SBUF_INIT;
	auto_svec struct svec headers = SVEC_INIT;
	char host[256];
	struct http_xfer *x;
	int r = 0;

	site_host(s, host, sizeof(host));
	build(s, c, realm->url, scope, &url, &form, &headers);
	struct http_request rq = {
		.url = url.buf,
		.headers = &headers,
		.form = form.len ? form.buf : NULL,
		.no_verify = s->insecure && !other_host,
		.no_loopback = other_host && !auth_host_is_loopback(host),
		.no_linklocal = other_host,
		.ca_pem = s->ca_pem,
		.body = collect,
		.arg = &body,
	};
	x = http_start(h, &rq, err);
	if (!x)
		return -1;
	while (!r && !http_finished(x))
		r = http_pump(h, NULL, 0, 1000, err);
	if (!r)
		r = read_answer(x, &body, s, ret, err);
	http_end(x);
	return r;
}

static int bearer(struct http *h, struct fetch_site *s, const struct auth_challenge *c, const char *scope,
	struct err *err)
{
	struct http_url realm = {.url = NULL};
	struct auth_site as = {.insecure = s->insecure, .tls = !s->plain};
	char host[256], *token = NULL;
	int r;

	site_host(s, host, sizeof(host));
	as.host = host;
	if (http_url_parse(NULL, c->realm, &realm, err) < 0)
		return err_wrap(err, "token server");
	if (s->pin_realm && !auth_realm_is_own(&as, realm.host, realm.tls)) {
		free(s->creds.realm);
		s->creds.realm = xstrdup(c->realm);
	}
	r = auth_realm_allowed(&as, c->realm, realm.host, realm.tls, &s->creds, err);
	if (!r)
		r = ask(h, s, c, &realm, strcmp(realm.host, host) != 0, scope, &token, err);
	http_url_done(&realm);
	if (r < 0)
		return -1;
	free(s->token);
	free(s->scope);
	s->token = token;
	s->scope = xstrdup(scope);
	s->token_serial++;
	return 0;
}

int fetch_token_answer(struct http *h, struct fetch_site *s, const char *scope, const struct svec *challenges,
	struct err *err)
{
	struct auth_challenge c;
	int r;

	if (auth_challenge_parse(challenges, &c, err) < 0)
		return -1;
	if (c.bearer)
		r = bearer(h, s, &c, scope, err);
	else if (!s->creds.user)
		r = err_set(err, EK_DENIED, "%s requires a user name and password", s->host);
	else if (s->basic)
		r = err_set(err, EK_DENIED, "%s refused the user name and password", s->host);
	else {
		s->basic = true;
		r = 0;
	}
	auth_challenge_done(&c);
	return r;
}
