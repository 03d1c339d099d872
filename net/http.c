#include "net/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/log.h"

#define SEND_SIZE (256L << 10)

struct http {
	CURLM *multi;
	struct http_opts opts;
	char *user_agent;
};

struct http_xfer {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	struct http_response response;
	size_t header_bytes;
	bool finished, aborted, headers_too_large, address_refused, no_loopback, no_linklocal, plain;
	CURLcode result;
	char message[CURL_ERROR_SIZE];
	enum http_take (*body)(void *arg, const struct http_response *r, const void *data, size_t n);
	void *arg;
	struct http_source source;
};

struct http *http_new(const struct http_opts *o)
{
	struct http *h = new0(struct http);

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		alloc_die();
	h->opts = *o;
	h->user_agent = xstrdup(o->user_agent);
	h->multi = curl_multi_init();
	if (!h->multi)
		alloc_die();
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, o->streams ? o->streams : 1L);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, 16L);
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	curl_multi_cleanup(h->multi);
	free(h->user_agent);
	free(h);
}

/* ---- response headers ---- */

static void response_done(struct http_response *r)
{
	free(r->content_type);
	free(r->location);
	free(r->retry_after);
	free(r->content_range);
	free(r->content_digest);
	free(r->link);
	svec_done(&r->challenges);
	memset(r, 0, sizeof(*r));
}

static void keep_header(struct http_response *r, const char *name, size_t n, const char *value)
{
	const struct {
		const char *name;
		char **slot;
	} known[] = {
		{"content-type", &r->content_type},   {"location", &r->location},
		{"retry-after", &r->retry_after},     {"content-range", &r->content_range},
		{"docker-content-digest", &r->content_digest}, {"link", &r->link},
	};

	if (n == 16 && !strncasecmp(name, "www-authenticate", n) && r->challenges.n < 16)
		svec_add(&r->challenges, value);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (n == strlen(known[i].name) && !strncasecmp(name, known[i].name, n)) {
			free(*known[i].slot);
			*known[i].slot = xstrdup(value);
		}
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
	struct http_xfer *x = arg;
	size_t n = size * count;
	const char *colon = memchr(data, ':', n);

	x->header_bytes += n;
	if (x->header_bytes > HTTP_MAX_HEADERS) {
		x->headers_too_large = true;
		return 0;
	}
	if (n >= 5 && !strncmp(data, "HTTP/", 5)) {
		response_done(&x->response); /* the final status follows a 1xx one */
		return n;
	}
	if (!colon)
		return n;
	size_t value = (size_t)(colon - data) + 1, end = n;

	while (value < end && (data[value] == ' ' || data[value] == '\t'))
		value++;
	while (end > value && strchr(" \t\r\n", data[end - 1]))
		end--;
	auto_free char *text = xstrndup(data + value, end - value);

	keep_header(&x->response, data, (size_t)(colon - data), text);
	return n;
}

static void read_status(struct http_xfer *x)
{
	if (!x->response.status)
		curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->response.status);
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_xfer *x = arg;
	size_t n = size * count;

	read_status(x);
	switch (x->body(x->arg, &x->response, data, n)) {
	case HTTP_ENOUGH:
		/* were it one direction alone, libcurl 7.88 would read once more, and put that aside */
		curl_easy_pause(x->easy, CURLPAUSE_ALL);
		return n;
	case HTTP_TAKEN:
		return n;
	case HTTP_PAUSE:
		return CURL_WRITEFUNC_PAUSE;
	case HTTP_ABORT:
		break;
	}
	x->aborted = true;
	return n ? 0 : 1;
}

static size_t on_more(char *buf, size_t size, size_t count, void *arg)
{
	struct http_xfer *x = arg;
	size_t n = x->source.more(x->source.arg, buf, size * count);

	return n == HTTP_MORE_LATER ? CURL_READFUNC_PAUSE : n;
}

/* ---- sockets ---- */

static bool refused_v4(const struct http_xfer *x, uint32_t a)
{
	return (x->no_loopback && (a >> 24 == 127 || a >> 24 == 0)) ||
		(x->no_linklocal && a >> 16 == 0xa9fe); /* 169.254: metadata services too */
}

static bool refused(const struct http_xfer *x, const struct sockaddr *sa)
{
	const struct in6_addr *v6 = &((const struct sockaddr_in6 *)sa)->sin6_addr;
	uint32_t a;

	if (sa->sa_family == AF_INET)
		return refused_v4(x, ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr));
	if (sa->sa_family != AF_INET6)
		return true;
	if (IN6_IS_ADDR_V4MAPPED(v6)) {
		memcpy(&a, v6->s6_addr + 12, 4);
		return refused_v4(x, ntohl(a));
	}
	return (x->no_loopback && (IN6_IS_ADDR_LOOPBACK(v6) || IN6_IS_ADDR_UNSPECIFIED(v6))) ||
		(x->no_linklocal && IN6_IS_ADDR_LINKLOCAL(v6));
}

