#include "net/fetch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/alloc.h"
#include "common/loop.h"
#include "common/units.h"
#include "net/fetch_token.h"

#define ERROR_BODY_MAX (64u << 10)
#define MAX_WAIT_S     120
#define MAX_DOUBLINGS 6 /* of the pause */
#define BRIEFLY_S      5 /* to connect by https where http may be meant: some firewalls and servers are mute then */
#define PROGRESS       (1u << 20) /* an attempt that got this far does not count as a failed one */

enum state { F_RUN, F_WAIT, F_COMPLETE, F_FAILED };

struct fetch {
	struct http *http;
	struct fetch_policy policy;
	struct fetch_request rq;
	char *path, *scope;
	struct svec headers;
	enum state state;
	struct http_xfer *xfer;
	struct http_url url;      /* of the running exchange */
	bool at_site;             /* it goes to the site's own origin */
	unsigned redirects, challenges, attempts, serial;
	uint64_t offset;          /* body bytes handed to data() */
	uint64_t skip;            /* bytes of this response that were handed over before */
	uint64_t attempt_start;   /* offset when the attempt began */
	bool started, no_range, bad_range;
	int64_t due;              /* F_WAIT: when to go on */
	struct sbuf error_body;
	struct err err;
	long status;
};

void fetch_site_done(struct fetch_site *s)
{
	free(s->host);
	auth_creds_done(&s->creds);
	free(s->ca_pem);
	free(s->cert_file);
	free(s->key_file);
	free(s->token);
	free(s->scope);
	memset(s, 0, sizeof(*s));
}

static int fail(struct fetch *f)
{
	f->state = F_FAILED;
	http_end(f->xfer);
	f->xfer = NULL;
	return -1;
}

/* ---- the body ---- */

/* The first byte of a response to a Range request: does it start where we asked? A plain 200
 * starts at 0: what was handed over already is skipped. Either way the digest over all bytes that
 * were handed over decides in the end. */
static bool place(struct fetch *f, const struct http_response *r)
{
	unsigned long long start;

	f->started = true;
	f->challenges = 0; /* the token was good: a long blob may outlive any number of them */
	f->skip = 0;
	if (r->status == 200) {
		f->skip = f->offset;
		return true;
	}
	f->bad_range = f->no_range || !f->offset || !r->content_range ||
		sscanf(r->content_range, "bytes %llu-", &start) != 1 || start != f->offset;
	return !f->bad_range;
}

static enum http_take on_body(void *arg, const struct http_response *r, const void *data, size_t n)
{
	struct fetch *f = arg;
	const char *p = data;
	enum http_take t;

	if ((r->status != 200 && r->status != 206) || f->rq.method) {
		if (f->error_body.len + n > ERROR_BODY_MAX)
			return HTTP_ABORT;
		sbuf_add(&f->error_body, data, n);
		return HTTP_TAKEN;
	}
	if (!f->started && !place(f, r))
		return HTTP_ABORT;
	size_t skip = f->skip < n ? (size_t)f->skip : n;

	if (n - skip > f->rq.max - f->offset) {
		err_set(&f->err, EK_INVALID, "size: expected %s%llu bytes, found more", f->rq.expect ? "" : "at most ",
			(unsigned long long)f->rq.max);
		return HTTP_ABORT;
	}
	t = n > skip ? f->rq.data(f->rq.arg, p + skip, n - skip, &f->err) : HTTP_TAKEN;
	if (t == HTTP_TAKEN || t == HTTP_ENOUGH) {
		f->skip -= skip;
		f->offset += n - skip;
	}
	return t;
}

/* ---- sending ---- */

static void add_auth(const struct fetch *f, struct svec *headers)
{
	const struct fetch_site *s = f->rq.site;

	if (s->token && s->scope && !strcmp(s->scope, f->scope)) {
		svec_addf(headers, "Authorization: Bearer %s", s->token);
	} else if (s->basic) {
		auto_free char *basic = auth_basic(&s->creds);

		if (basic)
			svec_addf(headers, "Authorization: %s", basic);
	}
}

static void host_only(const char *host, char *buf, size_t size)
{
	size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

	snprintf(buf, size, "%.*s", (int)n, host);
}

/* Https is tried first, and http only where the user allowed it, by name (threats.md R8), until one has been answered. */
static bool may_be_plain(const struct fetch *f)
{
	const struct fetch_site *s = f->rq.site;

	return s->insecure && !s->plain && !s->answered;
}

