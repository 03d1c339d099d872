#include "common/rootfd.h"

#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/svec.h"

#define MAX_LINKS 40 /* as the kernel's MAXSYMLINKS */

static int open_in_root(int rootfd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	/* -EAGAIN: a rename raced with ".." resolution; openat2(2) says to try again */
	for (int i = 0; i < 64; i++) {
		fd = syscall(SYS_openat2, rootfd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

/*
 * The fallback for kernels before 5.6 and seccomp filters that refuse openat2: descend one
 * component at a time with O_NOFOLLOW, keeping a stack of descriptors so that ".." goes where we
 * came from and never above the root, whatever is renamed meanwhile.
 */
struct walk {
	int *fds; /* fds[0] is the root (borrowed) */
	size_t n, cap;
	unsigned links;
};

static void walk_push(struct walk *w, int fd)
{
	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 16;
		w->fds = xrealloc(w->fds, w->cap, sizeof(*w->fds));
	}
	w->fds[w->n++] = fd;
}

static void walk_up(struct walk *w, size_t to)
{
	while (w->n > to)
		fd_close(w->fds[--w->n]);
}

static int walk_done(struct walk *w, int r)
{
	walk_up(w, 1);
	free(w->fds);
	return r;
}

static int walk_top(const struct walk *w)
{
	return w->fds[w->n - 1];
}

/* Replace the rest of the path by "target/rest"; -ELOOP after too many. */
static int walk_link(struct walk *w, char **rest, const char *after, const char *name)
{
	auto_free char *target = fs_readlink(walk_top(w), name);
	char *joined;

	if (!target)
		return -errno;
	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if (!*target)
		return -ENOENT;
	if (strlen(target) + strlen(after) + 2 > 4096 * 2)
		return -ENAMETOOLONG;
	if (target[0] == '/')
		walk_up(w, 1);
	joined = xasprintf("%s%s%s", target, *after ? "/" : "", after);
	free(*rest);
	*rest = joined;
	return 1;
}

static bool is_link(int dirfd, const char *name)
{
	struct stat st;

	return !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode);
}

/* The last part: what the caller asked for, with a link followed by hand. 1: go on with *rest. */
static int walk_last(struct walk *w, char **rest, const char *name, bool slash, int flags, mode_t mode)
{
	int fd;

	if (!strcmp(name, ".."))
		walk_up(w, MAX_OF(w->n - 1, (size_t)1));
	if (!strcmp(name, "..") || !strcmp(name, "."))
		return fd_open(walk_top(w), ".", flags & ~(O_CREAT | O_EXCL), mode);
	if ((!(flags & O_NOFOLLOW) || slash) && !((flags & O_CREAT) && (flags & O_EXCL)) &&
		is_link(walk_top(w), name))
		return walk_link(w, rest, slash ? "." : "", name);
	fd = fd_open(walk_top(w), name, flags | O_NOFOLLOW | (slash ? O_DIRECTORY : 0), mode);
	return fd;
}

static int walk_in_root(int rootfd, const char *path, int flags, mode_t mode)
{
	struct walk w = {.n = 0};
	char *rest;
	int r = 1;

	if (!*path)
		return -ENOENT;
	walk_push(&w, rootfd);
	rest = xstrdup(path);
	while (r == 1) {
		auto_free char *name = NULL;
		const char *p = rest + strspn(rest, "/");
		size_t len = strcspn(p, "/");
		const char *after = p + len + strspn(p + len, "/");
		bool slash = p[len] == '/';

		if (len > 255) {
			r = -ENAMETOOLONG;
			break;
		}
		name = len ? xstrndup(p, len) : xstrdup(".");
		if (!*after) {
			r = walk_last(&w, &rest, name, slash, flags, mode);
			continue;
		}
		if (!strcmp(name, "..")) {
			walk_up(&w, MAX_OF(w.n - 1, (size_t)1));
		} else if (strcmp(name, ".")) {
			int fd = fd_open(walk_top(&w), name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);

			if (fd < 0 && is_link(walk_top(&w), name)) {
				r = walk_link(&w, &rest, after, name);
				continue;
			}
			if (fd < 0) {
				r = fd;
				break;
			}
			walk_push(&w, fd);
		}
		char *next = xstrdup(after);

		free(rest);
		rest = next;
	}
	free(rest);
	return walk_done(&w, r);
}

int rootfd_open(int rootfd, const char *path, int flags, mode_t mode)
{
	int fd = open_in_root(rootfd, path, flags, mode);

	if (fd == -ENOSYS || fd == -EPERM) {
		int again = walk_in_root(rootfd, path, flags, mode);

		/* EPERM may be the file's own answer as well as a filter's */
		return fd == -EPERM && again < 0 ? fd : again;
	}
	return fd;
}

int rootfd_parent(int rootfd, const char *path, const char **ret_base)
{
	auto_free char *copy = NULL;
	size_t len = strlen(path);
	const char *base;

	while (len && path[len - 1] == '/')
		len--;
	for (base = path + len; base > path && base[-1] != '/';)
		base--;
	if (!strncmp(base, "..", 2) && (base[2] == '/' || !base[2]))
		return -EINVAL;
	if (base == path + len || (base[0] == '.' && (base[1] == '/' || !base[1]))) {
		*ret_base = path + strlen(path);
		return rootfd_open(rootfd, *path ? path : "/", O_PATH | O_DIRECTORY, 0);
	}
	copy = xstrndup(path, (size_t)(base - path));
	*ret_base = base;
	return rootfd_open(rootfd, *copy ? copy : "/", O_PATH | O_DIRECTORY, 0);
}

static int make_dir_at(int dirfd, const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	int r = fs_mkdir(dirfd, name, mode);

	if (r < 0)
		return r;
	if ((uid || gid) && fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

int rootfd_mkdir_p(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	auto_free char *clean = fs_clean(path);
	auto_fd int dir = rootfd_open(rootfd, "/", O_PATH | O_DIRECTORY, 0);

	if (dir < 0)
		return dir;
	/* Each prefix is resolved from the root, so a link in the middle stays inside. */
	for (char *p = clean; *p;) {
		char *end = strchrnul(p + 1, '/');
		char sep = *end;
		int next;

		*end = '\0';
		next = p[1] ? rootfd_open(rootfd, clean, O_PATH | O_DIRECTORY, 0) : fd_dup(dir);
		if (next == -ENOENT) {
			int r = make_dir_at(dir, p + 1, mode, uid, gid);

			/* EEXIST: a dangling link, or somebody was faster */
			if (r < 0 && r != -EEXIST)
				return r;
			next = rootfd_open(rootfd, clean, O_PATH | O_DIRECTORY, 0);
		}
		if (next < 0)
			return next;
		fd_close(dir);
		dir = next;
		*end = sep;
		p = end;
	}
	return take_fd(dir);
}

int rootfd_mkfile_p(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	auto_fd int fd = rootfd_open(rootfd, path, O_PATH, 0);
	auto_fd int dir = -1;
	auto_free char *clean = NULL;
	char *slash;

	if (fd != -ENOENT)
		return take_fd(fd);
	clean = fs_clean(path);
	slash = strrchr(clean, '/');
	*slash = '\0';
	dir = rootfd_mkdir_p(rootfd, *clean ? clean : "/", 0755, uid, gid);
	if (dir < 0)
		return dir;
	fd = fd_open(dir, slash + 1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
	if (fd < 0)
		return fd;
	if (fchmod(fd, mode) < 0 || ((uid || gid) && fchown(fd, uid, gid) < 0))
		return -errno;
	fd_close(fd);
	fd = rootfd_open(rootfd, path, O_PATH, 0);
	return take_fd(fd);
}

int rootfd_read_file(int rootfd, const char *path, size_t max, struct sbuf *ret)
{
	auto_fd int fd = rootfd_open(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	return fd_read_all(fd, max, ret);
}

int rootfd_stat(int rootfd, const char *path, struct stat *ret, bool follow_last)
{
	auto_fd int fd = rootfd_open(rootfd, path, O_PATH | (follow_last ? 0 : O_NOFOLLOW), 0);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}
