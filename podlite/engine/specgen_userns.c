/*
 * specgen_userns.c - --userns keep-id and nomap: a user namespace nested in the shared one.
 *
 * In the shared namespace 0 is the caller and 1.. are the subordinate ids (call them outer ids).
 * keep-id makes the caller appear as U instead of 0, nomap leaves the caller out:
 *
 *	keep-id: inner 0..U-1 = outer 1..U, inner U = outer 0, inner U+1.. = outer U+1..
 *	nomap:   inner 0..    = outer 1..
 *
 * Layers on disk have outer ids that mean the image's ids one to one, so the root file system
 * must show file owner i as the outer id that inner i is: fuse-overlayfs does. The kernel's overlay
 * cannot be id-mapped, and its layers' file system only by its owner, root of the host.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/proc.h"
#include "common/userns.h"
#include "podlite/engine/specgen.h"

static void add_map(struct spec_idmaps *m, uint32_t inner, uint32_t outer, uint32_t count)
{
	if (!count)
		return;
	m->v = xrealloc(m->v, m->n + 1, sizeof(*m->v));
	m->v[m->n++] = (struct spec_idmap){inner, outer, count};
}

static uint32_t total(const struct userns_range *r, size_t n)
{
	uint32_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += r[i].count;
	return count;
}

/* have: outer ids 0..have-1 exist. */
static void keep(struct spec_idmaps *m, uint32_t id, uint32_t have)
{
	uint32_t below = MIN_OF(id, have - 1);

	add_map(m, 0, 1, below);
	add_map(m, id, 0, 1);
	add_map(m, id + 1, below + 1, have - 1 - below);
}

/* File owner i is shown as the outer id that inner i is. */
static char *fuse_text(const struct spec_idmaps *m)
{
	struct sbuf b = SBUF_INIT;

	for (size_t i = 0; i < m->n; i++)
		sbuf_addf(&b, "%s%u:%u:%u", i ? ":" : "", m->v[i].container_id, m->v[i].host_id, m->v[i].size);
	return sbuf_take(&b);
}

static int check_host(const struct specgen *g, const struct userns_map *map, struct err *err)
{
	auto_free char *program = NULL;

	if (map->direct)
		return err_set(err, EK_UNSUPPORTED, "--userns %s is only supported for unprivileged users", g->o->userns);
	if (map->single) {
		err_set(err, EK_UNSUPPORTED, "--userns %s needs subordinate ids, and this user has none", g->o->userns);
		return err_advise(err, "podlite doctor says how to add them");
	}
	if (g->rootfs.host_dir)
		return err_set(err, EK_UNSUPPORTED, "--userns %s: the owners of a --rootfs cannot be shifted yet", g->o->userns);
	if (access("/dev/fuse", R_OK | W_OK) < 0)
		return err_sys(err, "--userns %s: owners are shifted by fuse-overlayfs, which needs /dev/fuse", g->o->userns);
	program = proc_find_program("fuse-overlayfs");
	if (program)
		return 0;
	err_set(err, EK_UNSUPPORTED, "--userns %s: owners are shifted by fuse-overlayfs, which is not installed", g->o->userns);
	return err_advise(err, "install the package fuse-overlayfs");
}

static void keep_user(struct specgen *g, uint32_t uid, uint32_t gid)
{
	struct account me = {NULL, NULL};
	const char *name;

	if (g->o->user && *g->o->user)
		return;
	g->user = xasprintf("%u:%u", uid, gid);
	name = account_find(getuid(), &me) ? me.name : getenv("USER");
	if (name && *name && !strpbrk(name, ":\n"))
		g->login = xstrdup(name);
	account_done(&me);
}

int specgen_userns(struct specgen *g, struct err *err)
{
	struct spec_linux *l = &g->spec.linux_;
	uint32_t uid = g->userns.has_uid ? g->userns.uid : getuid();
	uint32_t gid = g->userns.has_gid ? g->userns.gid : getgid();
	struct userns_map map;

	if (g->userns.mode == CREATE_USERNS_HOST)
		return 0;
	if (userns_plan(&map, err) < 0 || check_host(g, &map, err) < 0)
		return -1;
	if (g->userns.mode == CREATE_USERNS_KEEP_ID) {
		keep(&l->uid_mappings, uid, total(map.uid, map.nuid));
		keep(&l->gid_mappings, gid, total(map.gid, map.ngid));
		keep_user(g, uid, gid);
	} else {
		add_map(&l->uid_mappings, 0, 1, total(map.uid, map.nuid) - 1);
		add_map(&l->gid_mappings, 0, 1, total(map.gid, map.ngid) - 1);
	}
	spec_add_namespace(&g->spec, "user", NULL);
	g->rootfs.driver = STORE_FUSE_OVERLAY;
	g->rootfs.uid_map = fuse_text(&l->uid_mappings);
	g->rootfs.gid_map = fuse_text(&l->gid_mappings);
	return 0;
}

static uint32_t outer(const struct spec_idmaps *m, uint32_t id)
{
	for (size_t i = 0; i < m->n; i++)
		if (id >= m->v[i].container_id && id - m->v[i].container_id < m->v[i].size)
			return m->v[i].host_id + (id - m->v[i].container_id);
	return id;
}

uint32_t specgen_userns_outer_uid(const struct specgen *g, uint32_t id)
{
	return outer(&g->spec.linux_.uid_mappings, id);
}

uint32_t specgen_userns_outer_gid(const struct specgen *g, uint32_t id)
{
	return outer(&g->spec.linux_.gid_mappings, id);
}
