#include "podlite/transfer/push_manifest.h"

#include <string.h>

#include "podlite/transfer/make_manifest.h"

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

static bool same_layers(const struct spec_manifest *m, const struct spec_descriptor *layers)
{
	for (size_t i = 0; i < m->nlayers; i++)
		if (!digest_equal(&m->layers[i].digest, &layers[i].digest))
			return false;
	return true;
}

int push_manifest_make(const struct spec_manifest *m, const struct sbuf *text, enum push_format format,
	const struct spec_descriptor *layers, struct sbuf *ret, const char **ret_type, struct err *err)
{
	bool was_docker = m->media == SPEC_MEDIA_DOCKER_MANIFEST;
	bool docker = format == PUSH_KEEP ? was_docker : format == PUSH_DOCKER;
	auto_jval struct jval *doc = NULL;

	*ret_type = spec_media_text(docker ? SPEC_MEDIA_DOCKER_MANIFEST : SPEC_MEDIA_OCI_MANIFEST);
	if (docker == was_docker && same_layers(m, layers)) {
		sbuf_add(ret, text->buf, text->len);
		return 0;
	}
	doc = make_manifest(docker, &m->config, layers, m->nlayers, err);
	if (!doc)
		return -1;
	if (!docker)
		make_manifest_annotate(doc, &m->annotations);
	jval_print(doc, false, ret);
	return 0;
}
