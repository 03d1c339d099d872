/* links: storage/inflate.c storage/feed.c libcommon.a -lz -lzstd -lisal -ljson-c */
/* Compressed layers, whole and damaged: an error or an end, within bounds, and the same bytes
 * whatever the size of the reads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "storage/inflate.h"

#define MAX_OUT (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* FNV of all output; *ret_n its length. -1: an error. */
static int run(const uint8_t *data, size_t size, size_t step, uint64_t *ret_sum, uint64_t *ret_n)
{
	auto_fd int fd = fd_memfd("input", 0);
	auto_free char *buf = xmalloc(step);
	struct err err = ERR_INIT;
	struct inflate *in;
	ssize_t n;

	if (fd < 0 || fd_write_all(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	in = inflate_new(fd);
	*ret_n = 0;
	*ret_sum = 1469598103934665603u;
	while ((n = inflate_read(in, buf, step, &err)) > 0 && *ret_n < MAX_OUT) {
		for (ssize_t i = 0; i < n; i++)
			*ret_sum = (*ret_sum ^ (unsigned char)buf[i]) * 1099511628211u;
		*ret_n += (uint64_t)n;
	}
	inflate_free(in);
	if (n < 0 && !err.msg[0])
		abort();
	return n < 0 ? -1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t sum[2], n[2];
	int a = run(data, size, 1 << 16, &sum[0], &n[0]);
	int b = run(data, size, 777, &sum[1], &n[1]);

	if (n[0] >= MAX_OUT || n[1] >= MAX_OUT)
		return 0;
	if (a != b || (!a && (sum[0] != sum[1] || n[0] != n[1])))
		abort();
	return 0;
}
