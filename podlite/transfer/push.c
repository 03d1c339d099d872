#include "podlite/transfer/push.h"

#include <string.h>

#include "common/alloc.h"
#include "common/hash.h"
#include "podlite/transfer/pull_site.h"
#include "podlite/transfer/push_layer.h"
#include "podlite/transfer/push_manifest.h"
#include "podlite/transfer/put_image.h"
#include "podlite/transfer/sandbox.h"
#include "storage/image.h"

#define DEFAULT_RETRIES 3

struct work {
	const struct push *p;
	struct ref to;
	struct image img;
	struct spec_manifest m;
	struct spec_image_config config;
	struct sbuf manifest_text, config_text, out;
	struct spec_descriptor *layers; /* as the registry has them */
	struct svec lenders;
	struct fetch_site site;
	struct push_layers how;
	enum push_format format;
};

/* ---- the image, from the store ---- */

static int read_image(struct work *w, struct err *err)
{
	if (image_find(w->p->store, w->p->rq->image, NULL, &w->img, err) < 0 ||
		put_image_read_blob(w->p->store, &w->img.manifest, &w->manifest_text, err) < 0 ||
		spec_manifest_parse(w->manifest_text.buf, w->manifest_text.len, "", &w->m, err) < 0 ||
		put_image_read_blob(w->p->store, &w->m.config.digest, &w->config_text, err) < 0 ||
		spec_image_config_parse(w->config_text.buf, w->config_text.len, &w->config, err) < 0)
		return -1;
	if (w->config.ndiff_ids != w->m.nlayers)
		return err_set(err, EK_INVALID, "image %.12s: %zu layers, but %zu in its configuration", w->img.id,
			w->m.nlayers, w->config.ndiff_ids);
	return 0;
}

/* Repositories of the same registry under which the image is known. */
static void find_lenders(struct work *w)
{
	SVEC_EACH(name, &w->img.digests) {
		struct ref r;

		if (ref_parse(name, &r, NULL) < 0)
			continue;
		if (r.host && !strcmp(r.host, w->to.host) && strcmp(r.path, w->to.path) && !svec_has(&w->lenders, r.path))
			svec_add(&w->lenders, r.path);
		ref_done(&r);
	}
}

/* ---- options ---- */

static int read_options(struct work *w, struct err *err)
{
	const char *kind = w->p->rq->compression;

	if (push_manifest_format(w->p->rq->format, &w->format, err) < 0)
		return -1;
	if (kind && strcmp(kind, "gzip") && strcmp(kind, "zstd"))
		return err_set(err, EK_UNSUPPORTED, "compression %.20s: expected gzip or zstd", kind);
	w->how.kind = kind && !strcmp(kind, "zstd") ? COMPRESS_ZSTD : COMPRESS_GZIP;
	w->how.force = kind != NULL;
	w->how.level = w->p->rq->level ? (int)w->p->rq->level : -1;
	if (compress_level_ok(w->how.kind, w->how.level, err) < 0)
		return -1;
	if (w->how.kind == COMPRESS_ZSTD && w->format == PUSH_DOCKER)
		return err_set(err, EK_UNSUPPORTED, "--format v2s2 has no zstd layers; use --format oci");
	if (w->how.kind == COMPRESS_ZSTD)
		w->format = PUSH_OCI;
	return 0;
}

static int open_site(struct work *w, struct err *err)
{
	auto_free char *name = ref_repository(&w->to);
	auto_svec struct svec readable = SVEC_INIT;
	struct regconf_source src;
	int r;

	if (regconf_host(w->p->conf, name, &src, err) < 0)
		return -1;
	r = pull_site_open(w->p->rq, &src, &w->site, err);
	regconf_source_done(&src);
	pull_site_readable(&w->site, &readable);
	return r < 0 ? -1 : sandbox_enter(w->p->store, &readable, err);
}

/* ---- sending ---- */

static int send_layers(struct work *w, struct err *err)
{
	int r = 0;

	w->layers = xcalloc(w->m.nlayers ? w->m.nlayers : 1, sizeof(*w->layers));
	progress_rows(w->p->progress, w->m.nlayers);
	for (size_t i = 0; i < w->m.nlayers && !r; i++)
		r = push_layer(&w->how, i, &w->m.layers[i], &w->config.diff_ids[i], &w->layers[i], err);
	progress_rows_end(w->p->progress);
	return r;
}

