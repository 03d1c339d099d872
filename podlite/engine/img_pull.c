#include <string.h>

#include "common/units.h"
#include "podlite/engine/img.h"

int img_pull_policy(const char *text, enum pull_policy *ret, struct err *err)
{
	static const struct {
		const char *text;
		enum pull_policy policy;
	} words[] = {
		{"missing", PULL_MISSING}, {"ifnotpresent", PULL_MISSING}, {"false", PULL_MISSING},
		{"always", PULL_ALWAYS}, {"true", PULL_ALWAYS}, {"never", PULL_NEVER},
		{"newer", PULL_NEWER}, {"ifnewer", PULL_NEWER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(text, words[i].text)) {
			*ret = words[i].policy;
			return 0;
		}
	return err_set(err, EK_USAGE, "pull policy \"%.40s\" is not always, missing, never or newer", text);
}

int img_retry_parse(const char *retry, const char *delay, int64_t *ret_retry, int64_t *ret_delay_ns, struct err *err)
{
	uint64_t n = 0;

	if (retry && (!units_parse_u64(retry, &n) || n > 100))
		return err_set(err, EK_USAGE, "invalid value \"%.20s\" for --retry: expected 0 to 100", retry);
	*ret_retry = retry ? (int64_t)n : -1;
	if (delay && (!units_parse_duration(delay, ret_delay_ns) || *ret_delay_ns <= 0 || *ret_delay_ns > 600000000000))
		return err_set(err, EK_USAGE, "invalid value \"%.20s\" for --retry-delay: expected a duration such as 2s", delay);
	return 0;
}
