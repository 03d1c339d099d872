/* overlay_copy.c - storage driver vfs: every container has its own full copy, made from the layers
 * one above the other. For file systems and kernels where no overlay works. */
#include "storage/overlay.h"

#include <sys/mount.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "storage/tree.h"

static int merge_layer(const char *layer, int upper, struct err *err)
{
	auto_fd int from = fd_open_dir(AT_FDCWD, layer);
	int r;

	if (from < 0)
		return err_neg(err, from, "copy layer %s", layer);
	r = tree_copy(from, upper, TREE_MERGE, err);
	return r < 0 ? err_wrap(err, "copy layer %s", layer) : 0;
}

static int copy_prepare(const struct rootfs *r, struct err *err)
{
	auto_free char *path = xasprintf("%s/upper", r->dir);
	auto_fd int upper = -1;

	if (r->readonly)
		return err_set(err, EK_UNSUPPORTED, "storage driver vfs has no image mounts");
	upper = fd_open_dir(AT_FDCWD, path);
	if (upper < 0)
		return err_neg(err, upper, "copy layers to %s", path);
	for (size_t i = r->lowers.n; i > 0; i--)
		if (merge_layer(r->lowers.v[i - 1], upper, err) < 0)
			return -1;
	return 0;
}

static int copy_mount(const struct rootfs *r, struct rootfs_mounted *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/upper", r->dir);

	ret->fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (ret->fd < 0)
		return err_sys(err, "root file system %s", path);
	ret->detached = true;
	return 0;
}

const struct overlay_ops overlay_copy_ops = {.prepare = copy_prepare, .mount = copy_mount};
