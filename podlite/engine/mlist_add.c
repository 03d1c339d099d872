#include "podlite/engine/mlist.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/img_transport.h"
#include "podlite/engine/transfer.h"

/* ---- an image of this store ---- */

static struct jval *platform_of(const struct spec_image_config *config)
{
	struct jval *v = jval_new_object();

	jval_set_str(v, "architecture", config->architecture ? config->architecture : "");
	jval_set_str(v, "os", config->os && *config->os ? config->os : "linux");
	if (config->variant && *config->variant)
		jval_set_str(v, "variant", config->variant);
	return v;
}

static int add_image(struct context *c, const struct image *img, struct jval *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	char digest[DIGEST_TEXT_LEN + 1];
	struct spec_image_config config;
	struct spec_manifest m;
	struct jval *v;

	if (image_config(&c->store, img, &config, err) < 0)
		return -1;
	if (store_blob_read(&c->store, &img->manifest, SPEC_IMAGE_MAX, &text, err) < 0 ||
		spec_manifest_parse(text.buf, text.len, "", &m, err) < 0) {
		spec_image_config_done(&config);
		return err_wrap(err, "image %.12s", img->id);
	}
	v = jval_new_object();
	jval_set_str(v, "mediaType", spec_media_text(m.media));
	jval_set_str(v, "digest", digest_text(&img->manifest, digest));
	jval_set(v, "size", jval_new_uint(text.len));
	jval_set(v, "platform", platform_of(&config));
	jval_set_str(v, "from", img->id);
	jval_add(ret, v);
	spec_manifest_done(&m);
	spec_image_config_done(&config);
	return 0;
}

/* All that another list has. */
static void add_list(const struct image *list, struct jval *ret)
{
	const struct jval *entries = jval_get(list->list, "manifests");

	for (size_t i = 0; i < jval_len(entries); i++)
		jval_add(ret, jval_copy(jval_at(entries, i)));
}

static int add_local(struct context *c, const char *name, bool all, struct jval *ret, struct err *err)
{
	const struct img_pull_opts none = {.retry = -1};
	auto_free char *found = NULL;
	struct image img = {.id = ""};
	int r;

	if (all && image_find_quick(&c->store, name, NULL, &img, NULL) == 0 && img.list) {
		add_list(&img, ret);
		image_done(&img);
		return 0;
	}
	image_done(&img);
	if (img_resolve(c, name, PULL_NEVER, &none, &img, &found, err) < 0)
		return -1;
	r = add_image(c, &img, ret, err);
	image_done(&img);
	return r;
}

/* ---- others ---- */

static int add_transport(struct context *c, const char *name, struct jval *ret, struct err *err)
{
	auto_free char *found = NULL;
	struct image img;
	int r;

	if (img_transport_pull(c, name, true, &img, &found, err) < 0)
		return -1;
	r = add_image(c, &img, ret, err);
	image_done(&img);
	return r;
}

/* The worker's answer is made of what a stranger sent: only what an entry has is taken. */
static int take_entries(const struct request_answer *a, struct jval *ret, struct err *err)
{
	static const char *const members[] = {"mediaType", "digest", "size", "platform", "annotations", "from"};
	auto_jval struct jval *v = jval_parse(a->text ? a->text : "", a->text ? strlen(a->text) : 0, JVAL_UNIQUE_KEYS, err);

	if (!v)
		return -1;
	for (size_t i = 0; i < jval_len(v); i++) {
		struct jval *entry = jval_new_object();

		for (size_t k = 0; k < ARRAY_SIZE(members); k++)
			if (jval_get(jval_at(v, i), members[k]))
				jval_set(entry, members[k], jval_copy(jval_get(jval_at(v, i), members[k])));
		jval_add(ret, entry);
	}
	return 0;
}

static int add_remote(struct context *c, const char *name, const struct mlist_source *src, struct jval *ret,
	struct err *err)
{
	struct request rq = {.op = (char *)"describe", .name = (char *)name, .tls_verify = src->tls_verify,
		.authfile = (char *)src->authfile, .cert_dir = (char *)src->cert_dir, .creds = (char *)src->creds,
		.all = src->all, .retry = -1};
	struct request_answer a;
	int r;

	if (transfer_ask(c, &rq, &a, err) < 0)
		return -1;
	r = take_entries(&a, ret, err);
	request_answer_done(&a);
	return r < 0 ? err_wrap(err, "%s", name) : 0;
}

int mlist_entries(struct context *c, const char *image, const struct mlist_source *src, struct jval *ret,
	struct err *err)
{
	static const char own[] = "containers-storage:";
	struct err why = ERR_INIT;

	if (!strncmp(image, own, sizeof(own) - 1))
		return add_local(c, image + sizeof(own) - 1, src->all, ret, err);
	if (img_transport_is(image))
		return add_transport(c, image, ret, err);
	if (strncmp(image, "docker://", 9)) {
		if (add_local(c, image, src->all, ret, &why) == 0)
			return 0;
		if (why.kind != EK_NOT_FOUND) {
			*err = why;
			return -1;
		}
	}
	return add_remote(c, image, src, ret, err);
}
