#include "podlite/engine/disk_usage.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/img_view.h"
#include "podlite/engine/vol_use.h"
#include "storage/layer.h"

static bool has_layer(const struct image *img, const struct digest *layer)
{
	for (size_t i = 0; i < img->nlayers; i++)
		if (digest_equal(&img->layers[i], layer))
			return true;
	return false;
}

/* The first image in the list with this layer is the one that counts it. */
static bool counted_before(const struct image_list *list, size_t image, const struct digest *layer,
	bool *ret_shared)
{
	bool before = false;

	*ret_shared = false;
	for (size_t i = 0; i < list->n; i++) {
		if (i == image || !has_layer(&list->v[i], layer))
			continue;
		*ret_shared = true;
		before |= i < image;
	}
	return before;
}

static void measure_images(struct context *c, struct disk_usage *u)
{
	for (size_t i = 0; i < u->images.n; i++) {
		const struct image *img = &u->images.v[i];

		u->image[i].users = img_view_users(img, &u->ctrs);
		for (size_t k = 0; k < img->nlayers; k++) {
			struct layer_info info;
			bool shared, before = counted_before(&u->images, i, &img->layers[k], &shared);

			if (layer_read(&c->store, &img->layers[k], &info, NULL) < 0)
				continue;
			if (shared)
				u->image[i].shared += info.disk_bytes;
			else
				u->image[i].unique += info.disk_bytes;
			if (!before)
				u->layers += info.disk_bytes;
		}
	}
}

static int measure_ctrs(struct context *c, struct disk_usage *u, struct err *err)
{
	for (size_t i = 0; i < u->ctrs.n; i++) {
		auto_fd int dir = ctr_open_dir(c, u->ctrs.v[i].rec.id, err);
		uint64_t inodes;
		int r;

		if (dir < 0)
			return -1;
		/* a container of a read-only or foreign root has no upper/ */
		r = fs_exists(dir, "upper") ? fs_tree_usage(dir, "upper", &u->ctr[i], &inodes) : 0;
		if (r < 0)
			return err_neg(err, r, "measure container %s", u->ctrs.v[i].rec.name);
	}
	return 0;
}

static int measure_volumes(struct context *c, struct disk_usage *u, struct err *err)
{
	for (size_t i = 0; i < u->volumes.n; i++) {
		auto_free char *path = xasprintf("%s/_data", u->volumes.v[i].name);
		uint64_t inodes;
		int r = fs_tree_usage(c->store.volumes, path, &u->volume[i].bytes, &inodes);

		if (r < 0 && r != -ENOENT)
			return err_neg(err, r, "measure volume %s", u->volumes.v[i].name);
		u->volume[i].users = vol_use_count(&u->ctrs, u->volumes.v[i].name);
	}
	return 0;
}

int disk_usage_read(struct context *c, struct disk_usage *u, struct err *err)
{
	memset(u, 0, sizeof(*u));
	if (image_list(&c->store, &u->images, err) < 0 || ctr_list_all(c, &u->ctrs, err) < 0 ||
		volume_list(&c->store, &u->volumes, err) < 0)
		goto fail;
	u->image = xcalloc(u->images.n + 1, sizeof(*u->image));
	u->ctr = xcalloc(u->ctrs.n + 1, sizeof(*u->ctr));
	u->volume = xcalloc(u->volumes.n + 1, sizeof(*u->volume));
	measure_images(c, u);
	if (u->ctrs.n + u->volumes.n && context_enter_userns(c, NULL, err) < 0)
		goto fail;
	if (measure_ctrs(c, u, err) == 0 && measure_volumes(c, u, err) == 0)
		return 0;
fail:
	disk_usage_done(u);
	return -1;
}

void disk_usage_done(struct disk_usage *u)
{
	image_list_done(&u->images);
	ctr_list_done(&u->ctrs);
	volume_list_done(&u->volumes);
	free(u->image);
	free(u->ctr);
	free(u->volume);
	memset(u, 0, sizeof(*u));
}
