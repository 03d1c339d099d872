#include "oci/rt_child.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "common/fd.h"
#include "common/rootfd.h"
#include "oci/rt_sys.h"

#ifdef SYS_setgroups32
#define NR_SETGROUPS SYS_setgroups32
#define NR_SETRESGID SYS_setresgid32
#define NR_SETRESUID SYS_setresuid32
#else
#define NR_SETGROUPS SYS_setgroups
#define NR_SETRESGID SYS_setresgid
#define NR_SETRESUID SYS_setresuid
#endif

/* ---- descriptors ---- */

static int above(struct rt_child *c, int fd, int top)
{
	int d = fcntl(fd, F_DUPFD_CLOEXEC, top);

	if (d < 0)
		rt_child_fail(c->sync, RT_STEP_FDS, 0, errno);
	return d;
}

/* A program that is not root may open its own /dev/stdout only if it owns the pipe. Files,
 * terminals and devices of the caller are left alone. */
static void own_pipe(const struct rt_plan *p, int fd)
{
	struct stat st;

	if (!fstat(fd, &st) && S_ISFIFO(st.st_mode) && st.st_uid != p->uid &&
		fchown(fd, p->uid, (gid_t)-1) < 0)
		return; /* not ours to give */
}

/* 0-2 and the preserved ones get their numbers; all others, leaked ones too, close at exec. */
void rt_child_stdio(struct rt_child *c)
{
	const struct rt_plan *p = c->p;
	int top = 3 + (int)p->npreserve;
	int src[3];

	if (setsid() < 0 && errno != EPERM)
		rt_child_fail(c->sync, RT_STEP_SESSION, 0, errno);
	/* sources and our own sockets first move out of the way of the targets */
	c->sync = above(c, c->sync, top);
	if (c->listener >= 0)
		c->listener = above(c, c->listener, top);
	if (c->own_proc >= 0)
		c->own_proc = above(c, c->own_proc, top);
	if (c->master >= 0)
		c->master = above(c, c->master, top);
	for (int i = 0; i < 3; i++)
		src[i] = above(c, c->slave >= 0 ? c->slave : p->stdio[i], top);
	for (size_t i = 0; i < p->npreserve; i++)
		if (p->preserve[i] >= 0)
			p->preserve[i] = above(c, p->preserve[i], top);
	for (int i = 0; i < 3; i++) {
		own_pipe(p, src[i]);
		if (dup3(src[i], i, 0) < 0)
			rt_child_fail(c->sync, RT_STEP_STDIO, 0, errno);
	}
	for (size_t i = 0; i < p->npreserve; i++)
		if (p->preserve[i] < 0)
			close(3 + (int)i);
		else if (dup3(p->preserve[i], 3 + (int)i, 0) < 0)
			rt_child_fail(c->sync, RT_STEP_FDS, 0, errno);
	if (c->slave >= 0 && ioctl(0, TIOCSCTTY, 0) < 0)
		rt_child_fail(c->sync, RT_STEP_TTY, 0, errno);
	rt_child_cloexec_from(top);
}

/* ---- limits ---- */

static void limits(struct rt_child *c)
{
	const struct rt_plan *p = c->p;

	for (size_t i = 0; i < p->nlimits; i++)
		if (setrlimit((__rlimit_resource_t)p->limits[i].resource, &p->limits[i].value) < 0)
			rt_child_fail(c->sync, RT_STEP_RLIMIT, i, errno);
}

/* /proc/self belongs to the host's root while we are not dumpable. Nobody else is in this pid
 * namespace yet, so nobody can use the moment. A process that joins has done this before. */
static void oom_score(struct rt_child *c)
{
	int r;

	if (!c->p->has_oom || !c->p->mount_setup)
		return;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	r = rt_child_write_proc(c, "self/oom_score_adj", c->p->oom);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* lowering takes a privilege that a user's namespace cannot give */
	if (r < 0 && r != -EACCES && r != -EPERM)
		rt_child_fail(c->sync, RT_STEP_OOM, 0, -r);
}

static void keyring(struct rt_child *c)
{
	if (c->p->no_new_keyring)
		return;
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0 && errno != ENOSYS)
		rt_child_fail(c->sync, RT_STEP_KEYRING, 0, errno);
}

