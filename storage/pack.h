/*
 * pack.h - the tar of a layer, byte for byte as it was unpacked: from the layer's directory and the
 * index that the unpacker left (tarindex.h).
 *
 * Read to the end: only there is it known that the bytes are the right ones. The index was written
 * by a process that parsed foreign bytes, the tree may be damaged: nothing of either is trusted, files
 * are opened inside the layer only.
 *
 * Two ways to know: by the layer's DiffID; or by the sum of the tar, which the unpacker computed from the
 * same bytes. The sum finds damage as inventory.h says; what an unpacker taken over by a layer forges, it
 * does not, but that one could have forged the DiffID: who receives the layer compares it with its config.
 * It takes a tenth of the time, and half a push's hashing is saved.
 */
#ifndef PODLITE_PACK_H
#define PODLITE_PACK_H

#include <sys/types.h>

#include "storage/layer.h"

struct pack;

/* A layer of the own store: by its sum, if it has one. EK_NOT_FOUND: no such layer, or one from before there was an index: pulling it again gives one. */
struct pack *pack_open(struct store *s, const struct digest *diff_id, struct err *err) __must_check;
/* By the DiffID, from a layer's directory (diff/, layer.json and the index in it), which is borrowed. scratch:
 * directory for an unnamed file, needed where the layer has replaced files. */
struct pack *pack_open_at(int layer, const struct layer_info *info, int scratch, struct err *err) __must_check;
/* The next n bytes; less only at the end. 0: the end, and all bytes together are the layer's. -1:
 * EK_INVALID names the damaged file, as far as one can be named. */
ssize_t pack_read(struct pack *p, void *buf, size_t n, struct err *err) __must_check;
/* Bytes of the whole tar. */
uint64_t pack_size(const struct pack *p);
void pack_close(struct pack *p);
static inline void pack_closep(struct pack **p)
{
	pack_close(*p);
	*p = NULL;
}

#endif
