#include "podlite/engine/mlist.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/id.h"
#include "common/lock.h"
#include "common/units.h"
#include "podlite/engine/img.h"
#include "podlite/engine/img_tag.h"

#define LOCK_FILE "lists.lock"

int mlist_find(struct context *c, const char *name, struct image *ret, struct err *err)
{
	if (img_find(c, name, ret, err) < 0)
		return -1;
	if (ret->list)
		return 0;
	image_done(ret);
	return err_set(err, EK_INVALID, "%s is an image, not a manifest list", name);
}

/* ---- changing one: read, change, write, while nobody else does ---- */

struct change {
	struct image list;
	int lock;
};

static int begin(struct context *c, const char *name, struct change *ret, struct err *err)
{
	struct change ch = {.lock = lock_open(c->store.cache, LOCK_FILE, LOCK_EXCLUSIVE_, true)};

	if (ch.lock < 0)
		return err_neg(err, ch.lock, "manifest list %s: lock", name);
	if (mlist_find(c, name, &ch.list, err) < 0) {
		close(ch.lock);
		return -1;
	}
	*ret = ch;
	return 0;
}

/* The document of a list is of one kind (mlist_document): what the other alone has would be lost. */
static int check_kind(const struct jval *list, struct err *err)
{
	const struct jval *entries = jval_get(list, "manifests");
	bool features = false, annotations = jval_get(list, "annotations") != NULL;

	for (size_t i = 0; i < jval_len(entries); i++) {
		features |= jval_get(jval_get(jval_at(entries, i), "platform"), "features") != NULL;
		annotations |= jval_get(jval_at(entries, i), "annotations") != NULL;
	}
	return features && annotations ? err_set(err, EK_UNSUPPORTED,
		"a list has either CPU features, which are docker's, or annotations, which are OCI's") : 0;
}

static int end(struct context *c, struct change *ch, int r, char ret_id[65], struct err *err)
{
	memcpy(ret_id, ch->list.id, 65);
	if (!r)
		r = check_kind(ch->list.list, err);
	if (!r)
		r = image_put(&c->store, &ch->list, err);
	image_done(&ch->list);
	close(ch->lock);
	return r;
}

static void set_annotations(struct jval *obj, const struct svec *annotations)
{
	auto_jval struct jval *v = jval_new_object();

	if (!annotations || !annotations->n)
		return;
	jval_set(v, "annotations", jval_new_dict(annotations));
	jval_merge(obj, v);
}

/* The list of that name as it is to be, or a new one. */
static int take_name(struct context *c, struct image *list, bool amend, struct err *err)
{
	const char *name = list->names.v[0];
	struct image old = {.id = ""};
	int r = 0;

	if (image_find_name(&c->store, name, &old, err) < 0) {
		if (err->kind != EK_NOT_FOUND)
			return -1;
		err_clear(err);
		id_random(list->id);
		list->created_ns = units_now_ns();
		list->list = jval_new_object();
		jval_set(list->list, "manifests", jval_new_array());
		return 0;
	}
	if (!amend)
		r = err_set(err, EK_EXISTS, "manifest list %s: the name is taken by %.12s; --amend adds to a list", name,
			old.id);
	else if (!old.list)
		r = err_set(err, EK_INVALID, "%s is an image, not a manifest list", name);
	memcpy(list->id, old.id, sizeof(list->id));
	list->created_ns = old.created_ns;
	list->list = jval_ref(old.list);
	image_done(&old);
	return r;
}

int mlist_create(struct context *c, const char *name, bool amend, const struct svec *annotations, char ret_id[65],
	struct err *err)
{
	auto_fd int lock = lock_open(c->store.cache, LOCK_FILE, LOCK_EXCLUSIVE_, true);
	struct image list = {.id = ""};
	char *names[] = {(char *)name};
	int r;

	if (lock < 0)
		return err_neg(err, lock, "manifest list %s: lock", name);
	r = img_tag_canonical(1, names, &list.names, err);
	if (!r)
		r = take_name(c, &list, amend, err);
	if (!r) {
		set_annotations(list.list, annotations);
		r = image_put(&c->store, &list, err);
	}
	memcpy(ret_id, list.id, 65);
	image_done(&list);
	return r;
}

