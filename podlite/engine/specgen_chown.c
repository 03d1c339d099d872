/* specgen_chown.c - mount option U: what is mounted belongs to the container's user. */
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/rootfd.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/specgen.h"

#define MAX_DEPTH 1000

struct owner {
	uid_t uid;
	gid_t gid;
};

/* By descriptors and without following links: the tree may be full of what a container put there. */
static int give_tree(int dirfd, const struct owner *to, unsigned depth, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	const char *name;
	int r = 0;

	if (!dir || depth > MAX_DEPTH)
		return dir ? err_set(err, EK_INVALID, "more than %d directories deep", MAX_DEPTH) : err_sys(err, "list a directory");
	while (!r && (name = fs_dir_next(dir))) {
		auto_fd int sub = fd_open_dir(dirfd, name);

		if (sub >= 0)
			r = give_tree(sub, to, depth + 1, err);
		if (!r && fchownat(dirfd, name, to->uid, to->gid, AT_SYMLINK_NOFOLLOW) < 0)
			r = err_sys(err, "%s", name);
	}
	return r;
}

/* Of a volume, no more than the part that is mounted. */
static int open_source(const char *path, const char *subpath)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_PATH, 0);

	return fd < 0 || !subpath ? take_fd(fd) : rootfd_open(fd, subpath, O_PATH, 0);
}

static int give(const char *path, const char *subpath, const struct owner *to, struct err *err)
{
	auto_fd int fd = open_source(path, subpath);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_neg(err, fd < 0 ? fd : -errno, "open %s%s", path, subpath ? subpath : "");
	if (S_ISDIR(st.st_mode) && give_tree(fd, to, 0, err) < 0)
		return -1;
	if (fchownat(fd, "", to->uid, to->gid, AT_EMPTY_PATH) < 0)
		return err_sys(err, "%s", path);
	return 0;
}

/* The source of the mount at dest as config.json has it. */
static const char *source_at(const struct specgen *g, const char *dest)
{
	for (size_t i = 0; i < g->rec.mounts.n; i++)
		if (!strcmp(g->rec.mounts.v[i].destination, dest))
			return g->rec.mounts.v[i].source;
	return NULL;
}

static int give_all(struct context *c, void *arg, struct err *err)
{
	const struct specgen *g = arg;
	struct owner to = {specgen_userns_outer_uid(g, g->ids.uid), specgen_userns_outer_gid(g, g->ids.gid)};

	(void)c;
	for (size_t i = 0; i < g->mounts.n; i++) {
		const struct create_mount *m = &g->mounts.v[i];
		const char *source = m->chown ? source_at(g, m->dest) : NULL;

		if (source && give(source, m->subpath, &to, err) < 0)
			return err_wrap(err, "mount option U of %s: change the owner", m->dest);
	}
	return 0;
}

int specgen_chown(struct specgen *g, struct err *err)
{
	for (size_t i = 0; i < g->mounts.n; i++)
		if (g->mounts.v[i].chown)
			return create_inside_run(g->c, give_all, g, err);
	return 0;
}
