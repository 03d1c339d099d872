/*
 * fd.h - descriptors: every one is opened close-on-exec; failures are -errno.
 *
 * Raw open, pipe, socket, dup and accept are banned elsewhere (tests/lint/banned), because only a
 * single place keeps O_CLOEXEC at 100 %. Closed descriptors are -1; close is never retried.
 */
#ifndef PODLITE_FD_H
#define PODLITE_FD_H

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/base.h"
#include "common/sbuf.h"

#ifndef MFD_EXEC
#define MFD_NOEXEC_SEAL 0x8u
#define MFD_EXEC        0x10u
#endif

/* First of all in main: closed standard streams become /dev/null, or the next file opened would be one of them and what is
 * written to or read from that stream would go there. Standard input is at its end then, writing fails with EBADF. */
void fd_fill_standard(void);
int fd_open(int dirfd, const char *path, int flags, mode_t mode) __must_check; /* openat */
int fd_open_dir(int dirfd, const char *path) __must_check; /* O_DIRECTORY|O_NOFOLLOW on the last part */
int fd_tmpfile(int dirfd, mode_t mode) __must_check;       /* O_TMPFILE in dirfd, read-write */
int fd_link(int fd, int dirfd, const char *name) __must_check; /* name a fd_tmpfile; -EEXIST if taken */
int fd_memfd(const char *name, unsigned extra_flags) __must_check; /* not executable without MFD_EXEC */
int fd_pipe(int ret_fds[2]) __must_check;
int fd_socketpair(int type, int ret_fds[2]) __must_check; /* AF_UNIX */
int fd_socket(int domain, int type, int protocol) __must_check;
int fd_unix_listen(int dirfd, const char *name, int type) __must_check; /* 0600, replaces a stale one */
int fd_unix_datagram(int dirfd, const char *name, mode_t mode) __must_check; /* the same, bound for datagrams */
int fd_unix_connect(int dirfd, const char *name, int type) __must_check; /* any length of path */
int fd_accept(int fd) __must_check;
int fd_dup(int fd) __must_check;                 /* lowest free, >= 3 */
int fd_dup_above(int fd, int lowest) __must_check; /* lowest free, >= lowest */
int fd_dup_to(int fd, int target) __must_check;  /* target survives exec */
int fd_set_cloexec(int fd, bool on);
int fd_set_nonblock(int fd, bool on);
void fd_close(int fd);                           /* keeps errno; ignores -1 */
void fd_close_from(int first);                   /* this one and all above */
void fd_close_but(const int *keep, size_t n);    /* all from 3 on but these */

int fd_write_all(int fd, const void *data, size_t n) __must_check; /* 0 or -errno */
int fd_pwrite_all(int fd, const void *data, size_t n, off_t off) __must_check; /* the same, at a place */
/* Into a file that has nothing at off yet: of long stretches of zeros holes are made, also beyond its end, so that the
 * caller sets its size. Returns the bytes that were written, or -errno. */
ssize_t fd_write_sparse(int fd, const void *data, size_t n, off_t off) __must_check;
ssize_t fd_read_some(int fd, void *buf, size_t n) __must_check;    /* retries EINTR; -errno */
int fd_read_full(int fd, void *buf, size_t n) __must_check;        /* exactly n or -ENODATA/-errno */
int fd_read_all(int fd, size_t max, struct sbuf *ret) __must_check; /* appends; -EFBIG beyond max */

static inline void fd_closep(int *fd)
{
	fd_close(*fd);
	*fd = -1;
}
#define auto_fd auto_cleanup(fd_closep)

#endif
