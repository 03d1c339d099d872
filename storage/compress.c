#include "storage/compress.h"

#include <zlib.h>
#include <zstd.h>

#include "common/alloc.h"

#define OUT_SIZE (256u << 10)

struct compress {
	enum compress_kind kind;
	z_stream z;
	ZSTD_CCtx *zstd;
	unsigned char out[OUT_SIZE];
};

static int open_gzip(struct compress *c, int level, struct err *err)
{
	if (level > 9 || level == 0)
		return err_set(err, EK_USAGE, "gzip: level %d is not 1 to 9", level);
	if (deflateInit2(&c->z, level < 0 ? Z_DEFAULT_COMPRESSION : level, Z_DEFLATED, 15 + 16, 8,
		Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return 0;
}

static int open_zstd(struct compress *c, int level, struct err *err)
{
	if (level > 20 || level == 0)
		return err_set(err, EK_USAGE, "zstd: level %d is not 1 to 20", level);
	c->zstd = ZSTD_createCCtx();
	if (!c->zstd)
		abort();
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, level < 0 ? 3 : level);
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_checksumFlag, 1);
	return 0;
}

struct compress *compress_new(enum compress_kind kind, int level, struct err *err)
{
	struct compress *c = new0(struct compress);
	int r;

	c->kind = kind;
	r = kind == COMPRESS_GZIP ? open_gzip(c, level, err) : open_zstd(c, level, err);
	if (!r)
		return c;
	free(c);
	return NULL;
}

static int run_gzip(struct compress *c, const void *data, size_t n, int flush, compress_out out, void *arg,
	struct err *err)
{
	int r;

	c->z.next_in = (Bytef *)(uintptr_t)data;
	c->z.avail_in = (uInt)n;
	do {
		c->z.next_out = c->out;
		c->z.avail_out = OUT_SIZE;
		r = deflate(&c->z, flush);
		if (r == Z_STREAM_ERROR)
			return err_set(err, EK_SYSTEM, "gzip: the stream is in disorder");
		if (c->z.avail_out < OUT_SIZE && out(arg, c->out, OUT_SIZE - c->z.avail_out, err) < 0)
			return -1;
	} while (flush == Z_FINISH ? r != Z_STREAM_END : c->z.avail_out == 0);
	return 0;
}

static int run_zstd(struct compress *c, const void *data, size_t n, ZSTD_EndDirective end, compress_out out, void *arg,
	struct err *err)
{
	ZSTD_inBuffer in = {data, n, 0};
	size_t left;

	do {
		ZSTD_outBuffer o = {c->out, OUT_SIZE, 0};

		left = ZSTD_compressStream2(c->zstd, &o, &in, end);
		if (ZSTD_isError(left))
			return err_set(err, EK_SYSTEM, "zstd: %s", ZSTD_getErrorName(left));
		if (o.pos && out(arg, c->out, o.pos, err) < 0)
			return -1;
	} while (end == ZSTD_e_end ? left : in.pos < in.size);
	return 0;
}

int compress_add(struct compress *c, const void *data, size_t n, compress_out out, void *arg, struct err *err)
{
	const unsigned char *p = data;

	while (n) { /* zlib counts in 32 bits */
		size_t part = MIN_OF(n, (size_t)1 << 30);
		int r = c->kind == COMPRESS_GZIP ? run_gzip(c, p, part, Z_NO_FLUSH, out, arg, err) :
			run_zstd(c, p, part, ZSTD_e_continue, out, arg, err);

		if (r < 0)
			return -1;
		p += part;
		n -= part;
	}
	return 0;
}

int compress_end(struct compress *c, compress_out out, void *arg, struct err *err)
{
	return c->kind == COMPRESS_GZIP ? run_gzip(c, NULL, 0, Z_FINISH, out, arg, err) :
		run_zstd(c, NULL, 0, ZSTD_e_end, out, arg, err);
}

void compress_free(struct compress *c)
{
	if (!c)
		return;
	if (c->kind == COMPRESS_GZIP)
		deflateEnd(&c->z);
	ZSTD_freeCCtx(c->zstd);
	free(c);
}
