#include "storage/pack.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/crc32c.h"
#include "common/fd.h"
#include "common/hash.h"
#include "common/rootfd.h"
#include "storage/pack_index.h"

#define PATH_LIMIT 4095

/* Where the bytes of the current item come from. */
enum from { FROM_INDEX, FROM_ZEROS, FROM_FILE, FROM_PIECES };

struct pack {
	struct layer_info info;
	int diff;                  /* the layer's root */
	struct pack_stream *index, *files;
	struct pack_saves saves;
	struct hash *hash;         /* NULL: the sum will do */
	uint32_t sum;
	uint64_t total;            /* bytes given so far */
	bool ended;
	/* the current item */
	enum from from;
	uint64_t left;
	uint64_t piece;            /* FROM_PIECES: left of the current piece */
	int fd;                    /* FROM_FILE */
	off_t off;
	bool own_fd;
	uint64_t entry, files_entry; /* of the last content in each stream */
	bool in_pieces;            /* the second stream stands in pieces that must be read to their end */
	/* the directory named last in the second stream */
	int dir;
	char path[PATH_LIMIT + 1], name[PATH_LIMIT + 1];
};

/* --- opening ------------------------------------------------------------------------------------------------ */

static int open_part(int layer, const char *name, struct err *err)
{
	int fd = fd_open(layer, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		fd_close(fd);
		return err_set(err, EK_INVALID, "%s is no file", name);
	}
	if (fd == -ENOENT) {
		err_set(err, EK_NOT_FOUND, "there is no index of it");
		return err_advise(err, "remove the image and pull it again");
	}
	return fd < 0 ? err_neg(err, fd, "open %s", name) : fd;
}

static int open_streams(struct pack *p, int layer, int scratch, struct err *err)
{
	int fd;

	p->diff = fd_open_dir(layer, "diff");
	if (p->diff < 0)
		return err_neg(err, p->diff, "open its directory");
	fd = open_part(layer, LAYER_INDEX, err);
	if (fd < 0)
		return -1;
	p->index = pack_stream_new(fd);
	if (p->info.replaced) {
		fd = open_part(layer, LAYER_FILES, err);
		if (fd < 0 || pack_saves_read(fd, scratch, &p->saves, err) < 0)
			return -1;
	}
	fd = open_part(layer, LAYER_FILES, err);
	if (fd < 0)
		return -1;
	p->files = pack_stream_new(fd);
	return 0;
}

static struct pack *open_at(int layer, const struct layer_info *info, int scratch, bool proof, struct err *err)
{
	struct pack *p = new0(struct pack);

	p->info = *info;
	p->diff = p->dir = p->fd = p->saves.fd = -1;
	p->hash = proof ? hash_new() : NULL;
	if (open_streams(p, layer, scratch, err) == 0)
		return p;
	pack_close(p);
	err_wrap(err, "layer %.12s", info->diff_id.hex);
	return NULL;
}

struct pack *pack_open_at(int layer, const struct layer_info *info, int scratch, struct err *err)
{
	return open_at(layer, info, scratch, true, err);
}

struct pack *pack_open(struct store *s, const struct digest *diff_id, struct err *err)
{
	auto_fd int layer = fd_open_dir(s->layers, diff_id->hex);
	struct layer_info info;

	if (layer < 0) {
		err_neg(err, layer, "layer %.12s: open", diff_id->hex);
		return NULL;
	}
	if (layer_read(s, diff_id, &info, err) < 0)
		return NULL;
	return open_at(layer, &info, s->tmp, !info.summed, err);
}

static void close_file(struct pack *p)
{
	if (p->own_fd)
		fd_close(p->fd);
	p->own_fd = false;
	p->fd = -1;
}

void pack_close(struct pack *p)
{
	if (!p)
		return;
	close_file(p);
	fd_close(p->dir);
	fd_close(p->diff);
	pack_stream_free(p->index);
	pack_stream_free(p->files);
	pack_saves_done(&p->saves);
	hash_free(p->hash);
	free(p);
}

uint64_t pack_size(const struct pack *p)
{
	return p->info.tar_size;
}

/* --- where content is --------------------------------------------------------------------------------------- */

/* "/etc/shadow" */
static void add_file_name(const struct pack *p, struct sbuf *ret)
{
	sbuf_addch(ret, '/');
	sbuf_addsafe(ret, p->path, strlen(p->path));
	if (*p->path)
		sbuf_addch(ret, '/');
	sbuf_addsafe(ret, p->name, strlen(p->name));
}

