#include "podlite/context.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "common/sbuf.h"
#include "common/userns.h"
#include "net/regconf.h"

#ifndef PODLITE_LIBEXECDIR
#define PODLITE_LIBEXECDIR "/usr/libexec/podlite"
#define PODLITE_BINDIR "/usr/bin"
#endif

/* XDG base directory specification: a relative path is invalid and ignored. */
static const char *xdg_dir(const char *name)
{
	const char *s = getenv(name);

	return s && s[0] == '/' ? s : NULL;
}

static int default_root(struct context *c, struct err *err)
{
	c->root = account_dir("XDG_DATA_HOME", ".local/share", "podlite");
	if (c->root)
		return 0;
	err_set(err, EK_USAGE, "no home directory to store images and containers in");
	return err_advise(err, "set HOME, or use --root DIR");
}

static int not_ours(struct err *err, const char *path, const char *why, const char *advice)
{
	err_set(err, EK_DENIED, "run directory %s: %s", path, why);
	return err_advise(err, "%s", advice);
}

/* A directory others could have prepared for us is refused, not replaced by another guess (threats.md X11). */
static int check_dir(int fd, const char *path, mode_t forbidden, const char *advice, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "run directory %s", path);
	if (st.st_uid != geteuid())
		return not_ours(err, path, "belongs to another user", advice);
	if (st.st_mode & forbidden)
		return not_ours(err, path, "others may write to it or read it", advice);
	return 0;
}

/* The base is the user's own. */
static int open_base(const char *base, struct err *err)
{
	auto_fd int fd = fd_open(AT_FDCWD, base, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0) {
		err_neg(err, fd, "run directory XDG_RUNTIME_DIR=%s", base);
		return err_advise(err, "unset XDG_RUNTIME_DIR, or use --runroot DIR");
	}
	if (check_dir(fd, base, S_IWGRP | S_IWOTH, "unset XDG_RUNTIME_DIR, or use --runroot DIR", err) < 0)
		return -1;
	return take_fd(fd);
}

static bool is_own_dir(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
		!(st.st_mode & (S_IWGRP | S_IWOTH));
}

static int default_runroot(struct context *c, struct err *err)
{
	/* inside `podlite unshare` we are root, yet the same user with the same run directory */
	unsigned uid = geteuid() ? geteuid() : userns_outer_uid();
	auto_free char *user = xasprintf("/run/user/%u", uid);
	const char *base = xdg_dir("XDG_RUNTIME_DIR");
	auto_fd int fd = -1;

	/* the session that had it is over, and we have outlived it: no containers are lost with it */
	if (base && access(base, F_OK) < 0 && errno == ENOENT)
		base = NULL;
	if (base) {
		fd = open_base(base, err);
		if (fd < 0)
			return -1;
	} else if (is_own_dir(user)) {
		base = user;
	}
	c->runroot = base ? xasprintf("%s/podlite", base)
		: xasprintf("/tmp/podlite-%u", uid);
	return 0;
}

/* Our own path; sealed in memory (oci/rt_seal.h) it is what the variable says. */
static char *own_path(void)
{
	auto_free char *self = fs_readlink(AT_FDCWD, "/proc/self/exe");
	const char *sealed = getenv("PODLITE_EXE");

	if (self && !strncmp(self, "/memfd:", 7) && sealed)
		return xstrdup(sealed);
	return take_ptr(self);
}

/* Uninstalled, all programs sit beside each other. */
static void find_programs(struct context *c)
{
	auto_free char *self = own_path();
	char *slash = self ? strrchr(self, '/') : NULL;
	auto_free char *monitor = NULL;

	if (slash) {
		*slash = '\0';
		monitor = xasprintf("%s/podlite-monitor", self);
	}
	if (monitor && access(monitor, X_OK) == 0) {
		c->libexec = xstrdup(self);
		c->bindir = xstrdup(self);
		return;
	}
	c->libexec = xstrdup(PODLITE_LIBEXECDIR);
	c->bindir = xstrdup(PODLITE_BINDIR);
}

static void make_absolute(char **path)
{
	char *given = *path;

	if (given && given[0] != '/') {
		*path = fs_abspath(given);
		free(given);
	}
}

int context_paths(struct context *c, struct err *err)
{
	if (c->libexec)
		return 0;
	make_absolute(&c->root);
	make_absolute(&c->runroot);
	if (c->tmpdir) {
		make_absolute(&c->tmpdir);
		free(c->runroot);
		c->runroot = take_ptr(c->tmpdir);
	}
	if (!c->root && default_root(c, err) < 0)
		return -1;
	if (!c->runroot && default_runroot(c, err) < 0)
		return -1;
	find_programs(c);
	return 0;
}

/* --runroot may have missing parents; the last part is made 0700 and must be ours alone. */
static int open_runroot(const char *path, struct err *err)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	int r;

	if (fd == -ENOENT) {
		r = fs_mkdir_p(AT_FDCWD, path);
		if (r < 0)
			return err_neg(err, r, "make run directory %s", path);
		fd = fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	}
	if (fd == -ELOOP || fd == -ENOTDIR)
		return not_ours(err, path, "is not a directory", "remove it, or use --runroot DIR");
	if (fd < 0)
		return err_neg(err, fd, "open run directory %s", path);
	if (check_dir(fd, path, 077, "remove it, chmod it to 0700, or use --runroot DIR", err) < 0)
		return -1;
	return take_fd(fd);
}

int context_open(struct context *c, struct err *err)
{
	if (c->runfd >= 0)
		return 0;
	if (store_open(c->root, c->storage_driver, &c->store, err) < 0)
		return -1;
	c->runfd = open_runroot(c->runroot, err);
	if (c->runfd < 0) {
		store_close(&c->store);
		return -1;
	}
	return 0;
}

void context_drop_ahead(struct context *c)
{
	/* whoever else has this end: the child serves others no longer, as we wait for it */
	if (c->userns_pid > 0)
		shutdown(c->userns_sock, SHUT_RDWR);
	fd_close(c->userns_sock);
	c->userns_sock = -1;
	if (c->userns_pid > 0)
		proc_wait(c->userns_pid);
	c->userns_pid = 0;
}

void context_done(struct context *c)
{
	context_drop_ahead(c);
	if (c->runfd >= 0)
		store_close(&c->store);
	fd_close(c->runfd);
	c->runfd = -1;
	fd_closep(&c->status);
	conf_done(&c->conf);
	if (c->registries)
		regconf_done(c->registries);
	alloc_freep(&c->registries);
	alloc_freep(&c->root);
	alloc_freep(&c->runroot);
	alloc_freep(&c->tmpdir);
	alloc_freep(&c->mount_program);
	alloc_freep(&c->libexec);
	alloc_freep(&c->bindir);
}
