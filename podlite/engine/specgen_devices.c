/*
 * specgen_devices.c - devices of the host inside the container: bound, never made, as an
 * unprivileged user cannot make nodes (threats.md X17).
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/specgen.h"

#define MAX_DEPTH 4

struct scan {
	struct specgen *g;
	bool usable_only; /* --privileged: what the user may not open is left out */
};

static bool is_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

static void bind_device(struct specgen *g, const char *source, const char *dest)
{
	for (size_t i = 0; i < g->spec.mounts.n; i++)
		if (!strcmp(g->spec.mounts.v[i].destination, dest))
			return;
	spec_add_mount(&g->spec, dest, "bind", source, "bind,rprivate,nosuid,noexec,rw");
}

/* What the runtime makes in every /dev, and directories that are file systems of their own. */
static bool is_ours(const char *path)
{
	static const char *const names[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
		"/dev/tty", "/dev/console", "/dev/ptmx", "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/fd", "/dev/hugepages"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(path, names[i]))
			return true;
	return false;
}

static void scan_dir(const struct scan *s, const char *source, const char *dest, int depth)
{
	auto_dir DIR *d = fs_dir(fd_open(AT_FDCWD, source, O_RDONLY | O_DIRECTORY, 0));
	const char *name;

	while (depth < MAX_DEPTH && (name = fs_dir_next(d))) {
		auto_free char *from = xasprintf("%s/%s", source, name);
		auto_free char *to = xasprintf("%s/%s", dest, name);
		struct stat st;

		if (name[0] == '.' || lstat(from, &st) < 0 || (s->usable_only && is_ours(from)))
			continue;
		if (S_ISDIR(st.st_mode))
			scan_dir(s, from, to, depth + 1);
		else if (is_device(&st) && (!s->usable_only || access(from, R_OK | W_OK) == 0))
			bind_device(s->g, from, to);
	}
}

/* A link is resolved once, here. */
static int add_device(struct specgen *g, const struct create_device *d, struct err *err)
{
	auto_free char *real = realpath(d->source, NULL);
	struct scan s = {g, false};
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return err_sys(err, "--device %s: stat", d->source);
	if (S_ISDIR(st.st_mode))
		scan_dir(&s, real, d->dest, 0);
	else if (is_device(&st))
		bind_device(g, real, d->dest);
	else
		return err_set(err, EK_INVALID, "--device %s: not a device node", d->source);
	svec_addf(&g->rec.devices, "%s:%s:rwm", d->source, d->dest);
	return 0;
}

int specgen_devices(struct specgen *g, struct err *err)
{
	struct scan all = {g, true};

	for (size_t i = 0; i < g->devices.n; i++)
		if (add_device(g, &g->devices.v[i], err) < 0)
			return -1;
	if (g->o->privileged && !specgen_mounts_covers(g, "/dev"))
		scan_dir(&all, "/dev", "/dev", 0);
	return 0;
}
