/*
 * push_layer.h - the layers of an image to a registry: found there, borrowed there, or sent side by side.
 *
 * Layers are made by push_stream.h's threads; all that goes over the network goes from the caller's.
 */
#ifndef PODLITE_PUSH_LAYER_H
#define PODLITE_PUSH_LAYER_H

#include "net/registry.h"
#include "oci/spec_image.h"
#include "podlite/transfer/progress.h"
#include "storage/compress.h"
#include "storage/store.h"

struct push_layers {
	struct store *store;
	struct registry *registry;
	struct progress *progress;
	const struct svec *lenders;      /* repositories of the same registry that may have it */
	enum compress_kind kind;         /* for what must be sent */
	int level;                       /* -1: default */
	bool force;                      /* what has another compression must be sent anew */
};

#define PUSH_LAYERS_PARALLEL 6

/* originals: as the image's manifest has them. ret: what the new manifest is to say of each; media is set, media_type is
 * not. */
int push_layers_send(const struct push_layers *p, size_t n, const struct spec_descriptor *originals,
	const struct digest *diff_ids, struct spec_descriptor *ret, struct err *err) __must_check;

#endif
