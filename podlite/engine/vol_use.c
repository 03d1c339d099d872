#include "podlite/engine/vol_use.h"

#include <string.h>

#include "common/alloc.h"
#include "common/log.h"
#include "common/units.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"
#include "podlite/engine/filters.h"
#include "podlite/engine/vol_device.h"

static bool uses(const struct ctr_record *rec, const char *name)
{
	for (size_t i = 0; i < rec->mounts.n; i++)
		if (rec->mounts.v[i].name && !strcmp(rec->mounts.v[i].name, name))
			return true;
	return false;
}

struct owned {
	const struct vol_device *device;
	const struct volume *v;
};

static int own(struct context *c, void *arg, struct err *err)
{
	const struct owned *o = arg;

	(void)c;
	return vol_device_own(o->device, o->v->mountpoint, err);
}

static int give(struct context *c, const struct vol_device *device, struct volume *v, struct err *err)
{
	struct owned o = {device, v};
	struct err ignored = ERR_INIT;

	if ((device->uid < 0 && device->gid < 0) || create_inside_run(c, own, &o, err) == 0)
		return 0;
	if (volume_remove(&c->store, v->name, &ignored) < 0)
		log_debug("%s", ignored.msg);
	return err_wrap(err, "volume %s", v->name);
}

int vol_use_create(struct context *c, const struct volume *want, struct volume *ret, struct err *err)
{
	auto_cleanup(vol_device_done) struct vol_device device = {.uid = -1, .gid = -1};
	struct volume v = {.name = NULL};

	if (vol_device_parse(&want->options, &device, err) < 0 || volume_create(&c->store, want, &v, err) < 0)
		return -1;
	if (give(c, &device, &v, err) < 0) {
		volume_done(&v);
		return -1;
	}
	events_volume(c, v.name, "create");
	*ret = v;
	return 0;
}

size_t vol_use_count(const struct ctr_list *ctrs, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < ctrs->n; i++)
		n += uses(&ctrs->v[i].rec, name);
	return n;
}

int vol_use_remove(struct context *c, const char *text, bool force, int64_t timeout, char **ret_name,
	struct err *err)
{
	struct volume v = {.name = NULL};
	auto_free char *what = NULL;
	int r;

	if (volume_find(&c->store, text, &v, err) < 0)
		return -1;
	what = xasprintf("volume %s is being used", v.name);
	r = ctr_remove_users(c, what, uses, v.name, force, timeout, err);
	/* the files belong to subordinate ids */
	if (!r)
		r = context_enter_userns(c, NULL, err);
	if (!r)
		r = volume_remove(&c->store, v.name, err);
	if (!r)
		events_volume(c, v.name, "remove");
	if (!r)
		*ret_name = xstrdup(v.name);
	volume_done(&v);
	return r;
}

/* ---- filters ---- */

struct subject {
	struct context *c;
	const struct volume *v;
	const struct ctr_list *ctrs;
};

static int match_name(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	return filters_regex("name", value, s->v->name, err);
}

static int match_local(const char *value, const void *subject, struct err *err)
{
	(void)subject, (void)err;
	return !strcmp(value, "local");
}

static int match_label(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	(void)err;
	return filters_list(&s->v->labels, value);
}

static int match_not_label(const char *value, const void *subject, struct err *err)
{
	return !match_label(value, subject, err);
}

static int match_option(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	(void)err;
	return filters_list(&s->v->options, value);
}

static int match_dangling(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	return filters_bool("dangling", value, !vol_use_count(s->ctrs, s->v->name), err);
}

static int match_anonymous(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	return filters_bool("anonymous", value, s->v->anonymous, err);
}

static int match_until(const char *value, const void *subject, struct err *err)
{
	const struct subject *s = subject;

	return filters_until(value, s->v->created_ns, err);
}

/* A volume, as podman has it, or a time. */
static int made_after(const char *key, const char *value, const struct subject *s, struct err *err)
{
	struct volume other = {.name = NULL};
	struct err missing = ERR_INIT;
	bool named = volume_find(&s->c->store, value, &other, &missing) == 0 && !strcmp(other.name, value);
	int64_t ns = other.created_ns;

	volume_done(&other);
	if (named)
		return s->v->created_ns > ns;
	if (!units_parse_time(value, units_now_ns(), &ns))
		return err_set(err, EK_USAGE, "filter %s: \"%s\" is neither a volume nor a time or a duration", key, value);
	return s->v->created_ns >= ns;
}

static int match_since(const char *value, const void *subject, struct err *err)
{
	return made_after("since", value, subject, err);
}

static int match_after(const char *value, const void *subject, struct err *err)
{
	return made_after("after", value, subject, err);
}

static const struct filters_key keys[] = {
	{"after", match_after, true}, {"anonymous", match_anonymous, true}, {"dangling", match_dangling, true},
	{"driver", match_local, false}, {"label", match_label, true}, {"label!", match_not_label, true},
	{"name", match_name, false}, {"opt", match_option, false}, {"scope", match_local, false},
	{"since", match_since, true}, {"until", match_until, true}, {NULL, NULL, false},
};

int vol_use_match(struct context *c, const struct svec *filters, const struct volume *v, const struct ctr_list *ctrs, struct err *err)
{
	struct subject s = {c, v, ctrs};

	return filters_match(keys, "volume", filters, &s, err);
}
