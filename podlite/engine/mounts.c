#include "podlite/engine/mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "common/proc.h"
#include "common/userns.h"
#include "storage/rootfs.h"

int mounts_allowed(const char *command, struct err *err)
{
	if (!geteuid())
		return 0;
	err_set(err, EK_DENIED, "%s: only root of the containers' user namespace can mount", command);
	return err_advise(err, "start a shell there with podlite unshare, and run podlite %s in it", command);
}

/* ---- what is mounted ---- */

static bool is_mounted(const char *path)
{
	struct statx st;

	return !statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, 0, &st) &&
		st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static char *if_mounted(char *path)
{
	if (is_mounted(path))
		return path;
	free(path);
	return NULL;
}

char *mounts_image_path(struct context *c, const char *id)
{
	return if_mounted(xasprintf("%s/mounts/%s/merged", c->runroot, id));
}

char *mounts_ctr_path(struct context *c, const char *id)
{
	return if_mounted(xasprintf("%s/containers/%s/merged", c->store.root, id));
}

/* ---- mounting ---- */

static int mount_rootfs(struct rootfs *r, char **ret_path, struct err *err)
{
	struct rootfs_mounted m;

	r->stays = true;
	if (rootfs_mount(r, true, &m, err) < 0)
		return -1;
	fd_close(m.fd);
	*ret_path = r->host_dir ? xstrdup(r->host_dir) : xasprintf("%s/merged", r->dir);
	return 0;
}

int mounts_image_rootfs(struct context *c, struct image *img, struct rootfs *r, struct err *err)
{
	int res;

	r->readonly = true;
	r->dir = xasprintf("%s/mounts/%s", c->runroot, img->id);
	r->mount_program = xstrdup(c->mount_program);
	if (store_probe_driver(&c->store, err) < 0)
		return -1;
	r->driver = c->store.driver;
	res = fs_mkdir_p(AT_FDCWD, r->dir);
	if (res < 0)
		return err_neg(err, res, "make %s", r->dir);
	return img_lowers(c, img, &r->lowers, err) < 0 || rootfs_prepare(r, err) < 0 ? -1 : 0;
}

int mounts_image(struct context *c, struct image *img, char **ret_path, struct err *err)
{
	struct rootfs r = {.driver = STORE_OVERLAY};
	auto_fd int hold = -1;
	int res;

	*ret_path = mounts_image_path(c, img->id);
	if (*ret_path)
		return 0;
	hold = store_hold(&c->store, err);
	res = hold < 0 || mounts_image_rootfs(c, img, &r, err) < 0 ? -1 : mount_rootfs(&r, ret_path, err);
	rootfs_done(&r);
	return res < 0 ? err_wrap(err, "mount image %.12s", img->id) : 0;
}

/* Only the container's own mount namespace can clone it; there, nothing but its root is named. */
int mounts_clone_root(const struct ctr *ctr, struct err *err)
{
	auto_fd int pidfd = proc_open_pidfd((pid_t)ctr->state.pid, ctr->state.pid_start);
	auto_fd int home = fd_open(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY, 0);
	auto_fd int tree = -1;

	if (home < 0)
		return err_neg(err, home, "open own mount namespace");
	if (pidfd < 0)
		return err_set(err, EK_INVALID, "it has just ended");
	userns_protect();
	if (setns(pidfd, CLONE_NEWNS) < 0) {
		err_sys(err, "it runs in another user namespace");
		return err_advise(err, "leave this podlite unshare and start it again while the container runs");
	}
	tree = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		err_sys(err, "clone its root");
	if (setns(home, CLONE_NEWNS) < 0)
		return err_sys(err, "return to own mount namespace");
	return take_fd(tree);
}

static int mount_live(const struct ctr *ctr, const struct rootfs *r, char **ret_path, struct err *err)
{
	auto_free char *merged = xasprintf("%s/merged", r->dir);
	auto_fd int tree = mounts_clone_root(ctr, err);
	int res;

	if (tree < 0)
		return -1;
	res = fs_mkdir(AT_FDCWD, merged, 0700);
	if (res < 0 && res != -EEXIST)
		return err_neg(err, res, "make mount point %s", merged);
	if (move_mount(tree, "", AT_FDCWD, merged, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(err, "mount at %s", merged);
	*ret_path = take_ptr(merged);
	return 0;
}

static bool is_started(struct context *c, const char *id)
{
	auto_fd int dir = ctr_open_dir(c, id, NULL);
	auto_fd int lock = dir < 0 ? -1 : fd_open(dir, "lock", O_RDONLY | O_NOFOLLOW, 0);

	return lock >= 0 && lock_is_held(lock) == 1;
}

/* A start that looked before we mounted. */
static int undo(char **path, struct err *err)
{
	umount2(*path, UMOUNT_NOFOLLOW | MNT_DETACH);
	free(*path);
	*path = NULL;
	return err_set(err, EK_IN_USE, "it was started meanwhile; try again");
}

int mounts_ctr(struct context *c, const struct ctr *ctr, char **ret_path, struct err *err)
{
	auto_fd int dir = -1;
	struct rootfs r = {.driver = STORE_OVERLAY};
	bool live = ctr_is_live(ctr) && ctr->state.pid > 0;
	int res;

	*ret_path = mounts_ctr_path(c, ctr->rec.id);
	if (*ret_path)
		return 0;
	dir = ctr_lock(c, ctr->rec.id, err);
	if (dir < 0 || rootfs_read(dir, &r, err) < 0)
		return -1;
	mounts_mark(dir);
	res = live && !r.host_dir ? mount_live(ctr, &r, ret_path, err) : mount_rootfs(&r, ret_path, err);
	rootfs_done(&r);
	if (!res && !live && is_started(c, ctr->rec.id))
		res = undo(ret_path, err);
	return res < 0 ? err_wrap(err, "mount container %s", ctr->rec.name) : 0;
}

void mounts_drop_ctr(struct context *c, const char *id)
{
	auto_free char *path = geteuid() ? NULL : mounts_ctr_path(c, id);

	if (path)
		umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH);
}

int mounts_end(const char *path, bool force, struct err *err)
{
	if (!umount2(path, UMOUNT_NOFOLLOW | (force ? MNT_DETACH : 0)))
		return 0;
	err_sys(err, "unmount %s", path);
	return errno == EBUSY ? err_advise(err, "leave the directory, or use --force") : -1;
}
