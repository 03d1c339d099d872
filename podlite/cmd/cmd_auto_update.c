/* cmd_auto_update.c - `podlite auto-update`. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/cmd/recreate.h"
#include "podlite/engine/auto_update.h"
#include "podlite/engine/systemctl.h"
#include "podlite/output.h"
#include "podlite/report.h"

struct update_opts {
	char *authfile, *format;
	bool dry_run;
	int rollback, tls_verify;
};

static const struct option_def rows[] = {
	OPT_ROW("authfile", 0, OPT_STR, struct update_opts, authfile, "FILE", "File with credentials of registries"),
	OPT_ROW("dry-run", 0, OPT_BOOL, struct update_opts, dry_run, NULL, "Only tell what would be updated"),
	OPT_ROW("format", 0, OPT_STR, struct update_opts, format, "TEMPLATE", "Print as json, table TEMPLATE or a Go template"),
	{"rollback", 0, OPT_TRI, offsetof(struct update_opts, rollback), NULL, "Go back to the old image where the new one does not start", 0, "true", NULL, NULL},
	OPT_ROW("tls-verify", 0, OPT_TRI, struct update_opts, tls_verify, NULL, "Require HTTPS and valid certificates of the registry"),
	OPT_ROWS_END,
};

static const struct output_column columns[] = {
	{"UNIT", "Unit"}, {"CONTAINER", "Container"}, {"IMAGE", "Image"}, {"POLICY", "Policy"}, {"UPDATED", "Updated"}, {NULL, NULL},
};

struct updater {
	struct context *c;
	const struct update_opts *o;
	struct img_pull_opts pull;
	struct svec units; /* restarted already: UNIT=what became of it */
	struct jval *rows;
	int status;
};

/* A service is restarted as such; another container is made anew. */
static int start_anew(struct updater *u, const struct ctr_record *r, const char *unit, struct err *err)
{
	if (!unit)
		return recreate(r, err) < 0 ? -1 : auto_update_wait(u->c, r->name, err);
	return systemctl_unit("restart", unit, err);
}

/* Returns what the column UPDATED says. */
static const char *replace(struct updater *u, const struct ctr_record *r, const char *unit, struct err *err)
{
	struct err again = ERR_INIT;

	if (start_anew(u, r, unit, err) == 0)
		return "true";
	if (u->o->rollback < 0)
		return "failed";
	if (auto_update_restore(u->c, r, &again) < 0 || start_anew(u, r, unit, &again) < 0) {
		err_advise(err, "going back to the old image failed, too: %s", again.msg);
		return "failed";
	}
	err_advise(err, "it runs with the old image again");
	return "rolled back";
}

static const char *update_one(struct updater *u, const struct ctr_record *r, enum auto_update_policy policy, const char *unit, struct err *err)
{
	const char *done = unit ? svec_env_get(&u->units, unit) : NULL;
	bool newer = false;

	if (done) /* its service went with another container's */
		return done;
	if (auto_update_check(u->c, r, policy, &u->pull, &newer, err) < 0)
		return "failed";
	if (!newer)
		return "false";
	if (u->o->dry_run)
		return "pending";
	if (auto_update_fetch(u->c, r, policy, &u->pull, err) < 0)
		return "failed";
	done = replace(u, r, unit, err);
	if (unit)
		svec_env_set(&u->units, unit, done);
	return done;
}

static void add_row(struct updater *u, const struct ctr_record *r, enum auto_update_policy policy, const char *unit, const char *updated)
{
	struct jval *row = jval_new_object();
	auto_free char *shown = xasprintf("%.12s (%s)", r->id, r->name);

	jval_set_str(row, "Unit", unit ? unit : "");
	jval_set_str(row, "Container", shown);
	jval_set_str(row, "ContainerName", r->name);
	jval_set_str(row, "ContainerID", r->id);
	jval_set_str(row, "Image", r->image_name ? r->image_name : "");
	jval_set_str(row, "Policy", policy == AUTO_UPDATE_LOCAL ? "local" : "registry");
	jval_set_str(row, "Updated", updated);
	jval_add(u->rows, row);
}

/* One that fails does not keep the others from their update. */
static void consider(struct updater *u, const struct ctr *ctr)
{
	const char *unit = svec_env_get(&ctr->rec.labels, CTR_LABEL_UNIT), *updated;
	enum auto_update_policy policy;
	struct err err = ERR_INIT;

	if (auto_update_policy(&ctr->rec, &policy, &err) == 0) {
		if (policy == AUTO_UPDATE_NONE || !ctr_is_live(ctr))
			return;
		updated = update_one(u, &ctr->rec, policy, unit, &err);
		add_row(u, &ctr->rec, policy, unit, updated);
	}
	if (err.kind == EK_OK)
		return;
	err_wrap(&err, "auto-update");
	report_error(u->c, &err);
	u->status = 125;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct update_opts *o = opt;
	auto_jval struct jval *table = jval_new_array();
	struct updater u = {.c = c, .o = o, .rows = table,
		.pull = {.tls_verify = o->tls_verify, .authfile = o->authfile, .quiet = true, .retry = -1}};
	struct output_list out = {.columns = columns, .headers = columns, .format = o->format};
	struct ctr_list all = {NULL, 0};

	(void)argc, (void)argv;
	if (ctr_list_all(c, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		consider(&u, &all.v[i]);
	ctr_list_done(&all);
	svec_done(&u.units);
	return output_list(&out, table, table, err) < 0 ? -1 : u.status;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_auto_update = {
	.name = "auto-update",
	.args = "[options]",
	.summary = "Update containers to newer images, as their labels ask for",
	.groups = groups,
	.opt_size = sizeof(struct update_opts),
	.needs = CMD_STORE,
	.run = run,
};
