#include "podlite/engine/img_commit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/engine/create_inside.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"
#include "podlite/engine/img_change.h"
#include "podlite/engine/img_tag.h"
#include "podlite/engine/transfer.h"
#include "storage/image.h"
#include "storage/rootfs.h"
#include "storage/tarball.h"

#define CONFIG_MAX (16u << 20)

/* --- the tar, made inside the user namespace ------------------------------------------------------------------ */

struct job {
	const char *id;
	int out;
	bool layer; /* only what the container changed */
	bool commit;
};

/* What the runtime makes in every container (ctr_diff.c). */
static const char *const own_files[] = {"dev", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "proc", "run",
	"run/.containerenv", "run/podlite-init", "run/secrets", "sys", NULL};

static int write_tar(struct tarball *t, int dir, struct err *err)
{
	int r = dir < 0 ? -1 : tarball_below(t, dir, err);

	return r < 0 ? -1 : tarball_end(t, err);
}

static int open_path(const char *path, struct err *err)
{
	int fd = fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	return fd < 0 ? err_neg(err, fd, "open %s", path) : fd;
}

static int tar_upper(const struct rootfs *r, struct tarball *t, struct err *err)
{
	auto_free char *path = xasprintf("%s/upper", r->dir);
	auto_fd int dir = open_path(path, err);

	t->layer = true;
	t->skip = own_files;
	return write_tar(t, dir, err);
}

/* Layers and changes in one view of its own, without what the container has mounted. */
static int tar_merged(const struct rootfs *r, struct tarball *t, struct err *err)
{
	struct rootfs view = *r;
	struct rootfs_mounted m = {.fd = -1, .helper = -1};
	auto_fd int dir = -1;
	int res;

	view.readonly = true;
	view.lowers = (struct svec)SVEC_INIT;
	svec_addf(&view.lowers, "%s/upper", r->dir);
	SVEC_EACH(lower, &r->lowers)
		svec_add(&view.lowers, lower);
	res = rootfs_mount(&view, false, &m, err);
	if (!res) {
		dir = fd_open(m.fd, ".", O_RDONLY | O_DIRECTORY, 0);
		res = dir < 0 ? err_neg(err, dir, "open the container's root") : write_tar(t, dir, err);
		rootfs_unmount(&view, &m);
	}
	svec_done(&view.lowers);
	return res;
}

static int tar_dir(const char *path, struct tarball *t, struct err *err)
{
	auto_fd int dir = open_path(path, err);

	return write_tar(t, dir, err);
}

static int tar_whole(const struct rootfs *r, struct tarball *t, struct err *err)
{
	auto_free char *copy = r->driver == STORE_COPY && r->dir ? xasprintf("%s/upper", r->dir) : NULL;

	if (r->host_dir || copy)
		return tar_dir(r->host_dir ? r->host_dir : copy, t, err);
	return tar_merged(r, t, err);
}

static int make_tar(struct context *c, void *arg, struct err *err)
{
	const struct job *j = arg;
	auto_fd int dir = ctr_open_dir(c, j->id, err);
	struct tarball t = TARBALL_INIT(j->out);
	struct rootfs r = {.driver = STORE_OVERLAY};
	int res;

	if (dir < 0 || rootfs_read(dir, &r, err) < 0)
		return -1;
	/* fuse-overlayfs lets nobody make such names: those that are there are marks of its own */
	t.no_marks = j->commit && r.driver != STORE_FUSE_OVERLAY;
	/* A full copy, or a directory of the host, does not say what is new. */
	if (j->layer && (r.driver == STORE_COPY || r.host_dir))
		res = err_set(err, EK_UNSUPPORTED, "its files are not apart from the image's; add --squash");
	else
		res = j->layer ? tar_upper(&r, &t, err) : tar_whole(&r, &t, err);
	tarball_done(&t);
	rootfs_done(&r);
	return res;
}

int img_commit_export(struct context *c, const char *text, int out, struct err *err)
{
	struct job j = {.out = out};
	char id[65];

	if (ctr_find_id(c, text, id, err) < 0)
		return -1;
	j.id = id;
	return create_inside_run(c, make_tar, &j, err) < 0 ? err_wrap(err, "export %s", text) : 0;
}

/* --- the config ----------------------------------------------------------------------------------------------- */

