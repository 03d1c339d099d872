#include "oci/spec_descriptor.h"

#include <string.h>

#include "common/alloc.h"

static bool is_layer(enum spec_media m)
{
	return m == SPEC_MEDIA_LAYER_TAR || m == SPEC_MEDIA_LAYER_GZIP || m == SPEC_MEDIA_LAYER_ZSTD;
}

static int parse_layers(const struct jval *list, struct spec_manifest *m, struct err *err)
{
	size_t n = jval_len(list);
	uint64_t sum = 0;
	char word[128];

	if (jval_type(list) != JV_ARRAY)
		return err_set(err, EK_INVALID, "layers: expected an array");
	if (n > SPEC_MAX_LAYERS)
		return err_set(err, EK_UNSUPPORTED, "%zu layers, the limit is %d", n, SPEC_MAX_LAYERS);
	m->layers = xcalloc(n ? n : 1, sizeof(*m->layers));
	for (m->nlayers = 0; m->nlayers < n; m->nlayers++) {
		struct spec_descriptor *d = &m->layers[m->nlayers];

		if (spec_descriptor_parse(jval_at(list, m->nlayers), d, err) < 0) {
			spec_descriptor_done(d);
			return err_wrap(err, "layers[%zu]", m->nlayers);
		}
		if (__builtin_add_overflow(sum, d->size, &sum) || sum > INT64_MAX) {
			m->nlayers++;
			return err_set(err, EK_INVALID, "the layers' sizes add up to more than 2^63-1");
		}
		if (!is_layer(d->media)) {
			m->nlayers++;
			return err_set(err, EK_UNSUPPORTED, "layers[%zu]: media type %s is not an image layer",
				m->nlayers - 1, spec_descriptor_word(d->media_type, word, sizeof(word)));
		}
	}
	return 0;
}

static int parse_config(const struct jval *v, struct spec_descriptor *d, struct err *err)
{
	char word[128];

	if (!v)
		return err_set(err, EK_INVALID, "config: missing");
	if (spec_descriptor_parse(v, d, err) < 0)
		return err_wrap(err, "config");
	if (d->media != SPEC_MEDIA_OCI_CONFIG && d->media != SPEC_MEDIA_DOCKER_CONFIG)
		return err_set(err, EK_UNSUPPORTED, "not a container image but an artifact (config media type %s)",
			spec_descriptor_word(d->media_type, word, sizeof(word)));
	if (d->size > SPEC_IMAGE_MAX)
		return err_set(err, EK_INVALID, "config of %llu bytes, the limit is %u",
			(unsigned long long)d->size, SPEC_IMAGE_MAX);
	return 0;
}

static void parse_annotations(const struct jval *v, struct svec *ret)
{
	for (const struct jval_iter *it = jval_first(v); it; it = jval_next(it))
		if (jval_type(jval_value(it)) == JV_STRING)
			svec_addf(ret, "%s=%s", jval_key(it), jval_str(jval_value(it), ""));
}

int spec_manifest_parse(const char *text, size_t n, const char *header_media, struct spec_manifest *ret, struct err *err)
{
	struct spec_manifest m = {.media = SPEC_MEDIA_UNKNOWN};
	auto_jval struct jval *doc = spec_descriptor_document(text, n, header_media, &m.media, err);

	if (!doc)
		return err_wrap(err, "image manifest");
	if (m.media != SPEC_MEDIA_OCI_MANIFEST && m.media != SPEC_MEDIA_DOCKER_MANIFEST)
		return err_set(err, EK_INVALID, "image manifest: found an index (%s)", spec_media_text(m.media));
	if (parse_config(jval_get(doc, "config"), &m.config, err) < 0 ||
		parse_layers(jval_get(doc, "layers"), &m, err) < 0) {
		spec_manifest_done(&m);
		return err_wrap(err, "image manifest");
	}
	parse_annotations(jval_get(doc, "annotations"), &m.annotations);
	*ret = m;
	return 0;
}

void spec_manifest_done(struct spec_manifest *m)
{
	spec_descriptor_done(&m->config);
	for (size_t i = 0; i < m->nlayers; i++)
		spec_descriptor_done(&m->layers[i]);
	free(m->layers);
	m->layers = NULL;
	m->nlayers = 0;
	svec_done(&m->annotations);
}
