#include "storage/tarball.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/svec.h"
#include "storage/tree.h"

#define BLOCK     512
#define FLUSH_AT  (256 << 10)
#define MAX_DEPTH (PATH_MAX / 2)  /* what no path reaches nobody could unpack; podlite-unpack itself takes fewer */
#define OCTAL_7   07777777ll     /* what ustar's fields of 8 and 12 characters hold */
#define OCTAL_11  077777777777ll
#define XATTR_MAX 65536

struct header { /* POSIX.1-1988 ustar */
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], chksum[8], typeflag, linkname[100];
	char magic[6], version[2], uname[32], gname[32], devmajor[8], devminor[8], prefix[155], pad[12];
};

struct entry {
	const char *name, *link;
	char type;
	struct stat st;   /* owner as written */
	int64_t size;
	struct sbuf pax;  /* records of the extended header */
};

/* --- output ------------------------------------------------------------------------------------ */

static int flush(struct tarball *t, struct err *err)
{
	int r = fd_write_all(t->out, t->pending.buf, t->pending.len);

	sbuf_reset(&t->pending);
	return r < 0 ? err_neg(err, r, "write the archive") : 0;
}

static int put(struct tarball *t, const void *data, size_t n, struct err *err)
{
	sbuf_add(&t->pending, data, n);
	return t->pending.len >= FLUSH_AT ? flush(t, err) : 0;
}

static int put_zeros(struct tarball *t, uint64_t n, struct err *err)
{
	static const char zeros[4096];

	while (n) {
		size_t part = MIN_OF(n, sizeof(zeros));

		if (put(t, zeros, part, err) < 0)
			return -1;
		n -= part;
	}
	return 0;
}

static uint64_t padding(uint64_t size)
{
	return (BLOCK - size % BLOCK) % BLOCK;
}

/* --- headers ------------------------------------------------------------------------------------ */

/* "LEN KEY=VALUE\n", where LEN counts itself. */
static void add_pax(struct sbuf *b, const char *key, const void *value, size_t n)
{
	size_t rest = strlen(key) + n + 3, len = rest + 1;
	char digits[24];

	while ((size_t)snprintf(digits, sizeof(digits), "%zu", len) + rest != len)
		len = (size_t)snprintf(digits, sizeof(digits), "%zu", len) + rest;
	sbuf_addf(b, "%zu %s=", len, key);
	sbuf_add(b, value, n);
	sbuf_addch(b, '\n');
}

static void octal(char *field, size_t size, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%0*llo", (int)size - 1, (unsigned long long)value);
	memcpy(field, text, size);
}

/* A number that the field cannot hold goes into the extended header, and 0 here. */
static void number(struct entry *e, char *field, size_t size, int64_t value, const char *key)
{
	char text[24];
	bool fits = value >= 0 && value <= (size == 8 ? OCTAL_7 : OCTAL_11);

	octal(field, size, fits ? value : 0);
	if (!fits)
		add_pax(&e->pax, key, text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)value));
}

/* Seconds in the field; a fraction, or what does not fit, in the extended header. */
static void time_field(struct entry *e, char *field, size_t size, const struct timespec *t)
{
	char text[40];
	int n;

	if (!t->tv_nsec || t->tv_sec < 0) { /* before 1970 a fraction would have to be written the other way round */
		number(e, field, size, t->tv_sec, "mtime");
		return;
	}
	octal(field, size, t->tv_sec <= OCTAL_11 ? t->tv_sec : 0);
	n = snprintf(text, sizeof(text), "%lld.%09ld", (long long)t->tv_sec, t->tv_nsec);
	add_pax(&e->pax, "mtime", text, (size_t)n);
}

static void text_field(struct entry *e, char *field, size_t size, const char *value, const char *key)
{
	size_t n = strlen(value);

	memcpy(field, value, MIN_OF(n, size));
	if (n > size)
		add_pax(&e->pax, key, value, n);
}

