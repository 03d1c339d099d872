#include "storage/tarscan.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/sbuf.h"
#include "common/units.h"

#define BLOCK        512
#define META_MAX     (1u << 20) /* bytes of one extended header or long name */
#define META_ROW_MAX 64         /* of them before one entry */
#define XATTRS_MAX   128
#define XATTR_MAX    (64u << 10)
#define SPARSE_MAX   100000     /* parts of one file */
#define ID_MAX       4294967294u
#define SECONDS_LEN  18         /* digits: fits 64 bits */

enum state { ST_HEADER, ST_META, ST_SPARSE, ST_SKIP, ST_TAIL };

/* Offsets and lengths of header fields (ustar and old GNU agree on these). */
enum {
	F_NAME = 0, F_MODE = 100, F_UID = 108, F_GID = 116, F_SIZE = 124, F_MTIME = 136, F_CHKSUM = 148,
	F_TYPE = 156, F_DEVMAJOR = 329, F_DEVMINOR = 337,
	F_GNU_EXTENDED = 482, F_SPARSE_EXTENDED = 504,
};

struct tarscan {
	enum state state;
	unsigned char block[BLOCK];
	size_t have;        /* bytes of block or of meta collected */
	struct sbuf meta;   /* content of an extended header */
	size_t meta_size;
	char meta_type;
	unsigned meta_row;  /* extended headers seen before the next entry */
	uint64_t skip;      /* content still to pass */
	uint64_t pad;       /* and after it */
	uint64_t last_pad;  /* what that was at first */
	bool own_content;   /* skip is content that the index leaves to the file */
	uint64_t entries;
	unsigned sparse;
	bool is_sparse;
	unsigned xattrs;
	/* what extended headers say about the next entry */
	bool has_size, has_uid, has_gid;
	uint64_t size;
	struct tarindex *index;
};

struct tarscan *tarscan_new(struct tarindex *index)
{
	struct tarscan *t = new0(struct tarscan);

	t->meta = (struct sbuf)SBUF_INIT;
	t->index = index;
	return t;
}

void tarscan_free(struct tarscan *t)
{
	if (!t)
		return;
	sbuf_done(&t->meta);
	free(t);
}

uint64_t tarscan_entries(const struct tarscan *t)
{
	return t->entries;
}

static int bad(const struct tarscan *t, struct err *err, const char *what)
{
	return err_set(err, EK_INVALID, "tar entry %llu: %s", (unsigned long long)t->entries + 1, what);
}

/* The same of a header: without one at its beginning it is something else altogether. */
static int bad_header(const struct tarscan *t, struct err *err, const char *what)
{
	if (t->entries || t->meta_row)
		return bad(t, err, what);
	return err_set(err, EK_INVALID, "this is no tar archive: there is no tar header at its beginning");
}

/* --- numbers ------------------------------------------------------------------------------------------------- */

/* Base 256: first bit set, two's complement. */
static bool number_binary(const unsigned char *f, size_t n, int64_t *ret)
{
	bool neg = f[0] & 0x40;
	uint64_t v = neg ? ~0ull : 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = i ? f[i] : (unsigned char)(neg ? f[0] : f[0] & 0x7f);

		/* every byte shifted out must be nothing but sign */
		if ((v >> 55) != (neg ? 0x1ffu : 0))
			return false;
		v = v << 8 | c;
	}
	*ret = (int64_t)v;
	return neg == (*ret < 0);
}

/* Octal with leading spaces, ended by a space, a NUL or the field; an empty field is 0. */
static bool number_octal(const unsigned char *f, size_t n, int64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < n && f[i] == ' ')
		i++;
	for (; i < n && f[i] >= '0' && f[i] <= '7'; i++) {
		if (v >> 60)
			return false;
		v = v << 3 | (uint64_t)(f[i] - '0');
	}
	*ret = (int64_t)v;
	return i == n || f[i] == ' ' || f[i] == '\0';
}

static bool number(const struct tarscan *t, size_t off, size_t n, int64_t *ret)
{
	const unsigned char *f = t->block + off;

	return f[0] & 0x80 ? number_binary(f, n, ret) : number_octal(f, n, ret);
}

static bool checksum_ok(const struct tarscan *t)
{
	int64_t want, sum = 0, ssum = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		unsigned char c = i >= F_CHKSUM && i < F_CHKSUM + 8 ? ' ' : t->block[i];

		sum += c;
		ssum += (signed char)c;
	}
	return number_octal(t->block + F_CHKSUM, 8, &want) && (want == sum || want == ssum);
}

/* --- extended headers --------------------------------------------------------------------------------------- */

