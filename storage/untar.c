#include "storage/untar.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/crc32c.h"
#include "common/fd.h"
#include "common/rootfd.h"
#include "common/sbuf.h"
#include "storage/untar_meta.h"
#include "storage/untar_path.h"

#define FLUSH_EVERY (8 << 20) /* large files start on their way to the disk while they are written */
#define SPARSE_MAX  100000
#define MODE_UNKNOWN 0xffffu /* no object has it: the mode is always set */

struct entry {
	struct archive *a;
	struct archive_entry *e;
	struct untar_split at;
	enum untar_name kind;
};

/* --- regular files ------------------------------------------------------------------------------------------- */

static int read_failed(struct entry *en, struct err *err)
{
	/* err is set already when the stream, not the archive, is at fault (see next_block) */
	if (err->kind != EK_OK)
		return -1;
	return err_set(err, EK_INVALID, "damaged tar archive: %s", archive_error_string(en->a));
}

/* Parts come in order and inside the size, or they are refused: a map may not go back (threats.md U14). */
static int check_part(off_t pos, off_t off, size_t n, int64_t size, struct err *err)
{
	if (off < pos || off > size || (int64_t)n > size - off)
		return err_set(err, EK_INVALID, "parts of a sparse file overlap or lie outside it");
	return 0;
}

/* The sum of its content belongs to the inode: a later entry may give it another name. */
static int keep_sum(struct untar *u, int fd, uint32_t sum, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "look at the file");
	inode_map_set(u->sums, st.st_ino, sum);
	return 0;
}

static int write_data(struct untar *u, struct entry *en, int fd, struct err *err)
{
	int64_t size = archive_entry_size(en->e), off;
	off_t pos = 0, flushed = 0;
	bool holes = false;
	uint32_t sum = 0;
	const void *buf;
	size_t n;
	int r;

	while ((r = archive_read_data_block(en->a, &buf, &n, &off)) == ARCHIVE_OK || r == ARCHIVE_WARN) {
		ssize_t written;

		if (check_part(pos, off, n, size, err) < 0)
			return -1;
		written = fd_write_sparse(fd, buf, n, off);
		if (written < 0)
			return err_neg(err, (int)written, "write");
		if (u->sums)
			sum = crc32c_add(crc32c_zeros(sum, (uint64_t)(off - pos)), buf, n);
		pos = off + (off_t)n;
		holes |= (size_t)written < n;
		u->disk_bytes += (size_t)written;
		if (pos - flushed >= FLUSH_EVERY) {
			sync_file_range(fd, flushed, pos - flushed, SYNC_FILE_RANGE_WRITE);
			flushed = pos;
		}
	}
	if (r != ARCHIVE_EOF)
		return read_failed(en, err);
	u->disk_bytes = (u->disk_bytes + 4095) & ~4095ull;
	/* the file may end in a hole, and then be shorter than what was read for it */
	if ((holes || pos < size) && ftruncate(fd, size) < 0)
		return err_sys(err, "set size");
	return u->sums ? keep_sum(u, fd, crc32c_zeros(sum, (uint64_t)(size - pos)), err) : 0;
}

static int check_size(struct untar *u, struct entry *en, struct err *err)
{
	int64_t size = archive_entry_size(en->e);

	if (size < 0)
		return err_set(err, EK_INVALID, "a size below zero");
	if ((uint64_t)size > u->bytes_left) {
		err_set(err, EK_SYSTEM, "the layer is larger than the space for it: %llu bytes left, the file has %lld",
			(unsigned long long)u->bytes_left, (long long)size);
		err->sys = ENOSPC;
		return -1;
	}
	u->bytes_left -= (uint64_t)size;
	if (archive_entry_sparse_reset(en->e) > SPARSE_MAX)
		return err_set(err, EK_INVALID, "too many parts of a sparse file");
	return 0;
}

static bool parent_gives_gid(const struct untar *u)
{
	return u->parent.st.st_mode & S_ISGID;
}

static int create_file(struct untar *u, int dirfd, const char *name, mode_t mode, struct err *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
	int fd = fd_open(dirfd, name, flags, mode);
	bool hid;

	if (fd == -EEXIST) {
		if (untar_path_clear(u, dirfd, name, false, &hid, err) < 0)
			return -1;
		fd = fd_open(dirfd, name, flags, mode);
	}
	return fd < 0 ? err_neg(err, fd, "create") : fd;
}

