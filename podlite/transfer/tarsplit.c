#include "podlite/transfer/tarsplit.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/jval.h"
#include "common/rootfd.h"
#include "common/sbuf.h"
#include "net/base64.h"
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
	int file;          /* or this, as many bytes more */
	uint64_t left;
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

/* The bytes before a file are its headers. Of a sparse one's data podman notes neither the map that stood before it nor where it
 * was; the file in the tree is as long as it appears, so that what it gave back would not be the layer. */
static bool is_sparse(const struct tarsplit *t)
{
	static const char key[] = " GNU.sparse.";

	return t->bytes.len && memmem(t->bytes.buf, t->bytes.len, key, sizeof(key) - 1);
}

static int begin_file(struct tarsplit *t, const struct jval *v, struct err *err)
{
	auto_sbuf struct sbuf raw = SBUF_INIT;
	const char *name = jval_get_str(v, "name", NULL), *name_raw = jval_get_str(v, "name_raw", NULL);
	struct stat st;

	t->left = jval_uint(jval_get(v, "size"), 0);
	if (!t->left)
		return 0; /* a directory, a link, an empty file: all of it is in its header */
	if (name_raw) { /* one that is not UTF-8 */
		if (!base64_decode(name_raw, &raw) || memchr(raw.buf, '\0', raw.len))
			return err_set(err, EK_INVALID, "tar-split: a name is malformed");
		name = raw.buf;
	}
	if (!name)
		return err_set(err, EK_INVALID, "tar-split: a file without a name");
	if (is_sparse(t)) {
		err_set(err, EK_UNSUPPORTED, "%s came as a sparse file, of which podman does not keep what the layer is made of", name);
		return err_advise(err, "pull the image instead");
	}
	t->file = rootfd_open(t->tree, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (t->file < 0)
		return err_neg(err, t->file, "open %s of the layer", name);
	if (fstat(t->file, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != t->left)
		return err_set(err, EK_INVALID, "%s of the layer is not what it was when podman unpacked it", name);
	return 0;
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

static ssize_t read_file(struct tarsplit *t, void *buf, size_t n, struct err *err)
{
	ssize_t got = fd_read_some(t->file, buf, (size_t)MIN_OF(t->left, (uint64_t)n));

	if (got <= 0)
		return got < 0 ? err_neg(err, (int)got, "read a file of the layer")
			       : err_set(err, EK_INVALID, "a file of the layer is cut off");
	t->left -= (uint64_t)got;
	if (!t->left)
		fd_closep(&t->file);
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
		if (t->left)
			return read_file(t, buf, n, err);
		r = next_line(t, &line, &len, err);
		if (r <= 0 || begin_entry(t, line, len, err) < 0)
			return r == 0 ? 0 : -1;
	}
}
