#include "oci/spec_descriptor.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"

static int parse_entries(const struct jval *list, struct spec_index *idx, struct err *err)
{
	size_t n = jval_len(list);

	if (jval_type(list) != JV_ARRAY)
		return err_set(err, EK_INVALID, "manifests: expected an array");
	if (n > SPEC_MAX_MANIFESTS)
		return err_set(err, EK_INVALID, "%zu manifests, the limit is %d", n, SPEC_MAX_MANIFESTS);
	idx->v = xcalloc(n ? n : 1, sizeof(*idx->v));
	for (idx->n = 0; idx->n < n; idx->n++)
		if (spec_descriptor_parse(jval_at(list, idx->n), &idx->v[idx->n], err) < 0) {
			spec_descriptor_done(&idx->v[idx->n]);
			return err_wrap(err, "manifests[%zu]", idx->n);
		}
	return 0;
}

int spec_index_parse(const char *text, size_t n, const char *header_media, struct spec_index *ret, struct err *err)
{
	enum spec_media media;
	auto_jval struct jval *doc = spec_descriptor_document(text, n, header_media, &media, err);
	struct spec_index idx = {.v = NULL};

	if (!doc)
		return err_wrap(err, "image index");
	if (media != SPEC_MEDIA_OCI_INDEX && media != SPEC_MEDIA_DOCKER_LIST)
		return err_set(err, EK_INVALID, "image index: found a manifest (%s)", spec_media_text(media));
	if (parse_entries(jval_get(doc, "manifests"), &idx, err) < 0) {
		spec_index_done(&idx);
		return err_wrap(err, "image index");
	}
	*ret = idx;
	return 0;
}

void spec_index_done(struct spec_index *i)
{
	for (size_t k = 0; k < i->n; k++)
		spec_descriptor_done(&i->v[k]);
	free(i->v);
	i->v = NULL;
	i->n = 0;
}

static bool is_image(const struct spec_descriptor *d)
{
	return !d->attestation && (d->media == SPEC_MEDIA_OCI_MANIFEST || d->media == SPEC_MEDIA_DOCKER_MANIFEST);
}

/* arm "v7" and amd64 "v2" count up; every lower variant runs on a higher one. No variant is the
 * lowest of amd64, v8 of arm64, and v7 of arm as docker normalises it. */
static int variant_level(const char *arch, const char *variant)
{
	const char *v = variant ? variant : "";

	if (!strcmp(arch, "amd64"))
		return *v ? (v[0] == 'v' && v[1] >= '1' && v[1] <= '4' && !v[2] ? v[1] - '0' : -1) : 1;
	if (!strcmp(arch, "arm64"))
		return !*v || !strcmp(v, "v8") || !strcmp(v, "8") ? 8 : v[0] == 'v' && v[1] == '9' && (!v[2] || v[2] == '.') ? 9 : -1;
	if (!strcmp(arch, "arm"))
		return *v ? (v[0] == 'v' && v[1] >= '5' && v[1] <= '8' && !v[2] ? v[1] - '0' : -1) : 7;
	return *v ? -1 : 0;
}

/* How well an entry serves: -1 not at all, else higher is better. */
static int rank(const struct spec_platform *have, const struct spec_platform *want)
{
	const char *arch = want->architecture ? want->architecture : "";
	const char *hv = have->variant ? have->variant : "", *wv = want->variant ? want->variant : "";
	int h, w;

	if (!have->os || !have->architecture || strcmp(have->os, want->os ? want->os : "linux") ||
		strcmp(have->architecture, arch))
		return -1;
	if (!strcmp(hv, wv))
		return 1000;
	h = variant_level(arch, hv);
	w = variant_level(arch, wv);
	return h >= 0 && w >= h ? h : -1;
}

static int explain(const struct spec_index *i, const struct spec_platform *want, struct err *err)
{
	auto_sbuf struct sbuf have = SBUF_INIT;
	char word[128];

	for (size_t k = 0; k < i->n && have.len < 200; k++) {
		const struct spec_platform *p = &i->v[k].platform;

		if (!is_image(&i->v[k]) || !p->os || !p->architecture)
			continue;
		sbuf_addf(&have, "%s%s/", have.len ? ", " : "", spec_descriptor_word(p->os, word, 24));
		sbuf_addstr(&have, spec_descriptor_word(p->architecture, word, 24));
		if (p->variant)
			sbuf_addf(&have, "/%s", spec_descriptor_word(p->variant, word, 24));
	}
	return err_set(err, EK_NOT_FOUND, "no image for platform %s/%s%s%s; it offers: %s",
		want->os ? want->os : "linux", want->architecture ? want->architecture : "?",
		want->variant && *want->variant ? "/" : "", want->variant ? want->variant : "",
		have.len ? have.buf : "no image at all (an index of indexes or of artifacts?)");
}

const struct spec_descriptor *spec_index_choose(const struct spec_index *i, const struct spec_platform *want, struct err *err)
{
	const struct spec_descriptor *best = NULL;
	int best_rank = -1;

	for (size_t k = 0; k < i->n; k++) {
		int r = is_image(&i->v[k]) ? rank(&i->v[k].platform, want) : -1;

		if (r > best_rank) {
			best = &i->v[k];
			best_rank = r;
		}
	}
	if (!best)
		explain(i, want, err);
	return best;
}
