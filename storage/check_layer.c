#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "storage/check.h"
#include "storage/inflate.h"
#include "storage/layer.h"
#include "storage/pack.h"

#define PIECE (256u << 10)

/* One layer; its findings wait until it is certain that it was there all the time. */
struct work {
	const struct check *c;
	const struct digest *id;
	int dir;
	struct layer_info info;
	struct found {
		const char *code;
		char *path, *message;
	} *v;
	size_t n;
	struct err stop; /* report wants no more */
};

static void add(struct work *w, const char *code, const char *path, const char *message)
{
	if (!(w->n & (w->n - 1)))
		w->v = xrealloc(w->v, w->n ? w->n * 2 : 1, sizeof(*w->v));
	w->v[w->n++] = (struct found){code, path ? xstrdup(path) : NULL, xstrdup(message)};
}

static int go_on(struct work *w)
{
	return w->c->report(w->c->arg, NULL, &w->stop);
}

static bool add_fault(void *arg, enum inventory_fault f, const char *path)
{
	static const struct {
		const char *code, *message;
	} faults[] = {
		[INVENTORY_MISSING] = {"layer-file-missing", "it is missing"},
		[INVENTORY_EXTRA] = {"layer-file-extra", "the layer has no such file"},
		[INVENTORY_TYPE] = {"layer-file-type", "it is another kind of file"},
		[INVENTORY_MODE] = {"layer-file-mode", "its mode has changed"},
		[INVENTORY_OWNER] = {"layer-file-owner", "its owner has changed"},
		[INVENTORY_SIZE] = {"layer-file-size", "its size has changed"},
		[INVENTORY_TIME] = {"layer-file-time", "it was written to: its time has changed"},
		[INVENTORY_LINK] = {"layer-file-link", "it is linked to something else"},
		[INVENTORY_ATTRIBUTES] = {"layer-file-attributes", "its extended attributes have changed"},
		[INVENTORY_CONTENT] = {"layer-file-content", "its content has changed"},
		[INVENTORY_UNREADABLE] = {"layer-file-unreadable", "it cannot be read"},
	};

	add(arg, faults[f].code, path, faults[f].message);
	return go_on(arg) == 0;
}

/* --- the files beside the tree ------------------------------------------------------------------------------ */

/* To its end, where its checksum is. */
static int read_through(int fd, struct err *err)
{
	auto_free char *buf = xmalloc(PIECE);
	struct inflate *in = inflate_new(fd);
	ssize_t n;

	do
		n = inflate_read(in, buf, PIECE, err);
	while (n > 0);
	inflate_free(in);
	return n < 0 ? -1 : 0;
}

/* Without it, nothing else of the layer suffers: no `push`, `save` and rebuilding. */
static void look_at_index(struct work *w, const char *name)
{
	auto_fd int fd = fd_open(w->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	struct err err = ERR_INIT;

	if (fd == -ENOENT && !w->info.inventory)
		return; /* older than indexes */
	if (fd < 0)
		add(w, "layer-index", name, fd == -ENOENT ? "it is missing" : strerror(-fd));
	else if (w->c->depth >= INVENTORY_META && read_through(fd, &err) < 0)
		add(w, "layer-index", name, err.msg);
}

static int look_at_tree(struct work *w, int diff)
{
	int in = fd_open(w->dir, LAYER_INVENTORY, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	struct err err = ERR_INIT;

	if (in == -ENOENT && !w->info.inventory)
		return 0;
	if (in < 0)
		add(w, "layer-index", LAYER_INVENTORY, in == -ENOENT ? "it is missing" : strerror(-in));
	else if (inventory_compare(diff, in, w->c->depth, add_fault, w, &err) < 0)
		add(w, "layer-index", LAYER_INVENTORY, err.msg);
	return w->stop.kind == EK_OK ? 0 : -1;
}

/* The bytes that it was unpacked from, once more: all of them, and with authority. */
static int compute_diff_id(struct work *w)
{
	struct err err = ERR_INIT;
	auto_cleanup(pack_closep) struct pack *p = pack_open_at(w->dir, &w->info, w->c->store->tmp, &err);
	auto_free char *buf = xmalloc(PIECE);
	ssize_t n = p ? 1 : -1;

	while (n > 0 && go_on(w) == 0)
		n = pack_read(p, buf, PIECE, &err);
	if (w->stop.kind != EK_OK)
		return -1;
	/* one from before there were indexes: nobody can tell */
	if (n < 0 && (p || err.kind != EK_NOT_FOUND))
		add(w, "layer-diff-id", NULL, err.msg);
	return 0;
}

static int look(struct work *w)
{
	auto_fd int diff = fd_open_dir(w->dir, "diff");
	struct err err = ERR_INIT;

	if (diff < 0) {
		add(w, "layer-tree", "diff", strerror(-diff));
		return 0;
	}
	if (layer_read(w->c->store, w->id, &w->info, &err) < 0) {
		add(w, "layer-record", "layer.json", err.msg);
		return 0;
	}
	look_at_index(w, LAYER_INDEX);
	look_at_index(w, LAYER_FILES);
	if (look_at_tree(w, diff) < 0)
		return -1;
	return w->c->depth >= INVENTORY_DATA && !w->n ? compute_diff_id(w) : 0;
}

/* Is what was looked at the layer, now? A collection may have taken it away meanwhile, a repair replaced it. */
static bool still_there(const struct work *w)
{
	struct stat a, b;

	return fstat(w->dir, &a) == 0 && fstatat(w->c->store->layers, w->id->hex, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
		a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static int report_all(struct work *w, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n && !r; i++) {
		const struct check_finding f = {.code = w->v[i].code, .kind = "layer", .id = w->id->hex, .path = w->v[i].path,
			.message = w->v[i].message};

		r = w->c->report(w->c->arg, &f, err);
	}
	return r;
}

static int check_one(const struct check *c, const struct digest *id, struct err *err)
{
	auto_fd int dir = fd_open_dir(c->store->layers, id->hex);
	struct work w = {.c = c, .id = id, .dir = dir, .stop = ERR_INIT};
	int r;

	if (dir == -ENOENT)
		return 0;
	r = dir < 0 ? (add(&w, "layer-tree", NULL, strerror(-dir)), 0) : look(&w);
	if (r < 0)
		*err = w.stop;
	else if (dir < 0 || still_there(&w))
		r = report_all(&w, err);
	for (size_t i = 0; i < w.n; i++) {
		free(w.v[i].path);
		free(w.v[i].message);
	}
	free(w.v);
	return r;
}

int check_layers(const struct check *c, struct err *err)
{
	struct digest *v = NULL;
	size_t n = 0;
	int r = layer_list(c->store, &v, &n, err);

	for (size_t i = 0; i < n && !r; i++)
		r = check_one(c, &v[i], err);
	free(v);
	return r;
}
