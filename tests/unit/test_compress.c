/* links: libstorage.a liboci.a libcommon.a -ljson-c -lz -lzstd -lisal -lpthread */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "common/alloc.h"
#include "common/sbuf.h"
#include "storage/compress.h"
#include "tests/unit/tap.h"

static int collect(void *arg, const void *data, size_t n, struct err *err)
{
	(void)err;
	sbuf_add(arg, data, n);
	return 0;
}

/* half noise, half pattern */
static void make(size_t n, struct sbuf *ret)
{
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		sbuf_addch(ret, (i >> 12) & 1 ? (char)(x >> 24) : (char)('a' + i % 26));
	}
}

static void run(enum compress_kind kind, int level, const struct sbuf *in, size_t step, struct sbuf *ret)
{
	struct err err = ERR_INIT;
	struct compress *c = compress_new(kind, level, 1, &err);

	if (!c)
		abort();
	for (size_t at = 0; at < in->len; at += step)
		if (compress_add(c, in->buf + at, MIN_OF(step, in->len - at), collect, ret, &err) < 0)
			abort();
	if (compress_end(c, collect, ret, &err) < 0)
		abort();
	compress_free(c);
}

static bool gunzips_to(const struct sbuf *z, const struct sbuf *want)
{
	auto_free char *out = xmalloc(want->len + 1);
	z_stream s = {.next_in = (Bytef *)z->buf, .avail_in = (uInt)z->len, .next_out = (Bytef *)out,
		.avail_out = (uInt)want->len + 1};
	int r;

	if (inflateInit2(&s, 15 + 16) != Z_OK)
		abort();
	r = inflate(&s, Z_FINISH); /* checks length and CRC */
	inflateEnd(&s);
	return r == Z_STREAM_END && !s.avail_in && s.total_out == want->len && !memcmp(out, want->buf, want->len);
}

static bool unzstds_to(const struct sbuf *z, const struct sbuf *want)
{
	auto_free char *out = xmalloc(want->len + 1);
	size_t n = ZSTD_decompress(out, want->len + 1, z->buf, z->len); /* checks the sum */

	return n == want->len && !memcmp(out, want->buf, n);
}

static void test_stream(enum compress_kind kind, size_t n, int level)
{
	auto_sbuf struct sbuf in = SBUF_INIT, a = SBUF_INIT, b = SBUF_INIT;

	make(n, &in);
	run(kind, level, &in, 10000, &a);
	TAP_OK(kind == COMPRESS_GZIP ? gunzips_to(&a, &in) : unzstds_to(&a, &in), "kind %d: %zu bytes at level %d come back", (int)kind,
		n, level);
	run(kind, level, &in, 3u << 20, &b);
	TAP_OK(a.len == b.len && !memcmp(a.buf, b.buf, a.len), "and how they came in does not matter");
}

static void test_threads(enum compress_kind kind)
{
	auto_sbuf struct sbuf in = SBUF_INIT, many = SBUF_INIT, one = SBUF_INIT;
	cpu_set_t all, single;

	make(9u << 20, &in);
	run(kind, -1, &in, 100000, &many);
	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		abort();
	CPU_ZERO(&single);
	for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&single); i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &single);
	sched_setaffinity(0, sizeof(single), &single);
	run(kind, -1, &in, 100000, &one);
	sched_setaffinity(0, sizeof(all), &all);
	TAP_OK(many.len == one.len && !memcmp(many.buf, one.buf, one.len), "kind %d, one thread or several: the same bytes", (int)kind);
}

static void test_levels(void)
{
	struct err err = ERR_INIT;

	TAP_OK(compress_level_ok(COMPRESS_GZIP, 9, &err) == 0 && compress_level_ok(COMPRESS_ZSTD, 20, &err) == 0 &&
		compress_level_ok(COMPRESS_GZIP, -1, &err) == 0, "levels");
	TAP_OK(compress_level_ok(COMPRESS_GZIP, 10, &err) < 0 && compress_level_ok(COMPRESS_ZSTD, 21, &err) < 0 &&
		compress_level_ok(COMPRESS_GZIP, 0, &err) < 0 && !compress_new(COMPRESS_GZIP, 10, 1, &err), "no levels");
}

int main(void)
{
	/* around gzip's blocks and zstd's parts */
	static const size_t sizes[] = {0, 1, (512u << 10) - 1, 512u << 10, (512u << 10) + 1, 1u << 20, 2u << 20, 5000000};
	struct err err = ERR_INIT;
	struct compress *c;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		test_stream(COMPRESS_GZIP, sizes[i], i & 1 ? 1 : -1);
		test_stream(COMPRESS_ZSTD, sizes[i], i & 1 ? 1 : -1);
	}
	test_stream(COMPRESS_ZSTD, (4u << 20) + 1, 7);
	test_threads(COMPRESS_GZIP);
	test_threads(COMPRESS_ZSTD);
	test_levels();
	c = compress_new(COMPRESS_GZIP, -1, 1, &err);
	compress_free(c);
	TAP_OK(c != NULL, "given up before the end");
	return tap_done();
}
