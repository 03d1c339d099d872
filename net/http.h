/*
 * http.h - HTTP exchanges, many at once in one thread: the only user of libcurl.
 *
 * Connections are kept and used again; over TLS HTTP/2 is offered, and exchanges share one connection.
 * One exchange is one request and one response: no redirect is followed, no credential added, no
 * cookie, netrc or decoding used (threats.md V51); fetch.h builds on that. Certificates are
 * checked unless the request says otherwise, TLS is 1.2 or later, URLs hold no user name.
 *
 *	http_new; http_start ...; while (!http_finished(x)) http_pump(...); http_end(x); http_free
 */
#ifndef PODLITE_HTTP_H
#define PODLITE_HTTP_H

#include <poll.h>

#include "common/err.h"
#include "common/sbuf.h"
#include "common/svec.h"

#define HTTP_MAX_HEADERS (64u << 10)

struct http;      /* connections and settings */
struct http_xfer; /* one exchange */

struct http_opts {
	const char *user_agent;
	int cancel_fd;        /* its end of file ends every http_pump with an error; -1: none */
	long streams;         /* exchanges at once over one HTTP/2 connection; 0: 1 */
	long stall_timeout;   /* seconds below 1 KiB/s, or without a response; 0: 60 */
};

struct http *http_new(const struct http_opts *o);
void http_free(struct http *h);
DEFINE_AUTO(http, http_free)

struct http_response {
	long status;           /* 0 while unknown */
	char *content_type, *location, *retry_after, *content_range, *content_digest, *link;
	struct svec challenges; /* WWW-Authenticate, one element a header */
};

#define HTTP_MORE_LATER SIZE_MAX
#define HTTP_READ       (128u << 10)
enum http_take { HTTP_TAKEN, HTTP_ENOUGH, HTTP_PAUSE, HTTP_ABORT };

/* A body of unknown length: more fills buf with at most n bytes and says how many, 0 at the end, HTTP_MORE_LATER to be
 * asked again after http_resume. It is called inside http_pump; arg is borrowed. */
struct http_source {
	size_t (*more)(void *arg, char *buf, size_t n); /* NULL: there is none */
	void *arg;
};

struct http_request {
	const char *url;
	const struct svec *headers; /* "Name: value" */
	const char *method;         /* NULL: GET, or POST with a form; HEAD, POST, PATCH, PUT */
	const char *form;           /* POST this form */
	const void *data;           /* body of POST, PATCH, PUT: borrowed until http_end */
	size_t size;
	struct http_source source;  /* instead of data */
	long connect_timeout;       /* seconds; 0: 20 */
	bool no_verify;             /* take any certificate */
	bool no_loopback, no_linklocal; /* refuse such addresses (threats.md R7) */
	const char *ca_pem;         /* trusted certificate authorities instead of the system's, or NULL */
	const char *cert_file, *key_file; /* client certificate, or NULL */
	/* Body bytes once the status is known. HTTP_ENOUGH: they were taken, no more are read before http_resume;
	 * at most HTTP_READ bytes that have been read already come still. HTTP_PAUSE: nothing was taken, the same bytes
	 * come again after http_resume; until then they are copied aside, so it is for whom the former does not help.
	 * HTTP_ABORT ends the exchange: http_aborted. */
	enum http_take (*body)(void *arg, const struct http_response *r, const void *data, size_t n);
	void *arg;
};

/* The request's strings are copied; arg and headers' content need not outlive the call. */
struct http_xfer *http_start(struct http *h, const struct http_request *rq, struct err *err) __must_check;
bool http_finished(const struct http_xfer *x);
bool http_aborted(const struct http_xfer *x);
enum http_hints {
	HTTP_RETRY = 1,     /* worth another try */
	HTTP_NO_TLS = 2,    /* nobody there, or no TLS handshake: perhaps plain http is spoken */
	HTTP_HANDSHAKE = 4, /* somebody is there, but it is no TLS */
	HTTP_UNTRUSTED = 8, /* its certificate was refused */
};
/* NULL: the response is complete. Else why not. */
const char *http_failure(const struct http_xfer *x, unsigned *ret_hints);
const struct http_response *http_response(const struct http_xfer *x);
void http_resume(struct http_xfer *x);
void http_end(struct http_xfer *x); /* in any state; NULL is fine */
/* Move all exchanges on, waiting at most timeout_ms for sockets or the caller's fds. */
int http_pump(struct http *h, struct pollfd *fds, unsigned nfds, int timeout_ms, struct err *err) __must_check;
/* From any thread: ends the http_pump that waits, or the next. */
void http_wake(struct http *h);

/* ---- URLs, read by one parser only: curl's ---- */
struct http_url {
	char *url;    /* absolute, normalised */
	char *origin; /* "https://host:443": scheme, lower-case host, explicit port */
	char *host;
	bool tls;
};
/* text relative to base (NULL: must be absolute). Only http and https, without user names. */
int http_url_parse(const char *base, const char *text, struct http_url *ret, struct err *err) __must_check;
void http_url_done(struct http_url *u);
void http_url_escape(const char *text, struct sbuf *ret); /* for a query or form: appends */

#endif
