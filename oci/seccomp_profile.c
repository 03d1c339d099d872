#include "oci/seccomp_profile.h"

#include <errno.h>

/*
 * The lists below were made from the kernel's system call tables (asm/unistd.h of each
 * architecture) and read group by group; what is new in a kernel is not allowed until it was read.
 * Names that an architecture does not have are ignored by the compiler.
 */

#define LIST static const char *const

LIST always[] = {
	/* processes, threads, identity */
	"capget", "capset", "execve", "execveat", "exit", "exit_group", "fork", "vfork",
	"getegid", "geteuid", "getgid", "getgroups", "getpgid", "getpgrp", "getpid", "getppid",
	"getpriority", "getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "gettid",
	"getuid", "kill", "pidfd_open", "pidfd_send_signal", "prctl", "prlimit64", "process_mrelease",
	"process_vm_readv", "process_vm_writev", "ptrace", "restart_syscall", "seccomp",
	"set_robust_list", "get_robust_list", "set_tid_address", "setfsgid", "setfsuid", "setgid",
	"setgroups", "setpgid", "setpriority", "setregid", "setresgid", "setresuid", "setreuid",
	"setrlimit", "setsid", "setuid", "tgkill", "times", "tkill", "umask", "uname", "wait4",
	"waitid", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self",
	/* scheduling */
	"getcpu", "ioprio_get", "ioprio_set", "rseq", "sched_get_priority_max",
	"sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity", "sched_setattr",
	"sched_setparam", "sched_setscheduler", "sched_yield", "sysinfo",
	/* signals and waiting */
	"alarm", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait",
	"epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2", "futex",
	"futex_requeue", "futex_wait", "futex_waitv", "futex_wake", "pause", "poll", "ppoll",
	"pselect6", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo", "select",
	"sigaltstack", "signalfd", "signalfd4",
	/* time: reading and timers; adjtimex and clock_adjtime check SYS_TIME themselves */
	"adjtimex", "clock_adjtime", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer",
	"gettimeofday", "nanosleep", "setitimer", "time", "timer_create", "timer_delete",
	"timer_getoverrun", "timer_gettime", "timer_settime", "timerfd_create", "timerfd_gettime",
	"timerfd_settime",
	/* memory */
	"brk", "madvise", "map_shadow_stack", "membarrier", "memfd_create", "memfd_secret", "mincore",
	"mlock", "mlock2", "mlockall", "mmap", "mprotect", "mremap", "mseal", "msync", "munlock",
	"munlockall", "munmap", "pkey_alloc", "pkey_free", "pkey_mprotect", "remap_file_pages",
	/* files by name */
	"access", "chdir", "chmod", "chown", "creat", "faccessat", "faccessat2", "fchmodat",
	"fchmodat2", "fchownat", "futimesat", "getcwd", "getxattr", "getxattrat", "lchown",
	"lgetxattr", "link", "linkat", "listxattr", "listxattrat", "llistxattr", "lremovexattr",
	"lsetxattr", "lstat", "mkdir", "mkdirat", "mknod", "mknodat", "name_to_handle_at",
	"newfstatat", "open", "openat", "openat2", "readlink", "readlinkat", "removexattr",
	"removexattrat", "rename", "renameat", "renameat2", "rmdir", "setxattr", "setxattrat", "stat",
	"statfs", "statx", "symlink", "symlinkat", "truncate", "unlink", "unlinkat", "utime",
	"utimensat", "utimes",
	/* what is mounted in the own mount namespace: /proc/self/mountinfo in another form */
	"listmount", "statmount",
	/* open files */
	"close", "close_range", "copy_file_range", "dup", "dup2", "dup3", "fadvise64", "fallocate",
	"fchdir", "fchmod", "fchown", "fcntl", "fdatasync", "fgetxattr", "flistxattr", "flock",
	"fremovexattr", "fsetxattr", "fstat", "fstatfs", "fsync", "ftruncate", "getdents",
	"getdents64", "io_cancel", "io_destroy", "io_getevents", "io_pgetevents", "io_setup",
	"io_submit", "lseek", "pipe", "pipe2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev",
	"pwritev2", "read", "readahead", "readv", "sendfile", "splice", "sync", "sync_file_range",
	"syncfs", "tee", "write", "writev", "inotify_add_watch", "inotify_init", "inotify_init1",
	"inotify_rm_watch", "fanotify_mark",
	/* sockets (socket and socketpair have rules of their own) and System V, POSIX IPC */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "listen",
	"recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown",
	"mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink",
	"msgctl", "msgget", "msgrcv", "msgsnd", "semctl", "semget", "semop", "semtimedop", "shmat",
	"shmctl", "shmdt", "shmget", "getrandom", NULL};

