/*
 * fs.h - files and directories by (dirfd, name); failures are -errno.
 *
 * For podlite's own directories. Paths inside an image, container or volume go through rootfd.h.
 */
#ifndef PODLITE_FS_H
#define PODLITE_FS_H

#include <dirent.h>
#include <sys/stat.h>

#include "common/base.h"
#include "common/sbuf.h"

/* Create dir and missing parents, each with exactly mode 0700 (not by umask: threats.md M14). */
int fs_mkdir_p(int dirfd, const char *path) __must_check;
/* mkdir with exactly this mode whatever the umask; -EEXIST as mkdir. */
int fs_mkdir(int dirfd, const char *name, mode_t mode) __must_check;
/* Open a directory of ours, creating it and parents; returns a descriptor. */
int fs_open_dir_p(int dirfd, const char *path) __must_check;

enum fs_write_flags {
	FS_SYNC = 1,      /* fsync the file before it gets its name */
	FS_EXCLUSIVE = 2, /* -EEXIST if the name is there; else it is replaced */
	FS_FRESH = 4,     /* nobody reads this directory yet: written under its name, which must be free */
};
/* A random name for what gets its own by a rename in the same directory; whether a name is such a one. */
void fs_temp_name(char name[32]);
bool fs_is_temp(const char *name);
/* Write a whole file so that readers see the old or the new content, never a part: unnamed or
 * temporary file in the same directory, then link or rename. */
int fs_write_file(int dirfd, const char *name, const void *data, size_t n, mode_t mode,
	unsigned flags) __must_check;
/* Other content for the same file, which others have open or mounted: they may see a part of it in between. -EAGAIN
 * while somebody has a lease on it. */
int fs_rewrite_file(int dirfd, const char *name, const void *data, size_t n) __must_check;
/* Read a regular file of at most max bytes; appends to ret. -EFBIG, -EISDIR, -EINVAL (FIFO...). */
int fs_read_file(int dirfd, const char *name, size_t max, struct sbuf *ret) __must_check;

/* The entries of a directory whose descriptor is given away; a failed one (-errno) passes through:
 * fs_dir(fd_open_dir(dirfd, name)). NULL with errno. */
DIR *fs_dir(int fd) __must_check;
/* The next name but "." and "..", valid until the next call; NULL at the end, or for no directory. */
const char *fs_dir_next(DIR *dir);
static inline void fs_dir_closep(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}
#define auto_dir auto_cleanup(fs_dir_closep)

/* Remove name and everything below; iterative, crosses no mount, follows no link, makes
 * unreadable directories readable; missing is success. */
int fs_remove_tree(int dirfd, const char *name) __must_check;
/* Its steps, which remove.h takes as well. Unlink what is no directory: missing is success, -EISDIR says "go down". */
int fs_unlink_one(int dirfd, const char *name) __must_check;
/* A directory to be emptied, made readable and writable; -EXDEV: not on device dev (0: any). */
int fs_open_doomed(int dirfd, const char *name, dev_t dev) __must_check;
/* A directory that is too deep becomes ret_name of top, and is met there. */
int fs_move_up(int dirfd, const char *name, int top, char ret_name[32]) __must_check;
/* Each level of a walk costs a descriptor, so not more of them than this stay open. Of a deeper directory the one above is
 * closed and found again: as what fd is in now, if that has not become another one than st says (-ESTALE). */
#define FS_LEVELS_OPEN 64
int fs_open_above(int fd, const struct stat *st) __must_check;
/* Disk usage of a tree of any depth in bytes (st_blocks * 512; hard links once) and number of inodes (may be NULL). */
int fs_tree_usage(int dirfd, const char *name, uint64_t *ret_bytes, uint64_t *ret_inodes) __must_check;
/* How many bytes a stranger may make us write below fd: what is free less a twentieth, since the rest of the system wants
 * to go on as well, and 256 GiB at the most (threats.md R5). */
int fs_room(int fd, uint64_t *ret_bytes) __must_check;
bool fs_exists(int dirfd, const char *name);
/* readlinkat into an allocated string, or NULL with errno. */
char *fs_readlink(int dirfd, const char *name);
/* What follows the last slash of it; NULL also where there is none (EINVAL). */
char *fs_readlink_last(int dirfd, const char *name);
/* Path of a descriptor from /proc/self/fd, or NULL with errno. */
char *fs_fd_path(int fd);
/* Absolute, lexically clean path ("." and ".." folded, no trailing slash); relative to the cwd. */
char *fs_abspath(const char *path);
/* The same without touching the cwd: folds "//", "." and ".." of an absolute path. */
char *fs_clean(const char *path);
bool fs_is_below(const char *path, const char *dir); /* clean ones; dir itself is */

#endif
