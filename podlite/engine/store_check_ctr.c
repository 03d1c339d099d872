/* store_check_ctr.c - containers and their names, for store_check.h. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "podlite/engine/ctr_record.h"
#include "podlite/engine/store_check.h"
#include "storage/rootfs.h"

#define RECORD_MAX (1u << 20)
#define LOOKS      40
#define SURE       10 /* looks after which one that nobody makes is broken */
#define LOOK_NS    50000000

/* What one look found; code NULL: nothing. */
struct look {
	const char *code;
	char *message;
	bool starting; /* a command that makes a container passes through this state */
};

static void found(struct look *l, const char *code, const char *message)
{
	l->code = code;
	l->message = xstrdup(message);
}

static void look_at_lowers(const struct rootfs *r, struct look *l)
{
	SVEC_EACH(path, &r->lowers) {
		auto_free char *message = NULL;

		if (fs_exists(AT_FDCWD, path))
			continue;
		message = xasprintf("its root needs %s, which is missing", path);
		if (!l->code)
			found(l, "container-layer-missing", message);
	}
}

static void look_at_rootfs(int dir, struct look *l)
{
	struct rootfs r = {.driver = STORE_OVERLAY};
	struct err err = ERR_INIT;

	if (rootfs_read(dir, &r, &err) < 0) {
		found(l, "container-half", err.msg);
		return;
	}
	look_at_lowers(&r, l);
	rootfs_done(&r);
}

static void look_at_name(struct context *c, const char *id, const char *name, struct look *l)
{
	auto_free char *holder = fs_readlink_last(c->store.cnames, name);

	if (holder && !strcmp(holder, id))
		return;
	found(l, "container-nameless", "its name leads to no or another container");
	l->starting = true;
}

static struct look look_at_container(struct context *c, const char *id)
{
	auto_fd int dir = fd_open_dir(c->store.containers, id);
	struct look l = {.code = NULL};
	struct ctr_record rec = {.id = NULL};
	struct err err = ERR_INIT;
	struct stat a, b;

	if (dir == -ENOENT)
		return l;
	if (dir < 0 || jmap_read_file(ctr_record_map, dir, "record.json", RECORD_MAX, &rec, &err) < 0)
		found(&l, "container-half", dir < 0 ? strerror(-dir) : err.msg);
	else
		look_at_rootfs(dir, &l);
	if (!l.code)
		look_at_name(c, id, rec.name, &l);
	jmap_done(ctr_record_map, &rec);
	/* removed meanwhile: its directory goes in one step, its name after */
	if (l.code && dir >= 0 && (fstat(dir, &a) < 0 || fstatat(c->store.containers, id, &b, AT_SYMLINK_NOFOLLOW) < 0 ||
		a.st_ino != b.st_ino)) {
		free(l.message);
		return (struct look){.code = NULL};
	}
	return l;
}

static struct look look_at_link(struct context *c, const char *name)
{
	auto_free char *target = fs_readlink(c->store.cnames, name);
	const char *slash = target ? strrchr(target, '/') : NULL;
	struct look l = {.code = NULL};

	if (target && (!slash || !fs_exists(c->store.containers, slash + 1))) {
		found(&l, "name-dangling", "there is no such container");
		l.starting = true;
	}
	return l;
}

/* Nobody makes a container: creating holds the store until the name is claimed. */
static bool is_still(struct context *c)
{
	struct err ignored = ERR_INIT;
	auto_fd int alone = store_hold_all(&c->store, &ignored);

	return alone >= 0;
}

/* Again, for a while: one in the making holds the store, one that is removed is between two steps of its remover, who has
 * no reason to hold it. */
static void confirm(struct context *c, const char *id, struct look (*look)(struct context *, const char *),
	struct store_report *ret)
{
	const struct timespec wait = {0, LOOK_NS};
	struct look l = look(c, id);
	int still = 0;

	for (int i = 0; i < LOOKS && still < SURE && l.code && l.starting; i++) {
		still += is_still(c);
		nanosleep(&wait, NULL);
		free(l.message);
		l = look(c, id);
	}
	if (l.code)
		store_report_add(ret, l.code, "container", id, NULL, l.message);
	free(l.message);
}

static int each(struct context *c, int dirfd, bool ids, struct look (*look)(struct context *, const char *),
	struct store_report *ret, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	const char *name;

	if (!dir)
		return err_sys(err, "open the containers of %s", c->root);
	while ((name = fs_dir_next(dir))) {
		struct look l = {.code = NULL};

		if (name[0] != '.' && (!ids || id_is_full(name)))
			l = look(c, name);
		if (l.code)
			confirm(c, name, look, ret);
		free(l.message);
	}
	return 0;
}

int store_check_containers(struct context *c, struct store_report *ret, struct err *err)
{
	if (each(c, c->store.containers, true, look_at_container, ret, err) < 0)
		return -1;
	return each(c, c->store.cnames, false, look_at_link, ret, err);
}
