#include "common/msg.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "common/fd.h"

int msg_send(int sock, const void *data, size_t n, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(MSG_MAX_FDS * sizeof(int))];
	} ctl;
	struct iovec iov = {.iov_base = (void *)data, .iov_len = n};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t r;

	if (nfds > MSG_MAX_FDS)
		return -E2BIG;
	if (nfds) {
		struct cmsghdr *c;

		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = ctl.buf;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	do
		r = sendmsg(sock, &mh, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return (size_t)r == n ? 0 : -EMSGSIZE;
}

static size_t take_fds(struct msghdr *mh, int *fds, size_t max_fds, bool *lost)
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (n < max_fds) {
				fds[n++] = fd;
			} else {
				fd_close(fd);
				*lost = true;
			}
		}
	}
	return n;
}

ssize_t msg_recv(int sock, void *buf, size_t n, int *fds, size_t max_fds, size_t *ret_nfds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(MSG_MAX_FDS * sizeof(int))];
	} ctl;
	struct iovec iov = {.iov_base = buf, .iov_len = n};
	struct msghdr mh = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = ctl.buf,
		.msg_controllen = sizeof(ctl.buf)};
	bool lost = false;
	size_t got;
	ssize_t r;

	do
		r = recvmsg(sock, &mh, MSG_CMSG_CLOEXEC);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	got = take_fds(&mh, fds, fds ? max_fds : 0, &lost);
	if (lost || (mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		while (got)
			fd_close(fds[--got]);
		return -EMSGSIZE;
	}
	if (ret_nfds)
		*ret_nfds = got;
	return r;
}
