#include "storage/gc.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/jval.h"
#include "common/log.h"
#include "storage/implied.h"
#include "storage/layer.h"

#define RECORD_MAX (1u << 20)

/* A sorted list of 64-digit names is set enough: filled first, asked later. */
struct names {
	char (*v)[65];
	size_t n, cap;
};

static void names_add(struct names *l, const char *hex, size_t len)
{
	if (len != 64)
		return;
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 256;
		l->v = xrealloc(l->v, l->cap, sizeof(*l->v));
	}
	memcpy(l->v[l->n], hex, 64);
	l->v[l->n++][64] = '\0';
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool names_have(const struct names *l, const char *hex)
{
	return l->n && bsearch(hex, l->v, l->n, sizeof(*l->v), by_name);
}

struct reach {
	struct names layers, blobs;
};

static void add_digest(struct names *l, const char *text)
{
	struct digest d;

	if (text && digest_parse(text, &d))
		names_add(l, d.hex, 64);
}

static void reach_image(struct reach *r, const struct jval *v)
{
	const struct jval *layers = jval_get(v, "layers");

	add_digest(&r->blobs, jval_get_str(v, "manifest", NULL));
	add_digest(&r->blobs, jval_get_str(v, "index", NULL));
	add_digest(&r->blobs, jval_get_str(v, "config", NULL));
	for (size_t i = 0; i < jval_len(layers); i++)
		add_digest(&r->layers, jval_str(jval_at(layers, i), NULL));
}

/* lowers are paths .../layers/HEX/diff */
static void reach_container(struct reach *r, const struct jval *v)
{
	const struct jval *lowers = jval_get(v, "lowers");

	for (size_t i = 0; i < jval_len(lowers); i++) {
		const char *path = jval_str(jval_at(lowers, i), "");
		const char *end = strrchr(path, '/');

		if (end && end - path >= 64)
			names_add(&r->layers, end - 64, 64);
	}
}

typedef int (*entry_fn)(struct store *s, struct reach *r, int dirfd, const char *name, struct err *err);

static int each_entry(struct store *s, struct reach *r, int dirfd, entry_fn fn, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));
	const char *name;
	int ret = 0;

	if (!dir)
		return err_sys(err, "open a directory of %s", s->root);
	while (!ret && (name = fs_dir_next(dir)))
		if (name[0] != '.')
			ret = fn(s, r, dirfd, name, err);
	return ret;
}

/* A record that cannot be read might name anything: nothing is collected then. */
static int read_record(int dirfd, const char *path, struct jval **ret, struct err *err)
{
	struct err e = ERR_INIT;

	*ret = jval_read_file(dirfd, path, RECORD_MAX, &e);
	if (*ret || e.kind == EK_NOT_FOUND || e.sys == ENOTDIR)
		return 0;
	return err_take(err, &e);
}

static int mark_image(struct store *s, struct reach *r, int dirfd, const char *name, struct err *err)
{
	struct jval *v = NULL;

	(void)s;
	if (read_record(dirfd, name, &v, err) < 0)
		return -1;
	reach_image(r, v);
	jval_free(v);
	return 0;
}

static int mark_rootfs(struct store *s, struct reach *r, int dirfd, const char *name, struct err *err)
{
	auto_free char *path = xasprintf("%s/rootfs.json", name);
	struct jval *v = NULL;

	(void)s;
	if (read_record(dirfd, path, &v, err) < 0)
		return -1;
	reach_container(r, v);
	jval_free(v);
	return 0;
}

/* Its root, and images that it mounts: mounts/N/rootfs.json. */
static int mark_container(struct store *s, struct reach *r, int dirfd, const char *name, struct err *err)
{
	auto_free char *path = xasprintf("%s/mounts", name);
	auto_fd int mounts = -1;

	if (mark_rootfs(s, r, dirfd, name, err) < 0)
		return -1;
	mounts = fd_open_dir(dirfd, path);
	return mounts < 0 ? 0 : each_entry(s, r, mounts, mark_rootfs, err);
}

/* A container on its way in, with a root but no name as yet. One on its way out, whose tree somebody is still
 * deleting, needs nothing any more. */
static int mark_staged(struct store *s, struct reach *r, int dirfd, const char *name, struct err *err)
{
	return strncmp(name, STORE_TRASH, strlen(STORE_TRASH)) ? mark_container(s, r, dirfd, name, err) : 0;
}

