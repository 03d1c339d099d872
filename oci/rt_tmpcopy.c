#include "oci/rt_tmpcopy.h"

#include <dirent.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/rootfd.h"
#include "oci/rt_sys.h"

#define MAX_DEPTH 64

static int copy_meta(int fd, const struct stat *st)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchown(fd, st->st_uid, st->st_gid) < 0 || fchmod(fd, st->st_mode & 07777) < 0 ||
		futimens(fd, times) < 0)
		return -errno;
	return 0;
}

static int copy_file(int from, int to, const char *name)
{
	auto_fd int in = fd_open(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	auto_fd int out = -1;
	struct stat st;
	ssize_t n;

	if (in < 0)
		return in;
	if (fstat(in, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	out = fd_open(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (out < 0)
		return out;
	do
		n = sendfile(out, in, NULL, 1 << 20);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : copy_meta(out, &st);
}

static int copy_link(int from, int to, const char *name, const struct stat *st)
{
	auto_free char *target = fs_readlink(from, name);

	if (!target || symlinkat(target, to, name) < 0 ||
		fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int copy_dir(int from, int to, unsigned depth);

static int copy_entry(int from, int to, const char *name, unsigned depth)
{
	auto_fd int in = -1;
	auto_fd int out = -1;
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, &st);
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (depth >= MAX_DEPTH)
		return -ELOOP;
	in = fd_open_dir(from, name);
	if (in < 0)
		return in;
	if (mkdirat(to, name, 0700) < 0)
		return -errno;
	out = fd_open_dir(to, name);
	if (out < 0)
		return out;
	r = copy_dir(in, out, depth + 1);
	return r < 0 ? r : copy_meta(out, &st);
}

static int copy_dir(int from, int to, unsigned depth)
{
	auto_dir DIR *d = fs_dir(fd_open_dir(from, "."));
	const char *name;
	int r = d ? 0 : -errno;

	while (!r && (name = fs_dir_next(d)))
		r = copy_entry(from, to, name, depth);
	return r;
}

static int new_tmpfs(const struct rt_op *op, struct err *err)
{
	auto_fd int fs = sys_fsopen("tmpfs");
	int m;

	if (fs < 0)
		return err_sys(err, "open tmpfs");
	for (size_t i = 0; i < op->nopts; i++)
		if (sys_fsconfig(fs, op->opts[i].value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			    op->opts[i].key, op->opts[i].value) < 0)
			return err_sys(err, "tmpfs option %s", op->opts[i].key);
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return err_sys(err, "create tmpfs");
	m = sys_fsmount(fs, (unsigned)(op->set & ~(uint64_t)MOUNT_ATTR_RDONLY));
	return m < 0 ? err_sys(err, "mount tmpfs") : m;
}

static bool has_mode(const struct rt_op *op)
{
	for (size_t i = 0; i < op->nopts; i++)
		if (!strcmp(op->opts[i].key, "mode"))
			return true;
	return false;
}

static int fill(struct rt_plan *p, const struct rt_op *op, int mount, struct err *err)
{
	auto_fd int to = fd_open(mount, ".", O_RDONLY | O_DIRECTORY, 0);
	auto_fd int from = rootfd_open(p->root, op->target, O_RDONLY | O_DIRECTORY, 0);
	struct stat st;
	int r;

	if (from == -ENOENT)
		return 0;
	r = from < 0 ? from : to < 0 ? to : copy_dir(from, to, 0);
	if (!r && !has_mode(op))
		r = fstat(from, &st) < 0 ? -errno : copy_meta(to, &st);
	return r < 0 ? err_neg(err, r, "copy the image's %s", op->target) : 0;
}

int rt_tmpcopy_make(struct rt_plan *p, struct rt_op *op, struct err *err)
{
	int m = new_tmpfs(op, err);

	if (m < 0)
		return -1;
	op->kind = RT_OP_TREE;
	op->tree = rt_plan_keep_fd(p, m);
	if (fill(p, op, m, err) < 0)
		return -1;
	if (op->set & MOUNT_ATTR_RDONLY && sys_mount_setattr(m, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return err_sys(err, "make tmpfs read-only");
	return 0;
}
