#include "monitor/join.h"

#include <dirent.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/lock.h"
#include "common/proc.h"
#include "monitor/proto.h"

/* From a process's user namespace up to the one whose parent is ours. Takes nsfd. -EXDEV: it is ours. */
static int shared_ancestor(int nsfd)
{
	struct stat own, st;

	if (stat("/proc/self/ns/user", &own) < 0)
		goto fail;
	for (int depth = 0; depth < 32; depth++) {
		int parent;

		if (fstat(nsfd, &st) < 0)
			break;
		if (st.st_ino == own.st_ino && st.st_dev == own.st_dev) {
			fd_close(nsfd);
			return -EXDEV;
		}
		parent = ioctl(nsfd, NS_GET_PARENT); /* the kernel sets close-on-exec */
		if (parent < 0)
			break;
		if (!fstat(parent, &st) && st.st_ino == own.st_ino && st.st_dev == own.st_dev) {
			fd_close(parent);
			return nsfd;
		}
		fd_close(nsfd);
		nsfd = parent;
	}
fail:
	fd_close(nsfd);
	return -1;
}

static int open_userns(int64_t pid, uint64_t start)
{
	char path[48];
	auto_fd int pidfd = proc_open_pidfd((pid_t)pid, start);
	auto_fd int nsfd = -1;

	if (pidfd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	nsfd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	/* still alive after the open: then what was opened is of the process that the pidfd pins */
	if (nsfd < 0 || proc_signal(pidfd, 0) < 0)
		return -1;
	return shared_ancestor(take_fd(nsfd));
}

static int try_container(int containers, const char *id)
{
	char state[sizeof("/state.json") + 64], lock_name[sizeof("/lock") + 64];
	struct mon_state st = {0};
	auto_fd int lock = -1;
	int ns = -1;

	/* a monitor that ended removed its state: most stop here */
	snprintf(state, sizeof(state), "%s/state.json", id);
	if (faccessat(containers, state, F_OK, AT_SYMLINK_NOFOLLOW))
		return -1;
	snprintf(lock_name, sizeof(lock_name), "%s/lock", id);
	lock = fd_open(containers, lock_name, O_RDONLY | O_NOFOLLOW, 0);
	if (lock < 0 || lock_is_held(lock) != 1)
		return -1;
	if (jmap_read_file(mon_state_map, containers, state, 65536, &st, NULL) < 0)
		return -1;
	if (st.pid > 0)
		ns = open_userns(st.pid, st.pid_start);
	jmap_done(mon_state_map, &st);
	return ns;
}

int join_find(int store, const char *id, struct err *err)
{
	auto_dir DIR *d = fs_dir(fd_open_dir(store, "containers"));
	const char *file;
	int ns = -1;

	if (!d)
		return err_sys(err, "open the directory of containers");
	if (id) {
		ns = try_container(dirfd(d), id);
		if (ns == -EXDEV) {
			err_set(err, EK_UNSUPPORTED, "container %.12s runs in the user namespace that podlite is in, and what enters a container must come from outside", id);
			return err_advise(err, "leave podlite unshare first");
		}
		return ns >= 0 ? ns : err_set(err, EK_NOT_FOUND, "container %.12s is not running", id);
	}
	while (ns < 0 && (file = fs_dir_next(d)))
		if (id_is_full(file))
			ns = try_container(dirfd(d), file);
	return ns >= 0 ? ns : err_set(err, EK_NOT_FOUND, "no container is running");
}
