#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/create_mount.h"

int create_tmpfs_parse(const char *text, struct create_mount *ret, struct err *err)
{
	auto_cleanup(create_mount_done) struct create_mount m = {.kind = CREATE_MOUNT_TMPFS};
	size_t n = strcspn(text, ":");
	auto_free char *dest = xstrndup(text, n);
	auto_svec struct svec options = SVEC_INIT;

	if (create_mount_dest(&m, dest, err) < 0)
		return err_wrap(err, "--tmpfs %s", text);
	svec_add_split(&options, text[n] ? text + n + 1 : "", ',');
	for (size_t i = 0; i < options.n; i++)
		if (options.v[i][0] && create_mount_option(&m, options.v[i], err) < 0)
			return err_wrap(err, "--tmpfs %s", text);
	*ret = m;
	memset(&m, 0, sizeof(m));
	return 0;
}
