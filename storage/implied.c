#include "storage/implied.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "storage/layer.h"
#include "storage/tree.h"

#define MAX_DEPTH 200 /* two descriptors a level; deeper ones stay as they are */

/* The roots of an image's layers, uppermost first. */
struct stack {
	int *roots;
	size_t n;
};

enum has { HAS_NOT, HAS_ENTRY, HAS_IMPLIED, HAS_OTHER };

struct work {
	struct stack layers;
	int to;             /* the layer being made */
	struct sbuf path;   /* where the walk is, without a leading slash */
};

bool implied_is(int dirfd)
{
	char value[2];

	return fgetxattr(dirfd, IMPLIED_MARK, value, sizeof(value)) == 1 && value[0] == 'y';
}

void implied_name(const struct image *img, char ret[80])
{
	snprintf(ret, 80, IMPLIED_DIR "%s", img->id);
}

bool implied_wanted(struct store *s, const struct image *img)
{
	char name[80];

	implied_name(img, name);
	return img->implied && !fs_exists(s->cache, name);
}

/* One step down. *last: nothing of lower layers is seen there. */
static enum has step(int dir, const char *name, int *ret, bool *last)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? HAS_NOT : HAS_OTHER;
	fd = S_ISDIR(st.st_mode) ? fd_open_dir(dir, name) : -1;
	if (fd < 0)
		return HAS_OTHER;
	*last |= tree_is_opaque(fd);
	*ret = fd;
	return HAS_ENTRY;
}

/* What the layer has at path; *ret_fd is the directory, if it is one. */
static enum has look(int root, const char *path, int *ret_fd, bool *last)
{
	auto_free char *copy = xstrdup(path);
	auto_fd int fd = fd_dup(root);
	enum has has = fd < 0 ? HAS_OTHER : HAS_ENTRY;
	char *save = NULL;

	*last = false;
	for (char *part = strtok_r(copy, "/", &save); part && has == HAS_ENTRY; part = strtok_r(NULL, "/", &save)) {
		int next = -1;

		has = step(fd, part, &next, last);
		fd_close(fd);
		fd = next;
	}
	if (has != HAS_ENTRY)
		return has;
	*ret_fd = fd;
	has = implied_is(fd) ? HAS_IMPLIED : HAS_ENTRY;
	fd = -1;
	return has;
}

/* The directory whose attributes are seen at path: the uppermost with an entry, else the uppermost.
 * -1 if none. */
static int resolve(const struct stack *l, const char *path)
{
	int best = -1;

	for (size_t i = 0; i < l->n; i++) {
		bool last = false;
		int fd = -1;
		enum has has = look(l->roots[i], path, &fd, &last);

		if (has == HAS_ENTRY) {
			fd_close(best);
			return fd;
		}
		if (has == HAS_IMPLIED && best < 0)
			best = fd;
		else
			fd_close(fd);
		if (has == HAS_OTHER || last)
			break;
	}
	return best;
}

static bool same(int a, int b)
{
	struct stat sa, sb;

	return !fstat(a, &sa) && !fstat(b, &sb) && sa.st_mode == sb.st_mode && sa.st_uid == sb.st_uid &&
	       sa.st_gid == sb.st_gid && flistxattr(a, NULL, 0) <= 0;
}

/* path in the new layer, with all above it. */
static int put(struct work *w, const char *path, struct err *err)
{
	auto_free char *prefix = xstrdup(path);
	auto_fd int at = fd_dup(w->to);

	for (char *p = prefix; at >= 0 && *p;) {
		char *end = p + strcspn(p, "/"), keep = *end;
		auto_fd int from = -1;
		int r, next;

		*end = '\0';
		r = fs_mkdir(at, p, 0700);
		next = r < 0 && r != -EEXIST ? r : fd_open_dir(at, p);
		fd_close(at);
		at = next;
		if (!r && at >= 0) {
			from = resolve(&w->layers, prefix);
			if (from >= 0 && tree_copy_attrs(from, at, err) < 0)
				return err_wrap(err, "directory %s", prefix);
		}
		*end = keep;
		p = keep ? end + 1 : end;
	}
	return at < 0 ? err_neg(err, at, "make directory %s", path) : 0;
}

