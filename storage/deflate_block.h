/*
 * deflate_block.h - one block of a deflate stream: its bytes, compressed with those before it as the
 * dictionary, ending at a whole byte, so that blocks made side by side can be joined. Only compress_gzip.c
 * uses it.
 *
 * The default takes ISA-L where podlite was built with it: a tenth of zlib's time for a tenth more
 * bytes, about as many as other engines' default makes. A level that somebody asked for is zlib's.
 */
#ifndef PODLITE_DEFLATE_BLOCK_H
#define PODLITE_DEFLATE_BLOCK_H

#include "common/base.h"

#define DEFLATE_DEFAULT (-1) /* else zlib's levels 1 to 9 */
#define DEFLATE_WINDOW  (32u << 10)

struct deflate_block; /* for use by one thread */

struct deflate_block *deflate_block_new(int level);
void deflate_block_free(struct deflate_block *d);
/* Room that the output of n bytes needs. */
size_t deflate_block_bound(size_t n);
/* in[-dict] to in[0] are the dictionary, at most DEFLATE_WINDOW. last: the stream ends here. out has room for
 * deflate_block_bound(n). Returns the size of the output. */
size_t deflate_block_run(struct deflate_block *d, const unsigned char *in, size_t n, size_t dict, bool last,
	unsigned char *out);
/* CRC-32 as gzip has it, of these bytes alone. */
uint32_t deflate_block_crc(const unsigned char *in, size_t n);

#endif