static int send_request(struct fetch *f)
{
	const struct fetch_site *s = f->rq.site;
	auto_svec struct svec headers = SVEC_INIT;
	char host[256];
	bool same_host;

	host_only(s->host, host, sizeof(host));
	same_host = !strcasecmp(host, f->url.host);
	svec_add_all(&headers, &f->headers);
	if (f->at_site)
		add_auth(f, &headers);
	if (f->offset && f->rq.resume && !f->no_range)
		svec_addf(&headers, "Range: bytes=%llu-", (unsigned long long)f->offset);
	f->serial = s->token_serial;
	f->started = f->bad_range = false;
	f->attempt_start = f->offset;
	sbuf_reset(&f->error_body);
	struct http_request rq = {
		.url = f->url.url,
		.headers = &headers,
		.no_verify = s->insecure && same_host,
		.no_loopback = !same_host && !auth_host_is_loopback(host),
		.no_linklocal = !same_host,
		.connect_timeout = f->at_site && !f->attempts && may_be_plain(f) ? BRIEFLY_S : 0,
		.ca_pem = s->ca_pem,
		.cert_file = f->at_site ? s->cert_file : NULL,
		.key_file = f->at_site ? s->key_file : NULL,
		.method = f->rq.method,
		.data = f->rq.body,
		.size = f->rq.body_size,
		.source = f->rq.source,
		.body = on_body,
		.arg = f,
	};
	f->state = F_RUN;
	http_end(f->xfer);
	f->xfer = http_start(f->http, &rq, &f->err);
	return f->xfer ? 0 : fail(f);
}

/* From the beginning: the registry's own address. */
static int begin(struct fetch *f)
{
	const struct fetch_site *s = f->rq.site;
	auto_free char *base = xasprintf("%s://%s/", s->plain ? "http" : "https", s->host);
	struct http_url site = {.url = NULL};

	http_url_done(&f->url);
	f->redirects = 0;
	if (http_url_parse(NULL, base, &site, &f->err) < 0 || http_url_parse(base, f->path, &f->url, &f->err) < 0) {
		http_url_done(&site);
		return fail(f);
	}
	f->at_site = !strcmp(site.origin, f->url.origin);
	http_url_done(&site);
	if (!s->plain && !f->url.tls) {
		err_set(&f->err, EK_INVALID, "the registry sends an upload from https to http://%s, refused", f->url.host);
		return fail(f);
	}
	return send_request(f);
}

struct fetch *fetch_start(struct http *h, const struct fetch_policy *p, const struct fetch_request *rq)
{
	struct fetch *f = new0(struct fetch);

	f->http = h;
	f->policy = *p;
	f->rq = *rq;
	f->offset = rq->offset;
	f->path = xstrdup(rq->path);
	f->scope = xstrdup(rq->scope);
	if (rq->headers)
		svec_add_all(&f->headers, rq->headers);
	f->rq.headers = NULL;
	f->error_body = (struct sbuf)SBUF_INIT;
	(void)!begin(f);
	return f;
}

/* ---- what came back ---- */

