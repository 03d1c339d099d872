#include "common/fs.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/svec.h"

#define ROOM_MAX (256ull << 30)

int fs_mkdir(int dirfd, const char *name, mode_t mode)
{
	if (mkdirat(dirfd, name, mode) < 0)
		return -errno;
	return fchmodat(dirfd, name, mode, 0) < 0 ? -errno : 0;
}

int fs_mkdir_p(int dirfd, const char *path)
{
	auto_free char *copy = xstrdup(path);

	for (char *p = copy + 1; ; p++) {
		char end = *p;
		int r;

		if (end && end != '/')
			continue;
		*p = '\0';
		r = fs_mkdir(dirfd, copy, 0700);
		/* EEXIST is the usual case; EROFS and EACCES matter only if it is not there. */
		if (r < 0 && r != -EEXIST && !fs_exists(dirfd, copy))
			return r;
		if (!end)
			return 0;
		*p = end;
	}
}

int fs_open_dir_p(int dirfd, const char *path)
{
	int fd = fd_open(dirfd, path, O_RDONLY | O_DIRECTORY, 0);
	int r;

	if (fd != -ENOENT)
		return fd;
	r = fs_mkdir_p(dirfd, path);
	if (r < 0)
		return r;
	return fd_open(dirfd, path, O_RDONLY | O_DIRECTORY, 0);
}

#define TEMP_PREFIX ".tmp-"

void fs_temp_name(char name[32])
{
	uint64_t rnd = 0;

	if (getrandom(&rnd, sizeof(rnd), 0) != sizeof(rnd))
		rnd = (uint64_t)getpid() << 20 | (uint64_t)(uintptr_t)&rnd;
	snprintf(name, 32, TEMP_PREFIX "%016llx", (unsigned long long)rnd);
}

bool fs_is_temp(const char *name)
{
	return !strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX));
}

