/* cmd_mount.c - `podlite mount` and `unmount` of containers, `image mount` and `image unmount`. */
#include "podlite/cmd/mount.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/cmd/cmd.h"
#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/img.h"
#include "podlite/engine/img_stores.h"
#include "podlite/engine/mounts.h"
#include "podlite/output.h"

struct mount_opts {
	struct ctr_args_select select; /* all, latest */
	bool no_trunc;
	char *format;
};

struct unmount_opts {
	struct ctr_args_select select;
	bool force;
};

static const char *const formats[] = {"json", NULL};

#define FORMAT_ROW \
	{"format", 0, OPT_STR, offsetof(struct mount_opts, format), "json", "Print as json", 0, NULL, NULL, formats}
#define LATEST_ROW(type) OPT_ROW("latest", 'l', OPT_BOOL, type, select.latest, NULL, "The container created last")

/* ---- what is printed ---- */

/* What mount says of each: rows for people, json for programs; keys are podman's. */
struct report {
	struct jval *rows, *json;
};

static void report_add(struct report *r, const char *shown, const char *id, const struct svec *names,
	const struct svec *repositories, const char *path)
{
	struct jval *row = jval_new_object(), *o = jval_new_object();

	jval_set_str(row, "ID", shown);
	jval_set_str(row, "Path", path);
	jval_add(r->rows, row);
	jval_set_str(o, "id", id);
	jval_set(o, "Names", jval_new_strings(names));
	if (repositories)
		jval_set(o, "Repositories", jval_new_strings(repositories));
	jval_set_str(o, "mountpoint", path);
	jval_add(r->json, o);
}

static int report_print(const struct report *r, const struct mount_opts *o, bool path_only, struct err *err)
{
	static const struct output_column columns[] = {{"ID", "ID"}, {"PATH", "Path"}, {NULL, NULL}};
	const struct output_list out = {
		.columns = columns, .format = o->format, .noheading = true, .quiet = path_only, .quiet_key = "Path"};

	return output_list(&out, r->rows, r->json, err);
}

static int report_end(struct report *r, int res, const struct mount_opts *o, bool path_only, struct err *err)
{
	if (!res)
		res = report_print(r, o, path_only && !o->format, err);
	jval_free(r->rows);
	jval_free(r->json);
	return res;
}

static struct report report_begin(void)
{
	return (struct report){jval_new_array(), jval_new_array()};
}

/* ---- containers ---- */

static void add_ctr(struct report *r, const struct mount_opts *o, const struct ctr *ctr, const char *path)
{
	auto_svec struct svec names = SVEC_INIT;
	auto_free char *shown = xstrndup(ctr->rec.id, o->no_trunc ? 64 : 12);

	svec_add(&names, ctr->rec.name);
	report_add(r, shown, ctr->rec.id, &names, NULL, path);
}

static int list_ctrs(struct context *c, const struct mount_opts *o, struct report *r, struct err *err)
{
	struct ctr_list list;

	if (ctr_list_all(c, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		auto_free char *path = mounts_ctr_path(c, list.v[i].rec.id);

		if (path)
			add_ctr(r, o, &list.v[i], path);
	}
	ctr_list_done(&list);
	return 0;
}

static int mount_ctrs(struct context *c, const struct mount_opts *o, const struct svec *ids, struct report *r,
	struct err *err)
{
	SVEC_EACH(id, ids) {
		auto_free char *path = NULL;
		struct ctr ctr;
		int res;

		if (ctr_load(c, id, &ctr, err) < 0)
			return -1;
		res = mounts_ctr(c, &ctr, &path, err);
		if (!res)
			add_ctr(r, o, &ctr, path);
		ctr_done(&ctr);
		if (res < 0)
			return -1;
	}
	return 0;
}

static int run_mount(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct mount_opts *o = opt;
	bool listing = !argc && !o->select.all && !o->select.latest;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;
	struct report r;
	int res;

	if (mounts_allowed("mount", err) < 0)
		return -1;
	if (!listing && ctr_args_select(c, &o->select, argc, argv, false, &ids, &names, err) < 0)
		return -1;
	r = report_begin();
	res = listing ? list_ctrs(c, o, &r, err) : mount_ctrs(c, o, &ids, &r, err);
	return report_end(&r, res, o, argc == 1 || o->select.latest, err);
}

static const struct option_def mount_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct mount_opts, select.all, NULL, "Mount all containers"),
	FORMAT_ROW,
	LATEST_ROW(struct mount_opts),
	OPT_ROW("no-trunc", 0, OPT_BOOL, struct mount_opts, no_trunc, NULL, "Print whole IDs"),
	OPT_ROWS_END,
};
static const struct option_def *const mount_groups[] = {mount_rows, NULL};

const struct command cmd_mount = {
	.name = "mount",
	.args = "[options] [CONTAINER...]",
	.summary = "Mount the root file systems of containers, or list those that are",
	.groups = mount_groups,
	.opt_size = sizeof(struct mount_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_mount,
};

static int unmount_ctr(struct context *c, const char *id, void *arg, struct err *err)
{
	const struct unmount_opts *o = arg;
	auto_free char *path = mounts_ctr_path(c, id);

	return path ? mounts_end(path, o->force, err) : 0;
}

/* Leaves those that are mounted. */
static void only_mounted(struct context *c, struct svec *ids)
{
	struct svec left = SVEC_INIT;

	SVEC_EACH(id, ids) {
		auto_free char *path = mounts_ctr_path(c, id);

		if (path)
			svec_add(&left, id);
	}
	svec_done(ids);
	*ids = left;
}

static int run_unmount(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct unmount_opts o = *(const struct unmount_opts *)opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;

	if (mounts_allowed("unmount", err) < 0 ||
		ctr_args_select(c, &o.select, argc, argv, false, &ids, &names, err) < 0)
		return -1;
	if (o.select.all)
		only_mounted(c, &ids);
	return ctr_args_each(c, &ids, o.select.all ? &ids : &names, unmount_ctr, &o, err);
}

static const struct option_def unmount_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct unmount_opts, select.all, NULL, "Unmount all that are mounted"),
	OPT_ROW("force", 'f', OPT_BOOL, struct unmount_opts, force, NULL, "Even while files in it are in use"),
	LATEST_ROW(struct unmount_opts),
	OPT_ROWS_END,
};
static const struct option_def *const unmount_groups[] = {unmount_rows, NULL};