/* Seconds to wait by Retry-After (a number or a date); -1 if it says nothing usable. */
static int64_t retry_after(const char *text)
{
	struct tm tm = {.tm_sec = 0};
	uint64_t s;
	time_t t;

	if (!text)
		return -1;
	if (units_parse_u64(text, &s))
		return s > INT32_MAX ? INT32_MAX : (int64_t)s;
	if (!strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return -1;
	t = timegm(&tm) - time(NULL);
	return t < 0 ? 0 : t;
}

int64_t fetch_delay_ns(const struct fetch_policy *p, unsigned attempts)
{
	int64_t delay = (p->delay_ns ? p->delay_ns : 1000000000) << MIN_OF(attempts, (unsigned)MAX_DOUBLINGS);

	return MIN_OF(delay, MAX_WAIT_S * 1000000000LL);
}

/* Try again later, or give up with the error that is set. */
static int again(struct fetch *f, const char *after)
{
	int64_t asked = retry_after(after), wait;
	auto_free char *text = NULL;

	if (f->offset - f->attempt_start >= PROGRESS)
		f->attempts = 0;
	if (f->attempts >= f->policy.retries || f->rq.source.more)
		return fail(f);
	if (asked > MAX_WAIT_S) {
		err_advise(&f->err, "the registry asks to wait %lld seconds", (long long)asked);
		return fail(f);
	}
	wait = fetch_delay_ns(&f->policy, f->attempts);
	if (asked >= 0 && asked * 1000000000 > wait)
		wait = asked * 1000000000;
	f->attempts++;
	f->due = loop_now_ns() + wait;
	f->state = F_WAIT;
	if (f->policy.note) {
		text = xasprintf("%s; trying again in %lld.%lld s (%u of %u)", f->err.msg, (long long)(wait / 1000000000),
			(long long)(wait / 100000000 % 10), f->attempts, f->policy.retries);
		f->policy.note(f->policy.note_arg, text);
	}
	return 0;
}

static bool is_upload(const struct fetch *f)
{
	return f->rq.method && strcmp(f->rq.method, "HEAD") != 0;
}

static bool may_repeat(const struct fetch *f)
{
	return !is_upload(f) || !strcmp(f->rq.method, "POST");
}

static int redirect(struct fetch *f, const struct http_response *r)
{
	struct http_url to = {.url = NULL}, site = {.url = NULL};
	auto_free char *base = xasprintf("%s://%s/", f->rq.site->plain ? "http" : "https", f->rq.site->host);

	if (!r->location || is_upload(f)) {
		err_set(&f->err, EK_INVALID, "the registry answered %ld %s", r->status,
			r->location ? "to an upload: redirects are for what is there" : "without a Location");
		return fail(f);
	}
	if (++f->redirects > FETCH_MAX_REDIRECTS) {
		err_set(&f->err, EK_INVALID, "more than %d redirects", FETCH_MAX_REDIRECTS);
		return fail(f);
	}
	if (http_url_parse(f->url.url, r->location, &to, &f->err) < 0 || http_url_parse(NULL, base, &site, &f->err) < 0) {
		err_wrap(&f->err, "redirect");
		http_url_done(&to);
		return fail(f);
	}
	if (f->url.tls && !to.tls) {
		err_set(&f->err, EK_INVALID, "the registry redirects from https to http://%s, refused", to.host);
		http_url_done(&to);
		http_url_done(&site);
		return fail(f);
	}
	/* once it left, it does not get the credentials back */
	f->at_site = f->at_site && !strcmp(to.origin, site.origin);
	http_url_done(&site);
	http_url_done(&f->url);
	f->url = to;
	return send_request(f);
}

static const char *word_for(long status)
{
	return status == 404 ? "not found" : status == 401 ? "authentication required" :
		status == 403 ? "access denied" : status == 429 ? "too many requests" : "request failed";
}

static void set_status_error(struct fetch *f, const struct http_response *r)
{
	auto_sbuf struct sbuf reason = SBUF_INIT;
	enum err_kind kind = r->status == 404 ? EK_NOT_FOUND : r->status == 401 || r->status == 403 ? EK_DENIED :
		EK_NETWORK;

	fetch_token_reason(f->error_body.buf, f->error_body.len, &reason);
	err_set(&f->err, kind, "%s (%s answered %ld)", reason.len ? reason.buf : word_for(r->status),
		f->at_site ? "registry" : f->url.host, r->status);
}

static int unauthorized(struct fetch *f, const struct http_response *r)
{
	struct fetch_site *s = f->rq.site;

	if (!f->at_site || ++f->challenges > 3) {
		set_status_error(f, r);
		return fail(f);
	}
	/* somebody else got a newer token meanwhile: use that first */
	if (f->serial == s->token_serial &&
		fetch_token_answer(f->http, s, f->scope, &r->challenges, &f->err) < 0)
		return f->err.kind == EK_NETWORK ? again(f, NULL) : fail(f);
	if (f->rq.source.more) { /* its body has gone by; who makes it anew has a token now */
		err_set(&f->err, EK_NETWORK, "the registry asked for a new token while it was sent");
		return fail(f);
	}
	return send_request(f);
}

/* A Range that it cannot serve, or serves wrongly: once the whole is asked for at once, as nothing is broken by that. */
static int without_range(struct fetch *f)
{
	if (f->no_range)
		return again(f, NULL);
	f->no_range = true;
	err_clear(&f->err);
	return begin(f);
}

static int answered(struct fetch *f)
{
	const struct http_response *r = http_response(f->xfer);

	switch (r->status) {
	case 200:
	case 206:
		if (f->rq.expect && f->offset < f->rq.expect) {
			err_set(&f->err, EK_NETWORK, "size: expected %llu bytes, found %llu",
				(unsigned long long)f->rq.expect, (unsigned long long)(f->offset - f->skip));
			return again(f, NULL);
		}
		f->state = F_COMPLETE;
		return 1;
	case 201:
	case 202:
	case 204:
		if (!is_upload(f)) {
			set_status_error(f, r);
			return fail(f);
		}
		f->state = F_COMPLETE;
		return 1;
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		if (!f->rq.method || is_upload(f))
			return redirect(f, r);
		f->state = F_COMPLETE; /* HEAD: it would be fetched elsewhere, so it is there */
		return 1;
	case 401:
		return unauthorized(f, r);
	case 416:
		set_status_error(f, r);
		return without_range(f);
	case 408:
	case 500 ... 599:
		set_status_error(f, r);
		return may_repeat(f) ? again(f, r->retry_after) : fail(f);
	case 429:
		set_status_error(f, r);
		return again(f, r->retry_after);
	default:
		set_status_error(f, r);
		return fail(f);
	}
}

static void advise_tls(struct fetch *f, unsigned hints)
{
	if ((hints & HTTP_HANDSHAKE) && f->at_site && !f->rq.site->plain)
		err_advise(&f->err, "if the registry speaks plain http, use --tls-verify=false or set insecure = true "
			"for it in registries.conf");
	else if (hints & HTTP_UNTRUSTED)
		err_advise(&f->err, "put its authority's certificate into /etc/containers/certs.d/%s/ca.crt, or use "
			"--tls-verify=false", f->rq.site->host);
}

static int finished(struct fetch *f)
{
	struct fetch_site *s = f->rq.site;
	unsigned hints;
	const char *why = http_failure(f->xfer, &hints);

	f->status = http_response(f->xfer)->status;
	s->answered |= f->at_site && f->status;
	if (f->bad_range) {
		err_set(&f->err, EK_INVALID, "the registry answered a Range request with other bytes");
		return without_range(f);
	}
	if (http_aborted(f->xfer)) {
		/* an error body beyond 64 KiB, or data() said why */
		if (f->err.kind == EK_OK || (f->status != 200 && f->status != 206))
			return answered(f);
		return fail(f);
	}
	if (!why)
		return answered(f);
	if ((hints & HTTP_NO_TLS) && f->at_site && may_be_plain(f)) {
		s->plain = true;
		return begin(f);
	}
	s->plain &= s->answered; /* neither: the next attempt is by https again, with all the time it may need */
	err_set(&f->err, EK_NETWORK, "%s", why);
	advise_tls(f, hints);
	return (hints & HTTP_RETRY) && may_repeat(f) ? again(f, NULL) : fail(f);
}

int fetch_step(struct fetch *f, struct err *err)
{
	int r = 0;

	if (f->state == F_WAIT && loop_now_ns() >= f->due) {
		err_clear(&f->err);
		r = begin(f);
	} else if (f->state == F_RUN && http_finished(f->xfer)) {
		r = finished(f);
	}
	if (f->state == F_COMPLETE)
		return 1;
	if (f->state != F_FAILED)
		return 0;
	(void)r;
	*err = f->err;
	return -1;
}

int fetch_timeout_ms(const struct fetch *f)
{
	int64_t left = f->due - loop_now_ns();

	if (f->state != F_WAIT)
		return f->state == F_RUN ? -1 : 0;
	return left <= 0 ? 0 : (int)(left / 1000000 + 1);
}

int fetch_wait(struct fetch *f, struct err *err)
{
	int done;

	while ((done = fetch_step(f, err)) == 0) {
		int ms = fetch_timeout_ms(f);

		if (http_pump(f->http, NULL, 0, ms < 0 || ms > 1000 ? 1000 : ms, err) < 0)
			return -1;
	}
	return done;
}

void fetch_resume(struct fetch *f)
{
	if (f->state == F_RUN)
		http_resume(f->xfer);
}

const struct http_response *fetch_response(const struct fetch *f)
{
	return http_response(f->xfer);
}

char *fetch_location(const struct fetch *f, struct err *err)
{
	const struct http_response *r = http_response(f->xfer);
	struct http_url to = {.url = NULL};
	char *url;

	if (!r->location) {
		err_set(err, EK_INVALID, "the registry answered %ld without a Location", r->status);
		return NULL;
	}
	if (http_url_parse(f->url.url, r->location, &to, err) < 0) {
		err_wrap(err, "Location");
		return NULL;
	}
	url = take_ptr(to.url);
	http_url_done(&to);
	return url;
}

long fetch_status(const struct fetch *f)
{
	return f->status;
}

void fetch_end(struct fetch *f)
{
	if (!f)
		return;
	http_end(f->xfer);
	http_url_done(&f->url);
	free(f->path);
	free(f->scope);
	svec_done(&f->headers);
	sbuf_done(&f->error_body);
	free(f);
}
