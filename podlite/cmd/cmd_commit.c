/* cmd_commit.c - `podlite commit`, also `container commit`; `podlite import`, also `image import`. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/archive_fetch.h"
#include "podlite/engine/archive_file.h"
#include "podlite/engine/img_commit.h"
#include "podlite/output.h"

/* ---- commit ---- */

struct commit_opts {
	char *author, *format, *iidfile, *message;
	bool include_volumes, pause, quiet, squash;
	struct svec change;
};

static const char *const commit_formats[] = {"oci", "docker", NULL};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct commit_opts, m, a, h)
static const struct option_def commit_rows[] = {
	O("author", 'a', OPT_STR, author, "NAME", "Author of the image"),
	O("change", 'c', OPT_LIST, change, "INSTRUCTION", "Change the image's configuration: CMD, ENV, LABEL and the like"),
	{"format", 'f', OPT_STR, offsetof(struct commit_opts, format), "FORMAT", "Of the manifest: oci or docker", 0, "oci",
		NULL, commit_formats},
	O("iidfile", 0, OPT_STR, iidfile, "FILE", "Write the image's ID to a file"),
	O("include-volumes", 0, OPT_BOOL, include_volumes, NULL, "The container's volumes become volumes of the image"),
	O("message", 'm', OPT_STR, message, "TEXT", "Comment in the image's history"),
	O("pause", 'p', OPT_BOOL, pause, NULL, "Pause the container meanwhile"),
	O("quiet", 'q', OPT_BOOL, quiet, NULL, "Do not tell the progress"),
	O("squash", 's', OPT_BOOL, squash, NULL, "One layer with everything"),
	OPT_ROWS_END,
};
#undef O
static const struct option_def *const commit_groups[] = {commit_rows, NULL};

static int run_commit(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct commit_opts *o = opt;
	const struct img_commit_opts i = {
		.name = argc > 1 ? argv[1] : NULL,
		.author = o->author,
		.message = o->message,
		.changes = &o->change,
		.pause = o->pause,
		.quiet = o->quiet,
		.squash = o->squash,
		.volumes = o->include_volumes,
		.docker = o->format && !strcmp(o->format, "docker"),
	};
	char id[65];
	int r = img_commit(c, argv[0], &i, id, err);

	if (!r && o->iidfile) {
		r = fs_write_file(AT_FDCWD, o->iidfile, id, 64, 0644, 0);
		if (r < 0)
			return err_neg(err, r, "write %s", o->iidfile);
	}
	return r < 0 ? -1 : output_line(err, "%s", id);
}

const struct command cmd_commit = {
	.name = "commit",
	.args = "[options] CONTAINER [IMAGE]",
	.summary = "Make an image of what a container changed",
	.groups = commit_groups,
	.opt_size = sizeof(struct commit_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 2,
	.run = run_commit,
};

/* ---- import ---- */

struct import_opts {
	char *arch, *message, *os, *variant;
	bool quiet;
	struct svec change;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct import_opts, m, a, h)
static const struct option_def import_rows[] = {
	O("arch", 0, OPT_STR, arch, "ARCH", "Architecture of the image"),
	O("change", 'c', OPT_LIST, change, "INSTRUCTION", "Change the image's configuration: CMD, ENV, LABEL and the like"),
	O("message", 'm', OPT_STR, message, "TEXT", "Comment in the image's history"),
	O("os", 0, OPT_STR, os, "OS", "Operating system of the image"),
	O("quiet", 'q', OPT_BOOL, quiet, NULL, "Do not tell the progress"),
	O("variant", 0, OPT_STR, variant, "VARIANT", "Variant of the architecture"),
	OPT_ROWS_END,
};
#undef O
static const struct option_def *const import_groups[] = {import_rows, NULL};

static int run_import(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct import_opts *o = opt;
	const struct img_commit_opts i = {
		.name = argc > 1 ? argv[1] : NULL,
		.message = o->message,
		.changes = &o->change,
		.quiet = o->quiet,
		.os = o->os,
		.arch = o->arch,
		.variant = o->variant,
	};
	auto_fd int fd = archive_fetch(c, argv[0], o->quiet, err);
	char id[65];

	if (fd < 0 || img_commit_import(c, fd, argv[0], &i, id, err) < 0)
		return -1;
	return output_line(err, "sha256:%s", id);
}

const struct command cmd_import = {
	.name = "import",
	.args = "[options] FILE|URL|- [IMAGE]",
	.summary = "Make an image of a root file system in a tar archive",
	.groups = import_groups,
	.opt_size = sizeof(struct import_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 2,
	.run = run_import,
};

/* ---- export ---- */

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
		r = img_commit_export(c, argv[0], out.fd, err);
	return archive_file_end(&out, r < 0, err);
}

const struct command cmd_export = {
	.name = "export",
	.args = "[options] CONTAINER",
	.summary = "Write a container's files as a tar archive",
	.groups = export_groups,
	.opt_size = sizeof(struct export_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_export,
};
