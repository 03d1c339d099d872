#include "podlite/engine/create_cidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "podlite/engine/engine.h"

static int in_the_way(const struct specgen *g, struct err *err)
{
	return err_set(err, EK_EXISTS,
		"container id file exists. Ensure another container is not using it or delete %s", g->o->cidfile);
}

/* Does the file name a container (*ret_id), or one that is gone (""), so that the file may go, too?
 * False: it is something else. */
static bool read_id(const struct specgen *g, char ret_id[65])
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	ret_id[0] = '\0';
	if (fs_read_file(AT_FDCWD, g->o->cidfile, 4096, &text) < 0)
		return false;
	sbuf_chomp(&text);
	if (text.len != 64 || strspn(text.buf, "0123456789abcdef") != 64)
		return false;
	if (fs_exists(g->c->store.containers, text.buf))
		memcpy(ret_id, text.buf, 65);
	return true;
}

int create_cidfile_check(const struct specgen *g, struct err *err)
{
	struct err none = ERR_INIT;
	char id[65], replaced[65];

	if (!g->o->cidfile || access(g->o->cidfile, F_OK) < 0)
		return 0;
	if (read_id(g, id) && (!*id || (g->o->replace && g->o->name &&
			ctr_find_id(g->c, g->o->name, replaced, &none) == 0 && !strcmp(id, replaced))))
		return 0;
	return in_the_way(g, err);
}

/* Take a file away whose container is gone. Locked, it is another command's whose container is about to be
 * there; and what it was before the lock is not to be trusted. 0: nothing is in the way now. */
static int remove_stale(const struct specgen *g)
{
	auto_fd int fd = fd_open(AT_FDCWD, g->o->cidfile, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat mine, named;
	char id[65];

	if (fd == -ENOENT)
		return 0;
	if (fd < 0 || lock_try(fd, LOCK_EXCLUSIVE_) == -EAGAIN)
		return -EEXIST;
	if (!read_id(g, id) || *id || fstat(fd, &mine) < 0 || lstat(g->o->cidfile, &named) < 0 ||
		mine.st_ino != named.st_ino || mine.st_dev != named.st_dev)
		return -EEXIST;
	return unlink(g->o->cidfile) < 0 ? -errno : 0;
}

/* Whole and locked when it gets its name. */
static int write_id(const struct specgen *g, int dir, const char *name, int *ret_lock)
{
	auto_fd int fd = -1;
	char temp[32];
	int r;

	fs_temp_name(temp);
	fd = fd_open(dir, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
	if (fd < 0)
		return fd;
	(void)!lock_try(fd, LOCK_EXCLUSIVE_); /* not every file system has locks */
	r = fchmod(fd, 0644) < 0 ? -errno : 0;
	if (r >= 0)
		r = fd_write_all(fd, g->id, strlen(g->id));
	if (r >= 0)
		r = renameat2(dir, temp, dir, name, RENAME_NOREPLACE) < 0 ? -errno : 0;
	if (r < 0) {
		unlinkat(dir, temp, 0);
		return r;
	}
	*ret_lock = take_fd(fd);
	return 0;
}

int create_cidfile_write(const struct specgen *g, int *ret_lock, struct err *err)
{
	const char *path = g->o->cidfile;
	const char *slash = path ? strrchr(path, '/') : NULL;
	auto_free char *dirname = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	auto_fd int dir = -1;
	int r;

	if (!path)
		return 0;
	r = remove_stale(g);
	if (r == 0)
		r = dir = fd_open(AT_FDCWD, dirname, O_RDONLY | O_DIRECTORY, 0);
	if (r >= 0)
		r = write_id(g, dir, slash ? slash + 1 : path, ret_lock);
	if (r == -EEXIST)
		return in_the_way(g, err);
	return r < 0 ? err_neg(err, r, "write --cidfile %s", path) : 0;
}

void create_cidfile_undo(const struct specgen *g)
{
	if (g->o->cidfile)
		(void)!unlink(g->o->cidfile);
}
