#include <string.h>

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
