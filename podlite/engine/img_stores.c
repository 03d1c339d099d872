#include "podlite/engine/img_stores.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/events.h"
#include "podlite/engine/mlist.h"
#include "podlite/engine/transfer.h"

/* ---- the worker's answer ---- */

/* It comes from a process that read foreign bytes: taken apart as such. */
static int damaged(struct err *err)
{
	return err_set(err, EK_SYSTEM, "additional stores: podlite-transfer's answer makes no sense");
}

static bool names_ok(const struct svec *names)
{
	SVEC_EACH(name, names) {
		struct ref r;

		if (ref_parse(name, &r, NULL) < 0)
			return false;
		ref_done(&r);
	}
	return true;
}

static int read_config(struct image *img, struct err *err)
{
	struct spec_image_config c;

	if (spec_image_config_parse(img->ro->config, strlen(img->ro->config), &c, err) < 0)
		return -1;
	img->layers = take_ptr(c.diff_ids);
	img->nlayers = img->nseen = c.ndiff_ids;
	c.ndiff_ids = 0;
	if (c.created && !units_parse_time(c.created, 0, &img->created_ns))
		img->created_ns = 0;
	spec_image_config_done(&c);
	return 0;
}

static int read_sizes(const struct jval *list, struct image *img, struct err *err)
{
	if (jval_len(list) != img->nlayers)
		return damaged(err);
	img->ro->sizes = xcalloc(img->nlayers + 1, sizeof(*img->ro->sizes));
	for (size_t i = 0; i < img->nlayers; i++)
		img->ro->sizes[i] = jval_uint(jval_at(list, i), 0);
	return 0;
}

/* img is to be freed in any case. */
static int read_image(const struct jval *v, struct image *img, struct err *err)
{
	const char *id = jval_get_str(v, "id", "");

	*img = (struct image){.ro = new0(struct image_ro), .size = jval_uint(jval_get(v, "size"), 0)};
	img->ro->store = xstrdup(jval_get_str(v, "store", ""));
	img->ro->config = xstrdup(jval_get_str(v, "config", ""));
	img->ro->document = xstrdup(jval_get_str(v, "document", ""));
	if (!digest_from_hex(id, &img->config) || !digest_parse(jval_get_str(v, "manifest", ""), &img->manifest) ||
		!jval_strings(jval_get(v, "names"), &img->names) || !jval_strings(jval_get(v, "digests"), &img->digests) ||
		!names_ok(&img->names) || !names_ok(&img->digests))
		return damaged(err);
	memcpy(img->id, id, sizeof(img->id));
	return read_config(img, err) < 0 ? -1 : read_sizes(jval_get(v, "sizes"), img, err);
}

/* ---- what of it is seen ---- */

static bool is_taken(const struct image_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (svec_has(&list->v[i].names, name) || svec_has(&list->v[i].digests, name))
			return true;
	return false;
}

/* The names that mean nothing else yet. */
static void keep_free(const struct image_list *list, struct svec *names)
{
	for (size_t i = names->n; i-- > 0;)
		if (is_taken(list, names->v[i]))
			svec_remove(names, i);
	svec_sort(names);
}

static bool is_listed(const struct image_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i].id, id))
			return true;
	return false;
}

static int add_one(struct image_list *list, const struct jval *v, struct err *err)
{
	struct image img;

	if (read_image(v, &img, err) < 0) {
		image_done(&img);
		return -1;
	}
	if (is_listed(list, img.id)) {
		image_done(&img);
		return 0;
	}
	keep_free(list, &img.names);
	keep_free(list, &img.digests);
	list->v = xrealloc(list->v, list->n + 1, sizeof(*list->v));
	list->v[list->n++] = img;
	return 0;
}

int img_stores_add(struct context *c, struct image_list *list, struct err *err)
{
	struct request rq = {.op = (char *)"stores", .name = (char *)"list", .stores = c->additional_stores, .retry = -1};
	auto_jval struct jval *found = NULL;
	struct request_answer a;
	int r = 0;

	if (!c->additional_stores.n)
		return 0;
	if (transfer_ask(c, &rq, &a, err) < 0)
		return -1;
	found = jval_parse(a.text ? a.text : "", a.text ? strlen(a.text) : 0, 0, err);
	request_answer_done(&a);
	if (!found)
		return err_wrap(err, "additional stores");
	for (size_t i = 0; i < jval_len(found) && !r; i++)
		r = add_one(list, jval_at(found, i), err);
	return r;
}

/* ---- one image ---- */

