#include "podlite/engine/vol_archive.h"

#include <fcntl.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/engine/vol_device.h"
#include "storage/tarball.h"
#include "storage/tree.h"
#include "storage/unpack.h"

/* Inside the user namespace: files belong to subordinate ids. */
static int open_volume(struct context *c, const char *name, struct err *err)
{
	struct volume v = {.name = NULL};
	auto_free char *dir = NULL;
	int r = volume_find(&c->store, name, &v, err);

	if (!r)
		r = vol_device_dir(&v, &dir, err);
	if (!r)
		r = context_enter_userns(c, NULL, err);
	volume_done(&v);
	if (r < 0)
		return -1;
	r = fd_open(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
	return r < 0 ? err_neg(err, r, "open %s", dir) : r;
}

int vol_archive_export(struct context *c, const char *name, int out, struct err *err)
{
	auto_fd int dir = open_volume(c, name, err);
	struct tarball t = TARBALL_INIT(out);
	int r = dir < 0 ? -1 : tarball_tree(&t, dir, ".", err);

	if (!r)
		r = tarball_end(&t, err);
	tarball_done(&t);
	return r < 0 ? err_wrap(err, "volume export %s", name) : 0;
}

int vol_archive_import(struct context *c, const char *name, int in, struct err *err)
{
	auto_fd int dir = open_volume(c, name, err);
	auto_free char *program = xasprintf("%s/podlite-unpack", c->libexec);
	struct unpack_tree tree = {.fd = -1};
	int r = dir < 0 ? -1 : unpack_tree(&c->store, program, in, c->single_id, dir, &tree, err);

	if (!r)
		r = tree_copy(tree.fd, dir, TREE_MERGE, err);
	unpack_tree_drop(&c->store, &tree);
	return r < 0 ? err_wrap(err, "volume import %s", name) : 0;
}
