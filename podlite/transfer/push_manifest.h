/* push_manifest.h - the manifest of a pushed image, where the original one does not fit any more. */
#ifndef PODLITE_PUSH_MANIFEST_H
#define PODLITE_PUSH_MANIFEST_H

#include "oci/spec_image.h"

enum push_format { PUSH_KEEP, PUSH_OCI, PUSH_DOCKER };

/* "oci", "v2s2", NULL: keep. v2s1 is refused. */
int push_manifest_format(const char *text, enum push_format *ret, struct err *err) __must_check;
/* original: the image's manifest, parsed, and its bytes. layers: as many, as the registry has them now.
 * *ret is the text, *ret_type its media type. The original bytes, if nothing differs. */
int push_manifest_make(const struct spec_manifest *original, const struct sbuf *text, enum push_format format,
	const struct spec_descriptor *layers, struct sbuf *ret, const char **ret_type, struct err *err) __must_check;

#endif
