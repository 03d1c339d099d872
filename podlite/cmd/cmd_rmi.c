/* cmd_rmi.c - `podlite rmi`, also `image rm`. Exit status: 1 if an image was not there, 2 if one is
 * in use, as podman. */
#include "podlite/cmd/cmd.h"
#include "podlite/cmd/image.h"

#include "podlite/engine/img_remove.h"
#include "podlite/output.h"
#include "podlite/report.h"

struct rmi_opts {
	bool all, force, ignore, no_prune;
};

#define O(n, l, m, h) OPT_ROW(n, l, OPT_BOOL, struct rmi_opts, m, NULL, h)
static const struct option_def rows[] = {
	O("all", 'a', all, "Remove all images"),
	O("force", 'f', force, "Remove containers made from the image, and all its names; a missing one is no error"),
	O("ignore", 'i', ignore, "An image that is not there is no error"),
	O("no-prune", 0, no_prune, "Does nothing: images have no parents here"),
	OPT_ROWS_END,
};

int rmi_print_removed(const struct img_removed *r, struct err *err)
{
	for (size_t i = 0; i < r->untagged.n; i++)
		if (output_line(err, "Untagged: %s", r->untagged.v[i]) < 0)
			return -1;
	for (size_t i = 0; i < r->deleted.n; i++)
		if (output_line(err, "Deleted: %s", r->deleted.v[i]) < 0)
			return -1;
	return 0;
}

/* The exit status that podman gives for this error. */
static int status_of(const struct err *err)
{
	return err->kind == EK_NOT_FOUND ? 1 : err->kind == EK_IN_USE ? 2 : 125;
}

struct run {
	struct context *c;
	const struct rmi_opts *o;
	int status;
};

static void failed(void *arg, const struct err *one)
{
	struct run *r = arg;

	if (one->kind == EK_NOT_FOUND && (r->o->ignore || r->o->force))
		return;
	report_error(r->c, one);
	r->status = MAX_OF(r->status, status_of(one));
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct rmi_opts *o = opt;
	struct run state = {.c = c, .o = o};
	const struct img_remove_what what = {.names = argv, .n = (size_t)argc, .all = o->all, .force = o->force, .failed = failed,
		.arg = &state};
	struct img_removed removed = {.untagged = SVEC_INIT};
	int r;

	if (o->all && argc)
		return err_set(err, EK_USAGE, "rmi: --all and image names cannot be used together");
	if (!o->all && !argc)
		return err_set(err, EK_USAGE, "rmi: name the images to remove, or use --all");
	r = img_remove(c, &what, &removed, err);
	if (rmi_print_removed(&removed, r < 0 ? NULL : err) < 0)
		r = -1;
	img_removed_done(&removed);
	return r < 0 ? -1 : state.status;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_rmi = {
	.name = "rmi",
	.args = "[options] IMAGE [IMAGE...]",
	.summary = "Remove one or more images from local storage",
	.groups = groups,
	.opt_size = sizeof(struct rmi_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
