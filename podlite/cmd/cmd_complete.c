/* cmd_complete.c - `podlite completion SHELL`, and what those scripts call. */
#include "podlite/cmd/cmd.h"

#include "common/sbuf.h"
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

static int run_completion(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const char *text = complete_script(argv[0]);

	(void)c, (void)opt, (void)argc;
	if (!text)
		return err_set(err, EK_USAGE, "completion: unknown shell \"%s\"; choose bash, zsh or fish", argv[0]);
	return output_safe(text, err);
}

const struct command cmd_completion = {
	.name = "completion",
	.args = "bash|zsh|fish",
	.summary = "Print the completion script for a shell",
	.min_args = 1,
	.max_args = 1,
	.run = run_completion,
};
