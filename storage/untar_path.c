#include "storage/untar_path.h"

#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/rootfd.h"
#include "common/svec.h"
#include "storage/implied.h"

#define WH       ".wh."
#define WH_AUFS  ".wh..wh."
#define WH_OPQ   ".wh..wh..opq"
#define MAX_HOPS 40
#define SAVE_PIECE 65536

static bool is_dots(const char *s)
{
	return !*s || !strcmp(s, ".") || !strcmp(s, "..");
}

/* --- cleaning ------------------------------------------------------------------------------------------------ */

static int check_part(const char *part, size_t len, struct err *err)
{
	if (len == 2 && part[0] == '.' && part[1] == '.')
		return err_set(err, EK_INVALID, "a name with \"..\"");
	if (len > 255)
		return err_set(err, EK_INVALID, "a name part longer than 255 bytes");
	return 0;
}

/* Copy the parts that count; returns the length, or -1. */
static ssize_t clean(const char *name, char *out, struct err *err)
{
	size_t n = 0, depth = 0;

	while (*name) {
		size_t len = strcspn(name, "/");

		if (check_part(name, len, err) < 0)
			return -1;
		if (len && !(len == 1 && *name == '.')) {
			if (n + len + 1 > UNTAR_PATH_MAX)
				return err_set(err, EK_INVALID, "a name longer than %d bytes", UNTAR_PATH_MAX);
			if (++depth > UNTAR_DEPTH)
				return err_set(err, EK_INVALID, "a name more than %d directories deep", UNTAR_DEPTH);
			if (n)
				out[n++] = '/';
			memcpy(out + n, name, len);
			n += len;
		}
		name += len + strspn(name + len, "/");
	}
	out[n] = '\0';
	return (ssize_t)n;
}

static int classify_base(const char **base, enum untar_name *ret_kind, struct err *err)
{
	*ret_kind = UNTAR_NAME_PLAIN;
	if (strncmp(*base, WH, strlen(WH)))
		return 0;
	if (!strcmp(*base, WH_OPQ)) {
		*ret_kind = UNTAR_NAME_OPAQUE;
	} else if (!strncmp(*base, WH_AUFS, strlen(WH_AUFS))) {
		*ret_kind = UNTAR_NAME_AUFS;
	} else {
		*ret_kind = UNTAR_NAME_WHITEOUT;
		*base += strlen(WH);
		if (is_dots(*base))
			return err_set(err, EK_INVALID, "a whiteout of \"%s\"", *base);
	}
	return 0;
}

/* A directory part that looks like a whiteout: aufs's own are skipped with all below, others lie. */
static int classify_dir(const char *dir, enum untar_name *ret_kind, struct err *err)
{
	for (const char *p = dir; *p; p += strcspn(p, "/"), p += *p == '/') {
		if (!strncmp(p, WH_AUFS, strlen(WH_AUFS)) && strncmp(p, WH_OPQ "/", strlen(WH_OPQ) + 1) &&
			strcmp(p, WH_OPQ)) {
			*ret_kind = UNTAR_NAME_AUFS;
			return 0;
		}
		if (!strncmp(p, WH, strlen(WH)))
			return err_set(err, EK_INVALID, "an entry below a whiteout");
	}
	return 0;
}

int untar_path_split(const char *name, struct untar_split *s, enum untar_name *ret_kind, struct err *err)
{
	size_t len = strlen(name);
	ssize_t n;
	char *slash;

	if (!len)
		return err_set(err, EK_INVALID, "an empty name");
	n = clean(name, s->buf, err);
	if (n < 0)
		return -1;
	s->slash = name[len - 1] == '/';
	if (!n) {
		*ret_kind = UNTAR_NAME_ROOT;
		s->dir = s->base = s->buf;
		return 0;
	}
	slash = strrchr(s->buf, '/');
	s->base = slash ? slash + 1 : s->buf;
	s->dir = slash ? s->buf : s->buf + n;
	if (slash)
		*slash = '\0';
	*ret_kind = UNTAR_NAME_PLAIN;
	if (s->plain)
		return 0;
	if (classify_base(&s->base, ret_kind, err) < 0)
		return -1;
	return classify_dir(s->dir, ret_kind, err);
}

/* --- what stands in the way -------------------------------------------------------------------------------- */

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

int untar_path_count(struct untar *u, struct err *err)
{
	if (!u->inodes_left)
		return err_set(err, EK_INVALID, "the layer has too many files: the inode budget is used up");
	u->inodes_left--;
	u->inodes++;
	return 0;
}

