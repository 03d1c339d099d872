/* put_image.h - an image whose layers are in the store: config, manifest, record, names. */
#ifndef PODLITE_PUT_IMAGE_H
#define PODLITE_PUT_IMAGE_H

#include "common/sbuf.h"
#include "oci/spec_image.h"
#include "storage/store.h"

struct put_image {
	struct store *store;
	const struct sbuf *config;   /* its digest is the image's id */
	const struct sbuf *manifest; /* NULL: one is written, of uncompressed layers */
	const struct svec *names;    /* canonical, with tag */
	const struct svec *digests;  /* "repo@sha256:..." of the manifest, or NULL */
	bool docker;                 /* a manifest that is written is of that family */
};

int put_image(const struct put_image *p, char ret_id[65], struct err *err) __must_check;

/* A manifest or config of an image in the store, whose bytes are checked: what leaves the store is what its
 * digest says. (podlite itself cannot: it has no libcrypto.) */
int put_image_read_blob(struct store *s, const struct digest *d, struct sbuf *ret, struct err *err) __must_check;

#endif
