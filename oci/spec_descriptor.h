/*
 * spec_descriptor.h - what index and manifest share: the checks on a document as a whole, and
 * descriptors. Internal to oci/spec_*.c.
 */
#ifndef PODLITE_SPEC_DESCRIPTOR_H
#define PODLITE_SPEC_DESCRIPTOR_H

#include "oci/spec_image.h"

/* Parse an index or manifest: size limit, JSON rules, schemaVersion 2, the body's mediaType
 * against header_media, keys of one kind only. *ret_media: the type it states, or the one its
 * keys imply where neither header nor body name one. The caller owns the tree. */
struct jval *spec_descriptor_document(const char *text, size_t n, const char *header_media,
	enum spec_media *ret_media, struct err *err) __must_check;
int spec_descriptor_parse(const struct jval *v, struct spec_descriptor *ret, struct err *err) __must_check;
void spec_descriptor_done(struct spec_descriptor *d);
/* A foreign word for an error message: escaped and cut. */
const char *spec_descriptor_word(const char *s, char *buf, size_t size);

#endif
