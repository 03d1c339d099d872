/* cmd_system_import.c - `podlite system import-podman`. */
#include "podlite/cmd/system.h"

#include "common/alloc.h"
#include "podlite/engine/img_podman.h"
#include "podlite/output.h"
#include "podlite/report.h"

struct import_opts {
	char *store;
	bool quiet;
};

static const struct option_def rows[] = {
	OPT_ROW("quiet", 'q', OPT_BOOL, struct import_opts, quiet, NULL, "Print the IDs alone"),
	OPT_ROW("store", 0, OPT_STR, struct import_opts, store, "DIR", "Podman's store, instead of the one that its storage.conf names"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

/* No argument means all. used: which arguments meant an image. */
static bool is_wanted(const struct img_podman *img, int argc, char **argv, bool *used)
{
	bool wanted = !argc;

	for (int i = 0; i < argc; i++)
		if (img_podman_matches(img, argv[i]))
			wanted = used[i] = true;
	return wanted;
}

/* One that cannot be taken is told, and the others are. */
static int import_all(struct context *c, const struct img_podman_store *s, const struct import_opts *o, int argc,
	char **argv, bool *used, struct err *err)
{
	int status = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct err one = ERR_INIT;

		if (!is_wanted(&s->v[i], argc, argv, used))
			continue;
		if (img_podman_import(c, s, &s->v[i], o->quiet, &one) < 0) {
			report_error(c, &one);
			status = 125;
		} else if (output_line(err, "%s", s->v[i].id) < 0) {
			return -1;
		}
	}
	for (int i = 0; i < argc; i++)
		if (!used[i]) {
			struct err one = ERR_INIT;

			(void)!err_set(&one, EK_NOT_FOUND, "%s: podman has no such image in %s", argv[i], s->path);
			report_error(c, &one);
			status = 125;
		}
	return status;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct import_opts *o = opt;
	auto_free bool *used = xcalloc((size_t)argc + 1, sizeof(*used));
	struct img_podman_store s;
	int r;

	if (img_podman_open(o->store, &s, err) < 0)
		return -1;
	r = import_all(c, &s, o, argc, argv, used, err);
	img_podman_close(&s);
	return r;
}

const struct command cmd_system_import = {
	.name = "import-podman",
	.args = "[options] [IMAGE...]",
	.summary = "Take over the images of this user's podman",
	.groups = groups,
	.opt_size = sizeof(struct import_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