static void checksum(struct header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	unsigned sum = 0;
	char text[16];

	memset(h->chksum, ' ', sizeof(h->chksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += p[i];
	snprintf(text, sizeof(text), "%06o", sum & 0777777);
	memcpy(h->chksum, text, 7);
}

static int put_header(struct tarball *t, struct header *h, struct err *err)
{
	memcpy(h->magic, "ustar", 6);
	memcpy(h->version, "00", 2);
	checksum(h);
	return put(t, h, sizeof(*h), err);
}

static int put_pax(struct tarball *t, const struct sbuf *pax, struct err *err)
{
	struct header h;

	memset(&h, 0, sizeof(h));
	memcpy(h.name, "PaxHeaders/0", 13);
	octal(h.mode, sizeof(h.mode), 0644);
	octal(h.uid, sizeof(h.uid), 0);
	octal(h.gid, sizeof(h.gid), 0);
	octal(h.size, sizeof(h.size), (int64_t)pax->len);
	octal(h.mtime, sizeof(h.mtime), 0);
	h.typeflag = 'x';
	if (put_header(t, &h, err) < 0 || put(t, pax->buf, pax->len, err) < 0)
		return -1;
	return put_zeros(t, padding(pax->len), err);
}

static int put_entry(struct tarball *t, struct entry *e, struct err *err)
{
	struct header h;
	bool device = e->type == '3' || e->type == '4';

	memset(&h, 0, sizeof(h));
	text_field(e, h.name, sizeof(h.name), e->name, "path");
	if (e->link)
		text_field(e, h.linkname, sizeof(h.linkname), e->link, "linkpath");
	octal(h.mode, sizeof(h.mode), e->st.st_mode & 07777);
	number(e, h.uid, sizeof(h.uid), e->st.st_uid, "uid");
	number(e, h.gid, sizeof(h.gid), e->st.st_gid, "gid");
	number(e, h.size, sizeof(h.size), e->size, "size");
	time_field(e, h.mtime, sizeof(h.mtime), &e->st.st_mtim);
	h.typeflag = e->type;
	octal(h.devmajor, sizeof(h.devmajor), device ? (int64_t)major(e->st.st_rdev) & OCTAL_7 : 0);
	octal(h.devminor, sizeof(h.devminor), device ? (int64_t)minor(e->st.st_rdev) & OCTAL_7 : 0);
	if (e->pax.len && put_pax(t, &e->pax, err) < 0)
		return -1;
	return put_header(t, &h, err);
}

/* --- one object ---------------------------------------------------------------------------------- */

static uint32_t inner(const struct spec_idmaps *m, uint32_t id)
{
	for (size_t i = 0; m && i < m->n; i++)
		if (id >= m->v[i].host_id && id - m->v[i].host_id < m->v[i].size)
			return m->v[i].container_id + (id - m->v[i].host_id);
	return id;
}

static bool xattr_wanted(const char *name)
{
	if (!strcmp(name, "security.capability"))
		return true;
	return !strncmp(name, "user.", 5) && strncmp(name, "user.overlay.", 13) && strncmp(name, "user.fuseoverlayfs.", 19);
}

static void add_xattrs(struct entry *e, int fd)
{
	auto_free char *names = xmalloc(XATTR_MAX), *value = xmalloc(XATTR_MAX);
	ssize_t n = flistxattr(fd, names, XATTR_MAX);

	for (char *p = names; n > 0 && p < names + n; p += strlen(p) + 1) {
		auto_free char *key = xasprintf("SCHILY.xattr.%s", p);
		ssize_t len = xattr_wanted(p) ? fgetxattr(fd, p, value, XATTR_MAX) : -1;

		/* of version 3: the id of the namespace's root is not for other places */
		if (len == 24 && !strcmp(p, "security.capability")) {
			value[3] = 2;
			len = 20;
		}
		if (len >= 0)
			add_pax(&e->pax, key, value, (size_t)len);
	}
}

static void init(const struct tarball *t, struct entry *e, const char *name, char type, const struct stat *st)
{
	*e = (struct entry){.name = name, .type = type, .st = *st, .pax = SBUF_INIT};
	e->st.st_uid = inner(t->uids, st->st_uid);
	e->st.st_gid = inner(t->gids, st->st_gid);
}

static int put_data(struct tarball *t, int fd, int64_t size, struct err *err)
{
	auto_free char *buf = xmalloc(FLUSH_AT);
	int64_t left = size;

	while (left > 0) {
		ssize_t n = fd_read_some(fd, buf, (size_t)MIN_OF(left, (int64_t)FLUSH_AT));

		if (n < 0)
			return err_neg(err, (int)n, "read");
		if (!n)
			break;
		if (put(t, buf, (size_t)n, err) < 0)
			return -1;
		left -= n;
	}
	return put_zeros(t, (uint64_t)left + padding((uint64_t)size), err);
}

static int put_file(struct tarball *t, int fd, const char *name, const struct stat *st, struct err *err)
{
	struct entry e;
	int r;

	init(t, &e, name, '0', st);
	e.size = st->st_size;
	add_xattrs(&e, fd);
	r = put_entry(t, &e, err);
	sbuf_done(&e.pax);
	return r < 0 ? -1 : put_data(t, fd, st->st_size, err);
}

int tarball_file(struct tarball *t, int fd, const char *name, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "look at %s", name);
	return put_file(t, fd, name, &st, err) < 0 ? err_wrap(err, "%s", name) : 0;
}

static int put_other(struct tarball *t, const char *name, char type, const char *link, const struct stat *st, struct err *err)
{
	struct entry e;
	int r;

	init(t, &e, name, type, st);
	e.link = link;
	r = put_entry(t, &e, err);
	sbuf_done(&e.pax);
	return r;
}

/* --- the walk -------------------------------------------------------------------------------------- */

static int put_dir(struct tarball *t, int *fd, struct sbuf *path, unsigned depth, struct err *err);

/* A deep one's parent is closed meanwhile (FS_LEVELS_OPEN). */
static int put_subdir(struct tarball *t, int *above, int *fd, struct sbuf *path, unsigned depth, struct err *err)
{
	struct stat st;

	if (depth < FS_LEVELS_OPEN)
		return put_dir(t, fd, path, depth, err);
	if (fstat(*above, &st) < 0)
		return err_sys(err, "look at its parent");
	fd_closep(above);
	if (put_dir(t, fd, path, depth, err) < 0)
		return -1;
	*above = fs_open_above(*fd, &st);
	return *above < 0 ? err_neg(err, *above, "return to its parent") : 0;
}

static int open_and_put(struct tarball *t, int *dirfd, const char *base, struct sbuf *path, unsigned depth, struct err *err)
{
	/* O_NONBLOCK: it may have become a FIFO since we looked */
	auto_fd int fd = fd_open(*dirfd, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return err_neg(err, fd, "open");
	if (fstat(fd, &st) < 0)
		return err_sys(err, "look at it");
	if (S_ISDIR(st.st_mode))
		return put_subdir(t, dirfd, &fd, path, depth + 1, err);
	return S_ISREG(st.st_mode) ? put_file(t, fd, path->buf, &st, err) : 1;
}

static int put_link(struct tarball *t, int dirfd, const char *base, const char *name, const struct stat *st, struct err *err)
{
	auto_free char *target = fs_readlink(dirfd, base);

	return target ? put_other(t, name, '2', target, st, err) : err_sys(err, "read link");
}

/* podlite's own mount points, of which a container has kept nothing but the empty name. */
static bool skipped(const struct tarball *t, int dirfd, const char *base, const char *path, const struct stat *st)
{
	const char *const *s = t->skip;

	while (s && *s && strcmp(*s, path))
		s++;
	if (!s || !*s)
		return false;
	if (S_ISDIR(st->st_mode)) {
		auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, base));

		return dir && !fs_dir_next(dir);
	}
	return !S_ISREG(st->st_mode) || !st->st_size;
}

