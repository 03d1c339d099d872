#include "storage/pack_index.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "storage/inflate.h"

#define BUF_SIZE    (64u << 10)
#define MAX_RECORDS (8u << 20) /* twice what a layer may have */
#define NAME_LIMIT  4095

struct pack_stream {
	int fd;
	struct inflate *in;
	char *buf;
	size_t pos, len;
};

int pack_stream_damaged(struct err *err)
{
	return err_set(err, EK_INVALID, "its index is damaged");
}

struct pack_stream *pack_stream_new(int fd)
{
	struct pack_stream *s = new0(struct pack_stream);

	s->fd = fd;
	s->in = inflate_new(fd);
	s->buf = xmalloc(BUF_SIZE);
	return s;
}

void pack_stream_free(struct pack_stream *s)
{
	if (!s)
		return;
	inflate_free(s->in);
	fd_close(s->fd);
	free(s->buf);
	free(s);
}

int pack_stream_at_end(struct pack_stream *s, struct err *err)
{
	ssize_t n;

	if (s->pos < s->len)
		return 0;
	n = inflate_read(s->in, s->buf, BUF_SIZE, err);
	if (n < 0)
		return err_wrap(err, "its index");
	s->pos = 0;
	s->len = (size_t)n;
	return !n;
}

int pack_stream_bytes(struct pack_stream *s, void *buf, size_t n, struct err *err)
{
	char *p = buf;

	while (n) {
		int end = pack_stream_at_end(s, err);
		size_t part;

		if (end)
			return end < 0 ? -1 : pack_stream_damaged(err);
		part = MIN_OF(n, s->len - s->pos);
		memcpy(p, s->buf + s->pos, part);
		s->pos += part;
		p += part;
		n -= part;
	}
	return 0;
}

int pack_stream_skip(struct pack_stream *s, uint64_t n, struct err *err)
{
	char buf[4096];
	int r = 0;

	while (n && !r) {
		size_t part = (size_t)MIN_OF(n, (uint64_t)sizeof(buf));

		r = pack_stream_bytes(s, buf, part, err);
		n -= part;
	}
	return r;
}

int pack_stream_number(struct pack_stream *s, uint64_t *ret, struct err *err)
{
	uint64_t v = 0;
	unsigned char c;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (pack_stream_bytes(s, &c, 1, err) < 0)
			return -1;
		v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80)) {
			*ret = v;
			return 0;
		}
	}
	return pack_stream_damaged(err);
}

int pack_stream_string(struct pack_stream *s, char *ret, size_t max, struct err *err)
{
	uint64_t n;

	if (pack_stream_number(s, &n, err) < 0)
		return -1;
	if (n > max)
		return pack_stream_damaged(err);
	ret[n] = '\0';
	if (pack_stream_bytes(s, ret, n, err) < 0)
		return -1;
	return memchr(ret, 0, n) ? pack_stream_damaged(err) : 0;
}

/* --- replaced files ----------------------------------------------------------------------------------------- */

/* An F or S item. Name and directory as one number: two that collide give wrong bytes, which the DiffID
 * tells. */
struct record {
	uint64_t key, order;
	struct pack_saved at; /* F: entry only; S: off and size */
	bool saved;
};

struct pass {
	struct pack_stream *in;
	uint64_t entry, dir_ino, end; /* end: of the scratch file */
	struct record *v;
	size_t n, cap;
	int fd;
	char name[NAME_LIMIT + 1];
};

static uint64_t make_key(uint64_t ino, const char *name)
{
	uint64_t h = 0xcbf29ce484222325u ^ ino * 0x9e3779b97f4a7c15u; /* FNV-1a */

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return h;
}

static int add_record(struct pass *p, uint64_t ino, bool saved, struct pack_saved at, struct err *err)
{
	if (p->n >= MAX_RECORDS)
		return pack_stream_damaged(err);
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 1024;
		p->v = xrealloc(p->v, p->cap, sizeof(*p->v));
	}
	p->v[p->n] = (struct record){make_key(ino, p->name), p->n, at, saved};
	p->n++;
	return 0;
}

