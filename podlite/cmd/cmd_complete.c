/* cmd_complete.c - `podlite completion SHELL`, and what those scripts call. */
#include "podlite/cmd/cmd.h"

#include <fcntl.h>

#include "common/fs.h"
#include "common/sbuf.h"
#include "podlite/called.h"
#include "podlite/complete.h"
#include "podlite/output.h"

static int run_complete(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	(void)opt;
	complete_words(c, argc, argv, &b);
	return output_safe(b.buf, err);
}

/* "podlite __complete -- WORD...": the words are not options of ours. */
const struct command cmd_complete = {
	.name = "__complete",
	.args = "-- WORD...",
	.summary = "What may come next, for shells",
	.needs = CMD_HIDDEN | CMD_STOP_AT_ARG,
	.max_args = -1,
	.run = run_complete,
};

struct completion_opts {
	char *file;
};

static const struct option_def rows[] = {
	OPT_ROW("file", 'f', OPT_STR, struct completion_opts, file, "FILE", "Write to a file instead of standard output"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int run_completion(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct completion_opts *o = opt;
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r;

	(void)argc;
	if (!complete_script(argv[0], called_as(c->argv[0]), &text))
		return err_set(err, EK_USAGE, "completion: unknown shell \"%s\"; choose bash, zsh or fish", argv[0]);
	if (!o->file)
		return output_safe(text.buf, err);
	r = fs_write_file(AT_FDCWD, o->file, text.buf, text.len, 0644, 0);
	return r < 0 ? err_neg(err, r, "completion: write %s", o->file) : 0;
}

const struct command cmd_completion = {
	.name = "completion",
	.args = "[options] bash|zsh|fish",
	.summary = "Print the completion script for a shell",
	.groups = groups,
	.opt_size = sizeof(struct completion_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_completion,
};
