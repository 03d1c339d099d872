/*
 * broker.h - a second process that starts the unpackers.
 *
 * The process that parses what registries send is confined (sandbox.h) and could not start
 * anything; an unpacker needs a mount namespace, which a Landlock domain forbids for good. So a
 * child forked before any of that waits on a socket: asked with the name of a staging directory,
 * it opens it below the store's tmp/ itself, with the layer's index in it, and nothing else, and hands back the unpacker's feed.
 */
#ifndef PODLITE_BROKER_H
#define PODLITE_BROKER_H

#include "storage/feed.h"
#include "storage/layer.h"

/* Call first in main, single-threaded. Returns the socket. The child ends with its parent. archive:
 * a descriptor it shall not keep, or -1. */
int broker_start(int archive, struct err *err) __must_check;
/* Before confinement: the store's tmp/ and whether owners are squashed. */
int broker_set_store(int sock, const struct store *s, bool squash, struct err *err) __must_check;

struct unpacker {
	struct layer_unpack u;
	struct feed feed; /* of the unpacker that broker_unpack gave: for its bytes */
};
#define UNPACKER_INIT {.u = LAYER_UNPACK_NONE, .feed = FEED_INIT}

int broker_unpack(int sock, const struct layer_stage *st, struct unpacker *ret, struct err *err) __must_check;
/* Kill it, if it runs, and wait until it is gone; closes all. Harmless when there is none. */
void broker_end(struct unpacker *p);

#endif
