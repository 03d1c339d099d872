/*
 * rootfd.h - paths inside an image, container or volume: always (rootfd, path), never a joined
 * string (threats.md M1). Resolution treats rootfd as "/": absolute links and ".." stay inside,
 * magic links are refused. openat2(RESOLVE_IN_ROOT) where the kernel has it, else a component
 * walk that gives the same answers (tested against each other). Failures are -errno.
 */
#ifndef PODLITE_ROOTFD_H
#define PODLITE_ROOTFD_H

#include <fcntl.h>
#include <sys/stat.h>

#include "common/base.h"

/* openat inside the root. flags as for openat (O_CLOEXEC is added); O_NOFOLLOW concerns the last
 * part only. With O_CREAT the parent must exist. */
int rootfd_open(int rootfd, const char *path, int flags, mode_t mode) __must_check;
/* The component walk by itself, for the test that compares it with openat2. */
int rootfd_walk(int rootfd, const char *path, int flags, mode_t mode) __must_check;
/* Descriptor (O_PATH) of path's parent directory inside the root; *ret_base points into path at
 * the last part ("" when path is the root itself; ".." is -EINVAL). */
int rootfd_parent(int rootfd, const char *path, const char **ret_base) __must_check;
/* Create the directory and its missing parents (mode is exact whatever the umask), following links
 * inside the root only, also dangling ones: what they name is then made. Returns an
 * O_PATH|O_DIRECTORY descriptor. Owner uid:gid for new ones. */
int rootfd_mkdir_p(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid) __must_check;
/* A bind target that is a file: created empty if missing, parents too; returns O_PATH. */
int rootfd_mkfile_p(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid) __must_check;
/* Regular file of at most max bytes, O_NONBLOCK, non-regular refused (-EINVAL): safe against
 * FIFOs, devices and huge files planted by an image (threats.md V38). Appends to ret. */
struct sbuf;
int rootfd_read_file(int rootfd, const char *path, size_t max, struct sbuf *ret) __must_check;
int rootfd_stat(int rootfd, const char *path, struct stat *ret, bool follow_last) __must_check;

#endif
