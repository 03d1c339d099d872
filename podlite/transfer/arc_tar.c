#include "podlite/transfer/arc_tar.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/sbuf.h"
#include "common/units.h"

#define BLOCK    512
#define META_MAX (64u << 10) /* names of images and layers are short */

/* Offsets of header fields. */
enum { F_NAME = 0, F_SIZE = 124, F_CHKSUM = 148, F_TYPE = 156, F_LINK = 157, F_MAGIC = 257, F_PREFIX = 345 };

struct scan {
	int fd;
	off_t pos, end;
	unsigned char block[BLOCK];
	/* from extended headers, for the next member */
	char *name, *link;
	uint64_t size;
	bool size_set;
};

static int bad(const struct scan *s, struct err *err, const char *what)
{
	return err_set(err, EK_INVALID, "damaged archive: %s at byte %lld", what, (long long)s->pos);
}

char *arc_tar_clean(const char *name)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	while (*name) {
		size_t len = strcspn(name, "/");

		if (len == 2 && !strncmp(name, "..", 2))
			return NULL;
		if (len && !(len == 1 && *name == '.')) {
			if (b.len)
				sbuf_addch(&b, '/');
			sbuf_add(&b, name, len);
		}
		name += len + strspn(name + len, "/");
	}
	return sbuf_take(&b);
}

/* A link's text, seen from the directory of the member; NULL if it leads out of the archive. */
static char *resolve(const char *from, const char *text)
{
	const char *slash = strrchr(from, '/');
	auto_free char *joined = text[0] == '/' ? xstrdup(text)
		: xasprintf("/%.*s/%s", slash ? (int)(slash - from) : 0, from, text);
	auto_free char *clean = fs_clean(joined);

	return clean && clean[1] ? xstrdup(clean + 1) : NULL;
}

/* --- headers ------------------------------------------------------------------------------------------------ */

