/* Media types: a closed list (threats.md R2). */
#include "oci/spec_image.h"

#include <string.h>

static const struct {
	const char *text;
	enum spec_media media;
} types[] = {
	/* the first row of a media is the name that spec_media_text gives */
	{"application/vnd.oci.image.index.v1+json", SPEC_MEDIA_OCI_INDEX},
	{"application/vnd.oci.image.manifest.v1+json", SPEC_MEDIA_OCI_MANIFEST},
	{"application/vnd.oci.image.config.v1+json", SPEC_MEDIA_OCI_CONFIG},
	{"application/vnd.docker.distribution.manifest.list.v2+json", SPEC_MEDIA_DOCKER_LIST},
	{"application/vnd.docker.distribution.manifest.v2+json", SPEC_MEDIA_DOCKER_MANIFEST},
	{"application/vnd.docker.container.image.v1+json", SPEC_MEDIA_DOCKER_CONFIG},
	{"application/vnd.docker.distribution.manifest.v1+prettyjws", SPEC_MEDIA_DOCKER_SCHEMA1},
	{"application/vnd.docker.distribution.manifest.v1+json", SPEC_MEDIA_DOCKER_SCHEMA1},
	{"application/vnd.oci.image.layer.v1.tar", SPEC_MEDIA_LAYER_TAR},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar", SPEC_MEDIA_LAYER_TAR},
	{"application/vnd.docker.image.rootfs.diff.tar", SPEC_MEDIA_LAYER_TAR},
	{"application/vnd.oci.image.layer.v1.tar+gzip", SPEC_MEDIA_LAYER_GZIP},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", SPEC_MEDIA_LAYER_GZIP},
	{"application/vnd.docker.image.rootfs.diff.tar.gzip", SPEC_MEDIA_LAYER_GZIP},
	{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", SPEC_MEDIA_LAYER_GZIP},
	{"application/vnd.oci.image.layer.v1.tar+zstd", SPEC_MEDIA_LAYER_ZSTD},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", SPEC_MEDIA_LAYER_ZSTD},
	{"application/vnd.docker.image.rootfs.diff.tar.zstd", SPEC_MEDIA_LAYER_ZSTD},
	{"application/vnd.oci.empty.v1+json", SPEC_MEDIA_EMPTY},
};

enum spec_media spec_media_parse(const char *text)
{
	size_t n = strcspn(text, "; \t\r\n");

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strlen(types[i].text) == n && !strncasecmp(types[i].text, text, n))
			return types[i].media;
	return SPEC_MEDIA_UNKNOWN;
}

const char *spec_media_text(enum spec_media m)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].media == m)
			return types[i].text;
	return "unknown";
}
