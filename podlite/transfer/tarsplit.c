#include "podlite/transfer/tarsplit.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/jval.h"
#include "common/rootfd.h"
#include "common/sbuf.h"
#include "net/base64.h"
#include "podlite/transfer/tarsplit_map.h"
#include "storage/inflate.h"

#define LINE_LIMIT  (16u << 20)
#define PIECE       (256u << 10)
#define ENTRY_FILE  1
#define ENTRY_BYTES 2

struct tarsplit {
	struct inflate *in;
	int tree;
	struct sbuf text;  /* of the notes; a line begins at `line` */
	size_t line;
	bool end;
	struct sbuf bytes; /* being given out, from `given` */
	size_t given;
	int file;          /* or what the map says of this */
	struct tarsplit_map map;
	size_t part;       /* of the map */
	uint64_t done;     /* bytes of the part */
	char *guessed;     /* a file with a map that was guessed */
};

struct tarsplit *tarsplit_new(int notes, int tree)
{
	struct tarsplit *t = new0(struct tarsplit);

	t->in = inflate_new(notes);
	t->tree = tree;
	t->file = -1;
	return t;
}

void tarsplit_free(struct tarsplit *t)
{
	if (!t)
		return;
	inflate_free(t->in);
	sbuf_done(&t->text);
	sbuf_done(&t->bytes);
	fd_closep(&t->file);
	tarsplit_map_done(&t->map);
	free(t->guessed);
	free(t);
}

/* ---- lines ---- */

static int more_text(struct tarsplit *t, struct err *err)
{
	size_t rest = t->text.len - t->line;
	ssize_t n;

	if (rest > LINE_LIMIT)
		return err_set(err, EK_INVALID, "tar-split: a line is longer than %u bytes", LINE_LIMIT);
	if (t->line) {
		memmove(t->text.buf, t->text.buf + t->line, rest);
		sbuf_setlen(&t->text, rest);
		t->line = 0;
	}
	sbuf_grow(&t->text, PIECE);
	n = inflate_read(t->in, t->text.buf + rest, PIECE, err);
	if (n < 0)
		return err_wrap(err, "tar-split");
	sbuf_setlen(&t->text, rest + (size_t)n);
	t->end = !n;
	return 0;
}

/* 1: a line, 0: there are no more. */
static int next_line(struct tarsplit *t, const char **ret, size_t *ret_len, struct err *err)
{
	for (;;) {
		size_t rest = t->text.len - t->line;
		char *start = rest ? t->text.buf + t->line : NULL;
		char *nl = start ? memchr(start, '\n', rest) : NULL;

		if (nl || (t->end && rest)) {
			*ret = start;
			*ret_len = nl ? (size_t)(nl - start) : rest;
			t->line += *ret_len + (nl != NULL);
			return 1;
		}
		if (t->end)
			return 0;
		if (more_text(t, err) < 0)
			return -1;
	}
}

/* ---- entries ---- */

int tarsplit_unknown(const char *name, struct err *err)
{
	err_set(err, EK_UNSUPPORTED, "%s came as a sparse file, of which podman does not keep what the layer is made of", name);
	return err_advise(err, "pull the image instead");
}

const char *tarsplit_guessed(const struct tarsplit *t)
{
	return t->guessed;
}

/* The bytes before a file are its headers. */
static int find_map(struct tarsplit *t, const char *name, uint64_t size, struct err *err)
{
	tarsplit_map_done(&t->map);
	t->part = t->done = 0;
	if (tarsplit_map_find(&t->bytes, t->file, size, &t->map, err) < 0)
		return err->kind == EK_UNSUPPORTED ? tarsplit_unknown(name, err) : err_wrap(err, "%s", name);
	if (t->map.guessed && !t->guessed)
		t->guessed = xstrdup(name);
	sbuf_setlen(&t->bytes, 0);
	sbuf_add(&t->bytes, t->map.text.buf, t->map.text.len);
	t->given = 0;
	return 0;
}

static int begin_file(struct tarsplit *t, const struct jval *v, struct err *err)
{
	auto_sbuf struct sbuf raw = SBUF_INIT;
	const char *name = jval_get_str(v, "name", NULL), *name_raw = jval_get_str(v, "name_raw", NULL);
	uint64_t size = jval_uint(jval_get(v, "size"), 0);
	struct stat st;

	if (!size)
		return 0; /* a directory, a link, an empty file: all of it is in its header */
	if (name_raw) { /* one that is not UTF-8 */
		if (!base64_decode(name_raw, &raw) || memchr(raw.buf, '\0', raw.len))
			return err_set(err, EK_INVALID, "tar-split: a name is malformed");
		name = raw.buf;
	}
	if (!name)
		return err_set(err, EK_INVALID, "tar-split: a file without a name");
	t->file = rootfd_open(t->tree, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (t->file < 0)
		return err_neg(err, t->file, "open %s of the layer", name);
	if (fstat(t->file, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
		return err_set(err, EK_INVALID, "%s of the layer is not what it was when podman unpacked it", name);
	return find_map(t, name, size, err);
}

static int begin_entry(struct tarsplit *t, const char *line, size_t n, struct err *err)
{
	auto_jval struct jval *v = jval_parse(line, n, 0, err);
	int64_t type = jval_get_int(v, "type", 0);

	if (!v)
		return err_wrap(err, "tar-split");
	if (type == ENTRY_FILE)
		return begin_file(t, v, err);
	if (type != ENTRY_BYTES)
		return err_set(err, EK_INVALID, "tar-split: an entry of unknown type %d", (int)type);
	sbuf_setlen(&t->bytes, 0);
	t->given = 0;
	if (!base64_decode(jval_get_str(v, "payload", ""), &t->bytes))
		return err_set(err, EK_INVALID, "tar-split: bytes are malformed");
	return 0;
}

/* Is there a part with bytes left? */
static bool has_part(struct tarsplit *t)
{
	for (; t->part < t->map.n; t->part++, t->done = 0)
		if (t->done < t->map.v[t->part].len)
			return true;
	fd_closep(&t->file);
	return false;
}

static ssize_t read_file(struct tarsplit *t, void *buf, size_t n, struct err *err)
{
	const struct tarsplit_part *p = &t->map.v[t->part];
	ssize_t got = pread(t->file, buf, (size_t)MIN_OF(p->len - t->done, (uint64_t)n), (off_t)(p->off + t->done));

	if (got <= 0)
		return got < 0 ? err_sys(err, "read a file of the layer")
			       : err_set(err, EK_INVALID, "a file of the layer is cut off");
	t->done += (uint64_t)got;
	return got;
}

ssize_t tarsplit_read(void *arg, void *buf, size_t n, struct err *err)
{
	struct tarsplit *t = arg;

	for (;;) {
		size_t rest = t->bytes.len - t->given;
		const char *line;
		size_t len;
		int r;

		if (rest) {
			rest = MIN_OF(rest, n);
			memcpy(buf, t->bytes.buf + t->given, rest);
			t->given += rest;
			return (ssize_t)rest;
		}
		if (has_part(t))
			return read_file(t, buf, n, err);
		r = next_line(t, &line, &len, err);
		if (r <= 0 || begin_entry(t, line, len, err) < 0)
			return r == 0 ? 0 : -1;
	}
}
