#include "storage/tree.h"

#include <dirent.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/sbuf.h"
#include "storage/inode_names.h"

#define XATTR_LIST_MAX 65536
#define XATTR_SIZE_MAX 65536

bool tree_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

bool tree_is_opaque(int dirfd)
{
	char value[2];

	return fgetxattr(dirfd, "user.overlay.opaque", value, sizeof(value)) == 1 && value[0] == 'y';
}

/* --- attributes ---------------------------------------------------------------------------------------------- */

static bool xattr_wanted(const char *name)
{
	return strncmp(name, "user.overlay.", 13) && (!strncmp(name, "user.", 5) ||
		!strcmp(name, "security.capability"));
}

static int copy_xattr(int from, int to, const char *name, char *value)
{
	ssize_t n = fgetxattr(from, name, value, XATTR_SIZE_MAX);

	if (n < 0)
		return errno == ENODATA ? 0 : -errno;
	return fsetxattr(to, name, value, (size_t)n, 0) < 0 ? -errno : 0;
}

static int copy_xattrs(int from, int to)
{
	auto_free char *names = NULL, *value = NULL;
	ssize_t n = flistxattr(from, NULL, 0);
	int r = 0;

	if (n <= 0)
		return n < 0 && errno != EOPNOTSUPP ? -errno : 0;
	names = xmalloc(XATTR_LIST_MAX);
	value = xmalloc(XATTR_SIZE_MAX);
	n = flistxattr(from, names, XATTR_LIST_MAX);
	if (n < 0)
		return -errno;
	for (char *p = names; !r && p < names + n; p += strlen(p) + 1)
		if (xattr_wanted(p))
			r = copy_xattr(from, to, p, value);
	return r;
}

static int attrs(int from, int to, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};
	int r;

	/* chown takes setuid bits and capabilities away: it comes first */
	if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0)
		return -errno;
	r = copy_xattrs(from, to);
	if (!r && futimens(to, times) < 0)
		r = -errno;
	return r;
}

int tree_copy_attrs(int from, int to, struct err *err)
{
	struct stat st;
	int r = fstat(from, &st) < 0 ? -errno : attrs(from, to, &st);

	return r < 0 ? err_neg(err, r, "copy attributes") : 0;
}

/* --- data ------------------------------------------------------------------------------------------------------ */

static int copy_plain(int from, int to, off_t off, off_t end)
{
	auto_free char *buf = xmalloc(1 << 17);
	int r;

	while (off < end) {
		ssize_t n = pread(from, buf, (size_t)MIN_OF(end - off, (off_t)1 << 17), off);

		if (n <= 0)
			return n < 0 ? -errno : 0;
		r = fd_pwrite_all(to, buf, (size_t)n, off);
		if (r < 0)
			return r;
		off += n;
	}
	return 0;
}

static int copy_part(int from, int to, off_t off, off_t end)
{
	while (off < end) {
		off_t in = off, out = off;
		ssize_t n = copy_file_range(from, &in, to, &out, (size_t)(end - off), 0);

		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS))
			return copy_plain(from, to, off, end);
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		off += n;
	}
	return 0;
}

static int copy_data(int from, int to, const struct stat *st)
{
	off_t off = 0;

	if (!st->st_size || !ioctl(to, FICLONE, from))
		return 0;
	if (ftruncate(to, st->st_size) < 0)
		return -errno;
	while (off < st->st_size) {
		off_t data = lseek(from, off, SEEK_DATA), hole;
		int r;

		if (data < 0)
			return errno == ENXIO ? 0 : -errno;
		hole = lseek(from, data, SEEK_HOLE);
		r = copy_part(from, to, data, hole < 0 ? st->st_size : hole);
		if (r < 0)
			return r;
		off = hole < 0 ? st->st_size : hole;
	}
	return 0;
}

/* --- entries ----------------------------------------------------------------------------------------------------- */

struct copy {
	int to; /* the destination's root, for hard links */
	unsigned flags;
	struct inode_names links;
	struct sbuf path; /* of the current entry, for links and messages */
};

