#include "podlite/engine/img_view.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/id.h"
#include "common/units.h"
#include "podlite/engine/ctr_view.h"

#define NS_PER_S 1000000000

void img_view_age(int64_t created_ns, char *ret, size_t size)
{
	char age[48];

	if (!created_ns) {
		snprintf(ret, size, "N/A");
		return;
	}
	units_print_age((units_now_ns() - created_ns) / NS_PER_S, age, sizeof(age));
	snprintf(ret, size, "%s ago", age);
}

struct jval *img_view_tags(const struct image *img)
{
	struct jval *v = jval_new_array();

	SVEC_EACH(name, &img->names)
		if (!strchr(name, '@'))
			jval_add(v, jval_new_str(name));
	return v;
}

void img_view_split(const char *name, char **ret_repository, char **ret_tag)
{
	struct ref ref = {NULL, NULL, NULL, {""}};

	if (name && ref_parse(name, &ref, NULL) == 0) {
		*ret_repository = ref_repository(&ref);
		*ret_tag = xstrdup(ref.tag ? ref.tag : "<none>");
	} else {
		*ret_repository = xstrdup(name ? name : "<none>");
		*ret_tag = xstrdup("<none>");
	}
	ref_done(&ref);
}

size_t img_view_users(const struct image *img, const struct ctr_list *ctrs)
{
	size_t n = 0;

	for (size_t i = 0; i < ctrs->n; i++) {
		const char *id = ctrs->v[i].rec.image_id;

		n += id && !strcmp(id, img->id);
	}
	return n;
}

/* RFC 3339 without a fraction. */
static void set_seconds(struct jval *o, const char *key, int64_t ns)
{
	char text[40], *dot;

	units_print_time(ns, false, text);
	dot = strchr(text, '.');
	if (dot)
		snprintf(dot, 2, "Z");
	jval_set_str(o, key, text);
}

struct jval *img_view_json(struct context *c, const struct image *img, const struct ctr_list *ctrs,
	struct err *err)
{
	struct spec_image_config config = {.created = NULL};
	char digest[DIGEST_TEXT_LEN + 1];
	struct jval *o;

	if (!img->list && image_config(&c->store, img, &config, err) < 0)
		return NULL;
	o = jval_new_object();
	jval_set_str(o, "Id", img->id);
	jval_set_str(o, "ParentId", "");
	jval_set(o, "RepoTags", img->names.n ? img_view_tags(img) : jval_new_null());
	jval_set(o, "RepoDigests", jval_new_strings(&img->digests));
	jval_set(o, "Size", jval_new_uint(img->size));
	jval_set_int(o, "SharedSize", 0);
	jval_set(o, "VirtualSize", jval_new_uint(img->size));
	jval_set(o, "Labels", config.labels.n ? jval_new_dict(&config.labels) : jval_new_null());
	jval_set_int(o, "Containers", (int64_t)img_view_users(img, ctrs));
	if (img->names.n)
		jval_set(o, "Names", jval_new_strings(&img->names));
	if (!img->names.n)
		jval_set_bool(o, "Dangling", true);
	if (img->ro)
		jval_set_bool(o, "ReadOnly", true);
	if (img->list) /* its document is made, and has a digest, when it is pushed */
		jval_set_bool(o, "IsManifestList", true);
	else
		jval_set_str(o, "Digest", digest_text(&img->manifest, digest));
	jval_set(o, "History", jval_new_strings(&img->names));
	jval_set_int(o, "Created", img->created_ns / NS_PER_S);
	set_seconds(o, "CreatedAt", img->created_ns);
	spec_image_config_done(&config);
	return o;
}

/* What only a template can ask for. */
static void add_rest(const struct image *img, const struct jval *json, struct jval *row)
{
	static const char *const from_json[] = {"Labels", "Containers", "Names", "RepoTags", "RepoDigests",
		"History"};
	char text[64];

	jval_set_str(row, "Id", img->id);
	img_view_age(img->created_ns, text, sizeof(text));
	jval_set_str(row, "CreatedSince", text);
	units_print_time_go(img->created_ns / NS_PER_S * NS_PER_S, text); /* podman has whole seconds here */
	jval_set_str(row, "CreatedAt", text);
	jval_set_str(row, "CreatedTime", text);
	jval_set(row, "VirtualSize", jval_new_uint(img->size));
	jval_set_int(row, "SharedSize", 0);
	jval_set_str(row, "ParentId", "");
	jval_set_bool(row, "IsManifestList", img->list != NULL);
	jval_set_bool(row, "Dangling", img->names.n == 0);
	for (size_t i = 0; i < ARRAY_SIZE(from_json); i++)
		jval_set(row, from_json[i], jval_ref(jval_get(json, from_json[i])));
}

