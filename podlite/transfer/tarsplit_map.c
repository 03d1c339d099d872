#include "podlite/transfer/tarsplit_map.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"

#define BLOCK     512
#define PARTS_MAX 100000
#define PIECE     (256u << 10) /* a multiple of every grain */

enum { F_SIZE = 124, F_TYPE = 156 }; /* of a tar header; a size has 12 bytes */

void tarsplit_map_done(struct tarsplit_map *m)
{
	free(m->v);
	sbuf_done(&m->text);
	*m = (struct tarsplit_map){.v = NULL};
}

static int malformed(struct err *err)
{
	return err_set(err, EK_INVALID, "the map of a sparse file is malformed");
}

static int add_part(struct tarsplit_map *m, uint64_t off, uint64_t len, struct err *err)
{
	if (m->n == PARTS_MAX)
		return err_set(err, EK_INVALID, "a sparse file has more than %d parts", PARTS_MAX);
	if (!(m->n & (m->n - 1)))
		m->v = xrealloc(m->v, m->n ? m->n * 2 : 1, sizeof(*m->v));
	m->v[m->n++] = (struct tarsplit_part){off, len};
	return 0;
}

/* ---- headers ---- */

/* What they say of the file. */
struct said {
	bool sparse, before_data; /* before_data: format 1.0 */
	bool has_size;
	uint64_t stored; /* bytes that it has in the tar */
};

static bool number(const char *p, size_t n, uint64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9' || i > 18)
			return false;
		*ret = *ret * 10 + (uint64_t)(p[i] - '0');
	}
	return n > 0;
}

/* Octal, or with the first bit set a number of eight bytes at the end. */
static uint64_t header_size(const char *header)
{
	const unsigned char *f = (const unsigned char *)header + F_SIZE;
	uint64_t v = 0;

	for (size_t i = f[0] & 0x80 ? 4 : 0; i < 12; i++) {
		if (f[0] & 0x80)
			v = v << 8 | f[i];
		else if (f[i] >= '0' && f[i] <= '7')
			v = v << 3 | (uint64_t)(f[i] - '0');
	}
	return v;
}

/* "OFFSET,LENGTH,OFFSET,LENGTH..." */
static int add_list(struct tarsplit_map *m, const char *v, size_t n, struct err *err)
{
	const char *end = v + n;
	uint64_t pair[2];

	for (int i = 0; v < end; i = !i) {
		const char *comma = memchr(v, ',', (size_t)(end - v));

		if (!number(v, (size_t)((comma ? comma : end) - v), &pair[i]))
			return malformed(err);
		if (i && add_part(m, pair[0], pair[1], err) < 0)
			return -1;
		v = comma ? comma + 1 : end;
	}
	return 0;
}

