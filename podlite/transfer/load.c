#include "podlite/transfer/load.h"

#include <string.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/units.h"
#include "oci/ref.h"
#include "podlite/transfer/arc_oci.h"
#include "podlite/transfer/put_image.h"
#include "podlite/transfer/sandbox.h"

#define DOCUMENT_MAX SPEC_IMAGE_MAX
#define MAX_IMAGES   1000

struct load {
	const struct request *rq;
	const struct put_layer *to;
	struct arc_read *arc;
	struct request_answer *answer;
};

/* --- one image ---------------------------------------------------------------------------------------------- */

/* Where a layer's bytes are: one a DiffID of the config. */
struct source {
	char *name;
	struct digest blob; /* unset: nobody promised one */
	uint64_t size;
};

struct sources {
	struct source *v;
	size_t n;
};

static void add_source(struct sources *l, char *name, const struct digest *blob, uint64_t size)
{
	l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = (struct source){name, blob ? *blob : (struct digest){""}, size};
}

static void sources_done(struct sources *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
}

static int put_source(struct load *l, const struct digest *diff_id, const struct source *s, struct err *err)
{
	const struct digest *blob = digest_is_set(&s->blob) ? &s->blob : NULL;
	struct arc_part part;
	int r = 0;

	/* an archive may leave out what the receiver has */
	if (layer_has(l->to->store, diff_id) && !arc_read_has(l->arc, s->name))
		return 0;
	if (arc_read_part(l->arc, s->name, &part, err) < 0)
		return -1;
	if (blob && part.size != s->size)
		r = err_set(err, EK_INVALID, "blob sha256:%.12s: size: expected %llu bytes, found %llu", blob->hex,
			(unsigned long long)s->size, (unsigned long long)part.size);
	if (!r)
		r = put_layer(l->to, diff_id, &part, blob, err);
	arc_read_part_done(&part);
	return r;
}

static int put_sources(struct load *l, const struct sbuf *config, const struct sources *from, struct err *err)
{
	struct spec_image_config c;
	int r = 0;

	if (spec_image_config_parse(config->buf, config->len, &c, err) < 0)
		return -1;
	if (c.ndiff_ids != from->n)
		r = err_set(err, EK_INVALID, "the archive names %zu layers, the image's config %zu", from->n, c.ndiff_ids);
	for (size_t i = 0; i < from->n && !r; i++)
		r = put_source(l, &c.diff_ids[i], &from->v[i], err);
	spec_image_config_done(&c);
	return r;
}

static int put_all(struct load *l, const struct sbuf *config, const struct sbuf *manifest, const struct sources *from,
	const struct svec *names, struct err *err)
{
	struct put_image p = {.store = l->to->store, .config = config, .manifest = manifest, .names = names};
	char id[65];

	if (put_sources(l, config, from, err) < 0 || put_image(&p, id, err) < 0)
		return -1;
	SVEC_EACH(name, names)
		request_add_image(l->answer, id, name);
	if (!names->n)
		request_add_image(l->answer, id, "");
	return 0;
}

/* --- which of several ---------------------------------------------------------------------------------------- */

/* What the name that was asked for may stand for in the archive. */
static void selected(const struct load *l, struct svec *ret)
{
	if (arc_oci_add_name(l->rq->select, "localhost", ret, NULL) == 0)
		(void)!arc_oci_add_name(l->rq->select, "docker.io", ret, NULL);
}

/* Leaves of names those that are in list; false if that is none. */
static bool keep_only(struct svec *names, const struct svec *list)
{
	for (size_t i = names->n; i-- > 0;)
		if (!svec_has(list, names->v[i]))
			svec_remove(names, i);
	return names->n;
}

/* found: how many were wanted. */
static int check_single(const struct load *l, size_t found, struct err *err)
{
	if (!l->rq->single || found == 1)
		return 0;
	if (l->rq->select)
		return err_set(err, EK_NOT_FOUND, "%s image \"%s\" in it", found ? "more than one" : "no", l->rq->select);
	err_set(err, EK_INVALID, "there are %zu images in it", found);
	return err_advise(err, "add the name of one, after a ':'");
}

/* --- docker save ------------------------------------------------------------------------------------------- */

