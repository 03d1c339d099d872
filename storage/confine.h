/*
 * confine.h - the unpacker shuts itself in before it reads a byte (threats.md M7).
 *
 * First the mount namespace: the process's root becomes one directory, nothing else is left. Then
 * limits, no capabilities but those that writing an image's files needs, no new privileges,
 * Landlock and a seccomp filter without exec, sockets, mounts, ptrace and signals.
 */
#ifndef PODLITE_CONFINE_H
#define PODLITE_CONFINE_H

#include "common/err.h"

/* Make directory dirfd the root; returns a descriptor of it there. dirfd is closed. The caller must
 * be root of its user namespace and must not need files by path afterwards. */
#define CONFINE_FDS 8 /* descriptors from here on are closed */
int confine_root(int dirfd, struct err *err) __must_check;
/* max_file: largest file, in bytes. Threads started later are under the same rules. */
int confine_process(int rootfd, uint64_t max_file, struct err *err) __must_check;

#endif