/* The image's own document; what podlite does not know in it stays. */
static struct jval *base_document(struct context *c, const struct ctr *ctr, bool squash, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct image img;
	struct jval *doc;
	int r;

	if (!ctr->rec.image_id)
		return img_change_new(NULL, NULL, NULL);
	if (image_find_quick(&c->store, ctr->rec.image_id, NULL, &img, err) < 0)
		return NULL;
	r = store_blob_read(&c->store, &img.config, SPEC_IMAGE_MAX, &text, err);
	image_done(&img);
	doc = r < 0 ? NULL : jval_parse(text.buf, text.len, JVAL_UNIQUE_KEYS, err);
	if (doc && jval_type(jval_get(doc, "config")) != JV_OBJECT)
		jval_set(doc, "config", jval_new_object());
	if (doc && squash) {
		jval_set(jval_get(doc, "rootfs"), "diff_ids", jval_new_array());
		jval_set(doc, "history", jval_new_array());
	}
	return doc;
}

/* Variables that the runtime sets anew in every container. */
static bool own_variable(const char *pair)
{
	static const char *const names[] = {"HOSTNAME=", "HOME=", "TERM=", "container="};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(pair, names[i], strlen(names[i])))
			return true;
	return false;
}

static int add_env(struct context *c, const struct ctr *ctr, struct jval *config, struct err *err)
{
	auto_fd int dir = ctr_open_dir(c, ctr->rec.id, err);
	auto_jval struct jval *spec = dir < 0 ? NULL : jval_read_file(dir, "config.json", CONFIG_MAX, err);
	const struct jval *env = jval_path(spec, "process.env");

	if (!spec)
		return -1;
	for (size_t i = 0; i < jval_len(env); i++) {
		const char *pair = jval_str(jval_at(env, i), "");
		auto_free char *key = xstrndup(pair, strcspn(pair, "="));

		if (strchr(pair, '=') && !own_variable(pair) && !svec_has(&ctr->rec.secret_env, key))
			img_change_env(config, key, strchr(pair, '=') + 1);
	}
	return 0;
}

static void set_text(struct jval *config, const char *key, const char *text)
{
	if (text && *text)
		jval_set_str(config, key, text);
}

static void add_labels(const struct ctr *ctr, struct jval *config)
{
	struct jval *labels = jval_get(config, "Labels");

	if (!ctr->rec.labels.n)
		return;
	if (jval_type(labels) != JV_OBJECT) {
		jval_set(config, "Labels", jval_new_object());
		labels = jval_get(config, "Labels");
	}
	SVEC_EACH(pair, &ctr->rec.labels) {
		auto_free char *key = xstrndup(pair, strcspn(pair, "="));

		jval_set_str(labels, key, strchr(pair, '=') ? strchr(pair, '=') + 1 : "");
	}
}

static void add_volumes(const struct ctr *ctr, struct jval *config)
{
	struct jval *set = jval_new_object();

	for (size_t i = 0; i < ctr->rec.mounts.n; i++)
		if (!strcmp(ctr->rec.mounts.v[i].type, "volume"))
			jval_set(set, ctr->rec.mounts.v[i].destination, jval_new_object());
	jval_set(config, "Volumes", set);
}

/* What the container was made with is what the image starts with. */
static int container_config(struct context *c, const struct ctr *ctr, const struct img_commit_opts *o, struct jval *config,
	struct err *err)
{
	if (ctr->rec.entrypoint.n)
		jval_set(config, "Entrypoint", jval_new_strings(&ctr->rec.entrypoint));
	if (ctr->rec.cmd.n)
		jval_set(config, "Cmd", jval_new_strings(&ctr->rec.cmd));
	set_text(config, "User", ctr->rec.user);
	set_text(config, "WorkingDir", ctr->rec.workdir);
	set_text(config, "StopSignal", ctr->rec.stop_signal);
	add_labels(ctr, config);
	if (o->volumes)
		add_volumes(ctr, config);
	return add_env(c, ctr, config, err);
}

static struct jval *commit_document(struct context *c, const struct ctr *ctr, const struct img_commit_opts *o,
	struct err *err)
{
	auto_jval struct jval *doc = base_document(c, ctr, o->squash, err);
	auto_sbuf struct sbuf line = SBUF_INIT;

