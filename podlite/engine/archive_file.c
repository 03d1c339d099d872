#include "podlite/engine/archive_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"

static const char *base_of(const struct archive_file *f)
{
	const char *slash = strrchr(f->path, '/');

	return slash ? slash + 1 : f->path;
}

/* A link to a file without a name is made only in the mount it is in: so the directory is opened now, as the command may be in
 * another mount namespace by then. One that cannot be read cannot be synced either. */
static int open_dir(struct archive_file *f)
{
	auto_free char *dir = xstrndup(f->path, (size_t)(base_of(f) - f->path));

	f->dir = fd_open(AT_FDCWD, *dir ? dir : ".", O_RDONLY | O_DIRECTORY, 0);
	if (f->dir == -EACCES)
		f->dir = fd_open(AT_FDCWD, *dir ? dir : ".", O_PATH | O_DIRECTORY, 0);
	return MIN_OF(f->dir, 0);
}

/* Without a name until it is complete, so that whatever ends us leaves nothing; not every file system can. */
static int create_new(struct archive_file *f)
{
	int r = open_dir(f);

	if (r < 0)
		return r;
	f->fd = fd_open(f->dir, ".", O_WRONLY | O_TMPFILE, 0666);
	f->unnamed = f->fd >= 0;
	if (f->fd == -EOPNOTSUPP || f->fd == -EISDIR)
		f->fd = fd_open(f->dir, f->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
	return MIN_OF(f->fd, 0);
}

static int create_named(const char *path, struct archive_file *ret, struct err *err)
{
	struct stat st;
	bool there = stat(path, &st) == 0;
	int r;

	ret->own = true;
	if (there && !S_ISREG(st.st_mode)) {
		ret->path = xstrdup(path);
		ret->fd = fd_open(AT_FDCWD, path, O_WRONLY | O_NOCTTY, 0);
		return ret->fd < 0 ? err_neg(err, ret->fd, "open %s", path) : 0;
	}
	/* what is replaced is the file at the end of symbolic links, and the new one has its permissions */
	ret->path = there ? realpath(path, NULL) : xstrdup(path);
	if (!ret->path)
		return err_sys(err, "create %s", path);
	ret->temp = xasprintf("%s.%d.part", base_of(ret), (int)getpid());
	r = create_new(ret);
	if (r < 0) {
		alloc_freep(&ret->temp);
		return err_neg(err, r, "create %s", path);
	}
	return there && fchmod(ret->fd, st.st_mode & 0777) < 0 ? err_sys(err, "create %s: permissions", path) : 0;
}

int archive_file_create(const char *path, struct archive_file *ret, struct err *err)
{
	*ret = ARCHIVE_FILE_INIT;
	if (path)
		return create_named(path, ret, err);
	if (isatty(STDOUT_FILENO))
		return err_set(err, EK_USAGE,
			"an archive is not written to a terminal; use --output or redirect standard output");
	ret->fd = STDOUT_FILENO;
	return 0;
}

/* So that what is reported to be there still is after a power cut. */
static int to_disk(int fd, struct err *err)
{
	struct stat st;
	int r = fstat(fd, &st);

	if (!r && S_ISDIR(st.st_mode))
		r = syncfs(fd);
	else if (!r && S_ISREG(st.st_mode))
		r = fsync(fd);
	return r < 0 ? err_sys(err, "write to disk") : 0;
}

static int take_name(const struct archive_file *f, struct err *err)
{
	int r = f->unnamed ? fd_link(f->fd, f->dir, f->temp) : 0;

	if (r < 0)
		return err_neg(err, r, "create %s", f->path);
	if (renameat(f->dir, f->temp, f->dir, base_of(f)) < 0) {
		err_sys(err, "create %s", f->path);
		unlinkat(f->dir, f->temp, 0);
		return -1;
	}
	/* EBADF: it was not readable */
	return fsync(f->dir) < 0 && errno != EBADF ? err_sys(err, "create %s: write to disk", f->path) : 0;
}

int archive_file_end(struct archive_file *f, bool failed, struct err *err)
{
	int r = failed || f->fd < 0 ? -1 : to_disk(f->fd, err);

	if (f->temp && r < 0 && !f->unnamed)
		unlinkat(f->dir, f->temp, 0);
	else if (f->temp && r >= 0)
		r = take_name(f, err);
	if (f->own)
		fd_closep(&f->fd);
	fd_closep(&f->dir);
	free(f->temp);
	free(f->path);
	return r;
}

int archive_file_open(const char *path, struct err *err)
{
	bool named = path && strcmp(path, "-");
	int fd;

	if (!named && isatty(STDIN_FILENO))
		return err_set(err, EK_USAGE, "an archive is not read from a terminal; name a file or redirect standard input");
	fd = named ? fd_open(AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0) : fd_dup(STDIN_FILENO);
	return fd < 0 ? err_neg(err, fd, "open %s", named ? path : "standard input") : fd;
}
