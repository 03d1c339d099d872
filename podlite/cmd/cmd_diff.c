/* cmd_diff.c - `podlite diff`. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/ctr_diff.h"
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

static int no_images(const char *name, struct err *err)
{
	err_set(err, EK_UNSUPPORTED, "diff %s: images cannot be compared yet, only a container with its image", name);
	return err_advise(err, "podlite history %s shows its layers", name);
}

static int find(struct context *c, const struct diff_opts *o, int argc, char **argv, struct svec *ids, struct err *err)
{
	struct ctr_args_select select = {.latest = o->latest};
	auto_svec struct svec names = SVEC_INIT;
	struct err ignored = ERR_INIT;
	struct image img;

	/* the second one is what podman compares with */
	if (argc > 1 || (argc == 1 && o->latest))
		return no_images(argv[argc - 1], err);
	if (ctr_args_select(c, &select, argc, argv, false, ids, &names, err) == 0)
		return 0;
	if (argc == 1 && err->kind == EK_NOT_FOUND && image_find(&c->store, argv[0], NULL, &img, &ignored) == 0) {
		image_done(&img);
		return no_images(argv[0], err);
	}
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
	auto_svec struct svec ids = SVEC_INIT;
	struct ctr_diff d;
	int r;

	if (find(c, o, argc, argv, &ids, err) < 0 || ctr_diff_read(c, ids.v[0], &d, err) < 0)
		return -1;
	r = print(&d, o->format != NULL, err);
	ctr_diff_done(&d);
	return r;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_diff = {
	.name = "diff",
	.args = "[options] CONTAINER",
	.summary = "Show what a container changed in its file system",
	.groups = groups,
	.opt_size = sizeof(struct diff_opts),
	.needs = CMD_STORE,
	.max_args = 2,
	.run = run,
};
