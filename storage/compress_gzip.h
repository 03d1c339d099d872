/*
 * compress_gzip.h - one gzip stream made by several threads: blocks of fixed size are deflated side by
 * side, each with the end of the one before as its dictionary, and joined in order. The bytes do not
 * depend on how many threads there are. Only compress.c uses it.
 */
#ifndef PODLITE_COMPRESS_GZIP_H
#define PODLITE_COMPRESS_GZIP_H

#include "storage/compress.h"

struct compress_gzip;

/* level: deflate_block.h; beside: compress.h */
struct compress_gzip *compress_gzip_new(int level, unsigned beside);
int compress_gzip_add(struct compress_gzip *g, const void *data, size_t n, compress_out out, void *arg, struct err *err) __must_check;
int compress_gzip_end(struct compress_gzip *g, compress_out out, void *arg, struct err *err) __must_check;
void compress_gzip_free(struct compress_gzip *g); /* at any time */

#endif
