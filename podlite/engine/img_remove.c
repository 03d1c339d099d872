#include "podlite/engine/img_remove.h"

#include "storage/gc.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"
#include "podlite/engine/img.h"
#include "podlite/engine/img_stores.h"
#include "podlite/engine/img_view.h"

void img_removed_done(struct img_removed *r)
{
	svec_done(&r->untagged);
	svec_done(&r->deleted);
}

/* Images are read once and looked up in memory, those that are to go set aside, and all removed at once. */
struct removal {
	struct context *c;
	struct image_list list; /* without them */
	struct image_list doomed;
	struct ctr_list ctrs;
};

static int begin(struct context *c, struct removal *m, struct err *err)
{
	*m = (struct removal){.c = c};
	if (image_list(&c->store, &m->list, err) < 0)
		return -1;
	m->doomed.v = xcalloc(m->list.n + 1, sizeof(*m->doomed.v));
	return ctr_list_all(c, &m->ctrs, err);
}

static void removal_done(struct removal *m)
{
	image_list_done(&m->list);
	image_list_done(&m->doomed);
	ctr_list_done(&m->ctrs);
}

/* The last of the list takes its place. */
static void doom(struct removal *m, size_t i)
{
	m->doomed.v[m->doomed.n++] = m->list.v[i];
	m->list.v[i] = m->list.v[--m->list.n];
}

static void tell(struct context *c, const struct image *img, struct img_removed *ret)
{
	SVEC_EACH(name, &img->names)
		events_image(c, img->id, name, "untag");
	events_image(c, img->id, img->names.n ? img->names.v[0] : NULL, "remove");
	if (!ret)
		return;
	svec_add_all(&ret->untagged, &img->names);
	svec_add(&ret->deleted, img->id);
}

/* One that another command has removed meanwhile is not told. */
static int remove_doomed(struct removal *m, struct img_removed *ret, struct err *err)
{
	auto_svec struct svec ids = SVEC_INIT, gone = SVEC_INIT;
	int r;

	if (!m->doomed.n)
		return 0;
	/* the files belong to subordinate ids */
	if (context_enter_userns(m->c, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < m->doomed.n; i++)
		svec_add(&ids, m->doomed.v[i].id);
	r = image_remove(&m->c->store, &ids, &gone, err);
	for (size_t i = 0, k = 0; i < m->doomed.n && k < gone.n; i++)
		if (!strcmp(m->doomed.v[i].id, gone.v[k])) {
			tell(m->c, &m->doomed.v[i], ret);
			k++;
		}
	return r;
}

static bool made_from(const struct ctr_record *rec, const char *image_id)
{
	return rec->image_id && !strcmp(rec->image_id, image_id);
}

static int several_names(const struct image *img, struct err *err)
{
	auto_free char *names = svec_join(&img->names, ", ");

	err_set(err, EK_INVALID, "image %.12s has more than one name (%.200s)", img->id, names);
	return err_advise(err, "remove it by name, or all at once with -f");
}

/* With all its names. */
static int remove_listed(struct removal *m, size_t i, bool force, struct err *err)
{
	const struct image *img = &m->list.v[i];

	if (img_view_users(img, &m->ctrs)) {
		auto_free char *what = xasprintf("image %.12s is in use", img->id);

		if (ctr_remove_users(m->c, what, made_from, img->id, force, -1, err) < 0)
			return -1;
	}
	doom(m, i);
	return 0;
}

static int untag(struct context *c, struct image *img, const char *name, struct img_removed *ret, struct err *err)
{
	if (image_untag(&c->store, name, err) < 0)
		return -1;
	events_image(c, img->id, name, "untag");
	svec_add(&ret->untagged, name);
	for (size_t i = img->names.n; i-- > 0;)
		if (!strcmp(img->names.v[i], name))
			svec_remove(&img->names, i);
	return 0;
}

/* What is not on the list because it cannot be read. */
static int say_damaged(struct context *c, const char *text, struct err *err)
{
	struct err why = ERR_INIT;
	struct image img = {.id = ""};

	if (img_find(c, text, &img, &why) == 0)
		image_done(&img);
	return why.kind == EK_OK || why.kind == EK_NOT_FOUND ? 0 : err_take(err, &why);
}

static int find_listed(const struct removal *m, const char *text, size_t *ret, char **ret_name, struct err *err)
{
	auto_img_short struct img_short s = IMG_SHORT_INIT;

	return img_short_load(m->c, text, &s, err) < 0 ? -1 : img_find_in(&m->list, text, &s, ret, ret_name, err);
}

static int remove_named(struct removal *m, const char *text, bool force, struct img_removed *ret, struct err *err)
{
	auto_free char *found = NULL; /* NULL: by an id */
	struct image *img;
	size_t i;

	if (find_listed(m, text, &i, &found, err) < 0)
		return say_damaged(m->c, text, err) < 0 ? -1 : img_stores_refuse(m->c, text, "remove", err);
	img = &m->list.v[i];
	if (found && img->names.n > 1 && svec_has(&img->names, found))
		return untag(m->c, img, found, ret, err);
	if (!found && img->names.n > 1 && !force)
		return several_names(img, err);
	return remove_listed(m, i, force, err);
}

/* What becomes of an error with one of several. */
static int failed(const struct img_remove_what *w, struct err *one, struct err *err)
{
	if (!w->failed)
		return err_take(err, one);
	w->failed(w->arg, one);
	return 0;
}

static int sort_out(struct removal *m, const struct img_remove_what *w, struct img_removed *ret, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n && !r; i++) {
		struct err one = ERR_INIT;

		if (remove_named(m, w->names[i], w->force, ret, &one) < 0)
			r = failed(w, &one, err);
	}
	/* from the end: what is set aside moves nothing that is still to come */
	for (size_t i = m->list.n; w->all && i-- > 0 && !r;) {
		struct err one = ERR_INIT;

		if (remove_listed(m, i, w->force, &one) < 0)
			r = failed(w, &one, err);
	}
	return r;
}

int img_remove(struct context *c, const struct img_remove_what *w, struct img_removed *ret, struct err *err)
{
	struct removal m;
	int r = begin(c, &m, err);

	if (!r)
		r = sort_out(&m, w, ret, err);
	if (!r)
		r = remove_doomed(&m, ret, err);
	removal_done(&m);
	return r;
}

int img_prune(struct context *c, const struct image *img, struct err *err)
{
	auto_svec struct svec ids = SVEC_INIT, gone = SVEC_INIT;
	int r;

	svec_add(&ids, img->id);
	r = image_remove(&c->store, &ids, &gone, err);
	if (gone.n)
		tell(c, img, NULL);
	return r;
}

int img_prune_all(struct context *c, const struct img_filter *f, bool all, struct img_removed *ret, struct err *err)
{
	struct removal m;
	int r = begin(c, &m, err);

	for (size_t i = m.list.n; i-- > 0 && r >= 0;) {
		const struct image *img = &m.list.v[i];

		if ((!all && img->names.n) || img_view_users(img, &m.ctrs))
			continue;
		r = img_filter_match(c, f, img, &m.ctrs, err);
		if (r > 0)
			doom(&m, i);
	}
	if (r >= 0)
		r = remove_doomed(&m, ret, err);
	removal_done(&m);
	return r;
}

int img_collect(struct context *c, struct err *err)
{
	return context_enter_userns(c, NULL, err) < 0 ? -1 : gc_collect(&c->store, err);
}
