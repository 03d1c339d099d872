#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "storage/inventory_tree.h"
#include "storage/zwriter.h"

struct work {
	struct inventory_tree tree;
	const struct inode_map *sums;
	bool attributes;
	struct zwriter *out;
};

static void put_entry(struct work *w, const struct inventory_entry *e)
{
	const uint64_t common[] = {e->mode, e->uid, e->gid, (uint64_t)e->mtime << 1 ^ (uint64_t)(e->mtime >> 63),
		e->mtime_ns, e->attributes};

	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		zwriter_number(w->out, common[i]);
	if (S_ISREG(e->mode) || S_ISCHR(e->mode))
		zwriter_number(w->out, e->size);
	if (S_ISREG(e->mode) || S_ISLNK(e->mode))
		zwriter_number(w->out, e->sum);
	if (S_ISREG(e->mode))
		zwriter_number(w->out, e->link);
}

/* 1: a directory. */
static int put(struct work *w, int dirfd, const char *name, struct err *err)
{
	struct inventory_entry e;
	struct stat st;
	uint32_t sum = 0;
	int r = inventory_tree_look(&w->tree, dirfd, name, &e, &st);

	if (!r && w->attributes)
		r = inventory_tree_attributes(name, &e.attributes);
	if (!r && S_ISLNK(st.st_mode))
		r = inventory_tree_target(name, &e.sum);
	if (r < 0)
		return err_neg(err, r, "inventory: %s", name);
	if (S_ISREG(st.st_mode) && st.st_size) {
		if (!inode_map_get(w->sums, st.st_ino, &sum))
			return err_set(err, EK_SYSTEM, "inventory: %s appeared from nowhere", name);
		e.sum = sum;
	}
	put_entry(w, &e);
	return S_ISDIR(st.st_mode);
}

static int put_section(struct work *w, unsigned depth, struct err *err);

static int put_subsection(struct work *w, const char *name, unsigned depth, struct err *err)
{
	size_t len = w->tree.path.len;
	int r;

	sbuf_addf(&w->tree.path, "%s%s", len ? "/" : "", name);
	r = put_section(w, depth + 1, err);
	sbuf_setlen(&w->tree.path, len);
	return r;
}

/* The directory is closed before those in it are opened: there are few descriptors. */
static int put_section(struct work *w, unsigned depth, struct err *err)
{
	auto_svec struct svec names = SVEC_INIT, dirs = SVEC_INIT;
	auto_dir DIR *dir = inventory_tree_open(&w->tree, &names);
	int r = 0;

	if (!dir || depth > INVENTORY_DEPTH)
		return err_sys(err, "inventory: read directory %s", w->tree.path.buf);
	for (size_t i = 0; i < names.n && r >= 0; i++) {
		zwriter_string(w->out, names.v[i]);
		r = put(w, dirfd(dir), names.v[i], err);
		if (r > 0)
			svec_add(&dirs, names.v[i]);
	}
	zwriter_number(w->out, 0);
	fs_dir_closep(&dir);
	svec_done(&names);
	for (size_t i = 0; i < dirs.n && r >= 0; i++)
		r = put_subsection(w, dirs.v[i], depth, err);
	return MIN_OF(r, 0);
}

int inventory_write(int root, const struct inode_map *sums, bool attributes, int out, struct err *err)
{
	struct work w = {.tree = {.root = root, .path = SBUF_INIT}, .sums = sums, .attributes = attributes,
		.out = zwriter_new(out)};
	int r = fchdir(root) < 0 ? err_sys(err, "inventory") : 0, closed;

	zwriter_number(w.out, INVENTORY_VERSION);
	if (!r)
		r = put(&w, root, ".", err);
	if (r >= 0)
		r = put_section(&w, 0, err);
	inventory_tree_done(&w.tree);
	closed = zwriter_close(w.out);
	return r < 0 ? -1 : closed < 0 ? err_neg(err, closed, "inventory: write") : 0;
}
