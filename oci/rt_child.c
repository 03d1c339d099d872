#include "oci/rt_child.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "oci/rt_sys.h"

/* ---- the child's half of rt_sync.h ---- */

static int send_msg(int sync, const struct rt_sync *m, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} ctl = {.buf = {0}};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)m, .iov_len = sizeof(*m)};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t r;

	if (fd >= 0) {
		struct cmsghdr *c;

		mh.msg_control = ctl.buf;
		mh.msg_controllen = sizeof(ctl.buf);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	do
		r = sendmsg(sync, &mh, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r == (ssize_t)sizeof(*m) ? 0 : -1;
}

__noreturn void rt_child_fail(int sync, enum rt_step step, size_t index, int sys)
{
	struct rt_sync m = {.type = RT_SYNC_FAIL, .a = (int)step, .index = (int)index, .sys = sys};

	send_msg(sync, &m, -1);
	_exit(125);
}

void rt_child_tell(const struct rt_child *c, enum rt_sync_type type, int a, int fd)
{
	struct rt_sync m = {.type = (int)type, .a = a};

	/* nobody is left to report to */
	if (send_msg(c->sync, &m, fd) < 0)
		_exit(125);
}

/* Wait for a message of the parent; its end of file means that it died, so must we. */
static int await(int sync, enum rt_sync_type type)
{
	struct rt_sync m;
	ssize_t r;

	do
		r = recv(sync, &m, sizeof(m), 0);
	while (r < 0 && errno == EINTR);
	if (r != (ssize_t)sizeof(m) || m.type != (int)type)
		_exit(125);
	return m.a;
}

/* ---- first steps ---- */

/* The caller may ignore or block signals for its own purposes; exec would hand that on. */
static void reset_signals(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	uint64_t none = 0;

	for (int s = 1; s <= 64; s++)
		if (s != SIGKILL && s != SIGSTOP)
			sigaction(s, &dfl, NULL);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
}

void rt_child_cloexec_from(int from)
{
	if (sys_close_range((unsigned)from, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	/* before Linux 5.11: our own are close-on-exec anyway; leaked ones have low numbers */
	for (int fd = from; fd < 4096; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void protect(const char *name)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	rt_child_cloexec_from(3);
}

static void join(const struct rt_plan *p)
{
	for (size_t i = 0; i < p->njoins; i++)
		if (setns(p->joins[i].fd, p->joins[i].nstype) < 0)
			rt_child_fail(p->sync_child, RT_STEP_SETNS, i, errno);
	if (p->target >= 0 && setns(p->target, (int)p->target_ns) < 0)
		rt_child_fail(p->sync_child, RT_STEP_SETNS, p->njoins, errno);
}

static void time_offsets(const struct rt_plan *p)
{
	size_t n;
	int fd;

	if (!p->new_timens)
		return;
	if (unshare(CLONE_NEWTIME) < 0)
		rt_child_fail(p->sync_child, RT_STEP_TIME, 0, errno);
	if (!p->time_offsets)
		return;
	n = strlen(p->time_offsets);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	fd = fd_open(AT_FDCWD, "/proc/self/timens_offsets", O_WRONLY, 0);
	if (fd < 0 || write(fd, p->time_offsets, n) != (ssize_t)n)
		rt_child_fail(p->sync_child, RT_STEP_TIME, 0, fd < 0 ? -fd : errno);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	fd_close(fd);
}

/*
 * A process that is about to join: still in the caller's pid namespace, so a container cannot see
 * it, and may therefore be dumpable for the one write that needs it (/proc/self/... belongs to
 * the host's root otherwise). Errors of lowering are no errors: an unprivileged user may not.
 */
static void oom_before_join(const struct rt_plan *p)
{
	int fd;

	if (p->mount_setup || !p->has_oom)
		return;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	fd = fd_open(AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY, 0);
	if (fd >= 0 && write(fd, p->oom, strlen(p->oom)) < 0 && errno != EACCES && errno != EPERM)
		rt_child_fail(p->sync_child, RT_STEP_OOM, 0, errno);
	fd_close(fd);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

__noreturn void rt_child_stage1(const struct rt_plan *p)
{
	pid_t pid;

	protect("podlite-join");
	oom_before_join(p);
	join(p);
	time_offsets(p);
	/* CLONE_PARENT: the caller becomes the parent; it inherits this process's exit signal */
	pid = sys_clone((unsigned long)(p->clone_flags | CLONE_PARENT), NULL);
	if (pid < 0)
		rt_child_fail(p->sync_child, RT_STEP_CLONE, 0, errno);
	if (!pid)
		rt_child_main(p);
	/* not a message: the second process may be quicker and send its own first */
	*p->second_pid = pid;
	_exit(0);
}

/* The files that map ids belong to the host's root while we are not dumpable; nobody but the
 * caller can see this process yet. */
static void wait_for_maps(const struct rt_child *c)
{
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	rt_child_tell(c, RT_SYNC_MAP, 0, -1);
	await(c->sync, RT_SYNC_MAPPED);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void become_root(const struct rt_child *c)
{
	/* id 0 need not be mapped: the capabilities do the work, ids decide who owns new files */
	if (getgid() && syscall(SYS_setresgid, 0, 0, 0) < 0 && errno != EINVAL)
		rt_child_fail(c->sync, RT_STEP_ROOT_ID, 0, errno);
	if (getuid() && syscall(SYS_setresuid, 0, 0, 0) < 0 && errno != EINVAL)
		rt_child_fail(c->sync, RT_STEP_ROOT_ID, 0, errno);
}

/* ---- hooks that run inside ---- */

static __noreturn void hook_exec(const struct rt_hook *h, int in, int null)
{
	dup2(in, 0);
	dup2(null, 1);
	dup2(null, 2);
	if (chdir("/") == 0)
		execve(h->path, h->argv, h->envp);
	_exit(127);
}

static int hook_feed(const struct rt_state *s, int pid, int out)
{
	char digits[16];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + pid % 10);
		pid /= 10;
	} while (pid);
	if (fd_write_all(out, s->head, strlen(s->head)) < 0 ||
		fd_write_all(out, digits + n, sizeof(digits) - n) < 0 ||
		fd_write_all(out, s->tail, strlen(s->tail)) < 0)
		return -1;
	return 0;
}

/* 0, or the errno that stands for what happened. */
static int hook_run(
	const struct rt_plan *p, const struct rt_hook *h, const struct rt_state *s, int pid)
{
	struct pollfd pfd = {.events = POLLIN};
	int pipe_fds[2], status = 0, r;
	pid_t child;

	r = fd_pipe(pipe_fds);
	if (r < 0)
		return -r;
	child = sys_clone(SIGCHLD, &pfd.fd);
	if (child < 0)
		return errno;
	if (!child)
		hook_exec(h, pipe_fds[0], p->null);
	/* the state fits into the pipe (rt_plan.c sees to it), so this does not wait */
	r = hook_feed(s, pid, pipe_fds[1]) < 0 ? EPIPE : 0;
	fd_close(pipe_fds[0]);
	fd_close(pipe_fds[1]);
	while (!r && h->timeout && poll(&pfd, 1, h->timeout * 1000) == 0)
		r = ETIME;
	if (r)
		syscall(SYS_pidfd_send_signal, pfd.fd, SIGKILL, NULL, 0);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	fd_close(pfd.fd);
	return r ? r : status ? EPROTO : 0;
}

static void hooks(
	const struct rt_child *c, size_t from, size_t to, const struct rt_state *state, int pid)
{
	for (size_t i = from; i < to; i++) {
		int e = hook_run(c->p, &c->p->child_hooks[i], state, pid);

		if (e)
			rt_child_fail(c->sync, RT_STEP_HOOK, i, e);
	}
}

/* ---- the whole way ---- */

static void names(const struct rt_child *c)
{
	const struct rt_plan *p = c->p;

	if (p->hostname && sethostname(p->hostname, strlen(p->hostname)) < 0)
		rt_child_fail(c->sync, RT_STEP_HOSTNAME, 0, errno);
	if (p->domainname && setdomainname(p->domainname, strlen(p->domainname)) < 0)
		rt_child_fail(c->sync, RT_STEP_DOMAINNAME, 0, errno);
}

/* As runc does for every network namespace that it makes; a kernel without IPv4 has none to bring up. */
static void loopback(const struct rt_child *c)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int sock, r;

	if (!c->p->new_netns)
		return;
	sock = fd_socket(AF_INET, SOCK_DGRAM, 0);
	r = sock < 0 ? sock : ioctl(sock, SIOCSIFFLAGS, &lo) < 0 ? -errno : 0;
	if (r < 0 && r != -EAFNOSUPPORT)
		rt_child_fail(c->sync, RT_STEP_LOOPBACK, 0, -r);
	fd_close(sock);
}

/* Everything that needs the host's tree or the network that the caller makes meanwhile. */
static int build(struct rt_child *c)
{
	const struct rt_plan *p = c->p;
	int pid, netns = p->new_netns ? fd_open(AT_FDCWD, "/proc/self/ns/net", O_RDONLY, 0) : -1;

	become_root(c);
	rt_child_tell(c, RT_SYNC_HELLO, 0, netns);
	fd_close(netns);
	loopback(c);
	rt_child_mounts(c);
	names(c);
	if (p->wait_hooks)
		rt_child_tell(c, RT_SYNC_MOUNTED, 0, -1);
	pid = await(c->sync, RT_SYNC_GO);
	hooks(c, 0, p->ncreate_hooks, &p->state_creating, pid);
	rt_child_sysctls(c);
	rt_child_masks(c);
	rt_child_pivot(c);
	return pid;
}

/* The start comes from the caller, or from whoever connects to the socket it left behind. */
static void wait_for_start(struct rt_child *c)
{
	int s;

	if (c->listener >= 0) {
		do
			s = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
		while (s < 0 && errno == EINTR);
		if (s < 0)
			rt_child_fail(c->sync, RT_STEP_ACCEPT, 0, errno);
		fd_close(c->sync);
		c->sync = s;
	}
	await(c->sync, RT_SYNC_START);
}

__noreturn void rt_child_main(const struct rt_plan *p)
{
	struct rt_child c = {.p = p,
		.sync = p->sync_child,
		.listener = p->start_listener,
		.own_proc = -1,
		.at_proc = -1,
		.at_sys = -1,
		.pts = -1,
		.dev = -1,
		.master = -1,
		.slave = -1,
		.empty = -1};
	int pid = 0;

	protect("podlite-init");
	reset_signals();
	if (rt_plan_placed(p))
		wait_for_maps(&c);
	if (!p->two_stage)
		join(p);
	if (p->late_cgroupns && unshare(CLONE_NEWCGROUP) < 0)
		rt_child_fail(c.sync, RT_STEP_CGROUPNS, 0, errno);
	if (p->mount_setup)
		pid = build(&c);
	if (p->terminal)
		rt_child_console(&c);
	rt_child_dev_readonly(&c);
	rt_child_stdio(&c);
	rt_child_identity(&c);
	if (c.listener >= 0)
		rt_child_look(&c);
	rt_child_tell(&c, RT_SYNC_READY, 0, c.master);
	fd_close(c.master);
	if (p->mount_setup) {
		wait_for_start(&c);
		hooks(&c, p->ncreate_hooks, p->ncreate_hooks + p->nstart_hooks, &p->state_created,
			pid);
	}
	rt_child_exec(&c);
}
