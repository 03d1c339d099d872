/* overlay_kernel.c - the kernel's overlay with userxattr, made as a detached mount where the kernel
 * can (fsopen with lowerdir+, 6.8 and later), else by mount(2). No path is ever part of an option
 * list that the kernel splits: ":" "," and "\" in the store's path are ordinary (threats.md X16). */
#include "storage/overlay.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/sbuf.h"

#define MAX_OPTION     255 /* fsconfig copies 256 bytes at most */
#define NO_NEW_API     1   /* not an error: take the old way */

/* What the kernel has to say about a failed configuration, as " (text)". */
static void context_log(int fs, struct sbuf *ret)
{
	char buf[256];
	ssize_t n = fd_read_some(fs, buf, sizeof(buf));

	if (n > 2)
		sbuf_addf(ret, " (%.*s)", (int)(n - 2), buf + 2);
	for (size_t i = 0; i < ret->len; i++)
		if (ret->buf[i] == '\n')
			ret->buf[i] = ' ';
}

static int set_failed(int fs, const char *what, int sys, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	context_log(fs, &text);
	return err_neg(err, -sys, "mount overlay: %s%s", what, text.buf);
}

/* By descriptor: as such (6.13), else by its /proc name. */
static int set_by_fd(int fs, const char *key, const char *path)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	char link[40];

	if (fd < 0) {
		errno = -fd;
		return -1;
	}
	if (!fsconfig(fs, FSCONFIG_SET_FD, key, NULL, fd))
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return fsconfig(fs, FSCONFIG_SET_STRING, key, link, 0);
}

static int set_path(int fs, const char *key, const char *path)
{
	/* Too long for an option, or with the one character that upperdir and workdir unescape. */
	if (strlen(path) > MAX_OPTION || strchr(path, '\\'))
		return set_by_fd(fs, key, path);
	return fsconfig(fs, FSCONFIG_SET_STRING, key, path, 0);
}

static int set_lowers(int fs, const struct rootfs *r, struct err *err)
{
	for (size_t i = 0; i < r->lowers.n; i++) {
		if (!set_path(fs, "lowerdir+", r->lowers.v[i]))
			continue;
		if (!i && errno == EINVAL)
			return NO_NEW_API;
		return set_failed(fs, r->lowers.v[i], errno, err);
	}
	return 0;
}

static int set_upper(int fs, const struct rootfs *r, struct err *err)
{
	auto_free char *upper = xasprintf("%s/upper", r->dir);
	auto_free char *work = xasprintf("%s/work", r->dir);

	if (set_path(fs, "upperdir", upper) < 0)
		return set_failed(fs, upper, errno, err);
	if (set_path(fs, "workdir", work) < 0)
		return set_failed(fs, work, errno, err);
	if (r->volatile_ && fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL, 0) < 0)
		return set_failed(fs, "volatile", errno, err);
	return 0;
}

/* Before 6.5 overlay takes any option here, to refuse `lowerdir+` when it mounts, with a line in the
 * kernel's log each time. Such file systems have no options by descriptor, and say so at once. */
static bool takes_text_only(int fs)
{
	return fsconfig(fs, FSCONFIG_SET_FD, "userxattr", NULL, fs) < 0 && errno == EOPNOTSUPP;
}

static int mount_new_once(const struct rootfs *r, int *ret, struct err *err)
{
	auto_fd int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	unsigned attr = r->readonly ? MOUNT_ATTR_RDONLY : 0;
	int res;

	if (fs < 0)
		return errno == ENOSYS ? NO_NEW_API : err_sys(err, "mount overlay: fsopen");
	if (takes_text_only(fs))
		return NO_NEW_API;
	res = set_lowers(fs, r, err);
	if (!res && !r->readonly)
		res = set_upper(fs, r, err);
	if (res)
		return res;
	if (fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0)
		return set_failed(fs, "userxattr", errno, err);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return set_failed(fs, r->dir, errno, err);
	*ret = fsmount(fs, FSMOUNT_CLOEXEC, attr);
	return *ret < 0 ? err_sys(err, "mount overlay: fsmount") : 0;
}

/* After volatile use the kernel refuses the pair of upper and work until its mark is taken away:
 * a stopped --rm container that is started again has lost nothing, since no power failed. */
static bool forget_volatile(const struct rootfs *r)
{
	auto_fd int dir = fd_open_dir(AT_FDCWD, r->dir);

	return dir >= 0 && fs_exists(dir, "work/work/incompat") &&
		!fs_remove_tree(dir, "work/work/incompat");
}

static int mount_new(const struct rootfs *r, int *ret, struct err *err)
{
	int res = mount_new_once(r, ret, err);

	if (res < 0 && !r->readonly && forget_volatile(r)) {
		err_clear(err);
		res = mount_new_once(r, ret, err);
	}
	return res;
}

/* --- mount(2): the options name descriptors, by numbers relative to /proc/self/fd ------------------ */

