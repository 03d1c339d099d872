/* store_repair.c - mending what `system check` found: see store_check.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "podlite/engine/ctr.h"
#include "podlite/engine/img_remove.h"
#include "podlite/engine/store_check.h"
#include "podlite/engine/transfer.h"
#include "storage/partial.h"
#include "storage/rootfs.h"

struct repair {
	struct context *c;
	const struct store_repair_opts *o;
	struct svec layers;    /* damaged, not yet mended */
	struct svec images;    /* ids of those that must be fetched again */
	struct svec in_use;    /* layers that a running container uses */
	bool collect;
	struct svec *done;
};

static void add_once(struct svec *l, const char *s)
{
	if (!svec_has(l, s))
		svec_add(l, s);
}

static void drop(struct svec *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], s))
			svec_remove(l, i--);
}

/* --- layers -------------------------------------------------------------------------------------------------------- */

/* Layers that living containers run from: their files may not vanish. */
static int find_in_use(struct repair *m, struct err *err)
{
	struct ctr_list list = {NULL, 0};

	if (ctr_list_all(m->c, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		auto_fd int dir = ctr_is_live(&list.v[i]) ? fd_open_dir(m->c->store.containers, list.v[i].rec.id) : -1;
		struct rootfs r = {.driver = STORE_OVERLAY};

		if (dir < 0 || rootfs_read(dir, &r, NULL) < 0)
			continue;
		SVEC_EACH(path, &r.lowers)
			SVEC_EACH(layer, &m->layers)
				if (strstr(path, layer))
					svec_addf(&m->in_use, "%s %s", layer, list.v[i].rec.name);
		rootfs_done(&r);
	}
	ctr_list_done(&list);
	return 0;
}

static void leave_used(struct repair *m)
{
	SVEC_EACH(text, &m->in_use) {
		auto_free char *layer = xstrndup(text, strcspn(text, " "));

		svec_addf(m->done, "layer %.12s: container %s runs from it; stop it and repair again", layer,
			text + strlen(layer) + 1);
		drop(&m->layers, layer);
	}
}

static int ask(struct repair *m, struct request *rq, struct err *err)
{
	struct request_answer a;

	rq->root = m->c->root;
	rq->driver = m->c->storage_driver;
	rq->quiet = true;
	rq->retry = -1;
	if (transfer_ask(m->c, rq, &a, err) < 0)
		return -1;
	request_answer_done(&a);
	return 0;
}

/* From its own files, where their content is whole. */
static void rebuild(struct repair *m)
{
	auto_svec struct svec all = SVEC_INIT;

	svec_add_all(&all, &m->layers);
	SVEC_EACH(layer, &all) {
		struct request rq = {.op = (char *)"rebuild", .name = (char *)layer};
		struct err err = ERR_INIT;
		int r;

		svec_add(&rq.renew, layer);
		r = ask(m, &rq, &err);
		svec_done(&rq.renew);
		if (r < 0)
			continue;
		svec_addf(m->done, "layer %.12s: made anew from its own files", layer);
		drop(&m->layers, layer);
	}
}

/* --- images -------------------------------------------------------------------------------------------------------- */

/* Every image with a layer that is still damaged must be fetched again, or one that shares it. */
static int add_images_of_layers(struct repair *m, struct err *err)
{
	struct image_list list = {NULL, 0};

	if (image_list(&m->c->store, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		for (size_t k = 0; k < list.v[i].nlayers; k++)
			if (svec_has(&m->layers, list.v[i].layers[k].hex))
				add_once(&m->images, list.v[i].id);
	image_list_done(&list);
	return 0;
}

static char *platform_of(struct context *c, const struct image *img)
{
	struct spec_image_config config;
	char *text = NULL;

	if (image_config(&c->store, img, &config, NULL) < 0)
		return NULL;
	text = spec_image_platform(&config);
	spec_image_config_done(&config);
	return text;
}

static int fetch_as(struct repair *m, const struct image *img, const char *name, struct err *err)
{
	auto_free char *platform = platform_of(m->c, img);
	struct request rq = {.name = (char *)name, .platform = platform, .renew = m->layers, .tls_verify = m->o->tls_verify};

	return ask(m, &rq, err);
}

/* Does it wait for anything yet? An image before may have brought its layers. */
static bool is_whole(struct repair *m, const struct image *img, bool named)
{
	for (size_t i = 0; i < img->nlayers; i++)
		if (svec_has(&m->layers, img->layers[i].hex))
			return false;
	return !named;
}

static bool uses_used(const struct repair *m, const struct image *img)
{
	for (size_t i = 0; i < img->nlayers; i++)
		SVEC_EACH(text, &m->in_use)
			if (!strncmp(text, img->layers[i].hex, 64))
				return true;
	return false;
}

/* By one of the digests that it has: what comes then is the same image, wherever its tags have gone. */
static int fetch_image(struct repair *m, struct image *img, struct err *err)
{
	err_set(err, EK_NOT_FOUND, "it was not pulled, so there is nowhere to fetch it from");
	SVEC_EACH(name, &img->digests) {
		err_clear(err);
		if (fetch_as(m, img, name, err) < 0)
			continue;
		svec_addf(m->done, "image %.12s: fetched again as %s", img->id, name);
		return 0;
	}
	return -1;
}

static int remove_image(struct repair *m, const struct image *img, struct err *err)
{
	auto_svec struct svec ids = SVEC_INIT, gone = SVEC_INIT;
	struct img_removed told = {.untagged = SVEC_INIT};
	char *id = (char *)img->id;
	int r;

	svec_add(&ids, id);
	r = img->nlayers ? img_remove(m->c, &(struct img_remove_what){.names = &id, .n = 1, .force = true}, &told, err)
			 : image_remove(&m->c->store, &ids, &gone, err); /* its record is damaged */
	img_removed_done(&told);
	if (!r)
		svec_addf(m->done, "image %.12s: removed", img->id);
	return r;
}

static int mend_image(struct repair *m, const char *id, bool named, struct err *err)
{
	struct image img = {.id = ""};
	struct err why = ERR_INIT;
	int r = 0;

	if (image_read(&m->c->store, id, &img, &why) < 0)
		snprintf(img.id, sizeof(img.id), "%s", id);
	if (image_fill_names(&m->c->store, &img, err) < 0)
		r = -1;
	else if (is_whole(m, &img, named) || uses_used(m, &img))
		r = 0;
	else if (fetch_image(m, &img, &why) == 0)
		for (size_t i = 0; i < img.nlayers; i++)
			drop(&m->layers, img.layers[i].hex);
	else if (m->o->force)
		r = remove_image(m, &img, err);
	else
		svec_addf(m->done, "image %.12s: %s; --force removes it", img.id, why.msg);
	image_done(&img);
	return r;
}

static int mend_images(struct repair *m, struct err *err)
{
	size_t named = m->images.n; /* these lack something themselves; the others share a layer */

	if (add_images_of_layers(m, err) < 0)
		return -1;
	for (size_t i = 0; i < m->images.n; i++)
		if (mend_image(m, m->images.v[i], i < named, err) < 0)
			return -1;
	return 0;
}

/* A document of images that is damaged: they are fetched again. */
static int add_images_of_blob(struct repair *m, const char *hex, struct err *err)
{
	struct image_list list = {NULL, 0};
	bool used = false;

	if (image_list(&m->c->store, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct image *img = &list.v[i];

		if (strcmp(img->config.hex, hex) && strcmp(img->manifest.hex, hex) && strcmp(img->index.hex, hex))
			continue;
		add_once(&m->images, img->id);
		used = true;
	}
	if (!used)
		m->collect = true;
	image_list_done(&list);
	return 0;
}

/* --- the rest ------------------------------------------------------------------------------------------------------ */

static int mend_container(struct repair *m, const struct store_problem *p, struct err *err)
{
	struct ctr_record rec = {.id = NULL};
	auto_fd int dir = fd_open_dir(m->c->store.containers, p->id);
	struct err why = ERR_INIT;

	if (!strcmp(p->code, "container-nameless")) {
		if (dir >= 0 && jmap_read_file(ctr_record_map, dir, "record.json", 1 << 20, &rec, &why) == 0 &&
			ctr_claim_name(m->c, rec.name, p->id, &why) == 0)
			svec_addf(m->done, "container %.12s: has its name %s again", p->id, rec.name);
		else
			svec_addf(m->done, "container %.12s: %s", p->id, why.msg);
		jmap_done(ctr_record_map, &rec);
		return 0;
	}
	if (!strcmp(p->code, "container-half")) {
		if (store_trash(&m->c->store, m->c->store.containers, p->id, err) < 0)
			return -1;
		svec_addf(m->done, "container %.12s: removed, it was only half there", p->id);
	}
	return 0;
}

static void mend_lock(struct repair *m, const char *name)
{
	auto_fd int fd = fd_open(m->c->store.layers, name, O_RDWR | O_NOFOLLOW, 0);

	/* Locked, it is ours to remove: whoever waits for it looks whether it is still there (lock.c). */
	if (fd >= 0 && lock_try(fd, LOCK_EXCLUSIVE_) == 0 && unlinkat(m->c->store.layers, name, 0) == 0)
		svec_addf(m->done, "lock %.18s: removed", name);
}

static int mend_name(struct repair *m, const struct store_problem *p, struct err *err)
{
	if (strcmp(p->kind, "name"))
		return 0; /* of a container: swept by now */
	if (image_untag(&m->c->store, p->id, err) < 0)
		return err->kind == EK_NOT_FOUND ? (err_clear(err), 0) : -1;
	svec_addf(m->done, "name %s: removed", p->id);
	return 0;
}

static int sort_problem(struct repair *m, const struct store_problem *p, struct err *err)
{
	if (!strcmp(p->code, "layer-orphan") || !strcmp(p->code, "blob-orphan"))
		m->collect = true;
	else if (!strcmp(p->kind, "layer"))
		add_once(&m->layers, p->id);
	else if (!strcmp(p->kind, "blob"))
		return add_images_of_blob(m, p->id, err);
	else if (!strcmp(p->kind, "image"))
		add_once(&m->images, p->id);
	else if (!strncmp(p->code, "name-", 5))
		return mend_name(m, p, err);
	else if (!strcmp(p->kind, "container"))
		return mend_container(m, p, err);
	else if (!strcmp(p->kind, "partial") && partial_remove(&m->c->store, p->id))
		svec_addf(m->done, "partial download %.12s: removed", p->id);
	else if (!strcmp(p->kind, "lock"))
		mend_lock(m, p->id);
	else if (!strcmp(p->kind, "network"))
		svec_addf(m->done, "network %s: podlite network rm %s removes it; create it again as it shall be", p->id, p->id);
	else if (!strcmp(p->kind, "volume"))
		svec_addf(m->done, "volume %s: what is in it is yours; podlite changes nothing", p->id);
	return 0;
}

static int mend_all(struct repair *m, const struct store_report *r, struct err *err)
{
	for (size_t i = 0; i < r->n; i++)
		if (sort_problem(m, &r->v[i], err) < 0)
			return -1;
	if (find_in_use(m, err) < 0)
		return -1;
	leave_used(m);
	rebuild(m);
	if (mend_images(m, err) < 0)
		return -1;
	/* a layer that no image has is not worth mending */
	if (!m->collect && !m->layers.n)
		return 0;
	return img_collect(m->c, err);
}

int store_repair(struct context *c, const struct store_report *r, const struct store_repair_opts *o, struct svec *ret_done,
	struct err *err)
{
	struct repair m = {.c = c, .o = o, .done = ret_done};
	int res = context_enter_userns(c, NULL, err);

	if (!res)
		res = mend_all(&m, r, err);
	svec_done(&m.layers);
	svec_done(&m.images);
	svec_done(&m.in_use);
	return res;
}
