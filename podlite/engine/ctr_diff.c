#include "podlite/engine/ctr_diff.h"

#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/engine/img_stores.h"
#include "podlite/engine/mounts.h"
#include "storage/changes.h"
#include "storage/rootfs.h"

/* Where podlite mounts its own files in every container: the empty ones below say nothing about what
 * the container did. podman leaves out the same. */
static bool is_mount_point(const char *path)
{
	static const char *const names[] = {"/dev", "/etc/hostname", "/etc/hosts", "/etc/mtab", "/etc/resolv.conf",
		"/proc", "/run", "/run/.containerenv", "/run/podlite-init", "/run/secrets", "/sys"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(path, names[i]))
			return true;
	return false;
}

static void add_change(void *arg, enum rootfs_change what, const char *path)
{
	struct ctr_diff *d = arg;

	svec_addf(&d->lines, "%c %s", (char)what, path);
	svec_add(what == ROOTFS_ADDED ? &d->added : what == ROOTFS_DELETED ? &d->deleted : &d->changed, path);
}

static void take_change(void *arg, enum rootfs_change what, const char *path)
{
	if (!is_mount_point(path))
		add_change(arg, what, path);
}

int ctr_diff_read(struct context *c, const char *id, struct ctr_diff *ret, struct err *err)
{
	struct rootfs r = {.driver = STORE_OVERLAY};
	auto_fd int dir = -1;
	int res;

	*ret = (struct ctr_diff){.lines = SVEC_INIT};
	if (context_enter_userns(c, NULL, err) < 0)
		return -1;
	dir = ctr_open_dir(c, id, err);
	if (dir < 0 || rootfs_read(dir, &r, err) < 0)
		return -1;
	res = rootfs_changes(&r, take_change, ret, err);
	rootfs_done(&r);
	if (res < 0)
		ctr_diff_done(ret);
	return res;
}

/* ---- images ---- */

int ctr_diff_layer(struct context *c, const struct image *img, struct ctr_diff *ret, struct err *err)
{
	auto_svec struct svec layers = SVEC_INIT;
	struct svec below;
	int res;

	*ret = (struct ctr_diff){.lines = SVEC_INIT};
	if (!img->nlayers)
		return 0;
	if (context_enter_userns(c, NULL, err) < 0)
		return -1;
	for (size_t i = img->nlayers; i-- > 0;)
		svec_addf(&layers, "%s/layers/%s/diff", c->store.root, img->layers[i].hex);
	below = (struct svec){.v = layers.v + 1, .n = layers.n - 1};
	res = changes_walk(&(struct changes){layers.v[0], &below, STORE_OVERLAY}, add_change, ret, err);
	if (res < 0)
		ctr_diff_done(ret);
	return res;
}

/* One of the two trees: a container's root or an image, mounted where only we see it. */
struct side {
	struct ctr_root root;
	struct rootfs fs;
	struct rootfs_mounted m;
	int fd; /* borrowed from one of them */
};

static int side_open_image(struct context *c, const char *name, struct side *s, struct err *err)
{
	struct image img;
	int res;

	if (img_stores_have_image(c, name, &img, err) < 0)
		return -1;
	res = context_enter_userns(c, NULL, err);
	if (!res)
		res = mounts_image_rootfs(c, &img, &s->fs, err);
	if (!res)
		res = rootfs_mount(&s->fs, false, &s->m, err);
	image_done(&img);
	s->fd = s->m.fd;
	return res;
}

/* Of one that runs without what is mounted below: that is not its own, and /proc is endless. */
static int side_open_ctr(struct context *c, const struct ctr *ctr, struct side *s, struct err *err)
{
	if (!ctr_is_live(ctr) || ctr->state.pid <= 0)
		return ctr_open_root(c, ctr, &s->root, err);
	if (context_enter_userns(c, ctr->rec.id, err) < 0)
		return -1;
	s->root.fd = mounts_clone_root(ctr, err);
	return s->root.fd < 0 ? err_wrap(err, "container %s", ctr->rec.name) : 0;
}

static int side_open(struct context *c, const char *name, struct side *s, struct err *err)
{
	struct ctr ctr;
	int res;

	*s = (struct side){.root = {.fd = -1}, .fs = {.driver = STORE_OVERLAY}, .m = {.fd = -1, .helper = -1}, .fd = -1};
	if (ctr_find(c, name, &ctr, err) < 0) {
		if (err->kind != EK_NOT_FOUND)
			return -1;
		err_clear(err);
		return side_open_image(c, name, s, err);
	}
	res = side_open_ctr(c, &ctr, s, err);
	ctr_done(&ctr);
	s->fd = s->root.fd;
	return res;
}

static void side_close(struct side *s)
{
	if (s->root.fd >= 0)
		ctr_close_root(&s->root);
	if (s->m.fd >= 0)
		rootfs_unmount(&s->fs, &s->m);
	rootfs_done(&s->fs);
}

int ctr_diff_between(struct context *c, const char *name, const char *other, struct ctr_diff *ret, struct err *err)
{
	auto_fd int hold = store_hold(&c->store, err);
	struct side a, b = {.root = {.fd = -1}, .m = {.fd = -1}};
	int res = hold < 0 ? -1 : side_open(c, name, &a, err);

	*ret = (struct ctr_diff){.lines = SVEC_INIT};
	if (hold < 0)
		return -1;
	if (!res)
		res = side_open(c, other, &b, err);
	if (!res) {
		auto_svec struct svec old = SVEC_INIT;
		auto_free char *new = xasprintf("/proc/self/fd/%d/.", a.fd);

		svec_addf(&old, "/proc/self/fd/%d/.", b.fd);
		res = changes_walk(&(struct changes){new, &old, STORE_COPY}, take_change, ret, err);
		if (res < 0)
			ctr_diff_done(ret);
	}
	side_close(&b);
	side_close(&a);
	return res;
}

void ctr_diff_done(struct ctr_diff *d)
{
	svec_done(&d->lines);
	svec_done(&d->changed);
	svec_done(&d->added);
	svec_done(&d->deleted);
}
