#include <string.h>

#include "common/alloc.h"
#include "net/regconf.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/img.h"
#include "podlite/engine/img_stores.h"
#include "podlite/engine/img_transport.h"
#include "podlite/engine/mlist.h"
#include "storage/implied.h"

/* The full name that a short one stands for by an alias of registries.conf, or NULL. Allocated. */
static char *alias_of(const struct regconf *conf, const struct ref *r)
{
	const char *alias = svec_env_get(&conf->aliases, r->path);

	if (!alias || !*alias || digest_is_set(&r->digest))
		return NULL;
	return xasprintf("%s:%s", alias, r->tag ? r->tag : "latest");
}

static int read_registries(struct context *c, struct err *err)
{
	auto_free struct regconf *conf = NULL;

	if (c->registries)
		return 0;
	conf = new0(struct regconf);
	if (regconf_load(conf, err) < 0)
		return -1;
	c->registries = take_ptr(conf);
	return 0;
}

/* A text that is no reference is an id, or what image_find refuses better. */
int img_short_load(struct context *c, const char *text, struct img_short *ret, struct err *err)
{
	struct ref r;
	int read = 0;

	*ret = (struct img_short)IMG_SHORT_INIT;
	if (ref_parse(text, &r, NULL) < 0)
		return 0;
	if (!r.host)
		read = read_registries(c, err);
	if (!r.host && !read) {
		ret->alias = alias_of(c->registries, &r);
		ret->search = &c->registries->search;
	}
	ref_done(&r);
	return read;
}

void img_short_done(struct img_short *s)
{
	free(s->alias);
}

/* image_find or image_find_quick. */
typedef int (*find_fn)(struct store *s, const char *text, const struct svec *search, struct image *ret, struct err *err);

static int find_by(struct context *c, const char *text, const struct img_short *s, find_fn find, struct image *ret,
	struct err *err)
{
	struct err why = ERR_INIT;

	if (s->alias && find(&c->store, s->alias, NULL, ret, &why) == 0)
		return 0;
	if (s->alias && why.kind != EK_NOT_FOUND)
		return err_take(err, &why);
	return find(&c->store, text, s->search, ret, err);
}

int img_find_short(struct context *c, const char *text, const struct img_short *s, struct image *ret, struct err *err)
{
	return find_by(c, text, s, image_find, ret, err);
}

int img_find(struct context *c, const char *text, struct image *ret, struct err *err)
{
	auto_img_short struct img_short s = IMG_SHORT_INIT;

	return img_short_load(c, text, &s, err) < 0 ? -1 : img_find_short(c, text, &s, ret, err);
}

int img_find_in(const struct image_list *list, const char *text, const struct img_short *s, size_t *ret, char **ret_name,
	struct err *err)
{
	if (s->alias && image_find_in(list, s->alias, NULL, ret, ret_name, NULL) == 0)
		return 0;
	return image_find_in(list, text, s->search, ret, ret_name, err);
}

/* An image that is here, and the name it was found by: NULL for an id. */
struct local {
	struct image img;
	char *name;
};

static void local_done(struct local *l)
{
	image_done(&l->img);
	free(l->name);
}

/* In our store, then, with `others`, in additional ones. */
static int find_local(struct context *c, const char *text, bool others, struct local *ret, struct err *err)
{
	auto_img_short struct img_short s = IMG_SHORT_INIT;

	if (img_short_load(c, text, &s, err) < 0)
		return -1;
	if (find_by(c, text, &s, image_find_quick, &ret->img, err) == 0) {
		ret->name = ret->img.names.n ? xstrdup(ret->img.names.v[0]) : NULL;
		return 0;
	}
	if (err->kind != EK_NOT_FOUND || !others || !c->additional_stores.n)
		return -1;
	err_clear(err);
	return img_stores_find(c, text, &s, &ret->img, &ret->name, err);
}

/* Is a local image what --platform asks for? */
static int check_platform(struct context *c, const struct image *img, const char *text, bool *ret_fits, struct err *err)
{
	struct spec_platform want;
	struct spec_image_config config;

	*ret_fits = true;
	if (!text)
		return 0;
	if (spec_platform_parse(text, &want, err) < 0)
		return -1;
	if (image_config(&c->store, img, &config, err) < 0) {
		spec_platform_done(&want);
		return -1;
	}
	if (want.os && config.os && strcmp(want.os, config.os))
		*ret_fits = false;
	if (want.architecture && config.architecture && strcmp(want.architecture, config.architecture))
		*ret_fits = false;
	spec_image_config_done(&config);
	spec_platform_done(&want);
	return 0;
}

#define PULL_TRIES 3

