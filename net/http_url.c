/* URLs by curl's parser: what is compared is what is requested (threats.md R6). */
#include "net/http.h"

#include <curl/curl.h>
#include <string.h>

#include "common/alloc.h"

static char *url_part(CURLU *u, CURLUPart part, unsigned flags)
{
	char *text = NULL, *copy;

	if (curl_url_get(u, part, &text, flags) != CURLUE_OK)
		return NULL;
	copy = xstrdup(text);
	curl_free(text);
	return copy;
}

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static int take_parts(CURLU *u, struct http_url *ret)
{
	auto_free char *scheme = url_part(u, CURLUPART_SCHEME, 0);
	auto_free char *host = url_part(u, CURLUPART_HOST, 0);
	auto_free char *port = url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	auto_free char *user = url_part(u, CURLUPART_USER, 0);
	auto_free char *url = NULL;

	if (!scheme || !host || !port || user || (strcmp(scheme, "http") && strcmp(scheme, "https")))
		return -1;
	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	url = url_part(u, CURLUPART_URL, 0);
	if (!url)
		return -1;
	lower(host);
	ret->tls = !strcmp(scheme, "https");
	ret->origin = xasprintf("%s://%s:%s", scheme, host, port);
	ret->host = take_ptr(host);
	ret->url = take_ptr(url);
	return 0;
}

int http_url_parse(const char *base, const char *text, struct http_url *ret, struct err *err)
{
	auto_sbuf struct sbuf safe = SBUF_INIT;
	struct http_url parts = {.url = NULL};
	CURLU *u = curl_url();
	int r = -1;

	if (!u)
		alloc_die();
	if ((!base || curl_url_set(u, CURLUPART_URL, base, 0) == CURLUE_OK) &&
		curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK)
		r = take_parts(u, &parts);
	curl_url_cleanup(u);
	if (r < 0) {
		sbuf_addsafe(&safe, text, strnlen(text, 120));
		return err_set(err, EK_INVALID, "URL \"%s\" is not a plain http or https URL", safe.buf);
	}
	*ret = parts;
	return 0;
}

void http_url_done(struct http_url *u)
{
	free(u->url);
	free(u->origin);
	free(u->host);
	memset(u, 0, sizeof(*u));
}

void http_url_escape(const char *text, struct sbuf *ret)
{
	for (; *text; text++)
		if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
			(*text >= '0' && *text <= '9') || strchr("-._~", *text))
			sbuf_addch(ret, *text);
		else
			sbuf_addf(ret, "%%%02X", (unsigned char)*text);
}
