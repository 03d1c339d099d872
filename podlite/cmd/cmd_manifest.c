/* cmd_manifest.c - the group `podlite manifest`: inspect. */
#include "podlite/cmd/cmd.h"

#include "common/jval.h"
#include "podlite/engine/reg_search.h"
#include "podlite/output.h"

struct inspect_opts {
	char *authfile, *cert_dir, *creds;
	int tls_verify;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct inspect_opts, m, a, h)
static const struct option_def rows[] = {
	O("authfile", 0, OPT_STR, authfile, "FILE", "Credentials file instead of the default ones"),
	O("cert-dir", 0, OPT_STR, cert_dir, "DIR", "Certificates of the registry"),
	O("creds", 0, OPT_STR, creds, "USER:PASSWORD", "Credentials for the registry"),
	O("tls-verify", 0, OPT_TRI, tls_verify, NULL, "Check the registry's certificate and refuse plain http"),
	OPT_ROWS_END,
};

static int run_inspect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct inspect_opts *o = opt;
	struct reg_search s = {.authfile = o->authfile, .cert_dir = o->cert_dir, .creds = o->creds,
		.tls_verify = o->tls_verify};
	auto_jval struct jval *doc = reg_search_manifest(c, argv[0], &s, err);

	(void)argc;
	return doc ? output_value(NULL, doc, false, err) : -1;
}

static const struct option_def *const groups[] = {rows, NULL};

static const struct command manifest_inspect = {
	.name = "inspect",
	.args = "[options] IMAGE",
	.summary = "Show the manifest or index of an image in its registry",
	.groups = groups,
	.opt_size = sizeof(struct inspect_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_inspect,
};

static const struct command *const sub[] = {&manifest_inspect, NULL};

const struct command cmd_manifest = {
	.name = "manifest",
	.args = "COMMAND",
	.summary = "Look at manifests and indexes",
	.sub = sub,
};