/* A later entry takes its place: what the tar had for it goes to the index (U15). */
static int save_file(struct untar *u, int dirfd, uint64_t dir_ino, const char *name, struct err *err)
{
	auto_fd int fd = fd_open(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	auto_free char *buf = xmalloc(SAVE_PIECE);
	ssize_t n;

	if (fd < 0)
		return err_neg(err, fd, "keep what an entry replaces");
	u->replaced++;
	tarindex_saved(u->files, dir_ino, name);
	while ((n = fd_read_some(fd, buf, SAVE_PIECE)) > 0)
		tarindex_data(u->files, buf, (size_t)n);
	tarindex_data(u->files, NULL, 0);
	return n < 0 ? err_neg(err, (int)n, "keep what an entry replaces") : 0;
}

/* path below dirfd is a directory. No descriptor stays open on the way down: there are few. */
static int save_dir(struct untar *u, int top, const char *path, struct err *err)
{
	auto_dir DIR *dir = fs_dir(rootfd_open(top, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
	auto_svec struct svec below = SVEC_INIT;
	struct stat self, st;
	const char *name;

	if (!dir || fstat(dirfd(dir), &self) < 0)
		return err_sys(err, "keep what an entry replaces");
	while ((name = fs_dir_next(dir))) {
		if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(err, "keep what an entry replaces");
		if (S_ISDIR(st.st_mode))
			svec_addf(&below, "%s/%s", path, name);
		else if (S_ISREG(st.st_mode) && st.st_size && save_file(u, dirfd(dir), self.st_ino, name, err) < 0)
			return -1;
	}
	fs_dir_closep(&dir);
	SVEC_EACH(sub, &below)
		if (save_dir(u, top, sub, err) < 0)
			return -1;
	return 0;
}

static int save(struct untar *u, int dirfd, const char *name, const struct stat *st, struct err *err)
{
	struct stat dir;

	if (!u->files)
		return 0;
	if (S_ISDIR(st->st_mode))
		return save_dir(u, dirfd, name, err);
	if (!S_ISREG(st->st_mode) || !st->st_size)
		return 0;
	return fstat(dirfd, &dir) < 0 ? err_sys(err, "look at a directory") : save_file(u, dirfd, dir.st_ino, name, err);
}

int untar_path_clear(struct untar *u, int dirfd, const char *name, bool want_dir, bool *ret_hid, struct err *err)
{
	struct stat st;
	int r;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "look at what is there");
	if (S_ISDIR(st.st_mode) && want_dir)
		return 1;
	if (save(u, dirfd, name, &st, err) < 0)
		return -1;
	/* A file or whiteout that a directory replaces had hidden what lower layers have there. */
	*ret_hid = !S_ISDIR(st.st_mode);
	r = fs_remove_tree(dirfd, name);
	return r < 0 ? err_neg(err, r, "replace an earlier entry") : 0;
}

int untar_path_opaque(struct untar *u, int fd, struct err *err)
{
	if (fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0)
		return err_sys(err, "mark a directory opaque");
	u->attributes = true;
	return 0;
}

int untar_path_whiteout(struct untar *u, int dirfd, const char *name, struct err *err)
{
	auto_fd int fd = -1;
	struct stat st;

	if (!mknodat(dirfd, name, S_IFCHR, makedev(0, 0)))
		return untar_path_count(u, err);
	if (errno != EEXIST)
		return err_sys(err, "make a whiteout");
	/* The layer has something of that name itself: it stays, and hides the lower one. */
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "look at what is there");
	if (!S_ISDIR(st.st_mode))
		return 0;
	fd = fd_open_dir(dirfd, name);
	return fd < 0 ? err_neg(err, fd, "open a directory") : untar_path_opaque(u, fd, err);
}

/* --- parents ------------------------------------------------------------------------------------------------- */

static void restore_times(int fd, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};

	futimens(fd, times);
}

void untar_path_leave(struct untar *u)
{
	if (u->parent.fd < 0)
		return;
	restore_times(u->parent.fd, &u->parent.st);
	fd_closep(&u->parent.fd);
}

static int open_dir(struct untar *u, const char *path)
{
	return rootfd_open(u->root, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0);
}

/* Where a dangling link points to, as a path from the root. */
static char *link_target(int dirfd, const char *dir, const char *name)
{
	auto_free char *text = fs_readlink(dirfd, name);
	auto_free char *joined = NULL;

	if (!text)
		return NULL;
	joined = text[0] == '/' ? xstrdup(text) : xasprintf("/%s/%s", dir, text);
	return fs_clean(joined);
}

static int make_parents(struct untar *u, char *path, unsigned hops, struct err *err);

/* mkdir said EEXIST although the name opens as no directory: a whiteout gives way, a link leads on. */
static int make_over(struct untar *u, int dirfd, const char *dir, const char *name, unsigned hops, struct err *err)
{
	auto_free char *target = NULL;
	auto_fd int fd = -1;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "look at what is there");
	if (is_whiteout(&st)) {
		if (unlinkat(dirfd, name, 0) < 0 || mkdirat(dirfd, name, 0755) < 0)
			return err_sys(err, "make parent directory %s", name);
		fd = fd_open_dir(dirfd, name);
		return fd < 0 ? err_neg(err, fd, "open parent directory") : untar_path_opaque(u, fd, err);
	}
	if (!S_ISLNK(st.st_mode))
		return err_set(err, EK_INVALID, "its directory is a file in this layer");
	target = hops < MAX_HOPS ? link_target(dirfd, dir, name) : NULL;
	if (!target || strlen(target) > UNTAR_PATH_MAX)
		return err_set(err, EK_INVALID, "its directory is a link that leads nowhere");
	return make_parents(u, target + 1, hops + 1, err);
}

