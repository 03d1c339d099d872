#include "oci/rt_child.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

#include "common/fd.h"
#include "common/rootfd.h"
#include "oci/rt_sys.h"

static bool on_fs(int fd, long magic)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (long)fs.f_type == magic;
}

static bool is_chr(int fd, unsigned maj, unsigned min)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(maj, min);
}

/* ---- attributes: mount_setattr, or remounting by descriptor on kernels and filters without ----
 */

/* "/proc/self/fd/N" without stdio. */
static const char *fd_path(int fd, char buf[32])
{
	char digits[12];
	size_t n = 0, at = sizeof("/proc/self/fd/") - 1;

	memcpy(buf, "/proc/self/fd/", at);
	do {
		digits[n++] = (char)('0' + fd % 10);
		fd /= 10;
	} while (fd);
	while (n)
		buf[at++] = digits[--n];
	buf[at] = '\0';
	return buf;
}

/* An attached mount; the flags it has are kept, as the kernel insists on locked ones. */
static int remount(int fd, uint64_t set)
{
	char path[32];
	struct statfs fs;
	unsigned long flags = MS_REMOUNT | MS_BIND;

	if (fstatfs(fd, &fs) < 0)
		return -1;
	/* ST_RDONLY, ST_NOSUID, ST_NODEV and ST_NOEXEC have the values of MS_*, and so have
	 * MOUNT_ATTR_* of those four */
	flags |= (unsigned long)fs.f_flags &
		 (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
	flags |= fs.f_flags & 0x1000 /* ST_RELATIME */ ? MS_RELATIME : 0;
	flags |= set & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
	return sys_mount(NULL, fd_path(fd, path), NULL, flags, NULL);
}

/* A clone that could not be made private before it was attached. */
static int make_private(int fd)
{
	char path[32];

	return sys_mount(NULL, fd_path(fd, path), NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Before attaching. 1: the kernel cannot, so the caller has to remount after attaching. */
static int set_attr(int tree, unsigned flags, uint64_t set)
{
	if (sys_mount_setattr(tree, flags, set, 0, 0) == 0)
		return 0;
	return errno == ENOSYS || errno == EPERM ? 1 : -1;
}

static int attach_with(int tree, int target, unsigned flags, uint64_t set)
{
	int later = set ? set_attr(tree, flags, set) : 0;

	if (later < 0 || sys_move_mount_fd(tree, target) < 0)
		return -1;
	return later ? remount(tree, set) : 0;
}

/* ---- one mount ---- */

static int target_of(struct rt_child *c, size_t i, const struct rt_op *op)
{
	struct stat st;
	int fd;

	if (op->flags & RT_OP_NO_LINK) {
		/* an image whose /proc, /sys or /dev is a link would have masks land elsewhere (V3,
		 * V7) */
		fd = rootfd_open(c->p->root, op->target, O_PATH | O_NOFOLLOW, 0);
		if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode)))
			rt_child_fail(c->sync, RT_STEP_TARGET_LINK, i, ENOTDIR);
		if (fd >= 0)
			return fd;
	}
	fd = op->flags & RT_OP_IS_FILE ? rootfd_mkfile_p(c->p->root, op->target, 0644, 0, 0)
				       : rootfd_mkdir_p(c->p->root, op->target, 0755, 0, 0);
	if (fd < 0)
		rt_child_fail(c->sync, RT_STEP_TARGET, i, -fd);
	return fd;
}

/* Nothing but procfs may cover procfs, a few harmless files excepted: else what is written there
 * later would go to a file of the attacker's choice, and masks would protect a dummy. */
static void check_over_proc(
	struct rt_child *c, size_t i, const struct rt_op *op, int tree, int target)
{
	if (op->flags & RT_OP_OVER_PROC || !on_fs(target, PROC_SUPER_MAGIC) ||
		on_fs(tree, PROC_SUPER_MAGIC))
		return;
	rt_child_fail(c->sync, RT_STEP_TARGET_PROC, i, EPERM);
}

static int fs_options(int fs, const struct rt_op *op, const char *without)
{
	for (size_t i = 0; i < op->nopts; i++) {
		const struct rt_pair *o = &op->opts[i];

		if (without && !strcmp(o->key, without))
			continue;
		if (sys_fsconfig(fs, o->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, o->key,
			    o->value) < 0)
			return -1;
	}
	return sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
}

