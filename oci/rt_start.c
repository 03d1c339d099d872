#include "oci/rt_start.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/proc.h"
#include "oci/rt_cgroup1.h"
#include "oci/rt_child.h"
#include "oci/rt_listener.h"
#include "oci/rt_ns.h"
#include "oci/rt_sys.h"

/* It has begun outside, so its cgroup namespace starts there; its limits hold all the same. */
static int move_into_cgroup(const struct rt_plan *p, pid_t pid)
{
	auto_fd int fd = fd_open(p->cgroup_fd, "cgroup.procs", O_WRONLY, 0);
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return fd < 0 ? fd : fd_write_all(fd, text, strlen(text));
}

/* clone3, since it starts the process inside the cgroup; clone where a filter of the surrounding
 * container hides it. */
static pid_t do_clone(const struct rt_plan *p, uint64_t flags, int *ret_pidfd)
{
	pid_t pid = sys_clone3(flags, SIGCHLD, ret_pidfd, p->cgroup_fd);

	if (pid >= 0 || (errno != ENOSYS && errno != EPERM))
		return pid;
	pid = sys_clone((unsigned long)flags | SIGCHLD, ret_pidfd);
	if (pid > 0 && p->cgroup_fd >= 0 && move_into_cgroup(p, pid) < 0) {
		proc_signal(*ret_pidfd, SIGKILL);
		proc_wait(pid);
		fd_closep(ret_pidfd);
		errno = EBUSY;
		return -1;
	}
	return pid;
}

static int clone_failed(const struct rt_plan *p, struct err *err)
{
	int sys = errno;

	if (sys == EACCES && p->cgroup_fd >= 0) {
		err_sys(err, "start a process in the container's cgroup");
		return err_advise(err, "the kernel lets it in from a cgroup beside the container's only, and no systemd of this user answers that could move podlite there; for one without a login, run: loginctl enable-linger");
	}
	err_sys(err, "clone the container's first process");
	if (sys == ENOSPC || (sys == EPERM && p->clone_flags & CLONE_NEWUSER))
		err_advise(err, "a limit on namespaces is reached, run: podlite doctor");
	return -1;
}

/* The first process clones the real one as our child, and leaves. */
static int second_stage(struct rt_container *c, pid_t first, struct err *err)
{
	int status = proc_wait(first);

	c->pid = *c->plan->second_pid;
	if (status || c->pid <= 0) {
		c->pid = -1;
		/* it has said why; no message of this type exists otherwise */
		return rt_sync_expect(c->sync, RT_SYNC_FAIL, c->plan, NULL, NULL, err) < 0
			       ? -1
			       : err_set(err, EK_SYSTEM,
					 "the process that joins the namespaces died");
	}
	c->pidfd = proc_open_pidfd(c->pid, 0);
	return c->pidfd < 0 ? err_neg(err, c->pidfd, "open the container's first process") : 0;
}

static int clone_both(struct rt_container *c, struct err *err)
{
	struct rt_plan *p = c->plan;
	void *page = mmap(
		NULL, sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pidfd = -1, r;
	pid_t first;

	if (page == MAP_FAILED)
		return err_sys(err, "share memory with a child");
	p->second_pid = page;
	first = do_clone(p, 0, &pidfd);
	if (!first) {
		fd_close(c->sync); /* the child must see end of file when we die */
		rt_child_stage1(p);
	}
	fd_close(p->sync_child);
	fd_close(pidfd);
	r = first < 0 ? clone_failed(p, err) : second_stage(c, first, err);
	munmap(page, sizeof(pid_t));
	return r;
}

static int clone_one(struct rt_container *c, struct err *err)
{
	struct rt_plan *p = c->plan;
	int pidfd = -1;
	pid_t pid = do_clone(p, p->clone_flags, &pidfd);

	if (!pid) {
		fd_close(c->sync);
		rt_child_main(p);
	}
	fd_close(p->sync_child);
	if (pid < 0)
		return clone_failed(p, err);
	c->pid = pid;
	c->pidfd = pidfd;
	return 0;
}

int rt_start_clone(struct rt_container *c, struct err *err)
{
	int pair[2], r;

	r = fd_socketpair(SOCK_SEQPACKET, pair);
	if (r < 0)
		return err_neg(err, r, "socketpair");
	c->sync = pair[0];
	c->plan->sync_child = pair[1];
	r = c->plan->two_stage ? clone_both(c, err) : clone_one(c, err);
	c->plan->sync_child = -1;
	rt_plan_close(c->plan);
	return r;
}

int rt_start_place(struct rt_container *c, struct err *err)
{
	const struct rt_plan *p = c->plan;

	if (rt_sync_expect(c->sync, RT_SYNC_MAP, p, NULL, NULL, err) < 0 ||
		(p->map_ids && rt_ns_write_maps(p, c->pid, err) < 0) ||
		rt_cgroup1_enter(&p->cgroup1, c->pid, err) < 0)
		return -1;
	if (rt_sync_send(c->sync, RT_SYNC_MAPPED, 0) < 0)
		log_debug("the container's first process is gone"); /* it has said why */
	return 0;
}

int rt_start_wait(struct rt_container *c, pid_t first, struct err *err)
{
	const struct rt_plan *p = c->plan;
	auto_fd int fd = -1;
	int r = rt_sync_expect(c->sync, RT_SYNC_START, p, NULL, &fd, err);
	struct rt_listener l = {.spec = p->spec,
		.id = p->id,
		.bundle = p->bundle ? p->bundle : "",
		.status = "running",
		.pid = c->pid,
		.container_pid = first};

	if (r || fd < 0)
		return r;
	if (rt_listener_send(&l, fd, err) < 0)
		return -1;
	return rt_sync_expect(c->sync, RT_SYNC_START, p, NULL, NULL, err);
}

void rt_start_undo(struct rt_container *c)
{
	auto_free char *cgroup = c->plan && c->plan->cgroup_made ? xstrdup(c->plan->cgroup) : NULL;
	auto_svec struct svec cgroup1 = SVEC_INIT;

	if (c->plan && c->plan->mount_setup)
		svec_add_all(&cgroup1, &c->plan->cgroup1);
	rt_done(c);
	rt_cgroup1_remove(&cgroup1);
	if (cgroup)
		rt_cgroup_remove(cgroup, NULL);
}

void rt_done(struct rt_container *c)
{
	if (c->pid > 0 && c->pidfd >= 0) {
		/* already reaped by the caller: the pidfd says so, a number might be somebody
		 * else's */
		if (proc_signal(c->pidfd, SIGKILL) == 0)
			proc_wait(c->pid);
	}
	fd_close(c->pidfd);
	fd_close(c->console);
	fd_close(c->netns);
	fd_close(c->sync);
	free(c->cgroup);
	svec_done(&c->cgroup1);
	rt_plan_free(c->plan);
	*c = (struct rt_container)RT_CONTAINER_INIT;
}