static int file_damaged(const struct pack *p, struct err *err, const char *what)
{
	auto_sbuf struct sbuf safe = SBUF_INIT;

	add_file_name(p, &safe);
	return err_set(err, EK_INVALID, "file %s is damaged: %s", safe.buf, what);
}

static int cannot_open(const struct pack *p, int neg, struct err *err)
{
	auto_sbuf struct sbuf safe = SBUF_INIT;

	add_file_name(p, &safe);
	return err_neg(err, neg, "open file %s", safe.buf);
}

static int enter_dir(struct pack *p, struct err *err)
{
	uint64_t ino;

	if (pack_stream_string(p->files, p->path, PATH_LIMIT, err) < 0 || pack_stream_number(p->files, &ino, err) < 0)
		return -1;
	fd_closep(&p->dir);
	/* It may be gone: then all that was in it is among the replaced files. */
	p->dir = rootfd_open(p->diff, *p->path ? p->path : ".", O_PATH | O_DIRECTORY, 0);
	return 0;
}

static int use_file(struct pack *p, struct err *err)
{
	const struct pack_saved *saved = pack_saves_find(&p->saves, p->entry);
	struct stat st;

	p->from = FROM_FILE;
	if (saved) {
		p->fd = p->saves.fd;
		p->off = (off_t)saved->off;
		return saved->size == p->left ? 0 : file_damaged(p, err, "it was replaced, and its size is wrong");
	}
	p->off = 0;
	p->fd = p->dir < 0 ? p->dir : fd_open(p->dir, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (p->fd == -ENOENT || p->fd == -ENOTDIR || p->fd == -ELOOP)
		return file_damaged(p, err, "it is missing");
	if (p->fd < 0)
		return cannot_open(p, p->fd, err);
	p->own_fd = true;
	if (fstat(p->fd, &st) < 0)
		return err_sys(err, "look at a file of it");
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != p->left)
		return file_damaged(p, err, "its size is wrong");
	return 0;
}

/* Pass pieces: 'S' items, and what is left of an 'I' item. */
static int skip_pieces(struct pack *p, struct err *err)
{
	uint64_t n;

	do {
		if (pack_stream_number(p->files, &n, err) < 0 || pack_stream_skip(p->files, n, err) < 0)
			return -1;
	} while (n);
	return 0;
}

static int skip_saved(struct pack *p, struct err *err)
{
	uint64_t ino;

	if (pack_stream_number(p->files, &ino, err) < 0 ||
		pack_stream_string(p->files, p->name, PATH_LIMIT, err) < 0)
		return -1;
	return skip_pieces(p, err);
}

/* F or I: 1 if it is the one that is sought, 0 if it is an earlier one. */
static int at_content(struct pack *p, bool is_file, struct err *err)
{
	uint64_t n;

	if (pack_stream_number(p->files, &n, err) < 0 ||
		(is_file && pack_stream_string(p->files, p->name, PATH_LIMIT, err) < 0))
		return -1;
	/* a name, nothing that leads out of its directory */
	if (is_file && (!*p->name || strchr(p->name, '/') || !strcmp(p->name, ".") || !strcmp(p->name, "..")))
		return pack_stream_damaged(err);
	p->files_entry += n;
	if (p->files_entry > p->entry)
		return pack_stream_damaged(err);
	if (p->files_entry < p->entry)
		return is_file ? 0 : skip_pieces(p, err);
	if (is_file)
		return use_file(p, err) < 0 ? -1 : 1;
	p->from = FROM_PIECES;
	p->in_pieces = true;
	p->piece = 0;
	return 1;
}

/* The second stream up to the item for p->entry. */
static int find_content(struct pack *p, struct err *err)
{
	char kind;
	int r = 0;

	if (p->in_pieces && (pack_stream_skip(p->files, p->piece, err) < 0 || skip_pieces(p, err) < 0))
		return -1;
	p->in_pieces = false;
	while (!r) {
		if (pack_stream_bytes(p->files, &kind, 1, err) < 0)
			return -1;
		if (kind == 'D')
			r = enter_dir(p, err);
		else if (kind == 'S')
			r = skip_saved(p, err);
		else if (kind == 'F' || kind == 'I')
			r = at_content(p, kind == 'F', err);
		else
			r = pack_stream_damaged(err);
	}
	return MIN_OF(r, 0);
}