const struct command cmd_unmount = {
	.name = "unmount",
	.args = "[options] [CONTAINER...]",
	.summary = "Unmount the root file systems of containers",
	.groups = unmount_groups,
	.opt_size = sizeof(struct unmount_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_unmount,
};
const struct command cmd_umount = {.name = "umount", .alias_of = &cmd_unmount, .needs = CMD_HIDDEN};

/* ---- images ---- */

static void add_image(struct report *r, const struct image *img, const char *path)
{
	auto_svec struct svec digests = SVEC_INIT;
	char text[DIGEST_TEXT_LEN + 1];

	if (digest_is_set(&img->manifest))
		svec_add(&digests, digest_text(&img->manifest, text));
	report_add(r, img->names.n ? img->names.v[0] : img->id, img->id, &digests, &img->names, path);
}

/* All images: mounted first if they shall be, else those that are. */
static int each_image(struct context *c, bool mount, struct report *r, struct err *err)
{
	struct image_list list = {NULL, 0};
	int res = image_list(&c->store, &list, err);

	for (size_t i = 0; i < list.n && !res; i++) {
		auto_free char *path = NULL;

		if (mount)
			res = mounts_image(c, &list.v[i], &path, err);
		else
			path = mounts_image_path(c, list.v[i].id);
		if (path)
			add_image(r, &list.v[i], path);
	}
	image_list_done(&list);
	return res;
}

static int mount_images(struct context *c, int argc, char **argv, struct report *r, struct err *err)
{
	for (int i = 0; i < argc; i++) {
		auto_free char *path = NULL;
		struct image img;
		int res;

		if (img_stores_have_image(c, argv[i], &img, err) < 0)
			return -1;
		res = mounts_image(c, &img, &path, err);
		if (!res)
			add_image(r, &img, path);
		image_done(&img);
		if (res < 0)
			return -1;
	}
	return 0;
}

static int run_image_mount(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct mount_opts *o = opt;
	struct report r;
	int res;

	if (o->select.all && argc)
		return err_set(err, EK_USAGE, "--all cannot be used with image names");
	if (mounts_allowed("image mount", err) < 0)
		return -1;
	r = report_begin();
	res = argc ? mount_images(c, argc, argv, &r, err) : each_image(c, o->select.all, &r, err);
	return report_end(&r, res, o, argc == 1, err);
}

static const struct option_def image_mount_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct mount_opts, select.all, NULL, "Mount all images"),
	FORMAT_ROW,
	OPT_ROWS_END,
};
static const struct option_def *const image_mount_groups[] = {image_mount_rows, NULL};

const struct command cmd_image_mount = {
	.name = "mount",
	.args = "[options] [IMAGE...]",
	.summary = "Mount the root file systems of images, or list those that are",
	.groups = image_mount_groups,
	.opt_size = sizeof(struct mount_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_image_mount,
};

static int unmount_image(struct context *c, const char *id, bool force, struct err *err)
{
	auto_free char *path = mounts_image_path(c, id);

	if (path && mounts_end(path, force, err) < 0)
		return -1;
	return output_line(err, "%s", id);
}

static int unmount_all_images(struct context *c, bool force, struct err *err)
{
	struct image_list list = {NULL, 0};
	int res = image_list(&c->store, &list, err);

	for (size_t i = 0; i < list.n && !res; i++) {
		auto_free char *path = mounts_image_path(c, list.v[i].id);

		if (path)
			res = unmount_image(c, list.v[i].id, force, err);
	}
	image_list_done(&list);
	return res;
}

static int run_image_unmount(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct unmount_opts *o = opt;

	if (o->select.all ? argc : !argc)
		return err_set(err, EK_USAGE, "image unmount takes names of images, or --all");
	if (mounts_allowed("image unmount", err) < 0)
		return -1;
	if (o->select.all)
		return unmount_all_images(c, o->force, err);
	for (int i = 0; i < argc; i++) {
		struct image img;
		int res;

		if (img_find(c, argv[i], &img, err) < 0)
			return -1;
		res = unmount_image(c, img.id, o->force, err);
		image_done(&img);
		if (res < 0)
			return -1;
	}
	return 0;
}

static const struct option_def image_unmount_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct unmount_opts, select.all, NULL, "Unmount all that are mounted"),
	OPT_ROW("force", 'f', OPT_BOOL, struct unmount_opts, force, NULL, "Even while files in it are in use"),
	OPT_ROWS_END,
};
static const struct option_def *const image_unmount_groups[] = {image_unmount_rows, NULL};

const struct command cmd_image_unmount = {
	.name = "unmount",
	.args = "[options] [IMAGE...]",
	.summary = "Unmount the root file systems of images",
	.groups = image_unmount_groups,
	.opt_size = sizeof(struct unmount_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_image_unmount,
};
const struct command cmd_image_umount = {.name = "umount", .alias_of = &cmd_image_unmount, .needs = CMD_HIDDEN};
