#include "podlite/transfer/push_list.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/transfer/push_copy.h"
#include "podlite/transfer/push_image.h"
#include "podlite/transfer/sandbox.h"

/* An entry and what is to be sent for it: an image of the store, or one elsewhere. */
struct item {
	struct jval *entry;       /* borrowed */
	bool local;
	struct push_image image;
	struct push_origin origin;
};

struct work {
	struct push_to to;
	struct jval *doc;
	struct item *v;
	size_t n;
};

/* ---- before the first request: all that is to be sent ---- */

static int read_origin(const struct push *p, const char *from, struct push_origin *ret, struct err *err)
{
	struct request rq = *p->rq;

	if (ref_parse(from, &ret->ref, err) < 0)
		return -1;
	if (!ret->ref.host || !digest_is_set(&ret->ref.digest))
		return err_set(err, EK_INVALID, "\"%.100s\" is no image in a registry", from);
	rq.creds = rq.cert_dir = NULL; /* they are the destination's */
	return pull_sources_open(&rq, p->conf, &ret->ref, &ret->from, err);
}

static int read_item(struct work *w, struct item *i, struct err *err)
{
	const char *from = jval_get_str(i->entry, "from", "");

	i->local = strncmp(from, "docker://", 9) != 0;
	if (!i->local) {
		if (read_origin(w->to.p, from, &i->origin, err) < 0)
			return -1;
		push_to_lender(&w->to, &i->origin.ref);
		return 0;
	}
	if (push_image_read(w->to.p, from, &i->image, err) < 0)
		return -1;
	push_image_lenders(&i->image, &w->to);
	return 0;
}

static int read_items(struct work *w, struct err *err)
{
	const struct jval *entries = jval_get(w->doc, "manifests");

	w->v = xcalloc(jval_len(entries) + 1, sizeof(*w->v));
	for (; w->n < jval_len(entries); w->n++) {
		struct item *i = &w->v[w->n];

		i->entry = jval_at(entries, w->n);
		if (w->to.p->rq->all && read_item(w, i, err) < 0) {
			w->n++;
			return err_wrap(err, "entry %.19s", jval_get_str(i->entry, "digest", ""));
		}
	}
	return 0;
}

static int open_all(struct work *w, struct err *err)
{
	auto_svec struct svec readable = SVEC_INIT;

	if (push_to_open(&w->to, &readable, err) < 0)
		return -1;
	for (size_t i = 0; i < w->n; i++)
		pull_sources_readable(&w->v[i].origin.from, &readable);
	if (sandbox_enter(w->to.p->store, &readable, err) < 0)
		return -1;
	push_to_start(&w->to);
	return 0;
}

/* ---- sending ---- */

static int send_item(struct work *w, struct item *i, struct err *err)
{
	struct spec_descriptor sent = {.size = 0};
	char text[DIGEST_TEXT_LEN + 1];
	int r = i->local ? push_image_send(&i->image, &w->to, false, &sent, err) : push_copy(&i->origin, &w->to, &sent, err);

	if (r < 0)
		return -1;
	jval_set_str(i->entry, "digest", digest_text(&sent.digest, text));
	jval_set(i->entry, "size", jval_new_uint(sent.size));
	if (sent.media != SPEC_MEDIA_UNKNOWN)
		jval_set_str(i->entry, "mediaType", spec_media_text(sent.media));
	return 0;
}

static int send_all(struct work *w, struct request_answer *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	char name[DIGEST_TEXT_LEN + 1];
	struct digest d;

	for (size_t i = 0; i < w->n; i++) {
		if (w->to.p->rq->all) {
			progress_line(w->to.p->progress, "Copying image %zu of %zu", i + 1, w->n);
			if (send_item(w, &w->v[i], err) < 0)
				return -1;
		}
		jval_del(w->v[i].entry, "from");
	}
	jval_print(w->doc, false, &text);
	progress_line(w->to.p->progress, "Writing manifest list to image destination");
	if (push_to_put(&w->to, true, jval_get_str(w->doc, "mediaType", ""), &text, &d, err) < 0)
		return -1;
	ret->digest = xstrdup(digest_text(&d, name));
	return 0;
}

static void work_done(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		push_image_done(&w->v[i].image);
		pull_sources_done(&w->v[i].origin.from);
		ref_done(&w->v[i].origin.ref);
	}
	free(w->v);
	jval_free(w->doc);
	push_to_done(&w->to);
}

static int work(struct work *w, struct request_answer *ret, struct err *err)
{
	const char *text = w->to.p->rq->list ? w->to.p->rq->list : "";

	w->doc = jval_parse(text, strlen(text), JVAL_UNIQUE_KEYS, err);
	if (!w->doc || read_items(w, err) < 0 || open_all(w, err) < 0)
		return -1;
	if (send_all(w, ret, err) == 0)
		return 0;
	return err->kind == EK_DENIED ? err_advise(err, "log in with: podlite login %s", w->to.ref.host) : -1;
}

int push_list_run(const struct push *p, struct request_answer *ret, struct err *err)
{
	struct work w = {.doc = NULL};
	int r = push_to_parse(p, &w.to, err);

	if (!r)
		r = work(&w, ret, err);
	work_done(&w);
	return r < 0 ? err_wrap(err, "push %s", p->rq->name) : 0;
}
