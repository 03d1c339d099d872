/*
 * shelf.h - an additional store: images that somebody else keeps, read and never written.
 *
 * Two kinds. An OCI image layout (`save --format oci-dir`, skopeo, buildah) has manifests, configs and
 * layers as plain blobs, so it serves every reader, whoever owns it. A store of podlite's has layers as trees,
 * whose files belong to ids of its owner and may be unreadable for others: it serves who may read all of it, its owner
 * before all. From either come bytes alone: a layer is unpacked into our own store, from its blob or from the tar
 * that pack.h gives back, and nothing is taken that has not the digest by which it was named. So an owner
 * who changes the files while they are read can make a read fail, and nothing else; what he does say freely is which
 * image a name means. That is why a store is listed by hand, and refused where others than its owner can write.
 *
 * shelf_open comes before the process is confined, the rest after that: what is parsed is foreign.
 */
#ifndef PODLITE_SHELF_H
#define PODLITE_SHELF_H

#include "podlite/transfer/put_layer.h"
#include "storage/image.h"

/* Bytes of all documents of all stores that are handed out at once. */
#define SHELF_DOCUMENTS_MAX (24u << 20)

/* A layer of an image as it lies there. */
struct shelf_layer {
	struct digest blob; /* unset in a store of podlite's */
	uint64_t size;      /* of the blob, or of the tar */
};

struct shelf_image {
	struct image img;             /* id, manifest, config, layers, created_ns, names, digests */
	struct sbuf config, document; /* of img.config and img.manifest */
	struct shelf_layer *layers;   /* as many as img has */
};

struct shelf {
	const char *path; /* borrowed */
	int fd;
	struct arc_read *arc; /* a layout, or NULL */
	struct store store;   /* or a store of podlite's: store_open_other */
	struct shelf_image *v;
	size_t n;
};

/* path: absolute. EK_DENIED where others than its owner can write; EK_INVALID: it is no store. */
int shelf_open(const char *path, struct shelf *ret, struct err *err) __must_check;
void shelf_close(struct shelf *s);
/* Its images. One that is damaged or for another machine is left out, the former with a warning. budget: bytes that documents may
 * still have. */
int shelf_read(struct shelf *s, size_t *budget, struct err *err) __must_check;
/* Layer i of an image into our store. */
int shelf_put_layer(struct shelf *s, const struct shelf_image *image, size_t i, const struct put_layer *to, struct err *err) __must_check;

/* ---- shelf_oci.c, shelf_store.c: the two kinds ---- */

int shelf_oci_read(struct shelf *s, size_t *budget, struct err *err) __must_check;
int shelf_oci_put_layer(struct shelf *s, const struct digest *diff_id, const struct shelf_layer *l, const struct put_layer *to,
	struct err *err) __must_check;
int shelf_store_read(struct shelf *s, size_t *budget, struct err *err) __must_check;
int shelf_store_put_layer(struct shelf *s, const struct digest *diff_id, const struct put_layer *to, struct err *err) __must_check;

/* For both: the image from its documents, whose digests have been compared, onto the shelf; they and names are taken.
 * layers of the image: unset. EK_INVALID: the two do not fit together. */
struct shelf_image *shelf_add(struct shelf *s, const struct spec_manifest *m, const struct digest *manifest,
	struct sbuf *document, struct sbuf *config, struct svec *names, size_t *budget, struct err *err) __must_check;
void shelf_left_out(const struct shelf *s, const char *image, const struct err *why);

#endif
