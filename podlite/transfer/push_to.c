#include "podlite/transfer/push_to.h"

#include <string.h>

#include "common/alloc.h"
#include "common/hash.h"
#include "podlite/transfer/pull_site.h"

static int read_options(struct push_to *t, struct err *err)
{
	const char *kind = t->p->rq->compression;

	if (push_manifest_format(t->p->rq->format, &t->format, err) < 0)
		return -1;
	if (kind && strcmp(kind, "gzip") && strcmp(kind, "zstd"))
		return err_set(err, EK_UNSUPPORTED, "compression %.20s: expected gzip or zstd", kind);
	t->how.kind = kind && !strcmp(kind, "zstd") ? COMPRESS_ZSTD : COMPRESS_GZIP;
	t->how.force = kind != NULL;
	t->how.level = t->p->rq->level ? (int)t->p->rq->level : -1;
	if (compress_level_ok(t->how.kind, t->how.level, err) < 0)
		return -1;
	if (t->how.kind == COMPRESS_ZSTD && t->format == PUSH_DOCKER)
		return err_set(err, EK_UNSUPPORTED, "--format v2s2 has no zstd layers; use --format oci");
	if (t->how.kind == COMPRESS_ZSTD)
		t->format = PUSH_OCI;
	return 0;
}

int push_to_parse(const struct push *p, struct push_to *ret, struct err *err)
{
	*ret = (struct push_to){.p = p};
	if (ref_parse(p->rq->name, &ret->ref, err) < 0)
		return -1;
	if (!ret->ref.host)
		return err_set(err, EK_USAGE, "write the registry too, such as docker.io/%s", ret->ref.path);
	if (!ret->ref.tag && !digest_is_set(&ret->ref.digest))
		ret->ref.tag = xstrdup("latest");
	return read_options(ret, err);
}

void push_to_lender(struct push_to *t, const struct ref *known)
{
	if (known->host && !strcmp(known->host, t->ref.host) && strcmp(known->path, t->ref.path) &&
		!svec_has(&t->lenders, known->path))
		svec_add(&t->lenders, known->path);
}

int push_to_open(struct push_to *t, struct svec *readable, struct err *err)
{
	auto_free char *name = ref_repository(&t->ref);
	struct regconf_source src;
	int r;

	if (regconf_host(t->p->conf, name, &src, err) < 0)
		return -1;
	r = pull_site_open(t->p->rq, &src, &t->site, err);
	regconf_source_done(&src);
	pull_site_readable(&t->site, readable);
	return r;
}

void push_to_start(struct push_to *t)
{
	auto_sbuf struct sbuf scope = SBUF_INIT;

	sbuf_addf(&scope, "repository:%s:pull,push", t->ref.path);
	SVEC_EACH(from, &t->lenders)
		sbuf_addf(&scope, " repository:%s:pull", from);
	t->scope = sbuf_take(&scope);
	t->registry = (struct registry){
		.http = t->p->http,
		.site = &t->site,
		.repo = t->ref.path,
		.scope = t->scope,
		.policy = pull_site_policy(t->p->rq, t->p->progress),
	};
	t->how.registry = &t->registry;
	t->how.lenders = &t->lenders;
	t->how.store = t->p->store;
	t->how.progress = t->p->progress;
}

int push_to_put(struct push_to *t, bool named, const char *type, const struct sbuf *text, struct digest *ret,
	struct err *err)
{
	char name[DIGEST_TEXT_LEN + 1];

	hash_bytes(text->buf, text->len, ret);
	digest_text(ret, name);
	if (named && digest_is_set(&t->ref.digest) && !digest_equal(&t->ref.digest, ret))
		return err_set(err, EK_INVALID, "the image's digest became %s; push it to a tag", name);
	if (registry_put_manifest(&t->registry, named && t->ref.tag ? t->ref.tag : name, type, text->buf, text->len, ret,
		err) < 0)
		return err_wrap(err, "manifest");
	return 0;
}

void push_to_done(struct push_to *t)
{
	ref_done(&t->ref);
	fetch_site_done(&t->site);
	svec_done(&t->lenders);
	free(t->scope);
}
