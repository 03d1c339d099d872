/*
 * mon_mounts.c - mounts made before the container's (proto.h, struct mon_mount), seen in our own
 * mount namespace only, and there when the runtime takes its clones of them.
 *
 * Volumes and other containers' /dev/shm are full of what processes in containers put there: what
 * is looked for in them is resolved below their root (threats.md M1).
 */
#include <dirent.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/jval.h"
#include "common/lock.h"
#include "common/proc.h"
#include "common/rootfd.h"
#include "monitor/mon.h"

struct mon_prepared {
	struct rootfs fs;
	struct rootfs_mounted m;
	bool used;
	int lock; /* of a tmpfs volume, until our state says that we have it */
};

/* ---- a clone of something, at CTRDIR/mounts/N/NAME ---- */

static int attach(int tree, int dir, const char *name, struct err *err)
{
	struct mount_attr attr = {.propagation = MS_PRIVATE};
	struct stat st;
	int r;

	if (fstat(tree, &st) < 0)
		return err_sys(err, "look at it");
	r = fs_remove_tree(dir, name);
	if (!r)
		r = S_ISDIR(st.st_mode) ? fs_mkdir(dir, name, 0700) : fs_write_file(dir, name, "", 0, 0600, 0);
	if (r < 0)
		return err_neg(err, r, "make a place for it");
	if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ||
		move_mount(tree, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(err, "mount it");
	return 0;
}

static int attach_part(int root, const char *path, int dir, const char *name, struct err *err)
{
	auto_fd int fd = rootfd_open(root, path, O_PATH, 0), tree = -1;

	if (fd < 0)
		return err_neg(err, fd, "open %s", path);
	tree = open_tree(fd, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return tree < 0 ? err_sys(err, "clone %s", path) : attach(tree, dir, name, err);
}

/* ---- kinds ---- */

static int mount_volume(const struct mon_mount *mm, int dir, struct err *err)
{
	auto_fd int root = fd_open(AT_FDCWD, mm->source, O_PATH | O_DIRECTORY, 0);

	return root < 0 ? err_neg(err, root, "open %s", mm->source) : attach_part(root, mm->subpath, dir, "sub", err);
}

static int mount_tree(const struct mon_mount *mm, int dir, struct mon_prepared *p, struct err *err)
{
	bool fresh = !strcmp(mm->kind, "overlay");
	auto_fd int root = -1;
	int r;

	if (rootfs_read(dir, &p->fs, err) < 0)
		return -1;
	p->used = true;
	p->m = (struct rootfs_mounted){.fd = -1, .helper = -1};
	for (const char *const *d = (const char *const[]){"upper", "work", NULL}; *d && fresh; d++) {
		r = fs_remove_tree(dir, *d);
		if (r < 0)
			return err_neg(err, r, "empty %s", *d);
	}
	if (rootfs_prepare(&p->fs, err) < 0 || rootfs_mount(&p->fs, true, &p->m, err) < 0)
		return -1;
	if (!mm->subpath)
		return 0;
	root = fd_open(dir, "merged", O_PATH | O_DIRECTORY, 0);
	return root < 0 ? err_neg(err, root, "open it") : attach_part(root, mm->subpath, dir, "sub", err);
}

/* A clone can only be taken from inside the mount namespace that has the mount. */
static int clone_in(int mntns, int fd)
{
	auto_fd int own = fd_open(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY, 0);
	int tree;

	if (own < 0 || setns(mntns, CLONE_NEWNS) < 0)
		return own < 0 ? own : -errno;
	tree = open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		tree = -errno;
	/* a failure to come back would leave us in a container */
	if (setns(own, CLONE_NEWNS) < 0 || chdir("/") < 0)
		_exit(125);
	return tree;
}

/* A clone of directory `what` of a running container. only_tmpfs: nothing else is wanted. */
static int open_in(const struct mon_state *st, const char *what, bool only_tmpfs, struct err *err)
{
	auto_fd int pidfd = mon_state_pidfd(st), root = -1, dir = -1, ns = -1;
	struct statfs fs;
	char path[64];
	int tree;

	snprintf(path, sizeof(path), "/proc/%d/root", (int)st->pid);
	root = fd_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)st->pid);
	ns = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	if (pidfd < 0 || root < 0 || ns < 0 || proc_signal(pidfd, 0) < 0)
		return err_set(err, EK_INVALID, "it is not running");
	dir = rootfd_open(root, what, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return err_neg(err, dir, "open its %s", what);
	if (only_tmpfs && (fstatfs(dir, &fs) < 0 || fs.f_type != TMPFS_MAGIC))
		return err_set(err, EK_INVALID, "its %s is no tmpfs any more", what);
	tree = clone_in(ns, dir);
	return tree < 0 ? err_neg(err, tree, "clone its %s", what) : tree;
}

static int mount_shm(const struct mon_mount *mm, int dir, struct err *err)
{
	auto_free char *state = xasprintf("containers/%s/state.json", mm->source);
	auto_fd int tree = -1;
	struct mon_state st = {0};

	if (jmap_read_file(mon_state_map, MON_FD_STORE, state, 65536, &st, err) < 0)
		return err_wrap(err, "container %.12s", mm->source);
	tree = open_in(&st, "/dev/shm", false, err);
	jmap_done(mon_state_map, &st);
	return tree < 0 ? err_wrap(err, "container %.12s", mm->source) : attach(tree, dir, "merged", err);
}

/* ---- a tmpfs volume: one file system for all that use it at a time ---- */

char *mon_mounts_place(int dir, const char *volume)
{
	auto_jval struct jval *record = jval_read_file(dir, "record.json", 1 << 20, NULL);
	const struct jval *mounts = jval_get(record, "mounts");

	for (size_t i = 0; i < jval_len(mounts); i++)
		if (!strcmp(jval_get_str(jval_at(mounts, i), "name", ""), volume))
			return xstrdup(jval_get_str(jval_at(mounts, i), "destination", NULL));
	return NULL;
}

/* -1 without error: this one has it not. */
static int clone_from(const char *id, int containers, const char *volume, struct err *err)
{
	auto_fd int dir = fd_open_dir(containers, id);
	auto_fd int pidfd = -1;
	auto_free char *place = NULL;
	struct mon_state st = {0};
	int tree = -1;

	if (dir < 0 || jmap_read_file(mon_state_map, dir, "state.json", 65536, &st, NULL) < 0)
		return -1;
	place = mon_mounts_place(dir, volume);
	pidfd = mon_state_pidfd(&st);
	if (place && pidfd >= 0)
		tree = open_in(&st, place, true, err);
	jmap_done(mon_state_map, &st);
	return tree;
}

static int find_mounted(struct mon *m, const char *volume, struct err *err)
{
	auto_dir DIR *d = fs_dir(fd_open_dir(MON_FD_STORE, "containers"));
	const char *id;
	int tree = -1;

	while (d && tree < 0 && err->kind == EK_OK && (id = fs_dir_next(d)))
		if (id_is_full(id) && strcmp(id, m->id))
			tree = clone_from(id, dirfd(d), volume, err);
	return tree;
}

static int mount_tmpfs(struct mon *m, const struct mon_mount *mm, int dir, struct mon_prepared *p, struct err *err)
{
	auto_free char *lock = xasprintf("volumes/%s/lock", mm->source), *path = xasprintf("/proc/self/fd/%d/merged", dir);
	auto_fd int tree = -1;
	int r;

	p->lock = lock_open(MON_FD_STORE, lock, LOCK_EXCLUSIVE_, true);
	if (p->lock < 0)
		return err_neg(err, p->lock, "lock volume %s", mm->source);
	tree = find_mounted(m, mm->source, err);
	if (tree >= 0)
		return attach(tree, dir, "merged", err);
	if (err->kind != EK_OK)
		return err_wrap(err, "volume %s", mm->source);
	r = fs_remove_tree(dir, "merged");
	if (!r)
		r = fs_mkdir(dir, "merged", 0700);
	if (r < 0)
		return err_neg(err, r, "make a place for it");
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, mm->options) < 0)
		return err_sys(err, "mount a tmpfs for volume %s", mm->source);
	return 0;
}

