/* make_manifest.h - image manifests of ours, OCI's or docker's: for what is put into the store, saved and pushed. */
#ifndef PODLITE_MAKE_MANIFEST_H
#define PODLITE_MAKE_MANIFEST_H

#include "oci/spec_image.h"

/* docker: of that family. config, layers: media, digest and size are read; media of a layer is one of the
 * SPEC_MEDIA_LAYER_*, that of config says nothing. NULL: docker's manifests have no zstd layers. */
struct jval *make_manifest(bool docker, const struct spec_descriptor *config, const struct spec_descriptor *layers, size_t n,
	struct err *err) __must_check;
/* annotations: KEY=VALUE. Only OCI's manifests have them. */
void make_manifest_annotate(struct jval *doc, const struct svec *annotations);

#endif