/* What one architecture has beyond the others. */
#if defined(__x86_64__) || defined(__i386__)
LIST machine[] = {"arch_prctl", "get_thread_area", "modify_ldt", "set_thread_area", NULL};
#elif defined(__aarch64__) || defined(__arm__)
LIST machine[] = {"arm_fadvise64_64", "arm_sync_file_range", "breakpoint", "cacheflush", "set_tls",
	"sync_file_range2", NULL};
#elif defined(__powerpc64__)
LIST machine[] = {"ipc", "recv", "send", "swapcontext", "switch_endian", "sync_file_range2",
	"_llseek", "_newselect", "sigreturn", "ugetrlimit", "waitpid", "socketcall", NULL};
#elif defined(__s390x__)
LIST machine[] = {"ipc", "s390_guarded_storage", "s390_pci_mmio_read", "s390_pci_mmio_write",
	"s390_runtime_instr", "s390_sthyi", "sigreturn", "socketcall", NULL};
#elif defined(__riscv)
LIST machine[] = {"riscv_flush_icache", "riscv_hwprobe", NULL};
#else
LIST machine[] = {NULL};
#endif

/*
 * The 32-bit ABIs. socketcall hides its arguments behind a pointer, so the address families are
 * not checked there: every libc for i386 uses it, and denying it was tried by others and reverted.
 */
LIST compat[] = {
	"_llseek", "_newselect", "chown32", "clock_adjtime64", "clock_getres_time64",
	"clock_gettime64", "clock_nanosleep_time64", "fadvise64_64", "fchown32", "fcntl64", "fstat64",
	"fstatat64", "fstatfs64", "ftruncate64", "futex_time64", "getegid32", "geteuid32", "getgid32",
	"getgroups32", "getresgid32", "getresuid32", "getuid32", "io_pgetevents_time64", "ipc",
	"lchown32", "lstat64", "mmap2", "mq_timedreceive_time64", "mq_timedsend_time64",
	"ppoll_time64", "pselect6_time64", "readdir", "recv", "recvmmsg_time64",
	"rt_sigtimedwait_time64", "sched_rr_get_interval_time64", "semtimedop_time64", "send",
	"sendfile64", "setfsgid32", "setfsuid32", "setgid32", "setgroups32", "setregid32",
	"setresgid32", "setresuid32", "setreuid32", "setuid32", "sigaction", "signal", "sigpending",
	"sigprocmask", "sigreturn", "sigsuspend", "socketcall", "stat64", "statfs64",
	"timer_gettime64", "timer_settime64", "timerfd_gettime64", "timerfd_settime64", "truncate64",
	"ugetrlimit", "utimensat_time64", "waitpid", NULL};

/* Known, dangerous or obsolete: EPERM whatever the capabilities (io_uring is ENOSYS: programs
 * fall back on that and stop on EPERM). */
LIST never[] = {
	"add_key", "bdflush", "create_module", "get_kernel_syms", "kexec_file_load", "kexec_load",
	"migrate_pages", "move_pages", "nfsservctl", "oldfstat", "oldlstat", "oldolduname", "oldstat",
	"olduname", "query_module", "request_key", "swapoff", "swapon", "sysfs", "uselib",
	"userfaultfd", "ustat", "vm86", "vm86old", "vmsplice", NULL};

