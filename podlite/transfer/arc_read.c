#include "podlite/transfer/arc_read.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/rootfd.h"
#include "podlite/transfer/arc_tar.h"
#include "podlite/transfer/arc_xz.h"
#include "podlite/transfer/cancel.h"
#include "storage/inflate.h"

#define PIECE    (256u << 10)
#define MAX_HOPS 8

struct arc_read {
	int fd;        /* the tar, or the directory */
	bool own, dir;
	struct arc_tar tar;
};

/* --- opening ------------------------------------------------------------------------------------------------ */

/* A file or pipe, however compressed, as a stream of bytes. */
struct source {
	int fd;
	struct inflate *in;
	struct arc_xz *xz;
};

static ssize_t source_read(struct source *s, void *buf, size_t n, struct err *err)
{
	ssize_t r;

	if (cancel_check(err) < 0)
		return -1;
	if (s->in)
		return inflate_read(s->in, buf, n, err);
	if (s->xz)
		return arc_xz_read(s->xz, buf, n, err);
	r = fd_read_some(s->fd, buf, n);
	return r < 0 ? err_neg(err, (int)r, "read the archive") : r;
}

/* All of it to a file without name. What it comes to, compressed bytes do not tell. */
static int spool(struct source *s, int scratch, struct err *err)
{
	auto_free char *buf = xmalloc(PIECE);
	auto_fd int out = fd_tmpfile(scratch, 0600);
	uint64_t room = 0;
	ssize_t n = 0, r = out < 0 ? out : fs_room(out, &room);
	off_t size = 0;

	for (; r >= 0 && (n = source_read(s, buf, PIECE, err)) > 0; size += n) {
		if ((uint64_t)n > room)
			return err_set(err, EK_SYSTEM, "the archive is larger than the space for it");
		room -= (uint64_t)n;
		r = fd_write_sparse(out, buf, (size_t)n, size);
	}
	if (r >= 0 && n == 0 && ftruncate(out, size) < 0)
		r = -errno;
	if (r < 0)
		return err_neg(err, (int)r, "write a scratch file");
	return n < 0 ? -1 : take_fd(out);
}

static int replace(struct arc_read *a, int fd)
{
	if (fd < 0)
		return -1;
	if (a->own)
		fd_close(a->fd);
	a->fd = fd;
	a->own = true;
	return 0;
}

static bool is_file_at_start(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
}

static int uncompress(struct arc_read *a, int scratch, bool xz, struct err *err)
{
	struct source s = {.fd = a->fd};
	int fd = -1;

	if (xz)
		s.xz = arc_xz_new(a->fd, err);
	else
		s.in = inflate_new(a->fd);
	if (s.in || s.xz)
		fd = spool(&s, scratch, err);
	inflate_free(s.in);
	arc_xz_free(s.xz);
	return replace(a, fd);
}

static int make_plain(struct arc_read *a, int scratch, struct err *err)
{
	static const char zeros[512];
	struct source raw = {.fd = a->fd};
	char block[512] = "";
	ssize_t n;

	if (!is_file_at_start(a->fd) && replace(a, spool(&raw, scratch, err)) < 0)
		return -1;
	n = pread(a->fd, block, sizeof(block), 0);
	if (n <= 0)
		return n < 0 ? err_sys(err, "read it") : err_set(err, EK_INVALID, "it is empty, no archive");
	/* a tar of nothing begins with its end */
	if (n < (ssize_t)sizeof(block) || (memcmp(block + 257, "ustar", 5) && memcmp(block, zeros, sizeof(block)))) {
		if (uncompress(a, scratch, !memcmp(block, "\xfd" "7zXZ", 6), err) < 0)
			return -1;
	}
	return 0;
}

