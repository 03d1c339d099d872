/*
 * pull_layers.h - the layers of an image: fetched side by side, each streamed into an unpacker.
 *
 * One thread: curl's exchanges, the pipes into the unpackers and their answers are one poll. A
 * slow unpacker pauses its own download only. Layers that are in the store are not fetched; what came of the others
 * when the pull is cut is where the next one goes on (partial.h).
 */
#ifndef PODLITE_PULL_LAYERS_H
#define PODLITE_PULL_LAYERS_H

#include "net/registry.h"
#include "oci/spec_image.h"
#include "podlite/transfer/progress.h"
#include "storage/store.h"

#define PULL_LAYERS_PARALLEL 6

struct pull_layers {
	struct store *store;
	struct registry *registry;
	int broker;
	const struct spec_manifest *manifest;
	const struct digest *diff_ids; /* as many as the manifest has layers */
	uint64_t need;                 /* bytes to fetch, as pull_fits found */
	struct progress *progress;
};

int pull_layers_fetch(const struct pull_layers *p, struct err *err) __must_check;

#endif
