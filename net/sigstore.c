#include "net/sigstore.h"

#include <fcntl.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/pubkey.h"
#include "net/base64.h"
#include "net/identity.h"
#include "net/registriesd.h"

#define KEY_MAX        (1u << 20)
#define SIGNATURE_MAX  (16u << 10)
#define PAYLOAD_MAX    (1u << 20)
#define MAX_SIGNATURES 100

#define PAYLOAD_TYPE "application/vnd.dev.cosign.simplesigning.v1+json"
#define ANNOTATION   "dev.cosignproject.cosign/signature"

/* One sigstoreSigned of the policy: any of its keys, for an identity that its rule allows. */
struct demand {
	struct pubkey **keys;
	size_t nkeys;
	const struct jval *identity; /* NULL: the default */
};

struct sigstore {
	struct jval *list;
	struct demand *v;
	size_t n;
};

/* ---- keys ---- */

static int add_key(struct demand *d, const char *pem, size_t n, struct err *err)
{
	struct pubkey *k = pubkey_parse(pem, n, err);

	if (!k)
		return -1;
	d->keys = xrealloc(d->keys, d->nkeys + 1, sizeof(*d->keys));
	d->keys[d->nkeys++] = k;
	return 0;
}

static int add_path(struct demand *d, const char *path, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fs_read_file(AT_FDCWD, path, KEY_MAX, &text);

	if (r < 0)
		return err_neg(err, r, "read key %s", path);
	return add_key(d, text.buf, text.len, err) < 0 ? err_wrap(err, "key %s", path) : 0;
}

static int add_data(struct demand *d, const char *base64, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (!base64_decode(base64, &text))
		return err_set(err, EK_INVALID, "keyData is no base64");
	return add_key(d, text.buf, text.len, err) < 0 ? err_wrap(err, "keyData") : 0;
}

/* A member that is a string, or a list of them. */
static int add_member(struct demand *d, const struct jval *v, int (*add)(struct demand *d, const char *text, struct err *err),
	struct err *err)
{
	auto_svec struct svec list = SVEC_INIT;

	if (!v)
		return 0;
	if (jval_type(v) == JV_STRING)
		return add(d, jval_str(v, ""), err);
	if (!jval_strings(v, &list))
		return err_set(err, EK_INVALID, "sigstoreSigned: expected a key or a list of them");
	SVEC_EACH(text, &list)
		if (add(d, text, err) < 0)
			return -1;
	return 0;
}

static int read_demand(const struct jval *v, struct demand *ret, struct err *err)
{
	*ret = (struct demand){.identity = jval_get(v, "signedIdentity")};
	if (jval_get(v, "fulcio") || jval_get(v, "pki"))
		return err_set(err, EK_UNSUPPORTED, "policy.json demands certificates (fulcio, pki), which podlite cannot check; "
			"only keys it can");
	for (const struct jval_iter *it = jval_first(v); it; it = jval_next(it))
		if (!strncmp(jval_key(it), "rekor", 5))
			return err_set(err, EK_UNSUPPORTED, "policy.json demands an entry in a transparency log (%s), which podlite "
				"cannot check", jval_key(it));
	if (add_member(ret, jval_get(v, "keyPath"), add_path, err) < 0 ||
		add_member(ret, jval_get(v, "keyPaths"), add_path, err) < 0 ||
		add_member(ret, jval_get(v, "keyData"), add_data, err) < 0 ||
		add_member(ret, jval_get(v, "keyDatas"), add_data, err) < 0)
		return -1;
	return ret->nkeys ? 0 : err_set(err, EK_INVALID, "sigstoreSigned: no key");
}

/* Without use-sigstore-attachments there are none, says registries.d: then none can be good. */
static int check_attachments(const struct ref *full, struct err *err)
{
	auto_jval struct jval *conf = registriesd_load(err);

	if (!conf)
		return -1;
	if (registriesd_attachments(conf, full))
		return 0;
	err_set(err, EK_INVALID, "policy.json demands signatures of %s/%s, but registries.d does not say that it has any",
		full->host, full->path);
	return err_advise(err, "write \"docker: {newline, indented} %s: {newline, indented} use-sigstore-attachments: true\" "
		"into ~/.config/containers/registries.d/NAME.yaml", full->host);
}

struct sigstore *sigstore_open(const struct jval *list, const struct ref *full, struct err *err)
{
	struct sigstore *s = new0(struct sigstore);
	int r = check_attachments(full, err);

	s->list = jval_ref((struct jval *)(uintptr_t)list);
	s->v = xcalloc(jval_len(list) + 1, sizeof(*s->v));
	for (size_t i = 0; i < jval_len(list) && !r; i++) {
		const struct jval *v = jval_at(list, i);

		if (!strcmp(jval_get_str(v, "type", ""), "sigstoreSigned"))
			r = read_demand(v, &s->v[s->n++], err);
	}
	if (!r)
		return s;
	sigstore_free(s);
	return NULL;
}

void sigstore_free(struct sigstore *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < s->v[i].nkeys; k++)
			pubkey_free(s->v[i].keys[k]);
		free(s->v[i].keys);
	}
	free(s->v);
	jval_free(s->list);
	free(s);
}

/* ---- one signature ---- */

struct signature {
	struct sbuf payload, bytes;
};

static bool only_members(const struct jval *v, const char *const *names, size_t n)
{
	bool ok = jval_type(v) == JV_OBJECT && jval_len(v) == n;

	for (size_t i = 0; i < n; i++)
		ok = ok && jval_get(v, names[i]);
	return ok;
}

