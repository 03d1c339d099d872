#include "storage/volume.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/jval.h"
#include "common/lock.h"
#include "common/rootfd.h"
#include "common/units.h"
#include "storage/tree.h"

#define RECORD      "volume.json"
#define RECORD_MAX  (1u << 20)
#define COPY_UP_DIR ".copy-up"

bool volume_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > 255 || !isalnum((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_.-", name[i]))
			return false;
	return true;
}

void volume_done(struct volume *v)
{
	free(v->name);
	free(v->mountpoint);
	svec_done(&v->labels);
	svec_done(&v->options);
	memset(v, 0, sizeof(*v));
}

void volume_list_done(struct volume_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		volume_done(&l->v[i]);
	free(l->v);
	*l = (struct volume_list){NULL, 0};
}

static struct jval *dict(const struct svec *l)
{
	struct jval *v = jval_new_object();

	SVEC_EACH(s, l) {
		const char *eq = strchrnul(s, '=');
		auto_free char *key = xstrndup(s, (size_t)(eq - s));

		jval_set_str(v, key, *eq ? eq + 1 : "");
	}
	return v;
}

static void undict(const struct jval *v, struct svec *ret)
{
	for (const struct jval_iter *it = jval_first(v); it; it = jval_next(it))
		svec_addf(ret, "%s=%s", jval_key(it), jval_str(jval_value(it), ""));
}

static int write_record(int dirfd, const struct volume *v, struct err *err)
{
	auto_jval struct jval *o = jval_new_object();

	jval_set_int(o, "created", v->created_ns);
	if (v->labels.n)
		jval_set(o, "labels", dict(&v->labels));
	if (v->options.n)
		jval_set(o, "options", dict(&v->options));
	if (v->anonymous)
		jval_set_bool(o, "anonymous", true);
	return jval_write_file(dirfd, RECORD, o, 0, err);
}

static int load(struct store *s, const char *name, struct volume *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/" RECORD, name);
	auto_jval struct jval *o = jval_read_file(s->volumes, path, RECORD_MAX, err);

	if (!o)
		return err_wrap(err, "volume %s", name);
	memset(ret, 0, sizeof(*ret));
	ret->name = xstrdup(name);
	ret->mountpoint = xasprintf("%s/volumes/%s/_data", s->root, name);
	ret->created_ns = jval_get_int(o, "created", 0);
	ret->anonymous = jval_get_bool(o, "anonymous", false);
	undict(jval_get(o, "labels"), &ret->labels);
	undict(jval_get(o, "options"), &ret->options);
	return 0;
}

/* Built in staging and renamed to its name, so a volume is there wholly or not at all. */
static int build(struct store *s, struct store_stage *st, const struct volume *want, struct err *err)
{
	struct volume v = *want;
	int r = fs_mkdir(st->fd, "_data", 0755);

	if (r < 0)
		return err_neg(err, r, "make _data");
	if (!v.created_ns)
		v.created_ns = units_now_ns();
	if (write_record(st->fd, &v, err) < 0)
		return -1;
	if (renameat2(s->tmp, st->name, s->volumes, want->name, RENAME_NOREPLACE) < 0)
		return errno == EEXIST ? err_set(err, EK_EXISTS, "a volume of that name exists already")
				       : err_sys(err, "move into the store");
	return 0;
}

int volume_create(struct store *s, const struct volume *want, struct volume *ret, struct err *err)
{
	struct store_stage st;

	if (!volume_name_ok(want->name))
		return err_set(err, EK_INVALID, "volume name \"%.64s\": letters, digits, \"_\", \".\" and \"-\" only, and a letter or digit first",
			want->name);
	if (store_stage(s, &st, err) < 0)
		return -1;
	if (build(s, &st, want, err) < 0) {
		store_stage_drop(s, &st);
		return err_wrap(err, "create volume %s", want->name);
	}
	store_stage_done(&st);
	return load(s, want->name, ret, err);
}

/* 0: none, 1: *ret is it, 2: several */
static int find_prefix(struct store *s, const char *prefix, char **ret)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->volumes, "."));
	const char *file;
	int found = 0;

	while ((file = fs_dir_next(dir)))
		if (!strncmp(file, prefix, strlen(prefix)) && volume_name_ok(file) && found++ == 0)
			*ret = xstrdup(file);
	return MIN_OF(found, 2);
}

