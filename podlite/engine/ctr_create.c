/*
 * ctr_create.c - make a container: parse, find the image, build its directory in staging, rename
 * it into place, claim its name.
 *
 * A container exists from the rename on and is found by name from the claim on; whatever fails
 * before leaves only staging, which the next sweep removes. Nothing here enters the user
 * namespace: the rare step that must does so in a child (create_inside.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/units.h"
#include "podlite/engine/create_cidfile.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"
#include "podlite/engine/img_budget.h"
#include "podlite/engine/specgen.h"

/* ---- image ---- */

static char *platform_text(const struct create_opts *o)
{
	struct spec_platform host;

	if (o->platform)
		return xstrdup(o->platform);
	if (!o->arch && !o->os && !o->variant)
		return NULL;
	spec_platform_host(&host);
	return xasprintf("%s/%s%s%s", o->os ? o->os : "linux", o->arch ? o->arch : host.architecture,
		o->variant ? "/" : "", o->variant ? o->variant : "");
}

static int find_image(struct specgen *g, struct err *err)
{
	const struct create_opts *o = g->o;
	auto_free char *platform = platform_text(o);
	struct img_pull_opts pull = {
		.platform = platform,
		.tls_verify = o->tls_verify,
		.authfile = o->authfile,
		.quiet = o->quiet,
	};
	enum pull_policy policy = PULL_MISSING;

	if ((o->pull && img_pull_policy(o->pull, &policy, err) < 0) ||
		img_retry_parse(o->retry, o->retry_delay, &pull.retry, &pull.retry_delay_ns, err) < 0)
		return -1;
	if (img_resolve(g->c, o->image, policy, &pull, &g->img, &g->rec.image_name, err) < 0)
		return -1;
	g->has_image = true;
	if (image_config(&g->c->store, &g->img, &g->cfg, err) < 0)
		return err_wrap(err, "image %s", o->image);
	return img_lowers(g->c, &g->img, &g->rootfs.lowers, err);
}

static int find_rootfs(struct specgen *g, struct err *err)
{
	const char *text = g->o->image;
	size_t n = strlen(text);
	struct stat st;

	bool overlay = n > 2 && !strcmp(text + n - 2, ":O");
	auto_free char *given = xstrndup(text, overlay ? n - 2 : n);
	auto_free char *path = fs_abspath(given);

	if (strstr(text, ":idmap"))
		return err_set(err, EK_UNSUPPORTED, "--rootfs %s: the owners of a rootfs cannot be mapped", text);
	if (stat(path, &st) < 0)
		return err_sys(err, "--rootfs %s", text);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, EK_INVALID, "--rootfs %s: not a directory", text);
	/* :O leaves the directory alone: it is the only layer of an overlay */
	if (overlay)
		svec_add(&g->rootfs.lowers, path);
	else
		g->rootfs.host_dir = take_ptr(path);
	return 0;
}

static int probe_driver(struct context *c, void *arg, struct err *err)
{
	(void)arg;
	return store_probe_driver(&c->store, err) < 0 ? -1 : (int)c->store.driver;
}

static int add_mountpoints(struct specgen *g, struct err *err)
{
	const struct create_opts *o = g->o;
	auto_free char *path = NULL;

	if (g->rootfs.host_dir || g->rootfs.driver == STORE_COPY || g->rootfs.lowers.n >= OVERLAY_MAX_LOWERS)
		return 0;
	/* an empty file would show where nothing is mounted */
	if (store_mountpoints(&g->c->store, !o->no_hosts && !o->no_hostname && !svec_has(&o->dns, "none"), &path, err) < 0)
		return -1;
	svec_add(&g->rootfs.lowers, path);
	g->has_base = true;
	return 0;
}

/* The first container of a store finds out how root file systems are made there. */
static int choose_driver(struct specgen *g, struct err *err)
{
	struct store *s = &g->c->store;
	int driver = s->driver_set ? (int)s->driver : create_inside_run(g->c, probe_driver, NULL, err);

	if (driver < 0)
		return -1;
	s->driver = (enum store_driver)driver;
	s->driver_set = true;
	g->rootfs.driver = s->driver;
	g->rootfs.mount_program = xstrdup(g->c->mount_program);
	g->rootfs.volatile_ = g->o->rm;
	return add_mountpoints(g, err);
}

/* ---- name ---- */

static void choose_name(struct specgen *g)
{
	char name[64];

	free(g->rec.name);
	if (g->o->name) {
		g->rec.name = xstrdup(g->o->name);
		return;
	}
	do
		id_random_name(name, sizeof(name));
	while (fs_exists(g->c->store.cnames, name));
	g->rec.name = xstrdup(name);
}

static int remove_inside(struct context *c, void *arg, struct err *err)
{
	const char *id = arg;

	return ctr_remove(c, id, true, false, -1, err);
}

#define REPLACE_TRIES 100 /* as many commands may want the same name at one time */

/* --replace: the old one goes when the new one is ready. */
static int replace(struct specgen *g, struct err *err)
{
	struct err missing = ERR_INIT;
	char id[65];

	if (!g->o->replace || !fs_exists(g->c->store.cnames, g->o->name) ||
		ctr_find_id(g->c, g->o->name, id, &missing) < 0)
		return 0;
	if (create_inside_run(g->c, remove_inside, id, err) == 0)
		return 0;
	/* somebody else was faster */
	if (err->kind != EK_NOT_FOUND)
		return -1;
	err_clear(err);
	return 0;
}