/* A new instance of a file system, detached; -1 with errno and *ret_step. */
static int fs_new(const struct rt_op *op, enum rt_step *ret_step)
{
	int fs = sys_fsopen(op->fstype), m;

	*ret_step = RT_STEP_FSOPEN;
	if (fs < 0)
		return -1;
	*ret_step = RT_STEP_FSOPTION;
	if (fs_options(fs, op, NULL) < 0) {
		fd_close(fs);
		/* gid 5 (tty) does not exist where only one id is mapped */
		if (errno != EINVAL || !(op->flags & RT_OP_PTS))
			return -1;
		fs = sys_fsopen(op->fstype);
		if (fs < 0 || fs_options(fs, op, "gid") < 0)
			return -1;
	}
	*ret_step = RT_STEP_FSMOUNT;
	m = sys_fsmount(fs, (unsigned)op->set);
	fd_close(fs);
	return m;
}

/* The host's own mount, read-only: for sysfs of a foreign network namespace and the like. */
static int stand_in(const struct rt_op *op)
{
	int tree = sys_open_tree(AT_FDCWD, op->fallback, OPEN_TREE_CLONE | AT_RECURSIVE);

	if (tree < 0)
		return -1;
	if (sys_mount_setattr(tree, AT_RECURSIVE, op->set | MOUNT_ATTR_RDONLY, 0, MS_PRIVATE) < 0) {
		fd_close(tree);
		return -1;
	}
	return tree;
}

/* Somewhere for programs to look and find nothing: no cgroup may fail a start. */
static int empty_dir(uint64_t attr)
{
	static const struct rt_pair opts[] = {{"source", "tmpfs"}, {"nr_blocks", "1"},
		{"nr_inodes", "1"}, {"mode", "0555"}, {"ro", NULL}};
	const struct rt_op op = {.fstype = "tmpfs",
		.opts = (struct rt_pair *)(uintptr_t)opts,
		.nopts = ARRAY_SIZE(opts),
		.set = attr | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
		       MOUNT_ATTR_NOEXEC};
	enum rt_step step;

	return fs_new(&op, &step);
}

static int cgroup_dir(struct rt_child *c, size_t i, uint64_t attr)
{
	static const struct rt_pair opts[] = {{"source", "tmpfs"}, {"mode", "755"}};
	const struct rt_op op = {.fstype = "tmpfs",
		.opts = (struct rt_pair *)(uintptr_t)opts,
		.nopts = ARRAY_SIZE(opts),
		.set = attr & ~(uint64_t)MOUNT_ATTR_RDONLY};
	enum rt_step step;
	int tree = fs_new(&op, &step);

	if (tree < 0)
		rt_child_fail(c->sync, step, i, errno);
	return tree;
}

static int tree_of(struct rt_child *c, size_t i, const struct rt_op *op)
{
	enum rt_step step = RT_STEP_FSMOUNT;
	int tree, sys;

	if (op->kind == RT_OP_TREE)
		return op->tree;
	if (op->nhiers)
		return cgroup_dir(c, i, op->set);
	tree = fs_new(op, &step);
	sys = errno;
	if (tree < 0 && op->fallback)
		tree = stand_in(op);
	if (tree < 0 && op->kind == RT_OP_CGROUP)
		tree = empty_dir(op->set);
	if (tree < 0)
		rt_child_fail(c->sync, step, i, sys);
	return tree;
}

static void do_remount(struct rt_child *c, size_t i, const struct rt_op *op)
{
	int fd = rootfd_open(c->p->root, op->target, O_PATH, 0);

	if (fd < 0)
		rt_child_fail(c->sync, RT_STEP_TARGET, i, -fd);
	if (sys_mount_setattr(fd, 0, op->set, op->clr, op->propagation) < 0 &&
		(op->clr || remount(fd, op->set) < 0))
		rt_child_fail(c->sync, RT_STEP_ATTR, i, errno);
	fd_close(fd);
}

/* ---- /dev ---- */

static void dev_links(struct rt_child *c)
{
	static const char *const links[][2] = {{"/proc/self/fd", "fd"},
		{"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
		{"/proc/self/fd/2", "stderr"}, {"/proc/kcore", "core"}, {"pts/ptmx", "ptmx"}};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i][0], c->dev, links[i][1]) < 0)
			rt_child_fail(c->sync, RT_STEP_DEV_LINK, i, errno);
}

static void make_node(
	struct rt_child *c, size_t i, const struct rt_dev *d, int rootfd, const char *path)
{
	const char *base;
	int dir = rootfd_parent(rootfd, path, &base);

