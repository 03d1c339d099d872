/* cmd_save.c - `podlite save`, also `image save`. */
#include "podlite/cmd/cmd.h"

#include "podlite/engine/img_archive.h"

struct save_opts {
	bool compress, multi, quiet, uncompressed;
	char *format, *output;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct save_opts, m, a, h)
static const struct option_def rows[] = {
	O("compress", 0, OPT_BOOL, compress, NULL, "Compress layers; for docker-dir"),
	{"format", 0, OPT_STR, offsetof(struct save_opts, format), "FORMAT", "docker-archive, oci-archive, oci-dir or docker-dir",
		0, "docker-archive", NULL, img_save_formats},
	O("multi-image-archive", 'm', OPT_BOOL, multi, NULL, "Every argument is an image; for docker-archive"),
	O("output", 'o', OPT_STR, output, "PATH", "Write to a file or directory instead of standard output"),
	O("quiet", 'q', OPT_BOOL, quiet, NULL, "Do not tell the progress"),
	O("uncompressed", 0, OPT_BOOL, uncompressed, NULL, "Do not compress layers; for oci-archive and oci-dir"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct save_opts *o = opt;
	const struct img_save_opts s = {
		.format = o->format ? o->format : img_save_formats[0],
		.output = o->output,
		.compress = o->compress,
		.uncompressed = o->uncompressed,
		.quiet = o->quiet,
		.multi = o->multi,
	};

	return img_archive_save(c, &s, argc, argv, err);
}

const struct command cmd_save = {
	.name = "save",
	.args = "[options] IMAGE [NAME...]",
	.summary = "Save images to an archive or directory",
	.groups = groups,
	.opt_size = sizeof(struct save_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
