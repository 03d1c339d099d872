/*
 * fetch.h - a request to one registry until it is answered or clearly will not be: redirects, tokens,
 * retries with back-off, resumption of GETs. Many fetches run at once over one struct http.
 *
 * Credentials belong to one origin (scheme, host, port) and are sent there only, after it asked
 * for them; tokens likewise (threats.md M9). At most 5 redirects, never from https to http, and
 * not to loopback or link-local addresses unless the registry itself is such.
 */
#ifndef PODLITE_FETCH_H
#define PODLITE_FETCH_H

#include "net/auth.h"
#include "net/http.h"

#define FETCH_MAX_REDIRECTS 5

/* One registry, as configured. The caller fills it and frees it with fetch_site_done. */
struct fetch_site {
	char *host;     /* where the API is: "registry-1.docker.io", "127.0.0.1:5000" */
	bool insecure;  /* any certificate, and plain http if there is no TLS */
	bool plain;     /* it speaks http only; found out once it has answered */
	bool answered;
	struct auth_creds creds;
	char *ca_pem, *cert_file, *key_file;
	char *token;    /* of the last token answer, for `scope` */
	char *scope;
	unsigned token_serial;
	bool basic;     /* it asked for Basic */
	bool pin_realm; /* login: the token server that it names now may have the credentials */
};
void fetch_site_done(struct fetch_site *s);

struct fetch_policy {
	unsigned retries;       /* additional attempts */
	int64_t delay_ns;       /* before the first; doubles. 0: one second */
	void (*note)(void *arg, const char *text); /* "... trying again in 2 s"; may be NULL */
	void *note_arg;
};

/* The pause before the next attempt: doubles with each, and is bounded. */
int64_t fetch_delay_ns(const struct fetch_policy *p, unsigned attempts);

struct fetch_request {
	struct fetch_site *site;
	const char *path;           /* "/v2/...", or an absolute URL that the registry named for an upload */
	const char *scope;          /* "repository:NAME:pull"; several separated by a space */
	const char *method;         /* NULL: GET; HEAD, POST, PATCH, PUT. The latter two are not repeated after
				       a broken connection or a 5xx, as nobody knows what became of them. */
	const void *body;           /* what POST, PATCH, PUT send: borrowed until fetch_end */
	size_t body_size;
	struct http_source source;  /* instead of body: such a request is not repeated at all */
	const struct svec *headers; /* Accept */
	uint64_t max;               /* more bytes than this are an error */
	uint64_t expect;            /* fewer are a truncation; 0: any number */
	bool resume;                /* continue by Range after a broken connection */
	uint64_t offset;            /* so many bytes are there already: data() gets those that follow; needs resume */
	/* The body, in order and without gaps whatever happened on the way. HTTP_ABORT: set *err. */
	enum http_take (*data)(void *arg, const void *data, size_t n, struct err *err);
	void *arg;
};

struct fetch;
struct fetch *fetch_start(struct http *h, const struct fetch_policy *p, const struct fetch_request *rq);
/* Look after a fetch between two http_pump calls. 1: complete, 0: goes on, -1: failed. */
int fetch_step(struct fetch *f, struct err *err) __must_check;
int fetch_wait(struct fetch *f, struct err *err) __must_check; /* to its end: 1 complete, -1 */
int fetch_timeout_ms(const struct fetch *f); /* until fetch_step has something to do; -1: no limit */
void fetch_resume(struct fetch *f);          /* after data said HTTP_ENOUGH or HTTP_PAUSE, or more HTTP_MORE_LATER */
const struct http_response *fetch_response(const struct fetch *f); /* once complete */
/* Where its Location leads, absolute; NULL with err. Credentials are only sent there if it is the
 * registry itself. */
char *fetch_location(const struct fetch *f, struct err *err) __must_check;
long fetch_status(const struct fetch *f);    /* last HTTP status, 0 if none */
void fetch_end(struct fetch *f);             /* NULL is fine */
DEFINE_AUTO(fetch, fetch_end)

#endif
