/* overlay_fuse.c - fuse-overlayfs where the kernel's overlay does not work. The program is started
 * with fixed options; every path it gets is a descriptor's, so nothing in the store's path can be
 * taken for an option (threats.md V25, X16). */
#include "storage/overlay.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "common/sbuf.h"

#define FUSE_MAGIC    0x65735546
#define FIRST_FD      10
#define READY_TRIES   10000 /* of 1 ms */

struct fuse_args {
	struct proc_fd *fds;
	size_t nfds;
	struct sbuf options;
};

/* Returns the number that the path has in the program. */
static int add_dir(struct fuse_args *a, const char *path, struct err *err)
{
	int fd = fd_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	int to = FIRST_FD + (int)a->nfds;

	if (fd < 0)
		return err_neg(err, fd, "fuse-overlayfs: %s", path);
	a->fds[a->nfds++] = (struct proc_fd){fd, to};
	return to;
}

static int add_option(struct fuse_args *a, const char *text, const char *path, struct err *err)
{
	int to = add_dir(a, path, err);

	if (to < 0)
		return -1;
	sbuf_addf(&a->options, "%s/proc/self/fd/%d", text, to);
	return 0;
}

static int make_options(struct fuse_args *a, const struct rootfs *r, struct err *err)
{
	auto_free char *upper = xasprintf("%s/upper", r->dir);
	auto_free char *work = xasprintf("%s/work", r->dir);

	for (size_t i = 0; i < r->lowers.n; i++)
		if (add_option(a, i ? ":" : "lowerdir=", r->lowers.v[i], err) < 0)
			return -1;
	/* the container's processes are in a user namespace below the one that mounts */
	if (r->uid_map && r->gid_map)
		sbuf_addf(&a->options, ",uidmapping=%s,gidmapping=%s,allow_other", r->uid_map, r->gid_map);
	if (r->readonly) {
		sbuf_addstr(&a->options, ",ro");
		return 0;
	}
	if (add_option(a, ",upperdir=", upper, err) < 0 || add_option(a, ",workdir=", work, err) < 0)
		return -1;
	if (r->volatile_)
		sbuf_addstr(&a->options, ",volatile");
	return 0;
}

static bool is_fuse(const char *path)
{
	struct statfs sf;

	return !statfs(path, &sf) && sf.f_type == FUSE_MAGIC;
}

static int died(int status, int log, struct err *err)
{
	char text[200];
	ssize_t n = pread(log, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return err_set(err, EK_SYSTEM, "fuse-overlayfs ended with status %d: %s", status, text);
}

static int wait_ready(pid_t pid, const char *merged, int log, struct err *err)
{
	const struct timespec ms = {0, 1000000};

	for (int i = 0; i < READY_TRIES; i++) {
		int status;

		if (is_fuse(merged))
			return 0;
		if (waitpid(pid, &status, WNOHANG) == pid)
			return died(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), log, err);
		nanosleep(&ms, NULL);
	}
	kill(pid, SIGKILL);
	proc_wait(pid);
	return err_set(err, EK_SYSTEM, "fuse-overlayfs did not mount %s within 10 s", merged);
}

static int start(const char *program, struct fuse_args *a, const char *merged, bool stays, pid_t *ret_pid,
	struct err *err)
{
	char *argv[] = {(char *)"fuse-overlayfs", (char *)"-f", (char *)"-o", a->options.buf, (char *)merged, NULL};
	char *envp[] = {(char *)"PATH=/usr/bin:/bin", NULL};
	auto_fd int log = fd_memfd("fuse-overlayfs", 0);

	if (log < 0)
		return err_neg(err, log, "fuse-overlayfs: memory for its messages");
	a->fds[a->nfds] = (struct proc_fd){log, 2};
	struct proc_spec spec = {
		.path = program,
		.argv = argv,
		.envp = envp,
		.fds = a->fds,
		.nfds = a->nfds + 1,
		.death_signal = stays ? 0 : SIGTERM,
	};

	*ret_pid = proc_spawn(&spec, err);
	if (*ret_pid < 0)
		return -1;
	return wait_ready(*ret_pid, merged, log, err);
}

static int fuse_mount(const struct rootfs *r, struct rootfs_mounted *ret, struct err *err)
{
	auto_free char *merged = NULL;
	auto_free char *program = r->mount_program ? xstrdup(r->mount_program) :
		proc_find_program("fuse-overlayfs");
	struct fuse_args a = {.options = SBUF_INIT};
	int res;

	if (!program) {
		err_set(err, EK_UNSUPPORTED, "fuse-overlayfs is not installed");
		return err_advise(err, "install the package fuse-overlayfs or use --storage-driver vfs");
	}
	if (rootfs_merged(r, &merged, err) < 0)
		return -1;
	a.fds = xcalloc(r->lowers.n + 3, sizeof(*a.fds));
	res = make_options(&a, r, err);
	if (!res)
		res = start(program, &a, merged, r->stays, &ret->helper, err);
	while (a.nfds)
		fd_close(a.fds[--a.nfds].from);
	free(a.fds);
	sbuf_done(&a.options);
	if (res < 0) {
		ret->helper = -1;
		return -1;
	}
	ret->fd = open_tree(AT_FDCWD, merged, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (ret->fd < 0)
		return err_sys(err, "fuse-overlayfs: %s", merged);
	umount2(merged, MNT_DETACH);
	ret->detached = true;
	return 0;
}

static int fuse_probe(const struct rootfs *scratch, struct err *err)
{
	struct rootfs_mounted m = {.fd = -1, .helper = -1};
	int fd = fd_open(AT_FDCWD, "/dev/fuse", O_RDWR, 0);
	int res = 0;

	if (fd < 0)
		return err_neg(err, fd, "fuse-overlayfs: open /dev/fuse");
	fd_close(fd);
	if (fuse_mount(scratch, &m, err) < 0)
		return -1;
	if (unlinkat(m.fd, "file", 0) < 0)
		res = err_sys(err, "fuse-overlayfs: delete a file");
	rootfs_unmount(scratch, &m);
	return res;
}

const struct overlay_ops overlay_fuse_ops = {.mount = fuse_mount, .probe = fuse_probe};
