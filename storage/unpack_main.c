/* podlite-unpack: one layer from a descriptor into a directory. storage/layer.h describes the
 * descriptors; layer_spawn_unpack starts it. It confines itself before it reads a byte. With --plain
 * the archive is no layer but a user's, for `cp -` and `volume import` (storage/unpack.h). */
#include <locale.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/hash.h"
#include "storage/confine.h"
#include "storage/feed.h"
#include "storage/inflate.h"
#include "storage/inventory.h"
#include "storage/layer.h"
#include "storage/pipeline.h"
#include "storage/unpack_forks.h"
#include "storage/untar.h"

#define FD_IN        0
#define FD_DIR       3
#define FD_RESULT    4
#define FD_INDEX     5
#define FD_FILES     6
#define FD_INVENTORY 7
#define FD_FEED      8
#define FD_FORKS     3
#define MAX_INODES   (4ull << 20)

/* Inodes by the rule of fs_room. */
static int set_budget(struct untar *u, struct err *err)
{
	struct statvfs v;
	uint64_t inodes;

	if (fs_room(FD_DIR, &u->bytes_left) < 0 || fstatvfs(FD_DIR, &v) < 0)
		return err_sys(err, "unpack: look at the directory");
	inodes = v.f_favail;
	/* file systems without a fixed number of inodes report none */
	u->inodes_left = v.f_files ? MIN_OF(inodes - inodes / 20, MAX_INODES) : MAX_INODES;
	return 0;
}

/* What libraries load on first use, they load while files can still be found by name. Names of
 * entries are bytes: in a UTF-8 locale libarchive leaves them alone. */
static void warm_up(void)
{
	struct hash *warm;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "en_US.UTF-8");
	warm = hash_new();
	hash_free(warm);
}

static int prepare(struct untar *u, struct err *err)
{
	umask(0);
	if (set_budget(u, err) < 0)
		return -1;
	u->root = confine_root(FD_DIR, err);
	if (u->root < 0)
		return -1;
	return confine_process(u->root, u->bytes_left, err);
}

struct options {
	bool feed, index, forks;
	unsigned beside;
};

static int unpack(struct untar *u, const struct options *o, struct feed_reader *feed, struct layer_result *res)
{
	struct tarindex *index = o->index ? tarindex_new(FD_INDEX) : NULL;
	struct inode_map sums = {.v = NULL};
	struct pipeline *p = pipeline_new(o->feed ? inflate_new_feed(feed) : inflate_new(FD_IN), index, o->beside, &res->err);
	struct pipeline_total total;
	int r;

	if (!p)
		return -1;
	u->files = o->index ? tarindex_new(FD_FILES) : NULL;
	u->sums = o->index ? &sums : NULL;
	r = untar_run(u, p, &res->err);
	if (!r)
		r = pipeline_finish(p, &total, &res->err);
	if (!r) {
		res->diff_id = total.digest;
		res->tar_size = total.size;
		res->tar_sum = total.sum;
	}
	if (!r && total.entries != u->entries)
		r = err_set(&res->err, EK_INVALID, "two readers found %llu and %llu entries in the layer's tar",
			(unsigned long long)total.entries, (unsigned long long)u->entries);
	pipeline_free(p);
	if (!r && o->index)
		r = inventory_write(u->root, &sums, u->attributes, FD_INVENTORY, &res->err);
	inode_map_done(&sums);
	if (tarindex_close(index, r ? NULL : &res->err) < 0)
		r = -1;
	if (tarindex_close(u->files, r ? NULL : &res->err) < 0)
		r = -1;
	/* here, where nobody else waits for it: other layers are fetched and unpacked meanwhile */
	if (!r && o->index && syncfs(FD_DIR) < 0)
		r = err_sys(&res->err, "unpack: write to disk");
	return r;
}

static void fill_result(const struct untar *u, struct layer_result *res)
{
	res->disk_bytes = u->disk_bytes;
	res->inodes = u->inodes;
	res->skipped_devices = u->skipped_devices;
	res->dropped_xattrs = u->dropped_xattrs;
	res->implied_dirs = u->implied_dirs;
	res->replaced = u->replaced;
	res->opaque_root = u->opaque_root;
}

static void parse(int argc, char **argv, struct untar *u, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		u->squash |= !strcmp(argv[i], "--squash");
		u->plain |= !strcmp(argv[i], "--plain");
		o->index |= !strcmp(argv[i], "--index");
		o->feed |= !strcmp(argv[i], "--feed");
		o->forks |= !strcmp(argv[i], "--forks");
	}
}

int main(int argc, char **argv)
{
	struct untar *u = new0(struct untar);
	struct options o = {.beside = 1};
	struct feed_reader feed;
	struct layer_result res;
	int r;

	memset(&res, 0, sizeof(res));
	parse(argc, argv, u, &o);
	warm_up();
	if (o.forks)
		unpack_forks(FD_FORKS, &o.beside);
	r = o.feed ? feed_reader_map(&feed, FD_IN, FD_FEED) : 0;
	r = r < 0 ? err_neg(&res.err, r, "unpack: map the memory of the layer's bytes") : prepare(u, &res.err);
	if (!r)
		r = unpack(u, &o, &feed, &res);
	if (r < 0 && res.err.kind == EK_OK)
		err_set(&res.err, EK_SYSTEM, "unpack: unknown error");
	fill_result(u, &res);
	if (fd_write_all(FD_RESULT, &res, sizeof(res)) < 0)
		r = -1;
	/* No destructors: nothing is left to tidy, and none of them expects these limits. */
	_exit(r < 0 ? 1 : 0);
}
