/* cmd_quadlet_edit.c - `podlite quadlet install` and `rm`: files of the user's own directory. */
#include "podlite/cmd/quadlet.h"

#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/systemctl.h"
#include "podlite/output.h"

static int reload(int wanted, struct err *err)
{
	return wanted < 0 ? 0 : systemctl_unit("daemon-reload", NULL, err);
}

/* ---- install ---- */

struct install_opts {
	bool replace;
	int reload;
};

static const struct option_def install_rows[] = {
	{"reload-systemd", 0, OPT_TRI, offsetof(struct install_opts, reload), NULL, "Have systemd read its units again", 0, "true", NULL, NULL},
	OPT_ROW("replace", 'r', OPT_BOOL, struct install_opts, replace, NULL, "Replace a file of that name"),
	OPT_ROWS_END,
};
static const struct option_def *const install_groups[] = {install_rows, NULL};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int refuse_existing(const char *where, const char *file, struct err *err)
{
	return err_set(err, EK_EXISTS, "quadlet install: %s/%s is there already; use --replace", where, base_name(file));
}

static int check_new(int dir, const char *where, char **files, int n, struct err *err)
{
	for (int i = 0; i < n; i++)
		if (fs_exists(dir, base_name(files[i])))
			return refuse_existing(where, files[i], err);
	return 0;
}

/* Nothing is written unless all files are good, together with those that are there. */
static int check_files(char **files, int n, struct err *err)
{
	struct generated_list l = GENERATED_LIST_INIT;
	auto_svec struct svec first = SVEC_INIT;
	int r = 0;

	for (int i = 0; i < n; i++) {
		if (source_kind_of(base_name(files[i])) < 0)
			return err_set(err, EK_USAGE, "quadlet install %s: not a quadlet file: its name ends in none of .container, .volume, .network, .image", files[i]);
		for (int k = 0; k < i; k++)
			if (!strcmp(base_name(files[k]), base_name(files[i])))
				return err_set(err, EK_USAGE, "quadlet install: %s and %s have one name", files[k], files[i]);
		svec_take(&first, fs_abspath(files[i]));
	}
	r = generate_all(&l, &first, NULL, err);
	for (int i = 0; !r && i < n; i++) {
		const struct source *s = source_by_name(&l.sources, base_name(files[i]));

		if (s && s->errors.n)
			r = err_set(err, EK_INVALID, "%s", s->errors.v[0]);
	}
	generate_done(&l);
	return r;
}

static int copy_one(int dir, const char *where, const char *file, bool replace, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fs_read_file(AT_FDCWD, file, UNIT_FILE_MAX, &text);

	if (r < 0)
		return err_neg(err, r, "read %s", file);
	r = fs_write_file(dir, base_name(file), text.buf, text.len, 0644, FS_SYNC | (replace ? 0 : FS_EXCLUSIVE));
	if (r == -EEXIST)
		return refuse_existing(where, file, err);
	return r < 0 ? err_neg(err, r, "write %s/%s", where, base_name(file)) : output_line(err, "%s/%s", where, base_name(file));
}

static int run_install(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct install_opts *o = opt;
	auto_free char *where = source_install_dir();
	auto_fd int dir = -1;

	(void)c;
	if (!where)
		return err_set(err, EK_USAGE, "quadlet install: no home directory; set HOME or XDG_CONFIG_HOME");
	if (check_files(argv, argc, err) < 0)
		return -1;
	dir = fs_open_dir_p(AT_FDCWD, where);
	if (dir < 0)
		return err_neg(err, dir, "open %s", where);
	if (!o->replace && check_new(dir, where, argv, argc, err) < 0)
		return -1;
	for (int i = 0; i < argc; i++)
		if (copy_one(dir, where, argv[i], o->replace, err) < 0)
			return -1;
	return reload(o->reload, err);
}

const struct command cmd_quadlet_install = {
	.name = "install",
	.args = "[options] FILE [FILE...]",
	.summary = "Check quadlet files and put them where systemd's generator finds them",
	.groups = install_groups,
	.opt_size = sizeof(struct install_opts),
	.min_args = 1,
	.max_args = -1,
	.run = run_install,
};

/* ---- rm ---- */

struct rm_opts {
	bool all, force, ignore;
	int reload;
};

static const struct option_def rm_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct rm_opts, all, NULL, "Remove all files of the user's own directory"),
	OPT_ROW("force", 'f', OPT_BOOL, struct rm_opts, force, NULL, "Stop its service first"),
	OPT_ROW("ignore", 'i', OPT_BOOL, struct rm_opts, ignore, NULL, "A file that is not there is no error"),
	{"reload-systemd", 0, OPT_TRI, offsetof(struct rm_opts, reload), NULL, "Have systemd read its units again", 0, "true", NULL, NULL},
	OPT_ROWS_END,
};
static const struct option_def *const rm_groups[] = {rm_rows, NULL};

static bool is_installed(const struct generated *g)
{
	auto_free char *where = source_install_dir();
	size_t n = where ? strlen(where) : 0;

	return n && !strncmp(g->src->path, where, n) && g->src->path[n] == '/';
}

static int remove_one(const struct generated *g, bool force, struct err *err)
{
	auto_free char *state = systemctl_state(g->service);
	bool live = state && strncmp(state, "inactive", 8) && strncmp(state, "failed", 6);

	if (live && !force)
		return err_set(err, EK_IN_USE, "quadlet rm %s: %s is %s; stop it first or use --force", g->src->name, g->service, state);
	if (live && systemctl_unit("stop", g->service, err) < 0)
		return -1;
	if (unlink(g->src->path) < 0)
		return err_sys(err, "remove %s", g->src->path);
	return output_line(err, "%s", g->src->name);
}

static int remove_named(struct generated_list *l, const char *name, const struct rm_opts *o, struct err *err)
{
	const struct generated *g = quadlet_find(l, name, err);

	if (!g)
		return err->kind == EK_NOT_FOUND && o->ignore ? (err_clear(err), 0) : -1;
	if (!is_installed(g))
		return err_set(err, EK_DENIED, "quadlet rm %s: %s was not put there by quadlet install; remove it yourself", name, g->src->path);
	return remove_one(g, o->force, err);
}

static int run_rm(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct rm_opts *o = opt;
	struct generated_list l = GENERATED_LIST_INIT;
	int r;

	(void)c;
	if (o->all == (argc > 0))
		return err_set(err, EK_USAGE, o->all ? "quadlet rm: --all and names cannot be used together" : "quadlet rm: name the files to remove, or use --all");
	r = generate_all(&l, NULL, NULL, err);
	for (size_t i = 0; !r && o->all && i < l.n; i++)
		r = is_installed(&l.v[i]) ? remove_one(&l.v[i], o->force, err) : 0;
	for (int i = 0; !r && i < argc; i++)
		r = remove_named(&l, argv[i], o, err);
	generate_done(&l);
	return r < 0 ? -1 : reload(o->reload, err);
}

const struct command cmd_quadlet_rm = {
	.name = "rm",
	.args = "[options] QUADLET [QUADLET...]",
	.summary = "Remove installed quadlet files",
	.groups = rm_groups,
	.opt_size = sizeof(struct rm_opts),
	.max_args = -1,
	.run = run_rm,
};
