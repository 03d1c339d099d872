/* put_layer.h - a layer that is here already into the store, through an unpacker. */
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

/* Bytes in their order, as read(2) gives them: 0 at the end, -1 with err. */
struct put_source {
	ssize_t (*read)(void *arg, void *buf, size_t n, struct err *err);
	void *arg;
};

/* from gives the layer, compressed or not; its tar must have this DiffID. blob: digest that the bytes must
 * have, or NULL if nobody said so. A layer that is in the store is not read; one that is made anew
 * (store.renew) keeps the name of the blob it came from. */
int put_layer_from(const struct put_layer *p, const struct digest *diff_id, const struct put_source *from,
	const struct digest *blob, struct err *err) __must_check;
/* The same of a part of a file. */
int put_layer(const struct put_layer *p, const struct digest *diff_id, const struct arc_part *part,
	const struct digest *blob, struct err *err) __must_check;

#endif
