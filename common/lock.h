/*
 * lock.h - whole-file OFD locks (fcntl(2), "Open file description locks"): they belong to the
 * open file, so a child that inherits the descriptor holds the lock for life, and the kernel
 * drops it when the last holder dies, however. Failures are -errno; -EAGAIN: somebody has it.
 */
#ifndef PODLITE_LOCK_H
#define PODLITE_LOCK_H

#include "common/base.h"

enum lock_mode { LOCK_SHARED_, LOCK_EXCLUSIVE_ };

int lock_try(int fd, enum lock_mode mode) __must_check;  /* does not wait */
int lock_wait(int fd, enum lock_mode mode) __must_check; /* waits; restarts after a signal */
int lock_drop(int fd);
/* Would an exclusive lock be refused now? Takes nothing. 1, 0 or -errno. */
int lock_is_held(int fd) __must_check;
/* The same for a directory, which OFD locks cannot take: an exclusive flock(2), with as long a life. */
int lock_dir_try(int dirfd) __must_check;
int lock_dir_wait(int dirfd) __must_check;
/* Open or create dirfd/name (0600) and take the lock without waiting; returns the descriptor. */
int lock_open(int dirfd, const char *name, enum lock_mode mode, bool wait) __must_check;

#endif