static int put_file(struct untar *u, struct entry *en, int dirfd, struct err *err)
{
	mode_t mode = archive_entry_mode(en->e) & 0777;
	auto_fd int fd = -1;

	if (check_size(u, en, err) < 0 || untar_path_count(u, err) < 0)
		return -1;
	fd = create_file(u, dirfd, en->at.base, mode, err);
	if (fd >= 0 && u->files && archive_entry_size(en->e))
		tarindex_file(u->files, u->entries, untar_path_real(u), u->parent.st.st_ino, en->at.base);
	if (fd < 0 || (archive_entry_size(en->e) && write_data(u, en, fd, err) < 0))
		return -1;
	return untar_meta_fd(u, fd, en->e, mode, parent_gives_gid(u), err);
}

/* --- directories --------------------------------------------------------------------------------------------- */

/* The directory may be the current parent, whose times are put back later: then to these. */
static void times_changed(struct untar *u, int fd, struct archive_entry *e)
{
	struct timespec times[2];
	struct stat st;

	if (u->parent.fd < 0 || fstat(fd, &st) < 0 || st.st_ino != u->parent.st.st_ino)
		return;
	untar_meta_times(e, times);
	u->parent.st.st_atim = times[0];
	u->parent.st.st_mtim = times[1];
	u->parent.st.st_mode = st.st_mode;
}

static int put_dir(struct untar *u, struct entry *en, int dirfd, struct err *err)
{
	const char *name = en->at.base;
	bool hid = false, made = !mkdirat(dirfd, name, 0700);
	auto_fd int fd = -1;
	int r = 0;

	if (!made && errno == EEXIST) {
		r = untar_path_clear(u, dirfd, name, true, &hid, err);
		if (!r && mkdirat(dirfd, name, 0700) < 0)
			return err_sys(err, "make directory");
		made = !r;
	} else if (!made) {
		return err_sys(err, "make directory");
	}
	if (r < 0 || (made && untar_path_count(u, err) < 0))
		return -1;
	if (made)
		u->disk_bytes += 4096;
	fd = fd_open_dir(dirfd, name);
	if (fd < 0)
		return err_neg(err, fd, "open directory");
	if (hid && !u->plain && untar_path_opaque(u, fd, err) < 0)
		return -1;
	if (!made && untar_path_has_entry(u, fd, err) < 0)
		return -1;
	return untar_meta_fd(u, fd, en->e, MODE_UNKNOWN, !made || parent_gives_gid(u), err);
}

static int put_root(struct untar *u, struct entry *en, struct err *err)
{
	if (archive_entry_filetype(en->e) != AE_IFDIR || archive_entry_hardlink(en->e))
		return err_set(err, EK_INVALID, "the root of the layer is not a directory");
	if (untar_meta_fd(u, u->root, en->e, MODE_UNKNOWN, true, err) < 0)
		return -1;
	times_changed(u, u->root, en->e);
	return 0;
}

/* --- links and the rest --------------------------------------------------------------------------------------- */

static int make_symlink(int dirfd, const char *name, const void *arg)
{
	return symlinkat(arg, dirfd, name);
}

static int make_fifo(int dirfd, const char *name, const void *arg)
{
	(void)arg;
	return mknodat(dirfd, name, S_IFIFO | 0600, 0);
}

/* What linkat needs to know about the first name. */
struct target {
	int dirfd;
	const char *name;
};

static int make_link(int dirfd, const char *name, const void *arg)
{
	const struct target *t = arg;

	return linkat(t->dirfd, t->name, dirfd, name, 0);
}

/* Make it; what stood there goes first, but only when it is certain that something stands there. */
static int make_node(struct untar *u, int dirfd, const char *name, int (*make)(int, const char *, const void *), const void *arg, struct err *err)
{
	bool hid;

	if (!make(dirfd, name, arg))
		return 0;
	if (errno == EEXIST) {
		if (untar_path_clear(u, dirfd, name, false, &hid, err) < 0)
			return -1;
		if (!make(dirfd, name, arg))
			return 0;
	}
	return err_sys(err, "create");
}

static int put_symlink(struct untar *u, struct entry *en, int dirfd, struct err *err)
{
	const char *text = archive_entry_symlink(en->e);

	/* Stored as it is, never checked, never followed (threats.md U3). */
	if (!text || !*text)
		return err_set(err, EK_INVALID, "a symbolic link without target");
	if (untar_path_count(u, err) < 0 || make_node(u, dirfd, en->at.base, make_symlink, text, err) < 0)
		return -1;
	return untar_meta_name(u, dirfd, en->at.base, en->e, err);
}

