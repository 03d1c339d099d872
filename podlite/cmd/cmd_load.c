/* cmd_load.c - `podlite load`, also `image load`. */
#include "podlite/cmd/cmd.h"
#include "podlite/cmd/image.h"

#include "podlite/engine/img_archive.h"
#include "podlite/output.h"

struct load_opts {
	bool quiet;
	char *input;
};

static const struct option_def rows[] = {
	OPT_ROW("input", 'i', OPT_STR, struct load_opts, input, "PATH|URL", "Read a file, directory or URL instead of standard input"),
	OPT_ROW("quiet", 'q', OPT_BOOL, struct load_opts, quiet, NULL, "Do not tell the progress"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

int load_print_images(const struct request_answer *a, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < a->images.n && !r; i++) {
		const struct request_image *img = &a->images.v[i];

		r = *img->name ? output_line(err, "Loaded image: %s", img->name)
			       : output_line(err, "Loaded image: sha256:%s", img->id);
	}
	return r;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct load_opts *o = opt;
	struct request_answer a;
	int r;

	(void)argc, (void)argv;
	if (img_archive_load(c, o->input, o->quiet, &a, err) < 0)
		return -1;
	r = load_print_images(&a, err);
	request_answer_done(&a);
	return r;
}

const struct command cmd_load = {
	.name = "load",
	.args = "[options]",
	.summary = "Load images from an archive or directory",
	.groups = groups,
	.opt_size = sizeof(struct load_opts),
	.needs = CMD_STORE,
	.run = run,
};
