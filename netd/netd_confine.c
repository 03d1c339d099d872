/*
 * netd_confine.c - what podlite-net gives up before it reads the first byte of a stranger.
 *
 * Left: NET_ADMIN for the container's network, sockets of the internet families there, and the
 * descriptors it holds. System calls outside the list fail with EPERM.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "common/fd.h"
#include "common/proc.h"
#include "common/seccomp_arch.h"
#include "netd/netd.h"

#ifdef LANDLOCK_ACCESS_FS_EXECUTE

/* No file can be opened, no directory changed: a rule set without rules. */
static int no_files(struct err *err)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	auto_fd int set = -1;

	if (abi < 1)
		return 0; /* the filter below allows no open either */
	set = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (set < 0 || syscall(SYS_landlock_restrict_self, set, 0) < 0)
		return err_sys(err, "landlock");
	return 0;
}

#else

static int no_files(struct err *err)
{
	(void)err;
	return 0;
}

#endif

#ifdef SECCOMP_ARCH

#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define DENY        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static int few_calls(struct err *err)
{
	static const struct sock_filter code[] = {
		LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_ARCH, 1, 0), DENY, LOAD(nr),
		ALLOW(recvfrom), ALLOW(sendto), ALLOW(recvmsg), ALLOW(sendmsg), ALLOW(epoll_ctl),
#ifdef __NR_epoll_wait
		ALLOW(epoll_wait),
#endif
		ALLOW(epoll_pwait), ALLOW(accept4), ALLOW(bind), ALLOW(connect), ALLOW(getsockname),
		ALLOW(getsockopt), ALLOW(setsockopt), ALLOW(shutdown), ALLOW(close), ALLOW(clock_gettime),
		ALLOW(brk), ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), ALLOW(getrandom),
		ALLOW(futex), ALLOW(read), ALLOW(write), ALLOW(exit_group), ALLOW(exit), ALLOW(rt_sigreturn),
		ALLOW(restart_syscall), ALLOW(rt_sigprocmask), ALLOW(getpid), ALLOW(gettid), ALLOW(tgkill),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 1, 0), DENY,
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SECCOMP_ARG_LOW(0)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0), DENY,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {ARRAY_SIZE(code), (struct sock_filter *)(uintptr_t)code};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0)
		return err_sys(err, "seccomp filter");
	return 0;
}

#else

static int few_calls(struct err *err)
{
	(void)err; /* no table for this architecture: capabilities and Landlock alone */
	return 0;
}

#endif

int netd_confine(struct err *err)
{
	static const unsigned keep[] = {CAP_NET_ADMIN};
	struct rlimit none = {0, 0};
	int r;

	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "confine podlite-net");
	if (no_files(err) < 0)
		return err_wrap(err, "confine podlite-net");
	r = proc_keep_caps(keep, ARRAY_SIZE(keep));
	if (r < 0)
		return err_neg(err, r, "confine podlite-net: give up capabilities");
	return few_calls(err);
}