static int mount_one(struct mon *m, const struct mon_mount *mm, int dir, struct mon_prepared *p, struct err *err)
{
	if (!strcmp(mm->kind, "shm"))
		return mount_shm(mm, dir, err);
	if (!strcmp(mm->kind, "volume"))
		return mount_volume(mm, dir, err);
	if (!strcmp(mm->kind, "tmpfs"))
		return mount_tmpfs(m, mm, dir, p, err);
	return mount_tree(mm, dir, p, err);
}

int mon_mounts_start(struct mon *m, struct err *err)
{
	m->prepared = xcalloc(m->conf.mounts.n, sizeof(*m->prepared));
	for (size_t i = 0; i < m->conf.mounts.n; i++)
		m->prepared[i].lock = -1;
	for (size_t i = 0; i < m->conf.mounts.n; i++) {
		const struct mon_mount *mm = &m->conf.mounts.v[i];
		/* by path: MON_FD_CTR belongs to the mount namespace that we left */
		auto_free char *path = xasprintf("%s/mounts/%zu", m->rootfs.dir, i);
		auto_fd int dir = fd_open_dir(AT_FDCWD, path);

		if (dir < 0)
			return err_neg(err, dir, "open %s", path);
		if (mount_one(m, mm, dir, &m->prepared[i], err) < 0)
			return err_wrap(err, "%s mount", mm->kind);
	}
	return 0;
}

void mon_mounts_settled(struct mon *m)
{
	for (size_t i = 0; m->prepared && i < m->conf.mounts.n; i++)
		fd_closep(&m->prepared[i].lock);
}

void mon_mounts_undo(struct mon *m)
{
	mon_mounts_settled(m);
	for (size_t i = 0; m->prepared && i < m->conf.mounts.n; i++) {
		auto_free char *sub = xasprintf("%s/mounts/%zu/sub", m->rootfs.dir, i);
		auto_free char *merged = xasprintf("%s/mounts/%zu/merged", m->rootfs.dir, i);

		umount2(sub, MNT_DETACH | UMOUNT_NOFOLLOW);
		if (m->prepared[i].used) {
			rootfs_unmount(&m->prepared[i].fs, &m->prepared[i].m);
			rootfs_done(&m->prepared[i].fs);
		} else {
			umount2(merged, MNT_DETACH | UMOUNT_NOFOLLOW);
		}
	}
	free(m->prepared);
	m->prepared = NULL;
}
