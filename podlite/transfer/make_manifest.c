#include "podlite/transfer/make_manifest.h"

#include "common/alloc.h"

#define OCI    "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

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

static struct jval *descriptor(const char *type, const struct spec_descriptor *d)
{
	struct jval *v = jval_new_object();
	char text[DIGEST_TEXT_LEN + 1];

	jval_set_str(v, "mediaType", type);
	jval_set_str(v, "digest", digest_text(&d->digest, text));
	jval_set(v, "size", jval_new_uint(d->size));
	return v;
}

struct jval *make_manifest(bool docker, const struct spec_descriptor *config, const struct spec_descriptor *layers, size_t n,
	struct err *err)
{
	auto_jval struct jval *doc = jval_new_object(), *list = jval_new_array();

	jval_set_int(doc, "schemaVersion", 2);
	jval_set_str(doc, "mediaType", spec_media_text(docker ? SPEC_MEDIA_DOCKER_MANIFEST : SPEC_MEDIA_OCI_MANIFEST));
	jval_set(doc, "config", descriptor(spec_media_text(docker ? SPEC_MEDIA_DOCKER_CONFIG : SPEC_MEDIA_OCI_CONFIG), config));
	for (size_t i = 0; i < n; i++) {
		const char *type = layer_type(layers[i].media, docker);

		if (!type) {
			err_set(err, EK_UNSUPPORTED, "--format v2s2 has no zstd layers; use --format oci");
			return NULL;
		}
		jval_add(list, descriptor(type, &layers[i]));
	}
	jval_set(doc, "layers", take_ptr(list));
	return take_ptr(doc);
}

void make_manifest_annotate(struct jval *doc, const struct svec *annotations)
{
	if (annotations->n)
		jval_set(doc, "annotations", jval_new_dict(annotations));
}
