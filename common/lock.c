#include "common/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/fd.h"

static int lock_op(int fd, int op, short type)
{
	struct flock fl = {.l_type = type, .l_whence = SEEK_SET};
	int r;

	do
		r = fcntl(fd, op, &fl);
	while (r < 0 && errno == EINTR);
	return r < 0 ? (errno == EACCES ? -EAGAIN : -errno) : 0;
}

int lock_try(int fd, enum lock_mode mode)
{
	return lock_op(fd, F_OFD_SETLK, mode == LOCK_SHARED_ ? F_RDLCK : F_WRLCK);
}

int lock_wait(int fd, enum lock_mode mode)
{
	return lock_op(fd, F_OFD_SETLKW, mode == LOCK_SHARED_ ? F_RDLCK : F_WRLCK);
}

int lock_drop(int fd)
{
	return lock_op(fd, F_OFD_SETLK, F_UNLCK);
}

int lock_is_held(int fd)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_OFD_GETLK, &fl) < 0)
		return -errno;
	return fl.l_type != F_UNLCK;
}

int lock_dir_try(int dirfd)
{
	return flock(dirfd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

int lock_dir_wait(int dirfd)
{
	int r;

	do
		r = flock(dirfd, LOCK_EX);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int lock_open(int dirfd, const char *name, enum lock_mode mode, bool wait)
{
	for (;;) {
		auto_fd int fd = fd_open(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
		struct stat mine, named;
		int r;

		if (fd < 0)
			return fd;
		r = wait ? lock_wait(fd, mode) : lock_try(fd, mode);
		if (r < 0)
			return r;
		/* The file may have been removed while we waited: then the lock is on a ghost. */
		if (!fstat(fd, &mine) && !fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) &&
			mine.st_ino == named.st_ino && mine.st_dev == named.st_dev)
			return take_fd(fd);
	}
}
