#include "podlite/engine/filters.h"

#include <regex.h>
#include <string.h>

#include "common/units.h"

int filters_regex(const char *key, const char *value, const char *text, struct err *err)
{
	regex_t re;
	int r;

	if (regcomp(&re, value, REG_EXTENDED | REG_NOSUB))
		return err_set(err, EK_USAGE, "filter %s: \"%s\" is not a regular expression", key, value);
	r = !regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return r;
}

int filters_bool(const char *key, const char *value, bool is, struct err *err)
{
	if (!strcmp(value, "true") || !strcmp(value, "1"))
		return is;
	if (!strcmp(value, "false") || !strcmp(value, "0"))
		return !is;
	return err_set(err, EK_USAGE, "filter %s: \"%s\" is neither true nor false", key, value);
}

int filters_until(const char *value, int64_t created_ns, struct err *err)
{
	int64_t ns;

	if (!units_parse_time(value, units_now_ns(), &ns))
		return err_set(err, EK_USAGE, "filter until: \"%s\" is neither a time nor a duration", value);
	return created_ns < ns;
}

bool filters_list(const struct svec *list, const char *value)
{
	return strchr(value, '=') ? svec_has(list, value) : svec_env_get(list, value) != NULL;
}

static bool is_key(const char *filter, const char *key, const char **ret_value)
{
	size_t n = strlen(key);

	*ret_value = filter + n + 1;
	return !strncmp(filter, key, n) && filter[n] == '=';
}

static int check_keys(const struct filters_key *keys, const char *kind, const struct svec *filters, struct err *err)
{
	for (size_t i = 0; i < filters->n; i++) {
		const struct filters_key *k = keys;
		const char *value;

		while (k->key && !is_key(filters->v[i], k->key, &value))
			k++;
		if (!k->key)
			return err_set(err, EK_USAGE, "\"%s\" is an invalid %s filter", filters->v[i], kind);
	}
	return 0;
}

static int match_key(const struct filters_key *k, const struct svec *filters, const void *subject, struct err *err)
{
	bool given = false, any = false;

	for (size_t i = 0; i < filters->n; i++) {
		const char *value;
		int r;

		if (!is_key(filters->v[i], k->key, &value))
			continue;
		r = k->match(value, subject, err);
		if (r < 0 || (!r && k->all))
			return r;
		given = true;
		any |= r > 0;
	}
	return !given || any;
}

int filters_match(const struct filters_key *keys, const char *kind, const struct svec *filters, const void *subject, struct err *err)
{
	int r = check_keys(keys, kind, filters, err) < 0 ? -1 : 1;

	for (const struct filters_key *k = keys; k->key && r > 0; k++)
		r = match_key(k, filters, subject, err);
	return r;
}
