#include "storage/secret.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/jmap.h"
#include "common/units.h"

#define RECORD     "secret.json"
#define RECORD_MAX (1u << 20)

struct record {
	char *id;
	int64_t created, updated;
	struct svec labels;
};

static const struct jmap record_map[] = {
	JMAP_STR("id", struct record, id, JMAP_NEED),
	JMAP_INT("created", struct record, created, 0),
	JMAP_INT("updated", struct record, updated, 0),
	JMAP_DICT("labels", struct record, labels, 0),
	JMAP_END,
};

bool secret_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > 253 || !isalnum((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_.-", name[i]))
			return false;
	return true;
}

void secret_done(struct secret *secret)
{
	free(secret->name);
	svec_done(&secret->labels);
	memset(secret, 0, sizeof(*secret));
}

void secret_list_done(struct secret_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		secret_done(&l->v[i]);
	free(l->v);
	*l = (struct secret_list){NULL, 0};
}

static int open_all(struct store *s, struct err *err)
{
	int fd = fs_open_dir_p(s->fd, "secrets");

	return fd < 0 ? err_neg(err, fd, "open %s/secrets", s->root) : fd;
}

static int load(int all, const char *name, struct secret *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/" RECORD, name);
	struct record r = {NULL};

	if (jmap_read_file(record_map, all, path, RECORD_MAX, &r, err) < 0)
		return err_wrap(err, "secret %s", name);
	*ret = (struct secret){.name = xstrdup(name), .created_ns = r.created, .updated_ns = r.updated};
	snprintf(ret->id, sizeof(ret->id), "%s", r.id);
	svec_add_all(&ret->labels, &r.labels);
	jmap_done(record_map, &r);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct secret *)a)->name, ((const struct secret *)b)->name);
}

int secret_list(struct store *s, struct secret_list *ret, struct err *err)
{
	auto_fd int all = open_all(s, err);
	auto_dir DIR *dir = all < 0 ? NULL : fs_dir(fd_open_dir(all, "."));
	struct secret_list l = {NULL, 0};
	const char *name;

	if (!dir)
		return all < 0 ? -1 : err_sys(err, "open %s/secrets", s->root);
	while ((name = fs_dir_next(dir))) {
		struct secret one;

		if (!secret_name_ok(name) || load(all, name, &one, NULL) < 0)
			continue;
		l.v = xrealloc(l.v, l.n + 1, sizeof(*l.v));
		l.v[l.n++] = one;
	}
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), by_name);
	*ret = l;
	return 0;
}

/* Takes what is found out of the list. */
static int find_id(struct store *s, const char *prefix, struct secret *ret, struct err *err)
{
	struct secret_list l = {NULL, 0};
	size_t found = 0, at = 0;

	if (secret_list(s, &l, err) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++)
		if (!strncmp(l.v[i].id, prefix, strlen(prefix))) {
			found++;
			at = i;
		}
	if (found == 1) {
		*ret = l.v[at];
		memset(&l.v[at], 0, sizeof(l.v[at]));
	}
	secret_list_done(&l);
	if (found == 1)
		return 0;
	return found ? err_set(err, EK_INVALID, "more than one secret has an id that begins with \"%s\"", prefix)
		     : err_set(err, EK_NOT_FOUND, "no secret with name or id \"%s\": no such secret", prefix);
}

int secret_find(struct store *s, const char *text, struct secret *ret, struct err *err)
{
	auto_fd int all = open_all(s, err);

	if (all < 0)
		return -1;
	if (secret_name_ok(text) && fs_exists(all, text))
		return load(all, text, ret, err);
	if (!*text || strlen(text) > SECRET_ID_LEN || !id_is_prefix(text))
		return err_set(err, EK_NOT_FOUND, "no secret with name or id \"%.64s\": no such secret", text);
	return find_id(s, text, ret, err);
}

int secret_read(struct store *s, const struct secret *secret, struct sbuf *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/data", secret->name);
	auto_fd int all = open_all(s, err);
	int r = all < 0 ? -1 : fs_read_file(all, path, SECRET_MAX, ret);

	return all < 0 ? -1 : r < 0 ? err_neg(err, r, "read secret %s", secret->name) : 0;
}

int secret_remove(struct store *s, const struct secret *secret, struct err *err)
{
	auto_fd int all = open_all(s, err);

	return all < 0 ? -1 : store_trash(s, all, secret->name, err);
}

static int build(struct store_stage *st, const void *data, size_t n, const struct svec *labels, int64_t created, struct err *err)
{
	char id[ID_LEN + 1];
	struct record r = {.id = id, .created = created, .updated = units_now_ns(), .labels = *labels};
	int e;

	id_random(id);
	id[SECRET_ID_LEN] = '\0';
	if (!r.created)
		r.created = r.updated;
	e = fs_write_file(st->fd, "data", data, n, 0600, FS_SYNC);
	if (e < 0)
		return err_neg(err, e, "write it");
	return jmap_write_file(record_map, st->fd, RECORD, &r, FS_SYNC, err);
}

static int publish(struct store *s, struct store_stage *st, int all, const char *name, bool replace, struct err *err)
{
	/* an exchange leaves the old one in staging, which is dropped */
	if (replace && renameat2(s->tmp, st->name, all, name, RENAME_EXCHANGE) == 0) {
		store_stage_drop(s, st);
		return 0;
	}
	if (renameat2(s->tmp, st->name, all, name, RENAME_NOREPLACE) < 0)
		return errno == EEXIST ? err_set(err, EK_EXISTS, "secret name in use; use --replace") : err_sys(err, "move it into the store");
	store_stage_done(st);
	return 0;
}

int secret_create(struct store *s, const char *name, const void *data, size_t n, const struct svec *labels, bool replace,
	struct secret *ret, struct err *err)
{
	auto_fd int all = open_all(s, err);
	struct store_stage st;
	struct secret old = {.name = NULL};
	struct err none = ERR_INIT;

	if (all < 0)
		return -1;
	if (!secret_name_ok(name))
		return err_set(err, EK_INVALID, "secret name \"%.64s\": only letters, digits, \"_\", \".\" and \"-\", a letter or digit first", name);
	if (!n || n > SECRET_MAX)
		return err_set(err, EK_INVALID, "secret data must be larger than 0 and less than %d bytes", SECRET_MAX);
	if (replace && fs_exists(all, name) && load(all, name, &old, &none) < 0)
		old.created_ns = 0;
	if (store_stage(s, &st, err) < 0)
		return -1;
	if (build(&st, data, n, labels, old.created_ns, err) < 0 || publish(s, &st, all, name, replace, err) < 0) {
		store_stage_drop(s, &st);
		secret_done(&old);
		return err_wrap(err, "create secret %s", name);
	}
	secret_done(&old);
	return load(all, name, ret, err);
}
