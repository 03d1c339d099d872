/* specgen_mounts_from.c - mounts made of others: --volumes-from, and --mount type=glob. */
#include <glob.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "podlite/engine/specgen.h"

/* ---- --volumes-from CONTAINER[:ro,rw,z] ---- */

static int parse_from(const char *text, char **ret_name, bool *ret_ro, struct err *err)
{
	auto_svec struct svec options = SVEC_INIT;
	size_t n = strcspn(text, ":");
	bool rw = false;

	*ret_name = xstrndup(text, n);
	*ret_ro = false;
	svec_add_split(&options, text[n] ? text + n + 1 : "", ',');
	SVEC_EACH(o, &options) {
		*ret_ro |= !strcmp(o, "ro");
		rw |= !strcmp(o, "rw");
		if (*o && strcmp(o, "ro") && strcmp(o, "rw") && strcmp(o, "z"))
			return err_set(err, EK_USAGE, "--volumes-from %s: invalid option \"%s\": expected ro, rw or z", text, o);
	}
	if (*ret_ro && rw)
		return err_set(err, EK_USAGE, "--volumes-from %s: ro and rw cannot be used together", text);
	return 0;
}

static void options_from(const struct ctr_mount *from, bool ro, struct create_mount *m)
{
	for (size_t i = 0; i < from->options.n; i++)
		if (strcmp(from->options.v[i], "O") && strcmp(from->options.v[i], "ro") && strcmp(from->options.v[i], "rw"))
			svec_add(&m->options, from->options.v[i]);
	svec_add(&m->options, ro || !from->rw ? "ro" : "rw");
	if (from->propagation)
		svec_add(&m->options, from->propagation);
	m->overlay = svec_has(&from->options, "O");
}

/* Volumes and directories of the host; a tmpfs is nobody else's. */
static int take_mount(struct specgen *g, const struct ctr_mount *from, bool ro, struct err *err)
{
	struct create_mount m = {.kind = CREATE_MOUNT_BIND, .nocopy = true};

	if (!strcmp(from->type, "volume"))
		m.kind = CREATE_MOUNT_VOLUME;
	else if (strcmp(from->type, "bind"))
		return 0;
	if (specgen_mounts_covers(g, from->destination))
		return 0;
	m.source = xstrdup(m.kind == CREATE_MOUNT_VOLUME ? from->name : from->source);
	m.dest = xstrdup(from->destination);
	m.subpath = xstrdup(from->subpath);
	options_from(from, ro, &m);
	return specgen_mounts_keep(g, &m, err);
}

static int take_mounts(struct specgen *g, const char *text, struct err *err)
{
	auto_free char *name = NULL;
	struct ctr other = {0};
	bool ro;
	int r = parse_from(text, &name, &ro, err);

	if (!r)
		r = ctr_find(g->c, name, &other, err) < 0 ? err_wrap(err, "--volumes-from %s", text) : 0;
	for (size_t i = 0; !r && i < other.rec.mounts.n; i++)
		r = take_mount(g, &other.rec.mounts.v[i], ro, err);
	ctr_done(&other);
	return r;
}

int specgen_mounts_from(struct specgen *g, struct err *err)
{
	for (size_t i = 0; i < g->o->volumes_from.n; i++)
		if (take_mounts(g, g->o->volumes_from.v[i], err) < 0)
			return -1;
	return 0;
}

/* ---- type=glob ---- */

static int add_match(struct specgen *g, const struct create_mount *glob, const char *path, struct err *err)
{
	struct create_mount m = {.kind = CREATE_MOUNT_BIND, .source = fs_abspath(path), .relabel = glob->relabel};

	m.dest = glob->dest ? xasprintf("%s%s", glob->dest, strrchr(m.source, '/')) : xstrdup(m.source);
	svec_add_all(&m.options, &glob->options);
	return specgen_mounts_keep(g, &m, err);
}

int specgen_mounts_glob(struct specgen *g, const struct create_mount *m, struct err *err)
{
	glob_t found;
	int r = glob(m->source, GLOB_NOSORT | GLOB_ERR, NULL, &found);

	if (r == GLOB_NOMATCH)
		return err_set(err, EK_NOT_FOUND, "--mount type=glob,src=%s: nothing matches", m->source);
	if (r)
		return err_set(err, EK_SYSTEM, "--mount type=glob,src=%s: cannot be read", m->source);
	for (size_t i = 0; i < found.gl_pathc && !r; i++)
		r = add_match(g, m, found.gl_pathv[i], err);
	globfree(&found);
	return r;
}