static int copy_file(int from_dir, int to_dir, const char *name, const struct stat *st)
{
	auto_fd int from = fd_open(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	auto_fd int to = -1;
	int r;

	if (from < 0)
		return from;
	to = fd_open(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (to < 0)
		return to;
	r = copy_data(from, to, st);
	return r ? r : attrs(from, to, st);
}

static int copy_symlink(int from_dir, int to_dir, const char *name)
{
	auto_free char *target = fs_readlink(from_dir, name);

	if (!target)
		return -errno;
	return symlinkat(target, to_dir, name) < 0 ? -errno : 0;
}

static int name_attrs(int to_dir, const char *name, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISLNK(st->st_mode) && fchmodat(to_dir, name, st->st_mode & 07777, 0) < 0)
		return -errno;
	return utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* Everything that is not a directory. Sockets and devices are not copied. */
static int copy_leaf(struct copy *c, int from_dir, int to_dir, const char *name, const struct stat *st)
{
	const char *first = st->st_nlink > 1 ? inode_names_find(&c->links, st->st_ino) : NULL;
	int r = 0;

	if (first)
		return linkat(c->to, first, to_dir, name, 0) < 0 ? -errno : 0;
	if (S_ISREG(st->st_mode))
		r = copy_file(from_dir, to_dir, name, st);
	else if (S_ISLNK(st->st_mode))
		r = copy_symlink(from_dir, to_dir, name);
	else if (S_ISFIFO(st->st_mode))
		r = mknodat(to_dir, name, S_IFIFO | 0600, 0) < 0 ? -errno : 0;
	else
		return 0;
	if (!r && !S_ISREG(st->st_mode))
		r = name_attrs(to_dir, name, st);
	if (!r && st->st_nlink > 1)
		inode_names_add(&c->links, st->st_ino, c->path.buf);
	return r;
}

static int copy_dir(struct copy *c, int from, int to);

static int copy_subdir(struct copy *c, int from_dir, int to_dir, const char *name, const struct stat *st)
{
	auto_fd int from = fd_open_dir(from_dir, name), to = -1;
	struct stat old;
	int r;

	if (from < 0)
		return from;
	if ((c->flags & TREE_MERGE) && !fstatat(to_dir, name, &old, AT_SYMLINK_NOFOLLOW) &&
		(!S_ISDIR(old.st_mode) || tree_is_opaque(from))) {
		r = fs_remove_tree(to_dir, name);
		if (r < 0)
			return r;
	}
	r = fs_mkdir(to_dir, name, 0700);
	if (r < 0 && !(r == -EEXIST && (c->flags & TREE_MERGE)))
		return r;
	to = fd_open_dir(to_dir, name);
	if (to < 0)
		return to;
	r = copy_dir(c, from, to);
	return r ? r : attrs(from, to, st);
}

static int copy_entry(struct copy *c, int from_dir, int to_dir, const char *name, dev_t dev)
{
	struct stat st;
	int r;

	if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return st.st_dev == dev ? copy_subdir(c, from_dir, to_dir, name, &st) : 0;
	if (c->flags & TREE_MERGE) {
		r = fs_remove_tree(to_dir, name);
		if (r < 0 || tree_is_whiteout(&st))
			return r;
	}
	return copy_leaf(c, from_dir, to_dir, name, &st);
}

static int copy_dir(struct copy *c, int from, int to)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(from, "."));
	size_t len = c->path.len;
	const char *name;
	struct stat st;
	int r;

	if (!dir)
		return -errno;
	r = fstat(from, &st) < 0 ? -errno : 0;
	while (!r && (name = fs_dir_next(dir))) {
		sbuf_addf(&c->path, "%s%s", len ? "/" : "", name);
		r = copy_entry(c, from, to, name, st.st_dev);
		if (!r)
			sbuf_setlen(&c->path, len);
	}
	return r;
}

int tree_copy(int from, int to, unsigned flags, struct err *err)
{
	struct copy c = {.to = to, .flags = flags, .path = SBUF_INIT};
	int r = copy_dir(&c, from, to);

	if (r < 0)
		err_neg(err, r, "copy %s", c.path.buf);
	inode_names_done(&c.links);
	sbuf_done(&c.path);
	return r < 0 ? -1 : tree_copy_attrs(from, to, err);
}
