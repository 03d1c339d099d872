/* cmd_manifest.c - the group `podlite manifest`; inspect, exists, push and rm are here. */
#include "podlite/cmd/cmd.h"
#include "podlite/cmd/image.h"

#include "common/alloc.h"
#include "common/jval.h"
#include "podlite/cmd/manifest.h"
#include "podlite/cmd/push_opts.h"
#include "podlite/engine/img.h"
#include "podlite/engine/img_remove.h"
#include "podlite/engine/mlist.h"
#include "podlite/engine/reg_search.h"
#include "podlite/output.h"
#include "podlite/report.h"

/* ---- inspect ---- */

static int run_inspect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct registry_opts *o = opt;
	struct reg_search s = {.authfile = o->authfile, .cert_dir = o->cert_dir, .creds = o->creds,
		.tls_verify = o->tls_verify};
	auto_jval struct jval *doc = NULL;
	struct image list = {.id = ""};

	(void)argc;
	if (img_find(c, argv[0], &list, err) < 0 && err->kind != EK_NOT_FOUND)
		return -1;
	err_clear(err);
	if (list.list)
		doc = mlist_document(&list, NULL, err);
	else
		doc = reg_search_manifest(c, argv[0], &s, err);
	image_done(&list);
	return doc ? output_value(NULL, doc, false, err) : -1;
}

static const struct option_def *const inspect_groups[] = {registry_opts_auth, NULL};

static const struct command manifest_inspect = {
	.name = "inspect",
	.args = "[options] LIST|IMAGE",
	.summary = "Show a manifest list, or the manifest or index of an image in its registry",
	.groups = inspect_groups,
	.opt_size = sizeof(struct registry_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_inspect,
};

/* ---- exists ---- */

static int run_exists(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct image img;
	bool is_list;

	(void)opt, (void)argc;
	if (img_find(c, argv[0], &img, err) < 0)
		return err->kind == EK_NOT_FOUND ? 1 : -1;
	is_list = img.list;
	image_done(&img);
	return is_list ? 0 : 1;
}

static const struct command manifest_exists = {
	.name = "exists",
	.args = "LIST",
	.summary = "Check if a manifest list exists: exit status 0 or 1",
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_exists,
};

/* ---- rm ---- */

struct rm_opts {
	bool ignore;
};

static const struct option_def rm_rows[] = {
	OPT_ROW("ignore", 'i', OPT_BOOL, struct rm_opts, ignore, NULL, "A list that is not there is no error"),
	OPT_ROWS_END,
};
static const struct option_def *const rm_groups[] = {rm_rows, NULL};

static int remove_list(struct context *c, char *name, struct img_removed *ret, struct err *err)
{
	struct image list;

	if (mlist_find(c, name, &list, err) < 0)
		return -1;
	image_done(&list);
	return img_remove(c, &(struct img_remove_what){.names = &name, .n = 1}, ret, err);
}

static int remove_one(struct context *c, char *name, bool ignore, struct err *err)
{
	struct img_removed removed = {.untagged = SVEC_INIT};
	int r = remove_list(c, name, &removed, err);

	if (r < 0 && ignore && err->kind == EK_NOT_FOUND) {
		err_clear(err);
		r = 0;
	} else if (!r) {
		r = rmi_print_removed(&removed, err);
	}
	img_removed_done(&removed);
	return r;
}

/* 1 for a list that is not there, as podman. */
static int run_rm(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct rm_opts *o = opt;
	int status = 0;

	for (int i = 0; i < argc; i++) {
		struct err one = ERR_INIT;

		if (remove_one(c, argv[i], o->ignore, &one) == 0)
			continue;
		report_error(c, &one);
		status = one.kind == EK_NOT_FOUND ? MAX_OF(status, 1) : 125;
	}
	(void)err;
	return status;
}

static const struct command manifest_rm = {
	.name = "rm",
	.args = "[options] LIST [LIST...]",
	.summary = "Remove manifest lists; the images stay",
	.groups = rm_groups,
	.opt_size = sizeof(struct rm_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run_rm,
};

/* ---- push ---- */

struct list_push_opts {
	struct push_opts push;
	int all;
	bool rm;
};

#define NO_VARIANTS "further instances in other compressions are not made; push the list again to another name"
static const struct option_def push_rows[] = {
	{"add-compression", 0, OPT_REFUSED, 0, "FORMAT", NO_VARIANTS, 0, NULL, NULL, NULL},
	OPT_ROW("all", 0, OPT_TRI, struct list_push_opts, all, NULL, "Send the images too (the default)"),
	OPT_ROW("rm", 0, OPT_BOOL, struct list_push_opts, rm, NULL, "Remove the list here once it is there"),
	{"purge", 'p', OPT_BOOL, offsetof(struct list_push_opts, rm), NULL, "Another word for --rm", OPT_F_HIDDEN, NULL, NULL, NULL},
	OPT_ROWS_END,
};
static const struct option_def *const push_groups[] = {
	registry_opts_auth, push_opts_rows, registry_opts_retry, push_rows, NULL,
};

static int push_list(struct context *c, const struct image *list, const char *to, const struct list_push_opts *o,
	struct err *err)
{
	auto_free char *digest = NULL;
	struct img_push_opts p;

	if (push_opts_parse(&o->push, &p, err) < 0 || mlist_push(c, list, to, o->all >= 0, &p, &digest, err) < 0 ||
		push_opts_write_digest(&o->push, digest ? digest : "", err) < 0)
		return -1;
	return digest ? output_line(err, "%s", digest) : 0;
}

static int run_push(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct list_push_opts *o = opt;
	struct img_removed removed = {.untagged = SVEC_INIT};
	struct image list;
	int r;

	if (mlist_find(c, argv[0], &list, err) < 0)
		return -1;
	r = push_list(c, &list, argc > 1 ? argv[1] : NULL, o, err);
	if (!r && o->rm)
		r = img_remove(c, &(struct img_remove_what){.names = argv, .n = 1}, &removed, err);
	img_removed_done(&removed);
	image_done(&list);
	return r;
}

static const struct command manifest_push = {
	.name = "push",
	.args = "[options] LIST [DESTINATION]",
	.summary = "Send a manifest list and its images to a registry",
	.groups = push_groups,
	.opt_size = sizeof(struct list_push_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 2,
	.run = run_push,
};

/* ---- the group ---- */

static const struct command *const sub[] = {
	&manifest_change_add, &manifest_change_annotate, &manifest_change_create, &manifest_exists, &manifest_inspect, &manifest_push,
	&manifest_change_remove, &manifest_rm, NULL,
};

const struct command cmd_manifest = {
	.name = "manifest",
	.args = "COMMAND",
	.summary = "Manage manifest lists and image indexes",
	.sub = sub,
};
