#include "podlite/engine/disk_usage.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"
#include "podlite/engine/img_view.h"
#include "podlite/engine/vol_use.h"

/* What images consist of: layers, and the documents among the blobs. */
struct part {
	char hex[65];
	uint64_t bytes;
	size_t users; /* images */
};
struct parts {
	struct part *v;
	size_t n;
};

static void parts_add(struct parts *l, const char *hex, uint64_t bytes)
{
	if (strlen(hex) != 64)
		return;
	if (!(l->n & (l->n - 1)))
		l->v = xrealloc(l->v, l->n ? l->n * 2 : 1, sizeof(*l->v));
	l->v[l->n] = (struct part){.bytes = bytes};
	memcpy(l->v[l->n++].hex, hex, 65);
}

static int by_hex(const void *a, const void *b)
{
	return strcmp(((const struct part *)a)->hex, ((const struct part *)b)->hex);
}

static struct part *parts_find(const struct parts *l, const char *hex)
{
	struct part key = {.users = 0};

	memcpy(key.hex, hex, sizeof(key.hex));
	return l->n && *hex ? bsearch(&key, l->v, l->n, sizeof(*l->v), by_hex) : NULL;
}

/* Each entry of a directory of the store, with all below it. */
static int parts_measure(struct parts *l, int dirfd, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	const char *name;

	if (!dir)
		return err_sys(err, "measure images");
	while ((name = fs_dir_next(dir))) {
		uint64_t bytes;
		int r = name[0] == '.' ? 0 : fs_tree_usage(dirfd, name, &bytes, NULL);

		if (r < 0)
			return err_neg(err, r, "measure %.12s", name);
		if (name[0] != '.')
			parts_add(l, name, bytes);
	}
	return 0;
}

static bool comes_before(const struct image *img, size_t layer)
{
	for (size_t i = 0; i < layer; i++)
		if (digest_equal(&img->layers[i], &img->layers[layer]))
			return true;
	return false;
}

/* Each part of an image once. */
static void each_part(const struct parts *l, const struct image *img, void (*fn)(struct part *p, void *arg), void *arg)
{
	const struct digest *blobs[] = {&img->config, &img->manifest, &img->index};
	struct part *p;

	for (size_t i = 0; i < img->nlayers; i++)
		if (!comes_before(img, i) && (p = parts_find(l, img->layers[i].hex)))
			fn(p, arg);
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++)
		if ((p = parts_find(l, blobs[i]->hex)))
			fn(p, arg);
}

static void count_user(struct part *p, void *arg)
{
	(void)arg;
	p->users++;
}

static void add_bytes(struct part *p, void *arg)
{
	struct disk_usage_image *u = arg;

	if (p->users > 1)
		u->shared += p->bytes;
	else
		u->unique += p->bytes;
}

static int measure_images(struct context *c, struct disk_usage *u, struct err *err)
{
	struct parts parts = {NULL, 0};
	int r = parts_measure(&parts, c->store.layers, err);

	if (!r)
		r = parts_measure(&parts, c->store.blobs, err);
	if (parts.n)
		qsort(parts.v, parts.n, sizeof(*parts.v), by_hex);
	for (size_t i = 0; i < parts.n; i++)
		u->layers += parts.v[i].bytes;
	for (size_t i = 0; i < u->images.n; i++)
		each_part(&parts, &u->images.v[i], count_user, NULL);
	for (size_t i = 0; i < u->images.n; i++) {
		u->image[i].users = img_view_users(&u->images.v[i], &u->ctrs);
		each_part(&parts, &u->images.v[i], add_bytes, &u->image[i]);
	}
	free(parts.v);
	return r;
}

static void measure_ctrs(struct context *c, struct disk_usage *u)
{
	for (size_t i = 0; i < u->ctrs.n; i++) {
		const struct ctr_record *rec = &u->ctrs.v[i].rec;
		int r = fs_tree_usage(c->store.containers, rec->id, &u->ctr[i].bytes, NULL);

		u->ctr[i].unknown = r < 0;
		if (r < 0)
			log_warn("measure container %s: %s", rec->name, strerror(-r));
	}
}

static void measure_volumes(struct context *c, struct disk_usage *u)
{
	for (size_t i = 0; i < u->volumes.n; i++) {
		const char *name = u->volumes.v[i].name;
		int r = fs_tree_usage(c->store.volumes, name, &u->volume[i].bytes, NULL);

		u->volume[i].users = vol_use_count(&u->ctrs, name);
		u->volume[i].unknown = r < 0;
		if (r < 0)
			log_warn("measure volume %s: %s", name, strerror(-r));
	}
}

int disk_usage_read(struct context *c, struct disk_usage *u, struct err *err)
{
	memset(u, 0, sizeof(*u));
	if (image_list(&c->store, &u->images, err) < 0 || ctr_list_all(c, &u->ctrs, err) < 0 ||
		volume_list(&c->store, &u->volumes, err) < 0 ||
		partial_list(&c->store, &u->partial, &u->npartial, err) < 0)
		goto fail;
	u->image = xcalloc(u->images.n + 1, sizeof(*u->image));
	u->ctr = xcalloc(u->ctrs.n + 1, sizeof(*u->ctr));
	u->volume = xcalloc(u->volumes.n + 1, sizeof(*u->volume));
	if (context_enter_userns(c, NULL, err) < 0)
		goto fail;
	if (measure_images(c, u, err) < 0)
		goto fail;
	measure_ctrs(c, u);
	measure_volumes(c, u);
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
	free(u->partial);
	memset(u, 0, sizeof(*u));
}
