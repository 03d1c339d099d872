#include "podlite/transfer/push_manifest.h"

#include <string.h>

#include "common/alloc.h"

#define OCI    "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

int push_manifest_format(const char *text, enum push_format *ret, struct err *err)
{
	if (!text || !*text)
		*ret = PUSH_KEEP;
	else if (!strcmp(text, "oci"))
		*ret = PUSH_OCI;
	else if (!strcmp(text, "v2s2") || !strcmp(text, "docker"))
		*ret = PUSH_DOCKER;
	else if (!strcmp(text, "v2s1"))
		return err_set(err, EK_UNSUPPORTED, "--format v2s1: registries have given it up; use oci or v2s2");
	else
		return err_set(err, EK_USAGE, "invalid value \"%.20s\" for --format: expected oci or v2s2", text);
	return 0;
}

static const char *layer_type(enum spec_media m, bool docker)
{
	switch (m) {
	case SPEC_MEDIA_LAYER_TAR:
		return docker ? DOCKER "image.rootfs.diff.tar" : OCI "layer.v1.tar";
	case SPEC_MEDIA_LAYER_ZSTD:
		return docker ? NULL : OCI "layer.v1.tar+zstd";
	default:
		return docker ? DOCKER "image.rootfs.diff.tar.gzip" : OCI "layer.v1.tar+gzip";
	}
}

static struct jval *descriptor(const char *type, const struct digest *d, uint64_t size)
{
	struct jval *v = jval_new_object();
	char text[DIGEST_TEXT_LEN + 1];

	jval_set_str(v, "mediaType", type);
	jval_set_str(v, "digest", digest_text(d, text));
	jval_set(v, "size", jval_new_uint(size));
	return v;
}

static bool same_layers(const struct spec_manifest *m, const struct spec_descriptor *layers)
{
	for (size_t i = 0; i < m->nlayers; i++)
		if (!digest_equal(&m->layers[i].digest, &layers[i].digest))
			return false;
	return true;
}

static void add_annotations(struct jval *doc, const struct svec *annotations)
{
	struct jval *v;

	if (!annotations->n)
		return;
	v = jval_new_object();
	SVEC_EACH(a, annotations) {
		auto_free char *key = xstrndup(a, strcspn(a, "="));

		jval_set_str(v, key, a + strlen(key) + 1);
	}
	jval_set(doc, "annotations", v);
}

int push_manifest_make(const struct spec_manifest *m, const struct sbuf *text, enum push_format format,
	const struct spec_descriptor *layers, struct sbuf *ret, const char **ret_type, struct err *err)
{
	bool was_docker = m->media == SPEC_MEDIA_DOCKER_MANIFEST;
	bool docker = format == PUSH_KEEP ? was_docker : format == PUSH_DOCKER;
	auto_jval struct jval *doc = jval_new_object(), *list = jval_new_array();

	*ret_type = docker ? DOCKER "distribution.manifest.v2+json" : OCI "manifest.v1+json";
	if (docker == was_docker && same_layers(m, layers)) {
		sbuf_add(ret, text->buf, text->len);
		return 0;
	}
	jval_set_int(doc, "schemaVersion", 2);
	jval_set_str(doc, "mediaType", *ret_type);
	jval_set(doc, "config", descriptor(docker ? DOCKER "container.image.v1+json" : OCI "config.v1+json",
		&m->config.digest, m->config.size));
	for (size_t i = 0; i < m->nlayers; i++) {
		const char *type = layer_type(layers[i].media, docker);

		if (!type)
			return err_set(err, EK_UNSUPPORTED, "--format v2s2 has no zstd layers; use --format oci");
		jval_add(list, descriptor(type, &layers[i].digest, layers[i].size));
	}
	jval_set(doc, "layers", jval_ref(list));
	if (!docker)
		add_annotations(doc, &m->annotations);
	jval_print(doc, false, ret);
	return 0;
}
