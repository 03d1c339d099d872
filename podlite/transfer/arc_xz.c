#include "podlite/transfer/arc_xz.h"

#ifdef HAVE_LZMA

#include <lzma.h>

#include "common/alloc.h"
#include "common/fd.h"

#define INPUT_SIZE (64u << 10)
#define MEMORY_MAX (160ull << 20) /* xz -9 needs 65 MiB */

struct arc_xz {
	int fd;
	lzma_stream z;
	bool eof, ended;
	unsigned char buf[INPUT_SIZE];
};

struct arc_xz *arc_xz_new(int fd, struct err *err)
{
	struct arc_xz *x = new0(struct arc_xz);

	x->fd = fd;
	x->z = (lzma_stream)LZMA_STREAM_INIT;
	if (lzma_stream_decoder(&x->z, MEMORY_MAX, LZMA_CONCATENATED) == LZMA_OK)
		return x;
	free(x);
	err_set(err, EK_SYSTEM, "xz cannot start");
	return NULL;
}

ssize_t arc_xz_read(struct arc_xz *x, void *buf, size_t n, struct err *err)
{
	lzma_ret r = LZMA_OK;

	x->z.next_out = buf;
	x->z.avail_out = n;
	while (!x->ended && x->z.avail_out) {
		if (!x->z.avail_in && !x->eof) {
			ssize_t got = fd_read_some(x->fd, x->buf, INPUT_SIZE);

			if (got < 0)
				return err_neg(err, (int)got, "read the archive");
			x->eof = !got;
			x->z.next_in = x->buf;
			x->z.avail_in = (size_t)got;
		}
		r = lzma_code(&x->z, x->eof ? LZMA_FINISH : LZMA_RUN);
		x->ended = r == LZMA_STREAM_END;
		if (r != LZMA_OK && !x->ended)
			return err_set(err, EK_INVALID, "the archive's xz data is damaged (liblzma error %d)", (int)r);
	}
	return (ssize_t)(n - x->z.avail_out);
}

void arc_xz_free(struct arc_xz *x)
{
	if (!x)
		return;
	lzma_end(&x->z);
	free(x);
}

#else

struct arc_xz *arc_xz_new(int fd, struct err *err)
{
	(void)fd;
	err_set(err, EK_UNSUPPORTED, "the archive is compressed by xz, and podlite was built without liblzma");
	err_advise(err, "unpack it first: xz -d");
	return NULL;
}

ssize_t arc_xz_read(struct arc_xz *x, void *buf, size_t n, struct err *err)
{
	(void)x;
	(void)buf;
	(void)n;
	return err_set(err, EK_UNSUPPORTED, "xz");
}

void arc_xz_free(struct arc_xz *x)
{
	(void)x;
}

#endif
