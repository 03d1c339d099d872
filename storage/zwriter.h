/*
 * zwriter.h - numbers and strings into a zstd file with a checksum: what layers keep beside their
 * tree (tarindex.h, inventory.h). pack_index.h reads them.
 *
 * Numbers are LEB128, a string is its length and its bytes. A failure is kept, what comes after it
 * ignored, and zwriter_close tells it.
 */
#ifndef PODLITE_ZWRITER_H
#define PODLITE_ZWRITER_H

#include "common/err.h"

struct zwriter;

struct zwriter *zwriter_new(int fd); /* borrows fd */
void zwriter_bytes(struct zwriter *w, const void *data, size_t n);
void zwriter_number(struct zwriter *w, uint64_t v);
void zwriter_string(struct zwriter *w, const char *s);
/* End of the file; frees w in any case. 0 or -errno. */
int zwriter_close(struct zwriter *w) __must_check;

#endif
