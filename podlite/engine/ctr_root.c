/* ctr_root.c - a descriptor of a container's root file system, running or not (engine.h). */
#include <fcntl.h>
#include <stdio.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/proc.h"
#include "podlite/engine/engine.h"
#include "storage/rootfs.h"

struct mounted_root {
	struct rootfs fs;
	struct rootfs_mounted m;
};

/* Through PID 1: the pidfd pins it, so the path still names the same process after the check. */
static int open_live(const struct ctr *ctr, struct err *err)
{
	auto_fd int pidfd = proc_open_pidfd((pid_t)ctr->state.pid, ctr->state.pid_start);
	char path[64];
	int fd;

	if (pidfd < 0)
		return err_set(err, EK_INVALID, "container %s has just ended", ctr->rec.name);
	snprintf(path, sizeof(path), "/proc/%d/root", (int)ctr->state.pid);
	fd = fd_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return err_neg(err, fd, "open the root of container %s", ctr->rec.name);
	if (proc_signal(pidfd, 0) < 0) {
		fd_close(fd);
		return err_set(err, EK_INVALID, "container %s has just ended", ctr->rec.name);
	}
	return fd;
}

static int open_stopped(struct context *c, const struct ctr *ctr, struct ctr_root *ret, struct err *err)
{
	auto_fd int dir = ctr_open_dir(c, ctr->rec.id, err);
	struct mounted_root *m = new0(struct mounted_root);

	if (dir < 0 || rootfs_read(dir, &m->fs, err) < 0) {
		free(m);
		return -1;
	}
	if (rootfs_mount(&m->fs, false, &m->m, err) < 0) {
		rootfs_done(&m->fs);
		free(m);
		return -1;
	}
	ret->mounted = m;
	ret->fd = m->m.fd;
	return 0;
}

int ctr_open_root(struct context *c, const struct ctr *ctr, struct ctr_root *ret, struct err *err)
{
	bool live = ctr_is_live(ctr) && ctr->state.pid > 0;

	*ret = (struct ctr_root){.fd = -1};
	if (context_enter_userns(c, live ? ctr->rec.id : NULL, err) < 0)
		return -1;
	if (!live)
		return open_stopped(c, ctr, ret, err);
	ret->fd = open_live(ctr, err);
	return ret->fd < 0 ? -1 : 0;
}

void ctr_close_root(struct ctr_root *r)
{
	struct mounted_root *m = r->mounted;

	if (m) {
		rootfs_unmount(&m->fs, &m->m);
		rootfs_done(&m->fs);
		free(m);
	} else {
		fd_close(r->fd);
	}
	*r = (struct ctr_root){.fd = -1};
}