	if (dir < 0)
		rt_child_fail(c->sync, RT_STEP_DEV, i, -dir);
	/* mode and owner explicitly: the umask is the caller's */
	if (mknodat(dir, base, d->mode, makedev(d->major, d->minor)) < 0 ||
		fchmodat(dir, base, d->mode & 07777, 0) < 0 ||
		fchownat(dir, base, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0)
		rt_child_fail(c->sync, RT_STEP_DEV, i, errno);
	fd_close(dir);
}

/* Onto the tmpfs that nobody else has seen yet, so no name in it can be a trap. */
static void add_device(struct rt_child *c, size_t i, const struct rt_dev *d)
{
	const char *path = d->path + sizeof("/dev") - 1;
	int at;

	if (d->tree < 0) {
		at = rootfd_mkfile_p(c->dev, path, 0644, 0, 0); /* the parents */
		if (at < 0)
			rt_child_fail(c->sync, RT_STEP_DEV, i, -at);
		fd_close(at);
		if (unlinkat(c->dev, path + 1, 0) < 0)
			rt_child_fail(c->sync, RT_STEP_DEV, i, errno);
		make_node(c, i, d, c->dev, path);
		return;
	}
	at = rootfd_mkfile_p(c->dev, path, 0644, 0, 0);
	if (at < 0 || sys_move_mount_fd(d->tree, at) < 0)
		rt_child_fail(c->sync, RT_STEP_DEV, i, at < 0 ? -at : errno);
	fd_close(at);
}

static void populate(struct rt_child *c)
{
	dev_links(c);
	for (size_t i = 0; i < c->p->ndevs; i++)
		add_device(c, i, &c->p->devs[i]);
}

/* ---- all of them ---- */

static void remember(struct rt_child *c, const struct rt_op *op, int tree)
{
	if (op->flags & RT_OP_PROC && c->own_proc < 0) {
		/* a private clone that nothing covers: masks, volumes and racers act on the other
		 */
		c->own_proc = sys_open_tree(tree, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
		if (c->own_proc < 0)
			c->own_proc = tree;
	}
	if (!strcmp(op->target, "/proc"))
		c->at_proc = tree;
	else if (!strcmp(op->target, "/sys"))
		c->at_sys = tree;
	if (op->flags & RT_OP_PTS)
		c->pts = tree;
	if (op->flags & RT_OP_POPULATE) {
		c->dev = tree;
		populate(c);
	}
}

static void do_op(struct rt_child *c, size_t i, const struct rt_op *op)
{
	int tree, target;

	if (op->kind == RT_OP_REMOUNT) {
		do_remount(c, i, op);
		return;
	}
	tree = tree_of(c, i, op);
	target = target_of(c, i, op);
	check_over_proc(c, i, op, tree, target);
	if (sys_move_mount_fd(tree, target) < 0)
		rt_child_fail(c->sync, RT_STEP_ATTACH, i, errno);
	if (op->later && (make_private(tree) < 0 || remount(tree, op->set) < 0))
		rt_child_fail(c->sync, RT_STEP_ATTR, i, errno);
	fd_close(target);
	if (op->nhiers)
		rt_child_cgroup1(c, i, op, tree);
	remember(c, op, tree);
	if (tree != op->tree && tree != c->pts && tree != c->dev && tree != c->own_proc &&
		tree != c->at_proc && tree != c->at_sys)
		fd_close(tree);
}

/* Sysctls and the like need a procfs even if the container gets none, or the host's. */
static void need_own_proc(struct rt_child *c)
{
	const struct rt_op op = {
		.fstype = "proc", .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};
	enum rt_step step;

	if (c->own_proc >= 0 ||
		!(c->p->nsysctls || c->p->has_oom || c->p->exec_label || c->p->exec_profile))
		return;
	c->own_proc = fs_new(&op, &step);
	if (c->own_proc < 0) /* the pid namespace is the host's: so is its procfs */
		c->own_proc = fd_open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (c->own_proc < 0 || !on_fs(c->own_proc, PROC_SUPER_MAGIC))
		rt_child_fail(c->sync, RT_STEP_PROC, 0, EPERM);
}

static void make_cwd(struct rt_child *c)
{
	int fd = rootfd_mkdir_p(c->p->root, c->p->cwd, 0755, 0, 0);

	/* one that cannot be made is reported when we go there, unless it exists after all */
	if (fd < 0 && fd != -EROFS && fd != -EACCES)
		rt_child_fail(c->sync, RT_STEP_CWD_MAKE, 0, -fd);
	fd_close(fd);
}

void rt_child_mounts(struct rt_child *c)
{
	const struct rt_plan *p = c->p;
	char path[32];

	if (sys_mount(NULL, "/", NULL, MS_REC | p->old_propagation, NULL) < 0)
		rt_child_fail(c->sync, RT_STEP_PROPAGATION, 0, errno);
	/* On top of the old root, where only descriptors and pivot_root see it. */
	if (syscall(SYS_move_mount, p->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		rt_child_fail(c->sync, RT_STEP_ROOT_ATTACH, 0, errno);
	if (p->root_later && make_private(p->root) < 0)
		rt_child_fail(c->sync, RT_STEP_PROPAGATION, 0, errno);
	/* before the mounts below it, which have options of their own */
	if (p->root_propagation && !(p->root_propagation & MS_SHARED) &&
		sys_mount(NULL, fd_path(p->root, path), NULL, p->root_propagation, NULL) < 0)
		rt_child_fail(c->sync, RT_STEP_PROPAGATION, 0, errno);
	for (size_t i = 0; i < p->nops; i++)
		do_op(c, i, &p->ops[i]);
	need_own_proc(c);
	make_cwd(c);
}

/* ---- masks ---- */

static int mask_tree(struct rt_child *c, bool dir)
{
	int tree;

	if (dir && c->empty >= 0)
		return sys_open_tree(c->empty, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
	if (dir)
		return empty_dir(0);
	tree = sys_open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE);
	if (tree >= 0 && !is_chr(tree, 1, 3)) {
		fd_close(tree);
		errno = ENODEV;
		return -1;
	}
	return tree;
}

/* Below the mounts that we made, not below whatever has their name by now: a racer that swaps /proc
 * for a link would else leave it without masks, as those that are missing are passed over (V3). */
static int open_masked(struct rt_child *c, const char *path)
{
	if (c->at_proc >= 0 && !strncmp(path, "/proc/", 6))
		return rootfd_open(c->at_proc, path + 5, O_PATH, 0);
	if (c->at_sys >= 0 && !strncmp(path, "/sys/", 5))
		return rootfd_open(c->at_sys, path + 4, O_PATH, 0);
	return rootfd_open(c->p->root, path, O_PATH, 0);
}

static void mask(struct rt_child *c, size_t i)
{
	int fd = open_masked(c, c->p->masked[i]), tree;
	struct stat st;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return;
	if (fd < 0 || fstat(fd, &st) < 0)
		rt_child_fail(c->sync, RT_STEP_MASK, i, fd < 0 ? -fd : errno);
	tree = mask_tree(c, S_ISDIR(st.st_mode));
	if (tree < 0 || sys_move_mount_fd(tree, fd) < 0)
		rt_child_fail(c->sync, RT_STEP_MASK, i, errno);
	if (S_ISDIR(st.st_mode) && c->empty < 0)
		c->empty = tree;
	else
		fd_close(tree);
	fd_close(fd);
}

static void make_readonly(struct rt_child *c, size_t i)
{
	int fd = open_masked(c, c->p->readonly[i]), tree;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return;
	tree = fd < 0 ? -1 : sys_open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | AT_RECURSIVE);
	if (fd < 0 || tree < 0 || attach_with(tree, fd, AT_RECURSIVE, MOUNT_ATTR_RDONLY) < 0)
		rt_child_fail(c->sync, RT_STEP_READONLY, i, fd < 0 ? -fd : errno);
	fd_close(tree);
	fd_close(fd);
}

void rt_child_masks(struct rt_child *c)
{
	const struct rt_plan *p = c->p;
	int later;

	for (size_t i = 0; i < p->nreadonly; i++)
		make_readonly(c, i);
	for (size_t i = 0; i < p->nmasked; i++)
		mask(c, i);
	if (!p->root_readonly)
		return;
	later = set_attr(p->root, 0, MOUNT_ATTR_RDONLY);
	if (later < 0 || (later && remount(p->root, MOUNT_ATTR_RDONLY) < 0))
		rt_child_fail(c->sync, RT_STEP_ROOT_RO, 0, errno);
}

/* ---- writes to procfs: only to our own instance, never across a mount or a link (M2) ---- */

static int open_own_proc(struct rt_child *c, const char *path)
{
	int fd = sys_openat2(c->own_proc, path, O_WRONLY | O_NOFOLLOW,
		RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH);

	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = fd_open(c->own_proc, path, O_WRONLY | O_NOFOLLOW, 0);
	else if (fd < 0)
		fd = -errno;
	if (fd >= 0 && !on_fs(fd, PROC_SUPER_MAGIC)) {
		fd_close(fd);
		return -EXDEV;
	}
	return fd;
}

int rt_child_write_proc(struct rt_child *c, const char *path, const char *text)
{
	size_t n = strlen(text);
	int fd = open_own_proc(c, path), r;

	if (fd < 0)
		return fd;
	r = write(fd, text, n) == (ssize_t)n ? 0 : -errno;
	fd_close(fd);
	return r;
}

void rt_child_sysctls(struct rt_child *c)
{
	for (size_t i = 0; i < c->p->nsysctls; i++) {
		int r = rt_child_write_proc(c, c->p->sysctls[i].key, c->p->sysctls[i].value);

		if (r < 0)
			rt_child_fail(c->sync, RT_STEP_SYSCTL, i, -r);
	}
}

/* ---- the terminal ---- */

/* The multiplexer of the container's own devpts. After a join the tree is hostile: take only what
 * is on devpts and is the multiplexer. */
static int open_ptmx(struct rt_child *c)
{
	int dir = c->pts, fd;

	if (dir < 0)
		dir = fd_open(AT_FDCWD, "/dev/pts", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (dir < 0)
		return dir;
	fd = fd_open(dir, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd >= 0 && (!on_fs(fd, DEVPTS_SUPER_MAGIC) || !is_chr(fd, 5, 2))) {
		fd_close(fd);
		fd = -ENODEV;
	}
	if (dir != c->pts)
		fd_close(dir);
	return fd;
}

static void bind_console(struct rt_child *c)
{
	int at = rootfd_mkfile_p(c->dev, "/console", 0600, 0, 0);
	int tree = sys_open_tree(c->slave, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);

	if (at < 0 || tree < 0 || sys_move_mount_fd(tree, at) < 0)
		rt_child_fail(c->sync, RT_STEP_CONSOLE, 0, at < 0 ? -at : errno);
	fd_close(tree);
	fd_close(at);
}

void rt_child_dev_readonly(struct rt_child *c)
{
	if (c->dev < 0 || !c->p->dev_readonly)
		return;
	if (sys_mount_setattr(c->dev, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0 && remount(c->dev, MOUNT_ATTR_RDONLY) < 0)
		rt_child_fail(c->sync, RT_STEP_ATTR, c->p->dev_op, errno);
}

void rt_child_console(struct rt_child *c)
{
	struct winsize ws = {.ws_row = c->p->rows, .ws_col = c->p->cols};
	int zero = 0;

	c->master = open_ptmx(c);
	if (c->master < 0)
		rt_child_fail(c->sync, RT_STEP_PTY, 0, -c->master);
	fd_set_nonblock(c->master, false);
	if (ioctl(c->master, TIOCSPTLCK, &zero) < 0)
		rt_child_fail(c->sync, RT_STEP_PTY, 0, errno);
	/* the peer by descriptor: /dev/pts/N may be anything (V6) */
	c->slave = ioctl(c->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->slave < 0)
		rt_child_fail(c->sync, RT_STEP_PTY, 0, errno);
	if ((ws.ws_row || ws.ws_col) && ioctl(c->slave, TIOCSWINSZ, &ws) < 0)
		rt_child_fail(c->sync, RT_STEP_PTY, 0, errno);
	if (fchown(c->slave, c->p->uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL)
		rt_child_fail(c->sync, RT_STEP_PTY, 0, errno);
	if (c->dev >= 0)
		bind_console(c);
}

/* ---- the change of roots ---- */

void rt_child_pivot(struct rt_child *c)
{
	const struct rt_plan *p = c->p;

	if (fchdir(p->root) < 0)
		rt_child_fail(c->sync, RT_STEP_PIVOT, 0, errno);
	if (p->no_pivot) {
		if (chroot(".") < 0)
			rt_child_fail(c->sync, RT_STEP_PIVOT, 0, errno);
	} else {
		/* old and new root in one place: the old one ends up on top and is taken off */
		if (sys_pivot_root(".", ".") < 0)
			rt_child_fail(c->sync, RT_STEP_PIVOT, 0, errno);
		if (sys_umount2(".", MNT_DETACH) < 0)
			rt_child_fail(c->sync, RT_STEP_OLD_ROOT, 0, errno);
	}
	if (chdir("/") < 0 ||
		(p->root_propagation & MS_SHARED && sys_mount(NULL, "/", NULL, p->root_propagation, NULL) < 0))
		rt_child_fail(c->sync, RT_STEP_OLD_ROOT, 0, errno);
}
