/* put_layer.h - a layer from a file that is here already into the store, through an unpacker. */
#ifndef PODLITE_PUT_LAYER_H
#define PODLITE_PUT_LAYER_H

#include "podlite/transfer/arc_read.h"
#include "podlite/transfer/progress.h"
#include "storage/layer.h"

struct put_layer {
	struct store *store;
	int broker;
	struct progress *progress;
};

/* part holds the layer, compressed or not; its tar must have this DiffID. blob: digest that the bytes of part
 * must have, or NULL if nobody said so. A layer that is in the store is not read. */
int put_layer(const struct put_layer *p, const struct digest *diff_id, const struct arc_part *part,
	const struct digest *blob, struct err *err) __must_check;

#endif
