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

/* Raises *status by what went wrong; -1 only if standard output fails. */
static int remove_one(struct context *c, const struct rmi_opts *o, const char *name, bool force,
	int *status, struct err *err)
{
	struct img_removed removed = {.untagged = SVEC_INIT};
	struct err one = ERR_INIT;
	int r = 0;

	if (img_remove(c, name, force, &removed, &one) == 0) {
		r = rmi_print_removed(&removed, err);
	} else if (one.kind != EK_NOT_FOUND || !(o->ignore || o->force)) {
		report_error(c, &one);
		*status = MAX_OF(*status, status_of(&one));
	}
	img_removed_done(&removed);
	return r;
}

/* By id with all its names; containers only with --force. */
static int remove_all(struct context *c, const struct rmi_opts *o, int *status, struct err *err)
{
	struct image_list list = {NULL, 0};
	int r = image_list(&c->store, &list, err);

	for (size_t i = 0; i < list.n && !r; i++) {
		const struct image *img = &list.v[i];

		for (size_t k = 0; k + 1 < img->names.n && !r && !o->force; k++)
			r = remove_one(c, o, img->names.v[k], false, status, err);
		if (!r)
			r = remove_one(c, o, img->names.n && !o->force ? img->names.v[img->names.n - 1] : img->id,
				o->force, status, err);
	}
	image_list_done(&list);
	return r;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct rmi_opts *o = opt;
	int status = 0, r = 0;

	if (o->all && argc)
		return err_set(err, EK_USAGE, "rmi: --all and image names cannot be used together");
	if (!o->all && !argc)
		return err_set(err, EK_USAGE, "rmi: name the images to remove, or use --all");
	if (o->all)
		r = remove_all(c, o, &status, err);
	for (int i = 0; i < argc && !r; i++)
		r = remove_one(c, o, argv[i], o->force, &status, err);
	return r < 0 ? -1 : status;
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
