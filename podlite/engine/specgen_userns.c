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
#include "podlite/engine/specgen_userns.h"

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

	specgen_userns_add(m, 0, 1, below);
	specgen_userns_add(m, id, 0, 1);
	specgen_userns_add(m, id + 1, below + 1, have - 1 - below);
}

/* File owner i is shown as the outer id that inner i is. A kept id beyond the last that exists (last
 * is set for keep-id alone) cannot own files on disk: there it is that last one, which keep() leaves over. */
static char *fuse_text(const struct spec_idmaps *m, uint32_t last)
{
	struct sbuf b = SBUF_INIT;

	for (size_t i = 0; i < m->n; i++)
		sbuf_addf(&b, "%s%u:%u:%u", i ? ":" : "", MIN_OF(m->v[i].container_id, last), m->v[i].host_id, m->v[i].size);
	return sbuf_take(&b);
}

static int check_host(const struct specgen *g, const struct userns_map *map, struct err *err)
{
	auto_free char *program = NULL;
	auto_free char *option = g->userns.mode == CREATE_USERNS_GIVEN ? xstrdup("--uidmap") : xasprintf("--userns %s", g->o->userns);

	if (map->single) {
		err_set(err, EK_UNSUPPORTED, "%s needs more ids than one: %s", option, map->why);
		return err_advise(err, "podlite doctor says how to change that");
	}
	if (map->direct)
		return err_set(err, EK_UNSUPPORTED, "%s is only supported for unprivileged users", option);
	if (g->rootfs.host_dir)
		return err_set(err, EK_UNSUPPORTED, "%s: the owners of a --rootfs cannot be shifted yet", option);
	if (access("/dev/fuse", R_OK | W_OK) < 0)
		return err_sys(err, "%s: owners are shifted by fuse-overlayfs, which needs /dev/fuse", option);
	program = proc_find_program("fuse-overlayfs");
	if (program)
		return 0;
	err_set(err, EK_UNSUPPORTED, "%s: owners are shifted by fuse-overlayfs, which is not installed", option);
	return err_advise(err, "install the package fuse-overlayfs");
}

static void keep_user(struct specgen *g, uint32_t uid, uint32_t gid)
{
	struct account me = {NULL, NULL};
	const char *name;

	if (!g->o->user || !*g->o->user)
		g->user = xasprintf("%u:%u", uid, gid);
	g->kept_uid = uid;
	g->kept_gid = gid;
	name = account_find(getuid(), &me) ? me.name : getenv("USER");
	if (name && *name && !strpbrk(name, ":\n"))
		g->login = xstrdup(name);
	account_done(&me);
}

/* 1: the container joined is in the shared namespace, and so is this one. */
static int join_container(struct specgen *g, struct err *err)
{
	char id[65];

	if (specgen_userns_of(g, id, err) < 0)
		return -1;
	if (!g->spec.linux_.uid_mappings.n)
		return 1;
	/* looked up at each start (specgen_refresh.c) */
	if (!g->refresh)
		g->refresh = jval_new_object();
	jval_set_str(g->refresh, "user", id);
	spec_add_namespace(&g->spec, "user", "/proc/0/ns/user");
	return 0;
}

static int make_maps(struct specgen *g, const struct userns_map *map, struct err *err)
{
	struct spec_linux *l = &g->spec.linux_;
	uint32_t uid = g->userns.has_uid ? g->userns.uid : getuid();
	uint32_t gid = g->userns.has_gid ? g->userns.gid : getgid();
	uint32_t have = total(map->uid, map->nuid), have_gid = total(map->gid, map->ngid);

	switch (g->userns.mode) {
	case CREATE_USERNS_KEEP_ID:
		keep(&l->uid_mappings, uid, have);
		keep(&l->gid_mappings, gid, have_gid);
		keep_user(g, uid, gid);
		break;
	case CREATE_USERNS_NOMAP:
		specgen_userns_add(&l->uid_mappings, 0, 1, have - 1);
		specgen_userns_add(&l->gid_mappings, 0, 1, have_gid - 1);
		break;
	case CREATE_USERNS_GIVEN:
		if (specgen_userns_given(g, map, err) < 0)
			return -1;
		break;
	case CREATE_USERNS_AUTO:
		if (specgen_userns_auto(g, MIN_OF(have, have_gid), err) < 0)
			return -1;
		break;
	case CREATE_USERNS_CONTAINER:
		return join_container(g, err);
	case CREATE_USERNS_PATH:
		if (specgen_userns_at(g, err) < 0)
			return -1;
		spec_add_namespace(&g->spec, "user", g->userns.target);
		return 0;
	case CREATE_USERNS_HOST:
		return 1;
	}
	spec_add_namespace(&g->spec, "user", NULL);
	return 0;
}

bool specgen_userns_is_own(const struct specgen *g)
{
	return g->userns.mode != CREATE_USERNS_HOST && g->userns.mode != CREATE_USERNS_CONTAINER && g->userns.mode != CREATE_USERNS_PATH;
}

int specgen_userns(struct specgen *g, struct err *err)
{
	struct spec_linux *l = &g->spec.linux_;
	struct userns_map map;
	bool keeps = g->userns.mode == CREATE_USERNS_KEEP_ID;
	int r;

	if (g->userns.mode == CREATE_USERNS_HOST)
		return 0;
	if (userns_plan(&map, err) < 0 || check_host(g, &map, err) < 0)
		return -1;
	r = make_maps(g, &map, err);
	if (r)
		return MIN_OF(r, 0);
	g->rootfs.driver = STORE_FUSE_OVERLAY;
	g->rootfs.uid_map = fuse_text(&l->uid_mappings, keeps ? total(map.uid, map.nuid) - 1 : UINT32_MAX);
	g->rootfs.gid_map = fuse_text(&l->gid_mappings, keeps ? total(map.gid, map.ngid) - 1 : UINT32_MAX);
	return 0;
}

uint32_t specgen_userns_outer_uid(const struct specgen *g, uint32_t id)
{
	return spec_idmap_outer(&g->spec.linux_.uid_mappings, id);
}

uint32_t specgen_userns_outer_gid(const struct specgen *g, uint32_t id)
{
	return spec_idmap_outer(&g->spec.linux_.gid_mappings, id);
}