/* The port of a proxy as curl takes it from a variable, or 0. */
static unsigned proxy_port(const char *variable)
{
	const char *text = getenv(variable);
	CURLU *u = text && *text ? curl_url() : NULL;
	char *port = NULL;
	unsigned n = 0;

	if (u && curl_url_set(u, CURLUPART_URL, text, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		n = curl_url_get(u, CURLUPART_PORT, &port, 0) == CURLUE_OK ? (unsigned)strtoul(port, NULL, 10)
			: !strncmp(text, "https:", 6) ? 443 : 1080;
	curl_free(port);
	curl_url_cleanup(u);
	return n;
}

/* Then the address is the user's choice, and the proxy resolves the rest. A proxy for other requests does not count, and
 * no_proxy can make this one go past it: the port tells. What a host of the attacker's choice would reach there is a proxy. */
static bool is_proxy(const struct http_xfer *x, const struct sockaddr *sa)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	unsigned port = ntohs(sa->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)sa)->sin6_port
							  : ((const struct sockaddr_in *)sa)->sin_port);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if ((i > 2 || (i == 0) == x->plain) && port && proxy_port(names[i]) == port)
			return true;
	return false;
}

/* The address a name resolved to is what counts, so the check is here. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct http_xfer *x = arg;
	int fd;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (refused(x, &a->addr) && !is_proxy(x, &a->addr)) {
		x->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = fd_socket(a->family, a->socktype, a->protocol);
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* ---- one exchange ---- */

static void set_security(CURL *e, const struct http_request *rq)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(e, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_AUTOREFERER, 0L);
	curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(e, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, rq->no_verify ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, rq->no_verify ? 0L : 2L);
	if (getenv("SSL_CERT_FILE"))
		curl_easy_setopt(e, CURLOPT_CAINFO, getenv("SSL_CERT_FILE"));
	if (getenv("SSL_CERT_DIR"))
		curl_easy_setopt(e, CURLOPT_CAPATH, getenv("SSL_CERT_DIR"));
	if (rq->cert_file)
		curl_easy_setopt(e, CURLOPT_SSLCERT, rq->cert_file);
	if (rq->key_file)
		curl_easy_setopt(e, CURLOPT_SSLKEY, rq->key_file);
	if (rq->ca_pem) {
		struct curl_blob ca = {(void *)rq->ca_pem, strlen(rq->ca_pem), CURL_BLOB_COPY};

		curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &ca);
	}
}

static void set_transport(struct http_xfer *x)
{
	const struct http_opts *o = &x->http->opts;
	CURL *e = x->easy;

	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	/* HTTP/2 where TLS negotiates it and this libcurl has it; plain http stays 1.1 */
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(e, CURLOPT_PIPEWAIT, x->plain ? 0L : 1L); /* for a connection that others can share */
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)HTTP_READ);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, x->http->user_agent);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1024L);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, o->stall_timeout ? o->stall_timeout : 60L);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->message);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, x);
	curl_easy_setopt(e, CURLOPT_PRIVATE, x);
	if (x->no_loopback || x->no_linklocal) /* a cached connection would pass by the check */
		curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
}

static void set_body(struct http_xfer *x, const struct http_request *rq)
{
	if (rq->source.more) {
		curl_easy_setopt(x->easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(x->easy, CURLOPT_UPLOAD_BUFFERSIZE, SEND_SIZE);
		curl_easy_setopt(x->easy, CURLOPT_READFUNCTION, on_more);
		curl_easy_setopt(x->easy, CURLOPT_READDATA, x);
		return;
	}
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->size);
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, rq->data ? rq->data : "");
}

static void set_method(struct http_xfer *x, const struct http_request *rq)
{
	if (rq->form) {
		curl_easy_setopt(x->easy, CURLOPT_COPYPOSTFIELDS, rq->form);
	} else if (rq->method && !strcmp(rq->method, "HEAD")) {
		curl_easy_setopt(x->easy, CURLOPT_NOBODY, 1L);
	} else if (rq->method) {
		set_body(x, rq);
		curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, rq->method);
		/* no pause for a 100 that many registries never send */
		x->headers = curl_slist_append(x->headers, "Expect:");
	}
}

struct http_xfer *http_start(struct http *h, const struct http_request *rq, struct err *err)
{
	struct http_xfer *x = new0(struct http_xfer);