static int pull_once(struct context *c, const char *text, const struct img_pull_opts *o, struct image *ret,
	char **ret_name, bool *ret_gone, struct err *err)
{
	auto_free char *name = NULL;
	char id[65];

	*ret_gone = false;
	if (transfer_pull(c, text, o, id, &name, err) < 0)
		return -1;
	if (image_find_quick(&c->store, id, NULL, ret, err) < 0) {
		*ret_gone = err->kind == EK_NOT_FOUND;
		return -1;
	}
	*ret_name = take_ptr(name);
	return 0;
}

/* Another command may remove the image as soon as it is there: that is no reason to fail. */
static int pull(struct context *c, const char *text, const struct img_pull_opts *o, struct image *ret,
	char **ret_name, struct err *err)
{
	bool gone = true;
	int r = -1;

	for (int i = 0; i < PULL_TRIES && r < 0 && gone; i++) {
		err_clear(err);
		r = pull_once(c, text, o, ret, ret_name, &gone, err);
	}
	return r;
}

/* local is left empty. */
static int take_local(struct context *c, struct local *local, const char *text, bool quiet, struct image *ret,
	char **ret_name, struct err *err)
{
	if (local->img.ro && img_stores_copy(c, &local->img, quiet, err) < 0)
		return -1;
	image_used(&c->store, local->img.id);
	*ret = local->img;
	*ret_name = local->name ? take_ptr(local->name) : xstrdup(text);
	*local = (struct local){.name = NULL};
	return 0;
}

/* A manifest list of ours stands for its image for the platform, here or in a registry. */
static int resolve_list(struct context *c, const struct image *list, enum pull_policy policy, const struct img_pull_opts *o,
	struct image *ret, char **ret_name, struct err *err)
{
	auto_free char *from = NULL;

	if (mlist_choose(list, o->platform, &from, err) < 0)
		return -1;
	return img_resolve(c, from, policy == PULL_NEVER ? policy : PULL_MISSING, o, ret, ret_name, err);
}

/* What policy makes of a local image: 1 it is taken, 0 ask a registry. */
static int use_local(struct context *c, struct local *local, const char *text, enum pull_policy policy,
	const struct img_pull_opts *o, bool *ret_fits, struct image *ret, char **ret_name, struct err *err)
{
	if (local->img.list && policy != PULL_ALWAYS)
		return resolve_list(c, &local->img, policy, o, ret, ret_name, err) < 0 ? -1 : 1;
	if (check_platform(c, &local->img, o->platform, ret_fits, err) < 0)
		return -1;
	if (*ret_fits && (policy == PULL_MISSING || policy == PULL_NEVER))
		return take_local(c, local, text, o->quiet, ret, ret_name, err) < 0 ? -1 : 1;
	if (policy == PULL_NEVER)
		return err_set(err, EK_NOT_FOUND, "%s: the image here is for another platform than %s; "
			"pull it with --pull=always", text, o->platform);
	return 0;
}

static int resolve(struct context *c, struct local *local, const char *text, enum pull_policy policy,
	const struct img_pull_opts *o, struct image *ret, char **ret_name, struct err *err)
{
	struct err why = ERR_INIT;
	bool have = find_local(c, text, policy != PULL_ALWAYS, local, &why) == 0, fits = true;
	int r = have ? use_local(c, local, text, policy, o, &fits, ret, ret_name, err) : 0;

	if (r)
		return MIN_OF(r, 0);
	/* what is damaged here is mended by pulling it, when that is asked for */
	if (why.kind == EK_INVALID && (policy == PULL_ALWAYS || policy == PULL_NEWER))
		why.kind = EK_NOT_FOUND;
	if (!have && (why.kind != EK_NOT_FOUND || policy == PULL_NEVER)) {
		*err = why;
		return why.kind == EK_NOT_FOUND ? err_advise(err, "pull it first with: podlite pull %s", text) : -1;
	}
	if (pull(c, text, o, ret, ret_name, err) == 0)
		return 0;
	/* newer: what is here is good enough when the registry cannot be asked */
	if (!have || !fits || policy != PULL_NEWER)
		return -1;
	err_clear(err);
	return take_local(c, local, text, o->quiet, ret, ret_name, err);
}

int img_resolve(struct context *c, const char *text, enum pull_policy policy, const struct img_pull_opts *o,
	struct image *ret, char **ret_name, struct err *err)
{
	struct local local = {.name = NULL};
	int r;

	if (img_transport_is(text))
		return policy == PULL_NEVER ? err_set(err, EK_NOT_FOUND, "%s: not an image here", text) :
			img_transport_pull(c, text, o->quiet, ret, ret_name, err);
	r = resolve(c, &local, text, policy, o, ret, ret_name, err);
	local_done(&local);
	return r;
}

static int make_implied(struct context *c, void *arg, struct err *err)
{
	return implied_make(&c->store, arg, err);
}

int img_lowers(struct context *c, struct image *img, struct svec *ret, struct err *err)
{
	if (implied_wanted(&c->store, img) && create_inside_run(c, make_implied, img, err) < 0)
		return -1;
	image_lowers(&c->store, img, ret);
	return 0;
}