	if (!doc || container_config(c, ctr, o, jval_get(doc, "config"), err) < 0 ||
		img_change_apply(jval_get(doc, "config"), o->changes, err) < 0)
		return NULL;
	SVEC_EACH(word, &ctr->rec.command)
		sbuf_addf(&line, "%s%s", line.len ? " " : "", word);
	img_change_history(doc, line.buf, o->author, o->message);
	return take_ptr(doc);
}

/* --- both ---------------------------------------------------------------------------------------------------- */

static int record(struct context *c, const char *op, const char *what, const struct jval *doc, int tar,
	const struct img_commit_opts *o, char ret_id[65], struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_svec struct svec names = SVEC_INIT;
	struct request_save save = {.id = (char *)"", .names = SVEC_INIT};
	struct request rq = {
		.op = (char *)op, .root = c->root, .driver = c->storage_driver, .name = (char *)what,
		.format = (char *)(o->docker ? "docker" : "oci"), .quiet = o->quiet, .progress = isatty(2), .retry = -1,
		.save = {&save, 1},
	};
	struct request_answer a;

	if (o->name && img_tag_canonical(1, (char **)&o->name, &names, err) < 0)
		return -1;
	save.names = names;
	jval_print(doc, false, &text);
	rq.config = text.buf;
	if (transfer_ask_file(c, &rq, tar, &a, err) < 0)
		return -1;
	if (a.images.n == 1 && strlen(a.images.v[0].id) == 64) {
		memcpy(ret_id, a.images.v[0].id, 65);
		events_image(c, ret_id, names.n ? names.v[0] : ret_id, op);
	} else {
		ret_id[0] = '\0';
	}
	request_answer_done(&a);
	return *ret_id ? 0 : err_set(err, EK_SYSTEM, "%s %s: podlite-transfer answered without an image", op, what);
}

static int commit_paused(struct context *c, const struct ctr *ctr, const struct img_commit_opts *o, int tar, struct err *err)
{
	struct job j = {.id = ctr->rec.id, .out = tar, .layer = !o->squash, .commit = true};
	bool pause = o->pause && ctr->status == CTR_RUNNING;
	struct err why = ERR_INIT;
	int r;

	if (pause && ctr_pause(c, ctr->rec.id, true, err) < 0)
		return -1;
	r = create_inside_run(c, make_tar, &j, err);
	if (pause && ctr_pause(c, ctr->rec.id, false, &why) < 0 && r >= 0) {
		*err = why;
		r = -1;
	}
	return r < 0 ? -1 : 0;
}

static int commit(struct context *c, const struct ctr *ctr, const struct img_commit_opts *o, char ret_id[65], struct err *err)
{
	auto_jval struct jval *doc = commit_document(c, ctr, o, err);
	auto_fd int tar = doc ? fd_tmpfile(c->store.tmp, 0600) : -1;

	if (!doc)
		return -1;
	if (tar < 0)
		return err_neg(err, tar, "make a scratch file");
	if (commit_paused(c, ctr, o, tar, err) < 0)
		return -1;
	if (lseek(tar, 0, SEEK_SET) < 0)
		return err_sys(err, "read a scratch file");
	return record(c, "commit", ctr->rec.name, doc, tar, o, ret_id, err);
}

int img_commit(struct context *c, const char *text, const struct img_commit_opts *o, char ret_id[65], struct err *err)
{
	struct ctr ctr;
	int r;

	if (ctr_find(c, text, &ctr, err) < 0)
		return -1;
	r = commit(c, &ctr, o, ret_id, err);
	ctr_done(&ctr);
	return r < 0 && strncmp(err->msg, "commit ", 7) ? err_wrap(err, "commit %s", text) : r;
}

int img_commit_import(struct context *c, int in, const char *from, const struct img_commit_opts *o, char ret_id[65],
	struct err *err)
{
	auto_jval struct jval *doc = img_change_new(o->os, o->arch, o->variant);
	auto_free char *line = xasprintf("podlite import %s", from);

	if (img_change_apply(jval_get(doc, "config"), o->changes, err) < 0)
		return -1;
	img_change_history(doc, line, NULL, o->message ? o->message : "imported from tarball");
	return record(c, "import", from, doc, in, o, ret_id, err);
}
