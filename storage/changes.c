#include "storage/changes.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/sbuf.h"
#include "storage/tree.h"

struct change {
	enum rootfs_change what;
	char *path;
};

struct walk {
	const struct changes *c;
	struct change *v;
	size_t n, cap;
	struct sbuf path; /* "/a/b" */
};

static void add(struct walk *w, enum rootfs_change what)
{
	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 64;
		w->v = xrealloc(w->v, w->cap, sizeof(*w->v));
	}
	w->v[w->n++] = (struct change){what, xstrdup(w->path.buf)};
}

/*
 * What one directory is made of below the container's own: the layers' directories of that path,
 * uppermost first, down to an opaque one or one that another layer replaced by something else.
 */
struct stack {
	int *fds;
	size_t n;
};

static void stack_done(struct stack *s)
{
	while (s->n)
		fd_close(s->fds[--s->n]);
	free(s->fds);
	s->fds = NULL;
}

/* The entry that shows through, and in *ret_level which layer has it. False if there is none. */
static bool stack_stat(const struct stack *s, const char *name, struct stat *st, size_t *ret_level)
{
	for (size_t i = 0; i < s->n; i++)
		if (!fstatat(s->fds[i], name, st, AT_SYMLINK_NOFOLLOW)) {
			*ret_level = i;
			return !tree_is_whiteout(st);
		}
	return false;
}

static struct stack stack_enter(const struct stack *s, const char *name, size_t level)
{
	struct stack sub = {xcalloc(s->n + 1, sizeof(int)), 0};

	for (size_t i = level; i < s->n; i++) {
		int fd = fd_open_dir(s->fds[i], name);

		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			break;
		sub.fds[sub.n++] = fd;
		if (tree_is_opaque(fd))
			break;
	}
	return sub;
}

static bool same_times(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool same_attrs(const struct stat *a, const struct stat *b)
{
	return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid && same_times(a, b);
}

#define WH        ".wh."
#define WH_OPAQUE ".wh..wh..opq"

/* fuse-overlayfs without the right to make device nodes leaves files of these names. */
static bool is_fuse_mark(const struct walk *w, const char *name)
{
	return w->c->driver == STORE_FUSE_OVERLAY && !strncmp(name, WH, strlen(WH));
}

static bool is_opaque(const struct walk *w, int fd)
{
	struct stat st;

	return tree_is_opaque(fd) || (w->c->driver == STORE_FUSE_OVERLAY &&
		!fstatat(fd, WH_OPAQUE, &st, AT_SYMLINK_NOFOLLOW));
}

static int walk_dir(struct walk *w, int upper, const struct stack *below, bool complete);

static int walk_subdir(struct walk *w, int upper, const char *name, const struct stack *below, size_t level,
	bool known, bool complete)
{
	auto_fd int fd = fd_open_dir(upper, name);
	struct stack sub = {NULL, 0};
	int r;

	if (fd < 0)
		return fd;
	if (known)
		sub = stack_enter(below, name, level);
	r = walk_dir(w, fd, &sub, complete || (sub.n && is_opaque(w, fd)));
	stack_done(&sub);
	return r;
}

/* complete: what is not in upper is gone (opaque directories, full copies). */
static int walk_entry(struct walk *w, int upper, const char *name, const struct stack *below, bool complete)
{
	size_t level = 0, slot = w->n;
	struct stat st, old;
	bool known = stack_stat(below, name, &old, &level);
	int r;

	if (fstatat(upper, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (tree_is_whiteout(&st)) {
		if (known)
			add(w, ROOTFS_DELETED);
		return 0;
	}
	if (!S_ISDIR(st.st_mode)) {
		/* In a copy everything is in upper: only differences count. */
		if (known && w->c->driver == STORE_COPY && same_attrs(&st, &old) && st.st_size == old.st_size)
			return 0;
		add(w, known ? ROOTFS_MODIFIED : ROOTFS_ADDED);
		return 0;
	}
	known = known && S_ISDIR(old.st_mode);
	r = walk_subdir(w, upper, name, below, level, known, complete);
	/* A directory counts when it changed itself or holds what did: podman names the parents too. */
	if (!r && (!known || w->n > slot || !same_attrs(&st, &old)))
		add(w, known ? ROOTFS_MODIFIED : ROOTFS_ADDED);
	return r;
}

/* Names of the layers that upper no longer has, each once. */
static void walk_missing(struct walk *w, int upper, const struct stack *below, size_t len)
{
	for (size_t i = 0; i < below->n; i++) {
		auto_dir DIR *dir = fs_dir(fd_open_dir(below->fds[i], "."));
		const char *name;
		struct stat st;
		size_t level;

		while ((name = fs_dir_next(dir))) {
			if (!fstatat(upper, name, &st, AT_SYMLINK_NOFOLLOW))
				continue;
			if (!stack_stat(below, name, &st, &level) || level != i)
				continue;
			sbuf_addf(&w->path, "/%s", name);
			add(w, ROOTFS_DELETED);
			sbuf_setlen(&w->path, len);
		}
	}
}

static void walk_fuse_mark(struct walk *w, const char *name, const struct stack *below)
{
	struct stat st;
	size_t level;

	sbuf_addf(&w->path, "/%s", name);
	if (stack_stat(below, name, &st, &level))
		add(w, ROOTFS_DELETED);
}

static int walk_dir(struct walk *w, int upper, const struct stack *below, bool complete)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(upper, "."));
	size_t len = w->path.len;
	const char *name;
	int r = 0;

	if (!dir)
		return -errno;
	while (!r && (name = fs_dir_next(dir))) {
		if (is_fuse_mark(w, name)) {
			walk_fuse_mark(w, name + strlen(WH), below);
			sbuf_setlen(&w->path, len);
			continue;
		}
		sbuf_addf(&w->path, "/%s", name);
		r = walk_entry(w, upper, name, below, complete);
		if (!r)
			sbuf_setlen(&w->path, len);
	}
	if (!r && complete)
		walk_missing(w, upper, below, len);
	return r;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

static int walk_all(struct walk *w, struct stack *below, struct err *err)
{
	const struct svec *lowers = w->c->lowers;
	auto_fd int upper = fd_open_dir(AT_FDCWD, w->c->upper);
	int r;

	if (upper < 0)
		return err_neg(err, upper, "compare %s", w->c->upper);
	for (size_t i = 0; i < lowers->n; i++) {
		int fd = fd_open_dir(AT_FDCWD, lowers->v[i]);

		if (fd < 0)
			return err_neg(err, fd, "compare with layer %s", lowers->v[i]);
		below->fds[below->n++] = fd;
	}
	r = walk_dir(w, upper, below, w->c->driver == STORE_COPY);
	return r < 0 ? err_neg(err, r, "compare %s%s", w->c->upper, w->path.buf) : 0;
}

int changes_walk(const struct changes *c, void (*fn)(void *arg, enum rootfs_change what, const char *path), void *arg,
	struct err *err)
{
	struct walk w = {.c = c, .path = SBUF_INIT};
	struct stack below = {xcalloc(c->lowers->n + 1, sizeof(int)), 0};
	int ret = walk_all(&w, &below, err);

	if (!ret && w.n)
		qsort(w.v, w.n, sizeof(*w.v), by_path);
	for (size_t i = 0; i < w.n; i++) {
		if (!ret)
			fn(arg, w.v[i].what, w.v[i].path);
		free(w.v[i].path);
	}
	free(w.v);
	stack_done(&below);
	sbuf_done(&w.path);
	return ret;
}
