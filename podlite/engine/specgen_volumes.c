/* specgen_volumes.c - named and anonymous volumes of a container: found, made, filled, undone. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/log.h"
#include "common/rootfd.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/specgen.h"
#include "podlite/engine/vol_use.h"
#include "storage/volume.h"

static int make(struct specgen *g, const char *name, bool anonymous, struct volume *ret, struct err *err)
{
	const struct volume want = {.name = (char *)name, .anonymous = anonymous};

	return vol_use_create(g->c, &want, ret, err);
}

/* volume_find accepts prefixes; a mount must mean exactly the name it says. Two commands may make
 * the same volume at once: then the other's is used. */
static int find_or_make(struct specgen *g, const char *name, struct volume *ret, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (volume_find(&g->c->store, name, ret, &ignored) == 0) {
		if (!strcmp(ret->name, name))
			return 0;
		volume_done(ret);
	}
	if (make(g, name, false, ret, err) == 0)
		return 0;
	if (err->kind != EK_EXISTS)
		return -1;
	err_clear(err);
	return volume_find(&g->c->store, name, ret, err);
}

/* Nobody was given it, by its options or for being used: it is still root's, who has made it. */
static bool is_unclaimed(const struct vol_device *d, const struct specgen_volume *v)
{
	struct stat st;

	return d->kind == VOL_PLAIN && d->uid < 0 && d->gid < 0 && stat(v->mountpoint, &st) == 0 && st.st_uid == geteuid() &&
		st.st_gid == getegid();
}

/* A volume that is a directory of the host's or a tmpfs begins as that is. */
static int use_device(const struct volume *vol, struct specgen_volume *v, struct err *err)
{
	struct vol_device d;

	if (vol_device_parse(&vol->options, &d, err) < 0)
		return err_wrap(err, "volume %s", vol->name);
	v->tmpfs = d.kind == VOL_TMPFS;
	v->nocopy |= d.kind != VOL_PLAIN;
	v->mountpoint = d.kind == VOL_BIND ? take_ptr(d.path) : xstrdup(vol->mountpoint);
	v->uid = d.uid;
	v->gid = d.gid;
	v->unclaimed = is_unclaimed(&d, v);
	svec_add_all(&v->options, &d.options);
	vol_device_done(&d);
	return 0;
}

const char *specgen_volumes_use(struct specgen *g, const struct create_mount *m, struct err *err)
{
	struct specgen_volume v = {.nocopy = m->nocopy, .anonymous = !m->source};
	struct volume vol;
	char name[65];
	int r;

	id_random(name);
	r = m->source ? find_or_make(g, m->source, &vol, err) : make(g, name, true, &vol, err);
	if (r < 0)
		return NULL;
	v.name = xstrdup(vol.name);
	v.dest = xstrdup(m->dest);
	r = use_device(&vol, &v, err);
	volume_done(&vol);
	g->volumes.v = xrealloc(g->volumes.v, g->volumes.n + 1, sizeof(v));
	g->volumes.v[g->volumes.n++] = v;
	if (v.anonymous) {
		svec_add(&g->rec.anonymous_volumes, v.name);
		svec_add(&g->mon.anonymous_volumes, v.name);
	}
	return r < 0 ? NULL : v.mountpoint;
}

static bool is_untouched(const struct specgen_volume *v)
{
	auto_dir DIR *d = fs_dir(fd_open(AT_FDCWD, v->mountpoint, O_RDONLY | O_DIRECTORY, 0));

	/* not ours to read any more: it was filled before */
	return d && !fs_dir_next(d);
}

/* Does the image have something there that an empty volume should begin with? Only its content,
 * owner and mode make it worth the trip into the user namespace. */
static bool wants_fill(const struct specgen *g, const struct specgen_volume *v)
{
	struct stat st;
	bool empty;
	int r;

	if (v->nocopy || !is_untouched(v))
		return false;
	r = specgen_view_stat(&g->rootfs, v->dest, &st, &empty);
	if (r == -ENOENT || r == -ENOTDIR)
		return v->unclaimed && (g->ids.uid || g->ids.gid || g->rootfs.uid_map);
	if (r < 0)
		return true;
	return S_ISDIR(st.st_mode) &&
		(!empty || g->rootfs.uid_map || st.st_uid != geteuid() || st.st_gid != getegid() || (st.st_mode & 07777) != 0755);
}

/* As podman: where the image has nothing, a volume that nobody used yet belongs to the container's user, also one that was
 * made before. */
static int give_to_user(const struct specgen *g, const struct specgen_volume *v, int rootfd, struct err *err)
{
	struct stat st;

	if (!v->unclaimed || rootfd_stat(rootfd, v->dest, &st, true) == 0)
		return 0;
	if (chown(v->mountpoint, specgen_userns_outer_uid(g, g->ids.uid), specgen_userns_outer_gid(g, g->ids.gid)) < 0)
		return err_sys(err, "volume %s: give it to user %u", v->name, g->ids.uid);
	return 0;
}

static int fill_one(const struct specgen *g, const struct specgen_volume *v, int rootfd, struct err *err)
{
	struct volume vol = {.name = v->name, .mountpoint = v->mountpoint};
	const struct vol_device own = {.uid = v->uid, .gid = v->gid};

	if (volume_copy_up(&vol, rootfd, v->dest, err) < 0 || vol_device_own(&own, v->mountpoint, err) < 0)
		return -1;
	return give_to_user(g, v, rootfd, err);
}

static int fill_inside(struct context *c, void *arg, struct err *err)
{
	const struct specgen *g = arg;
	struct rootfs view = g->rootfs;
	struct rootfs_mounted m;
	int r = 0;

	(void)c;
	view.readonly = true;
	view.dir = (char *)g->stagedir;
	if (rootfs_mount(&view, false, &m, err) < 0)
		return err_wrap(err, "look at the image");
	for (size_t i = 0; i < g->volumes.n && !r; i++)
		if (wants_fill(g, &g->volumes.v[i]))
			r = fill_one(g, &g->volumes.v[i], m.fd, err);
	rootfs_unmount(&view, &m);
	return r;
}

int specgen_volumes_fill(struct specgen *g, struct err *err)
{
	for (size_t i = 0; i < g->volumes.n; i++)
		if (wants_fill(g, &g->volumes.v[i]))
			return create_inside_run(g->c, fill_inside, g, err);
	return 0;
}

/* The container will not be: its anonymous volumes belong to nobody. */
void specgen_volumes_undo(struct specgen *g)
{
	for (size_t i = 0; i < g->volumes.n; i++) {
		struct err e = ERR_INIT;

		if (g->volumes.v[i].anonymous && volume_remove(&g->c->store, g->volumes.v[i].name, &e) < 0)
			log_debug("%s", e.msg);
	}
}
