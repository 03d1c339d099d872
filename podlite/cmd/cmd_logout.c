/* cmd_logout.c - `podlite logout`. */
#include "podlite/cmd/cmd.h"

#include "common/alloc.h"
#include "podlite/engine/reg_login.h"
#include "podlite/output.h"

struct logout_opts {
	bool all;
	char *authfile, *compat;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct logout_opts, m, a, h)
static const struct option_def rows[] = {
	O("all", 'a', OPT_BOOL, all, NULL, "Remove the credentials of all registries"),
	O("authfile", 0, OPT_STR, authfile, "FILE", "Credentials file instead of the default ones"),
	O("compat-auth-file", 0, OPT_STR, compat, "FILE", "Credentials file as docker writes it"),
	OPT_ROWS_END,
};

/* Nothing in our file, but in another that is read: say whose it is. */
static int not_ours(const struct reg_login *l, const char *key, struct err *err)
{
	struct auth_creds creds;
	int r = reg_login_find(l, key, &creds, err);

	auth_creds_done(&creds);
	if (r < 0)
		return -1;
	err_set(err, EK_NOT_FOUND, "not logged into %s", key);
	return r ? err_advise(err, "its credentials come from another file, as docker's; log out there, or name it with --authfile") : -1;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct logout_opts *o = opt;
	struct reg_login l = {.authfile = o->authfile, .compat = o->compat};
	auto_free char *key = NULL;
	int r;

	(void)c;
	if (o->authfile && o->compat)
		return err_set(err, EK_USAGE, "--authfile excludes --compat-auth-file");
	if (o->all && argc)
		return err_set(err, EK_USAGE, "--all takes no registry");
	if (o->all)
		return reg_login_remove_all(&l, err) < 0 ? -1 :
			output_line(err, "Removed login credentials for all registries");
	key = reg_login_key(argc ? argv[0] : NULL, err);
	r = key ? reg_login_remove(&l, key, err) : -1;
	if (r <= 0)
		return r < 0 ? -1 : not_ours(&l, key, err);
	return output_line(err, "Removed login credentials for %s", key);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_logout = {
	.name = "logout",
	.args = "[options] [REGISTRY]",
	.summary = "Log out of a registry",
	.groups = groups,
	.opt_size = sizeof(struct logout_opts),
	.max_args = 1,
	.run = run,
};
