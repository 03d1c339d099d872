/*
 * arc_oci.h - an OCI image layout (image-spec 1.1, image-layout.md) among the members of an archive or
 * directory: index.json and the documents below it. What is handed out has the digest by which it was named.
 */
#ifndef PODLITE_ARC_OCI_H
#define PODLITE_ARC_OCI_H

#include "common/jval.h"
#include "oci/spec_image.h"
#include "podlite/transfer/arc_read.h"

#define ARC_OCI_BLOBS    "blobs/sha256/"
#define ARC_OCI_REF_NAME "org.opencontainers.image.ref.name"

/* index.json. */
struct arc_oci {
	struct spec_index index;
	struct jval *doc;
	const struct jval *list; /* its "manifests", borrowed: as many as the index has, with annotations */
};

int arc_oci_read(struct arc_read *a, struct arc_oci *ret, struct err *err) __must_check;
void arc_oci_done(struct arc_oci *o);
/* The name that an entry of the list has, canonical with tag, appended to ret; none: nothing. containerd writes the
 * full name beside the tag; a tag alone is a name of its own below localhost, as podman has it. */
int arc_oci_names(const struct jval *entry, struct svec *ret, struct err *err) __must_check;
/* Any name in an archive, canonical with tag, but with a digest: nothing. host: where one without a registry belongs. */
int arc_oci_add_name(const char *text, const char *host, struct svec *ret, struct err *err) __must_check;

/* The manifest of an entry, or of the image for this machine of the index that the entry is. 1: that has none for this
 * machine, as err says. */
struct arc_oci_manifest {
	struct sbuf text;
	char *media;
	struct digest digest;
};
int arc_oci_manifest(struct arc_read *a, const struct spec_descriptor *entry, struct arc_oci_manifest *ret,
	struct err *err) __must_check;
void arc_oci_manifest_done(struct arc_oci_manifest *m);

/* A document of at most SPEC_IMAGE_MAX bytes. prefix: ARC_OCI_BLOBS, or "" in a directory of `dir:`. */
int arc_oci_blob(struct arc_read *a, const char *prefix, const struct digest *d, struct sbuf *ret, struct err *err) __must_check;
char *arc_oci_blob_name(const char *prefix, const struct digest *d); /* allocated */

#endif
