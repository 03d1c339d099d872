#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/create_value.h"

void create_ns_done(struct create_ns *n)
{
	free(n->target);
	memset(n, 0, sizeof(*n));
}

static int with_target(const char *option, const char *text, struct create_ns *ret, struct err *err)
{
	const char *target = strchr(text, ':') + 1;

	ret->mode = *text == 'n' ? CREATE_NS_PATH : CREATE_NS_CONTAINER;
	if (!*target || (ret->mode == CREATE_NS_PATH && *target != '/'))
		return err_set(err, EK_USAGE, "invalid --%s \"%s\": expected %s", option, text,
			*text == 'n' ? "ns: and an absolute path" : "container: and a name or ID");
	if (!strcmp(option, "cgroupns") && ret->mode == CREATE_NS_CONTAINER)
		return err_set(err, EK_UNSUPPORTED, "--cgroupns %s: joining another container's cgroup namespace is not built yet", text);
	ret->target = xstrdup(target);
	return 0;
}

int create_ns_parse(const char *option, const char *text, struct create_ns *ret, struct err *err)
{
	bool ipc = !strcmp(option, "ipc");

	*ret = (struct create_ns){.mode = CREATE_NS_PRIVATE, .shareable = ipc};
	if (!text || !*text || !strcmp(text, "private")) {
		ret->shareable = ipc && !(text && *text);
		return 0;
	}
	if (ipc && !strcmp(text, "shareable"))
		return 0;
	if (ipc && !strcmp(text, "none")) {
		*ret = (struct create_ns){.mode = CREATE_NS_NONE};
		return 0;
	}
	if (!strcmp(text, "host")) {
		*ret = (struct create_ns){.mode = CREATE_NS_HOST};
		return 0;
	}
	if (!strncmp(text, "container:", 10) || !strncmp(text, "ns:", 3))
		return with_target(option, text, ret, err);
	if (!strcmp(text, "pod"))
		return err_set(err, EK_UNSUPPORTED, "--%s pod: pods are not built yet", option);
	return err_set(err, EK_USAGE, "unrecognized namespace mode \"%s\" passed to --%s", text, option);
}

static int keep_id_option(const char *field, struct create_userns *ret, struct err *err)
{
	uint64_t n = 0;
	bool uid = !strncmp(field, "uid=", 4);

	if (!uid && strncmp(field, "gid=", 4))
		return err_set(err, EK_USAGE, "unknown option \"%s\": expected uid=N or gid=N", field);
	if (!units_parse_u64(field + 4, &n) || n >= UINT32_MAX)
		return err_set(err, EK_USAGE, "\"%s\" is not an ID", field);
	if (uid) {
		ret->has_uid = true;
		ret->uid = (uint32_t)n;
	} else {
		ret->has_gid = true;
		ret->gid = (uint32_t)n;
	}
	return 0;
}

static int auto_userns(const char *text, struct create_userns *ret, struct err *err)
{
	auto_svec struct svec fields = SVEC_INIT;
	uint64_t n;

	ret->mode = CREATE_USERNS_AUTO;
	if (text[4])
		svec_add_split(&fields, text + 5, ',');
	SVEC_EACH(f, &fields) {
		if (!strncmp(f, "uidmapping=", 11) || !strncmp(f, "gidmapping=", 11))
			return err_set(err, EK_UNSUPPORTED, "--userns %s: further maps are not built; use --uidmap and --gidmap alone", text);
		if (strncmp(f, "size=", 5) || !units_parse_u64(f + 5, &n) || !n || n >= UINT32_MAX)
			return err_set(err, EK_USAGE, "--userns %s: unknown option \"%s\": expected size=N", text, f);
		ret->size = (uint32_t)n;
	}
	return 0;
}

int create_ns_userns(const char *text, struct create_userns *ret, struct err *err)
{
	auto_svec struct svec fields = SVEC_INIT;

	*ret = (struct create_userns){.mode = CREATE_USERNS_HOST};
	if (!text || !*text || !strcmp(text, "host"))
		return 0;
	if (!strcmp(text, "nomap")) {
		ret->mode = CREATE_USERNS_NOMAP;
		return 0;
	}
	if (!strncmp(text, "keep-id", 7) && (!text[7] || text[7] == ':')) {
		ret->mode = CREATE_USERNS_KEEP_ID;
		if (text[7])
			svec_add_split(&fields, text + 8, ',');
		for (size_t i = 0; i < fields.n; i++)
			if (keep_id_option(fields.v[i], ret, err) < 0)
				return err_wrap(err, "--userns %s", text);
		return 0;
	}
	if (!strncmp(text, "auto", 4) && (!text[4] || text[4] == ':'))
		return auto_userns(text, ret, err);
	if (!strncmp(text, "container:", 10) || !strncmp(text, "ns:", 3)) {
		struct create_ns ns = {.target = NULL};
		int r = with_target("userns", text, &ns, err);

		ret->mode = *text == 'n' ? CREATE_USERNS_PATH : CREATE_USERNS_CONTAINER;
		ret->target = ns.target;
		return r;
	}
	if (!strcmp(text, "private")) {
		ret->mode = CREATE_USERNS_GIVEN;
		return 0;
	}
	if (!strcmp(text, "pod"))
		return err_set(err, EK_UNSUPPORTED, "--userns pod: pods are not built yet");
	return err_set(err, EK_USAGE, "unrecognized user namespace mode \"%s\" passed to --userns", text);
}
