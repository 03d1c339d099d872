/*
 * registry.h - the OCI distribution API (distribution-spec 1.1): manifests, blobs, tags of one
 * repository. Documents are returned only after their digest was checked, where one is known.
 */
#ifndef PODLITE_REGISTRY_H
#define PODLITE_REGISTRY_H

#include "common/digest.h"
#include "net/fetch.h"

struct registry {
	struct http *http;
	struct fetch_site *site;
	struct fetch_policy policy;
	const char *repo; /* "library/alpine"; NULL for registry_ping */
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
/* A large one: fetch.h's calling order; the caller checks the digest. */
struct fetch *registry_blob_start(struct registry *r, const struct digest *d, uint64_t size,
	enum http_take (*data)(void *arg, const void *data, size_t n, struct err *err), void *arg);
int registry_tags(struct registry *r, struct svec *ret, struct err *err) __must_check;

#endif
