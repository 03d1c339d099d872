#include "podlite/engine/vol_use.h"

#include <regex.h>
#include <string.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"

static bool uses(const struct ctr_record *rec, const char *name)
{
	for (size_t i = 0; i < rec->mounts.n; i++)
		if (rec->mounts.v[i].name && !strcmp(rec->mounts.v[i].name, name))
			return true;
	return false;
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
	const struct volume *v;
	const struct ctr_list *ctrs;
	struct err *err;
};

static int match_name(const char *value, struct subject *s)
{
	regex_t re;
	int r;

	if (regcomp(&re, value, REG_EXTENDED | REG_NOSUB))
		return err_set(s->err, EK_USAGE, "filter name: \"%s\" is not a regular expression", value);
	r = !regexec(&re, s->v->name, 0, NULL, 0);
	regfree(&re);
	return r;
}

static int match_local(const char *value, struct subject *s)
{
	(void)s;
	return !strcmp(value, "local");
}

static int match_list(const struct svec *list, const char *value)
{
	return strchr(value, '=') ? svec_has(list, value) : svec_env_get(list, value) != NULL;
}

static int match_label(const char *value, struct subject *s)
{
	return match_list(&s->v->labels, value);
}

static int match_not_label(const char *value, struct subject *s)
{
	return !match_list(&s->v->labels, value);
}

static int match_option(const char *value, struct subject *s)
{
	return match_list(&s->v->options, value);
}

static int match_bool(const char *key, const char *value, bool is, struct subject *s)
{
	if (!strcmp(value, "true") || !strcmp(value, "1"))
		return is;
	if (!strcmp(value, "false") || !strcmp(value, "0"))
		return !is;
	return err_set(s->err, EK_USAGE, "filter %s: \"%s\" is neither true nor false", key, value);
}

static int match_dangling(const char *value, struct subject *s)
{
	return match_bool("dangling", value, !vol_use_count(s->ctrs, s->v->name), s);
}

static int match_anonymous(const char *value, struct subject *s)
{
	return match_bool("anonymous", value, s->v->anonymous, s);
}

static int match_until(const char *value, struct subject *s)
{
	int64_t ns;

	if (!units_parse_time(value, units_now_ns(), &ns))
		return err_set(s->err, EK_USAGE, "filter until: \"%s\" is neither a time nor a duration", value);
	return s->v->created_ns < ns;
}

static int match_since(const char *value, struct subject *s)
{
	int r = match_until(value, s);

	return r < 0 ? r : !r;
}

static const struct {
	const char *key;
	int (*match)(const char *value, struct subject *s);
	bool all;
} keys[] = {
	{"anonymous", match_anonymous, true}, {"dangling", match_dangling, true},
	{"driver", match_local, false}, {"label", match_label, true}, {"label!", match_not_label, true},
	{"name", match_name, false}, {"opt", match_option, false}, {"scope", match_local, false},
	{"since", match_since, true}, {"until", match_until, true},
};

static bool is_key(const char *filter, const char *key, const char **ret_value)
{
	size_t n = strlen(key);

	*ret_value = filter + n + 1;
	return !strncmp(filter, key, n) && filter[n] == '=';
}

static int check_keys(const struct svec *filters, struct err *err)
{
	for (size_t i = 0; i < filters->n; i++) {
		const char *value;
		bool known = false;

		for (size_t k = 0; k < ARRAY_SIZE(keys) && !known; k++)
			known = is_key(filters->v[i], keys[k].key, &value);
		if (!known)
			return err_set(err, EK_USAGE, "\"%s\" is an invalid volume filter", filters->v[i]);
	}
	return 0;
}

static int match_key(const struct svec *filters, size_t k, struct subject *s)
{
	bool given = false, any = false;

	for (size_t i = 0; i < filters->n; i++) {
		const char *value;
		int r;

		if (!is_key(filters->v[i], keys[k].key, &value))
			continue;
		r = keys[k].match(value, s);
		if (r < 0 || (!r && keys[k].all))
			return r;
		given = true;
		any |= r > 0;
	}
	return !given || any;
}

int vol_use_match(const struct svec *filters, const struct volume *v, const struct ctr_list *ctrs,
	struct err *err)
{
	struct subject s = {v, ctrs, err};
	int r = check_keys(filters, err) < 0 ? -1 : 1;

	for (size_t k = 0; k < ARRAY_SIZE(keys) && r > 0; k++)
		r = match_key(filters, k, &s);
	return r;
}
