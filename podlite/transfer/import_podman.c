#include "podlite/transfer/import_podman.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/id.h"
#include "net/base64.h"
#include "oci/ref.h"
#include "podlite/transfer/put_image.h"
#include "podlite/transfer/sandbox.h"
#include "podlite/transfer/tarsplit.h"

#define LIST_MAX (64u << 20)

struct import {
	const struct put_layer *to;
	int store;
	const char *id;
};

/* The object of the list whose "id" it is; borrowed. */
static const struct jval *by_id(const struct jval *list, const char *id)
{
	for (size_t i = 0; i < jval_len(list); i++)
		if (!strcmp(jval_get_str(jval_at(list, i), "id", ""), id))
			return jval_at(list, i);
	return NULL;
}

/* Ids come from podman's documents and become parts of paths: each is looked at. */

/* ---- layers ---- */

/* From the topmost layer to the lowest; diff_ids has them the other way round. */
static int layer_ids(const struct import *im, const char *top, size_t want, struct svec *ret, struct err *err)
{
	auto_jval struct jval *list = jval_read_file(im->store, "overlay-layers/layers.json", LIST_MAX, err);

	if (!list)
		return -1;
	for (const char *id = top; *id;) {
		const struct jval *layer = by_id(list, id);

		if (!layer || !id_is_full(id) || ret->n == want)
			return err_set(err, EK_INVALID, "layer %.12s of podman's is %s", id,
				layer && id_is_full(id) ? "one too many" : "not in this store");
		svec_add(ret, id);
		id = jval_get_str(layer, "parent", "");
	}
	if (ret->n != want)
		return err_set(err, EK_INVALID, "podman has %zu layers of it, its config names %zu", ret->n, want);
	return 0;
}

static int put_one(const struct import *im, const char *id, const struct digest *diff_id, struct err *err)
{
	auto_free char *notes_name = xasprintf("overlay-layers/%s.tar-split.gz", id);
	auto_free char *tree_name = xasprintf("overlay/%s/diff", id);
	auto_cleanup(tarsplit_autop) struct tarsplit *t = NULL;
	auto_fd int notes = -1, tree = -1;

	if (layer_has(im->to->store, diff_id))
		return 0;
	notes = fd_open(im->store, notes_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (notes < 0) {
		err_neg(err, notes, "layer %.12s: %s", id, notes_name);
		return err_advise(err, "let podman write it: podman save IMAGE | podlite load");
	}
	tree = fd_open_dir(im->store, tree_name);
	if (tree < 0)
		return err_neg(err, tree, "layer %.12s: %s", id, tree_name);
	t = tarsplit_new(notes, tree);
	if (put_layer_from(im->to, diff_id, &(struct put_source){tarsplit_read, t}, NULL, err) < 0)
		return err->kind == EK_INVALID && tarsplit_guessed(t) ? tarsplit_unknown(tarsplit_guessed(t), err) :
			err_wrap(err, "layer %.12s, as podman's files and notes give it back", id);
	return 0;
}

static int put_layers(const struct import *im, const char *top, const struct sbuf *config, struct err *err)
{
	auto_svec struct svec ids = SVEC_INIT;
	struct spec_image_config c;
	int r;

	if (spec_image_config_parse(config->buf, config->len, &c, err) < 0)
		return -1;
	r = layer_ids(im, top, c.ndiff_ids, &ids, err);
	for (size_t i = 0; i < c.ndiff_ids && !r; i++)
		r = put_one(im, ids.v[c.ndiff_ids - 1 - i], &c.diff_ids[i], err);
	spec_image_config_done(&c);
	return r;
}

/* ---- documents ---- */

/* Podman's name for a document is its key, or "=" and the base64 of one that is no plain word. */
static int read_config(const struct import *im, struct sbuf *ret, struct err *err)
{
	auto_free char *key = xasprintf("sha256:%s", im->id);
	auto_sbuf struct sbuf path = SBUF_INIT;
	struct digest want, found;
	int r;

	sbuf_addf(&path, "overlay-images/%s/=", im->id);
	base64_encode(key, strlen(key), &path);
	r = fs_read_file(im->store, path.buf, SPEC_IMAGE_MAX, ret);
	if (r == -ENOENT)
		return err_set(err, EK_UNSUPPORTED, "it has no config: a list of manifests, or no image");
	if (r < 0)
		return err_neg(err, r, "read %s", path.buf);
	hash_bytes(ret->buf, ret->len, &found);
	if (!digest_parse(key, &want))
		return err_set(err, EK_INVALID, "config: %.80s is no digest", key);
	return digest_expect(&want, &found, err) < 0 ? err_wrap(err, "config") : 0;
}

/* The manifest it was pulled with, so that it keeps its digest; none if it is not of this image. */
static bool read_manifest(const struct import *im, struct sbuf *ret)
{
	auto_free char *path = xasprintf("overlay-images/%s/manifest", im->id);
	struct spec_manifest m;
	bool fits;

	if (fs_read_file(im->store, path, SPEC_IMAGE_MAX, ret) < 0 ||
		spec_manifest_parse(ret->buf, ret->len, "", &m, NULL) < 0)
		return false;
	fits = !strcmp(m.config.digest.hex, im->id);
	spec_manifest_done(&m);
	return fits;
}

static void canonical_names(const struct jval *image, struct svec *ret)
{
	auto_svec struct svec names = SVEC_INIT;

	(void)jval_strings(jval_get(image, "names"), &names);
	SVEC_EACH(name, &names) {
		struct ref r;

		if (ref_parse(name, &r, NULL) < 0)
			continue;
		if (r.host && !digest_is_set(&r.digest))
			svec_take(ret, ref_text(&r, true));
		ref_done(&r);
	}
}

static int import(const struct import *im, struct request_answer *ret, struct err *err)
{
	auto_jval struct jval *list = jval_read_file(im->store, "overlay-images/images.json", LIST_MAX, err);
	auto_sbuf struct sbuf config = SBUF_INIT, manifest = SBUF_INIT;
	auto_svec struct svec names = SVEC_INIT;
	struct put_image p = {.store = im->to->store, .config = &config, .names = &names};
	const struct jval *image = by_id(list, im->id);
	char id[65];

	if (!list)
		return -1;
	if (!image || !id_is_full(im->id))
		return err_set(err, EK_NOT_FOUND, "podman has no image with this id");
	if (read_config(im, &config, err) < 0 ||
		put_layers(im, jval_get_str(image, "layer", ""), &config, err) < 0)
		return -1;
	p.manifest = read_manifest(im, &manifest) ? &manifest : NULL;
	canonical_names(image, &names);
	if (put_image(&p, id, err) < 0)
		return -1;
	request_add_image(ret, id, names.n ? names.v[0] : "");
	return 0;
}

int import_podman_run(const struct request *rq, const struct put_layer *to, int store, struct request_answer *ret,
	struct err *err)
{
	const struct import im = {.to = to, .store = store, .id = rq->image ? rq->image : ""};
	auto_svec struct svec readable = SVEC_INIT;

	svec_addf(&readable, "/proc/self/fd/%d", store);
	if (sandbox_enter(to->store, &readable, err) < 0)
		return -1;
	return import(&im, ret, err) < 0 ? err_wrap(err, "import %s", rq->name) : 0;
}