/* Where there are no attributes there is no overlay of the kernel's either: such directories stay as made. */
static int set_mark(int fd, const char *value, struct err *err)
{
	if (fsetxattr(fd, IMPLIED_MARK, value, 1, 0) < 0 && errno != EOPNOTSUPP && errno != EPERM)
		return err_sys(err, "mark a parent directory");
	return 0;
}

static int mark_implied(int parent, const char *name, struct err *err)
{
	auto_fd int fd = fd_open_dir(parent, name);

	return fd < 0 ? err_neg(err, fd, "open parent directory") : set_mark(fd, "y", err);
}

int untar_path_has_entry(struct untar *u, int fd, struct err *err)
{
	char value;

	if (!u->implied_dirs || fgetxattr(fd, IMPLIED_MARK, &value, 1) != 1 || value != 'y')
		return 0;
	u->implied_dirs--;
	return set_mark(fd, "n", err);
}

/* path's last part inside an existing directory; parents take no entry's times. */
static int make_one(struct untar *u, const char *dir, const char *name, unsigned hops, struct err *err)
{
	auto_fd int parent = open_dir(u, dir);
	struct stat st;
	int r = 0;

	if (parent < 0 || fstat(parent, &st) < 0)
		return err_neg(err, parent < 0 ? parent : -errno, "open parent directory");
	if (!mkdirat(parent, name, 0755)) {
		u->attributes = true;
		u->implied_dirs++;
		u->disk_bytes += 4096;
		r = mark_implied(parent, name, err);
		if (!r)
			r = untar_path_count(u, err);
	} else if (errno == EEXIST) {
		r = make_over(u, parent, dir, name, hops, err);
	} else {
		r = err_sys(err, "make parent directory");
	}
	restore_times(parent, &st);
	return r;
}

/* Each prefix in turn. path is written to meanwhile and whole again afterwards. */
static int make_parents(struct untar *u, char *path, unsigned hops, struct err *err)
{
	char *p = path;

	while (*p) {
		char *end = p + strcspn(p, "/"), keep = *end;
		auto_fd int fd = -1;
		int r = 0;

		*end = '\0';
		fd = open_dir(u, path);
		if (fd == -ENOENT || fd == -ENOTDIR) {
			auto_free char *dir = p == path ? xstrdup("") : xstrndup(path, (size_t)(p - 1 - path));

			r = make_one(u, dir, p, hops, err);
		} else if (fd < 0) {
			r = err_neg(err, fd, "open parent directory");
		}
		*end = keep;
		if (r < 0)
			return -1;
		p = keep ? end + 1 : end;
	}
	return 0;
}

bool untar_path_hidden(struct untar *u, const char *dir)
{
	auto_fd int at = fd_dup(u->root);
	char part[256];

	/* Part by part and no link: a whiteout is never for another directory (threats.md U5). */
	while (at >= 0 && *dir) {
		size_t len = strcspn(dir, "/");
		int next;

		memcpy(part, dir, len);
		part[len] = '\0';
		next = fd_open(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
		fd_close(at);
		at = next;
		dir += len + (dir[len] == '/');
	}
	return at == -ENOTDIR || at == -ELOOP;
}

int untar_path_parent(struct untar *u, const char *dir, struct err *err)
{
	auto_free char *copy = NULL;

	if (u->parent.fd >= 0 && !strcmp(u->parent.path, dir))
		return u->parent.fd;
	untar_path_leave(u);
	u->parent.fd = open_dir(u, dir);
	if (u->parent.fd == -ENOENT || u->parent.fd == -ENOTDIR) {
		copy = xstrdup(dir);
		if (make_parents(u, copy, 0, err) < 0)
			return -1;
		u->parent.fd = open_dir(u, dir);
	}
	if (u->parent.fd < 0)
		return err_neg(err, u->parent.fd, "open its directory");
	if (fstat(u->parent.fd, &u->parent.st) < 0)
		return err_sys(err, "look at its directory");
	memcpy(u->parent.path, dir, strlen(dir) + 1);
	u->parent.real_set = false;
	return u->parent.fd;
}

const char *untar_path_real(struct untar *u)
{
	char *real = u->parent.real;

	if (u->parent.real_set)
		return real;
	u->parent.real_set = true;
	if (fchdir(u->parent.fd) < 0 || !getcwd(real, sizeof(u->parent.real)) || real[0] != '/')
		return memcpy(real, u->parent.path, strlen(u->parent.path) + 1);
	return memmove(real, real + 1, strlen(real));
}
