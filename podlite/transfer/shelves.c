#include "podlite/transfer/shelves.h"

#include <string.h>

#include "common/alloc.h"
#include "common/log.h"
#include "podlite/transfer/cancel.h"
#include "podlite/transfer/put_image.h"
#include "podlite/transfer/sandbox.h"
#include "storage/layer.h"

static void left_out(const char *path, const struct err *why)
{
	log_warn("additional store %s is left out: %s", path, why->msg);
}

void shelves_open(const struct svec *paths, struct shelves *ret, struct svec *readable)
{
	*ret = (struct shelves){.v = xcalloc(paths->n + 1, sizeof(*ret->v))};
	SVEC_EACH(path, paths) {
		struct err why = ERR_INIT;

		if (shelf_open(path, &ret->v[ret->n], &why) < 0) {
			left_out(path, &why);
			continue;
		}
		svec_addf(readable, "/proc/self/fd/%d", ret->v[ret->n++].fd);
	}
}

void shelves_close(struct shelves *s)
{
	for (size_t i = 0; i < s->n; i++)
		shelf_close(&s->v[i]);
	free(s->v);
	*s = (struct shelves){.v = NULL};
}

/* Once, and only when something is asked of them. */
static void read_all(struct shelves *s)
{
	size_t budget = SHELF_DOCUMENTS_MAX;

	for (size_t i = 0; i < s->n && !s->read; i++) {
		struct err why = ERR_INIT;

		if (shelf_read(&s->v[i], &budget, &why) < 0)
			left_out(s->v[i].path, &why);
	}
	s->read = true;
}

/* ---- layers for a pull ---- */

/* The next place after *shelf, *image where the layer lies; its number in that image, or -1. */
static ssize_t find_layer(const struct shelves *s, const struct digest *diff_id, size_t *shelf, size_t *image)
{
	for (; *shelf < s->n; ++*shelf, *image = 0)
		for (; *image < s->v[*shelf].n; ++*image) {
			const struct image *img = &s->v[*shelf].v[*image].img;

			for (size_t i = 0; i < img->nlayers; i++)
				if (digest_equal(&img->layers[i], diff_id))
					return (ssize_t)i;
		}
	return -1;
}

/* One place a store is tried: the next image there names the same bytes. */
static int take_layer(struct shelves *s, const struct digest *diff_id, const struct put_layer *to, struct err *err)
{
	for (size_t shelf = 0, image = 0; ; shelf++, image = 0) {
		ssize_t i = find_layer(s, diff_id, &shelf, &image);
		struct err why = ERR_INIT;

		if (i < 0)
			return 0;
		if (shelf_put_layer(&s->v[shelf], &s->v[shelf].v[image], (size_t)i, to, &why) == 0) {
			progress_line(to->progress, "Layer %.12s is from %s", diff_id->hex, s->v[shelf].path);
			return 0;
		}
		if (err_lacks_means(&why) || cancel_check(NULL) < 0)
			return err_take(err, &why);
		log_warn("%s", why.msg);
	}
}

int shelves_take_layers(struct shelves *s, const struct digest *diff_ids, size_t n, const struct put_layer *to,
	struct err *err)
{
	for (size_t i = 0; i < n && s->n; i++) {
		if (!layer_wanted(to->store, &diff_ids[i]))
			continue;
		read_all(s);
		if (take_layer(s, &diff_ids[i], to, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the list ---- */

static struct jval *entry(const struct shelf *s, const struct shelf_image *i)
{
	struct jval *o = jval_new_object(), *sizes = jval_new_array();
	char text[DIGEST_TEXT_LEN + 1];

	jval_set_str(o, "store", s->path);
	jval_set_str(o, "id", i->img.id);
	jval_set_str(o, "manifest", digest_text(&i->img.manifest, text));
	jval_set(o, "names", jval_new_strings(&i->img.names));
	jval_set(o, "digests", jval_new_strings(&i->img.digests));
	jval_set(o, "size", jval_new_uint(i->img.size));
	jval_set_str(o, "config", i->config.buf);
	jval_set_str(o, "document", i->document.buf);
	for (size_t k = 0; k < i->img.nlayers; k++)
		jval_add(sizes, jval_new_uint(i->layers[k].size));
	jval_set(o, "sizes", sizes);
	return o;
}

int shelves_list(const struct request *rq, struct request_answer *ret, struct err *err)
{
	auto_svec struct svec readable = SVEC_INIT;
	auto_jval struct jval *list = jval_new_array();
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct shelves s;
	int r;

	shelves_open(&rq->stores, &s, &readable);
	r = sandbox_enter_reader(&readable, err);
	if (!r)
		read_all(&s);
	for (size_t i = 0; i < s.n && !r; i++)
		for (size_t k = 0; k < s.v[i].n; k++)
			jval_add(list, entry(&s.v[i], &s.v[i].v[k]));
	shelves_close(&s);
	jval_print(list, false, &text);
	ret->text = sbuf_take(&text);
	return r;
}

/* ---- one image ---- */

static int copy_image(struct shelf *s, struct shelf_image *i, const struct svec *names, const struct put_layer *to,
	struct request_answer *ret, struct err *err)
{
	struct put_image p = {.store = to->store, .config = &i->config, .manifest = &i->document, .names = names,
		.digests = &i->img.digests};
	char id[65];

	for (size_t k = 0; k < i->img.nlayers; k++)
		if (shelf_put_layer(s, i, k, to, err) < 0)
			return -1;
	if (put_image(&p, id, err) < 0)
		return -1;
	request_add_image(ret, id, names->n ? names->v[0] : "");
	return 0;
}

static int copy_from(struct shelf *s, const struct request_save *what, const struct put_layer *to, struct request_answer *ret,
	struct err *err)
{
	size_t budget = SHELF_DOCUMENTS_MAX;

	if (shelf_read(s, &budget, err) < 0)
		return err_wrap(err, "additional store %s", s->path);
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].img.id, what->id))
			return copy_image(s, &s->v[i], &what->names, to, ret, err);
	return err_set(err, EK_NOT_FOUND, "additional store %s: the image is no longer in it", s->path);
}

int shelves_copy(const struct request *rq, const struct put_layer *to, struct request_answer *ret, struct err *err)
{
	auto_svec struct svec readable = SVEC_INIT;
	struct shelf s;
	int r;

	if (rq->stores.n != 1 || rq->save.n != 1)
		return err_set(err, EK_INVALID, "request: no store or no image to copy");
	if (shelf_open(rq->stores.v[0], &s, err) < 0)
		return err_wrap(err, "additional store %s", rq->stores.v[0]);
	svec_addf(&readable, "/proc/self/fd/%d", s.fd);
	r = sandbox_enter(to->store, &readable, err);
	if (!r)
		r = copy_from(&s, rq->save.v, to, ret, err);
	shelf_close(&s);
	return r;
}
