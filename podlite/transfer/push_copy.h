/*
 * push_copy.h - an image of another repository or registry, by digest, to where images go: for entries of
 * manifest lists that were never pulled. Blobs stream through; nothing comes into the store.
 */
#ifndef PODLITE_PUSH_COPY_H
#define PODLITE_PUSH_COPY_H

#include "podlite/transfer/pull_site.h"
#include "podlite/transfer/push_to.h"

struct push_origin {
	struct ref ref;            /* with a digest */
	struct pull_sources from;  /* opened */
};

/* ret: the manifest that the registry has then; the original, unless another format was asked for. */
int push_copy(const struct push_origin *o, struct push_to *t, struct spec_descriptor *ret, struct err *err) __must_check;

#endif
