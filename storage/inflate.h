/*
 * inflate.h - gzip, zstd or plain bytes from a descriptor or feed, told apart by their first bytes.
 *
 * All members of a gzip file and all frames of a zstd file are read; an end of input before the
 * end of the last one is an error, as are foreign bytes after it. Memory is bounded: zstd windows
 * beyond 128 MiB and dictionaries are refused (threats.md R5, U21).
 */
#ifndef PODLITE_INFLATE_H
#define PODLITE_INFLATE_H

#include <sys/types.h>

#include "common/err.h"

struct inflate;

struct feed_reader;

struct inflate *inflate_new(int fd);
/* From a layer's feed (feed.h), which the caller keeps until inflate_free. */
struct inflate *inflate_new_feed(struct feed_reader *feed);
/* Fill buf as far as the stream goes: less than n only at the end. 0: end; -1: error. */
ssize_t inflate_read(struct inflate *in, void *buf, size_t n, struct err *err) __must_check;
void inflate_free(struct inflate *in);

#endif
