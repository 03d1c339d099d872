/* The image config; index and manifest are in spec_index.c and spec_manifest.c. */
#include "oci/spec_descriptor.h"

#include <string.h>

#include "common/alloc.h"
#include "common/jmap.h"

static const struct jmap health_map[] = {
	JMAP_STRS("Test", struct spec_healthcheck, test, 0),
	JMAP_INT("Interval", struct spec_healthcheck, interval, 0),
	JMAP_INT("Timeout", struct spec_healthcheck, timeout, 0),
	JMAP_INT("StartPeriod", struct spec_healthcheck, start_period, 0),
	JMAP_INT("StartInterval", struct spec_healthcheck, start_interval, 0),
	JMAP_INT("Retries", struct spec_healthcheck, retries, 0),
	JMAP_END,
};

/* The "config" object, flat in the same struct. Entrypoint, Cmd and Shell may be a string in old
 * documents, so they are read by hand. */
static const struct jmap config_map[] = {
	JMAP_STR("User", struct spec_image_config, user, 0),
	JMAP_STR("WorkingDir", struct spec_image_config, working_dir, 0),
	JMAP_STR("StopSignal", struct spec_image_config, stop_signal, 0),
	JMAP_STRS("Env", struct spec_image_config, env, 0),
	JMAP_STRS("OnBuild", struct spec_image_config, onbuild, 0),
	JMAP_DICT("Labels", struct spec_image_config, labels, 0),
	JMAP_SET("ExposedPorts", struct spec_image_config, exposed_ports, 0),
	JMAP_SET("Volumes", struct spec_image_config, volumes, 0),
	JMAP_OPT("Healthcheck", struct spec_image_config, healthcheck, health_map, struct spec_healthcheck, 0),
	JMAP_END,
};

static const struct jmap history_map[] = {
	JMAP_STR("created", struct spec_history, created, 0),
	JMAP_STR("created_by", struct spec_history, created_by, 0),
	JMAP_STR("author", struct spec_history, author, 0),
	JMAP_STR("comment", struct spec_history, comment, 0),
	JMAP_BOOL("empty_layer", struct spec_history, empty_layer, 0),
	JMAP_END,
};

_Static_assert(offsetof(struct spec_image_config, nhistory) ==
	offsetof(struct spec_image_config, history) + offsetof(struct jmap_list, n), "JMAP_LIST's layout");

static const struct jmap document_map[] = {
	JMAP_STR("created", struct spec_image_config, created, 0),
	JMAP_STR("author", struct spec_image_config, author, 0),
	JMAP_STR("architecture", struct spec_image_config, architecture, 0),
	JMAP_STR("os", struct spec_image_config, os, 0),
	JMAP_STR("variant", struct spec_image_config, variant, 0),
	{"config", JMAP_K_OBJ, 0, 0, config_map, 0},
	JMAP_LIST("history", struct spec_image_config, history, history_map, struct spec_history, 0),
	JMAP_END,
};

static int parse_words(const struct jval *config, const char *key, struct svec *ret, struct err *err)
{
	const struct jval *v = jval_get(config, key);

	if (!v)
		return 0;
	if (jval_type(v) == JV_STRING) {
		svec_add(ret, jval_str(v, ""));
		return 0;
	}
	if (!jval_strings(v, ret))
		return err_set(err, EK_INVALID, "config: %s: expected an array of strings", key);
	return 0;
}

static int parse_diff_ids(const struct jval *rootfs, struct spec_image_config *c, struct err *err)
{
	const struct jval *list = jval_get(rootfs, "diff_ids");
	const char *type = jval_get_str(rootfs, "type", "layers");
	size_t n = jval_len(list);
	char word[128];

	if (strcmp(type, "layers"))
		return err_set(err, EK_UNSUPPORTED, "rootfs.type \"%s\" is not \"layers\"",
			spec_descriptor_word(type, word, sizeof(word)));
	if (list && jval_type(list) != JV_ARRAY)
		return err_set(err, EK_INVALID, "rootfs.diff_ids: expected an array");
	if (n > SPEC_MAX_LAYERS)
		return err_set(err, EK_UNSUPPORTED, "%zu layers, the limit is %d", n, SPEC_MAX_LAYERS);
	c->diff_ids = xcalloc(n ? n : 1, sizeof(*c->diff_ids));
	for (; c->ndiff_ids < n; c->ndiff_ids++)
		if (!digest_parse(jval_str(jval_at(list, c->ndiff_ids), ""), &c->diff_ids[c->ndiff_ids]))
			return err_set(err, EK_INVALID,
				"rootfs.diff_ids[%zu] is not sha256: and 64 lower-case hex digits", c->ndiff_ids);
	return 0;
}

static int parse_config(const struct jval *doc, struct spec_image_config *c, struct err *err)
{
	const struct jval *config = jval_get(doc, "config");

	if (jval_get(doc, "manifests") || jval_get(doc, "layers") || jval_get(doc, "fsLayers"))
		return err_set(err, EK_INVALID, "a config that also has a manifest's keys");
	if (jmap_parse(document_map, doc, c, err) < 0)
		return -1;
	if (parse_words(config, "Entrypoint", &c->entrypoint, err) < 0 ||
		parse_words(config, "Cmd", &c->cmd, err) < 0 || parse_words(config, "Shell", &c->shell, err) < 0)
		return -1;
	return parse_diff_ids(jval_get(doc, "rootfs"), c, err);
}

enum spec_media spec_image_kind(const char *text, size_t n, const char *header_media, struct err *err)
{
	enum spec_media m = SPEC_MEDIA_UNKNOWN;
	auto_jval struct jval *doc = spec_descriptor_document(text, n, header_media, &m, err);

	if (!doc) {
		err_wrap(err, "manifest");
		return SPEC_MEDIA_UNKNOWN;
	}
	if (!*header_media && !jval_get(doc, "mediaType")) {
		err_set(err, EK_INVALID, "manifest: neither its Content-Type nor a mediaType in it says what it is");
		return SPEC_MEDIA_UNKNOWN;
	}
	return m;
}

int spec_image_config_parse(const char *text, size_t n, struct spec_image_config *ret, struct err *err)
{
	struct spec_image_config c = {.created = NULL};
	auto_jval struct jval *doc = NULL;

	if (n > SPEC_IMAGE_MAX)
		return err_set(err, EK_INVALID, "image config of %zu bytes, the limit is %u", n, SPEC_IMAGE_MAX);
	doc = jval_parse(text, n, JVAL_UNIQUE_KEYS, err);
	if (!doc)
		return err_wrap(err, "image config");
	if (parse_config(doc, &c, err) < 0) {
		spec_image_config_done(&c);
		return err_wrap(err, "image config");
	}
	*ret = c;
	return 0;
}

void spec_image_config_done(struct spec_image_config *c)
{
	jmap_done(document_map, c);
	svec_done(&c->entrypoint);
	svec_done(&c->cmd);
	svec_done(&c->shell);
	free(c->diff_ids);
	memset(c, 0, sizeof(*c));
}

char *spec_image_platform(const struct spec_image_config *c)
{
	const char *variant = c->variant ? c->variant : "";

	if (!c->os || !*c->os || !c->architecture || !*c->architecture)
		return NULL;
	return xasprintf("%s/%s%s%s", c->os, c->architecture, *variant ? "/" : "", variant);
}
