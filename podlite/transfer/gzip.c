#include "podlite/transfer/gzip.h"

#include <zlib.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/transfer/cancel.h"

#define OUT_SIZE (64u << 10)

struct gzip {
	int fd;
	z_stream z;
	unsigned char out[OUT_SIZE];
};

struct gzip *gzip_new(int fd, int level)
{
	struct gzip *g = new0(struct gzip);

	g->fd = fd;
	/* 16: a gzip header, with no time and no name in it. Only memory can be short, which ends all. */
	if (deflateInit2(&g->z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return g;
}

static int run(struct gzip *g, int flush, struct err *err)
{
	int r, w;

	do {
		g->z.next_out = g->out;
		g->z.avail_out = OUT_SIZE;
		r = deflate(&g->z, flush);
		w = r == Z_STREAM_ERROR ? -EINVAL : fd_write_all(g->fd, g->out, OUT_SIZE - g->z.avail_out);
		if (w < 0)
			return err_neg(err, w, "write compressed data");
	} while (!g->z.avail_out);
	return 0;
}

int gzip_add(struct gzip *g, const void *data, size_t n, struct err *err)
{
	if (cancel_check(err) < 0)
		return -1;
	g->z.next_in = (unsigned char *)data;
	g->z.avail_in = (unsigned)n;
	return run(g, Z_NO_FLUSH, err);
}

int gzip_end(struct gzip *g, struct err *err)
{
	g->z.avail_in = 0;
	return run(g, Z_FINISH, err);
}

void gzip_free(struct gzip *g)
{
	if (!g)
		return;
	deflateEnd(&g->z);
	free(g);
}
