#include "podlite/transfer/pull_image.h"

#include <string.h>

#include "common/alloc.h"
#include "common/hash.h"
#include "common/units.h"
#include "net/sigstore.h"
#include "oci/spec_image.h"
#include "podlite/transfer/pull_fits.h"
#include "podlite/transfer/pull_layers.h"
#include "podlite/transfer/put_image.h"
#include "podlite/transfer/shelves.h"
#include "storage/image.h"

/* A document as it came, with its digest checked. */
struct document {
	struct sbuf text;
	char *type;
	struct digest digest;
};

struct work {
	const struct pull *p;
	struct registry *reg;
	const struct ref *full;
	const struct sigstore *signatures;
	struct document index, manifest;
	struct sbuf config_text;
	struct spec_manifest m;
	struct spec_image_config config;
	struct spec_platform want; /* members NULL where the user did not ask */
	struct spec_platform host; /* want, with this machine's values filled in; borrowed */
};

static int fetch_document(struct work *w, const char *reference, struct document *ret, struct err *err)
{
	if (registry_manifest(w->reg, reference, &ret->text, &ret->type, &ret->digest, err) < 0)
		return -1;
	/* some registries call every document that: it says nothing, so the body must say it */
	if (!strncasecmp(ret->type, "application/json", 16))
		*ret->type = '\0';
	return 0;
}

static bool is_index(enum spec_media m)
{
	return m == SPEC_MEDIA_OCI_INDEX || m == SPEC_MEDIA_DOCKER_LIST;
}

/* From an index to the manifest for this machine. Depth 1: an index in an index is not followed. */
static int choose(struct work *w, struct err *err)
{
	struct spec_index idx;
	const struct spec_descriptor *d;
	auto_free char *reference = NULL;
	int r = -1;

	if (spec_index_parse(w->index.text.buf, w->index.text.len, w->index.type, &idx, err) < 0)
		return -1;
	d = spec_index_choose(&idx, &w->host, err);
	if (d) {
		reference = xasprintf("sha256:%s", d->digest.hex);
		r = fetch_document(w, reference, &w->manifest, err);
		if (!r && w->manifest.text.len != d->size)
			r = err_set(err, EK_INVALID, "manifest sha256:%.12s: size: expected %llu bytes, found %zu",
				d->digest.hex, (unsigned long long)d->size, w->manifest.text.len);
		if (!r)
			r = spec_manifest_parse(w->manifest.text.buf, w->manifest.text.len, d->media_type, &w->m, err);
	}
	spec_index_done(&idx);
	return r;
}

static int fetch_manifest(struct work *w, struct err *err)
{
	auto_free char *by_digest = digest_is_set(&w->full->digest) ? xasprintf("sha256:%s", w->full->digest.hex) : NULL;
	enum spec_media m;

	if (fetch_document(w, by_digest ? by_digest : w->full->tag, &w->manifest, err) < 0)
		return -1;
	m = spec_image_kind(w->manifest.text.buf, w->manifest.text.len, w->manifest.type, err);
	if (m == SPEC_MEDIA_UNKNOWN)
		return -1;
	if (!is_index(m))
		return spec_manifest_parse(w->manifest.text.buf, w->manifest.text.len, w->manifest.type, &w->m, err);
	w->index = w->manifest;
	w->manifest = (struct document){.text = SBUF_INIT};
	return choose(w, err);
}

static bool runs_here(const char *arch, const char *host)
{
	return !strcmp(arch, host) || (!strcmp(arch, "386") && !strcmp(host, "amd64"));
}

/* An image that comes without an index is taken as it is, so look what it was made for. */
static int check_platform(const struct work *w, struct err *err)
{
	const struct spec_image_config *c = &w->config;
	const char *os = c->os && *c->os ? c->os : w->host.os;
	const char *arch = c->architecture && *c->architecture ? c->architecture : w->host.architecture;

	if (!strcmp(os, w->host.os) &&
		(w->want.architecture ? !strcmp(arch, w->host.architecture) : runs_here(arch, w->host.architecture)))
		return 0;
	err_set(err, EK_UNSUPPORTED, "the image is for %.32s/%.32s, not for %s/%s", os, arch, w->host.os,
		w->host.architecture);
	if (w->want.os || w->want.architecture)
		return -1;
	return err_advise(err, "to pull it all the same, add --platform %.32s/%.32s", os, arch);
}