static bool pax_digits(const char *v, size_t n, uint64_t *ret)
{
	char text[24];

	if (!n || n >= sizeof(text))
		return false;
	memcpy(text, v, n);
	text[n] = '\0';
	return strlen(text) == n && units_parse_u64(text, ret);
}

static bool pax_time_ok(const char *v, size_t n)
{
	size_t i = n && v[0] == '-', start = i;

	while (i < n && v[i] >= '0' && v[i] <= '9')
		i++;
	if (i == start || i - start > SECONDS_LEN)
		return false;
	if (i < n && v[i] == '.')
		for (i++; i < n && v[i] >= '0' && v[i] <= '9';)
			i++;
	return i == n;
}

static bool key_is(const char *key, size_t klen, const char *want)
{
	return klen == strlen(want) && !memcmp(key, want, klen);
}

static bool key_begins(const char *key, size_t klen, const char *want)
{
	return klen >= strlen(want) && !memcmp(key, want, strlen(want));
}

/* What a global header may not set: readers disagree about whether it applies. */
static bool key_changes_entries(const char *key, size_t klen)
{
	static const char *const whole[] = {"path", "linkpath", "size", "uid", "gid", "mtime"};
	static const char *const begin[] = {"GNU.sparse.", "SCHILY.", "LIBARCHIVE."};

	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		if (key_is(key, klen, whole[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(begin); i++)
		if (key_begins(key, klen, begin[i]))
			return true;
	return false;
}

static int pax_id(struct tarscan *t, const char *v, size_t n, bool *has, struct err *err)
{
	uint64_t id;

	if (!pax_digits(v, n, &id) || id > ID_MAX)
		return bad(t, err, "owner out of range in an extended header");
	*has = true;
	return 0;
}

static int pax_xattr(struct tarscan *t, size_t n, struct err *err)
{
	if (++t->xattrs > XATTRS_MAX)
		return bad(t, err, "more than 128 extended attributes");
	return n > XATTR_MAX ? bad(t, err, "an extended attribute above 64 KiB") : 0;
}

static int pax_sparse(struct tarscan *t, const char *key, size_t klen, const char *v, size_t n, struct err *err)
{
	uint64_t u;

	t->is_sparse = true;
	if (key_is(key, klen, "GNU.sparse.name"))
		return !n || memchr(v, 0, n) ? bad(t, err, "malformed name of a sparse file") : 0;
	if (key_is(key, klen, "GNU.sparse.numblocks"))
		return !pax_digits(v, n, &u) || u > SPARSE_MAX ? bad(t, err, "too many parts of a sparse file") : 0;
	if (key_is(key, klen, "GNU.sparse.offset") && ++t->sparse > SPARSE_MAX)
		return bad(t, err, "too many parts of a sparse file");
	if (key_is(key, klen, "GNU.sparse.map")) {
		for (size_t i = 0; i < n; i++)
			t->sparse += v[i] == ',';
		return t->sparse / 2 > SPARSE_MAX ? bad(t, err, "too many parts of a sparse file") : 0;
	}
	return pax_digits(v, n, &u) && u <= INT64_MAX ? 0 : bad(t, err, "malformed map of a sparse file");
}

static int pax_record(struct tarscan *t, const char *key, size_t klen, const char *v, size_t n, struct err *err)
{
	if (t->meta_type == 'g')
		return key_changes_entries(key, klen) ? bad(t, err, "a global header that changes entries") : 0;
	if (key_is(key, klen, "path") || key_is(key, klen, "linkpath"))
		return !n || memchr(v, 0, n) ? bad(t, err, "malformed name in an extended header") : 0;
	if (key_is(key, klen, "size")) {
		t->has_size = true;
		return pax_digits(v, n, &t->size) && t->size <= INT64_MAX ? 0
			: bad(t, err, "malformed size in an extended header");
	}
	if (key_is(key, klen, "uid") || key_is(key, klen, "SCHILY.uid"))
		return pax_id(t, v, n, &t->has_uid, err);
	if (key_is(key, klen, "gid") || key_is(key, klen, "SCHILY.gid"))
		return pax_id(t, v, n, &t->has_gid, err);
	if (key_is(key, klen, "mtime") || key_is(key, klen, "atime") || key_is(key, klen, "ctime"))
		return pax_time_ok(v, n) ? 0 : bad(t, err, "malformed time in an extended header");
	if (key_begins(key, klen, "SCHILY.xattr.") || key_begins(key, klen, "LIBARCHIVE.xattr."))
		return pax_xattr(t, n, err);
	if (key_begins(key, klen, "GNU.sparse."))
		return pax_sparse(t, key, klen, v, n, err);
	if (key_is(key, klen, "SCHILY.realsize"))
		return bad(t, err, "a size that tar readers disagree about");
	return 0;
}

/* "LEN KEY=VALUE\n" with LEN the length of all of it. */
static int pax_records(struct tarscan *t, struct err *err)
{
	const char *p = t->meta.buf, *end = p + t->meta.len;

	while (p < end) {
		const char *space = memchr(p, ' ', (size_t)MIN_OF(end - p, (ptrdiff_t)8)), *eq;
		uint64_t len;

		if (!space || !pax_digits(p, (size_t)(space - p), &len) || len > (uint64_t)(end - p) ||
			len < (uint64_t)(space - p) + 4 || p[len - 1] != '\n')
			return bad(t, err, "malformed extended header");
		eq = memchr(space, '=', len - 1 - (size_t)(space - p));
		if (!eq || eq == space + 1 || memchr(space, 0, (size_t)(eq - space)))
			return bad(t, err, "malformed extended header");
		if (pax_record(t, space + 1, (size_t)(eq - space - 1), eq + 1, (size_t)(p + len - 1 - (eq + 1)), err) < 0)
			return -1;
		p += len;
	}
	return 0;
}

/* GNU's long names: a string, its NUL, nothing else. */
static int long_name(struct tarscan *t, struct err *err)
{
	size_t len = strnlen(t->meta.buf, t->meta.len);

	for (size_t i = len; i < t->meta.len; i++)
		if (t->meta.buf[i])
			return bad(t, err, "malformed long name");
	return len ? 0 : bad(t, err, "empty long name");
}

static int meta_done(struct tarscan *t, struct err *err)
{
	int r = t->meta_type == 'x' || t->meta_type == 'g' ? pax_records(t, err) : long_name(t, err);

	sbuf_reset(&t->meta);
	t->pad = (BLOCK - t->meta_size % BLOCK) % BLOCK;
	t->state = t->pad ? ST_SKIP : ST_HEADER;
	return r;
}

static int meta_begin(struct tarscan *t, char type, int64_t size, struct err *err)
{
	if (size < 0 || size > META_MAX)
		return bad(t, err, "an extended header above 1 MiB");
	if (++t->meta_row > META_ROW_MAX)
		return bad(t, err, "too many extended headers");
	t->meta_type = type;
	t->meta_size = (size_t)size;
	t->state = ST_META;
	return size ? 0 : meta_done(t, err);
}

/* --- entries ----------------------------------------------------------------------------------------------- */

static int check_ids(struct tarscan *t, struct err *err)
{
	int64_t uid, gid, other;

	if (!number(t, F_UID, 8, &uid) || !number(t, F_GID, 8, &gid))
		return bad(t, err, "malformed owner");
	if ((!t->has_uid && (uid < 0 || uid > ID_MAX)) || (!t->has_gid && (gid < 0 || gid > ID_MAX)))
		return bad(t, err, "owner out of range");
	if (!number(t, F_MODE, 8, &other) || other < 0)
		return bad(t, err, "malformed mode");
	if (!number(t, F_MTIME, 12, &other))
		return bad(t, err, "malformed time");
	return 0;
}

static int check_device(struct tarscan *t, struct err *err)
{
	int64_t major, minor;

	if (!number(t, F_DEVMAJOR, 8, &major) || !number(t, F_DEVMINOR, 8, &minor) || major < 0 || minor < 0 ||
		major >= 1 << 12 || minor >= 1 << 20)
		return bad(t, err, "device number out of range");
	return 0;
}

static void entry_done(struct tarscan *t, uint64_t content)
{
	t->entries++;
	t->own_content = content && !t->is_sparse;
	if (t->own_content)
		tarindex_content(t->index, t->entries, content);
	t->meta_row = t->xattrs = t->sparse = 0;
	t->has_size = t->has_uid = t->has_gid = t->is_sparse = false;
	t->skip = content;
	t->pad = t->last_pad = (BLOCK - content % BLOCK) % BLOCK;
	t->state = content ? ST_SKIP : ST_HEADER;
}

static int entry_file(struct tarscan *t, char type, int64_t size, struct err *err)
{
	uint64_t content = t->has_size ? t->size : (uint64_t)size;

	if (content > INT64_MAX - BLOCK)
		return bad(t, err, "size out of range");
	t->is_sparse |= type == 'S';
	if (type == 'S' && t->block[F_GNU_EXTENDED]) {
		t->skip = content; /* after the rest of the map */
		t->state = ST_SPARSE;
		return 0;
	}
	entry_done(t, content);
	return 0;
}

static int entry_type(struct tarscan *t, char type, int64_t size, struct err *err)
{
	char what[64];

	switch (type) {
	case '\0': case '0': case '7': case 'S':
		return entry_file(t, type, size, err);
	case '1':
		if (size || (t->has_size && t->size))
			return bad(t, err, "a hard link with data");
		break;
	case '3': case '4':
		if (check_device(t, err) < 0)
			return -1;
		break;
	case '2': case '5': case '6':
		break;
	default:
		snprintf(what, sizeof(what), "type %c (0x%02x) is not supported", type > ' ' && type < 127 ? type : '?',
			(unsigned char)type);
		return bad(t, err, what);
	}
	if (t->has_size && t->size)
		return bad(t, err, "data in an entry that has none");
	entry_done(t, 0);
	return 0;
}

static bool all_zero(const unsigned char *p, size_t n)
{
	return !p[0] && !memcmp(p, p + 1, n - 1);
}

static int header(struct tarscan *t, struct err *err)
{
	char type = (char)t->block[F_TYPE];
	int64_t size;

	if (all_zero(t->block, BLOCK)) {
		t->state = ST_TAIL;
		return t->meta_row ? bad(t, err, "the archive ends after an extended header") : 0;
	}
	if (!checksum_ok(t))
		return bad_header(t, err, "this is no tar header (wrong checksum)");
	if (!number(t, F_SIZE, 12, &size) || size < 0)
		return bad(t, err, "malformed size");
	if (strchr("xgLK", type) && type)
		return meta_begin(t, type, size, err);
	if (check_ids(t, err) < 0)
		return -1;
	return entry_type(t, type, size, err);
}

static int sparse_block(struct tarscan *t, struct err *err)
{
	t->sparse += 21;
	if (t->sparse > SPARSE_MAX)
		return bad(t, err, "too many parts of a sparse file");
	if (!t->block[F_SPARSE_EXTENDED])
		entry_done(t, t->skip);
	return 0;
}

/* --- the stream --------------------------------------------------------------------------------------------- */

static int feed_block(struct tarscan *t, const unsigned char **p, size_t *n, struct err *err)
{
	size_t part = MIN_OF(*n, BLOCK - t->have);

	memcpy(t->block + t->have, *p, part);
	t->have += part;
	*p += part;
	*n -= part;
	if (t->have < BLOCK)
		return 0;
	t->have = 0;
	tarindex_bytes(t->index, t->block, BLOCK);
	return t->state == ST_SPARSE ? sparse_block(t, err) : header(t, err);
}

static int feed_meta(struct tarscan *t, const unsigned char **p, size_t *n, struct err *err)
{
	size_t part = MIN_OF(*n, t->meta_size - t->meta.len);

	sbuf_add(&t->meta, *p, part);
	tarindex_bytes(t->index, *p, part);
	*p += part;
	*n -= part;
	return t->meta.len == t->meta_size ? meta_done(t, err) : 0;
}

static void feed_skip(struct tarscan *t, const unsigned char **p, size_t *n)
{
	uint64_t *left = t->skip ? &t->skip : &t->pad;
	size_t part = (size_t)MIN_OF((uint64_t)*n, *left);

	if (left == &t->pad || !t->own_content)
		tarindex_bytes(t->index, *p, part);
	*left -= part;
	*p += part;
	*n -= part;
	if (!t->skip && !t->pad)
		t->state = ST_HEADER;
}

int tarscan_feed(struct tarscan *t, const void *data, size_t n, struct err *err)
{
	const unsigned char *p = data;
	int r = 0;

	while (n && !r && t->state != ST_TAIL) {
		if (t->state == ST_SKIP)
			feed_skip(t, &p, &n);
		else if (t->state == ST_META)
			r = feed_meta(t, &p, &n, err);
		else
			r = feed_block(t, &p, &n, err);
	}
	if (n && !r)
		tarindex_bytes(t->index, p, n);
	return r;
}

size_t tarscan_padding(struct tarscan *t)
{
	size_t n = (size_t)t->pad;

	/* all of the content or none of the padding came: anything else was cut off */
	if (t->state != ST_SKIP || t->skip || !t->entries || t->meta_row || n != t->last_pad)
		return 0;
	t->pad = 0;
	t->state = ST_HEADER;
	return n;
}

int tarscan_end(struct tarscan *t, struct err *err)
{
	if (t->state == ST_TAIL)
		return 0;
	/* Some writers leave the two empty blocks out; that is an end as good as any (as GNU tar says). */
	if (t->state == ST_HEADER && !t->have && !t->meta_row)
		return 0;
	return t->state == ST_HEADER ? bad_header(t, err, "the archive is cut off") : bad(t, err, "the archive is cut off");
}
