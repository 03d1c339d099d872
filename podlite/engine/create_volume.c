#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/create_mount.h"
#include "storage/volume.h"

static int add_options(struct create_mount *m, const char *text, struct err *err)
{
	auto_svec struct svec options = SVEC_INIT;

	svec_add_split(&options, text, ',');
	for (size_t i = 0; i < options.n; i++)
		if (options.v[i][0] && create_mount_option(m, options.v[i], err) < 0)
			return -1;
	return 0;
}

/* A path begins with "/", "." or "~"-free text that only a path can be; all else is a name. */
static int set_source(struct create_mount *m, const char *source, struct err *err)
{
	if (!*source)
		return err_set(err, EK_USAGE, "host directory cannot be empty");
	m->kind = *source == '/' || *source == '.' ? CREATE_MOUNT_BIND : CREATE_MOUNT_VOLUME;
	m->source = xstrdup(source);
	if (m->kind == CREATE_MOUNT_VOLUME && !volume_name_ok(source))
		return err_set(err, EK_USAGE,
			"invalid volume name \"%s\": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*; begin a path with / or ./", source);
	return 0;
}

int create_volume_parse(const char *text, struct create_mount *ret, struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;
	auto_cleanup(create_mount_done) struct create_mount m = {.kind = CREATE_MOUNT_VOLUME};
	const char *dest;

	svec_add_split(&parts, text, ':');
	if (parts.n > 3)
		return err_set(err, EK_USAGE,
			"-v %s: incorrect volume format, should be [host-dir:]ctr-dir[:option]", text);
	dest = parts.v[parts.n > 1 ? 1 : 0];
	if (parts.n > 1 && set_source(&m, parts.v[0], err) < 0)
		return err_wrap(err, "-v %s", text);
	if (create_mount_dest(&m, dest, err) < 0)
		return err_wrap(err, "-v %s", text);
	if (parts.n > 2 && add_options(&m, parts.v[2], err) < 0)
		return err_wrap(err, "-v %s", text);
	if (m.overlay && !m.source)
		return err_set(err, EK_USAGE, "-v %s: an overlay needs a directory or a volume to lie on", text);
	*ret = m;
	memset(&m, 0, sizeof(m));
	return 0;
}