static bool parse_size(const unsigned char *f, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	if (f[0] & 0x80) { /* base 256 */
		for (i = 0; i < 4; i++)
			if (f[i] & (i ? 0xff : 0x7f))
				return false;
		for (; i < 12; i++)
			v = v << 8 | f[i];
		*ret = v;
		return v <= INT64_MAX;
	}
	while (i < 12 && f[i] == ' ')
		i++;
	for (; i < 12 && f[i] >= '0' && f[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(f[i] - '0');
	*ret = v;
	return i == 12 || f[i] == ' ' || !f[i];
}

static bool checksum_ok(const unsigned char *b)
{
	unsigned sum = 0, want = 0;
	size_t i = F_CHKSUM;

	for (size_t k = 0; k < BLOCK; k++)
		sum += k >= F_CHKSUM && k < F_CHKSUM + 8 ? ' ' : b[k];
	while (i < F_CHKSUM + 8 && b[i] == ' ')
		i++;
	for (; i < F_CHKSUM + 8 && b[i] >= '0' && b[i] <= '7'; i++)
		want = want << 3 | (unsigned)(b[i] - '0');
	return sum == want;
}

/* 1: a header; 0: the end. */
static int next_header(struct scan *s, struct err *err)
{
	ssize_t n = s->pos == s->end ? 0 : pread(s->fd, s->block, BLOCK, s->pos);
	static const unsigned char zero[BLOCK];

	if (n < 0)
		return err_sys(err, "read the archive");
	if (!n || (n == BLOCK && !memcmp(s->block, zero, BLOCK)))
		return 0;
	if (n < BLOCK)
		return bad(s, err, "it is cut off");
	if (!checksum_ok(s->block))
		return bad(s, err, "wrong checksum of a header");
	s->pos += BLOCK;
	return 1;
}

static char *field(const unsigned char *f, size_t n)
{
	return xstrndup((const char *)f, strnlen((const char *)f, n));
}

static char *header_name(const struct scan *s)
{
	auto_free char *name = field(s->block + F_NAME, 100);
	auto_free char *prefix = NULL;

	if (!memcmp(s->block + F_MAGIC, "ustar\0", 6) && s->block[F_PREFIX])
		prefix = field(s->block + F_PREFIX, 155);
	return prefix ? xasprintf("%s/%s", prefix, name) : take_ptr(name);
}

/* --- extended headers --------------------------------------------------------------------------------------- */

static void set(char **where, const char *v, size_t n)
{
	free(*where);
	*where = xstrndup(v, n);
}

static int pax_record(struct scan *s, const char *key, size_t klen, const char *v, size_t n, struct err *err)
{
	auto_free char *text = NULL;

	if (klen == 4 && !memcmp(key, "path", 4)) {
		set(&s->name, v, n);
	} else if (klen == 8 && !memcmp(key, "linkpath", 8)) {
		set(&s->link, v, n);
	} else if (klen == 4 && !memcmp(key, "size", 4)) {
		text = xstrndup(v, n);
		s->size_set = true;
		if (!units_parse_u64(text, &s->size) || s->size > INT64_MAX)
			return bad(s, err, "a malformed size");
	} else if (klen > 11 && !memcmp(key, "GNU.sparse.", 11)) {
		return bad(s, err, "a sparse file");
	}
	return 0;
}

static int pax(struct scan *s, const struct sbuf *meta, struct err *err)
{
	const char *p = meta->buf, *end = p + meta->len;

	while (p < end) {
		char *stop = NULL;
		unsigned long len = strtoul(p, &stop, 10);
		const char *eq = memchr(stop, '=', (size_t)(end - stop));

		if (stop == p || *stop != ' ' || len > (size_t)(end - p) || p + len <= stop + 2 || p[len - 1] != '\n' ||
			!eq || eq >= p + len)
			return bad(s, err, "a malformed extended header");
		if (pax_record(s, stop + 1, (size_t)(eq - stop - 1), eq + 1, (size_t)(p + len - 1 - (eq + 1)), err) < 0)
			return -1;
		p += len;
	}
	return 0;
}

static int meta(struct scan *s, char type, uint64_t size, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	ssize_t n;

	if (size > META_MAX)
		return bad(s, err, "an extended header above 64 KiB");
	sbuf_grow(&text, size + 1);
	n = pread(s->fd, text.buf, size, s->pos);
	if (n < 0 || (uint64_t)n != size)
		return bad(s, err, "it is cut off");
	sbuf_setlen(&text, (size_t)n);
	if (type == 'L')
		set(&s->name, text.buf, strnlen(text.buf, text.len));
	else if (type == 'K')
		set(&s->link, text.buf, strnlen(text.buf, text.len));
	else if (type == 'x')
		return pax(s, &text, err);
	return 0; /* g: comments of git and the like; names of members are never global */
}

/* --- members ------------------------------------------------------------------------------------------------ */

static void add(struct arc_tar *t, size_t *cap, char *name, char *link, off_t off, uint64_t size)
{
	if (t->n == *cap) {
		*cap = *cap ? *cap * 2 : 64;
		t->v = xrealloc(t->v, *cap, sizeof(*t->v));
	}
	t->v[t->n] = (struct arc_member){name, link, off, size, t->n};
	t->n++;
}

static int member(struct scan *s, struct arc_tar *t, size_t *cap, char type, uint64_t size, struct err *err)
{
	auto_free char *raw = s->name ? take_ptr(s->name) : header_name(s);
	auto_free char *text = s->link ? take_ptr(s->link) : field(s->block + F_LINK, 100);
	auto_free char *name = arc_tar_clean(raw);
	char *link = NULL;

	s->size_set = false;
	if (!name)
		return bad(s, err, "a name with \"..\"");
	if (type == '5')
		return 0;
	if (type == '1')
		link = arc_tar_clean(text);
	else if (type == '2')
		link = resolve(name, text);
	else if (type && type != '0' && type != '7')
		return bad(s, err, "an entry that is no file");
	if ((type == '1' || type == '2') && !link)
		return 0; /* leads nowhere in the archive */
	add(t, cap, take_ptr(name), link, s->pos, link ? 0 : size);
	return 0;
}

static int one(struct scan *s, struct arc_tar *t, size_t *cap, struct err *err)
{
	char type = (char)s->block[F_TYPE];
	bool is_meta = type && strchr("xgLK", type);
	uint64_t size;
	int r;

	if (!parse_size(s->block + F_SIZE, &size))
		return bad(s, err, "a malformed size");
	if (!is_meta && s->size_set)
		size = s->size;
	if (!is_meta && (type == '1' || type == '2' || type == '5'))
		size = 0;
	if (size > (uint64_t)(s->end - s->pos))
		return bad(s, err, "it is cut off");
	r = is_meta ? meta(s, type, size, err) : member(s, t, cap, type, size, err);
	s->pos += (off_t)(size + (BLOCK - size % BLOCK) % BLOCK);
	return r;
}

static int by_name(const void *va, const void *vb)
{
	const struct arc_member *a = va, *b = vb;
	int r = strcmp(a->name, b->name);

	return r ? r : a->order > b->order ? -1 : a->order < b->order;
}

int arc_tar_list(int fd, size_t max, struct arc_tar *ret, struct err *err)
{
	struct scan s = {.fd = fd};
	struct stat st;
	size_t cap = 0;
	int r = fstat(fd, &st) < 0 ? err_sys(err, "look at the archive") : 0;

	*ret = (struct arc_tar){NULL, 0};
	s.end = st.st_size;
	while (!r && (r = next_header(&s, err)) > 0) {
		r = one(&s, ret, &cap, err);
		if (!r && ret->n > max)
			r = err_set(err, EK_INVALID, "the archive has more than %zu members", max);
	}
	free(s.name);
	free(s.link);
	if (r < 0)
		arc_tar_done(ret);
	else if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
	return r;
}

const struct arc_member *arc_tar_find(const struct arc_tar *t, const char *name)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(t->v[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->n && !strcmp(t->v[low].name, name) ? &t->v[low] : NULL;
}

bool arc_tar_is_twice(const struct arc_tar *t, const char *name)
{
	const struct arc_member *m = arc_tar_find(t, name);

	return m && m + 1 < t->v + t->n && !strcmp(m[1].name, name);
}

void arc_tar_done(struct arc_tar *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].name);
		free(t->v[i].link);
	}
	free(t->v);
	*t = (struct arc_tar){NULL, 0};
}