static int fetch_config(struct work *w, struct err *err)
{
	const struct spec_descriptor *d = &w->m.config;

	if (put_image_read_blob(w->p->store, &d->digest, &w->config_text, NULL) < 0)
		sbuf_reset(&w->config_text);
	if (!w->config_text.len && registry_blob(w->reg, &d->digest, d->size, &w->config_text, err) < 0)
		return err_wrap(err, "config sha256:%.12s", d->digest.hex);
	if (spec_image_config_parse(w->config_text.buf, w->config_text.len, &w->config, err) < 0)
		return -1;
	if (w->config.ndiff_ids != w->m.nlayers)
		return err_set(err, EK_INVALID, "the manifest has %zu layers, the config names %zu", w->m.nlayers,
			w->config.ndiff_ids);
	return check_platform(w, err);
}

static int fetch_layers(struct work *w, struct err *err)
{
	struct pull_layers l = {
		.store = w->p->store,
		.registry = w->reg,
		.broker = w->p->broker,
		.manifest = &w->m,
		.diff_ids = w->config.diff_ids,
		.progress = w->p->progress,
	};

	if (pull_fits(w->p->store, &w->m, w->config.diff_ids, &l.need, err) < 0)
		return -1;
	if (shelves_take_layers(w->p->shelves, w->config.diff_ids, w->config.ndiff_ids,
		    &(struct put_layer){w->p->store, w->p->broker, w->p->progress}, err) < 0)
		return -1;
	return pull_layers_fetch(&l, err);
}

static int put_blob(struct store *s, const struct digest *d, const struct sbuf *text, struct err *err)
{
	return store_blob_put(s, d, text->buf, text->len, err);
}

static void add_names(const struct work *w, struct image *img)
{
	auto_free char *repo = ref_repository(w->full);

	if (w->full->tag && !digest_is_set(&w->full->digest))
		svec_addf(&img->names, "%s:%s", repo, w->full->tag);
	else if (digest_is_set(&w->full->digest))
		svec_addf(&img->names, "%s@sha256:%s", repo, w->full->digest.hex);
	svec_addf(&img->digests, "%s@sha256:%s", repo, w->manifest.digest.hex);
	if (digest_is_set(&w->index.digest))
		svec_addf(&img->digests, "%s@sha256:%s", repo, w->index.digest.hex);
}

/* Blobs, record, names: in this order, so that what is visible is complete. */
static int record(struct work *w, char ret_id[65], struct err *err)
{
	struct store *s = w->p->store;
	struct image img = {
		.manifest = w->manifest.digest,
		.index = w->index.digest,
		.config = w->m.config.digest,
		.layers = w->config.diff_ids,
		.nlayers = w->config.ndiff_ids,
	};
	int r;

	if (w->config.created && !units_parse_time(w->config.created, 0, &img.created_ns))
		img.created_ns = 0;
	memcpy(img.id, w->m.config.digest.hex, sizeof(img.id));
	r = put_blob(s, &img.config, &w->config_text, err);
	if (!r)
		r = put_blob(s, &img.manifest, &w->manifest.text, err);
	if (!r && digest_is_set(&img.index))
		r = put_blob(s, &img.index, &w->index.text, err);
	add_names(w, &img);
	if (!r)
		r = image_put(s, &img, err);
	svec_done(&img.names);
	svec_done(&img.digests);
	memcpy(ret_id, img.id, 65);
	return r;
}

static int work(struct work *w, char ret_id[65], struct err *err)
{
	if (spec_platform_want(w->p->rq->platform, &w->want, &w->host, err) < 0 || fetch_manifest(w, err) < 0 ||
		(w->signatures && sigstore_check(w->signatures, w->reg, w->full, &w->manifest.digest, err) < 0) ||
		fetch_config(w, err) < 0 || fetch_layers(w, err) < 0)
		return -1;
	progress_line(w->p->progress, "Copying config %.12s done", w->m.config.digest.hex);
	progress_line(w->p->progress, "Writing manifest to image destination");
	return record(w, ret_id, err);
}

static void document_done(struct document *d)
{
	sbuf_done(&d->text);
	free(d->type);
}

int pull_image(const struct pull *p, struct registry *reg, const struct ref *full, const struct sigstore *signatures,
	char ret_id[65], struct err *err)
{
	struct work w = {
		.p = p,
		.reg = reg,
		.full = full,
		.signatures = signatures,
		.index.text = SBUF_INIT,
		.manifest.text = SBUF_INIT,
		.config_text = SBUF_INIT,
	};
	int r = work(&w, ret_id, err);

	document_done(&w.index);
	document_done(&w.manifest);
	sbuf_done(&w.config_text);
	spec_manifest_done(&w.m);
	spec_image_config_done(&w.config);
	spec_platform_done(&w.want);
	return r;
}