struct old_mount {
	int *fds;
	size_t n;
	struct sbuf options;
};

static int old_add(struct old_mount *o, const char *path, struct err *err)
{
	int fd = fd_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return err_neg(err, fd, "mount overlay: %s", path);
	o->fds[o->n++] = fd;
	sbuf_addf(&o->options, "%d", fd);
	return 0;
}

static int old_options(struct old_mount *o, const struct rootfs *r, struct err *err)
{
	auto_free char *upper = xasprintf("%s/upper", r->dir);
	auto_free char *work = xasprintf("%s/work", r->dir);

	sbuf_addstr(&o->options, "userxattr");
	for (size_t i = 0; i < r->lowers.n; i++) {
		sbuf_addstr(&o->options, i ? ":" : ",lowerdir=");
		if (old_add(o, r->lowers.v[i], err) < 0)
			return -1;
	}
	if (r->readonly)
		return 0;
	sbuf_addstr(&o->options, ",upperdir=");
	if (old_add(o, upper, err) < 0)
		return -1;
	sbuf_addstr(&o->options, ",workdir=");
	if (old_add(o, work, err) < 0)
		return -1;
	if (r->volatile_)
		sbuf_addstr(&o->options, ",volatile");
	return 0;
}

static int old_mount_at(const struct old_mount *o, const struct rootfs *r, const char *target, struct err *err)
{
	auto_fd int cwd = fd_open(AT_FDCWD, ".", O_PATH | O_DIRECTORY, 0);
	int res = -1;

	if (cwd < 0)
		return err_neg(err, cwd, "mount overlay: current directory");
	if (!chdir("/proc/self/fd"))
		res = mount("overlay", target, "overlay", r->readonly ? MS_RDONLY : 0, o->options.buf);
	if (res < 0)
		err_sys(err, "mount overlay: %s", r->dir);
	if (fchdir(cwd) < 0 && !res)
		res = err_sys(err, "mount overlay: go back");
	return res;
}

static int mount_old(const struct rootfs *r, int *ret, struct err *err)
{
	auto_free char *merged = NULL;
	struct old_mount o = {.options = SBUF_INIT};
	int res;

	if (rootfs_merged(r, &merged, err) < 0)
		return -1;
	o.fds = xcalloc(r->lowers.n + 2, sizeof(int));
	res = old_options(&o, r, err);
	if (!res)
		res = old_mount_at(&o, r, merged, err);
	while (o.n)
		fd_close(o.fds[--o.n]);
	free(o.fds);
	sbuf_done(&o.options);
	if (res < 0)
		return -1;
	/* From here on it is as the new way leaves it: one detached mount, not seen anywhere. */
	*ret = open_tree(AT_FDCWD, merged, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (*ret < 0)
		res = err_sys(err, "mount overlay: %s", merged);
	umount2(merged, MNT_DETACH);
	return res;
}

/* --- the driver -------------------------------------------------------------------------------------- */

/* Overlay needs two directories; one alone, read-only, is a bind mount. */
static int mount_single(const struct rootfs *r, int *ret, struct err *err)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	*ret = open_tree(AT_FDCWD, r->lowers.v[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (*ret < 0)
		return err_sys(err, "mount %s", r->lowers.v[0]);
	if (mount_setattr(*ret, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return err_sys(err, "mount %s: make read-only", r->lowers.v[0]);
	return 0;
}

static int kernel_mount(const struct rootfs *r, struct rootfs_mounted *ret, struct err *err)
{
	auto_fd int fd = -1;
	int res;

	if (r->lowers.n > OVERLAY_MAX_LOWERS)
		return err_set(err, EK_UNSUPPORTED, "mount overlay: %zu layers, the kernel takes %d; use --storage-driver vfs",
			r->lowers.n, OVERLAY_MAX_LOWERS);
	if (r->readonly && r->lowers.n == 1) {
		res = mount_single(r, &fd, err);
	} else {
		res = mount_new(r, &fd, err);
		if (res == NO_NEW_API)
			res = mount_old(r, &fd, err);
	}
	if (res < 0)
		return -1;
	ret->fd = take_fd(fd);
	ret->detached = true;
	return 0;
}

/* Mounting is not enough: deleting a lower file makes a whiteout, which user namespaces or the file
 * system below may refuse. */
static int kernel_probe(const struct rootfs *scratch, struct err *err)
{
	struct rootfs_mounted m = {.fd = -1, .helper = -1};
	int res = 0;

	if (kernel_mount(scratch, &m, err) < 0)
		return -1;
	if (unlinkat(m.fd, "file", 0) < 0)
		res = err_sys(err, "overlay: make a whiteout");
	else if (mkdirat(m.fd, "file", 0700) < 0)
		res = err_sys(err, "overlay: make an opaque directory");
	fd_close(m.fd);
	return res;
}

const struct overlay_ops overlay_kernel_ops = {.mount = kernel_mount, .probe = kernel_probe};