int img_stores_find(struct context *c, const char *text, const struct img_short *s, struct image *ret, char **ret_name,
	struct err *err)
{
	struct image_list list = {NULL, 0};
	int r = img_stores_add(c, &list, err);
	size_t i = 0;

	if (!r)
		r = img_find_in(&list, text, s, &i, ret_name, err);
	if (!r) {
		*ret = list.v[i];
		list.v[i] = (struct image){.id = ""};
	}
	image_list_done(&list);
	return r;
}

/* What a name means in our store, it goes on to mean. */
static void drop_taken(struct context *c, struct svec *names)
{
	for (size_t i = names->n; i-- > 0;) {
		struct image other = {.id = ""};

		if (image_find_name(&c->store, names->v[i], &other, NULL) == 0)
			svec_remove(names, i);
		image_done(&other);
	}
}

static int copy(struct context *c, struct image *img, bool quiet, struct err *err)
{
	struct request_save what = {.id = img->id, .names = img->names};
	struct request rq = {.op = (char *)"copy", .root = c->root, .driver = c->storage_driver, .name = img->id,
		.quiet = quiet, .progress = isatty(2), .retry = -1, .save = {&what, 1}};
	struct request_answer a;
	int r;

	svec_add(&rq.stores, img->ro->store);
	r = transfer_ask(c, &rq, &a, err);
	svec_done(&rq.stores);
	if (!r)
		request_answer_done(&a);
	return r;
}

int img_stores_copy(struct context *c, struct image *img, bool quiet, struct err *err)
{
	struct image ours = {.id = ""};

	drop_taken(c, &img->names);
	if (copy(c, img, quiet, err) < 0)
		return err_wrap(err, "image %s", img->names.n ? img->names.v[0] : img->id);
	c->pulled = true;
	events_image(c, img->id, img->names.n ? img->names.v[0] : img->id, "pull");
	if (image_find(&c->store, img->id, NULL, &ours, err) < 0)
		return -1;
	image_done(img);
	*img = ours;
	return 0;
}

/* ---- for commands ---- */

int img_stores_look(struct context *c, const char *text, struct image *ret, struct err *err)
{
	auto_img_short struct img_short s = IMG_SHORT_INIT;
	auto_free char *name = NULL;

	if (img_short_load(c, text, &s, err) < 0)
		return -1;
	if (img_find_short(c, text, &s, ret, err) == 0)
		return 0;
	if (err->kind != EK_NOT_FOUND || !c->additional_stores.n)
		return -1;
	err_clear(err);
	return img_stores_find(c, text, &s, ret, &name, err);
}

/* Where it is a manifest list, its image for this host takes its place. On error img is done. */
static int of_list(struct context *c, struct image *img, struct err *err)
{
	auto_free char *from = NULL;
	struct image one;
	int r;

	if (!img->list)
		return 0;
	r = mlist_choose(img, NULL, &from, err);
	if (!r)
		r = img_stores_look(c, from, &one, err);
	image_done(img);
	if (!r)
		*img = one;
	return r;
}

/* On error img is done. */
static int copied(struct context *c, struct image *img, struct err *err)
{
	if (!img->ro || img_stores_copy(c, img, false, err) == 0)
		return 0;
	image_done(img);
	return -1;
}

int img_stores_have(struct context *c, const char *text, struct image *ret, struct err *err)
{
	return img_stores_look(c, text, ret, err) < 0 ? -1 : copied(c, ret, err);
}

int img_stores_look_image(struct context *c, const char *text, struct image *ret, struct err *err)
{
	return img_stores_look(c, text, ret, err) < 0 ? -1 : of_list(c, ret, err);
}

int img_stores_have_image(struct context *c, const char *text, struct image *ret, struct err *err)
{
	return img_stores_look_image(c, text, ret, err) < 0 ? -1 : copied(c, ret, err);
}

int img_stores_refuse(struct context *c, const char *text, const char *doing, struct err *err)
{
	auto_img_short struct img_short s = IMG_SHORT_INIT;
	struct image img = {.id = ""};
	auto_free char *name = NULL;

	if (err->kind != EK_NOT_FOUND || !c->additional_stores.n)
		return -1;
	if (img_short_load(c, text, &s, NULL) < 0 || img_stores_find(c, text, &s, &img, &name, NULL) < 0)
		return -1;
	err_set(err, EK_DENIED, "cannot %s read-only image \"%s\": it is in the additional store %s", doing, img.id, img.ro->store);
	image_done(&img);
	return -1;
}
