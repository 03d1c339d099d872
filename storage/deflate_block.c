#include "storage/deflate_block.h"

#include <zlib.h>
#ifdef HAVE_ISAL
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#endif

#include "common/alloc.h"

#define DEFAULT_LEVEL 6

struct deflate_block {
	z_stream z;
	int level; /* zlib's */
	bool fast, z_ready;
#ifdef HAVE_ISAL
	/* its size decides how often codes are chosen anew: measured, files come out smallest with 24 KiB more than it
	 * needs, and with 32 a thousandth larger and a fiftieth sooner */
	_Alignas(16) unsigned char tables[ISAL_DEF_LVL3_REQ + 32 * 1024];
#endif
};

struct deflate_block *deflate_block_new(int level)
{
	struct deflate_block *d = new0(struct deflate_block);

#ifdef HAVE_ISAL
	d->fast = level == DEFLATE_DEFAULT;
#endif
	d->level = level == DEFLATE_DEFAULT ? DEFAULT_LEVEL : level;
	return d;
}

void deflate_block_free(struct deflate_block *d)
{
	if (!d)
		return;
	if (d->z_ready)
		deflateEnd(&d->z);
	free(d);
}

/* Stored blocks of deflate, as what does not shrink becomes, and the flush. */
size_t deflate_block_bound(size_t n)
{
	return n + n / 1000 + 1024;
}

static size_t run_zlib(struct deflate_block *d, const unsigned char *in, size_t n, size_t dict, bool last,
	unsigned char *out)
{
	if (!d->z_ready && deflateInit2(&d->z, d->level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		alloc_die();
	d->z_ready = true;
	deflateReset(&d->z);
	if (dict)
		deflateSetDictionary(&d->z, in - dict, (uInt)dict);
	d->z.next_in = (Bytef *)in;
	d->z.avail_in = (uInt)n;
	d->z.next_out = out;
	d->z.avail_out = (uInt)deflate_block_bound(n);
	if (deflate(&d->z, last ? Z_FINISH : Z_SYNC_FLUSH) != (last ? Z_STREAM_END : Z_OK))
		abort();
	return deflate_block_bound(n) - d->z.avail_out;
}

#ifdef HAVE_ISAL

/* 0: it does not fit. */
static size_t run_fast(struct deflate_block *d, const unsigned char *in, size_t n, size_t dict, bool last,
	unsigned char *out)
{
	struct isal_zstream s;

	isal_deflate_init(&s);
	s.level = 3;
	s.level_buf = d->tables;
	s.level_buf_size = sizeof(d->tables);
	s.end_of_stream = last;
	s.flush = last ? NO_FLUSH : SYNC_FLUSH;
	if (dict && isal_deflate_set_dict(&s, (uint8_t *)in - dict, (uint32_t)dict) != COMP_OK)
		return 0;
	s.next_in = (uint8_t *)in;
	s.avail_in = (uint32_t)n;
	s.next_out = out;
	s.avail_out = (uint32_t)deflate_block_bound(n);
	if (isal_deflate(&s) != COMP_OK || s.avail_in || !s.avail_out)
		return 0;
	return s.total_out;
}

uint32_t deflate_block_crc(const unsigned char *in, size_t n)
{
	return crc32_gzip_refl(0, in, n);
}

#else

static size_t run_fast(struct deflate_block *d, const unsigned char *in, size_t n, size_t dict, bool last,
	unsigned char *out)
{
	(void)d, (void)in, (void)n, (void)dict, (void)last, (void)out;
	return 0;
}

uint32_t deflate_block_crc(const unsigned char *in, size_t n)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), in, (uInt)n);
}

#endif

size_t deflate_block_run(struct deflate_block *d, const unsigned char *in, size_t n, size_t dict, bool last,
	unsigned char *out)
{
	size_t done = d->fast ? run_fast(d, in, n, dict, last, out) : 0;

	return done ? done : run_zlib(d, in, n, dict, last, out);
}
