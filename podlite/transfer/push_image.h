/* push_image.h - an image of the store, read and checked, to a repository. */
#ifndef PODLITE_PUSH_IMAGE_H
#define PODLITE_PUSH_IMAGE_H

#include "podlite/transfer/push_to.h"
#include "storage/image.h"

struct push_image {
	struct image img;
	struct spec_manifest m;
	struct spec_image_config config;
	struct sbuf manifest_text, config_text;
};

/* Before anything is sent. id: of an image in the store. */
int push_image_read(const struct push *p, const char *id, struct push_image *ret, struct err *err) __must_check;
void push_image_lenders(const struct push_image *i, struct push_to *t); /* where it is known from */
/* Layers, config and manifest. named: as push_to_put. ret: the manifest that the registry has then. */
int push_image_send(const struct push_image *i, struct push_to *t, bool named, struct spec_descriptor *ret,
	struct err *err) __must_check;
void push_image_done(struct push_image *i);

#endif
