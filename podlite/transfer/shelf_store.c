/* shelf_store.c - another store of podlite's as an additional one: its owner's second, or for root anybody's. */
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/rootfd.h"
#include "podlite/transfer/put_image.h"
#include "podlite/transfer/shelf.h"
#include "storage/layer.h"
#include "storage/pack.h"

/* Names are links that somebody made: only what is one of ours is taken. */
static void take_names(const struct image *img, struct svec *ret)
{
	SVEC_EACH(name, &img->names) {
		struct ref r;

		if (ref_parse(name, &r, NULL) < 0)
			continue;
		if (r.host && r.tag && !digest_is_set(&r.digest))
			svec_take(ret, ref_text(&r, true));
		ref_done(&r);
	}
}

/* The record says where the documents are; they say what the image is. */
static int read_image(struct shelf *s, const struct image *img, size_t *budget, struct err *err)
{
	auto_sbuf struct sbuf document = SBUF_INIT, config = SBUF_INIT;
	auto_svec struct svec names = SVEC_INIT;
	struct shelf_image *i = NULL;
	struct spec_manifest m;

	if (put_image_read_blob(&s->store, &img->manifest, &document, err) < 0 ||
		spec_manifest_parse(document.buf, document.len, "", &m, err) < 0)
		return -1;
	take_names(img, &names);
	if (strcmp(m.config.digest.hex, img->id))
		err_set(err, EK_INVALID, "its manifest is of another image");
	else if (put_image_read_blob(&s->store, &m.config.digest, &config, err) == 0)
		i = shelf_add(s, &m, &img->manifest, &document, &config, &names, budget, err);
	spec_manifest_done(&m);
	for (size_t k = 0; i && k < i->img.nlayers; k++) {
		struct layer_info info;

		if (layer_read(&s->store, &i->img.layers[k], &info, NULL) == 0)
			i->layers[k].size = info.tar_size;
	}
	if (i)
		i->img.size = img->size;
	return i ? 0 : -1;
}

int shelf_store_read(struct shelf *s, size_t *budget, struct err *err)
{
	struct image_list list;

	if (image_list(&s->store, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		struct err why = ERR_INIT;

		if (!list.v[i].list && read_image(s, &list.v[i], budget, &why) < 0)
			shelf_left_out(s, list.v[i].id, &why);
	}
	image_list_done(&list);
	return 0;
}

static ssize_t read_pack(void *arg, void *buf, size_t n, struct err *err)
{
	return pack_read(arg, buf, n, err);
}

int shelf_store_put_layer(struct shelf *s, const struct digest *diff_id, const struct put_layer *to, struct err *err)
{
	auto_fd int layer = rootfd_open(s->store.layers, diff_id->hex, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0);
	struct layer_info info;

	if (layer < 0)
		return err_neg(err, layer, "layer %.12s: open", diff_id->hex);
	if (layer_read(&s->store, diff_id, &info, err) < 0)
		return -1;
	auto_cleanup(pack_closep) struct pack *p = pack_open_at(layer, &info, to->store->tmp, err);

	return p ? put_layer_from(to, diff_id, &(struct put_source){read_pack, p}, NULL, err) : -1;
}
