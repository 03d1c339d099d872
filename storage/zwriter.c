#include "storage/zwriter.h"

#include <string.h>
#include <zstd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/sbuf.h"

#define STAGE_SIZE (64u << 10)
#define LEVEL      1 /* records are alike: more effort gains little (pull must not wait for it) */

struct zwriter {
	int fd;
	int failed;        /* -errno */
	ZSTD_CCtx *z;
	struct sbuf stage; /* before zstd */
	char *out;
	size_t out_size;
};

struct zwriter *zwriter_new(int fd)
{
	struct zwriter *w = new0(struct zwriter);

	w->fd = fd;
	w->stage = (struct sbuf)SBUF_INIT;
	w->z = ZSTD_createCCtx();
	w->out_size = ZSTD_CStreamOutSize();
	w->out = xmalloc(w->out_size);
	if (!w->z || ZSTD_isError(ZSTD_CCtx_setParameter(w->z, ZSTD_c_compressionLevel, LEVEL)) ||
		ZSTD_isError(ZSTD_CCtx_setParameter(w->z, ZSTD_c_checksumFlag, 1)))
		w->failed = -ENOMEM;
	return w;
}

static void compress(struct zwriter *w, const void *data, size_t n, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = {data, n, 0};
	size_t left;

	if (w->failed)
		return;
	do {
		ZSTD_outBuffer out = {w->out, w->out_size, 0};

		left = ZSTD_compressStream2(w->z, &out, &in, how);
		w->failed = ZSTD_isError(left) ? -EIO : fd_write_all(w->fd, w->out, out.pos);
	} while (!w->failed && (in.pos < n || (how == ZSTD_e_end && left)));
}

static void flush_stage(struct zwriter *w)
{
	compress(w, w->stage.buf, w->stage.len, ZSTD_e_continue);
	sbuf_reset(&w->stage);
}

void zwriter_bytes(struct zwriter *w, const void *data, size_t n)
{
	if (w->stage.len + n > STAGE_SIZE)
		flush_stage(w);
	if (n > STAGE_SIZE)
		compress(w, data, n, ZSTD_e_continue);
	else
		sbuf_add(&w->stage, data, n);
}

void zwriter_number(struct zwriter *w, uint64_t v)
{
	unsigned char b[10];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		b[n++] = (unsigned char)(v | 0x80);
	b[n++] = (unsigned char)v;
	zwriter_bytes(w, b, n);
}

void zwriter_string(struct zwriter *w, const char *s)
{
	size_t n = strlen(s);

	zwriter_number(w, n);
	zwriter_bytes(w, s, n);
}

int zwriter_close(struct zwriter *w)
{
	int r;

	flush_stage(w);
	compress(w, NULL, 0, ZSTD_e_end);
	r = w->failed;
	ZSTD_freeCCtx(w->z);
	sbuf_done(&w->stage);
	free(w->out);
	free(w);
	return r;
}
