#include "storage/compress.h"

#include <zstd.h>

#include "common/alloc.h"
#include "storage/compress_gzip.h"

#define OUT_SIZE           (256u << 10)
#define ZSTD_OVERLAP_HALF  8 /* zstd.h, ZSTD_c_overlapLog */
#define ZSTD_SMALLEST_PART 1 /* raised by the library to what the window needs */

struct compress {
	struct compress_gzip *gzip; /* or */
	ZSTD_CCtx *zstd;
	unsigned char out[OUT_SIZE];
};

/* The bytes depend on the size of a thread's part, not on how many threads there are. Half a window in front of each part
 * makes them as few as without threads; a whole one half a percent fewer, with twice the memory. */
static void open_zstd(struct compress *c, int level, unsigned beside)
{
	c->zstd = ZSTD_createCCtx();
	if (!c->zstd)
		alloc_die();
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, level < 0 ? 3 : level);
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_nbWorkers, (int)MAX_OF(compress_processors() / beside, (size_t)1));
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_overlapLog, ZSTD_OVERLAP_HALF);
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_jobSize, ZSTD_SMALLEST_PART);
}

struct compress *compress_new(enum compress_kind kind, int level, unsigned beside, struct err *err)
{
	struct compress *c;

	if (compress_level_ok(kind, level, err) < 0)
		return NULL;
	c = new0(struct compress);
	if (kind == COMPRESS_GZIP)
		c->gzip = compress_gzip_new(level, beside);
	else
		open_zstd(c, level, beside);
	return c;
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
	return c->gzip ? compress_gzip_add(c->gzip, data, n, out, arg, err) :
		run_zstd(c, data, n, ZSTD_e_continue, out, arg, err);
}

int compress_end(struct compress *c, compress_out out, void *arg, struct err *err)
{
	return c->gzip ? compress_gzip_end(c->gzip, out, arg, err) : run_zstd(c, NULL, 0, ZSTD_e_end, out, arg, err);
}

void compress_free(struct compress *c)
{
	if (!c)
		return;
	compress_gzip_free(c->gzip);
	ZSTD_freeCCtx(c->zstd);
	free(c);
}

int compress_level_ok(enum compress_kind kind, int level, struct err *err)
{
	int most = kind == COMPRESS_GZIP ? 9 : 20;

	if (level < 0 || (level && level <= most))
		return 0;
	return err_set(err, EK_USAGE, "%s: level %d is not 1 to %d", kind == COMPRESS_GZIP ? "gzip" : "zstd", level, most);
}
