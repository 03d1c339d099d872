#include "storage/rootfs.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/jval.h"
#include "common/proc.h"
#include "storage/changes.h"
#include "storage/overlay.h"

#define ROOTFS_FILE "rootfs.json"
#define ROOTFS_MAX  (1u << 20)

static const struct overlay_ops *const drivers[] = {
	[STORE_OVERLAY] = &overlay_kernel_ops,
	[STORE_FUSE_OVERLAY] = &overlay_fuse_ops,
	[STORE_COPY] = &overlay_copy_ops,
};

static const char *const driver_names[] = {
	[STORE_OVERLAY] = "overlay",
	[STORE_FUSE_OVERLAY] = "fuse-overlayfs",
	[STORE_COPY] = "vfs",
};

/* --- the stored description ----------------------------------------------------------------------------- */

int rootfs_write(int ctr_fd, const struct rootfs *r, unsigned fs_flags, struct err *err)
{
	auto_jval struct jval *v = jval_new_object();

	jval_set_str(v, "driver", driver_names[r->driver]);
	if (r->lowers.n)
		jval_set(v, "lowers", jval_new_strings(&r->lowers));
	if (r->dir)
		jval_set_str(v, "dir", r->dir);
	if (r->host_dir)
		jval_set_str(v, "hostDir", r->host_dir);
	if (r->mount_program)
		jval_set_str(v, "mountProgram", r->mount_program);
	if (r->readonly)
		jval_set_bool(v, "readonly", true);
	if (r->volatile_)
		jval_set_bool(v, "volatile", true);
	if (r->uid_map)
		jval_set_str(v, "uidMap", r->uid_map);
	if (r->gid_map)
		jval_set_str(v, "gidMap", r->gid_map);
	return jval_write_file(ctr_fd, ROOTFS_FILE, v, fs_flags, err);
}

static int parse_driver(const char *name, enum store_driver *ret, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(driver_names); i++)
		if (!strcmp(name, driver_names[i])) {
			*ret = (enum store_driver)i;
			return 0;
		}
	return err_set(err, EK_INVALID, ROOTFS_FILE ": storage driver \"%s\" is not known", name);
}

int rootfs_read(int ctr_fd, struct rootfs *ret, struct err *err)
{
	auto_jval struct jval *v = jval_read_file(ctr_fd, ROOTFS_FILE, ROOTFS_MAX, err);
	struct rootfs r = {.driver = STORE_OVERLAY};

	if (!v || parse_driver(jval_get_str(v, "driver", ""), &r.driver, err) < 0)
		return -1;
	if (jval_get(v, "lowers") && !jval_strings(jval_get(v, "lowers"), &r.lowers)) {
		rootfs_done(&r);
		return err_set(err, EK_INVALID, ROOTFS_FILE ": lowers is not a list of paths");
	}
	r.dir = xstrdup(jval_get_str(v, "dir", NULL));
	r.host_dir = xstrdup(jval_get_str(v, "hostDir", NULL));
	r.mount_program = xstrdup(jval_get_str(v, "mountProgram", NULL));
	r.readonly = jval_get_bool(v, "readonly", false);
	r.volatile_ = jval_get_bool(v, "volatile", false);
	r.uid_map = xstrdup(jval_get_str(v, "uidMap", NULL));
	r.gid_map = xstrdup(jval_get_str(v, "gidMap", NULL));
	*ret = r;
	return 0;
}

void rootfs_done(struct rootfs *r)
{
	svec_done(&r->lowers);
	free(r->dir);
	free(r->host_dir);
	free(r->mount_program);
	free(r->uid_map);
	free(r->gid_map);
	r->dir = r->host_dir = r->mount_program = r->uid_map = r->gid_map = NULL;
}

/* --- preparing --------------------------------------------------------------------------------------------- */

static int need_dir(int dirfd, const char *name, mode_t mode)
{
	int r = fs_mkdir(dirfd, name, mode);

	return r == -EEXIST ? 0 : r;
}

int rootfs_merged(const struct rootfs *r, char **ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/merged", r->dir);
	int res = need_dir(AT_FDCWD, path, 0700);

	if (res < 0)
		return err_neg(err, res, "make mount point %s", path);
	*ret = take_ptr(path);
	return 0;
}

