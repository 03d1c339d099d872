#include "podlite/engine/archive_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"

/* Without a name until it is complete, so that whatever ends us leaves nothing; not every file system can. */
static int create_new(struct archive_file *f, const char *dir)
{
	int fd = fd_open(AT_FDCWD, dir, O_WRONLY | O_TMPFILE, 0666);

	f->unnamed = fd >= 0;
	return fd == -EOPNOTSUPP || fd == -EISDIR ?
		fd_open(AT_FDCWD, f->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666) : fd;
}

/* "./" where the path names none */
static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup("./");
}

static int create_named(const char *path, struct archive_file *ret, struct err *err)
{
	auto_free char *dir = NULL;
	struct stat st;
	bool there = stat(path, &st) == 0;

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
	dir = dir_of(ret->path);
	ret->temp = xasprintf("%s.%d.part", ret->path, (int)getpid());
	ret->fd = create_new(ret, dir);
	if (ret->fd >= 0 && (!there || fchmod(ret->fd, st.st_mode & 0777) == 0))
		return 0;
	if (ret->fd >= 0)
		return err_sys(err, "create %s: permissions", path);
	alloc_freep(&ret->temp);
	return err_neg(err, ret->fd, "create %s", path);
}

int archive_file_create(const char *path, struct archive_file *ret, struct err *err)
{
	*ret = (struct archive_file){.fd = -1};
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
	auto_free char *parent = dir_of(f->path);
	auto_fd int dir = fd_open_dir(AT_FDCWD, parent); /* one that cannot be read cannot be synced either */
	int r = f->unnamed ? fd_link(f->fd, AT_FDCWD, f->temp) : 0;

	if (r < 0)
		return err_neg(err, r, "create %s", f->path);
	if (rename(f->temp, f->path) < 0) {
		err_sys(err, "create %s", f->path);
		unlink(f->temp);
		return -1;
	}
	return dir >= 0 && fsync(dir) < 0 ? err_sys(err, "create %s: write to disk", f->path) : 0;
}

int archive_file_end(struct archive_file *f, bool failed, struct err *err)
{
	int r = failed || f->fd < 0 ? -1 : to_disk(f->fd, err);

	if (f->temp && r < 0 && !f->unnamed)
		unlink(f->temp);
	else if (f->temp && r >= 0)
		r = take_name(f, err);
	if (f->own)
		fd_closep(&f->fd);
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
