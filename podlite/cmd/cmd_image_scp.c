/* cmd_image_scp.c - `podlite image scp`: an image from one machine to another. */
#include "podlite/cmd/image.h"

#include "podlite/engine/img_scp.h"

struct scp_opts {
	bool quiet;
};

static const struct option_def rows[] = {
	OPT_ROW("quiet", 'q', OPT_BOOL, struct scp_opts, quiet, NULL, "Do not tell the progress"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct scp_opts *o = opt;
	struct img_scp_end from = {NULL, NULL}, to = {NULL, NULL};
	struct request_answer a = {.err = ERR_INIT};
	int r = img_scp_parse(argv[0], &from, err);

	if (!r && argc > 1)
		r = img_scp_parse(argv[1], &to, err);
	if (!r)
		r = img_scp(c, &from, &to, o->quiet, &a, err);
	if (!r)
		r = load_print_images(&a, err);
	request_answer_done(&a);
	img_scp_end_done(&from);
	img_scp_end_done(&to);
	return r;
}

const struct command cmd_image_scp = {
	.name = "scp",
	.args = "[options] [HOST::]IMAGE [HOST::]",
	.summary = "Copy an image from one machine to another, by ssh",
	.groups = groups,
	.opt_size = sizeof(struct scp_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