/* The root directory that the container sees is upper's: it takes after the topmost layer's. */
static int copy_root_attrs(const struct rootfs *r, int dirfd)
{
	struct stat st;

	if (!r->lowers.n || stat(r->lowers.v[0], &st) < 0)
		return r->lowers.n ? -errno : 0;
	if ((st.st_uid || st.st_gid) && fchownat(dirfd, "upper", st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return (st.st_mode & 07777) != 0755 && fchmodat(dirfd, "upper", st.st_mode & 07777, 0) < 0 ? -errno : 0;
}

static int make_dirs(const struct rootfs *r, int dirfd)
{
	int ret = r->lowers.n ? 0 : need_dir(dirfd, "empty", 0755);

	if (ret || r->readonly)
		return ret;
	ret = need_dir(dirfd, "upper", 0755);
	if (!ret)
		ret = need_dir(dirfd, "work", 0700);
	return ret ? ret : copy_root_attrs(r, dirfd);
}

int rootfs_prepare(const struct rootfs *r, struct err *err)
{
	const struct overlay_ops *ops = drivers[r->driver];
	auto_fd int dirfd = -1;
	int ret;

	if (r->host_dir)
		return 0;
	dirfd = fd_open_dir(AT_FDCWD, r->dir);
	ret = dirfd < 0 ? dirfd : make_dirs(r, dirfd);
	if (ret < 0)
		return err_neg(err, ret, "prepare root file system in %s", r->dir);
	return ops->prepare ? ops->prepare(r, err) : 0;
}

/* --- mounting ---------------------------------------------------------------------------------------------- */

/* --rootfs: the directory with what is mounted below it, cut off from the host's propagation. */
static int mount_host(const struct rootfs *r, struct rootfs_mounted *ret, struct err *err)
{
	struct mount_attr attr = {
		.attr_set = r->readonly ? MOUNT_ATTR_RDONLY : 0,
		.propagation = MS_PRIVATE,
	};
	auto_fd int fd = open_tree(AT_FDCWD, r->host_dir, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (fd < 0)
		return err_sys(err, "root file system %s", r->host_dir);
	if (mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return err_sys(err, "root file system %s: make it private", r->host_dir);
	ret->fd = take_fd(fd);
	ret->detached = true;
	return 0;
}

static int attach(const struct rootfs *r, struct rootfs_mounted *m, struct err *err)
{
	auto_free char *merged = NULL;

	if (rootfs_merged(r, &merged, err) < 0)
		return -1;
	if (move_mount(m->fd, "", AT_FDCWD, merged, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(err, "mount root file system at %s", merged);
	m->detached = false;
	return 0;
}

/* An image without layers still has a root directory. */
static int mount_image(const struct rootfs *r, struct rootfs_mounted *ret, struct err *err)
{
	struct rootfs with_base = *r;
	int res;

	if (r->lowers.n)
		return drivers[r->driver]->mount(r, ret, err);
	with_base.lowers = (struct svec)SVEC_INIT;
	svec_addf(&with_base.lowers, "%s/empty", r->dir);
	res = drivers[r->driver]->mount(&with_base, ret, err);
	svec_done(&with_base.lowers);
	return res;
}

int rootfs_mount(const struct rootfs *r, bool want_path, struct rootfs_mounted *ret, struct err *err)
{
	struct rootfs_mounted m = {.fd = -1, .helper = -1};
	int res = r->host_dir ? mount_host(r, &m, err) : mount_image(r, &m, err);

	if (!res && want_path && !r->host_dir)
		res = attach(r, &m, err);
	if (res < 0) {
		rootfs_unmount(r, &m);
		return -1;
	}
	*ret = m;
	return 0;
}

void rootfs_unmount(const struct rootfs *r, struct rootfs_mounted *m)
{
	if (m->fd >= 0 && !m->detached && r->dir) {
		auto_free char *merged = xasprintf("%s/merged", r->dir);

		umount2(merged, MNT_DETACH);
	}
	fd_closep(&m->fd);
	if (m->helper > 0) {
		kill(m->helper, SIGTERM);
		proc_wait(m->helper);
		m->helper = -1;
	}
}

int rootfs_changes(const struct rootfs *r, void (*fn)(void *arg, enum rootfs_change c, const char *path), void *arg,
	struct err *err)
{
	auto_free char *upper = NULL;

	if (r->host_dir)
		return err_set(err, EK_UNSUPPORTED, "a container of --rootfs has no layers to compare with");
	upper = xasprintf("%s/upper", r->dir);
	return changes_walk(&(struct changes){upper, &r->lowers, r->driver}, fn, arg, err);
}

/* --- probing ------------------------------------------------------------------------------------------------ */

static int make_scratch(int fd, struct rootfs *r, const char *path)
{
	static const char *const dirs[] = {"low1", "low2", "upper", "work", "merged"};
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && !ret; i++)
		ret = fs_mkdir(fd, dirs[i], 0755);
	if (!ret)
		ret = fs_write_file(fd, "low2/file", "x", 1, 0644, 0);
	r->dir = xstrdup(path);
	svec_addf(&r->lowers, "%s/low1", path);
	svec_addf(&r->lowers, "%s/low2", path);
	return ret;
}

int rootfs_probe(enum store_driver d, int dirfd, struct err *err)
{
	auto_free char *base = fs_fd_path(dirfd), *path = NULL;
	struct rootfs r = {.driver = d};
	auto_fd int fd = -1;
	uint64_t rnd = 0;
	char name[40];
	int ret;

	if (!drivers[d]->probe)
		return 0;
	if (getrandom(&rnd, sizeof(rnd), 0) != sizeof(rnd))
		rnd = (uint64_t)getpid();
	snprintf(name, sizeof(name), "probe-%016llx", (unsigned long long)rnd);
	ret = fs_mkdir(dirfd, name, 0700);
	if (ret < 0)
		return err_neg(err, ret, "probe storage driver");
	path = xasprintf("%s/%s", base ? base : "", name);
	fd = fd_open_dir(dirfd, name);
	ret = fd < 0 ? fd : make_scratch(fd, &r, path);
	ret = ret < 0 ? err_neg(err, ret, "probe storage driver") : drivers[d]->probe(&r, err);
	rootfs_done(&r);
	(void)!fs_remove_tree(dirfd, name);
	return ret;
}