/* DIR/NAME becomes DIR/.wh.NAME, an empty file. */
static int put_whiteout(struct tarball *t, const struct sbuf *path, const char *base, struct err *err)
{
	auto_free char *name = xasprintf("%.*s.wh.%s", (int)(path->len - strlen(base)), path->buf, base);
	struct stat st = {.st_mode = S_IFREG | 0644};

	return put_other(t, name, '0', NULL, &st, err);
}

/* 1: it is left out. */
static int put_first(struct tarball *t, int *dirfd, const char *base, struct sbuf *path, const struct stat *st,
	unsigned depth, struct err *err)
{
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
		return open_and_put(t, dirfd, base, path, depth, err);
	if (S_ISLNK(st->st_mode))
		return put_link(t, *dirfd, base, path->buf, st, err);
	if (S_ISSOCK(st->st_mode))
		return 1;
	return put_other(t, path->buf, S_ISFIFO(st->st_mode) ? '6' : S_ISCHR(st->st_mode) ? '3' : '4', NULL, st, err);
}

static int put_child(struct tarball *t, int *dirfd, const char *base, struct sbuf *path, unsigned depth, struct err *err)
{
	const char *first;
	bool linked;
	struct stat st;
	ino_t key;
	int r;

	if (fstatat(*dirfd, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(err, "look at it");
	if (skipped(t, *dirfd, base, path->buf, &st))
		return 0;
	if (t->layer && tree_is_whiteout(&st))
		return put_whiteout(t, path, base, err);
	if (t->no_marks && !strncmp(base, ".wh.", 4))
		return err_set(err, EK_UNSUPPORTED, "layers cannot hold names that begin with .wh.");
	linked = !S_ISDIR(st.st_mode) && st.st_nlink > 1;
	key = st.st_ino ^ st.st_dev << 32;
	first = linked ? inode_names_find(&t->links, key) : NULL;
	if (first)
		return put_other(t, path->buf, '1', first, &st, err);
	r = put_first(t, dirfd, base, path, &st, depth, err);
	if (!r && linked)
		inode_names_add(&t->links, key, path->buf);
	return MIN_OF(r, 0);
}

/* path names the directory; it is written with a slash. */
static int put_dir_entry(struct tarball *t, int fd, struct sbuf *path, struct err *err)
{
	struct entry e;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "look at it");
	sbuf_addch(path, '/');
	init(t, &e, path->buf, '5', &st);
	add_xattrs(&e, fd);
	r = put_entry(t, &e, err);
	sbuf_done(&e.pax);
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In order, so that the same tree gives the same bytes. */
static int put_children(struct tarball *t, int *fd, struct sbuf *path, unsigned depth, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(*fd, "."));
	auto_svec struct svec names = SVEC_INIT;
	size_t len = path->len;
	const char *base;
	int r = 0;

	if (!dir)
		return err_sys(err, "list it");
	while ((base = fs_dir_next(dir)))
		svec_add(&names, base);
	fs_dir_closep(&dir);
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), by_name);
	for (size_t i = 0; i < names.n && !r; i++) {
		sbuf_addstr(path, names.v[i]);
		r = put_child(t, fd, names.v[i], path, depth, err);
		if (!r)
			sbuf_setlen(path, len);
	}
	return r;
}