/* --- reading ------------------------------------------------------------------------------------------------ */

/* 1: there is one; 0: the end of the tar. */
static int next_item(struct pack *p, struct err *err)
{
	uint64_t n, entries;
	int end = pack_stream_at_end(p->index, err);

	close_file(p);
	if (end)
		return end < 0 ? -1 : 0;
	if (pack_stream_number(p->index, &n, err) < 0)
		return -1;
	p->left = n >> 2;
	if (p->left > p->info.tar_size - p->total)
		return pack_stream_damaged(err);
	switch (n & 3) {
	case TARINDEX_BYTES:
		p->from = FROM_INDEX;
		return 1;
	case TARINDEX_ZEROS:
		p->from = FROM_ZEROS;
		return 1;
	case TARINDEX_CONTENT:
		if (pack_stream_number(p->index, &entries, err) < 0)
			return -1;
		p->entry += entries;
		return find_content(p, err) < 0 ? -1 : 1;
	default:
		return pack_stream_damaged(err);
	}
}

static int read_file(struct pack *p, char *buf, size_t n, struct err *err)
{
	while (n) {
		ssize_t r = pread(p->fd, buf, n, p->off);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, "read /%s/%s", p->path, p->name);
		if (!r)
			return file_damaged(p, err, "it is too short");
		buf += r;
		n -= (size_t)r;
		p->off += r;
	}
	return 0;
}

static int read_pieces(struct pack *p, char *buf, size_t n, struct err *err)
{
	while (n) {
		size_t part;

		if (!p->piece && pack_stream_number(p->files, &p->piece, err) < 0)
			return -1;
		if (!p->piece)
			return pack_stream_damaged(err);
		part = (size_t)MIN_OF((uint64_t)n, p->piece);
		if (pack_stream_bytes(p->files, buf, part, err) < 0)
			return -1;
		buf += part;
		n -= part;
		p->piece -= part;
	}
	return 0;
}

static int read_item(struct pack *p, char *buf, size_t n, struct err *err)
{
	switch (p->from) {
	case FROM_INDEX:
		return pack_stream_bytes(p->index, buf, n, err);
	case FROM_FILE:
		return read_file(p, buf, n, err);
	case FROM_PIECES:
		return read_pieces(p, buf, n, err);
	case FROM_ZEROS:
	default:
		memset(buf, 0, n);
		return 0;
	}
}

static void add(struct pack *p, const char *buf, size_t n)
{
	if (p->hash)
		hash_add(p->hash, buf, n);
	else
		p->sum = crc32c_add(p->sum, buf, n);
}

/* Everything was given: was it the layer? */
static int finish(struct pack *p, struct err *err)
{
	bool whole = p->total == p->info.tar_size;
	struct digest found;

	p->ended = true;
	if (!p->hash && (!whole || p->sum != p->info.tar_sum)) {
		err_set(err, EK_INVALID, "its files are damaged: they give another sum than when they were unpacked");
		return err_advise(err, "podlite system check --deep says which, with --repair it mends them");
	}
	if (!p->hash)
		return 0;
	hash_finish(p->hash, &found);
	if (whole && digest_equal(&found, &p->info.diff_id))
		return 0;
	return err_set(err, EK_INVALID, "its files are damaged: they give DiffID sha256:%s", found.hex);
}

static ssize_t fill(struct pack *p, char *buf, size_t n, struct err *err)
{
	size_t done = 0;

	while (done < n && !p->ended) {
		size_t part;
		int r = p->left ? 1 : next_item(p, err);

		if (r < 0 || (r == 0 && finish(p, err) < 0))
			return -1;
		part = (size_t)MIN_OF((uint64_t)(n - done), p->left);
		if (read_item(p, buf + done, part, err) < 0)
			return -1;
		if (!p->ended)
			add(p, buf + done, part);
		p->left -= part;
		p->total += part;
		done += part;
	}
	return (ssize_t)done;
}

ssize_t pack_read(struct pack *p, void *buf, size_t n, struct err *err)
{
	ssize_t r = fill(p, buf, n, err);

	if (r < 0) {
		p->ended = true;
		err_wrap(err, "layer %.12s", p->info.diff_id.hex);
	}
	return r;
}