/* While we may: real-time classes and lower nice values take CAP_SYS_NICE. */
static void attributes(struct rt_child *c)
{
	const struct rt_attr *a = &c->p->attr;

	if (a->final.given && syscall(SYS_sched_setaffinity, 0, sizeof(a->final.mask), a->final.mask) < 0)
		rt_child_fail(c->sync, RT_STEP_CPUS, 0, errno);
	if (a->sched.size && syscall(SYS_sched_setattr, 0, &a->sched, 0) < 0)
		rt_child_fail(c->sync, RT_STEP_SCHED, 0, errno);
	/* IOPRIO_WHO_PROCESS */
	if (a->has_io && syscall(SYS_ioprio_set, 1, 0, a->io) < 0)
		rt_child_fail(c->sync, RT_STEP_IOPRIO, 0, errno);
	if (a->has_personality && syscall(SYS_personality, a->personality) < 0)
		rt_child_fail(c->sync, RT_STEP_PERSONALITY, 0, errno);
}

/* ---- who the process is ---- */

static void bounding(struct rt_child *c)
{
	uint64_t drop = c->p->caps_known & ~c->p->caps.bounding;

	for (int cap = 0; cap < 64; cap++)
		if (drop & 1ULL << cap && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 &&
			errno != EINVAL)
			rt_child_fail(c->sync, RT_STEP_BOUNDING, (size_t)cap, errno);
}

static bool only_own_group(const struct rt_plan *p)
{
	for (size_t i = 0; i < p->ngroups; i++)
		if (p->groups[i] != p->gid)
			return false;
	return true;
}

/* Groups, then gid, then uid: afterwards the right to do the others is gone (X6). */
static void ids(struct rt_child *c)
{
	const struct rt_plan *p = c->p;

	/* EPERM where a mapping of a single id forbids it for good: then only what is asked for
	 * beyond the own group is an error */
	if (!p->keep_groups && syscall(NR_SETGROUPS, p->ngroups, p->groups) < 0 &&
		!(errno == EPERM && only_own_group(p)))
		rt_child_fail(c->sync, RT_STEP_GROUPS, 0, errno);
	if (syscall(NR_SETRESGID, p->gid, p->gid, p->gid) < 0)
		rt_child_fail(c->sync, RT_STEP_GID, 0, errno);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		rt_child_fail(c->sync, RT_STEP_CAPS, 0, errno);
	if (syscall(NR_SETRESUID, p->uid, p->uid, p->uid) < 0)
		rt_child_fail(c->sync, RT_STEP_UID, 0, errno);
}

/* The filter needs no_new_privs or CAP_SYS_ADMIN: without either, that one capability is kept
 * until exec, which computes all sets anew from what is bounding, inheritable and ambient. */
static uint64_t for_filter(const struct rt_plan *p)
{
	return p->bpf.n && !p->no_new_privs ? 1ULL << CAP_SYS_ADMIN : 0;
}

/* What was asked for and can be had (runtime-spec, "Linux Process": runtimes should not fail for the
 * rest); the plan has warned. */
static struct rt_caps grantable(struct rt_child *c)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	struct rt_caps want = c->p->caps;
	uint64_t have;

	if (syscall(SYS_capget, &head, data) < 0)
		rt_child_fail(c->sync, RT_STEP_CAPS, 0, errno);
	have = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	want.permitted &= have;
	want.effective &= have;
	want.inheritable &= have;
	want.ambient &= have;
	return want;
}

static void caps(struct rt_child *c)
{
	const struct rt_caps granted = grantable(c), *want = &granted;
	uint64_t extra = for_filter(c->p);
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)((want->effective | extra) >> 32 * i);
		data[i].permitted = (uint32_t)((want->permitted | extra) >> 32 * i);
		data[i].inheritable = (uint32_t)(want->inheritable >> 32 * i);
	}
	if (syscall(SYS_capset, &head, data) < 0)
		rt_child_fail(c->sync, RT_STEP_CAPS, 0, errno);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		rt_child_fail(c->sync, RT_STEP_AMBIENT, 0, errno);
	for (int cap = 0; cap < 64; cap++)
		if (want->ambient & 1ULL << cap &&
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			rt_child_fail(c->sync, RT_STEP_AMBIENT, (size_t)cap, errno);
}

/* ---- where it is ---- */

/* By a resolution that refuses magic links: /proc/self/fd/N must not lead out (V2). */
static int go_to(const char *path)
{
	int root = fd_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0), fd, r = 0;

	if (root < 0)
		return root;
	fd = rootfd_open(root, path, O_PATH | O_DIRECTORY, 0);
	fd_close(root);
	if (fd < 0)
		return fd;
	if (fchdir(fd) < 0)
		r = -errno;
	fd_close(fd);
	return r;
}

/* M3: the kernel says "(unreachable)..." of a directory outside the root. */
static void check_cwd(struct rt_child *c)
{
	char buf[4096];

	if (syscall(SYS_getcwd, buf, sizeof(buf)) < 0)
		rt_child_fail(c->sync, RT_STEP_CWD, 0, errno);
	if (buf[0] != '/')
		rt_child_fail(c->sync, RT_STEP_CWD_OUTSIDE, 0, 0);
}