/* Pieces to the scratch file, or nowhere. */
static int pass_pieces(struct pass *p, bool keep, uint64_t *ret_size, struct err *err)
{
	char buf[16384];
	uint64_t n;
	int r;

	*ret_size = 0;
	for (;;) {
		if (pack_stream_number(p->in, &n, err) < 0)
			return -1;
		if (!n)
			return 0;
		for (*ret_size += n; n;) {
			size_t part = (size_t)MIN_OF(n, (uint64_t)sizeof(buf));

			if (pack_stream_bytes(p->in, buf, part, err) < 0)
				return -1;
			r = keep ? fd_write_all(p->fd, buf, part) : 0;
			if (r < 0)
				return err_neg(err, r, "write a scratch file");
			n -= part;
		}
	}
}

static int pass_file(struct pass *p, struct err *err)
{
	uint64_t entries;

	if (pack_stream_number(p->in, &entries, err) < 0 || pack_stream_string(p->in, p->name, NAME_LIMIT, err) < 0)
		return -1;
	p->entry += entries;
	return add_record(p, p->dir_ino, false, (struct pack_saved){.entry = p->entry}, err);
}

static int pass_saved(struct pass *p, struct err *err)
{
	struct pack_saved at = {.off = p->end};
	uint64_t ino;

	if (pack_stream_number(p->in, &ino, err) < 0 || pack_stream_string(p->in, p->name, NAME_LIMIT, err) < 0 ||
		pass_pieces(p, true, &at.size, err) < 0)
		return -1;
	p->end += at.size;
	return add_record(p, ino, true, at, err);
}

static int pass_item(struct pass *p, struct err *err)
{
	uint64_t n;
	char kind;

	if (pack_stream_bytes(p->in, &kind, 1, err) < 0)
		return -1;
	switch (kind) {
	case 'D':
		return pack_stream_string(p->in, p->name, NAME_LIMIT, err) < 0 ? -1
			: pack_stream_number(p->in, &p->dir_ino, err);
	case 'F':
		return pass_file(p, err);
	case 'S':
		return pass_saved(p, err);
	case 'I':
		if (pack_stream_number(p->in, &n, err) < 0)
			return -1;
		p->entry += n;
		return pass_pieces(p, false, &n, err);
	default:
		return pack_stream_damaged(err);
	}
}

static int by_key(const void *va, const void *vb)
{
	const struct record *a = va, *b = vb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static int by_entry(const void *va, const void *vb)
{
	const struct pack_saved *a = va, *b = vb;

	return a->entry < b->entry ? -1 : a->entry > b->entry;
}

/* An S right after an F of the same key: that F's content. */
static void match(struct pass *p, struct pack_saves *ret)
{
	if (p->n)
		qsort(p->v, p->n, sizeof(*p->v), by_key);
	for (size_t i = 1; i < p->n; i++) {
		struct record *f = &p->v[i - 1], *s = &p->v[i];

		if (f->key != s->key || f->saved || !s->saved)
			continue;
		ret->v = xrealloc(ret->v, ret->n + 1, sizeof(*ret->v));
		ret->v[ret->n++] = (struct pack_saved){f->at.entry, s->at.off, s->at.size};
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_entry);
}

int pack_saves_read(int files_fd, int scratch, struct pack_saves *ret, struct err *err)
{
	struct pass p = {.in = pack_stream_new(files_fd)};
	int r = 0, end = 0;

	*ret = (struct pack_saves){.fd = -1};
	p.fd = fd_tmpfile(scratch, 0600);
	if (p.fd < 0)
		r = err_neg(err, p.fd, "make a scratch file");
	while (!r && !(end = pack_stream_at_end(p.in, err)))
		r = pass_item(&p, err);
	if (end < 0)
		r = -1;
	if (!r) {
		match(&p, ret);
		ret->fd = take_fd(p.fd);
	}
	fd_close(p.fd);
	pack_stream_free(p.in);
	free(p.v);
	return r;
}

const struct pack_saved *pack_saves_find(const struct pack_saves *l, uint64_t entry)
{
	struct pack_saved key = {.entry = entry};

	return l->n ? bsearch(&key, l->v, l->n, sizeof(*l->v), by_entry) : NULL;
}

void pack_saves_done(struct pack_saves *l)
{
	fd_closep(&l->fd);
	free(l->v);
	*l = (struct pack_saves){.fd = -1};
}
