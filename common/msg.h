/*
 * msg.h - one message with descriptors on an AF_UNIX SOCK_SEQPACKET socket. Failures are -errno.
 *
 * Received descriptors are close-on-exec. A truncated message or descriptor list is -EMSGSIZE
 * and nothing is left open.
 */
#ifndef PODLITE_MSG_H
#define PODLITE_MSG_H

#include <sys/types.h>

#include "common/base.h"

#define MSG_MAX_FDS 64

int msg_send(int sock, const void *data, size_t n, const int *fds, size_t nfds) __must_check;
/* Returns the length, 0 at end of file. fds may be NULL (none accepted); *ret_nfds as many as came. */
ssize_t msg_recv(int sock, void *buf, size_t n, int *fds, size_t max_fds, size_t *ret_nfds) __must_check;
/* Of a failure of either, or the end of file: is the other end gone? */
static inline bool msg_gone(ssize_t r)
{
	return r == 0 || r == -EPIPE || r == -ECONNRESET;
}

#endif
