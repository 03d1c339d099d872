#include "podlite/complete_names.h"

#include <string.h>

#include "podlite/engine/ctr_record.h"
#include "storage/image.h"
#include "storage/volume.h"

typedef void offer_fn(void *arg, const char *name, const char *description);

static void containers(struct context *c, offer_fn *fn, void *arg)
{
	struct ctr_list list = {NULL, 0};

	if (ctr_list_all(c, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		fn(arg, list.v[i].rec.name, list.v[i].rec.image_name);
	ctr_list_done(&list);
}

static void images(struct context *c, offer_fn *fn, void *arg)
{
	struct image_list list = {NULL, 0};

	if (image_list(&c->store, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		for (size_t k = 0; k < list.v[i].names.n; k++)
			fn(arg, list.v[i].names.v[k], list.v[i].id);
	image_list_done(&list);
}

static void volumes(struct context *c, offer_fn *fn, void *arg)
{
	struct volume_list list = {NULL, 0};

	if (volume_list(&c->store, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		fn(arg, list.v[i].name, NULL);
	volume_list_done(&list);
}

bool complete_names(struct context *c, const char *args, offer_fn *fn, void *arg)
{
	static const struct {
		const char *word;
		void (*list)(struct context *c, offer_fn *fn, void *arg);
	} kinds[] = {{"CONTAINER", containers}, {"IMAGE", images}, {"VOLUME", volumes}};
	bool any = false;

	if (!strcmp(args, "[options] NAME [NAME...]")) /* inspect */
		args = "CONTAINER IMAGE VOLUME";
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strstr(args, kinds[i].word))
			continue;
		if (!any && (context_paths(c, NULL) < 0 || context_open(c, NULL) < 0))
			return true;
		kinds[i].list(c, fn, arg);
		any = true;
	}
	return any;
}