/* An implied directory of layer i at w->path. */
static int mend(struct work *w, size_t i, int dir, struct err *err)
{
	const struct stack below = {w->layers.roots + i, w->layers.n - i};
	auto_fd int right = -1;

	for (size_t j = 0; j < i; j++) {
		bool last = false;
		int fd = -1;
		enum has has = look(w->layers.roots[j], w->path.buf, &fd, &last);

		fd_close(fd);
		/* a higher layer decides, and has its own turn */
		if (has != HAS_NOT || last)
			return 0;
	}
	right = resolve(&below, w->path.buf);
	return right < 0 || implied_is(right) || same(right, dir) ? 0 : put(w, w->path.buf, err);
}

static int walk(struct work *w, size_t i, int dirfd, unsigned depth, struct err *err);

static int walk_into(struct work *w, size_t i, int dirfd, const char *name, unsigned depth, struct err *err)
{
	auto_fd int fd = fd_open_dir(dirfd, name);
	size_t len = w->path.len;
	int r = 0;

	if (fd < 0)
		return 0; /* no directory */
	sbuf_addf(&w->path, "%s%s", len ? "/" : "", name);
	if (implied_is(fd))
		r = mend(w, i, fd, err);
	if (!r)
		r = walk(w, i, fd, depth + 1, err);
	sbuf_setlen(&w->path, len);
	return r;
}

static int walk(struct work *w, size_t i, int dirfd, unsigned depth, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_dup(dirfd));
	const char *name;
	int r = 0;

	if (!dir)
		return err_sys(err, "read directory %s", w->path.buf);
	while (!r && depth < MAX_DEPTH && (name = fs_dir_next(dir)))
		r = walk_into(w, i, dirfd, name, depth, err);
	return r;
}

static int open_layers(struct store *s, const struct image *img, struct stack *ret, struct err *err)
{
	auto_svec struct svec lowers = SVEC_INIT;

	for (size_t i = img->nlayers; i > img->nlayers - img->nseen; i--)
		svec_addf(&lowers, "%s/diff", img->layers[i - 1].hex);
	ret->roots = xcalloc(lowers.n + 1, sizeof(int));
	SVEC_EACH(path, &lowers) {
		int fd = fd_open(s->layers, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

		if (fd < 0)
			return err_neg(err, fd, "open layer %.12s", path);
		ret->roots[ret->n++] = fd;
	}
	return 0;
}

static int fill(struct store *s, const struct image *img, int to, struct err *err)
{
	struct work w = {.to = to, .path = SBUF_INIT};
	int r = open_layers(s, img, &w.layers, err);

	if (!r && w.layers.n)
		r = tree_copy_attrs(w.layers.roots[0], to, err);
	for (size_t i = 0; i < w.layers.n && !r; i++) {
		struct layer_info info;

		r = layer_read(s, &img->layers[img->nlayers - 1 - i], &info, err);
		if (!r && info.implied_dirs)
			r = walk(&w, i, w.layers.roots[i], 0, err);
	}
	while (w.layers.n)
		fd_close(w.layers.roots[--w.layers.n]);
	free(w.layers.roots);
	sbuf_done(&w.path);
	return r;
}

int implied_make(struct store *s, const struct image *img, struct err *err)
{
	struct store_stage st;
	auto_fd int diff = -1;
	char name[80];
	int r;

	if (!implied_wanted(s, img))
		return 0;
	if (store_stage(s, &st, err) < 0)
		return -1;
	r = fs_mkdir(st.fd, "diff", 0755);
	if (!r)
		r = diff = fd_open_dir(st.fd, "diff");
	r = r < 0 ? err_neg(err, r, "make directory") : fill(s, img, diff, err);
	if (!r && syncfs(st.fd) < 0)
		r = err_sys(err, "write to disk");
	implied_name(img, name);
	/* another command may have been faster */
	if (!r && renameat2(s->tmp, st.name, s->cache, name, RENAME_NOREPLACE) < 0 && errno != EEXIST)
		r = err_sys(err, "move into the store");
	store_stage_drop(s, &st);
	return r < 0 ? err_wrap(err, "image %.12s: directories without entries", img->id) : 0;
}