/* ---- entries ---- */

static void set_platform(struct jval *entry, const char *key, const char *value)
{
	struct jval *p = jval_get(entry, "platform");

	if (!value || !*value)
		return;
	if (!p) {
		p = jval_new_object();
		jval_set(entry, "platform", p);
	}
	jval_set_str(p, key, value);
}

static void set_features(struct jval *entry, const char *key, const struct svec *list)
{
	if (!list || !list->n)
		return;
	set_platform(entry, "os", jval_get_str(jval_get(entry, "platform"), "os", "linux"));
	jval_set(jval_get(entry, "platform"), key, jval_new_strings(list));
}

static void edit_entry(struct jval *entry, const struct mlist_edit *e)
{
	set_platform(entry, "architecture", e->arch);
	set_platform(entry, "os", e->os);
	set_platform(entry, "variant", e->variant);
	set_platform(entry, "os.version", e->os_version);
	set_features(entry, "os.features", e->os_features);
	set_features(entry, "features", e->features);
	set_annotations(entry, e->annotations);
}

/* Index of the entry with this digest, or -1. */
static int find_entry(const struct jval *entries, const char *digest)
{
	for (size_t i = 0; i < jval_len(entries); i++)
		if (!strcmp(jval_get_str(jval_at(entries, i), "digest", ""), digest))
			return (int)i;
	return -1;
}

/* entries without the i-th. */
static struct jval *without(const struct jval *entries, int i)
{
	struct jval *v = jval_new_array();

	for (int k = 0; k < (int)jval_len(entries); k++)
		if (k != i)
			jval_add(v, jval_ref(jval_at(entries, (size_t)k)));
	return v;
}

static void put_entry(struct jval *list, struct jval *entry)
{
	int i = find_entry(jval_get(list, "manifests"), jval_get_str(entry, "digest", ""));

	if (i >= 0 || !jval_get(list, "manifests"))
		jval_set(list, "manifests", without(jval_get(list, "manifests"), i));
	jval_add(jval_get(list, "manifests"), entry);
}

int mlist_put(struct context *c, const char *name, const struct jval *entries, const struct mlist_edit *edit,
	char ret_id[65], struct err *err)
{
	struct change ch;
	int r = 0;

	if (begin(c, name, &ch, err) < 0)
		return -1;
	for (size_t i = 0; i < jval_len(entries); i++) {
		struct jval *entry = jval_copy(jval_at(entries, i));

		edit_entry(entry, edit);
		put_entry(ch.list.list, entry);
	}
	if (jval_len(jval_get(ch.list.list, "manifests")) > SPEC_MAX_MANIFESTS)
		r = err_set(err, EK_INVALID, "manifest list %s: more than %d entries", name, SPEC_MAX_MANIFESTS);
	return end(c, &ch, r, ret_id, err);
}

/* The entry a person means: by its digest, or by the name of an image here. */
static struct jval *mean_entry(struct context *c, const struct image *list, const char *which, struct err *err)
{
	const struct jval *entries = jval_get(list->list, "manifests");
	char text[DIGEST_TEXT_LEN + 1];
	struct image img = {.id = ""};
	int i = find_entry(entries, which);

	if (i < 0 && image_find_quick(&c->store, which, NULL, &img, NULL) == 0) {
		i = find_entry(entries, digest_text(&img.manifest, text));
		image_done(&img);
	}
	if (i >= 0)
		return jval_at(entries, (size_t)i);
	err_set(err, EK_NOT_FOUND, "manifest list %.12s has no entry %s", list->id, which);
	return NULL;
}

int mlist_annotate(struct context *c, const char *name, const char *which, bool index, const struct mlist_edit *edit,
	char ret_id[65], struct err *err)
{
	struct change ch;
	struct jval *entry;
	int r = 0;

	if (begin(c, name, &ch, err) < 0)
		return -1;
	if (index) {
		set_annotations(ch.list.list, edit->annotations);
	} else {
		entry = mean_entry(c, &ch.list, which, err);
		if (entry)
			edit_entry(entry, edit);
		else
			r = -1;
	}
	return end(c, &ch, r, ret_id, err);
}

