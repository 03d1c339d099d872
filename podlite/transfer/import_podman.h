/*
 * import_podman.h - an image out of a podman store of the same user (containers/storage, driver overlay).
 *
 * Read are overlay-images/images.json and the documents beside it, overlay-layers/layers.json, and of each
 * layer its tree and its tar-split (tarsplit.h), which together give the tar back that podman unpacked. Nothing is taken on
 * trust: config and layers must have the digests that the image's id stands for. The other store is not
 * locked and not written: podman replaces its documents by renames.
 */
#ifndef PODLITE_IMPORT_PODMAN_H
#define PODLITE_IMPORT_PODMAN_H

#include "podlite/transfer/put_layer.h"
#include "podlite/transfer/request.h"

/* store: descriptor of podman's directory (graph root). rq->image: the image's id. Its names come along.
 * Confines the process. */
int import_podman_run(const struct request *rq, const struct put_layer *to, int store, struct request_answer *ret,
	struct err *err) __must_check;

#endif
