#include "podlite/engine/img_budget.h"

#include <string.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/img_remove.h"
#include "podlite/engine/img_view.h"
#include "storage/layer.h"

struct candidate {
	const struct image *img;
	int64_t used_ns;
};

static int by_use(const void *a, const void *b)
{
	int64_t x = ((const struct candidate *)a)->used_ns, y = ((const struct candidate *)b)->used_ns;

	return (x > y) - (x < y);
}

/* Layers without an image count as well: they are there until somebody collects them. */
static int measure(struct context *c, uint64_t *ret, struct err *err)
{
	struct digest *v = NULL;
	size_t n = 0;
	int r = layer_list(&c->store, &v, &n, err);

	*ret = 0;
	for (size_t i = 0; i < n && !r; i++) {
		struct layer_info info;

		if (layer_read(&c->store, &v[i], &info, NULL) == 0)
			*ret += info.disk_bytes;
	}
	free(v);
	return r;
}

/* Manifest lists take no room to speak of, and what they list has a user in them, here. */
static bool is_listed(const struct image_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct jval *entries = jval_get(list->v[i].list, "manifests");

		for (size_t k = 0; k < jval_len(entries); k++)
			if (!strcmp(jval_get_str(jval_at(entries, k), "from", ""), id))
				return true;
	}
	return false;
}

static size_t choose(struct context *c, const struct image_list *list, const struct ctr_list *ctrs, const char *keep,
	struct candidate *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct image *img = &list->v[i];

		if (!img->list && strcmp(img->id, keep) && !img_view_users(img, ctrs) && !is_listed(list, img->id))
			ret[n++] = (struct candidate){img, image_used_ns(&c->store, img->id)};
	}
	if (n)
		qsort(ret, n, sizeof(*ret), by_use);
	return n;
}

/* After each one the layers are measured anew: others may share them. */
static int evict(struct context *c, const struct image_list *list, const struct ctr_list *ctrs, const char *keep, struct err *err)
{
	auto_free struct candidate *v = xcalloc(list->n + 1, sizeof(*v));
	size_t n = choose(c, list, ctrs, keep, v);
	uint64_t bytes;
	int r = measure(c, &bytes, err);

	for (size_t i = 0; i < n && !r && bytes > c->size_budget; i++) {
		r = img_prune(c, v[i].img, err);
		if (!r)
			r = measure(c, &bytes, err);
	}
	return r;
}

static int keep_inside(struct context *c, void *keep, struct err *err)
{
	struct image_list list = {NULL, 0};
	struct ctr_list ctrs = {NULL, 0};
	int r = image_list(&c->store, &list, err);

	if (!r)
		r = ctr_list_all(c, &ctrs, err);
	if (!r)
		r = evict(c, &list, &ctrs, keep, err);
	ctr_list_done(&ctrs);
	image_list_done(&list);
	return r;
}

int img_budget_keep(struct context *c, const char *keep, struct err *err)
{
	uint64_t bytes;

	if (!c->size_budget || !c->pulled)
		return 0;
	if (measure(c, &bytes, err) < 0)
		return -1;
	if (bytes <= c->size_budget)
		return 0;
	return create_inside_run(c, keep_inside, (void *)keep, err) < 0 ? err_wrap(err, "size-budget") : 0;
}
