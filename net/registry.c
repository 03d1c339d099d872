#include "net/registry.h"

#include <string.h>

#include "common/alloc.h"
#include "common/hash.h"
#include "common/jval.h"

#define DOCUMENT_MAX (4u << 20)
#define MAX_PAGES    1000
#define PAGE_SIZE    1000
#define MAX_TAGS     100000

static const char *const manifest_types[] = {
	"application/vnd.oci.image.index.v1+json",
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
	"application/vnd.docker.distribution.manifest.v2+json",
};

static enum http_take collect(void *arg, const void *data, size_t n, struct err *err)
{
	(void)err;
	sbuf_add(arg, data, n);
	return HTTP_TAKEN;
}

static char *scope_of(const struct registry *r)
{
	return r->scope ? xstrdup(r->scope) : r->repo ? xasprintf("repository:%s:pull", r->repo) : xstrdup("");
}

/* A whole small document. */
static int get(struct registry *r, const char *path, const struct svec *headers, uint64_t max, uint64_t expect,
	struct sbuf *ret, struct fetch **ret_fetch, struct err *err)
{
	auto_free char *scope = scope_of(r);
	struct fetch_request rq = {.site = r->site, .path = path, .scope = scope, .headers = headers,
		.max = max, .expect = expect, .data = collect, .arg = ret};
	auto_cleanup(fetch_autop) struct fetch *f = fetch_start(r->http, &r->policy, &rq);
	int done = fetch_wait(f, err);

	r->status = fetch_status(f);
	if (done < 0)
		return -1;
	if (ret_fetch)
		*ret_fetch = take_ptr(f);
	return 0;
}

int registry_ping(struct registry *r, struct err *err)
{
	auto_sbuf struct sbuf body = SBUF_INIT;

	return get(r, "/v2/", NULL, DOCUMENT_MAX, 0, &body, NULL, err);
}

int registry_manifest(struct registry *r, const char *reference, struct sbuf *ret, char **ret_type,
	struct digest *ret_digest, struct err *err)
{
	auto_free char *path = xasprintf("/v2/%s/manifests/%s", r->repo, reference);
	auto_free char *accept = NULL;
	auto_svec struct svec types = SVEC_INIT, headers = SVEC_INIT;
	auto_cleanup(fetch_autop) struct fetch *f = NULL;
	struct digest want, found;

	for (size_t i = 0; i < ARRAY_SIZE(manifest_types); i++)
		svec_add(&types, manifest_types[i]);
	accept = svec_join(&types, ", ");
	svec_addf(&headers, "Accept: %s", accept);
	if (get(r, path, &headers, DOCUMENT_MAX, 0, ret, &f, err) < 0)
		return -1;
	hash_bytes(ret->buf, ret->len, &found);
	if (digest_parse(reference, &want) && digest_expect(&want, &found, err) < 0)
		return err_wrap(err, "manifest");
	/* the header is only compared; what counts is what the bytes hash to (threats.md R1) */
	if (fetch_response(f)->content_digest && digest_parse(fetch_response(f)->content_digest, &want) &&
		digest_expect(&want, &found, err) < 0)
		return err_wrap(err, "manifest (header Docker-Content-Digest)");
	*ret_digest = found;
	*ret_type = xstrdup(fetch_response(f)->content_type ? fetch_response(f)->content_type : "");
	return 0;
}

static char *blob_path(const struct registry *r, const struct digest *d)
{
	return xasprintf("/v2/%s/blobs/sha256:%s", r->repo, d->hex);
}

int registry_blob(struct registry *r, const struct digest *d, uint64_t size, struct sbuf *ret, struct err *err)
{
	auto_free char *path = blob_path(r, d);
	struct digest found;

	if (size > DOCUMENT_MAX)
		return err_set(err, EK_INVALID, "size: %llu bytes exceed 4 MiB", (unsigned long long)size);
	if (get(r, path, NULL, size, size, ret, NULL, err) < 0)
		return -1;
	hash_bytes(ret->buf, ret->len, &found);
	return digest_expect(d, &found, err);
}