static int record(struct said *s, struct tarsplit_map *m, const char *key, size_t klen, const char *v, size_t n, struct err *err)
{
	static const char prefix[] = "GNU.sparse.";
	uint64_t u = 0;

	if (klen == 4 && !memcmp(key, "size", 4))
		return (s->has_size = number(v, n, &s->stored)) ? 0 : malformed(err);
	if (klen < sizeof(prefix) || memcmp(key, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	s->sparse = true;
	key += sizeof(prefix) - 1;
	klen -= sizeof(prefix) - 1;
	if (klen == 3 && !memcmp(key, "map", 3))
		return add_list(m, v, n, err);
	if (klen == 5 && !memcmp(key, "major", 5))
		s->before_data = n == 1 && *v == '1';
	else if (klen == 6 && !memcmp(key, "offset", 6))
		return number(v, n, &u) ? add_part(m, u, 0, err) : malformed(err);
	else if (klen == 8 && !memcmp(key, "numbytes", 8))
		return m->n && number(v, n, &m->v[m->n - 1].len) ? 0 : malformed(err);
	return 0;
}

/* "LEN KEY=VALUE\n" with LEN the length of all of it. */
static int records(struct said *s, struct tarsplit_map *m, const char *p, const char *end, struct err *err)
{
	while (p < end) {
		const char *space = memchr(p, ' ', (size_t)(end - p)), *eq;
		uint64_t len;

		if (!space || !number(p, (size_t)(space - p), &len) || len > (uint64_t)(end - p) || len < (uint64_t)(space - p) + 4)
			return malformed(err);
		eq = memchr(space, '=', len - (size_t)(space - p));
		if (!eq)
			return malformed(err);
		if (record(s, m, space + 1, (size_t)(eq - space - 1), eq + 1, (size_t)(p + len - 1 - (eq + 1)), err) < 0)
			return -1;
		p += len;
	}
	return 0;
}

/* Before them there may be what fills the block of the file before. */
static int read_headers(const struct sbuf *h, struct said *s, struct tarsplit_map *m, struct err *err)
{
	for (size_t off = h->len % BLOCK; off + BLOCK < h->len;) {
		const char *header = h->buf + off;
		uint64_t size = header_size(header);

		off += BLOCK;
		if (size > h->len - off)
			return malformed(err);
		if (header[F_TYPE] == 'x' && records(s, m, h->buf + off, h->buf + off + size, err) < 0)
			return -1;
		off += (size + BLOCK - 1) / BLOCK * BLOCK;
	}
	if (!s->has_size && h->len >= BLOCK)
		s->stored = header_size(h->buf + h->len - BLOCK);
	return 0;
}

/* ---- a map that is not there ---- */

static bool is_empty(const char *p, size_t n)
{
	return !p[0] && !memcmp(p, p + 1, n - 1);
}

/* Of blocks of `grain` bytes those that are not empty. */
static int scan(int file, uint64_t size, size_t grain, struct tarsplit_map *m, struct err *err)
{
	auto_free char *buf = xmalloc(PIECE);
	uint64_t end = 0; /* of the last part */

	for (uint64_t at = 0; at < size;) {
		ssize_t n = pread(file, buf, (size_t)MIN_OF((uint64_t)PIECE, size - at), (off_t)at);

		if (n <= 0)
			return n < 0 ? err_sys(err, "read a file of the layer") : err_set(err, EK_INVALID, "a file of the layer is cut off");
		for (size_t i = 0; i < (size_t)n; i += grain) {
			size_t len = MIN_OF(grain, (size_t)n - i);

			if (is_empty(buf + i, len))
				continue;
			if (m->n && end == at + i)
				m->v[m->n - 1].len += len;
			else if (add_part(m, at + i, len, err) < 0)
				return -1;
			end = at + i + len;
		}
		at += (uint64_t)n;
	}
	return 0;
}

static uint64_t length(const struct tarsplit_map *m)
{
	uint64_t sum = m->text.len;

	for (size_t i = 0; i < m->n; i++)
		sum += m->v[i].len;
	return sum;
}

/* An empty part tells where the file ends. */
static int write_map(struct tarsplit_map *m, uint64_t size, bool always, struct err *err)
{
	uint64_t end = m->n ? m->v[m->n - 1].off + m->v[m->n - 1].len : 0;

	if ((always || end < size) && add_part(m, size, 0, err) < 0)
		return -1;
	sbuf_addf(&m->text, "%zu\n", m->n);
	for (size_t i = 0; i < m->n; i++)
		sbuf_addf(&m->text, "%llu\n%llu\n", (unsigned long long)m->v[i].off, (unsigned long long)m->v[i].len);
	while (m->text.len % BLOCK)
		sbuf_addch(&m->text, '\0');
	return 0;
}

/* As GNU tar looks for holes: by asking the file system, whose blocks have 4096 bytes, or by reading. */
static int guess(int file, uint64_t size, uint64_t stored, struct tarsplit_map *m, struct err *err)
{
	static const struct {
		size_t grain;
		bool end_always;
	} ways[] = {{4096, true}, {BLOCK, false}};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		tarsplit_map_done(m);
		m->guessed = true;
		if (scan(file, size, ways[i].grain, m, err) < 0 || write_map(m, size, ways[i].end_always, err) < 0)
			return -1;
		if (length(m) == stored)
			return 0;
	}
	return err_set(err, EK_UNSUPPORTED, "the map of its data is not known");
}

int tarsplit_map_find(const struct sbuf *headers, int file, uint64_t size, struct tarsplit_map *ret, struct err *err)
{
	struct said s = {.stored = 0};

	if (read_headers(headers, &s, ret, err) < 0)
		return -1;
	if (!s.sparse)
		return add_part(ret, 0, size, err);
	if (s.before_data)
		return guess(file, size, s.stored, ret, err);
	for (size_t i = 0; i < ret->n; i++)
		if (ret->v[i].off > size || ret->v[i].len > size - ret->v[i].off)
			return malformed(err);
	return length(ret) == s.stored ? 0 : malformed(err);
}
