/* shelf_oci.c - an OCI image layout as an additional store. */
#include <string.h>

#include "common/alloc.h"
#include "podlite/transfer/arc_oci.h"
#include "podlite/transfer/shelf.h"

static int add(struct shelf *s, struct arc_oci_manifest *doc, struct svec *names, size_t *budget, struct err *err)
{
	auto_sbuf struct sbuf config = SBUF_INIT;
	struct shelf_image *i = NULL;
	struct spec_manifest m;

	if (spec_manifest_parse(doc->text.buf, doc->text.len, doc->media, &m, err) < 0)
		return -1;
	if (arc_oci_blob(s->arc, ARC_OCI_BLOBS, &m.config.digest, &config, err) == 0)
		i = shelf_add(s, &m, &doc->digest, &doc->text, &config, names, budget, err);
	for (size_t k = 0; i && k < m.nlayers; k++) {
		i->layers[k] = (struct shelf_layer){m.layers[k].digest, m.layers[k].size};
		i->img.size += m.layers[k].size;
	}
	spec_manifest_done(&m);
	return i ? 0 : -1;
}

/* A layout has an entry for each name of an image. */
static bool add_names(struct shelf *s, const struct digest *manifest, const struct svec *names)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!digest_equal(&s->v[i].img.manifest, manifest))
			continue;
		svec_add_all(&s->v[i].img.names, names);
		return true;
	}
	return false;
}

/* 1: it is for other machines. */
static int read_entry(struct shelf *s, const struct spec_descriptor *d, struct svec *names, size_t *budget, struct err *err)
{
	struct arc_oci_manifest doc;
	int r;

	if (add_names(s, &d->digest, names))
		return 0;
	r = arc_oci_manifest(s->arc, d, &doc, err);
	if (r)
		return r;
	r = add_names(s, &doc.digest, names) ? 0 : add(s, &doc, names, budget, err);
	arc_oci_manifest_done(&doc);
	return r;
}

int shelf_oci_read(struct shelf *s, size_t *budget, struct err *err)
{
	struct arc_oci oci;

	if (arc_oci_read(s->arc, &oci, err) < 0)
		return -1;
	for (size_t i = 0; i < oci.index.n; i++) {
		const struct spec_descriptor *d = &oci.index.v[i];
		auto_svec struct svec names = SVEC_INIT;
		struct err why = ERR_INIT;

		if (!d->attestation && (arc_oci_names(jval_at(oci.list, i), &names, &why) < 0 ||
					       read_entry(s, d, &names, budget, &why) < 0))
			shelf_left_out(s, names.n ? names.v[0] : d->digest.hex, &why);
	}
	arc_oci_done(&oci);
	return 0;
}

int shelf_oci_put_layer(struct shelf *s, const struct digest *diff_id, const struct shelf_layer *l, const struct put_layer *to,
	struct err *err)
{
	auto_free char *name = arc_oci_blob_name(ARC_OCI_BLOBS, &l->blob);
	struct arc_part part;
	int r = 0;

	if (arc_read_part(s->arc, name, &part, err) < 0)
		return -1;
	if (part.size != l->size)
		r = err_set(err, EK_INVALID, "blob sha256:%.12s: size: expected %llu bytes, found %llu", l->blob.hex,
			(unsigned long long)l->size, (unsigned long long)part.size);
	if (!r)
		r = put_layer(to, diff_id, &part, &l->blob, err);
	arc_read_part_done(&part);
	return r;
}
