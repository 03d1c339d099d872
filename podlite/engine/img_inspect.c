#include "podlite/engine/img_inspect.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/ctr_view.h"
#include "podlite/engine/img_stores.h"
#include "podlite/engine/img_view.h"
#include "storage/image.h"

static void set_text(struct jval *o, const char *key, const char *s)
{
	jval_set_str(o, key, s ? s : "");
}

/* What is empty is left out, as podman does it: clients take a key that is there for a setting. Templates know the names
 * all the same (podlite/format_fields.h). */
static void set_if(struct jval *o, const char *key, const char *s)
{
	if (s && *s)
		jval_set_str(o, key, s);
}

static void set_list(struct jval *o, const char *key, const struct svec *list)
{
	if (list->n)
		jval_set(o, key, jval_new_strings(list));
}

/* {"80/tcp": {}} */
static void set_keys(struct jval *o, const char *key, const struct svec *list)
{
	struct jval *set;

	if (!list->n)
		return;
	set = jval_new_object();
	for (size_t i = 0; i < list->n; i++)
		jval_set(set, list->v[i], jval_new_object());
	jval_set(o, key, set);
}

static struct jval *health_json(const struct spec_healthcheck *h)
{
	struct jval *o = jval_new_object();

	jval_set(o, "Test", jval_new_strings(&h->test));
	jval_set_int(o, "Interval", h->interval);
	jval_set_int(o, "Timeout", h->timeout);
	jval_set_int(o, "StartPeriod", h->start_period);
	jval_set_int(o, "Retries", h->retries);
	return o;
}

static struct jval *config_json(const struct spec_image_config *i)
{
	struct jval *o = jval_new_object();

	set_if(o, "User", i->user);
	set_keys(o, "ExposedPorts", &i->exposed_ports);
	set_list(o, "Env", &i->env);
	set_list(o, "Entrypoint", &i->entrypoint);
	set_list(o, "Cmd", &i->cmd);
	set_keys(o, "Volumes", &i->volumes);
	set_if(o, "WorkingDir", i->working_dir);
	if (i->labels.n)
		jval_set(o, "Labels", jval_new_dict(&i->labels));
	set_if(o, "StopSignal", i->stop_signal);
	set_list(o, "OnBuild", &i->onbuild);
	set_list(o, "Shell", &i->shell);
	if (i->healthcheck)
		jval_set(o, "Healthcheck", health_json(i->healthcheck));
	return o;
}

static struct jval *rootfs_json(const struct spec_image_config *i)
{
	struct jval *o = jval_new_object(), *layers = jval_new_array();
	char text[DIGEST_TEXT_LEN + 1];

	for (size_t n = 0; n < i->ndiff_ids; n++)
		jval_add(layers, jval_new_str(digest_text(&i->diff_ids[n], text)));
	jval_set_str(o, "Type", "layers");
	jval_set(o, "Layers", layers);
	return o;
}

static struct jval *history_json(const struct spec_image_config *i)
{
	struct jval *list = jval_new_array();

	for (size_t n = 0; n < i->nhistory; n++) {
		const struct spec_history *h = &i->history[n];
		struct jval *o = jval_new_object();

		set_text(o, "created", h->created);
		set_text(o, "created_by", h->created_by);
		set_text(o, "author", h->author);
		set_text(o, "comment", h->comment);
		jval_set_bool(o, "empty_layer", h->empty_layer);
		jval_add(list, o);
	}
	return list;
}

/* The manifest as stored: annotations and which of the two families it is of. */
static void set_manifest(struct context *c, const struct image *img, struct jval *o)
{
	struct spec_manifest m = {.nlayers = 0};
	auto_sbuf struct sbuf text = SBUF_INIT;
	bool ok = image_document(&c->store, img, &text, NULL) == 0 &&
		spec_manifest_parse(text.buf, text.len, "", &m, NULL) == 0;

	jval_set(o, "Annotations", jval_new_dict(&m.annotations));
	jval_set_str(o, "ManifestType", ok ? spec_media_text(m.media) : "");
	if (ok)
		spec_manifest_done(&m);
}

static struct jval *driver_json(struct context *c, const struct image *img)
{
	struct jval *o = jval_new_object(), *data = jval_new_object();
	auto_svec struct svec lowers = SVEC_INIT;

	if (!img->ro)
		image_lowers(&c->store, img, &lowers);
	if (lowers.n > 1) {
		auto_free char *rest = NULL;
		struct svec below = {.v = lowers.v + 1, .n = lowers.n - 1};

		rest = svec_join(&below, ":");
		jval_set_str(data, "LowerDir", rest);
	}
	if (lowers.n)
		jval_set_str(data, "UpperDir", lowers.v[0]);
	jval_set_str(o, "Name", store_driver_name(c->store.driver));
	jval_set(o, "Data", data);
	return o;
}

static struct jval *image_json(struct context *c, const struct image *img,
	const struct spec_image_config *i)
{
	const char *comment = i->nhistory ? i->history[i->nhistory - 1].comment : NULL;
	char digest[DIGEST_TEXT_LEN + 1];
	struct jval *o = jval_new_object();

	jval_set_str(o, "Id", img->id);
	jval_set_str(o, "Digest", digest_text(&img->manifest, digest));
	jval_set(o, "RepoTags", img_view_tags(img));
	jval_set(o, "RepoDigests", jval_new_strings(&img->digests));
	jval_set_str(o, "Parent", "");
	set_text(o, "Comment", comment);
	set_text(o, "Created", i->created);
	jval_set(o, "Config", config_json(i));
	jval_set_str(o, "Version", "");
	set_text(o, "Author", i->author);
	set_text(o, "Architecture", i->architecture);
	set_text(o, "Os", i->os);
	set_if(o, "Variant", i->variant);
	jval_set(o, "Size", jval_new_uint(img->size));
	jval_set(o, "VirtualSize", jval_new_uint(img->size));
	jval_set(o, "GraphDriver", driver_json(c, img));
	jval_set(o, "RootFS", rootfs_json(i));
	jval_set(o, "Labels", jval_new_dict(&i->labels));
	set_manifest(c, img, o);
	set_text(o, "User", i->user);
	jval_set(o, "History", history_json(i));
	jval_set(o, "NamesHistory", jval_new_strings(&img->names));
	if (i->healthcheck)
		jval_set(o, "HealthCheck", health_json(i->healthcheck));
	return o;
}

struct jval *img_inspect(struct context *c, const char *name, struct err *err)
{
	struct spec_image_config config = {.created = NULL};
	struct image img = {.id = ""};
	struct jval *o = NULL;

	if (img_stores_look_image(c, name, &img, err) < 0)
		return NULL;
	if (image_config(&c->store, &img, &config, err) == 0)
		o = image_json(c, &img, &config);
	spec_image_config_done(&config);
	image_done(&img);
	return o;
}
