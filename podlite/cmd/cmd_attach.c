/* cmd_attach.c - `podlite attach`. */
#include "podlite/cmd/cmd.h"

#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/engine.h"

struct attach_opts {
	struct ctr_args_select select;
	char *detach_keys;
	bool no_stdin;
	int sig_proxy;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct attach_opts, m, a, h)
static const struct option_def rows[] = {
	O("detach-keys", 0, OPT_STR, detach_keys, "KEYS", "Leave the container running on these keys, such as ctrl-p,ctrl-q (default: none)"),
	O("latest", 'l', OPT_BOOL, select.latest, NULL, "The container created last"),
	O("no-stdin", 0, OPT_BOOL, no_stdin, NULL, "Do not attach standard input"),
	O("sig-proxy", 0, OPT_TRI, sig_proxy, NULL, "Pass signals on to the container (default true)"),
	OPT_ROWS_END,
};

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct attach_opts *o = opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;
	struct start_opts s = {
		.attach_stdin = !o->no_stdin,
		.attach_stdout = true,
		.attach_stderr = true,
		.sig_proxy = o->sig_proxy >= 0,
		.detach_keys = o->detach_keys ? o->detach_keys : "",
	};
	bool detached = false;
	struct ctr ctr;
	int code = 0;

	if (ctr_args_select(c, &o->select, argc, argv, false, &ids, &names, err) < 0 ||
		ctr_load(c, ids.v[0], &ctr, err) < 0)
		return -1;
	if (!ctr_is_live(&ctr))
		err_set(err, EK_INVALID, "you can only attach to running containers: %s is in state %s", ctr.rec.name,
			ctr_status_text(ctr.status));
	s.attach_stdin &= ctr.rec.open_stdin;
	bool live = ctr_is_live(&ctr);

	ctr_done(&ctr);
	if (!live || ctr_attach(c, ids.v[0], &s, &code, &detached, err) < 0)
		return -1;
	return detached ? 0 : code;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_attach = {
	.name = "attach",
	.args = "[options] CONTAINER",
	.summary = "Attach to a running container",
	.groups = groups,
	.opt_size = sizeof(struct attach_opts),
	.needs = CMD_STORE,
	.max_args = 1,
	.run = run,
};
