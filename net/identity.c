#include "net/identity.h"

#include <string.h>

#include "common/alloc.h"

static const struct {
	const char *type;
	const char *members[2]; /* that it must have */
} types[] = {
	{"matchExact", {NULL, NULL}},
	{"matchRepoDigestOrExact", {NULL, NULL}},
	{"matchRepository", {NULL, NULL}},
	{"exactReference", {"dockerReference", NULL}},
	{"exactRepository", {"dockerRepository", NULL}},
	{"remapIdentity", {"prefix", "signedPrefix"}},
};

/* A name in its full form: what has no host is docker.io's. */
static int parse_full(const char *text, struct ref *ret, struct err *err)
{
	if (ref_parse(text, ret, err) < 0)
		return -1;
	if (!ret->host) {
		char *path = strchr(ret->path, '/') ? xstrdup(ret->path) : xasprintf("library/%s", ret->path);

		free(ret->path);
		ret->path = path;
		ret->host = xstrdup("docker.io");
	}
	return 0;
}

static bool has_version(const struct ref *r)
{
	return r->tag || digest_is_set(&r->digest);
}

/* ---- is it well-formed ---- */

static int check_reference(const char *member, const char *text, struct err *err)
{
	struct ref r;
	bool ok;

	if (ref_parse(text, &r, err) < 0)
		return err_wrap(err, "%s", member);
	ok = has_version(&r) == !strcmp(member, "dockerReference");
	ref_done(&r);
	return ok ? 0 : err_set(err, EK_INVALID, "%s \"%.80s\": expected a name %s tag or digest", member, text,
		!strcmp(member, "dockerReference") ? "with" : "without");
}

static bool known_member(size_t t, const char *key)
{
	bool ok = !strcmp(key, "type");

	for (size_t i = 0; i < ARRAY_SIZE(types[t].members); i++)
		ok = ok || (types[t].members[i] && !strcmp(types[t].members[i], key));
	return ok;
}

static int check_members(size_t t, const struct jval *rule, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(types[t].members) && types[t].members[i]; i++) {
		const char *text = jval_get_str(rule, types[t].members[i], "");

		if (!*text)
			return err_set(err, EK_INVALID, "signedIdentity %s: \"%s\" is missing", types[t].type,
				types[t].members[i]);
		if (!strncmp(types[t].members[i], "docker", 6) && check_reference(types[t].members[i], text, err) < 0)
			return -1;
	}
	for (const struct jval_iter *it = jval_first(rule); it; it = jval_next(it))
		if (!known_member(t, jval_key(it)))
			return err_set(err, EK_INVALID, "signedIdentity %s: unknown key \"%.40s\"", types[t].type,
				jval_key(it));
	return 0;
}

int identity_check(const struct jval *rule, struct err *err)
{
	const char *type = jval_get_str(rule, "type", "");

	if (!rule)
		return 0;
	for (size_t t = 0; t < ARRAY_SIZE(types); t++)
		if (!strcmp(types[t].type, type))
			return check_members(t, rule, err);
	return err_set(err, EK_INVALID, "unknown signedIdentity type \"%.40s\"", type);
}

/* ---- does it match ---- */

static bool same_repository(const struct ref *a, const struct ref *b)
{
	return !strcmp(a->host, b->host) && !strcmp(a->path, b->path);
}

static bool same(const struct ref *a, const struct ref *b)
{
	return same_repository(a, b) && !strcmp(a->tag ? a->tag : "", b->tag ? b->tag : "") &&
		!strcmp(a->digest.hex, b->digest.hex);
}

/* A tag must be the signed one; a digest was compared already, so its repository is enough. */
static bool digest_or_exact(const struct ref *image, const struct ref *claimed)
{
	return digest_is_set(&image->digest) ? same_repository(image, claimed) : same(image, claimed);
}

static bool equals(const char *text, const struct ref *claimed, bool repository)
{
	struct ref r;
	bool ok;

	if (parse_full(text, &r, NULL) < 0)
		return false;
	ok = repository ? same_repository(&r, claimed) : same(&r, claimed);
	ref_done(&r);
	return ok;
}

/* The image as it is called where it was signed; whether its name begins so at a '/' boundary. */
static bool remap(const char *prefix, const char *signed_prefix, const struct ref *image, struct ref *ret)
{
	auto_free char *name = ref_text(image, false);
	size_t n = strlen(prefix);
	auto_free char *other = NULL;

	if (strncmp(name, prefix, n) || !strchr("/:@", name[n]))
		return parse_full(name, ret, NULL) == 0;
	other = xasprintf("%s%s", signed_prefix, name + n);
	return parse_full(other, ret, NULL) == 0;
}

static bool remapped(const struct jval *rule, const struct ref *image, const struct ref *claimed)
{
	struct ref other;
	bool ok;

	if (!remap(jval_get_str(rule, "prefix", ""), jval_get_str(rule, "signedPrefix", ""), image, &other))
		return false;
	ok = digest_or_exact(&other, claimed);
	ref_done(&other);
	return ok;
}

static bool matches(const struct jval *rule, const struct ref *image, const struct ref *claimed)
{
	const char *type = jval_get_str(rule, "type", "matchRepoDigestOrExact");

	if (!strcmp(type, "matchRepository"))
		return same_repository(image, claimed);
	if (!strcmp(type, "exactRepository"))
		return equals(jval_get_str(rule, "dockerRepository", ""), claimed, true);
	if (!has_version(claimed)) /* as cosign writes it: good for the two above only */
		return false;
	if (!strcmp(type, "exactReference"))
		return equals(jval_get_str(rule, "dockerReference", ""), claimed, false);
	if (!strcmp(type, "remapIdentity"))
		return remapped(rule, image, claimed);
	return !strcmp(type, "matchExact") ? same(image, claimed) : digest_or_exact(image, claimed);
}

bool identity_matches(const struct jval *rule, const struct ref *image, const char *claimed)
{
	struct ref c;
	bool ok;

	if (parse_full(claimed, &c, NULL) < 0)
		return false;
	ok = matches(rule, image, &c);
	ref_done(&c);
	return ok;
}
