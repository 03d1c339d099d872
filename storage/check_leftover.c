#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/lock.h"
#include "common/units.h"
#include "storage/check.h"
#include "storage/gc.h"
#include "storage/partial.h"

#define SECOND_LOOK_NS 200000000 /* between making something and locking it */

static int report(const struct check *c, const char *code, const char *kind, const char *id, const char *message, struct err *err)
{
	const struct check_finding f = {.code = code, .kind = kind, .id = id, .message = message, .leftover = true};

	return c->report(c->arg, &f, err);
}

static bool is_old(const struct check *c, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	return units_now_ns() - units_timespec_ns(&st.st_mtim) >= c->max_age_ns;
}

/* --- unused ----------------------------------------------------------------------------------------------------- */

static int check_unused(const struct check *c, struct err *err)
{
	struct gc_unused u = {.layers = SVEC_INIT};
	struct err why = ERR_INIT;
	int r = gc_list_unused(c->store, &u, &why);

	/* A record that cannot be read is a finding of its own. */
	if (r < 0)
		r = 0;
	for (size_t i = 0; i < u.layers.n && !r; i++)
		if (is_old(c, c->store->layers, u.layers.v[i]))
			r = report(c, "layer-orphan", "layer", u.layers.v[i], "no image and no container uses it", err);
	for (size_t i = 0; i < u.blobs.n && r == 0; i++)
		if (is_old(c, c->store->blobs, u.blobs.v[i]))
			r = report(c, "blob-orphan", "blob", u.blobs.v[i], "no image uses it", err);
	gc_unused_done(&u);
	return MIN_OF(r, 0);
}

/* --- beginnings of downloads -------------------------------------------------------------------------------------- */

/* Any content is right: who goes on from it verifies the whole. */
static int check_partial(const struct check *c, struct err *err)
{
	struct partial_info *v = NULL;
	size_t n = 0;
	int r = partial_list(c->store, &v, &n, err);

	for (size_t i = 0; i < n && !r; i++)
		if (!v[i].busy && units_now_ns() - v[i].written_ns >= c->max_age_ns)
			r = report(c, "partial-old", "partial", v[i].hex, "no pull went on with what one that was cut left of this layer", err);
	free(v);
	return r;
}

/* --- what a dead command left -------------------------------------------------------------------------------- */

/* Nobody has it locked: its maker is dead, or is about to lock it. */
static bool staging_is_free(const struct check *c, const char *name)
{
	auto_fd int fd = fd_open_dir(c->store->tmp, name);

	return fd < 0 ? fd == -ENOTDIR : lock_dir_try(fd) == 0;
}

static bool lock_is_free(const struct check *c, const char *name)
{
	auto_fd int fd = fd_open(c->store->layers, name, O_RDWR | O_NOFOLLOW, 0);

	return fd >= 0 && lock_is_held(fd) == 0 && is_old(c, c->store->layers, name);
}

static int list(const struct check *c, int dirfd, const char *prefix, bool (*is_free)(const struct check *, const char *),
	struct svec *ret, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	const char *name;

	if (!dir)
		return err_sys(err, "open a directory of %s", c->store->root);
	while ((name = fs_dir_next(dir)))
		if (!strncmp(name, prefix, strlen(prefix)) && is_free(c, name))
			svec_add(ret, name);
	return 0;
}

static int check_dead(const struct check *c, struct err *err)
{
	const struct timespec wait = {0, SECOND_LOOK_NS};
	auto_svec struct svec staging = SVEC_INIT, locks = SVEC_INIT;
	int r;

	if (store_sweep(c->store, err) < 0 || list(c, c->store->tmp, "", staging_is_free, &staging, err) < 0 ||
		list(c, c->store->layers, ".lock-", lock_is_free, &locks, err) < 0)
		return -1;
	if (staging.n + locks.n)
		nanosleep(&wait, NULL);
	r = staging.n ? store_sweep(c->store, err) : 0;
	for (size_t i = 0; i < staging.n && !r; i++)
		if (staging_is_free(c, staging.v[i]) && fs_exists(c->store->tmp, staging.v[i]))
			r = report(c, "staging-left", "staging", staging.v[i], "its writer is gone and it cannot be removed", err);
	for (size_t i = 0; i < locks.n && !r; i++)
		if (lock_is_free(c, locks.v[i]))
			r = report(c, "lock-stale", "lock", locks.v[i], "whoever locked it is gone", err);
	return r;
}

int check_leftovers(const struct check *c, struct err *err)
{
	return check_unused(c, err) < 0 || check_partial(c, err) < 0 ? -1 : check_dead(c, err);
}
