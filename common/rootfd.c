#include "common/rootfd.h"

#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/fd.h"

/* Nothing here but rootfd_read_file allocates: rt_child calls these between clone and exec. */

#define MAX_LINKS 40  /* as the kernel's MAXSYMLINKS */
#define MAX_DEPTH 256 /* directories that the fallback holds open */
#define NAME_LEN  255

#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif

static int open_in_root(int rootfd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	/* -EAGAIN: a rename raced with ".." resolution; openat2(2) says to try again */
	for (int i = 0; i < 64; i++) {
		fd = syscall(SYS_openat2, rootfd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

/*
 * The walk: one component at a time with O_NOFOLLOW, keeping a stack of descriptors so that ".."
 * goes where we came from and never above the root, whatever is renamed meanwhile. It serves
 * kernels before 5.6 and filters that refuse openat2, and it creates what is missing on the way.
 * A link's text is read from the descriptor that was found to be a link.
 */
enum make { MAKE_NOTHING, MAKE_DIRS, MAKE_FILE };

struct walk {
	int fds[MAX_DEPTH]; /* fds[0] is the root (borrowed) */
	size_t n;
	unsigned links;
	int flags;
	mode_t mode; /* of O_CREAT, or of the last part made */
	enum make make;
	uid_t uid;
	gid_t gid;
	char *rest;		 /* what is left of the path, at the end of buf */
	char buf[2 * PATH_MAX];	 /* a link's text goes in front of the rest */
	char name[NAME_LEN + 1]; /* the component at hand */
};

static int top(const struct walk *w)
{
	return w->fds[w->n - 1];
}

static void up_to(struct walk *w, size_t n)
{
	while (w->n > n)
		fd_close(w->fds[--w->n]);
}

static int push(struct walk *w, int fd)
{
	if (w->n == MAX_DEPTH) {
		fd_close(fd);
		return -ENAMETOOLONG;
	}
	w->fds[w->n++] = fd;
	return 0;
}

/* procfs's links are magic below its top directory ("self" and the like at the top are ordinary):
 * RESOLVE_NO_MAGICLINKS refuses them with ELOOP. So does a mount with nosymfollow. */
static bool may_follow(int dir, int link)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(link, &fs) < 0)
		return false;
	if (fs.f_flags & ST_NOSYMFOLLOW)
		return false;
	return fs.f_type != PROC_SUPER_MAGIC || (!fstat(dir, &st) && st.st_ino == 1);
}

/* Put the link's text in front of the rest; closes the link. */
static int expand(struct walk *w, int link)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(link, "", text, sizeof(text));
	bool ok = may_follow(top(w), link);

	fd_close(link);
	if (n < 0)
		return -errno;
	if (++w->links > MAX_LINKS || !ok)
		return -ELOOP;
	if (!n)
		return -ENOENT;
	if (n == (ssize_t)sizeof(text) || n > w->rest - w->buf)
		return -ENAMETOOLONG;
	w->rest -= n;
	memcpy(w->rest, text, (size_t)n);
	if (text[0] == '/')
		up_to(w, 1);
	return 0;
}

/* What the umask took away, and the owner; on a descriptor, since the name may be swapped. */
static int settle(const struct walk *w, int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) < 0)
		return -errno;
	if ((st.st_uid != w->uid || st.st_gid != w->gid) && fchown(fd, w->uid, w->gid) < 0)
		return -errno;
	return 0;
}

static int make_dir(const struct walk *w, mode_t mode)
{
	auto_fd int fd = -1;

	if (mkdirat(top(w), w->name, mode) < 0)
		return errno == EEXIST ? 0 : -errno;
	fd = fd_open(top(w), w->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return fd < 0 ? fd : settle(w, fd, mode);
}

static int make_file(const struct walk *w)
{
	auto_fd int fd =
		fd_open(top(w), w->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, w->mode);

	if (fd == -EEXIST)
		return 0;
	return fd < 0 ? fd : settle(w, fd, w->mode);
}

/* The component at hand as O_PATH, made if that is wanted; links are not followed. */
static int look(const struct walk *w, bool last)
{
	int fd = fd_open(top(w), w->name, O_PATH | O_NOFOLLOW, 0), r;

	if (fd != -ENOENT || w->make == MAKE_NOTHING)
		return fd;
	if (last && w->make == MAKE_FILE)
		r = make_file(w);
	else
		r = make_dir(w, w->make == MAKE_FILE ? 0755 : w->mode);
	return r < 0 ? r : fd_open(top(w), w->name, O_PATH | O_NOFOLLOW, 0);
}

static int type_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? -errno : (int)(st.st_mode & S_IFMT);
}

#define WALK_ON (-EINPROGRESS) /* not the end yet */

