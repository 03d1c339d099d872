/*
 * specgen_view.c - look at one path of an image without mounting it.
 *
 * Creating a container needs a few facts (passwd, whether a volume's path has content) and must
 * not pay for a user namespace and a mount to learn them. The layers are immutable and ours, but
 * their names and links are the image author's: every step is one component, links are read and
 * resolved here, whiteouts and opaque directories end the search as in an overlay mount.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/rootfd.h"
#include "podlite/engine/specgen.h"
#include "storage/tree.h"

#define MAX_LINKS 40
#define MAX_PARTS 4096

/* One directory of the merged tree: descriptors of it in each layer that has it, uppermost first. */
struct merged {
	int *fds;
	size_t n;
};

struct found {
	struct stat st;
	struct merged dir; /* if it is a directory */
	int parent;        /* else: a descriptor of the directory that holds it (borrowed) */
};

static void merged_done(struct merged *m)
{
	for (size_t i = 0; i < m->n; i++)
		fd_close(m->fds[i]);
	free(m->fds);
	*m = (struct merged){NULL, 0};
}

static int open_root(const struct rootfs *r, struct merged *ret)
{
	*ret = (struct merged){xcalloc(r->lowers.n, sizeof(int)), 0};
	for (size_t i = 0; i < r->lowers.n; i++) {
		int fd = fd_open(AT_FDCWD, r->lowers.v[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

		if (fd < 0) {
			merged_done(ret);
			return fd;
		}
		ret->fds[ret->n++] = fd;
	}
	return 0;
}

/* name in dir. Directories of several layers are merged until one is opaque or hides the rest. */
static int lookup(const struct merged *dir, const char *name, struct found *ret)
{
	struct merged sub = {xcalloc(dir->n, sizeof(int)), 0};
	int r = 0;

	ret->parent = -1;
	for (size_t i = 0; i < dir->n && !r; i++) {
		struct stat st;
		int fd;

		if (fstatat(dir->fds[i], name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			r = errno == ENOENT ? 0 : -errno;
			continue;
		}
		if (tree_is_whiteout(&st) || (sub.n && !S_ISDIR(st.st_mode)))
			break;
		if (!sub.n)
			ret->st = st;
		if (!S_ISDIR(st.st_mode)) {
			ret->parent = dir->fds[i];
			break;
		}
		fd = fd_open_dir(dir->fds[i], name);
		if (fd < 0) {
			r = fd;
			break;
		}
		sub.fds[sub.n++] = fd;
		if (tree_is_opaque(fd))
			break;
	}
	if (!r && !sub.n && ret->parent < 0)
		r = -ENOENT;
	if (r < 0 || !sub.n)
		merged_done(&sub);
	ret->dir = sub;
	return r;
}

struct walk {
	const struct rootfs *rootfs;
	struct svec done;    /* where we are: names of real directories */
	struct svec pending; /* still to go, reversed: the next one is last */
	struct merged at;
	unsigned links;
};

static void push_path(struct walk *w, const char *path)
{
	auto_svec struct svec parts = SVEC_INIT;

	svec_add_split(&parts, path, '/');
	for (size_t i = parts.n; i-- > 0;)
		if (parts.v[i][0] && strcmp(parts.v[i], "."))
			svec_add(&w->pending, parts.v[i]);
}

/* Back to the root and down again to the first n directories that were passed. */
static int rewalk(struct walk *w, size_t n)
{
	merged_done(&w->at);
	while (w->done.n > n)
		svec_remove(&w->done, w->done.n - 1);
	int r = open_root(w->rootfs, &w->at);

	for (size_t i = 0; i < w->done.n && !r; i++) {
		struct found f;

		r = lookup(&w->at, w->done.v[i], &f);
		merged_done(&w->at);
		w->at = f.dir;
	}
	return r;
}

static int follow(struct walk *w, int parent, const char *name)
{
	auto_free char *target = fs_readlink(parent, name);

	if (!target)
		return -errno;
	if (++w->links > MAX_LINKS || w->pending.n > MAX_PARTS)
		return -ELOOP;
	push_path(w, target);
	return *target == '/' ? rewalk(w, 0) : 0;
}

/* One component. 1: it is the last and *ret describes it (its name in *ret_name), 0: go on. */
static int step(struct walk *w, struct found *ret, char **ret_name)
{
	auto_free char *name = xstrdup(w->pending.v[w->pending.n - 1]);
	int r;

	svec_remove(&w->pending, w->pending.n - 1);
	if (!strcmp(name, ".."))
		return rewalk(w, w->done.n ? w->done.n - 1 : 0);
	r = lookup(&w->at, name, ret);
	if (r < 0)
		return r;
	if (S_ISLNK(ret->st.st_mode))
		return follow(w, ret->parent, name);
	if (S_ISDIR(ret->st.st_mode)) {
		merged_done(&w->at);
		w->at = ret->dir;
		svec_take(&w->done, take_ptr(name));
		return 0;
	}
	*ret_name = take_ptr(name);
	return w->pending.n ? -ENOTDIR : 1;
}

/* fn is called with what is at path: a directory (name NULL, w->at), or a name in ret->parent. */
static int resolve(struct walk *w, const char *path, struct found *ret, char **ret_name)
{
	int r = rewalk(w, 0);

	push_path(w, path);
	while (!r && w->pending.n)
		r = step(w, ret, ret_name);
	return r < 0 ? r : 0;
}

static void walk_done(struct walk *w)
{
	merged_done(&w->at);
	svec_done(&w->done);
	svec_done(&w->pending);
}

static int open_host_dir(const struct rootfs *r)
{
	return fd_open(AT_FDCWD, r->host_dir, O_RDONLY | O_DIRECTORY, 0);
}

int specgen_view_read(const struct rootfs *rootfs, const char *path, size_t max, struct sbuf *ret)
{
	auto_cleanup(walk_done) struct walk w = {.rootfs = rootfs};
	auto_free char *name = NULL;
	struct found f;
	int r;

	if (rootfs->host_dir) {
		auto_fd int fd = open_host_dir(rootfs);

		return fd < 0 ? fd : rootfd_read_file(fd, path, max, ret);
	}
	r = resolve(&w, path, &f, &name);
	if (r < 0)
		return r;
	return name ? fs_read_file(f.parent, name, max, ret) : -EISDIR;
}

static bool is_empty(int dirfd)
{
	auto_dir DIR *d = fs_dir(fd_open_dir(dirfd, "."));

	return d && !fs_dir_next(d);
}

static int stat_host_dir(const struct rootfs *r, const char *path, struct stat *ret, bool *ret_empty)
{
	auto_fd int root = open_host_dir(r);
	auto_fd int fd = root < 0 ? root : rootfd_open(root, path, O_RDONLY | O_NONBLOCK, 0);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret) < 0)
		return -errno;
	*ret_empty = S_ISDIR(ret->st_mode) && is_empty(fd);
	return 0;
}

int specgen_view_stat(const struct rootfs *rootfs, const char *path, struct stat *ret, bool *ret_empty)
{
	auto_cleanup(walk_done) struct walk w = {.rootfs = rootfs};
	auto_free char *name = NULL;
	struct found f;
	int r;

	if (rootfs->host_dir)
		return stat_host_dir(rootfs, path, ret, ret_empty);
	r = resolve(&w, path, &f, &name);
	if (r < 0)
		return r;
	*ret_empty = !name;
	if (name) {
		*ret = f.st;
		return 0;
	}
	if (!w.at.n || fstat(w.at.fds[0], ret) < 0)
		return -ENOENT;
	for (size_t i = 0; i < w.at.n; i++)
		*ret_empty = *ret_empty && is_empty(w.at.fds[i]);
	return 0;
}
