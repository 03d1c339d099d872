#include "podlite/engine/auto_update.h"

#include <string.h>
#include <time.h>

#include "common/alloc.h"
#include "podlite/engine/img_transport.h"
#include "podlite/engine/transfer.h"

#define SETTLE_MS 1000
#define HEALTH_MS 120000
#define STEP_MS   100

int auto_update_policy(const struct ctr_record *r, enum auto_update_policy *ret, struct err *err)
{
	const char *text = svec_env_get(&r->labels, CTR_LABEL_UPDATE);

	*ret = AUTO_UPDATE_NONE;
	if (!text || !*text || !strcmp(text, "disabled"))
		return 0;
	if (!strcmp(text, "registry") || !strcmp(text, "image"))
		*ret = AUTO_UPDATE_REGISTRY;
	else if (!strcmp(text, "local"))
		*ret = AUTO_UPDATE_LOCAL;
	else
		return err_set(err, EK_INVALID, "container %s: label " CTR_LABEL_UPDATE "=%s: expected registry, local or disabled", r->name, text);
	return 0;
}

/* ---- the registry ---- */

static int needs_name(const struct ctr_record *r, struct err *err)
{
	const char *name = r->image_name;

	if (name && !img_transport_is(name) && strncmp(name, "localhost/", 10) && !strchr(name, '@'))
		return 0;
	return err_set(err, EK_INVALID, "container %s: auto-update from the registry needs an image with a full name and a tag, not %s; use the policy local",
		r->name, name ? name : "a directory");
}

/* Of what the name stands for in the registry now, for the platform of the image that is here. */
static int remote_digest(struct context *c, const struct image *have, const char *name, const struct img_pull_opts *o, char **ret, struct err *err)
{
	struct request rq = {.op = (char *)"describe", .name = (char *)name, .tls_verify = o->tls_verify, .authfile = (char *)o->authfile, .retry = -1};
	struct spec_image_config config;
	struct request_answer a;
	auto_jval struct jval *list = NULL;
	auto_free char *platform = NULL;
	const char *digest;

	if (image_config(&c->store, have, &config, err) < 0)
		return -1;
	platform = spec_image_platform(&config);
	spec_image_config_done(&config);
	rq.platform = platform;
	if (transfer_ask(c, &rq, &a, err) < 0)
		return -1;
	list = jval_parse(a.text ? a.text : "", a.text ? strlen(a.text) : 0, 0, err);
	request_answer_done(&a);
	digest = list ? jval_get_str(jval_at(list, 0), "digest", NULL) : NULL;
	if (!digest)
		return list ? err_set(err, EK_INVALID, "%s: the registry named no image", name) : -1;
	*ret = xstrdup(digest);
	return 0;
}

static int differs_remotely(struct context *c, const struct ctr_record *r, const struct img_pull_opts *o, bool *ret, struct err *err)
{
	auto_free char *remote = NULL;
	char local[DIGEST_TEXT_LEN + 1];
	struct image have;
	int bad;

	if (needs_name(r, err) < 0 || image_find(&c->store, r->image_id, NULL, &have, err) < 0)
		return -1;
	bad = remote_digest(c, &have, r->image_name, o, &remote, err);
	digest_text(&have.manifest, local);
	image_done(&have);
	*ret = !bad && strcmp(local, remote) != 0;
	return bad;
}

/* ---- here ---- */

static int differs_here(struct context *c, const struct ctr_record *r, bool *ret, struct err *err)
{
	struct image now;

	if (!r->image_name)
		return err_set(err, EK_INVALID, "container %s: it has no image to update", r->name);
	if (image_find_name(&c->store, r->image_name, &now, err) < 0)
		return err_wrap(err, "container %s", r->name);
	*ret = strcmp(now.id, r->image_id) != 0;
	image_done(&now);
	return 0;
}

int auto_update_check(struct context *c, const struct ctr_record *r, enum auto_update_policy policy, const struct img_pull_opts *o,
	bool *ret_newer, struct err *err)
{
	*ret_newer = false;
	return policy == AUTO_UPDATE_REGISTRY ? differs_remotely(c, r, o, ret_newer, err) : differs_here(c, r, ret_newer, err);
}

int auto_update_fetch(struct context *c, const struct ctr_record *r, enum auto_update_policy policy, const struct img_pull_opts *o,
	struct err *err)
{
	char id[65];

	return policy == AUTO_UPDATE_LOCAL ? 0 : transfer_pull(c, r->image_name, o, id, NULL, err);
}

int auto_update_restore(struct context *c, const struct ctr_record *r, struct err *err)
{
	return image_tag(&c->store, r->image_id, r->image_name, err);
}

int auto_update_wait(struct context *c, const char *name, struct err *err)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
	struct ctr ctr;

	for (int ms = 0; ms < HEALTH_MS; ms += STEP_MS) {
		bool live, sick, wait;

		if (ctr_find(c, name, &ctr, err) < 0)
			return -1;
		live = ctr_is_live(&ctr) && ctr.status != CTR_RESTARTING;
		sick = !strcmp(ctr.health, "unhealthy");
		wait = !strcmp(ctr.health, "starting") || (!*ctr.health && ms < SETTLE_MS);
		ctr_done(&ctr);
		if (!live || sick)
			return err_set(err, EK_SYSTEM, "container %s: with the new image it %s", name, live ? "is unhealthy" : "ended at once");
		if (!wait)
			return 0;
		nanosleep(&step, NULL);
	}
	return 0;
}
