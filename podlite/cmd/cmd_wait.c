/* cmd_wait.c - `podlite wait`: print the exit status of containers as they end. */
#include "podlite/cmd/cmd.h"

#include <poll.h>

#include "common/fd.h"
#include "common/units.h"
#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/ctr_view.h"
#include "podlite/engine/engine.h"
#include "podlite/output.h"

struct wait_opts {
	struct ctr_args_select select;
	struct svec condition;
	int64_t interval;
};

static int parse_interval(void *field, const char *value, struct err *err)
{
	uint64_t ms;

	/* podman: a number without unit is milliseconds */
	if (units_parse_u64(value, &ms) && ms < 1000000000) {
		*(int64_t *)field = (int64_t)ms * 1000000;
		return 0;
	}
	if (!units_parse_duration(value, field) || *(int64_t *)field < 0)
		return err_set(err, EK_USAGE, "invalid interval \"%s\"", value);
	return 0;
}

static const char *const states[] = {"created", "exited", "healthy", "initialized", "paused", "removing", "running",
	"stopped", "stopping", "unhealthy", "unknown", "starting", NULL};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct wait_opts, m, a, h)
static const struct option_def rows[] = {
	{"condition", 0, OPT_LIST, offsetof(struct wait_opts, condition), "STATE",
		"Wait for a state instead of the end (running, paused, exited, ...)", 0, NULL, NULL, states},
	O("ignore", 0, OPT_BOOL, select.ignore, NULL, "A container that is not there is no error; -1 is printed for it"),
	{"interval", 'i', OPT_CALL, offsetof(struct wait_opts, interval), "DURATION", "How often to look for --condition", 0, "250ms", parse_interval, NULL},
	O("latest", 'l', OPT_BOOL, select.latest, NULL, "The container created last"),
	OPT_ROWS_END,
};

static bool state_matches(const struct svec *conditions, const struct ctr *ctr)
{
	const char *state = ctr_status_text(ctr->status);

	if (svec_has(conditions, state) || svec_has(conditions, ctr_view_health(ctr)))
		return true;
	return ctr->status == CTR_EXITED && svec_has(conditions, "stopped");
}

/* What has ended or is gone has got there, as far as it can. */
static bool wants(const struct svec *conditions, bool gone)
{
	return svec_has(conditions, "exited") || svec_has(conditions, "stopped") ||
		(gone && svec_has(conditions, "removing"));
}

/* 1: it is in one of the states, 0: not yet. */
static int look(struct context *c, const char *id, const struct wait_opts *o, int *ret_code, struct err *err)
{
	struct ctr ctr;
	bool match;

	if (ctr_load(c, id, &ctr, err) < 0)
		return -1;
	match = state_matches(&o->condition, &ctr);
	*ret_code = ctr.status == CTR_EXITED ? (int)ctr.exit.code : -1;
	ctr_done(&ctr);
	return match;
}

static int wait_state(struct context *c, const char *id, const struct wait_opts *o, int *ret_code, struct err *err)
{
	int ms = o->interval ? (int)MIN_OF(o->interval / 1000000 + 1, INT32_MAX) : 250;
	auto_fd int sock = -1;
	int r;

	for (;;) {
		r = look(c, id, o, ret_code, err);
		if (r)
			break;
		r = ctr_wait_some(c, id, ms, &sock, ret_code, err);
		if (r < 0 || (r && wants(&o->condition, false)))
			break;
		if (r)
			poll(NULL, 0, ms); /* another state may follow */
	}
	if (r > 0)
		return 0;
	if (err->kind != EK_NOT_FOUND || !wants(&o->condition, true))
		return -1;
	err_clear(err); /* --rm, or removed by somebody */
	return 0;
}

static int wait_one(struct context *c, const char *id, const struct wait_opts *o, struct err *err)
{
	int code = -1;
	int r = o->condition.n ? wait_state(c, id, o, &code, err) : ctr_wait(c, id, &code, err);

	return r < 0 ? -1 : output_line(err, "%d", code);
}

static int check_conditions(const struct svec *l, struct err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		size_t k = 0;

		while (states[k] && strcmp(states[k], l->v[i]))
			k++;
		if (!states[k])
			return err_set(err, EK_USAGE, "unknown container state: %s", l->v[i]);
	}
	return 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct wait_opts *o = opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;

	if (check_conditions(&o->condition, err) < 0 ||
		ctr_args_select(c, &o->select, argc, argv, false, &ids, &names, err) < 0)
		return -1;
	if (!argc)
		return wait_one(c, ids.v[0], o, err);
	/* in the order they were named, each as often as it was */
	for (int i = 0; i < argc; i++) {
		struct err missing = ERR_INIT;
		char id[65];
		int r;

		if (ctr_find_id(c, argv[i], id, &missing) == 0)
			r = wait_one(c, id, o, err);
		else
			r = output_line(err, "-1"); /* --ignore, or gone since */
		if (r < 0)
			return -1;
	}
	return 0;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_wait = {
	.name = "wait",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Wait until containers end and print their exit status",
	.groups = groups,
	.opt_size = sizeof(struct wait_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
