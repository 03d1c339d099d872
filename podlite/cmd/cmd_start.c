/* cmd_start.c - `podlite start`. */
#include "podlite/cmd/cmd.h"

#include <poll.h>
#include <string.h>

#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/create_value.h"
#include "podlite/engine/engine.h"

#define STARTS_MS 10000 /* how long another command may take to start it */
#define POLL_MS   20

struct start_args {
	struct ctr_args_select select;
	bool attach, interactive;
	char *detach_keys;
	int sig_proxy;
};

#define ROW(n, l, t, m, a, h) OPT_ROW(n, l, t, struct start_args, m, a, h)
static const struct option_def rows[] = {
	ROW("all", 0, OPT_BOOL, select.all, NULL, "All containers that are not running"),
	ROW("attach", 'a', OPT_BOOL, attach, NULL, "Attach to the container's output and wait for its end"),
	{"detach-keys", 0, OPT_STR, offsetof(struct start_args, detach_keys), "KEYS", "Keys that detach from the container, such as ctrl-p,ctrl-q", 0, "none", NULL, NULL},
	{"filter", 'f', OPT_LIST, offsetof(struct start_args, select.filter), "FILTER", "Containers that match KEY=VALUE, as ps", 0, NULL, NULL,
		ctr_filter_words},
	ROW("interactive", 'i', OPT_BOOL, interactive, NULL, "Attach to the container's input as well"),
	ROW("latest", 'l', OPT_BOOL, select.latest, NULL, "The container created last"),
	{"sig-proxy", 0, OPT_TRI, offsetof(struct start_args, sig_proxy), NULL, "Pass signals on to the container", 0, "true if attached", NULL, NULL},
	OPT_ROWS_END,
};

/* What start needs to know of a container. */
struct facts {
	bool live, initialized, tty, open_stdin, passthrough;
};

static int look(struct context *c, const char *id, struct facts *ret, struct err *err)
{
	struct ctr ctr;

	if (ctr_load(c, id, &ctr, err) < 0)
		return -1;
	*ret = (struct facts){ctr_is_live(&ctr), ctr.status == CTR_INITIALIZED, ctr.rec.tty, ctr.rec.open_stdin,
		ctr_is_passthrough(&ctr.rec)};
	ctr_done(&ctr);
	return 0;
}

/* Another command starts it at this moment, or has: 1 if it runs then. */
static int runs_by_now(struct context *c, const char *id)
{
	for (int i = 0; i < STARTS_MS / POLL_MS; i++) {
		struct ctr ctr;
		bool live, starting;

		if (ctr_load(c, id, &ctr, NULL) < 0)
			return 0;
		live = ctr_is_live(&ctr) && ctr.status != CTR_INITIALIZED;
		starting = ctr.starting;
		ctr_done(&ctr);
		if (live || !starting)
			return live;
		poll(NULL, 0, POLL_MS);
	}
	return 0;
}

static int start_detached(struct context *c, const char *id, void *arg, struct err *err)
{
	struct start_opts s = {.detach_keys = ""};
	struct facts f;
	bool detached;
	int code;

	(void)arg;
	if (look(c, id, &f, err) < 0)
		return -1;
	if (f.passthrough)
		return err_set(err, EK_USAGE, "container %.12s passes its output through: start it with --attach", id);
	if (f.initialized)
		return ctr_begin(c, id, &s, &code, &detached, err);
	if (f.live || ctr_start(c, id, &s, &code, err) == 0)
		return 0;
	if (err->kind != EK_IN_USE || !runs_by_now(c, id))
		return -1;
	err_clear(err);
	return 0;
}

static int start_attached(struct context *c, const char *id, const struct start_args *o, struct err *err)
{
	struct start_opts s = {
		.attach_stdout = true,
		.attach_stderr = true,
		.detach_keys = o->detach_keys ? o->detach_keys : "",
	};
	bool detached = false;
	struct facts f;
	int code = 0, r;

	if (look(c, id, &f, err) < 0)
		return -1;
	s.attach_stdin = o->interactive && f.open_stdin;
	s.sig_proxy = o->sig_proxy >= 0 && !f.tty;
	s.passthrough = f.passthrough;
	if (f.initialized)
		r = ctr_begin(c, id, &s, &code, &detached, err);
	else
		r = f.live ? ctr_attach(c, id, &s, &code, &detached, err) : ctr_start(c, id, &s, &code, err);
	return r < 0 ? -1 : detached ? 0 : code;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct start_args *o = opt;
	bool attached = o->attach || o->interactive;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;

	if (o->detach_keys && create_restart_detach_keys(o->detach_keys, err) < 0)
		return -1;
	if (o->sig_proxy > 0 && !attached)
		return err_set(err, EK_USAGE, "you cannot use sig-proxy without --attach");
	if (ctr_args_select(c, &o->select, argc, argv, false, &ids, &names, err) < 0)
		return -1;
	if (attached && argc > 1)
		return err_set(err, EK_USAGE, "you cannot start and attach multiple containers at once");
	if (!attached)
		return ctr_args_each(c, &ids, &names, start_detached, NULL, err);
	if (ids.n > 1)
		return err_set(err, EK_USAGE, "you cannot start and attach multiple containers at once");
	return ids.n ? start_attached(c, ids.v[0], o, err) : 0;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_start = {
	.name = "start",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Start one or more containers",
	.groups = groups,
	.opt_size = sizeof(struct start_args),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
