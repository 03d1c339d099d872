#include "podlite/engine/archive_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"

static int create_named(const char *path, struct archive_file *ret, struct err *err)
{
	struct stat st;
	bool special = stat(path, &st) == 0 && !S_ISREG(st.st_mode);

	ret->own = true;
	ret->path = xstrdup(path);
	if (special) {
		ret->fd = fd_open(AT_FDCWD, path, O_WRONLY | O_NOCTTY, 0);
		return ret->fd < 0 ? err_neg(err, ret->fd, "open %s", path) : 0;
	}
	ret->temp = xasprintf("%s.%d.part", path, (int)getpid());
	ret->fd = fd_open(AT_FDCWD, ret->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
	if (ret->fd >= 0)
		return 0;
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

int archive_file_end(struct archive_file *f, bool failed, struct err *err)
{
	int r = failed ? -1 : 0;

	if (f->temp && failed)
		unlink(f->temp);
	else if (f->temp && rename(f->temp, f->path) < 0)
		r = err_sys(err, "create %s", f->path);
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
