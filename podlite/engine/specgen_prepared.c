/*
 * specgen_prepared.c - mounts that the monitor makes before the container's (monitor/proto.h, struct
 * mon_mount): overlays over volumes, images, parts of volumes, another container's /dev/shm.
 */
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/specgen.h"

/* mounts/N in staging; its descriptor. */
static int make_dir(struct specgen *g, size_t n, struct err *err)
{
	auto_free char *name = xasprintf("mounts/%zu", n);
	int fd = fs_open_dir_p(g->dir, name);

	return fd < 0 ? err_neg(err, fd, "make %s", name) : fd;
}

char *specgen_prepared_add(struct specgen *g, const char *kind, const char *source, const char *subpath,
	struct rootfs *fs, struct err *err)
{
	size_t n = g->mon.mounts.n;
	auto_fd int dir = make_dir(g, n, err);

	if (dir < 0)
		return NULL;
	if (fs) {
		fs->dir = xasprintf("%s/mounts/%zu", g->ctrdir, n);
		if (rootfs_write(dir, fs, 0, err) < 0)
			return NULL;
	}
	g->mon.mounts.v = xrealloc(g->mon.mounts.v, n + 1, sizeof(*g->mon.mounts.v));
	g->mon.mounts.v[g->mon.mounts.n++] = (struct mon_mount){xstrdup(kind), xstrdup(source), xstrdup(subpath), NULL};
	return xasprintf("%s/mounts/%zu/%s", g->ctrdir, n, subpath ? "sub" : "merged");
}

static void like_container(const struct specgen *g, struct rootfs *fs)
{
	fs->driver = g->rootfs.driver;
	fs->mount_program = xstrdup(g->rootfs.mount_program);
}

char *specgen_prepared_overlay(struct specgen *g, const char *source, struct err *err)
{
	struct rootfs fs = {.volatile_ = true};
	char *path;

	like_container(g, &fs);
	/* a volume of a mapped container has its owners shifted already */
	svec_add(&fs.lowers, source);
	path = specgen_prepared_add(g, "overlay", NULL, NULL, &fs, err);
	rootfs_done(&fs);
	return path;
}

/* Values of the file system only: flags are set on the container's bind of it. */
char *specgen_prepared_tmpfs(struct specgen *g, struct err *err)
{
	const struct specgen_volume *v = &g->volumes.v[g->volumes.n - 1];
	auto_svec struct svec data = SVEC_INIT;
	auto_free char *text = NULL;
	char *path;

	SVEC_EACH(o, &v->options)
		if (strchr(o, '='))
			svec_add(&data, o);
	text = svec_join(&data, ",");
	path = specgen_prepared_add(g, "tmpfs", v->name, NULL, NULL, err);
	if (path)
		g->mon.mounts.v[g->mon.mounts.n - 1].options = take_ptr(text);
	return path;
}

char *specgen_prepared_image(struct specgen *g, const struct create_mount *m, struct err *err)
{
	const struct create_opts *o = g->o;
	struct img_pull_opts pull = {.tls_verify = o->tls_verify, .authfile = o->authfile, .quiet = o->quiet, .retry = -1};
	bool rw = svec_has(&m->options, "rw");
	struct rootfs fs = {.readonly = !rw && g->rootfs.driver != STORE_COPY, .volatile_ = true};
	auto_free char *name = NULL;
	struct image img;
	char *path;

	if (img_resolve(g->c, m->source, PULL_MISSING, &pull, &img, &name, err) < 0)
		return NULL;
	like_container(g, &fs);
	fs.uid_map = xstrdup(g->rootfs.uid_map);
	fs.gid_map = xstrdup(g->rootfs.gid_map);
	path = img_lowers(g->c, &img, &fs.lowers, err) < 0 ? NULL :
		specgen_prepared_add(g, fs.readonly ? "image" : "overlay", NULL, m->subpath, &fs, err);
	image_done(&img);
	rootfs_done(&fs);
	return path;
}
