#include "podlite/transfer/arc_oci.h"

#include <string.h>

#include "common/alloc.h"
#include "common/hash.h"
#include "oci/ref.h"

/* ---- names ---- */

int arc_oci_add_name(const char *text, const char *host, struct svec *ret, struct err *err)
{
	struct ref r;

	if (ref_parse_at(text, host, &r, err) < 0)
		return err_wrap(err, "the archive's name for an image");
	if (!digest_is_set(&r.digest))
		svec_take(ret, ref_text(&r, true));
	ref_done(&r);
	return 0;
}

int arc_oci_names(const struct jval *entry, struct svec *ret, struct err *err)
{
	const struct jval *annotations = jval_get(entry, "annotations");
	const char *full = jval_get_str(annotations, "io.containerd.image.name", NULL);
	const char *name = full ? full : jval_get_str(annotations, ARC_OCI_REF_NAME, NULL);

	return name && *name ? arc_oci_add_name(name, "localhost", ret, err) : 0;
}

/* ---- blobs ---- */

char *arc_oci_blob_name(const char *prefix, const struct digest *d)
{
	return xasprintf("%s%s", prefix, d->hex);
}

int arc_oci_blob(struct arc_read *a, const char *prefix, const struct digest *d, struct sbuf *ret, struct err *err)
{
	auto_free char *name = arc_oci_blob_name(prefix, d);
	struct digest found;

	if (arc_read_text(a, name, SPEC_IMAGE_MAX, ret, err) < 0)
		return -1;
	hash_bytes(ret->buf, ret->len, &found);
	return digest_expect(d, &found, err) < 0 ? err_wrap(err, "blob sha256:%.12s", d->hex) : 0;
}

/* ---- the index ---- */

int arc_oci_read(struct arc_read *a, struct arc_oci *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct arc_oci o = {.doc = NULL};

	if (arc_read_text(a, "index.json", SPEC_IMAGE_MAX, &text, err) < 0)
		return -1;
	/* one parse checks all, the other still has the annotations */
	o.doc = jval_parse(text.buf, text.len, JVAL_UNIQUE_KEYS, err);
	if (!o.doc || spec_index_parse(text.buf, text.len, "", &o.index, err) < 0) {
		jval_free(o.doc);
		return err_wrap(err, "index.json");
	}
	o.list = jval_get(o.doc, "manifests");
	if (o.index.n != jval_len(o.list)) {
		arc_oci_done(&o);
		return err_set(err, EK_INVALID, "index.json: its list of manifests is ambiguous");
	}
	*ret = o;
	return 0;
}

void arc_oci_done(struct arc_oci *o)
{
	spec_index_done(&o->index);
	jval_free(o->doc);
}

/* ---- manifests ---- */

static bool is_index(enum spec_media m)
{
	return m == SPEC_MEDIA_OCI_INDEX || m == SPEC_MEDIA_DOCKER_LIST;
}

static int read_manifest(struct arc_read *a, const struct spec_descriptor *d, struct arc_oci_manifest *ret, struct err *err)
{
	if (arc_oci_blob(a, ARC_OCI_BLOBS, &d->digest, &ret->text, err) < 0)
		return -1;
	ret->media = xstrdup(d->media_type);
	ret->digest = d->digest;
	return 0;
}

/* An index in the index: the manifest for this machine. */
static int choose(struct arc_read *a, const struct spec_descriptor *entry, struct arc_oci_manifest *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	const struct spec_descriptor *d;
	struct spec_platform host;
	struct spec_index idx;
	int r;

	if (arc_oci_blob(a, ARC_OCI_BLOBS, &entry->digest, &text, err) < 0 ||
		spec_index_parse(text.buf, text.len, entry->media_type, &idx, err) < 0)
		return -1;
	spec_platform_host(&host);
	d = spec_index_choose(&idx, &host, err);
	r = d ? read_manifest(a, d, ret, err) : 1;
	spec_index_done(&idx);
	return r;
}

int arc_oci_manifest(struct arc_read *a, const struct spec_descriptor *entry, struct arc_oci_manifest *ret,
	struct err *err)
{
	int r;

	*ret = (struct arc_oci_manifest){.text = SBUF_INIT};
	r = is_index(entry->media) ? choose(a, entry, ret, err) : read_manifest(a, entry, ret, err);
	if (r)
		arc_oci_manifest_done(ret);
	return r;
}

void arc_oci_manifest_done(struct arc_oci_manifest *m)
{
	sbuf_done(&m->text);
	free(m->media);
	m->media = NULL;
}
