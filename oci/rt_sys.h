/*
 * rt_sys.h - system calls of the mount family and of process creation that the oldest supported
 * libc has no wrappers for. Raw: -1 and errno. Safe between clone and exec.
 */
#ifndef PODLITE_RT_SYS_H
#define PODLITE_RT_SYS_H

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

static inline int sys_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static inline int sys_fsconfig(int fs, unsigned cmd, const char *key, const void *value)
{
	return (int)syscall(SYS_fsconfig, fs, cmd, key, value, 0);
}

static inline int sys_fsmount(int fs, unsigned attr)
{
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr);
}

static inline int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags | OPEN_TREE_CLOEXEC);
}

/* A detached mount (or a mounted tree) onto an O_PATH descriptor. */
static inline int sys_move_mount_fd(int tree, int target)
{
	return (int)syscall(SYS_move_mount, tree, "", target, "",
		MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static inline int sys_mount_setattr(int fd, unsigned flags, uint64_t set, uint64_t clr, uint64_t propagation)
{
	struct mount_attr a = {.attr_set = set, .attr_clr = clr, .propagation = propagation};

	return (int)syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, &a, sizeof(a));
}

static inline int sys_mount(const char *src, const char *dst, const char *type, unsigned long flags,
	const void *data)
{
	return (int)syscall(SYS_mount, src, dst, type, flags, data);
}

static inline int sys_umount2(const char *path, int flags)
{
	return (int)syscall(SYS_umount2, path, flags);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

/* As fork: the child returns 0 on its copy of the stack. */
static inline pid_t sys_clone3(uint64_t flags, uint64_t exit_signal, int *ret_pidfd, int cgroup_fd)
{
	struct clone_args a = {.flags = flags | (ret_pidfd ? CLONE_PIDFD : 0),
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = exit_signal};

	if (cgroup_fd >= 0) {
		a.flags |= CLONE_INTO_CGROUP;
		a.cgroup = (uint64_t)cgroup_fd;
	}
	return (pid_t)syscall(SYS_clone3, &a, sizeof(a));
}

static inline pid_t sys_clone(unsigned long flags, int *ret_pidfd)
{
#if defined(__s390x__) || defined(__CRIS__)
	return (pid_t)syscall(SYS_clone, NULL, flags | (ret_pidfd ? CLONE_PIDFD : 0), ret_pidfd, NULL, 0);
#else
	return (pid_t)syscall(SYS_clone, flags | (ret_pidfd ? CLONE_PIDFD : 0), NULL, ret_pidfd, NULL, 0);
#endif
}

static inline int sys_close_range(unsigned from, unsigned to, unsigned flags)
{
	return (int)syscall(SYS_close_range, from, to, flags);
}

#endif
