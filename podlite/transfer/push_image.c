#include "podlite/transfer/push_image.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/transfer/put_image.h"

int push_image_read(const struct push *p, const char *id, struct push_image *ret, struct err *err)
{
	struct push_image *i = ret;

	*i = (struct push_image){.manifest_text = SBUF_INIT, .config_text = SBUF_INIT};
	if (image_find(p->store, id, NULL, &i->img, err) < 0 ||
		put_image_read_blob(p->store, &i->img.manifest, &i->manifest_text, err) < 0 ||
		spec_manifest_parse(i->manifest_text.buf, i->manifest_text.len, "", &i->m, err) < 0 ||
		put_image_read_blob(p->store, &i->m.config.digest, &i->config_text, err) < 0 ||
		spec_image_config_parse(i->config_text.buf, i->config_text.len, &i->config, err) < 0)
		return -1;
	if (i->config.ndiff_ids != i->m.nlayers)
		return err_set(err, EK_INVALID, "image %.12s: %zu layers, but %zu in its configuration", i->img.id,
			i->m.nlayers, i->config.ndiff_ids);
	return 0;
}

void push_image_lenders(const struct push_image *i, struct push_to *t)
{
	SVEC_EACH(name, &i->img.digests) {
		struct ref r;

		if (ref_parse(name, &r, NULL) < 0)
			continue;
		push_to_lender(t, &r);
		ref_done(&r);
	}
}

static int send_config(const struct push_image *i, struct push_to *t, struct err *err)
{
	const struct digest *d = &i->m.config.digest;
	int r = registry_blob_exists(&t->registry, d, err);

	if (!r)
		r = registry_put_blob(&t->registry, d, i->config_text.buf, i->config_text.len, err);
	if (r < 0)
		return err_wrap(err, "config sha256:%.12s", d->hex);
	progress_line(t->p->progress, "Copying config %.12s done", d->hex);
	return 0;
}

int push_image_send(const struct push_image *i, struct push_to *t, bool named, struct spec_descriptor *ret,
	struct err *err)
{
	auto_free struct spec_descriptor *layers = xcalloc(i->m.nlayers ? i->m.nlayers : 1, sizeof(*layers));
	auto_sbuf struct sbuf text = SBUF_INIT;
	const char *type;

	if (push_layers_send(&t->how, i->m.nlayers, i->m.layers, i->config.diff_ids, layers, err) < 0 || send_config(i, t, err) < 0 ||
		push_manifest_make(&i->m, &i->manifest_text, t->format, layers, &text, &type, err) < 0)
		return -1;
	progress_line(t->p->progress, "Writing manifest to image destination");
	ret->media = spec_media_parse(type);
	ret->size = text.len;
	return push_to_put(t, named, type, &text, &ret->digest, err);
}

void push_image_done(struct push_image *i)
{
	image_done(&i->img);
	spec_manifest_done(&i->m);
	spec_image_config_done(&i->config);
	sbuf_done(&i->manifest_text);
	sbuf_done(&i->config_text);
}
