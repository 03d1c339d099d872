#include "podlite/engine/ctr_diff.h"

#include <string.h>

#include "common/fd.h"
#include "storage/rootfs.h"

/* Where podlite mounts its own files in every container: the empty ones below say nothing about what
 * the container did. podman leaves out the same. */
static bool is_mount_point(const char *path)
{
	static const char *const names[] = {"/dev", "/etc/hostname", "/etc/hosts", "/etc/mtab", "/etc/resolv.conf",
		"/proc", "/run", "/run/.containerenv", "/run/podlite-init", "/run/secrets", "/sys"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(path, names[i]))
			return true;
	return false;
}

static void take_change(void *arg, enum rootfs_change what, const char *path)
{
	struct ctr_diff *d = arg;

	if (is_mount_point(path))
		return;
	svec_addf(&d->lines, "%c %s", (char)what, path);
	svec_add(what == ROOTFS_ADDED ? &d->added : what == ROOTFS_DELETED ? &d->deleted : &d->changed, path);
}

int ctr_diff_read(struct context *c, const char *id, struct ctr_diff *ret, struct err *err)
{
	struct rootfs r = {.driver = STORE_OVERLAY};
	auto_fd int dir = -1;
	int res;

	*ret = (struct ctr_diff){.lines = SVEC_INIT};
	if (context_enter_userns(c, NULL, err) < 0)
		return -1;
	dir = ctr_open_dir(c, id, err);
	if (dir < 0 || rootfs_read(dir, &r, err) < 0)
		return -1;
	res = rootfs_changes(&r, take_change, ret, err);
	rootfs_done(&r);
	if (res < 0)
		ctr_diff_done(ret);
	return res;
}

void ctr_diff_done(struct ctr_diff *d)
{
	svec_done(&d->lines);
	svec_done(&d->changed);
	svec_done(&d->added);
	svec_done(&d->deleted);
}
