#include "podlite/engine/store_reset.h"

#include <dirent.h>
#include <string.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/remove.h"
#include "podlite/engine/ctr.h"

static int remove_containers(struct context *c, struct err *err)
{
	struct ctr_list list = {NULL, 0};
	int r = ctr_list_all(c, &list, err);

	for (size_t i = 0; i < list.n && !r; i++) {
		r = ctr_remove(c, list.v[i].rec.id, true, true, 0, err);
		if (r < 0 && err->kind == EK_NOT_FOUND) {
			err_clear(err);
			r = 0;
		}
	}
	ctr_list_done(&list);
	return r;
}

static int remove_entry(int dirfd, const char *root, const char *name, struct err *err)
{
	int r = remove_tree(dirfd, name);

	return r < 0 ? err_neg(err, r, "remove %s/%s", root, name) : 0;
}

/* All of a directory but what is named in last, then that, in its order. */
static int remove_all(int dirfd, const char *root, const char *const *last, struct err *err)
{
	auto_svec struct svec names = SVEC_INIT, end = SVEC_INIT;
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	const char *entry;

	if (!dir)
		return err_sys(err, "open %s", root);
	for (; *last; last++)
		svec_add(&end, *last);
	while ((entry = fs_dir_next(dir)))
		if (!svec_has(&end, entry))
			svec_add(&names, entry);
	svec_add_all(&names, &end);
	SVEC_EACH(name, &names)
		if (remove_entry(dirfd, root, name, err) < 0)
			return -1;
	return 0;
}

int store_reset(struct context *c, struct err *err)
{
	/* without a version the directory is no store, so that goes when nothing else is left */
	static const char *const store_last[] = {"hold.lock", "version", NULL};
	static const char *const run_last[] = {NULL};
	auto_fd int alone = -1;

	if (remove_containers(c, err) < 0 || context_enter_userns(c, NULL, err) < 0)
		return -1;
	alone = store_hold_all(&c->store, err);
	if (alone < 0)
		return err_advise(err, "wait for it, or stop it, and reset again");
	/* one that was made meanwhile, before the store was ours alone */
	if (remove_containers(c, err) < 0 || remove_all(c->store.fd, c->root, store_last, err) < 0)
		return -1;
	return remove_all(c->runfd, c->runroot, run_last, err);
}