static int docker_names(const struct jval *entry, struct svec *ret, struct err *err)
{
	auto_svec struct svec tags = SVEC_INIT;
	int r = 0;

	(void)jval_strings(jval_get(entry, "RepoTags"), &tags); /* null where there are none */
	SVEC_EACH(tag, &tags)
		if (!r)
			r = arc_oci_add_name(tag, "docker.io", ret, err);
	return r;
}

/* names: of the entry with this index; those that nobody asked for are taken away. "@INDEX" asks for an entry with all of them
 * (containers-transports(5)). */
static bool docker_wanted(const struct load *l, size_t index, struct svec *names)
{
	auto_svec struct svec list = SVEC_INIT;
	const char *want = l->rq->select;
	uint64_t n;

	if (!want)
		return true;
	if (*want == '@')
		return units_parse_u64(want + 1, &n) && n == index;
	selected(l, &list);
	return keep_only(names, &list);
}

static int docker_image(struct load *l, const struct jval *entry, const struct svec *names, struct err *err)
{
	auto_sbuf struct sbuf config = SBUF_INIT;
	auto_svec struct svec layers = SVEC_INIT;
	struct sources from = {NULL, 0};
	const char *path = jval_get_str(entry, "Config", NULL);
	int r = 0;

	if (!path || !jval_strings(jval_get(entry, "Layers"), &layers) || layers.n > SPEC_MAX_LAYERS)
		return err_set(err, EK_INVALID, "manifest.json: an image without Config or Layers");
	SVEC_EACH(name, &layers)
		add_source(&from, xstrdup(name), NULL, 0);
	if (!r)
		r = arc_read_text(l->arc, path, DOCUMENT_MAX, &config, err);
	if (!r)
		r = put_all(l, &config, NULL, &from, names, err);
	sources_done(&from);
	return r;
}

static int docker_archive(struct load *l, const struct jval *list, struct err *err)
{
	size_t n = jval_len(list), found = 0;
	struct svec *names = xcalloc(n + 1, sizeof(*names));
	bool *wanted = xcalloc(n + 1, sizeof(*wanted));
	int r = 0;

	if (!n || n > MAX_IMAGES)
		r = err_set(err, EK_INVALID, "manifest.json: %zu images", n);
	for (size_t i = 0; i < n && !r; i++) {
		r = docker_names(jval_at(list, i), &names[i], err);
		wanted[i] = !r && docker_wanted(l, i, &names[i]);
		found += wanted[i];
	}
	if (!r)
		r = check_single(l, found, err);
	for (size_t i = 0; i < n && !r; i++)
		if (wanted[i])
			r = docker_image(l, jval_at(list, i), &names[i], err);
	for (size_t i = 0; i < n; i++)
		svec_done(&names[i]);
	free(names);
	free(wanted);
	return r;
}

/* --- manifests beside their blobs --------------------------------------------------------------------------- */

static int manifest_image(struct load *l, const char *prefix, const struct sbuf *text, const char *media, const struct svec *names,
	struct err *err)
{
	auto_sbuf struct sbuf config = SBUF_INIT;
	struct sources from = {NULL, 0};
	struct spec_manifest m;
	int r;

	if (spec_manifest_parse(text->buf, text->len, media, &m, err) < 0)
		return -1;
	for (size_t i = 0; i < m.nlayers; i++)
		add_source(&from, arc_oci_blob_name(prefix, &m.layers[i].digest), &m.layers[i].digest, m.layers[i].size);
	r = arc_oci_blob(l->arc, prefix, &m.config.digest, &config, err);
	if (!r)
		r = put_all(l, &config, text, &from, names, err);
	sources_done(&from);
	spec_manifest_done(&m);
	return r;
}

static int oci_entry(struct load *l, const struct jval *entry, const struct spec_descriptor *d, struct err *err)
{
	auto_svec struct svec names = SVEC_INIT;
	struct arc_oci_manifest m;
	int r;

	if (arc_oci_names(entry, &names, err) < 0 || arc_oci_manifest(l->arc, d, &m, err))
		return -1;
	r = manifest_image(l, ARC_OCI_BLOBS, &m.text, m.media, &names, err);
	arc_oci_manifest_done(&m);
	return r;
}

