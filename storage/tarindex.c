#include "storage/tarindex.h"

#include <string.h>

#include "common/alloc.h"
#include "common/sbuf.h"
#include "storage/zwriter.h"

#define BYTES_MAX (64u << 10)
#define WORD      8u

struct tarindex {
	struct zwriter *out;
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

	t->out = zwriter_new(fd);
	t->bytes = t->dir = (struct sbuf)SBUF_INIT;
	return t;
}

static void put_entry(struct tarindex *t, uint64_t entry)
{
	zwriter_number(t->out, entry - t->entry);
	t->entry = entry;
}

/* --- first stream ----------------------------------------------------------------------------------------- */

static void flush_zeros(struct tarindex *t)
{
	if (t->zeros)
		zwriter_number(t->out, t->zeros << 2 | TARINDEX_ZEROS);
	t->zeros = 0;
}

static void flush_bytes(struct tarindex *t)
{
	if (!t->bytes.len)
		return;
	zwriter_number(t->out, (uint64_t)t->bytes.len << 2 | TARINDEX_BYTES);
	zwriter_bytes(t->out, t->bytes.buf, t->bytes.len);
	sbuf_reset(&t->bytes);
}

static void add_bytes(struct tarindex *t, const void *data, size_t n)
{
	flush_zeros(t);
	sbuf_add(&t->bytes, data, n);
	if (t->bytes.len >= BYTES_MAX)
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
	zwriter_number(t->out, size << 2 | TARINDEX_CONTENT);
	put_entry(t, entry);
}

/* --- second stream ---------------------------------------------------------------------------------------- */

static void put_kind(struct tarindex *t, char kind)
{
	zwriter_bytes(t->out, &kind, 1);
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
	zwriter_string(t->out, dir);
	zwriter_number(t->out, ino);
}

void tarindex_file(struct tarindex *t, uint64_t entry, const char *dir, uint64_t dir_ino, const char *name)
{
	if (!t)
		return;
	put_dir(t, dir, dir_ino);
	put_kind(t, 'F');
	put_entry(t, entry);
	zwriter_string(t->out, name);
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
	zwriter_number(t->out, dir_ino);
	zwriter_string(t->out, name);
}

void tarindex_data(struct tarindex *t, const void *data, size_t n)
{
	if (!t)
		return;
	zwriter_number(t->out, n);
	zwriter_bytes(t->out, data, n);
}

/* --- the end ------------------------------------------------------------------------------------------------ */

int tarindex_close(struct tarindex *t, struct err *err)
{
	int r;

	if (!t)
		return 0;
	flush_bytes(t);
	flush_zeros(t);
	r = zwriter_close(t->out);
	sbuf_done(&t->bytes);
	sbuf_done(&t->dir);
	free(t);
	return r < 0 ? err_neg(err, r, "write the layer's index") : 0;
}