static int put_fifo(struct untar *u, struct entry *en, int dirfd, struct err *err)
{
	if (untar_path_count(u, err) < 0 || make_node(u, dirfd, en->at.base, make_fifo, NULL, err) < 0)
		return -1;
	return untar_meta_name(u, dirfd, en->at.base, en->e, err);
}

/* The first name must be a file of this layer; a whiteout is none (threats.md U4). */
static int check_target(const struct target *t, int dirfd, const char *name, struct err *err)
{
	struct stat st, here;

	if (t->dirfd < 0 || fstatat(t->dirfd, t->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISCHR(st.st_mode))
		return err_set(err, EK_INVALID, "a hard link to a file that this layer does not have");
	if (S_ISDIR(st.st_mode))
		return err_set(err, EK_INVALID, "a hard link to a directory");
	if (fstatat(dirfd, name, &here, AT_SYMLINK_NOFOLLOW) < 0 || here.st_ino != st.st_ino)
		return 0;
	if (strcmp(t->name, name))
		return 1;
	return err_set(err, EK_INVALID, "a hard link to itself");
}

static int put_hardlink(struct untar *u, struct entry *en, int dirfd, struct err *err)
{
	struct untar_split to;
	struct target t = {.dirfd = -1};
	enum untar_name kind;
	auto_fd int fd = -1;
	int r;

	to.plain = u->plain;
	if (untar_path_split(archive_entry_hardlink(en->e), &to, &kind, err) < 0)
		return err_wrap(err, "target of a hard link");
	if (kind != UNTAR_NAME_PLAIN)
		return err_set(err, EK_INVALID, "a hard link to a whiteout or to the root");
	fd = rootfd_open(u->root, *to.dir ? to.dir : ".", O_PATH | O_DIRECTORY, 0);
	t.dirfd = fd;
	t.name = to.base;
	r = check_target(&t, dirfd, en->at.base, err);
	return r ? MIN_OF(r, 0) : make_node(u, dirfd, en->at.base, make_link, &t, err);
}

/* A marker is an empty file; aufs's whiteouts were hard links to each other. */
static int check_marker(const struct entry *en, bool links, struct err *err)
{
	const char *link = archive_entry_hardlink(en->e);
	struct untar_split to = {.plain = false};
	enum untar_name kind;

	if (link && links && !untar_path_split(link, &to, &kind, err) && kind != UNTAR_NAME_PLAIN &&
		kind != UNTAR_NAME_ROOT)
		return 0;
	if (link || archive_entry_filetype(en->e) != AE_IFREG || archive_entry_size(en->e) || en->at.slash)
		return err_set(err, EK_INVALID, "a whiteout that is no empty file");
	return 0;
}

static int put_opaque(struct untar *u, struct entry *en, int dirfd, struct err *err)
{
	if (untar_path_opaque(u, dirfd, err) < 0)
		return -1;
	if (!*en->at.dir)
		u->opaque_root = true;
	return 0;
}

static int put_plain(struct untar *u, struct entry *en, int dirfd, struct err *err)
{
	if (archive_entry_hardlink(en->e))
		return put_hardlink(u, en, dirfd, err);
	switch (archive_entry_filetype(en->e)) {
	case AE_IFREG:
		if (!en->at.slash)
			return put_file(u, en, dirfd, err);
		/* tar before 1988 had no type for directories, only this slash */
		return archive_entry_size(en->e) ? err_set(err, EK_INVALID, "a file whose name ends in \"/\"")
						 : put_dir(u, en, dirfd, err);
	case AE_IFDIR:
		return put_dir(u, en, dirfd, err);
	case AE_IFLNK:
		return put_symlink(u, en, dirfd, err);
	case AE_IFIFO:
		return put_fifo(u, en, dirfd, err);
	default:
		return err_set(err, EK_INVALID, "an entry of unknown type");
	}
}

/* No file will have it, so the index keeps it. A sparse one is in the index's other stream. */
static int skip_content(struct untar *u, struct entry *en, struct err *err)
{
	const void *buf;
	size_t n;
	off_t off;
	int r;

	if (archive_entry_hardlink(en->e) || archive_entry_filetype(en->e) != AE_IFREG || !archive_entry_size(en->e))
		return 0;
	if (check_size(u, en, err) < 0)
		return -1;
	tarindex_inline(u->files, u->entries);
	while ((r = archive_read_data_block(en->a, &buf, &n, &off)) == ARCHIVE_OK || r == ARCHIVE_WARN)
		if (n)
			tarindex_data(u->files, buf, n);
	tarindex_data(u->files, NULL, 0);
	return r == ARCHIVE_EOF ? 0 : read_failed(en, err);
}

static bool is_device(const struct entry *en)
{
	return !archive_entry_hardlink(en->e) &&
		(archive_entry_filetype(en->e) == AE_IFCHR || archive_entry_filetype(en->e) == AE_IFBLK);
}

static int put_entry(struct untar *u, struct entry *en, struct err *err)
{
	int dirfd;

	if (en->kind == UNTAR_NAME_AUFS)
		return skip_content(u, en, err);
	if (en->kind == UNTAR_NAME_ROOT)
		return put_root(u, en, err);
	/* Not ours to make, and one of 0:0 would be a whiteout (threats.md U6, U7). */
	if (en->kind == UNTAR_NAME_PLAIN && is_device(en)) {
		u->skipped_devices++;
		return 0;
	}
	if (en->kind != UNTAR_NAME_PLAIN) {
		if (check_marker(en, en->kind == UNTAR_NAME_WHITEOUT, err) < 0)
			return -1;
		if (untar_path_hidden(u, en->at.dir))
			return 0;
	}
	dirfd = untar_path_parent(u, en->at.dir, err);
	if (dirfd < 0)
		return -1;
	if (en->kind == UNTAR_NAME_WHITEOUT)
		return untar_path_whiteout(u, dirfd, en->at.base, err);
	if (en->kind == UNTAR_NAME_OPAQUE)
		return put_opaque(u, en, dirfd, err);
	return put_plain(u, en, dirfd, err);
}

/* --- the archive ------------------------------------------------------------------------------------------------ */

struct source {
	struct pipeline *p;
	struct err *err;
};

static ssize_t next_block(struct archive *a, void *arg, const void **ret)
{
	struct source *s = arg;
	ssize_t n = pipeline_next(s->p, ret, s->err);

	if (n < 0)
		archive_set_error(a, EIO, "%s", "the stream failed");
	return n < 0 ? ARCHIVE_FATAL : n;
}

static int name_failed(const char *name, struct err *err)
{
	auto_sbuf struct sbuf safe = SBUF_INIT;

	sbuf_addsafe(&safe, name, strnlen(name, 200));
	return err_wrap(err, "entry %s", safe.buf);
}

static int one_entry(struct untar *u, struct entry *en, struct err *err)
{
	const char *name = archive_entry_pathname(en->e);

	u->entries++;
	if (!name)
		return err_set(err, EK_INVALID, "an entry has a name that cannot be read");
	en->at.plain = u->plain;
	if (untar_path_split(name, &en->at, &en->kind, err) < 0 || put_entry(u, en, err) < 0)
		return err->kind == EK_OK ? -1 : name_failed(name, err);
	return 0;
}

static int all_entries(struct untar *u, struct entry *en, struct err *err)
{
	int r;

	while ((r = archive_read_next_header2(en->a, en->e)) == ARCHIVE_OK || r == ARCHIVE_WARN)
		if (one_entry(u, en, err) < 0)
			return -1;
	return r == ARCHIVE_EOF ? 0 : read_failed(en, err);
}

/* The first block decides whether there is an archive at all: a stream of no bytes is an empty one. */
static int is_empty(struct pipeline *p, struct err *err)
{
	const void *data;
	ssize_t n = pipeline_peek(p, &data, err);

	return n < 0 ? -1 : !n;
}

int untar_run(struct untar *u, struct pipeline *p, struct err *err)
{
	struct source src = {.p = p, .err = err};
	struct entry *en;
	int r = is_empty(p, err);

	if (r)
		return MIN_OF(r, 0);
	en = new0(struct entry);
	u->parent.fd = -1;
	en->a = archive_read_new();
	en->e = archive_entry_new();
	if (!en->a || !en->e || archive_read_support_format_tar(en->a) != ARCHIVE_OK ||
		archive_read_open(en->a, &src, NULL, next_block, NULL) != ARCHIVE_OK)
		r = read_failed(en, err);
	else
		r = all_entries(u, en, err);
	untar_path_leave(u);
	archive_entry_free(en->e);
	archive_read_free(en->a);
	free(en);
	return r;
}
