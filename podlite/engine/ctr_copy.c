#include "podlite/engine/ctr_copy.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/rootfd.h"
#include "oci/spec_runtime.h"
#include "podlite/engine/engine.h"
#include "storage/tarball.h"
#include "storage/unpack.h"

#define MAX_DEPTH (PATH_MAX / 2) /* deeper, no path reaches it */

/* One side of a copy. */
struct place {
	struct ctr ctr;
	bool is_ctr;
	struct ctr_root root; /* of a container */
	int fd;               /* what path is resolved in: container root, a volume, or / */
	bool own_fd;
	char *path;           /* as given, absolute */
	char *at;             /* the same, as fd calls it */
	const struct ctr_mount *mount; /* of a stopped container: what path is in */
	bool file;            /* path itself is a mounted file */
	bool slash, contents; /* ended in "/", "/." */
	bool archive;         /* "-": a tar stream instead of a path */
	uid_t uid;            /* new owner of what is copied here, as the shared user namespace calls it */
	gid_t gid;
	struct spec_idmaps uids, gids; /* of a container with a user namespace of its own */
};

/* ---- the copy itself: by directory descriptors, links never followed ---- */

struct job {
	const struct copy_opts *o;
	enum { OWNER_OURS, OWNER_GIVEN, OWNER_KEPT } owner; /* KEPT: the source's number, in the container */
	uid_t uid;
	gid_t gid;
	const struct place *to;
};

static int chown_name(const struct job *j, int dirfd, const char *name, const struct stat *st)
{
	uid_t uid = j->owner == OWNER_GIVEN ? j->uid : spec_idmap_outer(&j->to->uids, st->st_uid);
	gid_t gid = j->owner == OWNER_GIVEN ? j->gid : spec_idmap_outer(&j->to->gids, st->st_gid);

	if (j->owner == OWNER_OURS)
		return 0;
	return fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH));
}

static int copy_at(const struct job *j, int *sdir, const char *sname, int *ddir, const char *dname, unsigned depth,
	struct err *err);

static int give(const struct job *j, int fd, const struct stat *st, struct err *err)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};

	/* the owner first: changing it clears the setuid bit */
	if (chown_name(j, fd, "", st) < 0)
		return err_sys(err, "copy: change the owner");
	if (fchmod(fd, st->st_mode & 07777) < 0 || futimens(fd, times) < 0)
		return err_sys(err, "copy: set mode and times");
	return 0;
}

/* What cannot be opened: a link, a FIFO. */
static int give_name(const struct job *j, int ddir, const char *dname, const struct stat *st, struct err *err)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (chown_name(j, ddir, dname, st) < 0 || utimensat(ddir, dname, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "change the owner and times of %s", dname);
	return 0;
}

static int copy_bytes(int in, int out, struct err *err)
{
	for (;;) {
		ssize_t n = copy_file_range(in, NULL, out, NULL, 1 << 30, 0);

		/* not every pair of file systems can; nothing has been copied then */
		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS || errno == EPERM))
			break;
		if (n < 0)
			return err_sys(err, "copy");
		if (!n)
			break;
	}
	/* also finds the end of files that claim to be empty, as in /proc */
	for (;;) {
		char buf[65536];
		ssize_t n = fd_read_some(in, buf, sizeof(buf));
		int r = n < 0 ? (int)n : n ? fd_write_all(out, buf, (size_t)n) : 0;

		if (r < 0)
			return err_neg(err, r, "copy");
		if (!n)
			return 0;
	}
}

/* A file takes the place of a file. */
static int check_target(int ddir, const char *dname, struct err *err)
{
	struct stat st;

	if (fstatat(ddir, dname, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode))
		return 0;
	return err_set(err, EK_EXISTS, "%s is no regular file: it would be replaced", dname);
}

