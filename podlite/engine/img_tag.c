#include "podlite/engine/img_tag.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/engine/events.h"
#include "podlite/engine/img.h"
#include "podlite/engine/img_stores.h"
#include "storage/image.h"

/* Canonical text of a name for an image of ours. */
static char *canonical(const char *name, struct err *err)
{
	struct ref ref = {NULL, NULL, NULL, {""}};
	char *text = NULL;

	if (ref_parse(name, &ref, err) < 0)
		return NULL;
	if (digest_is_set(&ref.digest)) {
		err_set(err, EK_INVALID, "%s: a name cannot have a digest, give it a tag", name);
	} else {
		if (!ref.host)
			ref.host = xstrdup("localhost");
		text = ref_text(&ref, true);
	}
	ref_done(&ref);
	return text;
}

int img_tag_canonical(int n, char **names, struct svec *ret, struct err *err)
{
	for (int i = 0; i < n; i++) {
		char *text = canonical(names[i], err);

		if (!text)
			return -1;
		svec_take(ret, text);
	}
	return 0;
}

int img_tag_add(struct context *c, const char *text, int n, char **names, struct err *err)
{
	auto_svec struct svec list = SVEC_INIT;
	auto_fd int hold = store_hold(&c->store, err);
	struct image img = {.id = ""};
	int r = 0;

	/* held: nobody removes the image before it has the name, or takes the name for litter */
	if (hold < 0 || img_tag_canonical(n, names, &list, err) < 0 || img_stores_have(c, text, &img, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && !r; i++) {
		r = image_tag(&c->store, img.id, list.v[i], err);
		if (!r)
			events_image(c, img.id, list.v[i], "tag");
	}
	image_done(&img);
	return r;
}

/* img's full name that a short one stands for, allocated; NULL: none. */
static char *short_name(struct context *c, const struct image *img, const char *name, const struct img_short *s)
{
	struct image other = {.id = ""};
	char *found = NULL;

	if (s->alias && svec_has(&img->names, s->alias))
		return xstrdup(s->alias);
	if (image_find_quick(&c->store, name, s->search, &other, NULL) == 0 && !strcmp(other.id, img->id) && other.names.n)
		found = xstrdup(other.names.v[0]);
	image_done(&other);
	return found;
}

/* The name of the image that was meant: as typed, or found as any short name is. */
static int find_name(struct context *c, const struct image *img, const char *name, struct svec *ret,
	struct err *err)
{
	auto_img_short struct img_short s = IMG_SHORT_INIT;
	char *text = canonical(name, err);

	if (!text)
		return -1;
	if (!svec_has(&img->names, text)) {
		alloc_freep(&text);
		if (img_short_load(c, name, &s, err) < 0)
			return -1;
		text = short_name(c, img, name, &s);
	}
	if (!text)
		return err_set(err, EK_NOT_FOUND, "%s: tag not known", name);
	svec_take(ret, text);
	return 0;
}

int img_tag_remove(struct context *c, const char *text, int n, char **names, struct err *err)
{
	auto_svec struct svec list = SVEC_INIT;
	struct image img = {.id = ""};
	int r = 0;

	if (img_find(c, text, &img, err) < 0)
		return img_stores_refuse(c, text, "untag", err);
	for (int i = 0; i < n && !r; i++)
		r = find_name(c, &img, names[i], &list, err);
	if (!n)
		svec_add_all(&list, &img.names);
	for (size_t i = 0; i < list.n && !r; i++) {
		r = image_untag(&c->store, list.v[i], err);
		if (!r)
			events_image(c, img.id, list.v[i], "untag");
	}
	image_done(&img);
	return r;
}