	x->http = h;
	x->body = rq->body;
	x->arg = rq->arg;
	x->source = rq->source;
	x->no_loopback = rq->no_loopback;
	x->no_linklocal = rq->no_linklocal;
	x->plain = !strncmp(rq->url, "http:", 5);
	x->easy = curl_easy_init();
	if (!x->easy)
		alloc_die();
	set_security(x->easy, rq);
	set_transport(x);
	curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT, rq->connect_timeout ? rq->connect_timeout : 20L);
	curl_easy_setopt(x->easy, CURLOPT_URL, rq->url);
	for (size_t i = 0; rq->headers && i < rq->headers->n; i++)
		x->headers = curl_slist_append(x->headers, rq->headers->v[i]);
	set_method(x, rq);
	curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
	log_debug("http: %s %s", rq->method ? rq->method : rq->form ? "POST" : "GET", rq->url);
	if (curl_multi_add_handle(h->multi, x->easy) != CURLM_OK) {
		http_end(x);
		err_set(err, EK_NETWORK, "http: cannot start a request");
		return NULL;
	}
	return x;
}

bool http_finished(const struct http_xfer *x)
{
	return x->finished;
}

bool http_aborted(const struct http_xfer *x)
{
	return x->aborted;
}

static unsigned hints_of(CURLcode r)
{
	switch (r) {
	case CURLE_SSL_CONNECT_ERROR:
		return HTTP_NO_TLS | HTTP_HANDSHAKE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_NO_TLS | HTTP_RETRY;
	case CURLE_PEER_FAILED_VERIFICATION:
		return HTTP_UNTRUSTED;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_LOGIN_DENIED:
		return 0;
	default:
		return HTTP_RETRY;
	}
}

const char *http_failure(const struct http_xfer *x, unsigned *ret_hints)
{
	long code = 0;

	*ret_hints = 0;
	if (x->headers_too_large)
		return "response headers exceed 64 KiB";
	if (x->address_refused)
		return "it resolves to a loopback or link-local address, where this registry may not send us";
	if (x->result == CURLE_OK)
		return NULL;
	*ret_hints = hints_of(x->result);
	/* a proxy that makes no tunnel to it may still pass plain http on */
	if (curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &code) == CURLE_OK && code >= 300)
		*ret_hints |= HTTP_NO_TLS;
	return *x->message ? x->message : curl_easy_strerror(x->result);
}

const struct http_response *http_response(const struct http_xfer *x)
{
	return &x->response;
}

void http_resume(struct http_xfer *x)
{
	if (!x->finished)
		curl_easy_pause(x->easy, CURLPAUSE_CONT);
}

void http_end(struct http_xfer *x)
{
	if (!x)
		return;
	curl_multi_remove_handle(x->http->multi, x->easy);
	curl_easy_cleanup(x->easy);
	curl_slist_free_all(x->headers);
	response_done(&x->response);
	free(x);
}

static void collect_finished(struct http *h)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left))) {
		struct http_xfer *x = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&x);
		x->finished = true;
		x->result = m->data.result;
		read_status(x);
	}
}

int http_pump(struct http *h, struct pollfd *fds, unsigned nfds, int timeout_ms, struct err *err)
{
	struct curl_waitfd *extra = xcalloc(nfds + 1, sizeof(*extra));
	unsigned total = nfds + (h->opts.cancel_fd >= 0);
	int running, events;
	bool cancelled;
	CURLMcode r;

	/* curl's and poll's bits for reading and writing differ */
	for (unsigned i = 0; i < nfds; i++)
		extra[i] = (struct curl_waitfd){.fd = fds[i].fd,
			.events = (short)((fds[i].events & POLLIN ? CURL_WAIT_POLLIN : 0) |
				(fds[i].events & POLLOUT ? CURL_WAIT_POLLOUT : 0))};
	extra[nfds] = (struct curl_waitfd){.fd = h->opts.cancel_fd, .events = CURL_WAIT_POLLIN};
	/* poll first: what the callbacks of this round change is looked at by the caller before the next */
	r = curl_multi_poll(h->multi, extra, total, timeout_ms, &events);
	if (r == CURLM_OK)
		r = curl_multi_perform(h->multi, &running);
	collect_finished(h);
	for (unsigned i = 0; i < nfds; i++)
		fds[i].revents = (short)(extra[i].revents ? fds[i].events : 0);
	cancelled = extra[nfds].revents;
	free(extra);
	if (r != CURLM_OK)
		return err_set(err, EK_NETWORK, "http: %s", curl_multi_strerror(r));
	if (cancelled)
		return err_set(err, EK_SYSTEM, "interrupted");
	return 0;
}

void http_wake(struct http *h)
{
	curl_multi_wakeup(h->multi);
}
