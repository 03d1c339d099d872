#include "podlite/transfer/put_image.h"

#include <string.h>

#include "common/alloc.h"
#include "common/hash.h"
#include "common/units.h"
#include "podlite/transfer/make_manifest.h"
#include "storage/image.h"
#include "storage/layer.h"

static int write_manifest(const struct put_image *p, const struct image *img, struct sbuf *ret, struct err *err)
{
	auto_free struct spec_descriptor *layers = xcalloc(img->nlayers + 1, sizeof(*layers));
	const struct spec_descriptor config = {.digest = img->config, .size = p->config->len};
	auto_jval struct jval *v = NULL;

	for (size_t i = 0; i < img->nlayers; i++) {
		struct layer_info info;

		if (layer_read(p->store, &img->layers[i], &info, err) < 0)
			return -1;
		layers[i] = (struct spec_descriptor){.media = SPEC_MEDIA_LAYER_TAR, .digest = img->layers[i],
			.size = info.tar_size};
	}
	v = make_manifest(p->docker, &config, layers, img->nlayers, err);
	if (!v)
		return -1;
	jval_print(v, false, ret);
	return 0;
}

static int put_documents(const struct put_image *p, struct image *img, struct err *err)
{
	auto_sbuf struct sbuf own = SBUF_INIT;
	const struct sbuf *manifest = p->manifest;

	if (!manifest) {
		if (write_manifest(p, img, &own, err) < 0)
			return -1;
		manifest = &own;
	}
	hash_bytes(manifest->buf, manifest->len, &img->manifest);
	if (store_blob_put(p->store, &img->config, p->config->buf, p->config->len, err) < 0)
		return -1;
	return store_blob_put(p->store, &img->manifest, manifest->buf, manifest->len, err);
}

int put_image(const struct put_image *p, char ret_id[65], struct err *err)
{
	struct spec_image_config c;
	struct image img = {.id = "", .names = SVEC_INIT, .digests = SVEC_INIT};
	int r;

	if (spec_image_config_parse(p->config->buf, p->config->len, &c, err) < 0)
		return -1;
	hash_bytes(p->config->buf, p->config->len, &img.config);
	memcpy(img.id, img.config.hex, sizeof(img.id));
	img.layers = c.diff_ids;
	img.nlayers = c.ndiff_ids;
	if (c.created && !units_parse_time(c.created, 0, &img.created_ns))
		img.created_ns = 0;
	SVEC_EACH(name, p->names)
		svec_add(&img.names, name);
	if (p->digests)
		svec_add_all(&img.digests, p->digests);
	r = put_documents(p, &img, err);
	if (!r)
		r = image_put(p->store, &img, err);
	svec_done(&img.names);
	svec_done(&img.digests);
	spec_image_config_done(&c);
	memcpy(ret_id, img.id, 65);
	return r;
}

int put_image_read_blob(struct store *s, const struct digest *d, struct sbuf *ret, struct err *err)
{
	struct digest found;

	if (store_blob_read(s, d, SPEC_IMAGE_MAX, ret, err) < 0)
		return -1;
	hash_bytes(ret->buf, ret->len, &found);
	if (!digest_equal(&found, d))
		return err_set(err, EK_INVALID, "blob sha256:%.12s in the store is damaged; pull the image again", d->hex);
	return 0;
}
