/* cmd_history.c - `podlite history`, also `image history`. */
#include "podlite/cmd/cmd.h"

#include "podlite/engine/img_stores.h"
#include "podlite/engine/img_view.h"
#include "podlite/output.h"

struct history_opts {
	bool no_trunc, quiet;
	int human;
	char *format;
};

static const struct option_def rows[] = {
	OPT_ROW("format", 0, OPT_STR, struct history_opts, format, "TEMPLATE",
		"Print as json, table TEMPLATE or a Go template"),
	{"human", 'H', OPT_TRI, offsetof(struct history_opts, human), NULL, "Print ages instead of dates", 0,
		"true", NULL, NULL},
	OPT_ROW("no-trunc", 0, OPT_BOOL, struct history_opts, no_trunc, NULL, "Do not shorten commands and ids"),
	OPT_ROW("quiet", 'q', OPT_BOOL, struct history_opts, quiet, NULL, "Print ids only"),
	OPT_ROWS_END,
};

static const struct output_column table[] = {
	{"ID", "ID"}, {"CREATED", "Created"}, {"CREATED BY", "CreatedBy"}, {"SIZE", "Size"},
	{"COMMENT", "Comment"}, {NULL, NULL},
};
static const struct output_column headers[] = {{"CREATED", "CreatedSince"}, {NULL, NULL}};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct history_opts *o = opt;
	auto_jval struct jval *json = jval_new_array(), *list = NULL;
	struct image img = {.id = ""};
	struct output_list out = {
		.columns = table,
		.headers = headers,
		.format = o->format,
		.quiet = o->quiet,
		.quiet_key = "ID",
	};

	(void)argc;
	if (img_stores_look_image(c, argv[0], &img, err) < 0)
		return -1;
	list = img_view_history(c, &img, o->human >= 0, o->no_trunc, json, err);
	image_done(&img);
	return list ? output_list(&out, list, json, err) : -1;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_history = {
	.name = "history",
	.args = "[options] IMAGE",
	.summary = "Show history of a specified image",
	.groups = groups,
	.opt_size = sizeof(struct history_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
