#ifdef HAVE_CONFIG_H
#endif

#include "storage/inflate.h"

#include <string.h>
#include <zstd.h>
#ifdef HAVE_ISAL
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

#include "common/alloc.h"
#include "common/fd.h"
#include "storage/feed.h"

#define INPUT_SIZE        (256u << 10)
#define ZSTD_WINDOW_LOG   27   /* 128 MiB */
#define MAX_EMPTY_MEMBERS 1024 /* in a row: they cost time and give nothing */

enum kind { KIND_UNKNOWN, KIND_PLAIN, KIND_GZIP, KIND_ZSTD };

struct inflate {
	int fd;
	struct feed_reader *feed; /* in the place of fd */
	enum kind kind;
	bool eof;      /* of the input */
	bool between;  /* at a boundary of members or frames: the input may end here */
	bool done;
	unsigned empty;      /* members without content, in a row */
	uint64_t member_out; /* bytes of the current one */
	unsigned char *own;      /* NULL with a feed */
	const unsigned char *buf;
	size_t pos, len;     /* unread input: buf[pos..len) */
#ifdef HAVE_ISAL
	struct inflate_state gz;
#else
	z_stream gz;
#endif
	ZSTD_DCtx *zst;
};

struct inflate *inflate_new(int fd)
{
	struct inflate *in = new0(struct inflate);

	in->fd = fd;
	in->buf = in->own = xmalloc(INPUT_SIZE);
	return in;
}

struct inflate *inflate_new_feed(struct feed_reader *feed)
{
	struct inflate *in = new0(struct inflate);

	in->fd = -1;
	in->feed = feed;
	return in;
}

/* More input behind what there is; 0: its end. */
static ssize_t read_input(struct inflate *in)
{
	return in->feed ? feed_next(in->feed, &in->buf) : fd_read_some(in->fd, in->own + in->len, INPUT_SIZE - in->len);
}

/* Make sure there is input; false at its end. -1 in *ret_err on failure. */
static int refill(struct inflate *in, struct err *err)
{
	ssize_t n;

	if (in->pos < in->len)
		return 1;
	if (in->eof)
		return 0;
	in->pos = in->len = 0;
	n = read_input(in);
	if (n < 0)
		return err_neg(err, (int)n, "read the layer");
	in->len = (size_t)n;
	in->eof = !n;
	return n > 0;
}

static int truncated(struct err *err)
{
	return err_set(err, EK_INVALID, "the layer is cut off: its compressed data has no end");
}

/* --- gzip ------------------------------------------------------------------------------------------------- */

#ifdef HAVE_ISAL
static int gzip_start(struct inflate *in, struct err *err)
{
	(void)err;
	isal_inflate_init(&in->gz);
	in->gz.crc_flag = ISAL_GZIP;
	return 0;
}

static void gzip_next_member(struct inflate *in)
{
	isal_inflate_reset(&in->gz);
	in->gz.crc_flag = ISAL_GZIP;
}

/* One call of the decoder. Returns bytes produced, or -1; *ret_end at the end of a member. */
static ssize_t gzip_step(struct inflate *in, void *out, size_t n, bool *ret_end, struct err *err)
{
	int r;

	in->gz.next_in = (uint8_t *)in->buf + in->pos; /* not written to */
	in->gz.avail_in = (uint32_t)(in->len - in->pos);
	in->gz.next_out = out;
	in->gz.avail_out = (uint32_t)n;
	r = isal_inflate(&in->gz);
	in->pos = in->len - in->gz.avail_in;
	if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT)
		return err_set(err, EK_INVALID, "the layer's gzip data is damaged (isa-l error %d)", r);
	*ret_end = in->gz.block_state == ISAL_BLOCK_FINISH;
	return (ssize_t)(n - in->gz.avail_out);
}
#else
static int gzip_start(struct inflate *in, struct err *err)
{
	if (inflateInit2(&in->gz, 15 + 16) != Z_OK)
		return err_set(err, EK_SYSTEM, "zlib cannot start");
	return 0;
}

static void gzip_next_member(struct inflate *in)
{
	inflateReset(&in->gz);
}

static ssize_t gzip_step(struct inflate *in, void *out, size_t n, bool *ret_end, struct err *err)
{
	int r;

	in->gz.next_in = (Bytef *)in->buf + in->pos; /* not written to */
	in->gz.avail_in = (uInt)(in->len - in->pos);
	in->gz.next_out = out;
	in->gz.avail_out = (uInt)n;
	r = inflate(&in->gz, Z_NO_FLUSH);
	in->pos = in->len - in->gz.avail_in;
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return err_set(err, EK_INVALID, "the layer's gzip data is damaged: %s",
			in->gz.msg ? in->gz.msg : "unknown error");
	*ret_end = r == Z_STREAM_END;
	return (ssize_t)(n - in->gz.avail_out);
}
#endif

/* Between members: zero padding may follow, another member, or the end. 1: another one begins. */
static int gzip_between(struct inflate *in, struct err *err)
{
	int r;

	while ((r = refill(in, err)) > 0 && !in->buf[in->pos])
		in->pos++;
	if (r <= 0) {
		in->done = true;
		return r;
	}
	if (in->buf[in->pos] != 0x1f)
		return err_set(err, EK_INVALID, "the layer has foreign bytes after its gzip data");
	in->empty = in->member_out ? 0 : in->empty + 1;
	if (in->empty > MAX_EMPTY_MEMBERS)
		return err_set(err, EK_INVALID, "the layer has too many empty gzip members");
	in->member_out = 0;
	in->between = false;
	gzip_next_member(in);
	return 1;
}