static int list_layers(struct store *s, const struct reach *r, struct svec *ret, struct err *err)
{
	struct digest *v = NULL;
	size_t n = 0;

	if (layer_list(s, &v, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!names_have(&r->layers, v[i].hex))
			svec_add(ret, v[i].hex);
	free(v);
	return 0;
}

static int list_blobs(struct store *s, const struct reach *r, struct svec *ret, struct err *err)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->blobs, "."));
	const char *name;

	if (!dir)
		return err_sys(err, "open the blobs of %s", s->root);
	while ((name = fs_dir_next(dir)))
		if (name[0] != '.' && !names_have(&r->blobs, name))
			svec_add(ret, name);
	return 0;
}

static int remove_blobs(struct store *s, const struct svec *blobs, struct err *err)
{
	SVEC_EACH(name, blobs)
		if (unlinkat(s->blobs, name, 0) < 0 && errno != ENOENT)
			return err_sys(err, "remove blob %.12s of %s", name, s->root);
	return 0;
}

/* Of an image that is gone, and in no container's root. */
static int sweep_dirs(struct store *s, struct reach *r, int dirfd, const char *name, struct err *err)
{
	const char *id = name + strlen(IMPLIED_DIR);
	auto_free char *record = NULL;

	if (strncmp(name, IMPLIED_DIR, strlen(IMPLIED_DIR)))
		return 0;
	record = xasprintf("%s.json", id);
	if (names_have(&r->layers, id) || fs_exists(s->images, record))
		return 0;
	return store_trash(s, dirfd, name, err);
}

static int mark(struct store *s, struct reach *r, struct err *err)
{
	if (each_entry(s, r, s->images, mark_image, err) < 0 ||
		each_entry(s, r, s->containers, mark_container, err) < 0 ||
		each_entry(s, r, s->tmp, mark_staged, err) < 0)
		return -1;
	if (r->layers.n)
		qsort(r->layers.v, r->layers.n, sizeof(*r->layers.v), by_name);
	if (r->blobs.n)
		qsort(r->blobs.v, r->blobs.n, sizeof(*r->blobs.v), by_name);
	return 0;
}

/* Nobody fills the store and nobody will until the descriptor is closed. -EAGAIN without an error: somebody does. */
static int hold_alone(struct store *s, struct err *err)
{
	struct err busy = ERR_INIT;
	int hold = store_hold_all(s, &busy);

	if (hold < 0 && busy.kind == EK_IN_USE) {
		log_debug("nothing collected: %s", busy.msg);
		return -EAGAIN;
	}
	return hold < 0 ? err_take(err, &busy) : hold;
}

static int find_unused(struct store *s, struct reach *r, struct gc_unused *ret, struct err *err)
{
	if (mark(s, r, err) < 0 || list_layers(s, r, &ret->layers, err) < 0)
		return -1;
	return list_blobs(s, r, &ret->blobs, err);
}

static void reach_done(struct reach *r)
{
	free(r->layers.v);
	free(r->blobs.v);
}

void gc_unused_done(struct gc_unused *u)
{
	svec_done(&u->layers);
	svec_done(&u->blobs);
}

int gc_list_unused(struct store *s, struct gc_unused *ret, struct err *err)
{
	struct reach r = {.layers = {.n = 0}};
	auto_fd int hold = hold_alone(s, err);
	int res;

	if (hold < 0)
		return hold == -EAGAIN ? 1 : -1;
	res = find_unused(s, &r, ret, err);
	reach_done(&r);
	return res < 0 ? err_wrap(err, "look for unused layers") : 0;
}

int gc_collect(struct store *s, struct err *err)
{
	struct reach r = {.layers = {.n = 0}};
	struct gc_unused unused = {.layers = SVEC_INIT};
	auto_fd int hold = hold_alone(s, err);
	int ret;

	if (hold < 0)
		return hold == -EAGAIN ? 0 : -1;
	ret = find_unused(s, &r, &unused, err);
	if (!ret)
		ret = layer_remove_all(s, &unused.layers, err);
	if (!ret)
		ret = each_entry(s, &r, s->cache, sweep_dirs, err);
	if (!ret)
		ret = remove_blobs(s, &unused.blobs, err);
	gc_unused_done(&unused);
	reach_done(&r);
	return ret < 0 ? err_wrap(err, "collect unused layers") : 0;
}