static bool oci_wanted(const struct load *l, const struct jval *entry)
{
	auto_svec struct svec names = SVEC_INIT, list = SVEC_INIT;

	if (arc_oci_names(entry, &names, NULL) < 0)
		return false;
	selected(l, &list);
	return !strcmp(jval_get_str(jval_get(entry, "annotations"), ARC_OCI_REF_NAME, ""), l->rq->select) || keep_only(&names, &list);
}

static int oci_entries(struct load *l, const struct arc_oci *oci, struct err *err)
{
	const struct spec_index *idx = &oci->index;
	size_t found = 0;
	int r;

	for (size_t i = 0; i < idx->n; i++)
		found += !idx->v[i].attestation && (!l->rq->select || oci_wanted(l, jval_at(oci->list, i)));
	r = check_single(l, found, err);
	for (size_t i = 0; i < idx->n && !r; i++)
		if (!idx->v[i].attestation && (!l->rq->select || oci_wanted(l, jval_at(oci->list, i))))
			r = oci_entry(l, jval_at(oci->list, i), &idx->v[i], err);
	return r;
}

static int admit(const struct load *l, const char *format, struct err *err)
{
	return svec_has(&l->rq->refused, format) ?
		err_set(err, EK_DENIED, "policy.json rejects what is in the format %s", format) : 0;
}

static int oci_layout(struct load *l, struct err *err)
{
	struct arc_oci oci;
	int r;

	if (admit(l, "oci", err) < 0 || arc_oci_read(l->arc, &oci, err) < 0)
		return -1;
	r = oci.index.n ? oci_entries(l, &oci, err) : err_set(err, EK_INVALID, "index.json: there is no image in it");
	arc_oci_done(&oci);
	return r;
}

/* --- which is it? ------------------------------------------------------------------------------------------- */

static int with_manifest_json(struct load *l, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *doc = NULL;
	struct svec none = SVEC_INIT;

	if (arc_read_text(l->arc, "manifest.json", DOCUMENT_MAX, &text, err) < 0)
		return -1;
	doc = jval_parse(text.buf, text.len, JVAL_UNIQUE_KEYS, err);
	if (!doc)
		return err_wrap(err, "manifest.json");
	if (l->rq->format && (jval_type(doc) == JV_ARRAY) != !strcmp(l->rq->format, "docker-archive"))
		return err_set(err, EK_INVALID, "manifest.json is not that of a %s", l->rq->format);
	if (admit(l, jval_type(doc) == JV_ARRAY ? "docker-archive" : "dir", err) < 0)
		return -1;
	if (jval_type(doc) == JV_ARRAY)
		return docker_archive(l, doc, err);
	return manifest_image(l, "", &text, "", &none, err);
}

static int load_any(struct load *l, struct err *err)
{
	if (l->rq->format)
		return !strcmp(l->rq->format, "oci") ? oci_layout(l, err) : with_manifest_json(l, err);
	/* docker save writes both since version 25; its own has all the names */
	if (arc_read_has(l->arc, "manifest.json"))
		return with_manifest_json(l, err);
	if (arc_read_has(l->arc, "index.json"))
		return oci_layout(l, err);
	if (arc_read_has(l->arc, "repositories"))
		return err_set(err, EK_UNSUPPORTED, "this is the format of docker before version 1.10, which is not supported");
	err_set(err, EK_INVALID, "there is no image in it: neither manifest.json nor index.json");
	return err_advise(err, "a root file system is imported with: podlite import");
}

int load_run(const struct request *rq, const struct put_layer *to, int archive, struct request_answer *ret,
	struct err *err)
{
	struct load l = {.rq = rq, .to = to, .answer = ret};
	auto_svec struct svec readable = SVEC_INIT;
	struct stat st;
	int r = -1;

	if (fstat(archive, &st) == 0 && S_ISDIR(st.st_mode))
		svec_addf(&readable, "/proc/self/fd/%d", archive);
	if (sandbox_enter(to->store, &readable, err) < 0)
		return -1;
	l.arc = arc_read_open(archive, to->store->tmp, err);
	if (l.arc)
		r = load_any(&l, err);
	arc_read_close(l.arc);
	return r < 0 ? err_wrap(err, "load %s", rq->name) : 0;
}