/* A part that is not the last: a directory, or a link. */
static int step(struct walk *w)
{
	int fd = look(w, false), type, r;

	if (fd < 0)
		return fd;
	type = type_of(fd);
	if (type == S_IFDIR)
		r = push(w, fd);
	else if (type == S_IFLNK)
		r = expand(w, fd);
	else
		fd_close(fd), r = type < 0 ? type : -ENOTDIR;
	return r < 0 ? r : WALK_ON;
}

static int last_plain(struct walk *w)
{
	int fd, type, r;

	if (w->flags & O_CREAT && w->flags & O_EXCL)
		return fd_open(top(w), w->name, w->flags | O_NOFOLLOW, w->mode);
	if (w->flags & O_NOFOLLOW)
		return fd_open(top(w), w->name, w->flags, w->mode);
	fd = look(w, true);
	if (fd == -ENOENT && w->flags & O_CREAT)
		return fd_open(top(w), w->name, w->flags | O_NOFOLLOW, w->mode);
	if (fd < 0)
		return fd;
	type = type_of(fd);
	if (type == S_IFLNK) {
		r = expand(w, fd);
		return r < 0 ? r : WALK_ON;
	}
	fd_close(fd);
	return type < 0 ? type : fd_open(top(w), w->name, w->flags | O_NOFOLLOW, w->mode);
}

/* The path ends in a directory that we hold. */
static int last_dot(struct walk *w)
{
	if (w->flags & O_CREAT || w->make == MAKE_FILE)
		return -EISDIR;
	return fd_open(top(w), ".", w->flags, 0);
}

/* Take one component off the rest. */
static int one(struct walk *w)
{
	size_t len;
	bool last;

	w->rest += strspn(w->rest, "/");
	len = strcspn(w->rest, "/");
	if (!len)
		return last_dot(w);
	if (len > NAME_LEN)
		return -ENAMETOOLONG;
	memcpy(w->name, w->rest, len);
	w->name[len] = '\0';
	w->rest += len;
	last = !*w->rest;
	if (!strcmp(w->name, "..") && w->n > 1)
		up_to(w, w->n - 1);
	if (!strcmp(w->name, ".") || !strcmp(w->name, ".."))
		return last ? last_dot(w) : WALK_ON;
	if (last)
		return last_plain(w);
	if (w->flags & O_CREAT && !w->rest[strspn(w->rest, "/")])
		return -EISDIR;
	return step(w);
}

static int walk(struct walk *w, int rootfd, const char *path)
{
	size_t len = strlen(path);
	int r;

	if (!len)
		return -ENOENT;
	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	w->fds[0] = rootfd;
	w->n = 1;
	w->rest = w->buf + sizeof(w->buf) - len - 1;
	memcpy(w->rest, path, len + 1);
	do
		r = one(w);
	while (r == WALK_ON);
	up_to(w, 1);
	return r;
}

int rootfd_walk(int rootfd, const char *path, int flags, mode_t mode)
{
	struct walk w = {.flags = flags, .mode = mode};

	return walk(&w, rootfd, path);
}

/* Not there, refused by a filter, or outpaced by other processes' renames for ever. */
static bool must_walk(int r)
{
	return r == -ENOSYS || r == -EPERM || r == -EAGAIN;
}

int rootfd_open(int rootfd, const char *path, int flags, mode_t mode)
{
	int fd = open_in_root(rootfd, path, flags, mode);

	if (must_walk(fd)) {
		int again = rootfd_walk(rootfd, path, flags, mode);

		/* EPERM may be the file's own answer as well as a filter's */
		return fd == -EPERM && again < 0 ? fd : again;
	}
	return fd;
}

int rootfd_parent(int rootfd, const char *path, const char **ret_base)
{
	size_t len = strlen(path);
	char dir[PATH_MAX];
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
	len = (size_t)(base - path);
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	*ret_base = base;
	return rootfd_open(rootfd, len ? dir : "/", O_PATH | O_DIRECTORY, 0);
}

int rootfd_mkdir_p(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	struct walk w = {.flags = O_PATH | O_DIRECTORY,
		.make = MAKE_DIRS,
		.mode = mode,
		.uid = uid,
		.gid = gid};
	int fd = open_in_root(rootfd, path, O_PATH | O_DIRECTORY, 0);

	return fd == -ENOENT || must_walk(fd) ? walk(&w, rootfd, path) : fd;
}

int rootfd_mkfile_p(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	struct walk w = {.flags = O_PATH, .make = MAKE_FILE, .mode = mode, .uid = uid, .gid = gid};
	int fd = open_in_root(rootfd, path, O_PATH, 0);

	return fd == -ENOENT || must_walk(fd) ? walk(&w, rootfd, path) : fd;
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
