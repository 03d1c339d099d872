/* cmd_diff.c - `podlite diff`. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "podlite/cmd/ctr_args.h"
#include "podlite/cmd/image.h"
#include "podlite/engine/ctr_diff.h"
#include "podlite/engine/img_stores.h"
#include "podlite/output.h"

struct diff_opts {
	bool latest;
	char *format;
};

static const char *const formats[] = {"json", NULL};

static const struct option_def rows[] = {
	{"format", 0, OPT_STR, offsetof(struct diff_opts, format), "json", "Print as json", 0, NULL, NULL, formats},
	OPT_ROW("latest", 'l', OPT_BOOL, struct diff_opts, latest, NULL, "The container created last"),
	OPT_ROWS_END,
};

/* A name alone: a container's, else an image's. */
static int diff_image(struct context *c, const char *name, struct ctr_diff *d, struct err *err)
{
	struct image img;
	int r;

	if (img_stores_have_image(c, name, &img, err) < 0)
		return -1;
	r = ctr_diff_layer(c, &img, d, err);
	image_done(&img);
	return r;
}

static int diff_one(struct context *c, const struct diff_opts *o, int argc, char **argv, struct ctr_diff *d,
	struct err *err)
{
	struct ctr_args_select select = {.latest = o->latest};
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;
	struct err no_image = ERR_INIT;

	if (ctr_args_select(c, &select, argc, argv, false, &ids, &names, err) == 0)
		return ctr_diff_read(c, ids.v[0], d, err);
	if (argc != 1 || err->kind != EK_NOT_FOUND)
		return -1;
	if (diff_image(c, argv[0], d, &no_image) == 0) {
		err_clear(err);
		return 0;
	}
	if (no_image.kind != EK_NOT_FOUND)
		*err = no_image;
	return -1;
}

static void add_list(struct jval *o, const char *key, const struct svec *paths)
{
	if (paths->n)
		jval_set(o, key, jval_new_strings(paths));
}

static int print(const struct ctr_diff *d, bool json, struct err *err)
{
	auto_jval struct jval *o = jval_new_object();

	if (!json) {
		/* file names are the container's: made safe for terminals */
		for (size_t i = 0; i < d->lines.n; i++)
			if (output_safe(d->lines.v[i], err) < 0 || output_write("\n", 1, err) < 0)
				return -1;
		return 0;
	}
	add_list(o, "changed", &d->changed);
	add_list(o, "added", &d->added);
	add_list(o, "deleted", &d->deleted);
	return output_value("json", o, false, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct diff_opts *o = opt;
	struct ctr_diff d;
	int r;

	if (argc > 1 && o->latest)
		return err_set(err, EK_USAGE, "--latest leaves room for one name at most, to compare with nothing else");
	r = argc > 1 ? ctr_diff_between(c, argv[0], argv[1], &d, err) : diff_one(c, o, argc, argv, &d, err);
	if (r < 0)
		return -1;
	r = print(&d, o->format != NULL, err);
	ctr_diff_done(&d);
	return r;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_diff = {
	.name = "diff",
	.args = "[options] CONTAINER|IMAGE [CONTAINER|IMAGE]",
	.summary = "Show what a container or an image's last layer changed in the file system",
	.groups = groups,
	.opt_size = sizeof(struct diff_opts),
	.needs = CMD_STORE,
	.max_args = 2,
	.run = run,
};

struct image_diff_opts {
	char *format;
};

static const struct option_def image_rows[] = {
	{"format", 0, OPT_STR, offsetof(struct image_diff_opts, format), "json", "Print as json", 0, NULL, NULL, formats},
	OPT_ROWS_END,
};
static const struct option_def *const image_groups[] = {image_rows, NULL};

static int run_image(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct image_diff_opts *o = opt;
	struct ctr_diff d;
	int r = argc > 1 ? ctr_diff_between(c, argv[0], argv[1], &d, err) : diff_image(c, argv[0], &d, err);

	if (r < 0)
		return -1;
	r = print(&d, o->format != NULL, err);
	ctr_diff_done(&d);
	return r;
}

const struct command cmd_image_diff = {
	.name = "diff",
	.args = "[options] IMAGE [IMAGE]",
	.summary = "Show what the last layer of an image changed, or how it differs from another",
	.groups = image_groups,
	.opt_size = sizeof(struct image_diff_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 2,
	.run = run_image,
};