static int put_opaque(struct tarball *t, const struct sbuf *path, struct err *err)
{
	auto_free char *name = xasprintf("%s.wh..wh..opq", path->buf);
	struct stat st = {.st_mode = S_IFREG | 0644};

	return put_other(t, name, '0', NULL, &st, err);
}

static int put_dir(struct tarball *t, int *fd, struct sbuf *path, unsigned depth, struct err *err)
{
	if (depth > MAX_DEPTH)
		return err_set(err, EK_INVALID, "more than %d directories deep", MAX_DEPTH);
	if (put_dir_entry(t, *fd, path, err) < 0)
		return -1;
	if (t->layer && tree_is_opaque(*fd) && put_opaque(t, path, err) < 0)
		return -1;
	return put_children(t, fd, path, depth, err);
}

int tarball_below(struct tarball *t, int dirfd, struct err *err)
{
	auto_sbuf struct sbuf path = SBUF_INIT;

	if (t->layer && tree_is_opaque(dirfd) && put_opaque(t, &path, err) < 0)
		return -1;
	return put_children(t, &dirfd, &path, 0, err) < 0 ? err_wrap(err, "/%s", path.buf) : 0;
}

int tarball_tree(struct tarball *t, int dirfd, const char *name, struct err *err)
{
	auto_sbuf struct sbuf path = SBUF_INIT;

	sbuf_addstr(&path, name);
	return put_dir(t, &dirfd, &path, 0, err) < 0 ? err_wrap(err, "%s", path.buf) : 0;
}

int tarball_end(struct tarball *t, struct err *err)
{
	return put_zeros(t, 2 * BLOCK, err) < 0 ? -1 : flush(t, err);
}

void tarball_done(struct tarball *t)
{
	sbuf_done(&t->pending);
	inode_names_done(&t->links);
}
