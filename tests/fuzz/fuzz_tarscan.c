/* links: storage/tarscan.c storage/tarindex.c storage/zwriter.c libcommon.a -lzstd -ljson-c */
/* The strict tar scanner: any bytes, cut anywhere, give one answer. */
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "storage/tarscan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run(const uint8_t *data, size_t size, size_t step, uint64_t *ret_entries)
{
	struct tarscan *t = tarscan_new(NULL);
	struct err err = ERR_INIT;
	int r = 0;

	for (size_t at = 0; at < size && !r; at += step) {
		size_t n = MIN_OF(step, size - at);
		/* a copy, so that a sanitizer sees the first byte too many */
		auto_free uint8_t *part = xmalloc(n);

		memcpy(part, data + at, n);
		r = tarscan_feed(t, part, n, &err);
	}
	if (!r)
		r = tarscan_end(t, &err);
	*ret_entries = tarscan_entries(t);
	tarscan_free(t);
	if (r < 0 && !err.msg[0])
		abort();
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t a, b;

	if (run(data, size, 1 << 20, &a) != run(data, size, 13, &b) || a != b)
		abort();
	return 0;
}
