/* doctor_probe.c - what is tried for real: a user namespace with mounts in it, devices, calls. */
#include "podlite/engine/doctor.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "common/userns.h"
#include "podlite/engine/doctor_check.h"
#include "storage/rootfs.h"

#define PATIENCE_MS 5000

/* The part of struct doctor_probe that the child in the user namespace fills. */
struct tries {
	struct doctor_try userns, proc, overlay, fuse;
};

static void note(struct doctor_try *t, int r, const struct err *err)
{
	t->done = true;
	t->ok = r >= 0;
	if (r < 0)
		t->err = *err;
}

/* A new pid namespace's /proc, mounted by its first process. */
static int mount_proc(struct err *err)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0)
		return err_sys(err, "make a pid namespace");
	pid = fork();
	if (pid < 0)
		return err_sys(err, "fork");
	if (!pid) {
		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
			mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
			_exit(errno & 127);
		_exit(0);
	}
	status = proc_wait(pid);
	if (!status)
		return 0;
	errno = status > 0 ? status : ECHILD;
	return err_sys(err, "mount a new /proc");
}

static void try_all(int store, struct tries *t)
{
	struct userns_map map;
	struct err err = ERR_INIT;
	int r = userns_plan(&map, &err);

	if (!r)
		r = userns_create(&map, &err);
	note(&t->userns, r, &err);
	if (r < 0)
		return;
	if (store >= 0) {
		note(&t->overlay, rootfs_probe(STORE_OVERLAY, store, &err), &err);
		if (!t->overlay.ok)
			note(&t->fuse, rootfs_probe(STORE_FUSE_OVERLAY, store, &err), &err);
	}
	note(&t->proc, mount_proc(&err), &err);
}

static __noreturn void child(int store, int out, pid_t parent)
{
	struct tries t = {.userns = {.done = false}};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	try_all(store, &t);
	_exit(fd_write_all(out, &t, sizeof(t)) ? 1 : 0);
}

static void hung(struct tries *t)
{
	t->userns = (struct doctor_try){.done = true};
	err_set(&t->userns.err, EK_SYSTEM,
		"trying a user namespace and an overlay did not end within %d seconds", PATIENCE_MS / 1000);
}

static void try_in_child(int store, struct doctor_probe *p)
{
	struct tries t = {.userns = {.done = false}};
	pid_t parent = getpid(), pid;
	struct pollfd wait;
	int fds[2];

	if (fd_pipe(fds) < 0)
		return;
	pid = fork();
	if (!pid) {
		fd_close(fds[0]);
		child(store, fds[1], parent);
	}
	fd_close(fds[1]);
	wait = (struct pollfd){.fd = fds[0], .events = POLLIN};
	if (pid > 0 && (poll(&wait, 1, PATIENCE_MS) != 1 || fd_read_full(fds[0], &t, sizeof(t)) < 0))
		hung(&t);
	if (pid > 0) {
		kill(pid, SIGKILL); /* our own child, not reaped yet */
		proc_wait(pid);
	}
	fd_close(fds[0]);
	p->userns = t.userns;
	p->proc = t.proc;
	p->overlay = t.overlay;
	p->fuse = t.fuse;
}

static int try_device(const char *path)
{
	int fd = fd_open(AT_FDCWD, path, O_RDWR | O_NONBLOCK, 0);

	fd_close(fd);
	return fd < 0 ? -fd : 0;
}

/* Calls with arguments that every kernel which has them refuses. */
static void try_calls(struct doctor_probe *p)
{
	static const int numbers[DOCTOR_NCALLS] = {
		[DOCTOR_OPENAT2] = 437, [DOCTOR_CLONE3] = 435, [DOCTOR_MOUNT_SETATTR] = 442,
		[DOCTOR_PIDFD] = 434, [DOCTOR_CLOSE_RANGE] = 436, /* one number everywhere */
	};

	for (int i = 0; i < DOCTOR_NCALLS; i++)
		if (i == DOCTOR_CLOSE_RANGE) /* first beyond last */
			p->calls[i] = syscall(numbers[i], 1u, 0u, 0u) < 0 && errno == EINVAL;
		else
			p->calls[i] = syscall(numbers[i], -1, NULL, 0, NULL, 0) < 0 && errno != ENOSYS &&
				errno != EPERM;
	p->filter = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) < 0 && errno == EFAULT;
}

static void try_store(const struct doctor_host *h, int fd, struct doctor_probe *p)
{
	struct statvfs v;
	struct statfs s;

	if (fd < 0 || fstatfs(fd, &s) < 0 || fstatvfs(fd, &v) < 0)
		return;
	p->have_store = faccessat(AT_FDCWD, h->store, W_OK | X_OK, AT_EACCESS) == 0 ||
		(v.f_flag & ST_RDONLY);
	p->store_type = (uint64_t)s.f_type;
	p->store_flags = v.f_flag;
	p->store_free = (uint64_t)v.f_bavail * v.f_frsize;
	p->store_inodes = v.f_files ? v.f_favail : 0;
}

void doctor_probe_host(struct doctor_host *h)
{
	auto_fd int store = fs_open_dir_p(AT_FDCWD, h->store);
	auto_free char *idmap = doctor_program(h, "newuidmap");
	struct doctor_probe *p = &h->probe;
	struct statvfs v;

	p->tun_error = try_device("/dev/net/tun");
	p->fuse_error = try_device("/dev/fuse");
	p->idmap_nosuid = idmap && statvfs(idmap, &v) == 0 && (v.f_flag & ST_NOSUID);
	try_calls(p);
	try_store(h, store, p);
	try_in_child(p->have_store ? store : -1, p);
}