static ssize_t gzip_read(struct inflate *in, void *out, size_t n, struct err *err)
{
	bool end = false;
	ssize_t got;
	int r;

	if (in->between && (r = gzip_between(in, err)) <= 0)
		return r;
	r = refill(in, err);
	if (r < 0)
		return -1;
	/* Without input the decoder may still hold output. */
	got = gzip_step(in, out, n, &end, err);
	if (got < 0)
		return -1;
	if (!r && !got && !end)
		return truncated(err);
	in->member_out += (uint64_t)got;
	in->between = end;
	return got;
}

/* --- zstd ------------------------------------------------------------------------------------------------- */

static int zstd_start(struct inflate *in, struct err *err)
{
	in->zst = ZSTD_createDCtx();
	if (!in->zst || ZSTD_isError(ZSTD_DCtx_setParameter(in->zst, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
		return err_set(err, EK_SYSTEM, "zstd cannot start");
	in->between = true;
	return 0;
}

static ssize_t zstd_read(struct inflate *in, void *out, size_t n, struct err *err)
{
	ZSTD_outBuffer o = {out, n, 0};
	int more = refill(in, err);
	ZSTD_inBuffer i = {in->buf, in->len, in->pos};
	size_t r;

	if (more < 0)
		return -1;
	if (!more && in->between) {
		in->done = true;
		return 0;
	}
	r = ZSTD_decompressStream(in->zst, &o, &i);
	if (ZSTD_isError(r))
		return err_set(err, EK_INVALID, "the layer's zstd data is damaged: %s", ZSTD_getErrorName(r));
	if (!more && !o.pos && r)
		return truncated(err);
	in->pos = i.pos;
	/* 0: a frame is complete and wholly given out. Another may follow. */
	in->between = !r;
	if (in->between) {
		in->empty = in->member_out + o.pos ? 0 : in->empty + 1;
		in->member_out = 0;
		if (in->empty > MAX_EMPTY_MEMBERS)
			return err_set(err, EK_INVALID, "the layer has too many empty zstd frames");
	} else {
		in->member_out += o.pos;
	}
	return (ssize_t)o.pos;
}

/* --- both ------------------------------------------------------------------------------------------------- */

static ssize_t plain_read(struct inflate *in, void *out, size_t n, struct err *err)
{
	int r = refill(in, err);
	size_t got;

	if (r <= 0) {
		in->done = true;
		return r;
	}
	got = MIN_OF(n, in->len - in->pos);
	memcpy(out, in->buf + in->pos, got);
	in->pos += got;
	return (ssize_t)got;
}

static bool begins(const struct inflate *in, const char *magic, size_t n)
{
	return in->len >= n && !memcmp(in->buf, magic, n);
}

/* At least six bytes, or all there are. A feed's first slot is either. */
static int read_magic(struct inflate *in, struct err *err)
{
	while (in->len < 6 && !in->eof && !(in->feed && in->len)) {
		ssize_t n = read_input(in);

		if (n < 0)
			return err_neg(err, (int)n, "read the layer");
		in->len += (size_t)n;
		in->eof = !n;
	}
	return in->len ? 0 : err_set(err, EK_INVALID, "the layer is empty: not even compressed nothing");
}

static int sniff(struct inflate *in, struct err *err)
{
	if (read_magic(in, err) < 0)
		return -1;
	if (begins(in, "\x1f\x8b", 2)) {
		in->kind = KIND_GZIP;
		return gzip_start(in, err);
	}
	if (begins(in, "\x28\xb5\x2f\xfd", 4) ||
		(in->len >= 4 && (in->buf[0] & 0xf0) == 0x50 && !memcmp(in->buf + 1, "\x2a\x4d\x18", 3))) {
		in->kind = KIND_ZSTD;
		return zstd_start(in, err);
	}
	if (begins(in, "BZh", 3) || begins(in, "\xfd" "7zXZ", 5))
		return err_set(err, EK_UNSUPPORTED, "the layer is compressed with %s: only gzip, zstd and none are supported",
			in->buf[0] == 'B' ? "bzip2" : "xz");
	in->kind = KIND_PLAIN;
	return 0;
}

static ssize_t read_once(struct inflate *in, void *out, size_t n, struct err *err)
{
	switch (in->kind) {
	case KIND_GZIP:
		return gzip_read(in, out, n, err);
	case KIND_ZSTD:
		return zstd_read(in, out, n, err);
	default:
		return plain_read(in, out, n, err);
	}
}

ssize_t inflate_read(struct inflate *in, void *buf, size_t n, struct err *err)
{
	size_t have = 0;

	if (in->kind == KIND_UNKNOWN && sniff(in, err) < 0)
		return -1;
	while (have < n && !in->done) {
		ssize_t got = read_once(in, (char *)buf + have, n - have, err);

		if (got < 0)
			return -1;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

void inflate_free(struct inflate *in)
{
	if (!in)
		return;
#ifndef HAVE_ISAL
	if (in->kind == KIND_GZIP)
		inflateEnd(&in->gz);
#endif
	ZSTD_freeDCtx(in->zst);
	free(in->own);
	free(in);
}
