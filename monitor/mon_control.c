/* mon_control.c - what clients ask for besides streams: signals, pause and resume. */
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/proc.h"
#include "monitor/mon.h"

/* The container's pid namespace, or -1 when it shares ours: kill(-1) there would be our end. */
static int own_pidns(pid_t pid)
{
	struct stat own, theirs;
	char path[48];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0)
		return -1;
	if (stat("/proc/self/ns/pid", &own) < 0 || fstat(fd, &theirs) < 0 ||
		(own.st_ino == theirs.st_ino && own.st_dev == theirs.st_dev)) {
		fd_close(fd);
		return -1;
	}
	return fd;
}

/* In a child: a process inside the pid namespace signals everything there but PID 1. It holds no
 * descriptor of ours. It is reaped here, for PID 1 cannot end before it is gone, but by the alarm
 * at the latest: the container may stop it. */
static __noreturn void kill_from_inside(int nsfd, int sig)
{
	sigset_t none;
	pid_t pid;

	if (setns(nsfd, CLONE_NEWPID) < 0)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(1);
	pid = fork();
	if (!pid) {
		syscall(SYS_close_range, 0, ~0U, 0);
		kill(-1, sig);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	_exit(0);
}

static void signal_rest(struct mon *m, int sig)
{
	auto_fd int nsfd = own_pidns(m->job.c.pid);
	pid_t pid;

	if (nsfd < 0)
		return;
	pid = fork();
	if (!pid)
		kill_from_inside(nsfd, sig);
	if (pid > 0)
		proc_wait(pid);
}

int mon_control_signal(struct mon *m, int sig, bool all, struct err *err)
{
	int r;

	if (!mon_state_has_process(m))
		return 0; /* it has ended or is between restarts: no process to signal */
	if (all && sig == SIGKILL && m->cgroup[0])
		rt_cgroup_kill(m->cgroup, NULL);
	else if (all)
		signal_rest(m, sig);
	r = proc_signal(m->job.c.pidfd, sig);
	return r < 0 && r != -ESRCH ? err_neg(err, r, "signal %d to the container", sig) : 0;
}

int mon_control_pause(struct mon *m, bool on, struct err *err)
{
	if (m->phase != MP_RUNNING)
		return err_set(err, EK_INVALID, "container is not running");
	if (m->paused == on)
		return err_set(err, EK_INVALID, on ? "container is already paused" : "container is not paused");
	if (!m->cgroup[0]) {
		err_set(err, EK_UNSUPPORTED, "pausing needs a cgroup v2 of the container's own, and there is none here");
		return err_advise(err, "start it with --cgroup-manager systemd or with a limit where systemd runs; podlite doctor tells what is missing");
	}
	if (rt_cgroup_freeze(m->cgroup, on, err) < 0)
		return -1;
	m->paused = on;
	return mon_state_write(m, on ? "paused" : "running", err);
}
