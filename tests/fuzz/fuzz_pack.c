/* links: libstorage.a liboci.a libcommon.a -lcrypto -lzstd -lz -lisal -ljson-c */
/* The two streams of a layer's index (storage/tarindex.h), which a process wrote that parsed foreign bytes:
 * bytes or an error, in bounds, whatever they say. The first two bytes say where the second one begins. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "storage/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_TAR (4u << 20)

static char dir[] = "/tmp/podlite-fuzz.XXXXXX";

static void drop(void)
{
	(void)!fs_remove_tree(AT_FDCWD, dir);
}

/* A layer with one file; made once, its index written anew each time. */
static int layer(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	if (!mkdtemp(dir) || atexit(drop) || (fd = fd_open_dir(AT_FDCWD, dir)) < 0 || fs_mkdir(fd, "diff", 0755) < 0 ||
		fs_write_file(fd, "diff/f", "content", 7, 0644, 0) < 0)
		abort();
	return fd;
}

static void put(int fd, const char *name, const uint8_t *data, size_t n)
{
	auto_fd int out = fd_open(fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (out < 0 || fd_write_all(out, data, n) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct layer_info info = {.tar_size = MAX_TAR, .replaced = 1};
	auto_cleanup(pack_closep) struct pack *p = NULL;
	struct err err = ERR_INIT;
	size_t cut, total = 0;
	char buf[5000];
	ssize_t n = 0;

	if (size < 2)
		return 0;
	cut = MIN_OF((size_t)(data[0] | data[1] << 8), size - 2);
	put(layer(), LAYER_INDEX, data + 2, cut);
	put(layer(), LAYER_FILES, data + 2 + cut, size - 2 - cut);
	p = pack_open_at(layer(), &info, layer(), &err);
	while (p && (n = pack_read(p, buf, sizeof(buf), &err)) > 0)
		total += (size_t)n;
	/* no input has the DiffID that nobody set */
	if (total > MAX_TAR || (p && n >= 0) || !err.msg[0])
		abort();
	return 0;
}
