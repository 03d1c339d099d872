/* cmd_rm.c - `podlite rm`. Exit status as podman-rm(1): 1 no such container, 2 still running. */
#include "podlite/cmd/cmd.h"

#include "common/fd.h"
#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/ctr_inspect.h"
#include "podlite/engine/engine.h"
#include "podlite/report.h"

#define MAX_DEPTH 100

struct rm_opts {
	struct ctr_args_select select;
	bool force, volumes, depend;
	int64_t time;
	int depth;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct rm_opts, m, a, h)
static const struct option_def rows[] = {
	O("all", 'a', OPT_BOOL, select.all, NULL, "All containers"),
	O("cidfile", 0, OPT_LIST, select.cidfile, "FILE", "Read a container ID from the file"),
	O("depend", 0, OPT_BOOL, depend, NULL, "Also what depends on it: --requires, or a namespace of it"),
	{"filter", 0, OPT_LIST, offsetof(struct rm_opts, select.filter), "FILTER", "Containers that match KEY=VALUE, as ps", 0, NULL, NULL,
		ctr_filter_words},
	O("force", 'f', OPT_BOOL, force, NULL, "Stop a running container first; a missing one is no error"),
	O("ignore", 'i', OPT_BOOL, select.ignore, NULL, "A container that is not there is no error"),
	O("latest", 'l', OPT_BOOL, select.latest, NULL, "The container created last"),
	{"time", 't', OPT_INT, offsetof(struct rm_opts, time), "SECONDS", "With --force: wait before killing", 0, "10", NULL, NULL},
	O("volumes", 'v', OPT_BOOL, volumes, NULL, "Remove its anonymous volumes too"),
	OPT_ROWS_END,
};

static bool depends(struct context *c, const struct ctr_record *r, const char *id)
{
	struct err gone = ERR_INIT;
	auto_fd int dir = ctr_open_dir(c, r->id, &gone);
	auto_svec struct svec ids = SVEC_INIT;

	if (dir >= 0)
		ctr_dependencies(r, dir, &ids);
	return svec_has(&ids, id);
}

static int remove_one(struct context *c, const char *id, void *arg, struct err *err);

/* Of those that depend on each other one comes first, and is not there any more when its turn comes again. */
static int remove_dependents(struct context *c, const char *id, struct rm_opts *o, struct err *err)
{
	struct ctr_list list = {NULL, 0};
	int r = o->depth++ < MAX_DEPTH ? ctr_list_all(c, &list, err) :
		err_set(err, EK_INVALID, "containers depend on each other without end");

	for (size_t i = 0; i < list.n && !r; i++)
		if (depends(c, &list.v[i].rec, id)) {
			r = remove_one(c, list.v[i].rec.id, o, err);
			if (r < 0 && err->kind == EK_NOT_FOUND) {
				err_clear(err);
				r = 0;
			}
		}
	ctr_list_done(&list);
	o->depth--;
	return r;
}

static int remove_one(struct context *c, const char *id, void *arg, struct err *err)
{
	struct rm_opts *o = arg;

	if (o->depend && remove_dependents(c, id, o, err) < 0)
		return -1;
	if (ctr_remove(c, id, o->force, o->volumes, o->time, err) == 0)
		return 0;
	/* somebody else was faster: gone is gone */
	return err->kind == EK_NOT_FOUND && (o->force || o->select.ignore) ? 0 : -1;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct rm_opts o = *(const struct rm_opts *)opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;
	int r;

	o.select.ignore |= o.force;
	r = ctr_args_select(c, &o.select, argc, argv, false, &ids, &names, err);
	if (!r)
		r = ctr_args_each(c, &ids, &names, remove_one, &o, err);
	if (!r || (err->kind != EK_NOT_FOUND && err->kind != EK_IN_USE))
		return r;
	report_error(c, err);
	return err->kind == EK_NOT_FOUND ? 1 : 2;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_rm = {
	.name = "rm",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Remove one or more containers",
	.groups = groups,
	.opt_size = sizeof(struct rm_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
