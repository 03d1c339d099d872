#include "podlite/engine/img_remove.h"

#include "storage/gc.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"
#include "podlite/engine/img_stores.h"
#include "podlite/engine/img_view.h"

void img_removed_done(struct img_removed *r)
{
	svec_done(&r->untagged);
	svec_done(&r->deleted);
}

static int remove_unused(struct context *c, const struct image *img, struct img_removed *ret, struct err *err)
{
	/* the files belong to subordinate ids */
	if (context_enter_userns(c, NULL, err) < 0)
		return -1;
	if (image_remove(&c->store, img->id, NULL, err) < 0)
		return -1;
	SVEC_EACH(name, &img->names)
		events_image(c, img->id, name, "untag");
	events_image(c, img->id, img->names.n ? img->names.v[0] : NULL, "remove");
	svec_add_all(&ret->untagged, &img->names);
	svec_add(&ret->deleted, img->id);
	return 0;
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

/* found: the name it was asked for by, NULL for an id. */
static int remove_found(struct context *c, const struct image *img, const char *found, bool force,
	struct img_removed *ret, struct err *err)
{
	auto_free char *what = xasprintf("image %.12s is in use", img->id);

	if (found && img->names.n > 1 && svec_has(&img->names, found)) {
		svec_add(&ret->untagged, found);
		if (image_untag(&c->store, found, err) < 0)
			return -1;
		events_image(c, img->id, found, "untag");
		return 0;
	}
	if (!found && img->names.n > 1 && !force)
		return several_names(img, err);
	if (ctr_remove_users(c, what, made_from, img->id, force, -1, err) < 0)
		return -1;
	return remove_unused(c, img, ret, err);
}

int img_remove(struct context *c, const char *text, bool force, struct img_removed *ret, struct err *err)
{
	struct image found = {.id = ""}, img = {.id = ""};
	int r = image_find_quick(&c->store, text, NULL, &found, err);

	if (r < 0)
		return img_stores_refuse(c, text, "remove", err);
	if (!r)
		r = image_find(&c->store, found.id, NULL, &img, err);
	if (!r)
		r = remove_found(c, &img, found.names.n ? found.names.v[0] : NULL, force, ret, err);
	image_done(&found);
	image_done(&img);
	return r;
}

int img_prune(struct context *c, const struct image *img, struct img_removed *ret, struct err *err)
{
	if (remove_unused(c, img, ret, err) == 0)
		return 0;
	if (err->kind != EK_NOT_FOUND)
		return -1;
	err_clear(err);
	return 0;
}

int img_prune_all(struct context *c, const struct img_filter *f, bool all, struct img_removed *ret, struct err *err)
{
	struct image_list list = {NULL, 0};
	struct ctr_list ctrs = {NULL, 0};
	int r = image_list(&c->store, &list, err);

	if (!r)
		r = ctr_list_all(c, &ctrs, err);
	for (size_t i = 0; i < list.n && r >= 0; i++) {
		const struct image *img = &list.v[i];

		if ((!all && img->names.n) || img_view_users(img, &ctrs))
			continue;
		r = img_filter_match(c, f, img, &ctrs, err);
		if (r > 0)
			r = img_prune(c, img, ret, err);
	}
	ctr_list_done(&ctrs);
	image_list_done(&list);
	return r < 0 ? -1 : 0;
}

int img_collect(struct context *c, struct err *err)
{
	return context_enter_userns(c, NULL, err) < 0 ? -1 : gc_collect(&c->store, NULL, err);
}