int mlist_drop(struct context *c, const char *name, const char *digest, char ret_id[65], struct err *err)
{
	struct digest d;
	struct change ch;
	struct jval *entry;

	if (!digest_parse(digest, &d))
		return err_set(err, EK_USAGE, "\"%.80s\" is no digest: expected sha256: and 64 hex digits", digest);
	if (begin(c, name, &ch, err) < 0)
		return -1;
	entry = mean_entry(c, &ch.list, digest, err);
	if (entry)
		jval_set(ch.list.list, "manifests", without(jval_get(ch.list.list, "manifests"),
			find_entry(jval_get(ch.list.list, "manifests"), jval_get_str(entry, "digest", ""))));
	return end(c, &ch, entry ? 0 : -1, ret_id, err);
}

/* ---- the document ---- */

/* Only docker's lists have CPU features; only OCI's have annotations, and manifests of OCI's kind. */
static bool speaks_docker(const struct jval *list)
{
	const struct jval *entries = jval_get(list, "manifests");
	bool all = jval_len(entries) && !jval_get(list, "annotations");

	for (size_t i = 0; i < jval_len(entries); i++) {
		const struct jval *e = jval_at(entries, i);

		if (jval_get(jval_get(e, "platform"), "features"))
			return true;
		all = all && !jval_get(e, "annotations") &&
			spec_media_parse(jval_get_str(e, "mediaType", "")) == SPEC_MEDIA_DOCKER_MANIFEST;
	}
	return all;
}

static struct jval *document_entry(const struct jval *entry, bool docker)
{
	struct jval *v = jval_copy(entry);

	jval_del(v, "from");
	if (docker)
		jval_del(v, "annotations");
	return v;
}

static int check_features(const struct jval *entries, struct err *err)
{
	for (size_t i = 0; i < jval_len(entries); i++)
		if (jval_get(jval_get(jval_at(entries, i), "platform"), "features"))
			return err_set(err, EK_UNSUPPORTED, "an OCI index has no CPU features; use --format v2s2");
	return 0;
}

struct jval *mlist_document(const struct image *list, const char *format, struct err *err)
{
	const struct jval *entries = jval_get(list->list, "manifests");
	bool docker = format ? !strcmp(format, "v2s2") : speaks_docker(list->list);
	struct jval *doc, *v;

	if (!docker && check_features(entries, err) < 0)
		return NULL;
	doc = jval_new_object();
	v = jval_new_array();
	jval_set_int(doc, "schemaVersion", 2);
	jval_set_str(doc, "mediaType", spec_media_text(docker ? SPEC_MEDIA_DOCKER_LIST : SPEC_MEDIA_OCI_INDEX));
	for (size_t i = 0; i < jval_len(entries); i++)
		jval_add(v, document_entry(jval_at(entries, i), docker));
	jval_set(doc, "manifests", v);
	if (!docker && jval_get(list->list, "annotations"))
		jval_set(doc, "annotations", jval_copy(jval_get(list->list, "annotations")));
	return doc;
}

int mlist_choose(const struct image *list, const char *platform, char **ret_from, struct err *err)
{
	auto_jval struct jval *doc = mlist_document(list, NULL, err);
	auto_sbuf struct sbuf text = SBUF_INIT;
	const struct spec_descriptor *d;
	struct spec_platform asked, want;
	struct spec_index idx;
	int r = -1;

	if (!doc || spec_platform_want(platform, &asked, &want, err) < 0)
		return -1;
	jval_print(doc, false, &text);
	if (spec_index_parse(text.buf, text.len, "", &idx, err) == 0) {
		d = spec_index_choose(&idx, &want, err);
		if (d) {
			const struct jval *entries = jval_get(list->list, "manifests");
			const char *from = jval_get_str(jval_at(entries, (size_t)(d - idx.v)), "from", "");

			*ret_from = xstrdup(from);
			r = 0;
		}
		spec_index_done(&idx);
	}
	spec_platform_done(&asked);
	return r < 0 ? err_wrap(err, "manifest list %.12s", list->id) : 0;
}
