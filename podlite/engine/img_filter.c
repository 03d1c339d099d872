#include "podlite/engine/img_filter.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/img_stores.h"
#include "podlite/engine/img_view.h"

struct term {
	char *key, *value;
	size_t kind;     /* index into keys */
	int64_t number;  /* before, since, until */
	bool yes;        /* dangling, containers, manifest, readonly */
	bool negated;    /* KEY!=VALUE: must not match */
};

struct img_filter {
	struct term *v;
	size_t n;
};

struct subject {
	struct context *c;
	const struct image *img;
	const struct ctr_list *ctrs;
	struct svec labels;
	bool has_labels;
	struct err *err;
};

/* A glob for the whole name or what follows one of its slashes, with or without the tag or digest. */
static bool name_matches(const char *name, const char *pattern)
{
	auto_free char *bare = xstrndup(name, strcspn(name, "@"));
	char *colon = strchr(name, '@') ? NULL : strrchr(bare, ':');

	if (colon && !strchr(colon, '/'))
		*colon = '\0';
	for (const char *p = name; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
		if (!fnmatch(pattern, p, FNM_PATHNAME) || !fnmatch(pattern, bare + (p - name), FNM_PATHNAME))
			return true;
	return false;
}

/* podman lists an image by its id too */
static bool id_matches(const struct image *img, const char *text)
{
	size_t n = strlen(text);

	return n >= 3 && !strncmp(img->id, text, n);
}

static int match_reference(const struct term *t, struct subject *s)
{
	for (size_t i = 0; i < s->img->names.n; i++)
		if (name_matches(s->img->names.v[i], t->value))
			return 1;
	for (size_t i = 0; i < s->img->digests.n; i++)
		if (name_matches(s->img->digests.v[i], t->value))
			return 1;
	return id_matches(s->img, t->value);
}

static int match_id(const struct term *t, struct subject *s)
{
	const char *id = !strncmp(t->value, "sha256:", 7) ? t->value + 7 : t->value;

	return !strncmp(s->img->id, id, strlen(id));
}

/* Of its manifest, of the index it came from, or one that it was pulled by. */
static int match_digest(const struct term *t, struct subject *s)
{
	const char *hex = !strncmp(t->value, "sha256:", 7) ? t->value + 7 : t->value;
	size_t n = strlen(hex);

	if (s->img->list) /* has one when it is pushed */
		return 0;
	if (!strncmp(s->img->manifest.hex, hex, n) || !strncmp(s->img->index.hex, hex, n))
		return 1;
	for (size_t i = 0; i < s->img->digests.n; i++) {
		const char *at = strstr(s->img->digests.v[i], "@sha256:");

		if (at && !strncmp(at + 8, hex, n))
			return 1;
	}
	return 0;
}

static int match_manifest(const struct term *t, struct subject *s)
{
	return (s->img->list != NULL) == t->yes;
}

static int match_dangling(const struct term *t, struct subject *s)
{
	return (s->img->names.n == 0) == t->yes;
}

static int match_containers(const struct term *t, struct subject *s)
{
	return (img_view_users(s->img, s->ctrs) > 0) == t->yes;
}

static int match_false(const struct term *t, struct subject *s)
{
	(void)s;
	return !t->yes; /* no image is read-only or intermediate here */
}

static int match_before(const struct term *t, struct subject *s)
{
	return s->img->created_ns < t->number;
}

static int match_readonly(const struct term *t, struct subject *s)
{
	return (s->img->ro != NULL) == t->yes;
}

static int match_since(const struct term *t, struct subject *s)
{
	return s->img->created_ns > t->number;
}

static int read_labels(struct subject *s)
{
	struct spec_image_config config = {.created = NULL};

	if (s->has_labels || s->img->list)
		return 0;
	if (image_config(&s->c->store, s->img, &config, s->err) < 0)
		return -1;
	svec_add_all(&s->labels, &config.labels);
	spec_image_config_done(&config);
	s->has_labels = true;
	return 0;
}

static int match_label(const struct term *t, struct subject *s)
{
	if (read_labels(s) < 0)
		return -1;
	if (strchr(t->value, '='))
		return svec_has(&s->labels, t->value);
	return svec_env_get(&s->labels, t->value) != NULL;
}

static int parse_image_time(struct context *c, struct term *t, struct err *err)
{
	struct image img = {.id = ""};

	if (img_stores_look(c, t->value, &img, err) < 0)
		return err_wrap(err, "filter %s", t->key);
	t->number = img.created_ns;
	image_done(&img);
	return 0;
}

static int parse_until(struct context *c, struct term *t, struct err *err)
{
	(void)c;
	if (!units_parse_time(t->value, units_now_ns(), &t->number))
		return err_set(err, EK_USAGE, "filter until: \"%s\" is neither a time nor a duration", t->value);
	return 0;
}

static int parse_bool(struct context *c, struct term *t, struct err *err)
{
	(void)c;
	t->yes = !strcmp(t->value, "true") || !strcmp(t->value, "1");
	if (!t->yes && strcmp(t->value, "false") && strcmp(t->value, "0"))
		return err_set(err, EK_USAGE, "filter %s: \"%s\" is neither true nor false", t->key, t->value);
	return 0;
}

static const struct {
	const char *key;
	int (*match)(const struct term *t, struct subject *s);
	int (*parse)(struct context *c, struct term *t, struct err *err);
	bool all; /* several values must all match */
} keys[] = {
	{"after", match_since, parse_image_time, true},
	{"before", match_before, parse_image_time, true},
	{"containers", match_containers, parse_bool, true},
	{"dangling", match_dangling, parse_bool, true},
	{"digest", match_digest, NULL, false},
	{"id", match_id, NULL, false},
	{"intermediate", match_false, parse_bool, true},
	{"label", match_label, NULL, true},
	{"manifest", match_manifest, parse_bool, true},
	{"readonly", match_readonly, parse_bool, true},
	{"reference", match_reference, NULL, false},
	{"since", match_since, parse_image_time, true},
	{"until", match_before, parse_until, true},
};

static int add_term(struct context *c, struct img_filter *f, const char *text, struct err *err)
{
	const char *eq = strchr(text, '=');
	struct term t = {.negated = eq > text && eq[-1] == '!'};
	size_t len = eq ? (size_t)(eq - text) - t.negated : 0;

	if (!len)
		return err_set(err, EK_USAGE, "filter \"%s\": must be KEY=VALUE or KEY!=VALUE", text);
	while (t.kind < ARRAY_SIZE(keys) && (strncmp(keys[t.kind].key, text, len) || keys[t.kind].key[len]))
		t.kind++;
	if (t.kind == ARRAY_SIZE(keys))
		return err_set(err, EK_USAGE, "filter \"%s\": there is no such filter for images", text);
	t.key = xstrndup(text, len);
	t.value = xstrdup(eq + 1);
	f->v = xrealloc(f->v, f->n + 1, sizeof(*f->v));
	f->v[f->n++] = t;
	return keys[t.kind].parse ? keys[t.kind].parse(c, &f->v[f->n - 1], err) : 0;
}

struct img_filter *img_filter_parse(struct context *c, const struct svec *filters, struct err *err)
{
	struct img_filter *f = new0(struct img_filter);

	for (size_t i = 0; i < filters->n; i++)
		if (add_term(c, f, filters->v[i], err) < 0) {
			img_filter_free(f);
			return NULL;
		}
	return f;
}

void img_filter_free(struct img_filter *f)
{
	for (size_t i = 0; f && i < f->n; i++) {
		free(f->v[i].key);
		free(f->v[i].value);
	}
	if (f)
		free(f->v);
	free(f);
}

const char *img_filter_value(const struct img_filter *f, const char *key)
{
	for (size_t i = f->n; i-- > 0;)
		if (!f->v[i].negated && !strcmp(f->v[i].key, key))
			return f->v[i].value;
	return NULL;
}

/* All terms of one key: 1, 0 or -1. */
static int match_key(const struct img_filter *f, size_t kind, struct subject *s)
{
	bool given = false, any = false;

	for (size_t i = 0; i < f->n; i++) {
		int r;

		if (f->v[i].kind != kind)
			continue;
		r = keys[kind].match(&f->v[i], s);
		if (r >= 0 && f->v[i].negated) {
			if (r)
				return 0;
			continue;
		}
		if (r < 0 || (!r && keys[kind].all))
			return r;
		given = true;
		any |= r > 0;
	}
	return !given || any;
}

int img_filter_match(struct context *c, const struct img_filter *f, const struct image *img,
	const struct ctr_list *ctrs, struct err *err)
{
	struct subject s = {.c = c, .img = img, .ctrs = ctrs, .err = err};
	int r = 1;

	for (size_t k = 0; k < ARRAY_SIZE(keys) && r > 0; k++)
		r = match_key(f, k, &s);
	svec_done(&s.labels);
	return r;
}

static bool is_reference(const struct term *t)
{
	return !t->negated && !strcmp(t->key, "reference");
}

bool img_filter_shows(const struct img_filter *f, const struct image *img, const char *name)
{
	bool given = false;

	for (size_t i = 0; i < f->n; i++) {
		if (!is_reference(&f->v[i]))
			continue;
		given = true;
		if (name_matches(name, f->v[i].value) || id_matches(img, f->v[i].value))
			return true;
	}
	for (size_t i = 0; given && i < img->names.n; i++)
		for (size_t k = 0; k < f->n; k++)
			if (is_reference(&f->v[k]) && name_matches(img->names.v[i], f->v[k].value))
				return false; /* another name is the one that matches */
	return true; /* no such filter, or found by its digest */
}
