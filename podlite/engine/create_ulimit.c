#include <string.h>
#include <sys/resource.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/create_value.h"

static const struct {
	const char *name, *type;
	int resource;
} limits[] = {
	{"as", "RLIMIT_AS", RLIMIT_AS},
	{"core", "RLIMIT_CORE", RLIMIT_CORE},
	{"cpu", "RLIMIT_CPU", RLIMIT_CPU},
	{"data", "RLIMIT_DATA", RLIMIT_DATA},
	{"fsize", "RLIMIT_FSIZE", RLIMIT_FSIZE},
	{"locks", "RLIMIT_LOCKS", RLIMIT_LOCKS},
	{"memlock", "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
	{"msgqueue", "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
	{"nice", "RLIMIT_NICE", RLIMIT_NICE},
	{"nofile", "RLIMIT_NOFILE", RLIMIT_NOFILE},
	{"nproc", "RLIMIT_NPROC", RLIMIT_NPROC},
	{"rss", "RLIMIT_RSS", RLIMIT_RSS},
	{"rtprio", "RLIMIT_RTPRIO", RLIMIT_RTPRIO},
	{"rttime", "RLIMIT_RTTIME", RLIMIT_RTTIME},
	{"sigpending", "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
	{"stack", "RLIMIT_STACK", RLIMIT_STACK},
};

static bool parse_one(const char *s, uint64_t *ret)
{
	if (!strcmp(s, "-1") || !strcmp(s, "unlimited")) {
		*ret = CREATE_UNLIMITED;
		return true;
	}
	return units_parse_u64(s, ret) && *ret != CREATE_UNLIMITED;
}

int create_ulimit_parse(const char *text, struct create_ulimit *ret, struct err *err)
{
	const char *eq = strchr(text, '=');
	auto_free char *name = eq ? xstrndup(text, (size_t)(eq - text)) : NULL;
	auto_free char *soft = eq ? xstrndup(eq + 1, strcspn(eq + 1, ":")) : NULL;
	const char *colon = eq ? strchr(eq, ':') : NULL;
	struct create_ulimit u = {NULL, 0, 0, 0};

	for (size_t i = 0; name && i < ARRAY_SIZE(limits); i++)
		if (!strcasecmp(name, limits[i].name) || !strcasecmp(name, limits[i].type))
			u = (struct create_ulimit){limits[i].type, limits[i].resource, 0, 0};
	if (!name)
		return err_set(err, EK_USAGE, "invalid --ulimit \"%s\": expected NAME=SOFT[:HARD] or host", text);
	if (!u.type)
		return err_set(err, EK_USAGE, "invalid --ulimit \"%s\": there is no limit named \"%s\"", text, name);
	if (!parse_one(soft, &u.soft) || !parse_one(colon ? colon + 1 : soft, &u.hard))
		return err_set(err, EK_USAGE, "invalid --ulimit \"%s\": expected numbers, or -1 for no limit", text);
	if (u.soft > u.hard)
		return err_set(err, EK_USAGE, "invalid --ulimit \"%s\": the soft limit must be less than or equal to the hard limit", text);
	*ret = u;
	return 0;
}
