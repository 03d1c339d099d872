/*
 * pipeline.h - three threads of the unpacker: one reads and inflates, one hashes and scans, the caller's
 * writes files. A ring of blocks between them; memory does not depend on the layer.
 */
#ifndef PODLITE_PIPELINE_H
#define PODLITE_PIPELINE_H

#include <sys/types.h>

#include "common/digest.h"
#include "common/err.h"

struct inflate;
struct pipeline;
struct tarindex;

/* Start reading; takes in. index (tarindex.h, or NULL) becomes a thread's until pipeline_finish or
 * pipeline_free; the caller closes it. beside: so many pipelines run at the same time, for they share 24 MiB; none has
 * more than 8, below which small files and large ones in turn leave processors without work. */
struct pipeline *pipeline_new(struct inflate *in, struct tarindex *index, unsigned beside, struct err *err) __must_check;
/* The next bytes of the tar, valid until the next call. 0: end; -1: error. */
ssize_t pipeline_next(struct pipeline *p, const void **ret, struct err *err) __must_check;
/* The same, but the next call gives it again. */
ssize_t pipeline_peek(struct pipeline *p, const void **ret, struct err *err) __must_check;
/* What the stream was. */
struct pipeline_total {
	struct digest digest;
	uint64_t size, entries;
	uint32_t sum; /* crc32c.h */
};
/* Read to the end whatever is left: it counts too. */
int pipeline_finish(struct pipeline *p, struct pipeline_total *ret, struct err *err) __must_check;
void pipeline_free(struct pipeline *p);

#endif
