/* cmd_volume_data.c - `podlite volume export`, `import`, `mount`, `unmount`, `reload`. */
#include "podlite/cmd/volume.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/cmd/cmd.h"
#include "podlite/engine/archive_file.h"
#include "podlite/engine/vol_archive.h"
#include "podlite/engine/vol_device.h"
#include "podlite/output.h"

struct export_opts {
	char *output;
};

static const struct option_def export_rows[] = {
	OPT_ROW("output", 'o', OPT_STR, struct export_opts, output, "FILE", "Write to a file instead of standard output"),
	OPT_ROWS_END,
};
static const struct option_def *const export_groups[] = {export_rows, NULL};

static int run_export(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct export_opts *o = opt;
	struct archive_file out;
	int r = archive_file_create(o->output, &out, err);

	(void)argc;
	if (!r)
		r = vol_archive_export(c, argv[0], out.fd, err);
	return archive_file_end(&out, r < 0, err);
}

const struct command cmd_volume_export = {
	.name = "export",
	.args = "[options] VOLUME",
	.summary = "Write a volume's files as a tar archive",
	.groups = export_groups,
	.opt_size = sizeof(struct export_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_export,
};

static int run_import(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	auto_fd int in = archive_file_open(argv[1], err);

	(void)opt, (void)argc;
	return in < 0 ? -1 : vol_archive_import(c, argv[0], in, err);
}

const struct command cmd_volume_import = {
	.name = "import",
	.args = "VOLUME FILE|-",
	.summary = "Put the files of a tar archive into a volume",
	.needs = CMD_STORE,
	.min_args = 2,
	.max_args = 2,
	.run = run_import,
};

/* Nothing has to be mounted: the path is what a script wants to know. */
static int run_mount(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)opt;
	for (int i = 0; i < argc; i++) {
		struct volume v = {.name = NULL};
		auto_free char *dir = NULL;
		int r = volume_find(&c->store, argv[i], &v, err);

		if (!r)
			r = vol_device_dir(&v, &dir, err);
		volume_done(&v);
		if (r < 0 || output_line(err, "%s", dir) < 0)
			return -1;
	}
	return 0;
}

const struct command cmd_volume_mount = {
	.name = "mount",
	.args = "VOLUME [VOLUME...]",
	.summary = "Print the directories of volumes; nothing needs to be mounted",
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run_mount,
};

static int run_unmount(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)opt;
	for (int i = 0; i < argc; i++) {
		struct volume v = {.name = NULL};
		int r = volume_find(&c->store, argv[i], &v, err);

		if (!r)
			r = output_line(err, "%s", v.name);
		volume_done(&v);
		if (r < 0)
			return -1;
	}
	return 0;
}

const struct command cmd_volume_unmount = {
	.name = "unmount",
	.args = "VOLUME [VOLUME...]",
	.summary = "The opposite of mount: checks that the volumes exist",
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run_unmount,
};

/* There are no volume plug-ins whose volumes could have come or gone. */
static int run_reload(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	(void)c, (void)opt, (void)argc, (void)argv, (void)err;
	return 0;
}

const struct command cmd_volume_reload = {
	.name = "reload",
	.args = "",
	.summary = "Does nothing: there are no volume plug-ins to ask",
	.needs = CMD_STORE,
	.run = run_reload,
};
