/* gzip.h - writing gzip by zlib: the same bytes on every machine (architecture.md §10). */
#ifndef PODLITE_GZIP_H
#define PODLITE_GZIP_H

#include "common/err.h"

struct gzip;

#define GZIP_LEVEL 6

/* To descriptor fd, which is borrowed. */
struct gzip *gzip_new(int fd, int level);
int gzip_add(struct gzip *g, const void *data, size_t n, struct err *err) __must_check;
int gzip_end(struct gzip *g, struct err *err) __must_check;
void gzip_free(struct gzip *g);
DEFINE_AUTO(gzip, gzip_free)

#endif