int volume_find(struct store *s, const char *name, struct volume *ret, struct err *err)
{
	auto_free char *full = NULL;
	int found;

	if (!volume_name_ok(name))
		return err_set(err, EK_NOT_FOUND, "no such volume %.64s", name);
	if (fs_exists(s->volumes, name))
		return load(s, name, ret, err);
	found = find_prefix(s, name, &full);
	if (found == 1)
		return load(s, full, ret, err);
	if (found)
		return err_set(err, EK_INVALID, "%s: more than one volume begins like that", name);
	return err_set(err, EK_NOT_FOUND, "no such volume %s", name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct volume *)a)->name, ((const struct volume *)b)->name);
}

int volume_list(struct store *s, struct volume_list *ret, struct err *err)
{
	struct volume_list l = {NULL, 0};
	auto_dir DIR *dir = fs_dir(fd_open_dir(s->volumes, "."));
	const char *file;
	size_t cap = 0;

	if (!dir)
		return err_sys(err, "open %s/volumes", s->root);
	while ((file = fs_dir_next(dir))) {
		struct volume v;

		if (!volume_name_ok(file) || load(s, file, &v, NULL) < 0)
			continue;
		if (l.n == cap) {
			cap = cap ? cap * 2 : 16;
			l.v = xrealloc(l.v, cap, sizeof(*l.v));
		}
		l.v[l.n++] = v;
	}
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), by_name);
	*ret = l;
	return 0;
}

int volume_remove(struct store *s, const char *name, struct err *err)
{
	if (!volume_name_ok(name) || !fs_exists(s->volumes, name))
		return err_set(err, EK_NOT_FOUND, "no such volume %.64s", name);
	return store_trash(s, s->volumes, name, err);
}

/* --- copy-up ------------------------------------------------------------------------------------------------------ */

static bool is_empty(int dirfd)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(dirfd, "."));

	return dir && !fs_dir_next(dir);
}

static int move_children(int from, int to)
{
	auto_dir DIR *dir = fs_dir(fd_open_dir(from, "."));
	const char *file;
	int r = 0;

	if (!dir)
		return -errno;
	while (!r && (file = fs_dir_next(dir)))
		if (renameat2(from, file, to, file, RENAME_NOREPLACE) < 0)
			r = -errno;
	return r;
}

/* The copy is complete before its first entry appears in the volume. */
static int copy_in(int vol, int data, int src, struct err *err)
{
	auto_fd int stage = -1;
	int r = fs_remove_tree(vol, COPY_UP_DIR);

	if (!r)
		r = fs_mkdir(vol, COPY_UP_DIR, 0700);
	if (!r)
		r = stage = fd_open_dir(vol, COPY_UP_DIR);
	if (r < 0)
		return err_neg(err, r, "make staging directory");
	if (tree_copy(src, stage, 0, err) < 0)
		return -1;
	r = move_children(stage, data);
	if (!r)
		r = fs_remove_tree(vol, COPY_UP_DIR);
	if (r < 0)
		return err_neg(err, r, "move into the volume");
	return tree_copy_attrs(src, data, err);
}

static int copy_locked(const struct volume *v, int src, struct err *err)
{
	auto_free char *dir = xasprintf("%s/..", v->mountpoint);
	auto_fd int vol = fd_open(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0), data = -1, lock = -1;

	if (vol < 0)
		return err_neg(err, vol, "open %s", dir);
	lock = lock_open(vol, "lock", LOCK_EXCLUSIVE_, true);
	if (lock < 0)
		return err_neg(err, lock, "lock");
	data = fd_open_dir(vol, "_data");
	if (data < 0)
		return err_neg(err, data, "open %s", v->mountpoint);
	return is_empty(data) ? copy_in(vol, data, src, err) : 0;
}

int volume_copy_up(const struct volume *v, int rootfd, const char *path, struct err *err)
{
	auto_fd int src = rootfd_open(rootfd, path, O_RDONLY | O_DIRECTORY, 0);

	/* Nothing there, or no directory: the volume begins empty. */
	if (src == -ENOENT || src == -ENOTDIR)
		return 0;
	if (src < 0)
		return err_neg(err, src, "volume %s: open %s of the image", v->name, path);
	return copy_locked(v, src, err) < 0 ? err_wrap(err, "volume %s: copy %s of the image", v->name, path) : 0;
}
