/*
 * compress.h - layers on their way out: gzip or zstd streams, made by several threads. The bytes depend on kind and level
 * only, not on threads or on how the input was cut, so that the same layer gets the same digest again. Another kind of
 * processor or another build may make others at the default level of gzip (deflate_block.h).
 */
#ifndef PODLITE_COMPRESS_H
#define PODLITE_COMPRESS_H

#include "common/err.h"

enum compress_kind { COMPRESS_GZIP, COMPRESS_ZSTD };

/* That this process may use, and can: 1 to 8. */
size_t compress_processors(void);

struct compress;
typedef int (*compress_out)(void *arg, const void *data, size_t n, struct err *err);

int compress_level_ok(enum compress_kind kind, int level, struct err *err) __must_check;
/* level: -1 for the default, the quick one; gzip 1 to 9, zstd 1 to 20. beside: how many
 * compressors work at one time, among which the threads and their buffers are divided. */
struct compress *compress_new(enum compress_kind kind, int level, unsigned beside, struct err *err) __must_check;
int compress_add(struct compress *c, const void *data, size_t n, compress_out out, void *arg, struct err *err) __must_check;
int compress_end(struct compress *c, compress_out out, void *arg, struct err *err) __must_check;
void compress_free(struct compress *c);
DEFINE_AUTO(compress, compress_free)

#endif
