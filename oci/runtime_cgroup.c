/* --systemd-cgroup: the container's group in a scope that systemd makes, as engines ask for it with
 * linux.cgroupsPath "SLICE:PREFIX:NAME". This process is the scope's first; it steps into a leaf of it. */
#include "oci/runtime.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "oci/rt_scope.h"

#define SELF  "/proc/self/exe"
#define GROUP "/container" /* below the scope, whose own files are systemd's */

static int parse(const char *path, const char *id, char **ret_slice, char **ret_name, struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;

	*ret_slice = NULL;
	if (!path || !*path) {
		*ret_name = xasprintf("podlite-%s", id);
		return 0;
	}
	svec_add_split(&parts, path, ':');
	if (parts.n != 3 || strchr(path, '/') || !*parts.v[2])
		return err_set(err, EK_INVALID, "linux.cgroupsPath: expected \"SLICE:PREFIX:NAME\" with --systemd-cgroup, got \"%s\"", path);
	*ret_slice = *parts.v[0] ? xstrdup(parts.v[0]) : NULL;
	*ret_name = *parts.v[1] ? xasprintf("%s-%s", parts.v[1], parts.v[2]) : xstrdup(parts.v[2]);
	return 0;
}

int runtime_cgroup_systemd(const char *id, struct spec_runtime *s, char **ret_parent, struct err *err)
{
	auto_free char *slice = NULL, *name = NULL, *claimed = NULL;

	if (parse(s->linux_.cgroups_path, id, &slice, &name, err) < 0 ||
		rt_scope_start(SELF, name, slice, getpid(), err) < 0 || rt_cgroup_split(ret_parent, err) < 0 ||
		rt_cgroup_claim(s->linux_.resources, 0, &claimed, err) < 0)
		return -1;
	free(s->linux_.cgroups_path);
	s->linux_.cgroups_path = xstrdup(GROUP);
	return 0;
}