static void labels(struct rt_child *c)
{
	const struct rt_plan *p = c->p;
	int r = 0;

	if (p->exec_profile)
		r = rt_child_write_proc(c, "self/attr/apparmor/exec", p->exec_profile);
	if (r == -ENOENT)
		r = rt_child_write_proc(c, "self/attr/exec", p->exec_profile);
	if (!r && p->exec_label)
		r = rt_child_write_proc(c, "self/attr/exec", p->exec_label);
	if (r < 0)
		rt_child_fail(c->sync, RT_STEP_LABEL, 0, -r);
}

void rt_child_identity(struct rt_child *c)
{
	const struct rt_plan *p = c->p;
	int r;

	oom_score(c);
	keyring(c);
	labels(c);
	bounding(c);
	/* as root of the container first, since that is what other runtimes allow; again as the
	 * user where root may not enter (a FUSE mount of the user's) */
	r = go_to(p->cwd);
	if (r < 0 && r != -EACCES)
		rt_child_fail(c->sync, RT_STEP_CWD, 0, -r);
	attributes(c);
	/* late: what we opened so far may have had higher numbers than the container shall */
	limits(c);
	ids(c);
	if (r == -EACCES && (r = go_to(p->cwd)) < 0)
		rt_child_fail(c->sync, RT_STEP_CWD, 0, -r);
	check_cwd(c);
	caps(c);
	if (p->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		rt_child_fail(c->sync, RT_STEP_NNP, 0, errno);
	umask((mode_t)p->umask);
	/* changing ids has made us dumpable by the host's setting and dropped the death signal */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (p->death_signal && prctl(PR_SET_PDEATHSIG, p->death_signal, 0, 0, 0) < 0)
		rt_child_fail(c->sync, RT_STEP_DEATH_SIGNAL, 0, errno);
}

/* ---- exec ---- */

static void filter(struct rt_child *c)
{
	const struct rt_bpf *b = &c->p->bpf;
	struct sock_fprog prog = {.len = (unsigned short)b->n, .filter = b->filter};

	int fd = b->n ? (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, b->flags, &prog) : 0;

	if (fd < 0)
		rt_child_fail(c->sync, RT_STEP_SECCOMP, 0, errno);
	/* it is close-on-exec; from here on some calls wait for the agent */
	if (b->n && b->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		rt_child_tell(c, RT_SYNC_LISTENER, 0, fd);
}

/* Why a file that is there did not run. */
static enum rt_step exec_step(const char *path, int sys)
{
	struct stat st;

	if (sys == EACCES && !stat(path, &st) && S_ISDIR(st.st_mode))
		return RT_STEP_EXEC_DIR;
	if (sys == ENOENT && !stat(path, &st))
		return RT_STEP_EXEC_INTERP;
	return RT_STEP_EXEC;
}

/* Engines want to hear at create of a command that is missing, a directory or not executable, as
 * from runc. Whatever else may go wrong with it is left to exec. */
void rt_child_look(struct rt_child *c)
{
	enum rt_step step = RT_STEP_EXEC;
	int sys = ENOENT;
	struct stat st;

	for (size_t i = 0; c->p->candidates[i]; i++) {
		if (stat(c->p->candidates[i], &st) < 0) {
			if (errno == ENOENT || errno == ENOTDIR)
				continue;
			return;
		}
		if (!S_ISDIR(st.st_mode) && st.st_mode & 0111)
			return;
		sys = EACCES;
		step = S_ISDIR(st.st_mode) ? RT_STEP_EXEC_DIR : RT_STEP_EXEC;
	}
	rt_child_fail(c->sync, step, 0, sys);
}

__noreturn void rt_child_exec(struct rt_child *c)
{
	const struct rt_plan *p = c->p;
	int found = ENOENT;
	enum rt_step step = RT_STEP_EXEC;

	filter(c);
	for (size_t i = 0; p->candidates[i]; i++) {
		execve(p->candidates[i], p->argv, p->envp);
		if (errno == ENOENT || errno == ENOTDIR) {
			if (exec_step(p->candidates[i], ENOENT) == RT_STEP_EXEC_INTERP) {
				step = RT_STEP_EXEC_INTERP;
				break;
			}
			continue;
		}
		/* as a shell does: one that may not be executed does not end the search */
		found = errno;
		step = exec_step(p->candidates[i], found);
		if (found != EACCES)
			break;
	}
	rt_child_fail(c->sync, step, 0, found);
}