/* containers-signature(5): what is critical is complete and has nothing else. */
static const struct jval *critical_of(const struct jval *doc)
{
	static const char *const members[] = {"type", "image", "identity"}, *const image[] = {"docker-manifest-digest"},
		*const identity[] = {"docker-reference"};
	const struct jval *c = jval_get(doc, "critical");

	if (!only_members(c, members, 3) || !only_members(jval_get(c, "image"), image, 1) ||
		!only_members(jval_get(c, "identity"), identity, 1) ||
		strcmp(jval_get_str(c, "type", ""), "cosign container image signature"))
		return NULL;
	return c;
}

/* The payload, after its bytes were verified: for this manifest, under a name that the rule allows? */
static int check_claim(const struct ref *full, const struct demand *d, const struct sbuf *payload,
	const struct digest *manifest, struct err *err)
{
	auto_jval struct jval *doc = jval_parse(payload->buf, payload->len, JVAL_UNIQUE_KEYS, NULL);
	const struct jval *c = critical_of(doc);
	const char *name = jval_str(jval_path(c, "identity.docker-reference"), "");
	auto_sbuf struct sbuf safe = SBUF_INIT;
	struct digest claimed;

	if (!c)
		return err_set(err, EK_INVALID, "its payload is malformed");
	if (!digest_parse(jval_str(jval_path(c, "image.docker-manifest-digest"), ""), &claimed) ||
		!digest_equal(&claimed, manifest))
		return err_set(err, EK_INVALID, "it is for another manifest");
	if (identity_matches(d->identity, full, name))
		return 0;
	sbuf_addsafe(&safe, name, strnlen(name, 120));
	return err_set(err, EK_INVALID, "it is for the name %s", safe.buf);
}

static int check_one(const struct ref *full, const struct demand *d, const struct signature *sig,
	const struct digest *manifest, struct err *err)
{
	for (size_t k = 0; k < d->nkeys; k++)
		if (pubkey_verify(d->keys[k], sig->payload.buf, sig->payload.len, sig->bytes.buf, sig->bytes.len))
			return check_claim(full, d, &sig->payload, manifest, err);
	return err_set(err, EK_INVALID, "no key of policy.json made it");
}

/* ---- all of them ---- */

struct signatures {
	struct signature *v;
	size_t n;
};

static void signatures_done(struct signatures *l)
{
	for (size_t i = 0; i < l->n; i++) {
		sbuf_done(&l->v[i].payload);
		sbuf_done(&l->v[i].bytes);
	}
	free(l->v);
}

static int fetch_one(struct registry *r, const struct jval *layer, struct signatures *ret, struct err *err)
{
	const char *text = jval_get_str(jval_get(layer, "annotations"), ANNOTATION, "");
	uint64_t size = jval_uint(jval_get(layer, "size"), 0);
	struct signature *sig = &ret->v[ret->n];
	struct digest d;

	/* other attachments may be there */
	if (strcmp(jval_get_str(layer, "mediaType", ""), PAYLOAD_TYPE) || !*text)
		return 0;
	if (!digest_parse(jval_get_str(layer, "digest", ""), &d) || !size || size > PAYLOAD_MAX || strlen(text) > SIGNATURE_MAX)
		return err_set(err, EK_INVALID, "signatures: malformed");
	*sig = (struct signature){.payload = SBUF_INIT, .bytes = SBUF_INIT};
	ret->n++;
	if (registry_blob(r, &d, size, &sig->payload, err) < 0)
		return err_wrap(err, "signature sha256:%.12s", d.hex);
	if (!base64_decode(text, &sig->bytes))
		sbuf_reset(&sig->bytes); /* no signature: nothing verifies it */
	return 0;
}

static int fetch_all(struct registry *r, const struct digest *manifest, struct signatures *ret, struct err *err)
{
	auto_free char *tag = xasprintf("sha256-%s.sig", manifest->hex), *type = NULL;
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *doc = NULL;
	const struct jval *layers;
	struct digest d;

	if (registry_manifest(r, tag, &text, &type, &d, err) < 0)
		return r->status == 404 ? err_set(err, EK_INVALID, "there is no signature (no tag %.19s...sig)", tag) :
			err_wrap(err, "signatures");
	doc = jval_parse(text.buf, text.len, JVAL_UNIQUE_KEYS, err);
	if (!doc)
		return err_wrap(err, "signatures");
	layers = jval_get(doc, "layers");
	if (jval_len(layers) > MAX_SIGNATURES)
		return err_set(err, EK_INVALID, "%zu signatures; the limit is %d", jval_len(layers), MAX_SIGNATURES);
	ret->v = xcalloc(jval_len(layers) + 1, sizeof(*ret->v));
	for (size_t i = 0; i < jval_len(layers); i++)
		if (fetch_one(r, jval_at(layers, i), ret, err) < 0)
			return -1;
	return ret->n ? 0 : err_set(err, EK_INVALID, "there is no signature");
}

/* One that is good is enough; else what was wrong with the last. */
static int meet(const struct ref *full, const struct demand *d, const struct signatures *l, const struct digest *manifest,
	struct err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		err_clear(err);
		if (check_one(full, d, &l->v[i], manifest, err) == 0)
			return 0;
	}
	return l->n == 1 ? err_wrap(err, "its signature") : err_wrap(err, "none of %zu signatures, the last one", l->n);
}

int sigstore_check(const struct sigstore *s, struct registry *r, const struct ref *full, const struct digest *manifest,
	struct err *err)
{
	struct signatures l = {.v = NULL};
	int res = fetch_all(r, manifest, &l, err);

	for (size_t i = 0; i < s->n && !res; i++)
		res = meet(full, &s->v[i], &l, manifest, err);
	signatures_done(&l);
	return res < 0 ? err_wrap(err, "policy.json demands signatures") : 0;
}