int arc_read_plain(int fd, int scratch, struct arc_part *ret, struct err *err)
{
	struct arc_read a = {.fd = fd};
	struct stat st;

	if (make_plain(&a, scratch, err) < 0 || fstat(a.fd, &st) < 0) {
		if (a.own)
			fd_close(a.fd);
		return -1;
	}
	*ret = (struct arc_part){.fd = a.fd, .size = (uint64_t)st.st_size, .own = a.own};
	return 0;
}

static int open_tar(struct arc_read *a, int scratch, struct err *err)
{
	return make_plain(a, scratch, err) < 0 ? -1 : arc_tar_list(a->fd, ARC_READ_MEMBERS, &a->tar, err);
}

struct arc_read *arc_read_open(int fd, int scratch, struct err *err)
{
	struct arc_read *a = new0(struct arc_read);
	struct stat st;

	a->fd = fd;
	a->dir = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	if (a->dir || open_tar(a, scratch, err) == 0)
		return a;
	arc_read_close(a);
	return NULL;
}

void arc_read_close(struct arc_read *a)
{
	if (!a)
		return;
	if (a->own)
		fd_close(a->fd);
	arc_tar_done(&a->tar);
	free(a);
}

/* --- members ------------------------------------------------------------------------------------------------ */

static int part_of_dir(struct arc_read *a, const char *name, struct arc_part *ret, struct err *err)
{
	int fd = rootfd_open(a->fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return err_neg(err, fd, "%.100s", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		fd_close(fd);
		return err_set(err, EK_INVALID, "%.100s is no file", name);
	}
	*ret = (struct arc_part){.fd = fd, .size = (uint64_t)st.st_size, .own = true};
	return 0;
}

int arc_read_part(struct arc_read *a, const char *name, struct arc_part *ret, struct err *err)
{
	const struct arc_member *m;
	auto_free char *path = NULL;

	if (a->dir)
		return part_of_dir(a, name, ret, err);
	path = arc_tar_clean(name);
	for (unsigned hops = 0; path && hops < MAX_HOPS; hops++) {
		m = arc_tar_find(&a->tar, path);
		if (!m)
			break;
		if (!m->link) {
			*ret = (struct arc_part){.fd = a->fd, .off = m->off, .size = m->size};
			return 0;
		}
		/* docker save links equal layers to each other */
		free(path);
		path = xstrdup(m->link);
	}
	return err_set(err, EK_NOT_FOUND, "the archive has no %.100s", name);
}

bool arc_read_has(struct arc_read *a, const char *name)
{
	struct arc_part p;

	if (arc_read_part(a, name, &p, NULL) < 0)
		return false;
	arc_read_part_done(&p);
	return true;
}

/* Equal layers may stand there twice; of documents nobody could say which one counts. */
static bool is_ambiguous(const struct arc_read *a, const char *name)
{
	auto_free char *path = a->dir ? NULL : arc_tar_clean(name);

	return path && arc_tar_is_twice(&a->tar, path);
}

int arc_read_text(struct arc_read *a, const char *name, size_t max, struct sbuf *ret, struct err *err)
{
	struct arc_part p;
	ssize_t n = 0;

	if (is_ambiguous(a, name))
		return err_set(err, EK_INVALID, "the archive has %.100s more than once", name);
	if (arc_read_part(a, name, &p, err) < 0)
		return -1;
	if (p.size <= max) {
		sbuf_grow(ret, p.size + 1);
		n = pread(p.fd, ret->buf + ret->len, p.size, p.off);
	}
	arc_read_part_done(&p);
	if (p.size > max)
		return err_set(err, EK_INVALID, "%.100s has %llu bytes, the limit is %zu", name,
			(unsigned long long)p.size, max);
	if (n < 0 || (uint64_t)n != p.size)
		return n < 0 ? err_sys(err, "read %.100s", name) : err_set(err, EK_INVALID, "%.100s is cut off", name);
	sbuf_setlen(ret, ret->len + (size_t)n);
	return 0;
}

void arc_read_part_done(struct arc_part *p)
{
	if (p->own)
		fd_close(p->fd);
	p->own = false;
	p->fd = -1;
}