static int send_config(struct work *w, struct registry *reg, struct err *err)
{
	const struct digest *d = &w->m.config.digest;
	int r = registry_blob_exists(reg, d, err);

	if (!r)
		r = registry_put_blob(reg, d, w->config_text.buf, w->config_text.len, err);
	if (r < 0)
		return err_wrap(err, "config sha256:%.12s", d->hex);
	progress_line(w->p->progress, "Copying config %.12s done", d->hex);
	return 0;
}

static int send_manifest(struct work *w, struct registry *reg, struct request_answer *ret, struct err *err)
{
	char text[DIGEST_TEXT_LEN + 1];
	struct digest d;
	const char *type;

	if (push_manifest_make(&w->m, &w->manifest_text, w->format, w->layers, &w->out, &type, err) < 0)
		return -1;
	hash_bytes(w->out.buf, w->out.len, &d);
	digest_text(&d, text);
	if (digest_is_set(&w->to.digest) && !digest_equal(&w->to.digest, &d))
		return err_set(err, EK_INVALID, "the image's digest became %s; push it to a tag", text);
	progress_line(w->p->progress, "Writing manifest to image destination");
	if (registry_put_manifest(reg, w->to.tag ? w->to.tag : text, type, w->out.buf, w->out.len, &d, err) < 0)
		return err_wrap(err, "manifest");
	ret->digest = xstrdup(text);
	return 0;
}

static void note(void *arg, const char *text)
{
	progress_line(arg, "%s", text);
}

static int send_all(struct work *w, struct request_answer *ret, struct err *err)
{
	auto_sbuf struct sbuf scope = SBUF_INIT;
	struct registry reg = {
		.http = w->p->http,
		.site = &w->site,
		.repo = w->to.path,
		.policy = {
			.retries = w->p->rq->retry < 0 ? DEFAULT_RETRIES : (unsigned)w->p->rq->retry,
			.delay_ns = w->p->rq->retry_delay_ns,
			.note = note,
			.note_arg = w->p->progress,
		},
	};
	int r;

	sbuf_addf(&scope, "repository:%s:pull,push", w->to.path);
	SVEC_EACH(from, &w->lenders)
		sbuf_addf(&scope, " repository:%s:pull", from);
	reg.scope = scope.buf;
	w->how.registry = &reg;
	w->how.lenders = &w->lenders;
	w->how.store = w->p->store;
	w->how.progress = w->p->progress;
	r = send_layers(w, err);
	if (!r)
		r = send_config(w, &reg, err);
	if (!r)
		r = send_manifest(w, &reg, ret, err);
	if (r < 0 && err->kind == EK_DENIED)
		err_advise(err, "log in with: podlite login %s", w->to.host);
	return r;
}

static int work(struct work *w, struct request_answer *ret, struct err *err)
{
	if (ref_parse(w->p->rq->name, &w->to, err) < 0)
		return -1;
	if (!w->to.host)
		return err_set(err, EK_USAGE, "write the registry too, such as docker.io/%s", w->to.path);
	if (!w->to.tag && !digest_is_set(&w->to.digest))
		w->to.tag = xstrdup("latest");
	if (read_options(w, err) < 0 || read_image(w, err) < 0)
		return -1;
	find_lenders(w);
	return open_site(w, err) < 0 ? -1 : send_all(w, ret, err);
}

int push_run(const struct push *p, struct request_answer *ret, struct err *err)
{
	struct work w = {.p = p, .manifest_text = SBUF_INIT, .config_text = SBUF_INIT, .out = SBUF_INIT};
	int r = work(&w, ret, err);

	fetch_site_done(&w.site);
	image_done(&w.img);
	spec_manifest_done(&w.m);
	spec_image_config_done(&w.config);
	sbuf_done(&w.manifest_text);
	sbuf_done(&w.config_text);
	sbuf_done(&w.out);
	svec_done(&w.lenders);
	free(w.layers);
	ref_done(&w.to);
	return r < 0 ? err_wrap(err, "push %s", p->rq->name) : 0;
}