/* Make room for something that is not a directory. */
static int clear_target(const struct job *j, int ddir, const char *dname, struct err *err)
{
	struct stat st;
	int r;

	if (fstatat(ddir, dname, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISDIR(st.st_mode) && !j->o->overwrite)
		return err_set(err, EK_EXISTS, "cannot copy over directory %s: use --overwrite", dname);
	r = fs_remove_tree(ddir, dname);
	return r < 0 ? err_neg(err, r, "replace %s", dname) : 0;
}

static int copy_open_file(const struct job *j, int in, const char *sname, int ddir, const char *dname, struct err *err)
{
	auto_fd int out = -1;
	struct stat st;

	if (fstat(in, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, EK_INVALID, "%s is not a regular file", sname);
	if (check_target(ddir, dname, err) < 0 || clear_target(j, ddir, dname, err) < 0)
		return -1;
	out = fd_open(ddir, dname, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (out < 0)
		return err_neg(err, out, "create %s", dname);
	if (copy_bytes(in, out, err) < 0)
		return err_wrap(err, "%s", sname);
	return give(j, out, &st, err);
}

static int copy_file(const struct job *j, int sdir, const char *sname, int ddir, const char *dname, struct err *err)
{
	/* O_NONBLOCK: it may have become a FIFO since we looked */
	auto_fd int in = fd_open(sdir, sname, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (in < 0)
		return err_neg(err, in, "open %s", sname);
	return copy_open_file(j, in, sname, ddir, dname, err);
}

static int copy_link(const struct job *j, const struct stat *st, int sdir, const char *sname, int ddir, const char *dname,
	struct err *err)
{
	auto_free char *target = fs_readlink(sdir, sname);

	if (!target)
		return err_sys(err, "read link %s", sname);
	if (clear_target(j, ddir, dname, err) < 0)
		return -1;
	if (symlinkat(target, ddir, dname) < 0)
		return err_sys(err, "create link %s", dname);
	return give_name(j, ddir, dname, st, err);
}

static int copy_fifo(const struct job *j, const struct stat *st, int ddir, const char *dname, struct err *err)
{
	if (clear_target(j, ddir, dname, err) < 0)
		return -1;
	if (mkfifoat(ddir, dname, st->st_mode & 0777) < 0)
		return err_sys(err, "create FIFO %s", dname);
	return give_name(j, ddir, dname, st, err);
}

static int copy_children(const struct job *j, int *sdir, int *ddir, unsigned depth, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(*sdir, "."));
	auto_svec struct svec names = SVEC_INIT;
	const char *name;
	int r = 0;

	if (!dir)
		return err_sys(err, "list directory");
	while ((name = fs_dir_next(dir)))
		svec_add(&names, name);
	fs_dir_closep(&dir);
	for (size_t i = 0; i < names.n && !r; i++)
		r = copy_at(j, sdir, names.v[i], ddir, names.v[i], depth + 1, err);
	return r;
}

/* Deep ones' parents are closed meanwhile (FS_LEVELS_OPEN). */
static int copy_below(const struct job *j, int *sabove, int *in, int *dabove, int *out, unsigned depth, struct err *err)
{
	struct stat s, d;

	if (depth < FS_LEVELS_OPEN)
		return copy_children(j, in, out, depth, err);
	if (fstat(*sabove, &s) < 0 || fstat(*dabove, &d) < 0)
		return err_sys(err, "look at a directory");
	fd_closep(sabove);
	fd_closep(dabove);
	if (copy_children(j, in, out, depth, err) < 0)
		return -1;
	*sabove = fs_open_above(*in, &s);
	*dabove = fs_open_above(*out, &d);
	return *sabove < 0 || *dabove < 0 ? err_neg(err, MIN_OF(*sabove, *dabove), "return to a directory") : 0;
}

/* An existing directory is filled; a link in its place is not followed. */
static int open_target_dir(const struct job *j, int ddir, const char *dname, struct err *err)
{
	int fd;

	if (mkdirat(ddir, dname, 0700) < 0 && errno != EEXIST)
		return err_sys(err, "create directory %s", dname);
	fd = fd_open_dir(ddir, dname);
	if ((fd == -ENOTDIR || fd == -ELOOP) && j->o->overwrite) {
		if (clear_target(j, ddir, dname, err) < 0)
			return -1;
		if (mkdirat(ddir, dname, 0700) < 0)
			return err_sys(err, "create directory %s", dname);
		fd = fd_open_dir(ddir, dname);
	}
	return fd < 0 ? err_neg(err, fd, "open directory %s", dname) : fd;
}

static int copy_dir(const struct job *j, int *sdir, const char *sname, int *ddir, const char *dname, unsigned depth,
	struct err *err)
{
	auto_fd int in = fd_open_dir(*sdir, sname), out = -1;
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0)
		return err_neg(err, in < 0 ? in : -EIO, "open directory %s", sname);
	if (depth > MAX_DEPTH)
		return err_set(err, EK_INVALID, "%s: more than %d directories deep", sname, MAX_DEPTH);
	out = open_target_dir(j, *ddir, dname, err);
	if (out < 0 || copy_below(j, sdir, &in, ddir, &out, depth, err) < 0)
		return -1;
	return give(j, out, &st, err);
}

static int copy_at(const struct job *j, int *sdir, const char *sname, int *ddir, const char *dname, unsigned depth,
	struct err *err)
{
	struct stat st;

	if (fstatat(*sdir, sname, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "look at %s", sname);
	if (S_ISREG(st.st_mode))
		return copy_file(j, *sdir, sname, *ddir, dname, err);
	if (S_ISDIR(st.st_mode))
		return copy_dir(j, sdir, sname, ddir, dname, depth, err);
	if (S_ISLNK(st.st_mode))
		return copy_link(j, &st, *sdir, sname, *ddir, dname, err);
	if (S_ISFIFO(st.st_mode))
		return copy_fifo(j, &st, *ddir, dname, err);
	log_warn("cp: %s is a device or socket: left out", sname);
	return 0;
}

/* ---- the two sides ---- */

/* "NAME:PATH"; a "/" or "." at the beginning says it is a host path. */
static const char *container_part(const char *text, char **ret_name)
{
	const char *colon = strchr(text, ':');

	if (!colon || text[0] == '/' || text[0] == '.' || colon == text)
		return NULL;
	*ret_name = xstrndup(text, (size_t)(colon - text));
	return ctr_name_ok(*ret_name) ? colon + 1 : NULL;
}

static const struct ctr_mount *mount_of(const struct place *p)
{
	const struct ctr_mount *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < p->ctr.rec.mounts.n; i++) {
		const struct ctr_mount *m = &p->ctr.rec.mounts.v[i];
		size_t len = strlen(m->destination);

		if (!m->source || m->source[0] != '/' || !fs_is_below(p->path, m->destination) || len < best_len ||
			svec_has(&m->options, "O"))
			continue;
		best = m;
		best_len = len;
	}
	return best;
}

/* A mounted file is reached through the directory that it is in. */
static int enter_file(struct place *p, const char *source, struct err *err)
{
	auto_free char *real = realpath(source, NULL);
	char *name = real ? strrchr(real, '/') : NULL;

	if (!name)
		return err_sys(err, "open %s", source);
	free(p->at);
	p->at = xstrdup(name);
	*name = '\0';
	p->fd = fd_open(AT_FDCWD, *real ? real : "/", O_PATH | O_DIRECTORY, 0);
	p->own_fd = true;
	p->file = true;
	return p->fd < 0 ? err_neg(err, p->fd, "open %s", source) : 0;
}

/* A stopped container's volumes are not mounted: go to the source of the one the path is below. */
static int enter_volume(struct place *p, struct err *err)
{
	const struct ctr_mount *m = p->mount = mount_of(p);
	struct stat st;

	if (!m)
		return 0;
	free(p->at);
	p->at = xstrdup(p->path + strlen(m->destination));
	if (!*p->at && !m->subpath && !stat(m->source, &st) && !S_ISDIR(st.st_mode))
		return enter_file(p, m->source, err);
	p->fd = fd_open(AT_FDCWD, m->source, O_PATH | O_DIRECTORY, 0);
	if (p->fd < 0)
		return err_neg(err, p->fd, "open %s", m->source);
	p->own_fd = true;
	if (m->subpath) {
		int sub = rootfd_open(p->fd, m->subpath, O_PATH | O_DIRECTORY, 0);

		fd_close(p->fd);
		p->fd = sub;
		if (sub < 0)
			return err_neg(err, sub, "open %s of volume %s", m->subpath, m->name);
	}
	return 0;
}

/* The user the container runs as owns what is put into it. */
static int owner_of(struct context *c, struct place *p, struct err *err)
{
	auto_fd int dir = fd_open_dir(c->store.containers, p->ctr.rec.id);
	struct spec_runtime spec;
	int r;

	if (dir < 0)
		return err_neg(err, dir, "open container %s", p->ctr.rec.name);
	spec_runtime_init(&spec);
	r = spec_runtime_read(dir, &spec, err);
	SWAP(p->uids, spec.linux_.uid_mappings);
	SWAP(p->gids, spec.linux_.gid_mappings);
	p->uid = spec_idmap_outer(&p->uids, spec.process.user.uid);
	p->gid = spec_idmap_outer(&p->gids, spec.process.user.gid);
	spec_runtime_done(&spec);
	return r < 0 ? err_wrap(err, "container %s", p->ctr.rec.name) : 0;
}

static int open_ctr(struct context *c, struct place *p, const char *name, const char *path, struct err *err)
{
	if (ctr_find(c, name, &p->ctr, err) < 0)
		return -1;
	p->is_ctr = true;
	if (ctr_open_root(c, &p->ctr, &p->root, err) < 0)
		return -1;
	p->fd = p->root.fd;
	/* relative paths start in the container's working directory, as podman's */
	if (path[0] == '/')
		p->path = fs_clean(path);
	else {
		auto_free char *joined = xasprintf("%s/%s", p->ctr.rec.workdir ? p->ctr.rec.workdir : "/", path);

		p->path = fs_clean(joined);
	}
	p->at = xstrdup(p->path);
	if (owner_of(c, p, err) < 0)
		return -1;
	return ctr_is_live(&p->ctr) ? 0 : enter_volume(p, err);
}

static int open_place(struct context *c, struct place *p, const char *text, struct err *err)
{
	auto_free char *name = NULL;
	const char *path = container_part(text, &name);
	const char *last = path ? path : text;
	size_t len = strlen(last);

	*p = (struct place){.fd = -1, .root = {.fd = -1}};
	if (!len)
		return err_set(err, EK_USAGE, "cp: an empty path");
	if (!strcmp(text, "-")) {
		p->archive = true;
		return 0;
	}
	p->slash = last[len - 1] == '/';
	p->contents = len >= 2 && !strcmp(last + len - 2, "/.");
	if (path)
		return open_ctr(c, p, name, path, err);
	p->path = fs_abspath(text);
	p->at = xstrdup(p->path);
	p->fd = fd_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0);
	p->own_fd = true;
	return p->fd < 0 ? err_neg(err, p->fd, "open /") : 0;
}

static void close_place(struct place *p)
{
	if (p->own_fd)
		fd_close(p->fd);
	if (p->root.fd >= 0 || p->root.mounted)
		ctr_close_root(&p->root);
	ctr_done(&p->ctr);
	free(p->uids.v);
	free(p->gids.v);
	free(p->path);
	free(p->at);
}

struct end {
	int dir;
	char *name; /* "." for a root itself */
};

/* The source, with links resolved inside the root: a descriptor of a directory or file. */
static int find_source(const struct place *p, struct stat *st, struct err *err)
{
	auto_fd int fd = rootfd_open(p->fd, *p->at ? p->at : "/", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0)
		return err_set(err, fd == -ENOENT ? EK_NOT_FOUND : EK_SYSTEM, "\"%s\" could not be found%s: %s",
			p->path, p->is_ctr ? " on container" : "", strerror(-fd));
	if (fstat(fd, st) < 0)
		return err_sys(err, "look at %s", p->path);
	if (!S_ISDIR(st->st_mode) && !S_ISREG(st->st_mode))
		return err_set(err, EK_INVALID, "\"%s\" is neither a file nor a directory", p->path);
	return take_fd(fd);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Where the source goes: into an existing directory under its own name, or under the new name. */
static int find_target(struct place *to, const struct place *from, bool from_dir, struct end *ret, struct err *err)
{
	const char *path = to->path, *at = *to->at ? to->at : "/", *base;
	auto_fd int there = rootfd_open(to->fd, at, O_PATH, 0);
	struct stat st;

	if (there >= 0 && fstat(there, &st) == 0 && S_ISDIR(st.st_mode)) {
		bool into = !from_dir || !from->contents;

		ret->dir = rootfd_open(to->fd, at, O_RDONLY | O_DIRECTORY, 0);
		ret->name = xstrdup(into && *base_name(from->path) ? base_name(from->path) : ".");
		return ret->dir < 0 ? err_neg(err, ret->dir, "open %s", path) : 0;
	}
	if (there >= 0 && to->slash)
		return err_set(err, EK_INVALID, "\"%s\" exists%s and is not a directory", path, to->is_ctr ? " on container" : "");
	if (there >= 0 && from_dir)
		return err_set(err, EK_INVALID, "destination must be a directory when copying a directory: %s", path);
	if (there < 0 && to->slash && !from_dir)
		return err_set(err, EK_NOT_FOUND, "\"%s\" could not be found%s: no such directory", path, to->is_ctr ? " on container" : "");
	ret->dir = rootfd_parent(to->fd, at, &base);
	if (ret->dir < 0)
		return err_neg(err, ret->dir, "\"%s\" could not be found%s", path, to->is_ctr ? " on container" : "");
	ret->name = xstrndup(base, strcspn(base, "/"));
	return 0;
}

static int copy_places(struct place *from, struct place *to, const struct copy_opts *o, struct err *err)
{
	struct job j = {.o = o, .owner = o->archive || !to->is_ctr ? OWNER_GIVEN : OWNER_OURS, .uid = to->uid,
		.gid = to->gid, .to = to};
	struct stat st;
	auto_fd int source = find_source(from, &st, err);
	struct end d = {-1, NULL};
	int r;

	if (source < 0)
		return -1;
	r = find_target(to, from, S_ISDIR(st.st_mode), &d, err);
	if (!r && S_ISDIR(st.st_mode))
		r = copy_dir(&j, &source, ".", &d.dir, d.name, 0, err);
	else if (!r)
		r = copy_open_file(&j, source, base_name(from->path), d.dir, d.name, err);
	fd_close(d.dir);
	free(d.name);
	return r;
}

/* ---- tar streams ---- */

static int write_archive(struct place *from, struct err *err)
{
	struct tarball t = TARBALL_INIT(STDOUT_FILENO);
	const char *base = base_name(from->path);
	struct stat st;
	auto_fd int source = -1;
	int r;

	if (isatty(STDOUT_FILENO))
		return err_set(err, EK_USAGE, "an archive is not written to a terminal; redirect standard output");
	source = find_source(from, &st, err);
	if (source < 0)
		return -1;
	t.uids = &from->uids;
	t.gids = &from->gids;
	if (S_ISDIR(st.st_mode))
		r = tarball_tree(&t, source, from->contents || !*base ? "." : base, err);
	else
		r = tarball_file(&t, source, base, err);
	if (!r)
		r = tarball_end(&t, err);
	tarball_done(&t);
	return r;
}

/* The archive becomes a tree in staging, read by the confined unpacker, and that is copied. */
static int read_archive(struct context *c, struct place *to, const struct copy_opts *o, struct err *err)
{
	struct job j = {.o = o, .owner = o->archive ? OWNER_GIVEN : OWNER_KEPT, .uid = to->uid, .gid = to->gid, .to = to};
	auto_free char *program = xasprintf("%s/podlite-unpack", c->libexec);
	auto_fd int dir = rootfd_open(to->fd, *to->at ? to->at : "/", O_RDONLY | O_DIRECTORY, 0);
	struct unpack_tree tree;
	int r;

	if (isatty(STDIN_FILENO))
		return err_set(err, EK_USAGE, "an archive is not read from a terminal; redirect standard input");
	if (dir == -ENOTDIR)
		return err_set(err, EK_INVALID, "destination must be a directory when copying from stdin");
	if (dir < 0)
		return err_neg(err, dir, "\"%s\" could not be found on container", to->path);
	if (unpack_tree(&c->store, program, STDIN_FILENO, c->single_id, -1, &tree, err) < 0)
		return err_wrap(err, "standard input");
	r = copy_children(&j, &tree.fd, &dir, 0, err);
	unpack_tree_drop(&c->store, &tree);
	return r;
}

/* What a running container's kernel says to it. */
static int check_mount(const struct place *to, struct err *err)
{
	if (to->mount && svec_has(&to->mount->options, "ro"))
		return err_set(err, EK_DENIED, "%s is mounted read-only in the container", to->mount->destination);
	return to->file ? err_set(err, EK_IN_USE, "%s is a file of the host's, mounted in the container", to->path) : 0;
}

static int copy(struct context *c, struct place *src, struct place *dst, const struct copy_opts *o, struct err *err)
{
	if (!src->is_ctr && !dst->is_ctr)
		return err_set(err, EK_USAGE, "cp: one of the two must be CONTAINER:PATH");
	if (check_mount(dst, err) < 0)
		return -1;
	if (src->archive)
		return read_archive(c, dst, o, err);
	if (dst->archive)
		return write_archive(src, err);
	return copy_places(src, dst, o, err);
}

int ctr_copy(struct context *c, const char *from, const char *to, const struct copy_opts *o, struct err *err)
{
	struct place src, dst = {.fd = -1, .root = {.fd = -1}};
	int r = open_place(c, &src, from, err);

	if (!r)
		r = open_place(c, &dst, to, err);
	if (!r)
		r = copy(c, &src, &dst, o, err);
	close_place(&src);
	close_place(&dst);
	return r < 0 ? err_wrap(err, "cp %s %s", from, to) : 0;
}
