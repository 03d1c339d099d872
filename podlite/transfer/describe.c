#include "podlite/transfer/describe.h"

#include <string.h>

#include "common/alloc.h"
#include "oci/spec_image.h"

struct document {
	struct sbuf text;
	char *type;
	struct digest digest;
	enum spec_media media;
};

static void document_done(struct document *d)
{
	sbuf_done(&d->text);
	free(d->type);
}

static int fetch(struct registry *reg, const struct ref *full, struct document *ret, struct err *err)
{
	auto_free char *by_digest = digest_is_set(&full->digest) ? xasprintf("sha256:%s", full->digest.hex) : NULL;

	if (registry_manifest(reg, by_digest ? by_digest : full->tag, &ret->text, &ret->type, &ret->digest, err) < 0)
		return -1;
	if (!strncasecmp(ret->type, "application/json", 16)) /* says nothing */
		*ret->type = '\0';
	ret->media = spec_image_kind(ret->text.buf, ret->text.len, ret->type, err);
	return ret->media == SPEC_MEDIA_UNKNOWN ? -1 : 0;
}

static struct jval *new_entry(const struct ref *full, const char *media, const struct digest *d, uint64_t size)
{
	auto_free char *repo = ref_repository(full), *from = xasprintf("docker://%s@sha256:%s", repo, d->hex);
	struct jval *v = jval_new_object();
	char text[DIGEST_TEXT_LEN + 1];

	jval_set_str(v, "mediaType", media);
	jval_set_str(v, "digest", digest_text(d, text));
	jval_set(v, "size", jval_new_uint(size));
	jval_set_str(v, "from", from);
	return v;
}

/* ---- one image ---- */

static const char *const platform_keys[] = {"architecture", "os", "os.version", "os.features", "variant"};

static struct jval *read_platform(const struct sbuf *config, struct err *err)
{
	auto_jval struct jval *doc = jval_parse(config->buf, config->len, JVAL_UNIQUE_KEYS, err);
	struct jval *v;

	if (!doc) {
		err_wrap(err, "image config");
		return NULL;
	}
	v = jval_new_object();
	for (size_t i = 0; i < ARRAY_SIZE(platform_keys); i++)
		if (jval_len(jval_get(doc, platform_keys[i])) || *jval_get_str(doc, platform_keys[i], ""))
			jval_set(v, platform_keys[i], jval_copy(jval_get(doc, platform_keys[i])));
	return v;
}

static int add_single(struct registry *reg, const struct ref *full, const struct document *d, struct jval *ret,
	struct err *err)
{
	auto_sbuf struct sbuf config = SBUF_INIT;
	struct jval *platform = NULL, *entry;
	struct spec_manifest m;

	if (spec_manifest_parse(d->text.buf, d->text.len, d->type, &m, err) < 0)
		return -1;
	if (registry_blob(reg, &m.config.digest, m.config.size, &config, err) == 0)
		platform = read_platform(&config, err);
	if (platform) {
		entry = new_entry(full, spec_media_text(d->media), &d->digest, d->text.len);
		jval_set(entry, "platform", platform);
		jval_add(ret, entry);
	}
	spec_manifest_done(&m);
	return platform ? 0 : -1;
}

/* ---- an index ---- */

static void add_descriptor(const struct ref *full, const struct spec_descriptor *d, const struct jval *raw, struct jval *ret)
{
	static const char *const keys[] = {"platform", "annotations"};
	struct jval *entry = new_entry(full, d->media_type, &d->digest, d->size);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (jval_len(jval_get(raw, keys[i])))
			jval_set(entry, keys[i], jval_copy(jval_get(raw, keys[i])));
	jval_add(ret, entry);
}

static int add_entries(const struct request *rq, const struct ref *full, const struct spec_index *idx,
	const struct jval *raw, struct jval *ret, struct err *err)
{
	const struct spec_descriptor *one = NULL;
	struct spec_platform asked, want;

	if (!rq->all) {
		if (spec_platform_want(rq->platform, &asked, &want, err) < 0)
			return -1;
		one = spec_index_choose(idx, &want, err);
		spec_platform_done(&asked);
		if (!one)
			return -1;
	}
	for (size_t i = 0; i < idx->n; i++)
		if (!one || one == &idx->v[i])
			add_descriptor(full, &idx->v[i], jval_at(raw, i), ret);
	return 0;
}

static int add_index(const struct request *rq, const struct ref *full, const struct document *d, struct jval *ret,
	struct err *err)
{
	auto_jval struct jval *doc = jval_parse(d->text.buf, d->text.len, JVAL_UNIQUE_KEYS, err);
	struct spec_index idx;
	int r;

	if (!doc || spec_index_parse(d->text.buf, d->text.len, d->type, &idx, err) < 0)
		return -1;
	r = add_entries(rq, full, &idx, jval_get(doc, "manifests"), ret, err);
	spec_index_done(&idx);
	return r;
}

int describe_image(const struct request *rq, struct registry *reg, const struct ref *full, struct request_answer *ret,
	struct err *err)
{
	auto_jval struct jval *list = jval_new_array();
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct document d = {.text = SBUF_INIT};
	int r = fetch(reg, full, &d, err);

	if (!r && (d.media == SPEC_MEDIA_OCI_INDEX || d.media == SPEC_MEDIA_DOCKER_LIST))
		r = add_index(rq, full, &d, list, err);
	else if (!r)
		r = add_single(reg, full, &d, list, err);
	document_done(&d);
	if (r < 0)
		return -1;
	jval_print(list, false, &text);
	ret->text = sbuf_take(&text);
	return 0;
}