/* Calls that a capability guards: allowed with any of the capabilities, else EPERM. */
LIST for_namespaces[] = {
	"fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount", "open_tree",
	"open_tree_attr", "pivot_root", "setdomainname", "sethostname", "setns", "umount", "umount2",
	"unshare", NULL};
LIST for_admin[] = {"fanotify_init", "lookup_dcookie", "quotactl", "quotactl_fd", NULL};
LIST for_keys[] = {"keyctl", NULL};
LIST for_bpf[] = {"bpf", NULL};
LIST for_perf[] = {"perf_event_open", NULL};
LIST for_handles[] = {"open_by_handle_at", NULL};
LIST for_ptrace[] = {"kcmp", "pidfd_getfd", "process_madvise", NULL};
LIST for_boot[] = {"reboot", NULL};
LIST for_chroot[] = {"chroot", NULL};
LIST for_modules[] = {"delete_module", "finit_module", "init_module", NULL};
LIST for_acct[] = {"acct", NULL};
LIST for_io[] = {"ioperm", "iopl", NULL};
LIST for_time[] = {"clock_settime", "clock_settime64", "settimeofday", "stime", NULL};
LIST for_tty[] = {"vhangup", NULL};
LIST for_numa[] = {"get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node", NULL};
LIST for_syslog[] = {"syslog", NULL};

#define BY_NESTED "nested" /* in the place of a capability: also with the nested profile */

static const struct guarded {
	const char *const *names;
	const char *caps[3];
} guarded[] = {
	{for_namespaces, {"SYS_ADMIN", BY_NESTED}},
	{for_admin, {"SYS_ADMIN"}},
	{for_keys, {BY_NESTED}}, /* an inner runtime gives its containers session keyrings */
	{for_bpf, {"SYS_ADMIN", "BPF"}},
	{for_perf, {"SYS_ADMIN", "PERFMON"}},
	{for_handles, {"DAC_READ_SEARCH"}},
	{for_ptrace, {"SYS_PTRACE"}},
	{for_boot, {"SYS_BOOT"}},
	{for_chroot, {"SYS_CHROOT", BY_NESTED}},
	{for_modules, {"SYS_MODULE"}},
	{for_acct, {"SYS_PACCT"}},
	{for_io, {"SYS_RAWIO"}},
	{for_time, {"SYS_TIME"}},
	{for_tty, {"SYS_TTY_CONFIG"}},
	{for_numa, {"SYS_NICE"}},
	{for_syslog, {"SYSLOG"}},
};

#if defined(__x86_64__)
#define ARCH_NATIVE "SCMP_ARCH_X86_64"
#define ARCH_COMPAT "SCMP_ARCH_X86"
#elif defined(__i386__)
#define ARCH_NATIVE "SCMP_ARCH_X86"
#elif defined(__aarch64__)
#define ARCH_NATIVE "SCMP_ARCH_AARCH64"
#define ARCH_COMPAT "SCMP_ARCH_ARM"
#elif defined(__arm__)
#define ARCH_NATIVE "SCMP_ARCH_ARM"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH_NATIVE "SCMP_ARCH_PPC64LE"
#elif defined(__s390x__)
#define ARCH_NATIVE "SCMP_ARCH_S390X"
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH_NATIVE "SCMP_ARCH_RISCV64"
#elif defined(__loongarch64)
#define ARCH_NATIVE "SCMP_ARCH_LOONGARCH64"
#else
#error "no seccomp profile for this architecture: its ioctl numbers and clone arguments were not read"
#endif
#ifdef ARCH_COMPAT
static const bool native_32 = false;
static const char arch_compat[] = ARCH_COMPAT;
#else
static const bool native_32 = sizeof(long) == 4;
static const char arch_compat[] = "";
#endif
#ifdef __s390x__
static const int clone_flags_arg = 1;
#else
static const int clone_flags_arg = 0;
#endif

