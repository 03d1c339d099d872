#include "podlite/transfer/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "common/fd.h"
#include "common/proc.h"
#include "storage/seclist.h"

enum keep { KEEP_NONE, KEEP_STORE, KEEP_READ };

static int keep_capabilities(enum keep what, struct err *err)
{
	/* what staging directories, whose files belong to subordinate ids, are made and removed with */
	static const unsigned store[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER};
	static const unsigned reader[] = {CAP_DAC_READ_SEARCH};
	int r = what == KEEP_READ ? proc_keep_caps(reader, ARRAY_SIZE(reader)) : -EPERM;

	if (r == -EPERM) /* an ordinary user has none to keep */
		r = proc_keep_caps(store, what == KEEP_STORE ? ARRAY_SIZE(store) : 0);
	if (r < 0)
		return err_neg(err, r, "give up capabilities");
	return 0;
}

#ifdef LANDLOCK_ACCESS_FS_REFER

#define LL_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE)
#define LL_ALL                                                                                                     \
	(LL_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |  \
		LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |         \
		LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |      \
		LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER)
#define LL_STORE                                                                                                   \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |              \
		LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |     \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER)
#define LL_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* Libraries that name services load, certificates, resolver configuration, random numbers. */
static const char *const system_paths[] = {
	"/etc", "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store", "/var/lib/ca-certificates",
	"/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf", "/run/nscd", "/var/run/nscd",
	"/dev/null", "/dev/urandom", "/dev/random", "/proc/self", "/proc/sys",
};

static int allow(int set, int fd, uint64_t access, struct err *err)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
	struct stat st;

	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= LL_FILE;
	if (syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_sys(err, "landlock rule");
	return 0;
}

static int allow_path(int set, const char *path, struct err *err)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_PATH, 0);

	return fd < 0 ? 0 : allow(set, fd, LL_READ, err);
}

static int landlock(const struct store *s, const struct svec *readable, int dirfd, struct err *err)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = LL_ALL};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	auto_fd int set = -1;

	if (abi < 2) /* none, or the one that cannot rename between directories */
		return 0;
	set = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (set < 0)
		return err_sys(err, "landlock ruleset");
	if (s && allow(set, s->fd, LL_STORE, err) < 0)
		return -1;
	if (dirfd >= 0 && allow(set, dirfd, LL_STORE, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(system_paths); i++)
		if (allow_path(set, system_paths[i], err) < 0)
			return -1;
	SVEC_EACH(path, readable)
		if (allow_path(set, path, err) < 0)
			return -1;
	if (syscall(SYS_landlock_restrict_self, set, 0) < 0)
		return err_sys(err, "landlock");
	return 0;
}

#else

static int landlock(const struct store *s, const struct svec *readable, int dirfd, struct err *err)
{
	(void)s;
	(void)readable;
	(void)dirfd;
	(void)err;
	return 0;
}

#endif

/* What files, the network, threads and the memory of libcurl, OpenSSL and libc's resolver need. Not
 * there: exec, ptrace and its like, mounts, namespaces, keys, bpf, io_uring, modules, new processes. */
static const int allowed[] = {
	/* files and directories */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_close, SYS_lseek, SYS_fcntl, SYS_flock,
	SYS_openat, SYS_openat2, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_faccessat,
	SYS_getdents64, SYS_readlinkat, SYS_getcwd, SYS_fchdir, SYS_umask, SYS_mkdirat, SYS_unlinkat, SYS_renameat2,
	SYS_linkat, SYS_symlinkat, SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_ftruncate,
	SYS_fsync, SYS_fdatasync, SYS_syncfs, SYS_fgetxattr, SYS_flistxattr, SYS_lgetxattr, SYS_llistxattr, SYS_fadvise64, SYS_ioctl, SYS_dup,
	SYS_pipe2, SYS_splice, SYS_copy_file_range, SYS_memfd_create,
	/* the network */
	SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_getsockname, SYS_getpeername, SYS_getsockopt,
	SYS_setsockopt, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg, SYS_shutdown,
	/* waiting */
	SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2, SYS_nanosleep,
	SYS_clock_nanosleep, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_pidfd_send_signal,
	/* threads, memory, signals */
	SYS_futex, SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mlock, SYS_munlock, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_tgkill, SYS_set_robust_list, SYS_sched_yield,
	SYS_sched_getaffinity, SYS_gettid, SYS_getpid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
	SYS_getrandom, SYS_uname, SYS_sysinfo, SYS_prlimit64, SYS_restart_syscall, SYS_exit, SYS_exit_group,
#ifdef SYS_rseq
	SYS_rseq,
#endif
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef SYS_fchmodat2
	SYS_fchmodat2,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_poll /* calls that only older architectures have, and their libc still uses */
	SYS_poll, SYS_select, SYS_epoll_wait, SYS_access, SYS_readlink, SYS_unlink, SYS_rmdir, SYS_rename, SYS_stat,
	SYS_lstat, SYS_time,
#endif
};

int sandbox_filter(struct err *err)
{
	return seclist_install(allowed, ARRAY_SIZE(allowed), true, err);
}

int sandbox_enter(const struct store *s, const struct svec *readable, struct err *err)
{
	return sandbox_enter_dir(s, readable, -1, err);
}

static int enter(const struct store *s, const struct svec *readable, int dirfd, enum keep what, struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "no_new_privs");
	if (landlock(s, readable, dirfd, err) < 0 || keep_capabilities(what, err) < 0 || sandbox_filter(err) < 0)
		return err_wrap(err, "confine podlite-transfer");
	return 0;
}

int sandbox_enter_dir(const struct store *s, const struct svec *readable, int dirfd, struct err *err)
{
	return enter(s, readable, dirfd, s ? KEEP_STORE : KEEP_NONE, err);
}

int sandbox_enter_reader(const struct svec *readable, struct err *err)
{
	return enter(NULL, readable, -1, KEEP_READ, err);
}
