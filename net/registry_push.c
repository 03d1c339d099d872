/* Sending to a registry (distribution-spec 1.1, "Pushing"). */
#include "net/registry.h"

#include <string.h>

#include "common/alloc.h"

/* ---- one request ---- */

/* Wait for it. *ret keeps the answer for its Location; NULL where nobody asks. */
static int finish(struct registry *r, struct fetch *f, struct fetch **ret, struct err *err)
{
	int done = fetch_wait(f, err);

	r->status = fetch_status(f);
	if (done > 0 && ret)
		*ret = f;
	else
		fetch_end(f);
	return done < 0 ? -1 : 0;
}

static struct fetch *start(struct registry *r, const char *method, const char *path, const struct svec *headers,
	const void *body, size_t n)
{
	struct fetch_request rq = {.site = r->site, .path = path, .scope = r->scope, .headers = headers,
		.method = method, .body = body, .body_size = n};

	return fetch_start(r->http, &r->policy, &rq);
}

int registry_blob_exists(struct registry *r, const struct digest *d, struct err *err)
{
	auto_free char *path = xasprintf("/v2/%s/blobs/sha256:%s", r->repo, d->hex);

	if (finish(r, start(r, "HEAD", path, NULL, NULL, 0), NULL, err) == 0)
		return 1;
	if (r->status != 404)
		return -1;
	err_clear(err);
	return 0;
}

int registry_mount(struct registry *r, const struct digest *d, const char *from, struct err *err)
{
	auto_sbuf struct sbuf path = SBUF_INIT;
	auto_cleanup(fetch_autop) struct fetch *f = NULL;

	sbuf_addf(&path, "/v2/%s/blobs/uploads/?mount=sha256%%3A%s&from=", r->repo, d->hex);
	http_url_escape(from, &path);
	if (finish(r, start(r, "POST", path.buf, NULL, NULL, 0), &f, err) < 0)
		return -1;
	return fetch_response(f)->status == 201;
}

/* The place of a new upload; or of the next step of one. */
static int begin_upload(struct registry *r, char **ret, struct err *err)
{
	auto_free char *path = xasprintf("/v2/%s/blobs/uploads/", r->repo);
	auto_cleanup(fetch_autop) struct fetch *f = NULL;

	if (finish(r, start(r, "POST", path, NULL, NULL, 0), &f, err) < 0)
		return -1;
	*ret = fetch_location(f, err);
	return *ret ? 0 : -1;
}

static struct fetch *start_put(struct registry *r, const char *url, const struct digest *d, const void *data, size_t n)
{
	auto_free char *put = xasprintf("%s%cdigest=sha256%%3A%s", url, strchr(url, '?') ? '&' : '?', d->hex);
	auto_svec struct svec headers = SVEC_INIT;

	svec_add(&headers, "Content-Type: application/octet-stream");
	return start(r, "PUT", put, &headers, data, n);
}

int registry_put_blob(struct registry *r, const struct digest *d, const void *data, size_t n, struct err *err)
{
	auto_free char *url = NULL;

	return begin_upload(r, &url, err) < 0 ? -1 : finish(r, start_put(r, url, d, data, n), NULL, err);
}

int registry_put_manifest(struct registry *r, const char *reference, const char *type, const void *data, size_t n,
	const struct digest *want, struct err *err)
{
	auto_free char *path = xasprintf("/v2/%s/manifests/%s", r->repo, reference);
	auto_svec struct svec headers = SVEC_INIT;
	auto_cleanup(fetch_autop) struct fetch *f = NULL;
	struct digest said;

	svec_addf(&headers, "Content-Type: %s", type);
	if (finish(r, start(r, "PUT", path, &headers, data, n), &f, err) < 0)
		return -1;
	if (fetch_response(f)->content_digest && digest_parse(fetch_response(f)->content_digest, &said) &&
		!digest_equal(&said, want))
		return err_set(err, EK_INVALID, "manifest: the registry has sha256:%s instead of sha256:%s", said.hex, want->hex);
	return 0;
}

/* ---- a blob as it is made ---- */

struct registry_upload {
	struct registry *r;
	char *url;             /* of the next step */
	struct fetch *flight;  /* the bytes, or the end, on their way */
	bool last;
};

static void start_bytes(struct registry_upload *u, const struct http_source *source)
{
	auto_svec struct svec headers = SVEC_INIT;
	struct fetch_request rq = {.site = u->r->site, .path = u->url, .scope = u->r->scope, .headers = &headers,
		.method = "PATCH", .source = *source};

	svec_add(&headers, "Content-Type: application/octet-stream");
	u->flight = fetch_start(u->r->http, &u->r->policy, &rq);
}

struct registry_upload *registry_upload_begin(struct registry *r, const struct http_source *source, struct err *err)
{
	struct registry_upload *u = new0(struct registry_upload);

	u->r = r;
	if (begin_upload(r, &u->url, err) == 0) {
		start_bytes(u, source);
		return u;
	}
	registry_upload_free(u);
	return NULL;
}

/* All bytes are there: what they are called is all that is left to say. */
static int start_end(struct registry_upload *u, const struct digest *d, struct err *err)
{
	char *next = fetch_location(u->flight, err);

	if (!next)
		return -1;
	free(u->url);
	u->url = next;
	fetch_end(u->flight);
	u->last = true;
	u->flight = start_put(u->r, u->url, d, NULL, 0);
	return 0;
}

int registry_upload_step(struct registry_upload *u, const struct digest *d, struct err *err)
{
	int done = fetch_step(u->flight, err);

	u->r->status = fetch_status(u->flight);
	if (done <= 0)
		return done;
	if (!u->last && !d)
		return err_set(err, EK_INVALID, "the registry answered before it had all bytes of the layer");
	return u->last ? 1 : start_end(u, d, err);
}

void registry_upload_resume(struct registry_upload *u)
{
	fetch_resume(u->flight);
}

int registry_upload_timeout_ms(const struct registry_upload *u)
{
	return fetch_timeout_ms(u->flight);
}

void registry_upload_free(struct registry_upload *u)
{
	if (!u)
		return;
	fetch_end(u->flight);
	free(u->url);
	free(u);
}
