/* ctr_remove.c - removing and renaming containers; the part of engine.h that changes the store. */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "common/log.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"
#include "podlite/engine/mounts.h"
#include "podlite/engine/vol_use.h"
#include "storage/volume.h"

#define AGAIN    100 /* times that a container is stopped which somebody starts again and again */
#define AGAIN_MS 20

/* But for those that another container took over by --volumes-from. */
static void remove_volumes(struct context *c, const struct svec *names)
{
	struct ctr_list others = {NULL, 0};
	struct err e = ERR_INIT;

	if (!names->n || ctr_list_all(c, &others, &e) < 0)
		return;
	for (size_t i = 0; i < names->n; i++) {
		err_clear(&e);
		if (vol_use_count(&others, names->v[i]))
			continue;
		if (volume_remove(&c->store, names->v[i], &e) == 0)
			events_volume(c, names->v[i], "remove");
		else if (e.kind != EK_NOT_FOUND)
			log_warn("%s", e.msg);
	}
	ctr_list_done(&others);
}

/* The container is not running: hold its life lock, so that nobody starts it now, then move its
 * directory out of sight in one step and delete it at leisure. */
static int remove_stopped(struct context *c, const struct ctr *ctr, int dir, bool volumes, struct err *err)
{
	const char *id = ctr->rec.id;
	auto_fd int life = lock_open(dir, "lock", LOCK_EXCLUSIVE_, false);

	if (life == -EAGAIN)
		return err_set(err, EK_IN_USE, "cannot remove container %s (%.12s) as it is running; stop it first or remove it with -f",
			ctr->rec.name, id);
	if (life < 0)
		return err_neg(err, life, "lock container %s", id);
	if (store_trash(&c->store, c->store.containers, id, err) < 0)
		return err_wrap(err, "remove container %s", id);
	/* after it: killed in between, a name is left that leads nowhere, not a container without one */
	ctr_release_name(c, ctr->rec.name, id);
	events_ctr(c, &ctr->rec, "remove");
	if (volumes)
		remove_volumes(c, &ctr->rec.anonymous_volumes);
	return 0;
}

static int remove_once(struct context *c, const char *id, bool force, bool volumes, int64_t timeout, struct err *err)
{
	auto_fd int oplock = -1;
	struct ctr ctr;
	int r = 0;

	if (ctr_load(c, id, &ctr, err) < 0)
		return -1;
	if (ctr_is_live(&ctr) && !force && ctr.status != CTR_INITIALIZED)
		r = err_set(err, EK_IN_USE,
			"cannot remove container %s (%.12s) as it is %s: container state improper; stop it first or remove it with -f",
			ctr.rec.name, id, ctr_status_text(ctr.status));
	if (!r && (ctr_is_live(&ctr) || (force && ctr.starting)))
		r = ctr_stop_silently(c, id, timeout, err);
	if (!r) {
		mounts_drop_ctr(c, id);
		r = context_enter_userns(c, NULL, err); /* files of subordinate ids */
	}
	if (!r) {
		oplock = ctr_lock(c, id, err);
		/* a container with --rm removes itself once it has stopped */
		if (oplock < 0 && err->kind == EK_NOT_FOUND) {
			err_clear(err);
			ctr_done(&ctr);
			return 0;
		}
		r = oplock < 0 ? -1 : remove_stopped(c, &ctr, oplock, volumes || ctr.rec.auto_remove, err);
	}
	ctr_done(&ctr);
	return r;
}

int ctr_remove(struct context *c, const char *id, bool force, bool volumes, int64_t timeout, struct err *err)
{
	int r = remove_once(c, id, force, volumes, timeout, err);

	/* it was started after we looked */
	for (int i = 0; i < AGAIN && r < 0 && force && err->kind == EK_IN_USE; i++) {
		err_clear(err);
		poll(NULL, 0, AGAIN_MS);
		r = remove_once(c, id, force, volumes, timeout, err);
	}
	return r;
}

static int rewrite_name(int dir, const char *name, char **ret_old, struct err *err)
{
	struct ctr_record rec = {0};
	struct mon_conf conf = {0};
	int r = -1;

	if (jmap_read_file(ctr_record_map, dir, "record.json", 1 << 20, &rec, err) == 0 &&
		jmap_read_file(mon_conf_map, dir, "monitor.json", 1 << 20, &conf, err) == 0) {
		*ret_old = take_ptr(rec.name);
		rec.name = xstrdup(name);
		free(conf.name);
		conf.name = xstrdup(name);
		r = jmap_write_file(mon_conf_map, dir, "monitor.json", &conf, 0, err);
		if (!r)
			r = ctr_write_record(dir, &rec, FS_SYNC, err);
	}
	jmap_done(ctr_record_map, &rec);
	jmap_done(mon_conf_map, &conf);
	return r;
}

int ctr_rename(struct context *c, const char *id, const char *name, struct err *err)
{
	auto_fd int dir = ctr_lock(c, id, err);
	auto_free char *old = NULL;

	/* The new name is claimed before the record says it and the old one released after: at every
	 * instant the container is found by the name its record has. */
	if (dir < 0 || ctr_claim_name(c, name, id, err) < 0)
		return -1;
	if (rewrite_name(dir, name, &old, err) < 0) {
		if (!old || strcmp(old, name))
			ctr_release_name(c, name, id);
		return -1;
	}
	if (strcmp(old, name))
		ctr_release_name(c, old, id);
	ctr_reload(c, id);
	events_ctr_id(c, id, "rename");
	return 0;
}

int ctr_remove_users(struct context *c, const char *what, bool (*uses)(const struct ctr_record *r, const char *name),
	const char *name, bool force, int64_t timeout, struct err *err)
{
	struct ctr_list list = {NULL, 0};
	int r = ctr_list_all(c, &list, err);

	for (size_t i = 0; i < list.n && !r; i++) {
		const struct ctr_record *rec = &list.v[i].rec;

		if (!uses(rec, name))
			continue;
		if (force) {
			r = ctr_remove(c, rec->id, true, false, timeout, err);
		} else {
			r = err_set(err, EK_IN_USE, "%s by container %s (%.12s)", what, rec->name, rec->id);
			err_advise(err, "remove the container first, or force the removal of both with -f");
		}
	}
	ctr_list_done(&list);
	return r;
}