/* What a rule does: 0 allows, else the error number. */
struct profile {
	const struct svec *caps;
	unsigned flags;
	struct jval *rules;
};

static bool has_cap(const struct profile *p, const char *cap)
{
	if (!strcmp(cap, BY_NESTED))
		return p->flags & SECCOMP_PROFILE_NESTED;
	SVEC_EACH(c, p->caps)
		if (!strncmp(c, "CAP_", 4) && !strcmp(c + 4, cap))
			return true;
	return false;
}

static bool guard_open(const struct profile *p, const struct guarded *g)
{
	for (size_t i = 0; i < ARRAY_SIZE(g->caps) && g->caps[i]; i++)
		if (has_cap(p, g->caps[i]))
			return true;
	return false;
}

static void add_names(struct jval *into, const char *const *names)
{
	for (; *names; names++)
		jval_add(into, jval_new_str(*names));
}

static void add_one_rule(struct profile *p, struct jval *names, int errno_ret, struct jval *args)
{
	struct jval *r = jval_new_object();

	jval_set(r, "names", names);
	jval_set_str(r, "action", errno_ret ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW");
	if (errno_ret)
		jval_set_int(r, "errnoRet", errno_ret);
	if (args)
		jval_set(r, "args", args);
	jval_add(p->rules, r);
}

/* A system call has six arguments, and crun reads no more comparisons of a rule than that. What has
 * more here are alternatives for one argument, which may as well be rules of their own. */
static void add_rule(struct profile *p, struct jval *names, int errno_ret, struct jval *args)
{
	const size_t most = 6, n = jval_len(args);

	if (n <= most) {
		add_one_rule(p, names, errno_ret, args);
		return;
	}
	for (size_t i = 0; i < n; i += most) {
		struct jval *some = jval_new_array();

		for (size_t k = i; k < n && k < i + most; k++)
			jval_add(some, jval_ref(jval_at(args, k)));
		add_one_rule(p, jval_ref(names), errno_ret, some);
	}
	jval_free(args);
	jval_free(names);
}

static struct jval *one_name(const char *name)
{
	struct jval *names = jval_new_array();

	jval_add(names, jval_new_str(name));
	return names;
}

/* Appends "argument & mask == value". The kernel reads these arguments as 32 bits, so the mask
 * never has more: the upper half is whatever the program left in the register. */
static void add_masked(struct jval *args, int index, uint32_t mask, uint32_t value)
{
	struct jval *a = jval_new_object();

	jval_set_int(a, "index", index);
	jval_set_int(a, "value", mask);
	if (value)
		jval_set_int(a, "valueTwo", value);
	jval_set_str(a, "op", "SCMP_CMP_MASKED_EQ");
	jval_add(args, a);
}

static bool in_block(const uint32_t *set, size_t n, uint32_t from, unsigned bits)
{
	for (size_t i = 0; i < n; i++)
		if (bits > 31 || set[i] >> bits == from >> bits)
			return true;
	return false;
}

/*
 * Appends alternatives that cover every number of the block of 2^bits from `from` on, except
 * those in set: the only way to write "anything but" with masked comparisons. Big blocks first.
 */
static void add_except(struct jval *args, int index, const uint32_t *set, size_t n, uint32_t from,
	unsigned bits)
{
	if (!in_block(set, n, from, bits)) {
		add_masked(args, index, bits > 31 ? 0 : ~0u << bits, from);
		return;
	}
	if (!bits)
		return;
	bits--;
	for (int half = 0; half < 2; half++) {
		uint32_t start = from + ((uint32_t)half << bits);

		if (!in_block(set, n, start, bits))
			add_masked(args, index, ~0u << bits, start);
	}
	for (int half = 0; half < 2; half++) {
		uint32_t start = from + ((uint32_t)half << bits);

		if (in_block(set, n, start, bits))
			add_except(args, index, set, n, start, bits);
	}
}

static void add_each(struct jval *args, int index, const uint32_t *set, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_masked(args, index, ~0u, set[i]);
}

/* clone(2) without new namespaces; clone3 hides its flags behind a pointer: ENOSYS by default, so
 * that the C library falls back on clone. */
static void rule_clone(struct profile *p)
{
	static const uint32_t new_ns[] = {
		0x00020000 /* NEWNS */, 0x02000000 /* NEWCGROUP */, 0x04000000 /* NEWUTS */,
		0x08000000 /* NEWIPC */, 0x10000000 /* NEWUSER */, 0x20000000 /* NEWPID */,
		0x40000000 /* NEWNET */};
	struct jval *args;

	if (has_cap(p, "SYS_ADMIN") || has_cap(p, BY_NESTED)) {
		struct jval *both = one_name("clone");

		jval_add(both, jval_new_str("clone3"));
		add_rule(p, both, 0, NULL);
		return;
	}
	args = jval_new_array();
	add_masked(args, clone_flags_arg, 0x7E020000, 0);
	add_rule(p, one_name("clone"), 0, args);
	args = jval_new_array();
	for (size_t i = 0; i < ARRAY_SIZE(new_ns); i++)
		add_masked(args, clone_flags_arg, new_ns[i], new_ns[i]);
	add_rule(p, one_name("clone"), EPERM, args);
}

/* PER_LINUX and PER_LINUX32, each with or without UNAME26, and asking for the current one. */
static void rule_personality(struct profile *p)
{
	const uint32_t linux32 = 0x8, uname26 = 0x20000;
	struct jval *args = jval_new_array();

	add_masked(args, 0, ~(linux32 | uname26), 0);
	add_masked(args, 0, ~0u, 0xffffffff);
	add_rule(p, one_name("personality"), 0, args);
}

/* Typing into the caller's terminal (threats.md V21). */
static void rule_ioctl(struct profile *p)
{
	static const uint32_t typing[] = {0x5412 /* TIOCSTI */, 0x541C /* TIOCLINUX */};
	struct jval *args = jval_new_array();

	add_each(args, 1, typing, ARRAY_SIZE(typing));
	add_rule(p, one_name("ioctl"), EPERM, args);
	args = jval_new_array();
	add_except(args, 1, typing, ARRAY_SIZE(typing), 0, 32);
	add_rule(p, one_name("ioctl"), 0, args);
}

/* One rule for AF_NETLINK and each block of protocols in `blocks`, which names argument 2. */
static void rule_netlink(struct profile *p, int errno_ret, struct jval *blocks)
{
	for (size_t i = 0; i < jval_len(blocks); i++) {
		struct jval *args = jval_new_array();

		add_masked(args, 0, ~0u, 16 /* AF_NETLINK */);
		jval_add(args, jval_ref(jval_at(blocks, i)));
		add_rule(p, one_name("socket"), errno_ret, args);
	}
	jval_free(blocks);
}

/* NETLINK_XFRM with NET_ADMIN only (threats.md V58), NETLINK_AUDIT with an audit capability: PAM
 * and sudo take EINVAL for a kernel without auditing. */
static void rule_netlink_all(struct profile *p)
{
	const uint32_t xfrm = 6, audit = 9;
	uint32_t refused[2];
	struct jval *blocks;
	size_t n = 0;

	if (!has_cap(p, "NET_ADMIN"))
		refused[n++] = xfrm;
	if (!has_cap(p, "AUDIT_WRITE") && !has_cap(p, "AUDIT_CONTROL") && !has_cap(p, "AUDIT_READ"))
		refused[n++] = audit;
	blocks = jval_new_array();
	add_except(blocks, 2, refused, n, 0, 5); /* MAX_LINKS is 32 */
	rule_netlink(p, 0, blocks);
	for (size_t i = 0; i < n; i++) {
		blocks = jval_new_array();
		add_masked(blocks, 2, ~0u, refused[i]);
		rule_netlink(p, refused[i] == audit ? EINVAL : EPROTONOSUPPORT, blocks);
	}
}

static struct jval *both_socket_calls(void)
{
	struct jval *names = one_name("socket");

	jval_add(names, jval_new_str("socketpair")); /* the kernel has pairs of AF_UNIX only */
	return names;
}

/* Families: UNIX, INET, INET6, NETLINK, and with NET_RAW also PACKET and XDP. Others below 64 get
 * what a kernel without them answers; above there are none, and the default applies. */
static void rule_sockets(struct profile *p)
{
	static const uint32_t usual[] = {1, 2, 10, 16}, raw[] = {1, 2, 10, 17, 44, 16};
	bool with_raw = has_cap(p, "NET_RAW");
	const uint32_t *ok = with_raw ? raw : usual;
	size_t n = with_raw ? ARRAY_SIZE(raw) : ARRAY_SIZE(usual);
	struct jval *args = jval_new_array();

	add_each(args, 0, ok, n - 1); /* all but NETLINK */
	add_rule(p, both_socket_calls(), 0, args);
	rule_netlink_all(p);
	args = jval_new_array();
	add_except(args, 0, ok, n, 0, 6);
	add_rule(p, both_socket_calls(), EAFNOSUPPORT, args);
}

bool seccomp_profile_flag(const char *name, unsigned *ret_flags)
{
	if (!strcmp(name, "nested"))
		*ret_flags |= SECCOMP_PROFILE_NESTED;
	return !strcmp(name, "default") || !strcmp(name, "nested");
}

struct jval *seccomp_profile_default(const struct svec *caps, unsigned flags)
{
	struct profile p = {.caps = caps, .flags = flags, .rules = jval_new_array()};
	struct jval *ret = jval_new_object(), *archs = one_name(ARCH_NATIVE);
	struct jval *yes = jval_new_array(), *no = jval_new_array();
	bool both = (flags & SECCOMP_PROFILE_COMPAT) && *arch_compat;

	add_names(yes, always);
	add_names(yes, machine);
	if (both || native_32)
		add_names(yes, compat);
	add_names(no, never);
	for (size_t i = 0; i < ARRAY_SIZE(guarded); i++)
		add_names(guard_open(&p, &guarded[i]) ? yes : no, guarded[i].names);
	add_rule(&p, yes, 0, NULL);
	add_rule(&p, no, EPERM, NULL);
	rule_clone(&p);
	rule_personality(&p);
	rule_ioctl(&p);
	rule_sockets(&p);
	if (both)
		jval_add(archs, jval_new_str(arch_compat));
	jval_set_str(ret, "defaultAction", "SCMP_ACT_ERRNO");
	jval_set_int(ret, "defaultErrnoRet", ENOSYS);
	jval_set(ret, "architectures", archs);
	jval_set(ret, "syscalls", p.rules);
	return ret;
}

/* ---- by name ---- */

#define KEY_NAMED "podlite.profile" /* its value: flags */
#define KEY_CAPS  "capabilities"

struct jval *seccomp_profile_named(const struct svec *caps, unsigned flags)
{
	struct jval *ret = jval_new_object();

	jval_set_int(ret, KEY_NAMED, flags);
	jval_set(ret, KEY_CAPS, jval_new_strings(caps));
	return ret;
}

bool seccomp_profile_is_named(const struct jval *section)
{
	return jval_get(section, KEY_NAMED) != NULL;
}

struct jval *seccomp_profile_whole(const struct jval *section, struct err *err)
{
	int64_t flags = jval_get_int(section, KEY_NAMED, -1);
	auto_svec struct svec caps = SVEC_INIT;

	if (flags < 0 || flags > (SECCOMP_PROFILE_NESTED | SECCOMP_PROFILE_COMPAT) ||
		!jval_strings(jval_get(section, KEY_CAPS), &caps)) {
		err_set(err, EK_INVALID, "seccomp: " KEY_NAMED " is not one of this version's profiles");
		return NULL;
	}
	return seccomp_profile_default(&caps, (unsigned)flags);
}
