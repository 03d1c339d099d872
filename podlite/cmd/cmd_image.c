/* cmd_image.c - the group `podlite image`: exists, inspect and prune are here, the rest are the
 * commands of the same meaning. */
#include "podlite/cmd/cmd.h"

#include "podlite/cmd/image.h"
#include "podlite/cmd/inspect.h"
#include "podlite/cmd/mount.h"
#include "podlite/cmd/trust.h"
#include "podlite/confirm.h"
#include "podlite/engine/img_filter.h"
#include "podlite/engine/img_remove.h"
#include "podlite/engine/img_stores.h"
#include "podlite/engine/img_view.h"
#include "podlite/output.h"

/* ---- exists ---- */

static int run_exists(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct image img = {.id = ""};

	(void)opt, (void)argc;
	if (img_stores_look(c, argv[0], &img, err) < 0)
		return err->kind == EK_NOT_FOUND ? 1 : -1;
	image_done(&img);
	return 0;
}

static const struct command image_exists = {
	.name = "exists",
	.args = "IMAGE",
	.summary = "Check if an image exists in local storage: exit status 0 or 1",
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_exists,
};

/* ---- inspect ---- */

struct inspect_opts {
	char *format;
};

static const struct option_def inspect_rows[] = {
	OPT_ROW("format", 'f', OPT_STR, struct inspect_opts, format, "TEMPLATE",
		"Print with a Go template, or json"),
	OPT_ROWS_END,
};
static const struct option_def *const inspect_groups[] = {inspect_rows, NULL};

static int run_inspect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct inspect_opts *o = opt;

	return inspect_names(c, "image", o->format, false, argc, argv, err);
}

static const struct command image_inspect = {
	.name = "inspect",
	.args = "[options] IMAGE [IMAGE...]",
	.summary = "Show everything about images",
	.groups = inspect_groups,
	.opt_size = sizeof(struct inspect_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run_inspect,
};

/* ---- prune ---- */

struct prune_opts {
	bool all, force;
	struct svec filter;
};

static const struct option_def prune_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct prune_opts, all, NULL,
		"Remove all images that no container uses, not just those without a name"),
	OPT_ROW("filter", 0, OPT_LIST, struct prune_opts, filter, "FILTER",
		"Remove only images that match KEY=VALUE"),
	OPT_ROW("force", 'f', OPT_BOOL, struct prune_opts, force, NULL, "Do not ask"),
	OPT_ROWS_END,
};
static const struct option_def *const prune_groups[] = {prune_rows, NULL};

static int prune(struct context *c, const struct prune_opts *o, const struct img_filter *f, struct err *err)
{
	struct img_removed gone = {.untagged = SVEC_INIT};
	int r = img_prune_all(c, f, o->all, &gone, err);

	SVEC_EACH(id, &gone.deleted)
		if (output_line(r < 0 ? NULL : err, "%s", id) < 0)
			r = -1;
	img_removed_done(&gone);
	return !r && !o->filter.n ? img_collect(c, err) : r;
}

static int run_prune(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct prune_opts *o = opt;
	auto_cleanup(img_filter_autop) struct img_filter *f = img_filter_parse(c, &o->filter, err);
	int r = 1;

	(void)argc, (void)argv;
	if (!f)
		return -1;
	if (!o->force)
		r = confirm_ask(o->all ? "This command removes all images without at least one container associated with them."
				       : "This command removes all dangling images.",
			err);
	return r <= 0 ? r : prune(c, o, f, err);
}

static const struct command image_prune = {
	.name = "prune",
	.args = "[options]",
	.summary = "Remove unused images",
	.groups = prune_groups,
	.opt_size = sizeof(struct prune_opts),
	.needs = CMD_STORE,
	.run = run_prune,
};

/* ---- the group ---- */

static const struct command ls = {.name = "ls", .alias_of = &cmd_images};
static const struct command list_ = {.name = "list", .alias_of = &cmd_images, .needs = CMD_HIDDEN};
static const struct command rm = {.name = "rm", .alias_of = &cmd_rmi};
static const struct command remove_ = {.name = "remove", .alias_of = &cmd_rmi, .needs = CMD_HIDDEN};

static const struct command *const sub[] = {
	&cmd_image_diff, &image_exists, &cmd_history, &cmd_import, &image_inspect, &list_, &cmd_load, &ls, &cmd_image_mount, &image_prune, &cmd_pull, &cmd_push, &remove_, &rm,
	&cmd_save, &cmd_image_scp, &cmd_tag, &trust_sign, &trust_group, &cmd_image_tree, &cmd_image_umount, &cmd_image_unmount, &cmd_untag, NULL,
};

const struct command cmd_image = {
	.name = "image",
	.args = "COMMAND",
	.summary = "Manage images",
	.sub = sub,
};
