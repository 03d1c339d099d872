#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/create_value.h"

int create_restart_parse(const char *text, char **ret_policy, int64_t *ret_max, struct err *err)
{
	static const char *const policies[] = {"no", "never", "always", "unless-stopped", "on-failure", NULL};
	size_t n = strcspn(text, ":");
	auto_free char *policy = xstrndup(text, n);
	int64_t max = 0;

	for (const char *const *p = policies; strcmp(*p, policy);)
		if (!*++p)
			return err_set(err, EK_USAGE, "invalid --restart \"%s\": expected no, always, unless-stopped or on-failure[:N]", text);
	if (text[n] && strcmp(policy, "on-failure"))
		return err_set(err, EK_USAGE, "invalid --restart \"%s\": only on-failure takes a number", text);
	if (text[n] && create_number_parse("restart", text + n + 1, 0, INT32_MAX, &max, err) < 0)
		return -1;
	*ret_policy = !strcmp(policy, "never") ? xstrdup("no") : take_ptr(policy);
	*ret_max = max;
	return 0;
}

static bool good_key(const char *key)
{
	if (!strncmp(key, "ctrl-", 5))
		key += 5;
	else
		return strlen(key) == 1 && ((*key >= 'a' && *key <= 'z') || (*key >= 'A' && *key <= 'Z'));
	return strlen(key) == 1 && ((*key >= 'a' && *key <= 'z') || strchr("@^[\\]_", *key));
}

int create_restart_detach_keys(const char *text, struct err *err)
{
	auto_svec struct svec keys = SVEC_INIT;

	if (!*text)
		return 0;
	svec_add_split(&keys, text, ',');
	for (size_t i = 0; i < keys.n; i++)
		if (!good_key(keys.v[i]))
			return err_set(err, EK_USAGE, "invalid --detach-keys \"%s\": \"%s\" is not a letter or ctrl- and a letter or one of @^[\\]_", text, keys.v[i]);
	return 0;
}
