/* cmd_container.c - the group `podlite container`: exists and prune are here, the rest are the
 * commands of the same name. */
#include "podlite/cmd/cmd.h"

#include "podlite/cmd/inspect.h"
#include "podlite/confirm.h"
#include "podlite/engine/ctr_filter.h"
#include "podlite/engine/engine.h"
#include "podlite/output.h"
#include "podlite/report.h"

/* ---- exists ---- */

struct exists_opts {
	bool external;
};

static const struct option_def exists_rows[] = {
	OPT_ROW("external", 'e', OPT_BOOL, struct exists_opts, external, NULL,
		"Look at containers of other tools in the store too (there are none)"),
	OPT_ROWS_END,
};
static const struct option_def *const exists_groups[] = {exists_rows, NULL};

static int run_exists(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	char id[65];

	(void)opt, (void)argc;
	if (ctr_find_id(c, argv[0], id, err) < 0)
		return err->kind == EK_NOT_FOUND ? 1 : -1;
	return 0;
}

static const struct command container_exists = {
	.name = "exists",
	.args = "[options] CONTAINER",
	.summary = "Check if a container exists: exit status 0 or 1",
	.groups = exists_groups,
	.opt_size = sizeof(struct exists_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_exists,
};

/* ---- prune ---- */

struct prune_opts {
	bool force;
	struct svec filter;
};

static const struct option_def prune_rows[] = {
	OPT_ROW("filter", 0, OPT_LIST, struct prune_opts, filter, "FILTER",
		"Remove only containers that match KEY=VALUE"),
	OPT_ROW("force", 'f', OPT_BOOL, struct prune_opts, force, NULL, "Do not ask"),
	OPT_ROWS_END,
};
static const struct option_def *const prune_groups[] = {prune_rows, NULL};

static int prune(struct context *c, const struct ctr_filter *f, struct err *err)
{
	struct ctr_list list = {NULL, 0};
	int status = 0, r = ctr_list_all(c, &list, err);

	for (size_t i = 0; i < list.n && !r; i++) {
		struct err one = ERR_INIT;

		if (ctr_is_live(&list.v[i]) || !ctr_filter_match(f, &list.v[i]))
			continue;
		if (ctr_remove(c, list.v[i].rec.id, false, false, -1, &one) == 0) {
			r = output_line(err, "%s", list.v[i].rec.id);
		} else if (one.kind != EK_NOT_FOUND && one.kind != EK_IN_USE) {
			/* else somebody removed or started it just now */
			report_error(c, &one);
			status = 125;
		}
	}
	ctr_list_done(&list);
	return r < 0 ? -1 : status;
}

static int run_prune(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct prune_opts *o = opt;
	auto_cleanup(ctr_filter_autop) struct ctr_filter *f = ctr_filter_parse(c, &o->filter, err);
	int r = f ? 1 : -1;

	(void)argc, (void)argv;
	if (f && !o->force)
		r = confirm_ask("This command removes all non running containers.", err);
	return r <= 0 ? r : prune(c, f, err);
}

static const struct command container_prune = {
	.name = "prune",
	.args = "[options]",
	.summary = "Remove all containers that do not run",
	.groups = prune_groups,
	.opt_size = sizeof(struct prune_opts),
	.needs = CMD_STORE,
	.run = run_prune,
};

/* ---- the group ---- */

static const struct command ls = {.name = "ls", .alias_of = &cmd_ps};
static const struct command list_ = {.name = "list", .alias_of = &cmd_ps, .needs = CMD_HIDDEN};

static const struct command *const sub[] = {
	&cmd_attach, &cmd_checkpoint, &cmd_clone, &cmd_commit, &cmd_cp, &cmd_create, &cmd_diff, &cmd_exec, &container_exists, &cmd_export, &cmd_init, &cmd_container_inspect,
	&cmd_kill, &list_, &cmd_logs, &ls, &cmd_mount, &cmd_pause, &cmd_port, &container_prune, &cmd_ps,
	&cmd_rename, &cmd_restart, &cmd_restore, &cmd_rm, &cmd_run, &cmd_start, &cmd_stats, &cmd_stop, &cmd_top,
	&cmd_umount, &cmd_unmount, &cmd_unpause, &cmd_update, &cmd_wait, NULL,
};

const struct command cmd_container = {
	.name = "container",
	.args = "COMMAND",
	.summary = "Manage containers",
	.sub = sub,
};