struct fetch *registry_blob_start(struct registry *r, const struct digest *d, uint64_t size, uint64_t offset,
	enum http_take (*data)(void *arg, const void *data, size_t n, struct err *err), void *arg)
{
	auto_free char *path = blob_path(r, d);
	auto_free char *scope = scope_of(r);
	struct fetch_request rq = {.site = r->site, .path = path, .scope = scope, .max = size, .expect = size,
		.resume = true, .offset = offset, .data = data, .arg = arg};

	return fetch_start(r->http, &r->policy, &rq);
}

/* The path of the next page from `Link: </v2/...>; rel="next"`: of the same list, or none. */
static char *next_page(const char *page, const char *link)
{
	auto_free char *prefix = xstrndup(page, strcspn(page, "?") + 1);
	const char *start = link ? strchr(link, '<') : NULL;
	const char *end = start ? strchr(start, '>') : NULL;
	char *path;

	if (!end || !strstr(end, "next"))
		return NULL;
	path = xstrndup(start + 1, (size_t)(end - start - 1));
	if (!strncmp(path, prefix, strlen(prefix)) && !strpbrk(path, " \t#\\"))
		return path;
	free(path);
	return NULL;
}

/* One page: strings of `key` appended, path replaced by the next page's or NULL. */
static int get_page(struct registry *r, char **path, const char *key, struct svec *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_cleanup(fetch_autop) struct fetch *f = NULL;
	auto_jval struct jval *doc = NULL;
	char *next;

	if (get(r, *path, NULL, DOCUMENT_MAX, 0, &text, &f, err) < 0)
		return -1;
	doc = jval_parse(text.buf, text.len, JVAL_UNIQUE_KEYS, err);
	if (!doc)
		return -1;
	if (jval_type(jval_get(doc, key)) != JV_NULL && !jval_strings(jval_get(doc, key), ret))
		return err_set(err, EK_INVALID, "\"%s\" is not a list of strings", key);
	if (ret->n > MAX_TAGS)
		return err_set(err, EK_INVALID, "more than %d %s", MAX_TAGS, key);
	next = next_page(*path, fetch_response(f)->link);
	if (next && !strcmp(next, *path))
		alloc_freep(&next);
	free(*path);
	*path = next;
	return 0;
}

static int get_pages(struct registry *r, char *first, const char *key, struct svec *ret, struct err *err)
{
	auto_free char *path = first;

	for (unsigned page = 0; path && page < MAX_PAGES; page++)
		if (get_page(r, &path, key, ret, err) < 0)
			return -1;
	if (path)
		return err_set(err, EK_INVALID, "more than %d pages", MAX_PAGES);
	svec_sort(ret);
	for (size_t i = ret->n; i-- > 1;)
		if (!strcmp(ret->v[i], ret->v[i - 1]))
			svec_remove(ret, i);
	return 0;
}

int registry_tags(struct registry *r, struct svec *ret, struct err *err)
{
	char *path = xasprintf("/v2/%s/tags/list?n=%d", r->repo, PAGE_SIZE);

	return get_pages(r, path, "tags", ret, err) < 0 ? err_wrap(err, "list tags") : 0;
}

int registry_catalog(struct registry *r, struct svec *ret, struct err *err)
{
	char *path = xasprintf("/v2/_catalog?n=%d", PAGE_SIZE);

	return get_pages(r, path, "repositories", ret, err) < 0 ? err_wrap(err, "list repositories") : 0;
}

struct jval *registry_search(struct registry *r, const char *term, unsigned limit, struct err *err)
{
	auto_sbuf struct sbuf path = SBUF_INIT, text = SBUF_INIT;
	struct jval *doc;

	sbuf_addf(&path, "/v1/search?n=%u&q=", limit);
	http_url_escape(term, &path);
	if (get(r, path.buf, NULL, DOCUMENT_MAX, 0, &text, NULL, err) < 0)
		return NULL;
	doc = jval_parse(text.buf, text.len, 0, err);
	if (doc && jval_type(jval_get(doc, "results")) == JV_ARRAY)
		return doc;
	if (doc)
		err_set(err, EK_INVALID, "the answer holds no \"results\"");
	jval_free(doc);
	return NULL;
}
