#include "podlite/transfer/push_copy.h"

#include <string.h>

#include "common/alloc.h"
#include "common/hash.h"

#define BUFFER (1u << 20)

/* ---- one blob from there to here ---- */

struct stream {
	struct sbuf buf;  /* came */
	size_t at;        /* so much of it was sent */
	bool in_paused, out_paused, ended;
	struct hash *hash;
};

static int check(struct stream *s, const struct digest *want, struct err *err)
{
	struct digest found;

	hash_finish(s->hash, &found);
	return digest_expect(want, &found, err);
}

static enum http_take on_data(void *arg, const void *data, size_t n, struct err *err)
{
	struct stream *s = arg;

	(void)err;
	sbuf_add(&s->buf, data, n);
	hash_add(s->hash, data, n);
	if (s->buf.len < BUFFER)
		return HTTP_TAKEN;
	s->in_paused = true;
	return HTTP_ENOUGH;
}

static size_t more(void *arg, char *buf, size_t n)
{
	struct stream *s = arg;

	n = MIN_OF(n, s->buf.len - s->at);
	if (!n && !s->ended) {
		s->out_paused = true;
		return HTTP_MORE_LATER;
	}
	memcpy(buf, s->buf.buf + s->at, n);
	s->at += n;
	if (s->at == s->buf.len) {
		sbuf_reset(&s->buf);
		s->at = 0;
	}
	return n;
}

/* Whoever waited and need not any more. */
static void resume(struct stream *s, struct fetch *in, struct registry_upload *out)
{
	if (s->out_paused && (s->buf.len || s->ended)) {
		s->out_paused = false;
		registry_upload_resume(out);
	}
	if (s->in_paused && !s->buf.len) {
		s->in_paused = false;
		fetch_resume(in);
	}
}

/* Until the upload is complete. end: what it is to be. */
static int run(struct stream *s, struct http *http, struct fetch *in, struct registry_upload *out, const struct digest *end,
	struct err *err)
{
	for (;;) {
		int done = fetch_step(in, err), sent;

		if (done < 0 || (done && !s->ended && check(s, end, err) < 0))
			return -1;
		s->ended = done;
		resume(s, in, out);
		sent = registry_upload_step(out, s->ended && !s->buf.len ? end : NULL, err);
		if (sent)
			return sent < 0 ? -1 : 0;
		if (http_pump(http, NULL, 0, 200, err) < 0)
			return -1;
	}
}

static int stream(struct registry *from, struct registry *to, const struct digest *d, uint64_t size, struct err *err)
{
	auto_cleanup(hash_autop) struct hash *hash = hash_new();
	struct stream s = {.buf = SBUF_INIT, .hash = hash};
	struct http_source source = {.more = more, .arg = &s};
	struct registry_upload *out = registry_upload_begin(to, &source, err);
	struct fetch *in;
	int r;

	if (!out)
		return -1;
	in = registry_blob_start(from, d, size, 0, on_data, &s);
	r = run(&s, from->http, in, out, d, err);
	fetch_end(in);
	registry_upload_free(out);
	sbuf_done(&s.buf);
	return r;
}

static int copy_blob(struct registry *from, struct push_to *t, const struct jval *descriptor, struct err *err)
{
	uint64_t size = jval_uint(jval_get(descriptor, "size"), 0);
	struct digest d;
	int r;

	if (!digest_parse(jval_get_str(descriptor, "digest", ""), &d))
		return err_set(err, EK_INVALID, "manifest: a descriptor without digest");
	r = registry_blob_exists(&t->registry, &d, err);
	SVEC_EACH(lender, &t->lenders)
		if (!r)
			r = registry_mount(&t->registry, &d, lender, err);
	if (r > 0) {
		progress_line(t->p->progress, "Copying blob %.12s skipped: already exists", d.hex);
		return 0;
	}
	if (!r)
		r = stream(from, &t->registry, &d, size, err);
	if (r < 0)
		return err_wrap(err, "blob sha256:%.12s", d.hex);
	progress_line(t->p->progress, "Copying blob %.12s done", d.hex);
	return 0;
}

/* ---- the image ---- */

struct document {
	struct sbuf text;
	char *type;
	struct digest digest;
};

/* What cannot be converted, such as an attestation, goes as it is. */
static int send_manifest(struct push_to *t, const struct document *d, struct spec_descriptor *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	const char *type = d->type;
	struct spec_manifest m;
	int r = 0;

	if (t->format != PUSH_KEEP && spec_manifest_parse(d->text.buf, d->text.len, d->type, &m, NULL) == 0) {
		r = push_manifest_make(&m, &d->text, t->format, m.layers, &text, &type, err);
		spec_manifest_done(&m);
	} else {
		sbuf_add(&text, d->text.buf, d->text.len);
	}
	ret->media = spec_media_parse(type);
	ret->size = text.len;
	return r < 0 ? -1 : push_to_put(t, false, type, &text, &ret->digest, err);
}

static int copy(struct registry *from, struct push_to *t, const struct document *d, struct spec_descriptor *ret,
	struct err *err)
{
	auto_jval struct jval *doc = jval_parse(d->text.buf, d->text.len, JVAL_UNIQUE_KEYS, err);
	const struct jval *layers = jval_get(doc, "layers");

	if (!doc)
		return err_wrap(err, "manifest");
	for (size_t i = 0; i < jval_len(layers); i++)
		if (copy_blob(from, t, jval_at(layers, i), err) < 0)
			return -1;
	if (copy_blob(from, t, jval_get(doc, "config"), err) < 0)
		return -1;
	return send_manifest(t, d, ret, err);
}

int push_copy(const struct push_origin *o, struct push_to *t, struct spec_descriptor *ret, struct err *err)
{
	auto_free char *name = xasprintf("sha256:%s", o->ref.digest.hex);
	int r = -1;

	for (size_t i = 0; i < o->from.n && r < 0; i++) {
		struct registry from = {.http = t->p->http, .site = &o->from.sites[i], .repo = o->from.v[i].repo,
			.policy = pull_site_policy(t->p->rq, t->p->progress)};
		struct document d = {.text = SBUF_INIT};

		err_clear(err);
		if (registry_manifest(&from, name, &d.text, &d.type, &d.digest, err) == 0)
			r = copy(&from, t, &d, ret, err);
		sbuf_done(&d.text);
		free(d.type);
	}
	return r < 0 ? err_wrap(err, "copy %s/%s@%s", o->ref.host, o->ref.path, name) : 0;
}
