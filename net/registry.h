/*
 * registry.h - the OCI distribution API (distribution-spec 1.1): manifests, blobs, tags of one
 * repository. Documents are returned only after their digest was checked, where one is known.
 */
#ifndef PODLITE_REGISTRY_H
#define PODLITE_REGISTRY_H

#include "common/digest.h"
#include "common/jval.h"
#include "net/fetch.h"

struct registry {
	struct http *http;
	struct fetch_site *site;
	struct fetch_policy policy;
	const char *repo; /* "library/alpine"; NULL for registry_ping */
	const char *scope; /* token scope for everything; NULL: pulling from repo */
	long status;      /* last HTTP status, for advice */
};

/* Is it a registry that takes our credentials (GET /v2/)? */
int registry_ping(struct registry *r, struct err *err) __must_check;
/* reference: a tag, or "sha256:...": then the bytes are checked against it. *ret_digest: of the
 * bytes received. *ret_type: Content-Type, "" if none. At most SPEC_IMAGE_MAX bytes. */
int registry_manifest(struct registry *r, const char *reference, struct sbuf *ret, char **ret_type,
	struct digest *ret_digest, struct err *err) __must_check;
/* A small blob (config), checked against digest and size. */
int registry_blob(struct registry *r, const struct digest *d, uint64_t size, struct sbuf *ret, struct err *err) __must_check;
/* A large one, from byte `offset` on: fetch.h's calling order; the caller checks the digest. */
struct fetch *registry_blob_start(struct registry *r, const struct digest *d, uint64_t size, uint64_t offset,
	enum http_take (*data)(void *arg, const void *data, size_t n, struct err *err), void *arg);
/* ---- registry_push.c: scope must allow it ---- */

/* 1 there, 0 not. */
int registry_blob_exists(struct registry *r, const struct digest *d, struct err *err) __must_check;
/* Ask to have another repository's blob here: 1 done, 0 the registry would rather have it sent. */
int registry_mount(struct registry *r, const struct digest *d, const char *from, struct err *err) __must_check;
int registry_put_blob(struct registry *r, const struct digest *d, const void *data, size_t n, struct err *err) __must_check;
/* reference: tag or "sha256:..."; a digest the registry answers must be want. */
int registry_put_manifest(struct registry *r, const char *reference, const char *type, const void *data, size_t n,
	const struct digest *want, struct err *err) __must_check;
/* A blob whose size and digest are not known before its end, sent while it is made: one PATCH of its bytes, one PUT. Many
 * run at once: begin, which waits for the registry's answer, and step until it says 1, all with http_pump. Not repeated on
 * failure: begin again. */
struct registry_upload;
struct registry_upload *registry_upload_begin(struct registry *r, const struct http_source *source,
	struct err *err) __must_check;
void registry_upload_resume(struct registry_upload *u); /* after `more` said HTTP_MORE_LATER */
/* Move on. 1: the registry has the blob, 0: not yet. d: of all bytes; NULL until the source has ended. */
int registry_upload_step(struct registry_upload *u, const struct digest *d, struct err *err) __must_check;
int registry_upload_timeout_ms(const struct registry_upload *u); /* until step has something to do; -1: no limit */
void registry_upload_free(struct registry_upload *u);
DEFINE_AUTO(registry_upload, registry_upload_free)

int registry_tags(struct registry *r, struct svec *ret, struct err *err) __must_check;
/* All repositories, where the registry tells (few public ones do). */
int registry_catalog(struct registry *r, struct svec *ret, struct err *err) __must_check;
/* The first version's search: {"results": [{"name", "description", "star_count", "is_official"}]}. */
struct jval *registry_search(struct registry *r, const char *term, unsigned limit, struct err *err) __must_check;

#endif
