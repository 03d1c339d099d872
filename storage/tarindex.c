#include "storage/tarindex.h"

#include <string.h>
#include <zstd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/sbuf.h"

#define STAGE_SIZE (64u << 10)
#define LEVEL      1 /* headers are alike: more effort gains little (pull must not wait for it) */
#define WORD       8u

struct tarindex {
	int fd;
	int failed;          /* -errno */
	ZSTD_CCtx *z;
	struct sbuf stage;   /* before zstd */
	char *out;
	size_t out_size;
	uint64_t entry;      /* of the last content */
	/* first stream: what is not written yet */
	uint64_t zeros;
	struct sbuf bytes;
	/* second stream: the directory that was named last */
	struct sbuf dir;
	uint64_t dir_ino;
	bool dir_set;
};

struct tarindex *tarindex_new(int fd)
{
	struct tarindex *t = new0(struct tarindex);

	t->fd = fd;
	t->stage = t->bytes = t->dir = (struct sbuf)SBUF_INIT;
	t->z = ZSTD_createCCtx();
	t->out_size = ZSTD_CStreamOutSize();
	t->out = xmalloc(t->out_size);
	if (!t->z || ZSTD_isError(ZSTD_CCtx_setParameter(t->z, ZSTD_c_compressionLevel, LEVEL)) ||
		ZSTD_isError(ZSTD_CCtx_setParameter(t->z, ZSTD_c_checksumFlag, 1)))
		t->failed = -ENOMEM;
	return t;
}

/* --- the compressed stream --------------------------------------------------------------------------------- */

static void compress(struct tarindex *t, const void *data, size_t n, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = {data, n, 0};
	size_t left;

	if (t->failed)
		return;
	do {
		ZSTD_outBuffer out = {t->out, t->out_size, 0};

		left = ZSTD_compressStream2(t->z, &out, &in, how);
		t->failed = ZSTD_isError(left) ? -EIO : fd_write_all(t->fd, t->out, out.pos);
	} while (!t->failed && (in.pos < n || (how == ZSTD_e_end && left)));
}

static void flush_stage(struct tarindex *t)
{
	compress(t, t->stage.buf, t->stage.len, ZSTD_e_continue);
	sbuf_reset(&t->stage);
}

static void put(struct tarindex *t, const void *data, size_t n)
{
	if (t->stage.len + n > STAGE_SIZE)
		flush_stage(t);
	if (n > STAGE_SIZE)
		compress(t, data, n, ZSTD_e_continue);
	else
		sbuf_add(&t->stage, data, n);
}

static void put_number(struct tarindex *t, uint64_t v)
{
	unsigned char b[10];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		b[n++] = (unsigned char)(v | 0x80);
	b[n++] = (unsigned char)v;
	put(t, b, n);
}

static void put_string(struct tarindex *t, const char *s)
{
	put_number(t, strlen(s));
	put(t, s, strlen(s));
}

static void put_entry(struct tarindex *t, uint64_t entry)
{
	put_number(t, entry - t->entry);
	t->entry = entry;
}

/* --- first stream ----------------------------------------------------------------------------------------- */

static void flush_zeros(struct tarindex *t)
{
	if (t->zeros)
		put_number(t, t->zeros << 2 | TARINDEX_ZEROS);
	t->zeros = 0;
}

static void flush_bytes(struct tarindex *t)
{
	if (!t->bytes.len)
		return;
	put_number(t, (uint64_t)t->bytes.len << 2 | TARINDEX_BYTES);
	put(t, t->bytes.buf, t->bytes.len);
	sbuf_reset(&t->bytes);
}

static void add_bytes(struct tarindex *t, const void *data, size_t n)
{
	flush_zeros(t);
	sbuf_add(&t->bytes, data, n);
	if (t->bytes.len >= STAGE_SIZE)
		flush_bytes(t);
}

static void add_zeros(struct tarindex *t, size_t n)
{
	flush_bytes(t);
	t->zeros += n;
}

static bool is_zero(const char *p, size_t n)
{
	uint64_t w = 0;

	memcpy(&w, p, n);
	return !w;
}

/* Headers are mostly zeros: runs of them by words, which is as fine as they come. */
void tarindex_bytes(struct tarindex *t, const void *data, size_t n)
{
	const char *p = data, *end = p + n;

	while (t && p < end) {
		const char *start = p;
		bool zero = is_zero(p, MIN_OF((size_t)(end - p), WORD));

		while (p < end && is_zero(p, MIN_OF((size_t)(end - p), WORD)) == zero)
			p += MIN_OF((size_t)(end - p), WORD);
		if (zero)
			add_zeros(t, (size_t)(p - start));
		else
			add_bytes(t, start, (size_t)(p - start));
	}
}

void tarindex_content(struct tarindex *t, uint64_t entry, uint64_t size)
{
	if (!t)
		return;
	flush_bytes(t);
	flush_zeros(t);
	put_number(t, size << 2 | TARINDEX_CONTENT);
	put_entry(t, entry);
}

/* --- second stream ---------------------------------------------------------------------------------------- */

static void put_kind(struct tarindex *t, char kind)
{
	put(t, &kind, 1);
}

static void put_dir(struct tarindex *t, const char *dir, uint64_t ino)
{
	if (t->dir_set && t->dir_ino == ino && !strcmp(t->dir.buf, dir))
		return;
	t->dir_set = true;
	t->dir_ino = ino;
	sbuf_reset(&t->dir);
	sbuf_addstr(&t->dir, dir);
	put_kind(t, 'D');
	put_string(t, dir);
	put_number(t, ino);
}

void tarindex_file(struct tarindex *t, uint64_t entry, const char *dir, uint64_t dir_ino, const char *name)
{
	if (!t)
		return;
	put_dir(t, dir, dir_ino);
	put_kind(t, 'F');
	put_entry(t, entry);
	put_string(t, name);
}

void tarindex_inline(struct tarindex *t, uint64_t entry)
{
	if (!t)
		return;
	put_kind(t, 'I');
	put_entry(t, entry);
}

void tarindex_saved(struct tarindex *t, uint64_t dir_ino, const char *name)
{
	if (!t)
		return;
	put_kind(t, 'S');
	put_number(t, dir_ino);
	put_string(t, name);
}

void tarindex_data(struct tarindex *t, const void *data, size_t n)
{
	if (!t)
		return;
	put_number(t, n);
	put(t, data, n);
}

/* --- the end ------------------------------------------------------------------------------------------------ */

int tarindex_close(struct tarindex *t, struct err *err)
{
	int r;

	if (!t)
		return 0;
	flush_bytes(t);
	flush_zeros(t);
	flush_stage(t);
	compress(t, NULL, 0, ZSTD_e_end);
	r = t->failed;
	ZSTD_freeCCtx(t->z);
	sbuf_done(&t->stage);
	sbuf_done(&t->bytes);
	sbuf_done(&t->dir);
	free(t->out);
	free(t);
	return r < 0 ? err_neg(err, r, "write the layer's index") : 0;
}
