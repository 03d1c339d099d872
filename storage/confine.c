#include "storage/confine.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "storage/seclist.h"

#define MAX_FDS 256

/* --- the root -------------------------------------------------------------------------------------------- */

static int become_root_of(int mnt, int dirfd, struct err *err)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys(err, "unpack: make mounts private");
	if (mount_setattr(mnt, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return err_sys(err, "unpack: mount the directory nosuid");
	if (move_mount(mnt, "", dirfd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_sys(err, "unpack: mount the directory");
	/* pivot_root(2), "pivot_root(".", ".")": the old root ends up below the new one and goes away */
	if (fchdir(mnt) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return err_sys(err, "unpack: pivot into the directory");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_sys(err, "unpack: leave the old root");
	return 0;
}

/* The same directory as this mount namespace has it: a descriptor from before belongs to the old
 * one. unshare moves the current directory along; a descriptor from yet another is found by path. */
static int reopen(int dirfd)
{
	auto_free char *path = fs_fd_path(dirfd);
	struct stat want, got;
	int r;

	if (path && chdir(path) < 0)
		return -errno;
	if (fstat(dirfd, &want) < 0 || stat(".", &got) < 0)
		return -errno;
	if (want.st_ino != got.st_ino || want.st_dev != got.st_dev)
		return -ESTALE;
	r = open_tree(AT_FDCWD, ".", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return r < 0 ? -errno : r;
}

int confine_root(int dirfd, struct err *err)
{
	auto_fd int dir = dirfd, mnt = -1, here = -1;

	if (fchdir(dir) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys(err, "unpack: new mount namespace");
	mnt = open_tree(AT_FDCWD, ".", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (mnt < 0)
		mnt = reopen(dir);
	if (mnt < 0)
		return err_neg(err, mnt, "unpack: clone the directory's mount");
	here = fd_open_dir(AT_FDCWD, ".");
	if (here < 0)
		return err_neg(err, here, "unpack: open the directory");
	if (become_root_of(mnt, here, err) < 0)
		return -1;
	/* The old descriptor would lead out by "..": it closes here, like everything above the fixed ones. */
	fd_closep(&dir);
	fd_closep(&here);
	fd_closep(&mnt);
	if (close_range(CONFINE_FDS, ~0u, 0) < 0)
		return err_sys(err, "unpack: close descriptors");
	mnt = fd_open_dir(AT_FDCWD, "/");
	return mnt < 0 ? err_neg(err, mnt, "unpack: open the new root") : take_fd(mnt);
}

/* --- limits and capabilities ------------------------------------------------------------------------------- */

static int set_limits(uint64_t max_file, struct err *err)
{
	const struct {
		int what;
		rlim_t max;
	} limits[] = {
		{RLIMIT_CORE, 0},
		{RLIMIT_NOFILE, MAX_FDS},
		{RLIMIT_FSIZE, max_file},
		{RLIMIT_MEMLOCK, 0},
		{RLIMIT_MSGQUEUE, 0},
#ifndef SECLIST_SANITIZED
		{RLIMIT_AS, 512u << 20}, /* a zstd window of 128 MiB and the thread's stack are in it */
#endif
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct rlimit old, new;

		if (getrlimit((__rlimit_resource_t)limits[i].what, &old) < 0)
			return err_sys(err, "unpack: read a limit");
		new.rlim_cur = new.rlim_max = MIN_OF(limits[i].max, old.rlim_max);
		if (setrlimit((__rlimit_resource_t)limits[i].what, &new) < 0)
			return err_sys(err, "unpack: set a limit");
	}
	return 0;
}

static int drop_capabilities(struct err *err)
{
	static const unsigned keep[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP};
	int r = proc_keep_caps(keep, ARRAY_SIZE(keep));

	if (r < 0)
		return err_neg(err, r, "unpack: drop capabilities");
	return 0;
}

/* --- Landlock: only below the root, only what makes files --------------------------------------------------- */

#ifdef LANDLOCK_ACCESS_FS_REFER
#define LL_WRITE                                                                                                    \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |               \
		LANDLOCK_ACCESS_FS_REMOVE_DIR |                                                             \
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |       \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM |          \
		LANDLOCK_ACCESS_FS_REFER)
#define LL_ALL                                                                                                      \
	(LL_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_BLOCK)

static int landlock(int rootfd, struct err *err)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = LL_ALL};
	struct landlock_path_beneath_attr rule = {.allowed_access = LL_WRITE, .parent_fd = rootfd};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	auto_fd int set = -1;

	/* None, or the first one, which forbids hard links between directories: the mount namespace and
	 * the filter do without it. */
	if (abi < 2)
		return 0;
	set = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (set < 0)
		return err_sys(err, "unpack: landlock ruleset");
	if (syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_sys(err, "unpack: landlock rule");
	if (syscall(SYS_landlock_restrict_self, set, 0) < 0)
		return err_sys(err, "unpack: landlock");
	return 0;
}
#else
static int landlock(int rootfd, struct err *err)
{
	(void)rootfd;
	(void)err;
	return 0;
}
#endif

/* --- seccomp ------------------------------------------------------------------------------------------------- */

static const int allowed[] = {
	SYS_read, SYS_write, SYS_pwrite64, SYS_close, SYS_futex, SYS_openat, SYS_openat2, SYS_fstat, SYS_newfstatat,
	SYS_utimensat, SYS_fchown, SYS_fchownat, SYS_fchmod, SYS_fchmodat, SYS_mkdirat, SYS_symlinkat, SYS_linkat,
	SYS_mknodat, SYS_unlinkat, SYS_renameat2, SYS_readlinkat, SYS_ftruncate, SYS_fsetxattr, SYS_fgetxattr, SYS_lgetxattr,
	SYS_llistxattr, SYS_getdents64,
	SYS_lseek, SYS_fcntl, SYS_fchdir, SYS_getcwd, SYS_sync_file_range, SYS_syncfs, SYS_fstatfs, SYS_brk, SYS_munmap, SYS_mremap,
	SYS_madvise, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_set_robust_list, SYS_gettid, SYS_getpid, SYS_getrandom,
	SYS_clock_gettime, SYS_sched_yield, SYS_restart_syscall, SYS_exit, SYS_exit_group,
#ifdef SYS_rseq
	SYS_rseq,
#endif
};

int confine_process(int rootfd, uint64_t max_file, struct err *err)
{
	/* A write beyond RLIMIT_FSIZE shall be an error like any other. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (set_limits(max_file, err) < 0 || drop_capabilities(err) < 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "unpack: no new privileges");
	if (landlock(rootfd, err) < 0)
		return -1;
	return seclist_install(allowed, ARRAY_SIZE(allowed), false, err);
}
