#include "oci/spec_descriptor.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/jmap.h"

const char *spec_descriptor_word(const char *s, char *buf, size_t size)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	sbuf_addsafe(&b, s, strnlen(s, 80));
	snprintf(buf, size, "%s", b.buf);
	return buf;
}

static bool is_index(enum spec_media m)
{
	return m == SPEC_MEDIA_OCI_INDEX || m == SPEC_MEDIA_DOCKER_LIST;
}

static bool is_manifest(enum spec_media m)
{
	return m == SPEC_MEDIA_OCI_MANIFEST || m == SPEC_MEDIA_DOCKER_MANIFEST;
}

static int refuse_schema1(struct err *err)
{
	return err_set(err, EK_UNSUPPORTED, "docker image format version 1 (schema 1) is not supported, "
		"it cannot be verified; push the image again with a current tool");
}

/* The type that header and body agree on. One of the two must name it, or the keys must. */
static int agree(const struct jval *doc, const char *header, enum spec_media *ret, struct err *err)
{
	const struct jval *member = jval_get(doc, "mediaType");
	const char *body = jval_str(member, "");
	enum spec_media h = spec_media_parse(header), b = spec_media_parse(body);
	char w1[128], w2[128];

	if (member && jval_type(member) != JV_STRING)
		return err_set(err, EK_INVALID, "mediaType is not a string");
	if (h == SPEC_MEDIA_DOCKER_SCHEMA1 || b == SPEC_MEDIA_DOCKER_SCHEMA1)
		return refuse_schema1(err);
	if (*header && *body && h != b)
		return err_set(err, EK_INVALID, "media type differs: expected %s, found %s",
			spec_descriptor_word(header, w1, sizeof(w1)), spec_descriptor_word(body, w2, sizeof(w2)));
	if (*header || *body) {
		*ret = *body ? b : h;
		if (!is_index(*ret) && !is_manifest(*ret))
			return err_set(err, EK_UNSUPPORTED, "media type %s is not an image",
				spec_descriptor_word(*body ? body : header, w1, sizeof(w1)));
		return 0;
	}
	*ret = jval_get(doc, "manifests") ? SPEC_MEDIA_OCI_INDEX : SPEC_MEDIA_OCI_MANIFEST;
	return 0;
}

/* One digest must not read as manifest to one and as index to another (threats.md V46). */
static int check_keys(const struct jval *doc, enum spec_media media, struct err *err)
{
	static const char *const manifest_keys[] = {"config", "layers", "fsLayers"};

	if (is_manifest(media))
		return jval_get(doc, "manifests") || jval_get(doc, "fsLayers") ?
			err_set(err, EK_INVALID, "a manifest that also has an index's keys") : 0;
	for (size_t i = 0; i < ARRAY_SIZE(manifest_keys); i++)
		if (jval_get(doc, manifest_keys[i]))
			return err_set(err, EK_INVALID, "an index that also has a manifest's key \"%s\"",
				manifest_keys[i]);
	return 0;
}

struct jval *spec_descriptor_document(const char *text, size_t n, const char *header_media,
	enum spec_media *ret_media, struct err *err)
{
	auto_jval struct jval *doc = NULL;
	int64_t version;

	if (n > SPEC_IMAGE_MAX) {
		err_set(err, EK_INVALID, "document of %zu bytes, the limit is %u", n, SPEC_IMAGE_MAX);
		return NULL;
	}
	doc = jval_parse(text, n, JVAL_UNIQUE_KEYS, err);
	if (!doc)
		return NULL;
	version = jval_get_int(doc, "schemaVersion", -1);
	if (jval_type(doc) != JV_OBJECT)
		err_set(err, EK_INVALID, "the document is not an object");
	else if (version == 1)
		refuse_schema1(err);
	else if (version != 2)
		err_set(err, EK_INVALID, "schemaVersion is not 2");
	else if (agree(doc, header_media, ret_media, err) == 0 && check_keys(doc, *ret_media, err) == 0)
		return take_ptr(doc);
	return NULL;
}

static const struct jmap platform_map[] = {
	JMAP_STR("os", struct spec_platform, os, 0),
	JMAP_STR("architecture", struct spec_platform, architecture, 0),
	JMAP_STR("variant", struct spec_platform, variant, 0),
	JMAP_STR("os.version", struct spec_platform, os_version, 0),
	JMAP_END,
};

static const struct jmap descriptor_map[] = {
	JMAP_STR("mediaType", struct spec_descriptor, media_type, JMAP_NEED),
	JMAP_UINT("size", struct spec_descriptor, size, JMAP_NEED),
	JMAP_OBJ("platform", struct spec_descriptor, platform, platform_map, 0),
	JMAP_END,
};

/* `urls` and `data` are not read: nothing is fetched but from the registry (threats.md R13). */
int spec_descriptor_parse(const struct jval *v, struct spec_descriptor *ret, struct err *err)
{
	const char *digest = jval_get_str(v, "digest", NULL);
	char word[128];

	if (jmap_parse(descriptor_map, v, ret, err) < 0)
		return -1;
	if (!digest)
		return err_set(err, EK_INVALID, "digest: missing");
	if (!digest_parse(digest, &ret->digest))
		return err_set(err, EK_INVALID, "digest \"%s\" is not sha256: and 64 lower-case hex digits",
			spec_descriptor_word(digest, word, sizeof(word)));
	if (ret->size > INT64_MAX)
		return err_set(err, EK_INVALID, "size is beyond 2^63-1");
	ret->media = spec_media_parse(ret->media_type);
	ret->attestation = jval_get_str(jval_get(v, "annotations"), "vnd.docker.reference.type", NULL);
	return 0;
}

void spec_descriptor_done(struct spec_descriptor *d)
{
	jmap_done(descriptor_map, d);
}