/* ---- files ---- */

static int prepare_inside(struct context *c, void *arg, struct err *err)
{
	(void)c;
	return rootfs_prepare(arg, err);
}

/* Directories are the caller's; a copy of the image has files of other ids, and so has an image whose
 * root directory is not root's: only root of the user namespace can make those. */
static int prepare_rootfs(struct specgen *g, struct err *err)
{
	struct rootfs at_stage = g->rootfs;

	if (g->rootfs.host_dir)
		return 0;
	at_stage.dir = g->stagedir;
	if (g->rootfs.driver != STORE_COPY) {
		if (rootfs_prepare(&at_stage, err) == 0)
			return 0;
		if (err->sys != EPERM)
			return -1;
		err_clear(err);
	}
	return create_inside_run(g->c, prepare_inside, &at_stage, err);
}

static int write_files(struct specgen *g, struct err *err)
{
	auto_jval struct jval *config = spec_runtime_emit(&g->spec);

	if (jval_write_file(g->dir, "config.json", config, FS_FRESH, err) < 0 ||
		rootfs_write(g->dir, &g->rootfs, FS_FRESH, err) < 0 ||
		jmap_write_file(mon_conf_map, g->dir, "monitor.json", &g->mon, FS_FRESH, err) < 0)
		return -1;
	if (g->refresh && jval_write_file(g->dir, "refresh.json", g->refresh, FS_FRESH, err) < 0)
		return -1;
	/* last: with it the directory is a container; durable unless it goes away by itself */
	return ctr_write_record(g->dir, &g->rec, g->o->rm ? FS_FRESH : FS_FRESH | FS_SYNC, err);
}

static int claim(struct specgen *g, struct err *err)
{
	for (int tries = 0; ctr_claim_name(g->c, g->rec.name, g->id, err) < 0; tries++) {
		if (err->kind != EK_EXISTS || (g->o->name && (!g->o->replace || tries == REPLACE_TRIES)))
			return -1;
		/* another command took the same name at this moment */
		err_clear(err);
		if (g->o->name) {
			if (replace(g, err) < 0)
				return -1;
			continue;
		}
		choose_name(g);
		free(g->mon.name);
		g->mon.name = xstrdup(g->rec.name);
		if (jmap_write_file(mon_conf_map, g->dir, "monitor.json", &g->mon, 0, err) < 0 ||
			ctr_write_record(g->dir, &g->rec, 0, err) < 0)
			return -1;
	}
	return 0;
}

static void discard(struct specgen *g)
{
	struct err ignored = ERR_INIT;

	ctr_release_name(g->c, g->rec.name, g->id);
	(void)!store_trash(&g->c->store, g->c->store.containers, g->id, &ignored);
}

static int publish(struct specgen *g, struct store_stage *st, struct err *err)
{
	struct store *s = &g->c->store;
	auto_fd int cidfile = -1;

	if (replace(g, err) < 0 || create_cidfile_write(g, &cidfile, err) < 0)
		return -1;
	if (renameat2(s->tmp, st->name, s->containers, g->id, RENAME_NOREPLACE) < 0)
		err_sys(err, "move container %.12s into the store", g->id);
	else if (claim(g, err) == 0)
		return 0;
	else
		discard(g);
	create_cidfile_undo(g);
	return -1;
}

static int make(struct specgen *g, struct err *err)
{
	struct store *s = &g->c->store;
	struct store_stage st;
	int r;

	if (store_sweep(s, err) < 0 || store_stage(s, &st, err) < 0)
		return -1;
	g->dir = fd_dup(st.fd);
	g->stagedir = xasprintf("%s/tmp/%s", s->root, st.name);
	r = g->dir < 0 ? err_neg(err, g->dir, "open the staging directory") : specgen_build(g, err);
	if (!r)
		r = prepare_rootfs(g, err);
	if (!r)
		r = specgen_volumes_fill(g, err);
	if (!r)
		r = specgen_chown(g, err);
	if (!r)
		r = write_files(g, err);
	if (!r)
		r = publish(g, &st, err);
	if (r < 0) {
		specgen_volumes_undo(g);
		store_stage_drop(s, &st);
		return -1;
	}
	store_stage_done(&st);
	return 0;
}

static int create(struct specgen *g, struct err *err)
{
	auto_fd int hold = -1;

	if (specgen_parse(g, err) < 0 || create_cidfile_check(g, err) < 0)
		return -1;
	/* from here to the record nobody may collect the image's layers */
	hold = store_hold(&g->c->store, err);
	if (hold < 0)
		return -1;
	if ((g->o->rootfs ? find_rootfs(g, err) : find_image(g, err)) < 0 || choose_driver(g, err) < 0)
		return -1;
	id_random(g->id);
	g->rec.created_ns = units_now_ns();
	choose_name(g);
	g->ctrdir = xasprintf("%s/containers/%s", g->c->store.root, g->id);
	g->rootfs.dir = xstrdup(g->ctrdir);
	return make(g, err);
}

int ctr_create(struct context *c, const struct create_opts *o, char ret_id[65], struct err *err)
{
	struct specgen *g = new0(struct specgen);
	int r;

	specgen_init(g, c, o);
	r = create(g, err);
	if (!r) {
		memcpy(ret_id, g->id, sizeof(g->id));
		events_ctr(c, &g->rec, "create");
	}
	specgen_done(g);
	free(g);
	/* the container uses its image, so that stays */
	return r ? r : img_budget_keep(c, "", err);
}
