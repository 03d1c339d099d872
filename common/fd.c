#include "common/fd.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

void fd_fill_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && openat(AT_FDCWD, "/dev/null", O_RDONLY | O_NOCTTY) < 0)
			return; /* those above may be closed, too: what cannot be opened is not filled */
}

int fd_open(int dirfd, const char *path, int flags, mode_t mode)
{
	int fd = openat(dirfd, path, flags | O_CLOEXEC, mode);

	return fd < 0 ? -errno : fd;
}

int fd_open_dir(int dirfd, const char *path)
{
	return fd_open(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

int fd_tmpfile(int dirfd, mode_t mode)
{
	return fd_open(dirfd, ".", O_RDWR | O_TMPFILE, mode);
}

int fd_link(int fd, int dirfd, const char *name)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, dirfd, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int fd_memfd(const char *name, unsigned extra_flags)
{
	/* a host may demand to be told whether it is a program (vm.memfd_noexec); kernels before 6.3 do not know the flag */
	bool program = extra_flags & MFD_EXEC;
	int fd = program ? -1 : memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL | extra_flags);

	if (program || (fd < 0 && errno == EINVAL))
		fd = memfd_create(name, MFD_CLOEXEC | extra_flags);
	return fd < 0 ? -errno : fd;
}

int fd_pipe(int ret_fds[2])
{
	return pipe2(ret_fds, O_CLOEXEC) < 0 ? -errno : 0;
}

int fd_socketpair(int type, int ret_fds[2])
{
	return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ret_fds) < 0 ? -errno : 0;
}

int fd_socket(int domain, int type, int protocol)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : fd;
}

/* sun_path holds 107 bytes; a name below a descriptor always fits. */
static int unix_address(int dirfd, const char *name, struct sockaddr_un *sa)
{
	int n;

	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	if (dirfd == AT_FDCWD)
		n = snprintf(sa->sun_path, sizeof(sa->sun_path), "%s", name);
	else
		n = snprintf(sa->sun_path, sizeof(sa->sun_path), "/proc/self/fd/%d/%s", dirfd, name);
	return n < 0 || (size_t)n >= sizeof(sa->sun_path) ? -ENAMETOOLONG : 0;
}

static int unix_socket(int dirfd, const char *name, int type, struct sockaddr_un *ret_address)
{
	int r = unix_address(dirfd, name, ret_address);

	return r < 0 ? r : fd_socket(AF_UNIX, type, 0);
}

static int unix_bound(int dirfd, const char *name, int type, mode_t mode)
{
	struct sockaddr_un sa;
	int r, fd = unix_socket(dirfd, name, type, &sa);

	if (fd < 0)
		return fd;
	unlinkat(dirfd, name, 0);
	/* fchmod before bind sets the mode of the socket file without a window; a umask is applied to it
	 * then, which matters only where others shall have access */
	if (fchmod(fd, mode) < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
		((mode & 077) && fchmodat(dirfd, name, mode, 0) < 0)) {
		r = -errno;
		fd_close(fd);
		return r;
	}
	return fd;
}

int fd_unix_listen(int dirfd, const char *name, int type)
{
	int r, fd = unix_bound(dirfd, name, type, 0600);

	if (fd >= 0 && listen(fd, 64) < 0) {
		r = -errno;
		fd_close(fd);
		return r;
	}
	return fd;
}

int fd_unix_datagram(int dirfd, const char *name, mode_t mode)
{
	return unix_bound(dirfd, name, SOCK_DGRAM, mode);
}

int fd_unix_connect(int dirfd, const char *name, int type)
{
	struct sockaddr_un sa;
	int r, fd = unix_socket(dirfd, name, type, &sa);

	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		r = -errno;
		fd_close(fd);
		return r;
	}
	return fd;
}

int fd_accept(int fd)
{
	int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	return c < 0 ? -errno : c;
}

int fd_dup_above(int fd, int lowest)
{
	int d = fcntl(fd, F_DUPFD_CLOEXEC, lowest);

	return d < 0 ? -errno : d;
}

int fd_dup(int fd)
{
	return fd_dup_above(fd, 3);
}

int fd_dup_to(int fd, int target)
{
	if (fd == target)
		return fd_set_cloexec(fd, false);
	return dup3(fd, target, 0) < 0 ? -errno : 0;
}

int fd_set_cloexec(int fd, bool on)
{
	return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0) < 0 ? -errno : 0;
}

int fd_set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}

void fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

int fd_write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

/* ---- holes ---- */

#define HOLE_STEP 4096u
#define HOLE_MIN  (32u << 10) /* shorter ones would only cut the file into pieces */

static bool is_zero(const char *p, size_t n)
{
	return !*p && !memcmp(p, p + 1, n - 1);
}

/* How many zeros there are at p, in whole steps, or to the end. */
static size_t zero_run(const char *p, size_t n)
{
	size_t run = 0;

	while (run < n && is_zero(p + run, MIN_OF(HOLE_STEP, n - run)))
		run += MIN_OF(HOLE_STEP, n - run);
	return run;
}

int fd_pwrite_all(int fd, const void *data, size_t n, off_t off)
{
	const char *p = data;

	while (n) {
		ssize_t w = pwrite(fd, p, n, off);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		p += w;
		off += w;
		n -= (size_t)w;
	}
	return 0;
}

ssize_t fd_write_sparse(int fd, const void *data, size_t n, off_t off)
{
	const char *p = data;
	size_t start = 0, at = 0;
	ssize_t written = 0;

	while (start < n) {
		size_t run = zero_run(p + at, n - at);
		int r;

		if (at < n && run < HOLE_MIN) {
			at += MAX_OF(run, MIN_OF(HOLE_STEP, n - at));
			continue;
		}
		r = fd_pwrite_all(fd, p + start, at - start, off + (off_t)start);
		if (r < 0)
			return r;
		written += (ssize_t)(at - start);
		start = at += run;
	}
	return written;
}

ssize_t fd_read_some(int fd, void *buf, size_t n)
{
	ssize_t r;

	do
		r = read(fd, buf, n);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

int fd_read_full(int fd, void *buf, size_t n)
{
	char *p = buf;

	while (n) {
		ssize_t r = fd_read_some(fd, p, n);

		if (r < 0)
			return (int)r;
		if (!r)
			return -ENODATA;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

int fd_read_all(int fd, size_t max, struct sbuf *ret)
{
	size_t start = ret->len;

	for (;;) {
		ssize_t r;

		sbuf_grow(ret, 4096);
		r = fd_read_some(fd, ret->buf + ret->len, ret->cap - ret->len - 1);
		if (r < 0)
			return (int)r;
		if (!r)
			return 0;
		sbuf_setlen(ret, ret->len + (size_t)r);
		if (ret->len - start > max)
			return -EFBIG;
	}
}

/* Linux before 5.9 cannot do it at once: there up to the limit, below which all numbers were given out. */
static void close_span(unsigned first, unsigned last)
{
	struct rlimit limit = {.rlim_cur = 0};

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	for (unsigned fd = first; fd <= last && fd < MIN_OF(limit.rlim_cur, (rlim_t)INT32_MAX); fd++)
		close((int)fd);
}

void fd_close_from(int first)
{
	close_span((unsigned)first, ~0U);
}

void fd_close_but(const int *keep, size_t n)
{
	unsigned from = 3;

	for (;;) {
		unsigned next = ~0U;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= (int)from)
				next = MIN_OF(next, (unsigned)keep[i]);
		if (next == ~0U)
			break;
		close_span(from, next - 1);
		from = next + 1;
	}
	close_span(from, ~0U);
}
