/*
 * inflate.h - gzip, zstd or plain bytes from a descriptor, told apart by their first bytes.
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

struct inflate *inflate_new(int fd);
/* Fill buf as far as the stream goes: less than n only at the end. 0: end; -1: error. */
ssize_t inflate_read(struct inflate *in, void *buf, size_t n, struct err *err) __must_check;
void inflate_free(struct inflate *in);

#endif
