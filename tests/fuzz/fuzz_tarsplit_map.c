/* links: podlite/transfer/tarsplit_map.c libcommon.a -ljson-c */
/* The map of a sparse file from the headers before it: whatever they say, its parts lie in the file. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "podlite/transfer/tarsplit_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_SIZE 20000

/* Two pieces of data with holes around them. */
static int make_file(void)
{
	int fd = fd_memfd("fuzz", 0);

	if (fd < 0 || ftruncate(fd, FILE_SIZE) < 0 || pwrite(fd, "abc", 3, 4096) != 3 || pwrite(fd, "def", 3, 12300) != 3)
		abort();
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sbuf headers = SBUF_INIT;
	struct tarsplit_map m = {.v = NULL};
	struct err err = ERR_INIT;
	int fd = make_file();

	sbuf_add(&headers, data, size);
	if (tarsplit_map_find(&headers, fd, FILE_SIZE, &m, &err) == 0)
		for (size_t i = 0; i < m.n; i++)
			if (m.v[i].off > FILE_SIZE || m.v[i].len > FILE_SIZE - m.v[i].off)
				abort();
	tarsplit_map_done(&m);
	sbuf_done(&headers);
	fd_close(fd);
	return 0;
}
