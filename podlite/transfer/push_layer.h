/* push_layer.h - one layer to a registry: found there, borrowed there, or sent. */
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

/* original: as the image's manifest has it. ret: what the new manifest is to say; media is set, media_type
 * is not. row: for progress. */
int push_layer(const struct push_layers *p, size_t row, const struct spec_descriptor *original,
	const struct digest *diff_id, struct spec_descriptor *ret, struct err *err) __must_check;

#endif
