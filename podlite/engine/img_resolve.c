#include <string.h>

#include "common/alloc.h"
#include "net/regconf.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/img.h"
#include "podlite/engine/img_transport.h"
#include "podlite/engine/mlist.h"
#include "storage/implied.h"

/* A short name may stand for an alias of registries.conf; 0 found, -1 not. */
static int find_alias(struct context *c, const struct regconf *conf, const struct ref *r, struct image *ret)
{
	const char *alias = svec_env_get(&conf->aliases, r->path);
	auto_free char *name = alias && *alias ? xasprintf("%s:%s", alias, r->tag ? r->tag : "latest") : NULL;

	return name && !digest_is_set(&r->digest) ? image_find_name(&c->store, name, ret, NULL) : -1;
}

static int find_short(struct context *c, const char *text, const struct ref *r, struct image *ret, struct err *err)
{
	struct regconf conf;
	int found;

	if (regconf_load(&conf, err) < 0)
		return -1;
	found = find_alias(c, &conf, r, ret);
	if (found < 0)
		found = image_find_quick(&c->store, text, &conf.search, ret, err);
	regconf_done(&conf);
	return found;
}

static int find_local(struct context *c, const char *text, struct image *ret, struct err *err)
{
	struct ref r;
	int found;

	if (ref_parse(text, &r, NULL) < 0) /* an id, or what image_find refuses better */
		return image_find_quick(&c->store, text, NULL, ret, err);
	if (r.host)
		found = image_find_quick(&c->store, text, NULL, ret, err);
	else
		found = find_short(c, text, &r, ret, err);
	ref_done(&r);
	return found;
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

static void take_local(struct context *c, struct image *local, const char *text, struct image *ret, char **ret_name)
{
	image_used(&c->store, local->id);
	*ret = *local;
	*ret_name = xstrdup(ret->names.n ? ret->names.v[0] : text);
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

int img_resolve(struct context *c, const char *text, enum pull_policy policy, const struct img_pull_opts *o,
	struct image *ret, char **ret_name, struct err *err)
{
	struct image local = {.id = ""};
	struct err why = ERR_INIT;

	if (img_transport_is(text))
		return policy == PULL_NEVER ? err_set(err, EK_NOT_FOUND, "%s: not an image here", text) :
			img_transport_pull(c, text, o->quiet, ret, ret_name, err);

	bool have = find_local(c, text, &local, &why) == 0, fits = true;

	if (!have && why.kind != EK_NOT_FOUND) {
		*err = why;
		return -1;
	}
	if (have && local.list && policy != PULL_ALWAYS) {
		int r = resolve_list(c, &local, policy, o, ret, ret_name, err);

		image_done(&local);
		return r;
	}
	if (have && check_platform(c, &local, o->platform, &fits, err) < 0) {
		image_done(&local);
		return -1;
	}
	if (have && ((policy == PULL_MISSING && fits) || policy == PULL_NEVER)) {
		if (fits) {
			take_local(c, &local, text, ret, ret_name);
			return 0;
		}
		image_done(&local);
		return err_set(err, EK_NOT_FOUND, "%s: the image here is for another platform than %s; "
			"pull it with --pull=always", text, o->platform);
	}
	if (!have && policy == PULL_NEVER) {
		*err = why;
		return err_advise(err, "pull it first with: podlite pull %s", text);
	}
	if (pull(c, text, o, ret, ret_name, err) == 0) {
		image_done(&local);
		return 0;
	}
	/* newer: what is here is good enough when the registry cannot be asked */
	if (have && fits && policy == PULL_NEWER) {
		err_clear(err);
		take_local(c, &local, text, ret, ret_name);
		return 0;
	}
	image_done(&local);
	return -1;
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
