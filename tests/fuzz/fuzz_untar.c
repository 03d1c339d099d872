/* links: storage/untar.c storage/untar_path.c storage/untar_meta.c storage/pipeline.c storage/inflate.c storage/feed.c storage/tarscan.c storage/tarindex.c storage/zwriter.c storage/inode_map.c libcommon.a -larchive -lcrypto -lz -lzstd -lisal -ljson-c -lpthread */
/* The whole unpacker but its confinement, on a scratch directory, next to a canary that no input may
 * touch: so the writer's own rules are tested, not the walls around it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "storage/inflate.h"
#include "storage/untar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything about the canary that an unpacker could change. */
static void look(int dirfd, struct stat st[2])
{
	if (fstatat(dirfd, "canary", &st[0], AT_SYMLINK_NOFOLLOW) < 0 ||
		fstatat(dirfd, "canary/file", &st[1], AT_SYMLINK_NOFOLLOW) < 0)
		abort();
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_mode == b->st_mode && a->st_nlink == b->st_nlink &&
		a->st_size == b->st_size && !memcmp(&a->st_ctim, &b->st_ctim, sizeof(a->st_ctim));
}

static void unpack(int root, int input)
{
	struct untar *u = new0(struct untar);
	struct err err = ERR_INIT;
	struct pipeline *p = pipeline_new(inflate_new(input), NULL, 1, &err);
	struct pipeline_total total;

	if (!p)
		abort();
	u->root = root;
	u->squash = true;
	u->bytes_left = 64 << 20;
	u->inodes_left = 2000;
	if (!untar_run(u, p, &err) && !pipeline_finish(p, &total, &err))
		err.kind = EK_OK;
	else if (err.kind == EK_OK || !err.msg[0])
		abort(); /* a failure without a reason */
	pipeline_free(p);
	free(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/podlite-fuzz.XXXXXX";
	struct stat before[2], after[2];
	auto_fd int top = -1, root = -1, input = fd_memfd("input", 0);

	umask(0);
	if (!mkdtemp(dir) || input < 0 || fd_write_all(input, data, size) < 0 || lseek(input, 0, SEEK_SET) < 0)
		return 0;
	top = fd_open_dir(AT_FDCWD, dir);
	if (top < 0 || fs_mkdir(top, "diff", 0755) < 0 || fs_mkdir(top, "canary", 0755) < 0 ||
		fs_write_file(top, "canary/file", "x", 1, 0644, 0) < 0)
		abort();
	root = fd_open_dir(top, "diff");
	look(top, before);
	unpack(root, input);
	look(top, after);
	if (!same(&before[0], &after[0]) || !same(&before[1], &after[1]))
		abort();
	if (fs_remove_tree(AT_FDCWD, dir) < 0)
		abort(); /* podlite can always delete (U22) */
	return 0;
}