struct jval *img_view_row(const struct image *img, const char *repository, const char *tag, bool no_trunc,
	const struct jval *json)
{
	char text[DIGEST_TEXT_LEN + 1];
	struct jval *row = jval_new_object();

	jval_set_str(row, "Repository", repository);
	jval_set_str(row, "Tag", tag);
	snprintf(text, sizeof(text), no_trunc ? "sha256:%s" : "%.12s", img->id);
	jval_set_str(row, "ID", text);
	jval_set_str(row, "Digest", img->list ? "<none>" : digest_text(&img->manifest, text));
	img_view_age(img->created_ns, text, sizeof(text));
	jval_set_str(row, "Created", text);
	units_print_size(img->size, text, sizeof(text));
	jval_set_str(row, "Size", text);
	jval_set_bool(row, "ReadOnly", img->ro != NULL);
	if (json)
		add_rest(img, json, row);
	return row;
}

/* ---- history ---- */

static void history_times(const struct spec_history *h, bool human, struct jval *row)
{
	char text[64];
	int64_t ns = 0;

	if (!h->created || !units_parse_time(h->created, units_now_ns(), &ns))
		ns = 0;
	img_view_age(ns, text, sizeof(text));
	jval_set_str(row, "CreatedSince", text);
	jval_set_str(row, "Created", text);
	if (!human)
		set_seconds(row, "Created", ns);
	set_seconds(row, "CreatedAt", ns);
}

static void history_command(const struct spec_history *h, bool no_trunc, struct jval *row)
{
	const char *by = h->created_by ? h->created_by : "";
	auto_free char *cut = strlen(by) > 45 ? xasprintf("%.42s...", by) : NULL;

	jval_set_str(row, "CreatedBy", cut && !no_trunc ? cut : by);
	jval_set_str(row, "Comment", h->comment ? h->comment : "");
}

static void history_json(const struct spec_history *h, const char *id, uint64_t size, struct jval *tags,
	struct jval *ret)
{
	struct jval *o = jval_new_object();

	jval_set_str(o, "id", id);
	jval_set_str(o, "created", h->created ? h->created : "");
	jval_set_str(o, "CreatedBy", h->created_by ? h->created_by : "");
	if (jval_len(tags))
		jval_set(o, "tags", jval_ref(tags));
	jval_set(o, "size", jval_new_uint(size));
	jval_set_str(o, "comment", h->comment ? h->comment : "");
	jval_add(ret, o);
}

static struct jval *history_row(const struct spec_history *h, const char *id, uint64_t size,
	struct jval *tags, bool human, bool no_trunc)
{
	struct jval *row = jval_new_object();
	char text[32];

	jval_set(row, "ID", jval_new_strn(id, no_trunc || *id == '<' ? strlen(id) : ID_SHORT));
	units_print_size_short(size, 3, text, sizeof(text));
	jval_set_str(row, "Size", text);
	history_times(h, human, row);
	history_command(h, no_trunc, row);
	jval_set(row, "Tags", jval_ref(tags));
	return row;
}

struct jval *img_view_history(struct context *c, const struct image *img, bool human, bool no_trunc,
	struct jval *json, struct err *err)
{
	struct spec_image_config config = {.created = NULL};
	size_t layer = img->nlayers;
	struct jval *rows;

	if (image_config(&c->store, img, &config, err) < 0)
		return NULL;
	rows = jval_new_array();
	for (size_t i = config.nhistory; i-- > 0;) {
		const struct spec_history *h = &config.history[i];
		bool top = i + 1 == config.nhistory;
		const char *id = top ? img->id : "<missing>";
		auto_jval struct jval *tags = top ? img_view_tags(img) : jval_new_array();
		uint64_t size = h->empty_layer || !layer ? 0 : image_layer_size(&c->store, img, --layer);

		jval_add(rows, history_row(h, id, size, tags, human, no_trunc));
		if (json)
			history_json(h, id, size, tags, json);
	}
	spec_image_config_done(&config);
	return rows;
}