/* A new file with all of its content; nothing is left of it when that fails. */
static int write_new(int dirfd, const char *name, const void *data, size_t n, mode_t mode, unsigned flags)
{
	auto_fd int fd = fd_open(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
	int r;

	if (fd < 0)
		return fd;
	r = fchmod(fd, mode) < 0 ? -errno : fd_write_all(fd, data, n);
	if (r >= 0 && (flags & FS_SYNC) && fsync(fd) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, name, 0);
	return r < 0 ? r : 0;
}

int fs_write_file(int dirfd, const char *name, const void *data, size_t n, mode_t mode,
	unsigned flags)
{
	const char *slash = strrchr(name, '/');
	auto_free char *dir = slash ? xstrndup(name, (size_t)(slash - name)) : NULL;
	auto_fd int parent = -1;
	char temp[32];
	int r;

	/* the temporary file belongs beside the named one, or rename could not replace it */
	if (slash) {
		parent = fd_open(dirfd, *dir ? dir : "/", O_PATH | O_DIRECTORY, 0);
		if (parent < 0)
			return parent;
		dirfd = parent;
		name = slash + 1;
	}
	if (flags & FS_FRESH)
		return write_new(dirfd, name, data, n, mode, flags);
	fs_temp_name(temp);
	r = write_new(dirfd, temp, data, n, mode, flags);
	if (r < 0)
		return r;
	r = renameat2(dirfd, temp, dirfd, name, flags & FS_EXCLUSIVE ? RENAME_NOREPLACE : 0) < 0 ? -errno : 0;
	if (r < 0)
		unlinkat(dirfd, temp, 0);
	return r;
}

int fs_rewrite_file(int dirfd, const char *name, const void *data, size_t n)
{
	auto_fd int fd = fd_open(dirfd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	/* cut after it is written: a reader in between misses nothing */
	int r = fd < 0 ? fd : fd_pwrite_all(fd, data, n, 0);

	return r < 0 ? r : ftruncate(fd, (off_t)n) < 0 ? -errno : 0;
}

/* At once, where the size is true; else until there is no more. */
static int read_sized(int fd, size_t size, size_t max, struct sbuf *ret)
{
	ssize_t r;

	sbuf_grow(ret, size + 1);
	r = fd_read_some(fd, ret->buf + ret->len, size + 1);
	if (r < 0)
		return (int)r;
	sbuf_setlen(ret, ret->len + (size_t)r);
	if ((size_t)r == size)
		return 0;
	return (size_t)r > max ? -EFBIG : fd_read_all(fd, max - (size_t)r, ret);
}

int fs_read_file(int dirfd, const char *name, size_t max, struct sbuf *ret)
{
	auto_fd int fd = fd_open(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	return read_sized(fd, (size_t)st.st_size, max, ret);
}

/* One directory on the way down: removal keeps a stack on the heap, so depth costs no stack. */
struct level {
	DIR *dir;
	char *name; /* within the parent */
};

int fs_open_doomed(int dirfd, const char *name, dev_t dev)
{
	int fd = fd_open_dir(dirfd, name);
	struct stat st;

	if (fd == -EACCES) {
		/* mode 0 directories of an image: the owner may always change that */
		if (fchmodat(dirfd, name, 0700, 0) < 0)
			return -errno;
		fd = fd_open_dir(dirfd, name);
	}
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || (dev && st.st_dev != dev)) {
		fd_close(fd);
		return -EXDEV;
	}
	if ((st.st_mode & 0700) != 0700)
		(void)!fchmod(fd, 0700);
	return fd;
}

static int open_level(int dirfd, const char *name, dev_t dev, struct level *ret)
{
	int fd = fs_open_doomed(dirfd, name, dev);

	if (fd < 0)
		return fd;
	ret->dir = fs_dir(fd);
	if (!ret->dir)
		return -errno;
	ret->name = xstrdup(name);
	return 0;
}

DIR *fs_dir(int fd)
{
	DIR *dir;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	dir = fdopendir(fd);
	if (!dir)
		fd_close(fd);
	return dir;
}

const char *fs_dir_next(DIR *dir)
{
	struct dirent *d;

	do
		d = dir ? readdir(dir) : NULL;
	while (d && (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..")));
	return d ? d->d_name : NULL;
}

/* Parameters named dirfd hide the function. */
static int dirfd_num(DIR *dir)
{
	return dirfd(dir);
}

int fs_unlink_one(int dirfd, const char *name)
{
	if (!unlinkat(dirfd, name, 0))
		return 0;
	if (errno == EISDIR || errno == EPERM) {
		struct stat st;

		if (!fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode))
			return -EISDIR;
		return -EPERM;
	}
	return errno == ENOENT ? 0 : -errno;
}

static int push_level(struct level **stack, size_t *depth, size_t *cap, int dirfd,
	const char *name, dev_t dev)
{
	int r;

	if (*depth == *cap) {
		*cap = *cap ? *cap * 2 : 16;
		*stack = xrealloc(*stack, *cap, sizeof(**stack));
	}
	r = open_level(dirfd, name, dev, &(*stack)[*depth]);
	if (!r)
		(*depth)++;
	return r == -ENOENT ? 0 : r;
}

/* Leave the innermost directory and remove it from its parent. */
static int pop_level(struct level *stack, size_t *depth, int top)
{
	struct level *l = &stack[--*depth];
	int parent = *depth ? dirfd_num(stack[*depth - 1].dir) : top;
	int r = 0;

	closedir(l->dir);
	if (unlinkat(parent, l->name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	free(l->name);
	return r;
}

int fs_move_up(int dirfd, const char *name, int top, char ret_name[32])
{
	fs_temp_name(ret_name);
	(void)!fchmodat(dirfd, name, 0700, 0); /* moving a directory writes its ".." */
	return renameat2(dirfd, name, top, ret_name, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

int fs_remove_tree(int top, const char *name)
{
	struct level *stack = NULL;
	size_t depth = 0, cap = 0;
	bool moved = false;
	char temp[32];
	struct stat st;
	int r = fs_unlink_one(top, name);

	if (r != -EISDIR)
		return r;
	if (fstatat(top, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	r = push_level(&stack, &depth, &cap, top, name, st.st_dev);
	while (!r && depth) {
		DIR *dir = stack[depth - 1].dir;
		const char *entry = fs_dir_next(dir);

		if (!entry && depth == 1 && moved) {
			moved = false;
			rewinddir(dir);
			continue;
		}
		if (!entry) {
			r = pop_level(stack, &depth, top);
			continue;
		}
		r = fs_unlink_one(dirfd_num(dir), entry);
		if (r == -EISDIR && depth >= FS_LEVELS_OPEN) { /* it moves up to the first level and is met again there */
			r = fs_move_up(dirfd_num(dir), entry, dirfd_num(stack[0].dir), temp);
			moved = true;
		} else if (r == -EISDIR) {
			r = push_level(&stack, &depth, &cap, dirfd_num(dir), entry, st.st_dev);
		}
	}
	while (depth) {
		closedir(stack[--depth].dir);
		free(stack[depth].name);
	}
	free(stack);
	return r;
}

/* Inodes with several links, so that each counts once. */
struct seen {
	ino_t *ino;
	size_t n, cap; /* open addressing, cap a power of two */
};

static bool seen_before(struct seen *s, ino_t ino)
{
	size_t i;

	if (s->n * 2 >= s->cap) {
		struct seen old = *s;

		s->cap = old.cap ? old.cap * 2 : 1024;
		s->ino = xcalloc(s->cap, sizeof(*s->ino));
		s->n = 0;
		for (i = 0; i < old.cap; i++)
			if (old.ino[i])
				seen_before(s, old.ino[i]);
		free(old.ino);
	}
	for (i = ino * 0x9e3779b97f4a7c15ull & (s->cap - 1); s->ino[i]; i = (i + 1) & (s->cap - 1))
		if (s->ino[i] == ino)
			return true;
	s->ino[i] = ino;
	s->n++;
	return false;
}

/* A directory, and those in it that are still to be measured. */
struct below {
	int fd; /* -1: closed, or it could not be found again */
	struct stat st;
	struct svec dirs;
};

struct usage {
	struct seen seen;
	uint64_t bytes, inodes;
	struct below *stack;
	size_t depth, cap;
};

/* 1: it is a directory. */
static int usage_add(struct usage *u, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(st.st_mode) && st.st_nlink > 1 && seen_before(&u->seen, st.st_ino))
		return 0;
	u->bytes += (uint64_t)st.st_blocks * 512;
	u->inodes++;
	return S_ISDIR(st.st_mode);
}

static int usage_list(struct usage *u, struct below *b)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(b->fd, "."));
	const char *name;
	int r = 0;

	if (!dir || fstat(b->fd, &b->st) < 0)
		return -errno;
	while (r >= 0 && (name = fs_dir_next(dir))) {
		r = usage_add(u, b->fd, name);
		if (r > 0)
			svec_add(&b->dirs, name);
	}
	return MIN_OF(r, 0);
}

static int usage_down(struct usage *u, int dirfd, const char *name)
{
	int fd = fd_open_dir(dirfd, name);

	if (fd < 0)
		return fd == -EACCES || fd == -ENOENT ? 0 : fd; /* removed meanwhile */
	if (u->depth == u->cap) {
		u->cap = u->cap ? u->cap * 2 : 16;
		u->stack = xrealloc(u->stack, u->cap, sizeof(*u->stack));
	}
	if (u->depth >= FS_LEVELS_OPEN)
		fd_closep(&u->stack[u->depth - 1].fd);
	u->stack[u->depth++] = (struct below){.fd = fd, .dirs = SVEC_INIT};
	return usage_list(u, &u->stack[u->depth - 1]);
}

/* Where the directory above is no longer the one we came from, what was left in it is not counted. */
static void usage_up(struct usage *u)
{
	struct below *b = &u->stack[--u->depth];

	if (u->depth && b[-1].fd < 0)
		b[-1].fd = b->fd < 0 ? -1 : fs_open_above(b->fd, &b[-1].st);
	fd_closep(&b->fd);
	svec_done(&b->dirs);
}

int fs_tree_usage(int dirfd, const char *name, uint64_t *ret_bytes, uint64_t *ret_inodes)
{
	struct usage u = {.bytes = 0};
	int r = usage_add(&u, dirfd, name);

	if (r > 0)
		r = usage_down(&u, dirfd, name);
	while (u.depth) {
		struct below *b = &u.stack[u.depth - 1];
		auto_free char *next = NULL;

		if (r < 0 || b->fd < 0 || !b->dirs.n) {
			usage_up(&u);
			continue;
		}
		next = take_ptr(b->dirs.v[b->dirs.n - 1]);
		b->dirs.n--;
		r = usage_down(&u, b->fd, next);
	}
	free(u.seen.ino);
	free(u.stack);
	if (r < 0)
		return r;
	*ret_bytes = u.bytes;
	if (ret_inodes)
		*ret_inodes = u.inodes;
	return 0;
}

int fs_open_above(int fd, const struct stat *st)
{
	auto_fd int above = fd_open_dir(fd, "..");
	struct stat now;

	if (above < 0)
		return above;
	if (fstat(above, &now) < 0)
		return -errno;
	return now.st_dev == st->st_dev && now.st_ino == st->st_ino ? take_fd(above) : -ESTALE;
}

int fs_room(int fd, uint64_t *ret_bytes)
{
	struct statvfs v;
	uint64_t free_bytes;

	if (fstatvfs(fd, &v) < 0)
		return -errno;
	free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	*ret_bytes = MIN_OF(free_bytes - free_bytes / 20, ROOM_MAX);
	return 0;
}

bool fs_exists(int dirfd, const char *name)
{
	struct stat st;

	return !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW);
}

char *fs_readlink(int dirfd, const char *name)
{
	char buf[4096];
	ssize_t n = readlinkat(dirfd, name, buf, sizeof(buf));

	if (n < 0)
		return NULL;
	if ((size_t)n == sizeof(buf)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return xstrndup(buf, (size_t)n);
}

char *fs_readlink_last(int dirfd, const char *name)
{
	auto_free char *target = fs_readlink(dirfd, name);
	const char *slash = target ? strrchr(target, '/') : NULL;

	if (target && !slash)
		errno = EINVAL;
	return slash ? xstrdup(slash + 1) : NULL;
}

char *fs_fd_path(int fd)
{
	char link[40];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return fs_readlink(AT_FDCWD, link);
}

bool fs_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

char *fs_clean(const char *path)
{
	struct sbuf b = SBUF_INIT;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.') {
			char *slash = strrchr(b.buf, '/');

			sbuf_setlen(&b, slash ? (size_t)(slash - b.buf) : 0);
		} else if (len && !(len == 1 && path[0] == '.')) {
			sbuf_addch(&b, '/');
			sbuf_add(&b, path, len);
		}
		path += len;
		path += strspn(path, "/");
	}
	if (!b.len)
		sbuf_addch(&b, '/');
	return sbuf_take(&b);
}

char *fs_abspath(const char *path)
{
	auto_free char *cwd = NULL, *joined = NULL;

	if (path[0] == '/')
		return fs_clean(path);
	cwd = getcwd(NULL, 0);
	joined = xasprintf("%s/%s", cwd ? cwd : "/", path);
	return fs_clean(joined);
}
