/* cmd_login.c - `podlite login`. */
#include "podlite/cmd/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/engine/reg_login.h"
#include "podlite/output.h"
#include "podlite/prompt.h"

#define PASSWORD_MAX (64u << 10)

struct login_opts {
	char *authfile, *compat, *cert_dir, *user, *password;
	bool get_login, password_stdin, verbose;
	int tls_verify;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct login_opts, m, a, h)
static const struct option_def rows[] = {
	O("authfile", 0, OPT_STR, authfile, "FILE", "Credentials file instead of the default ones"),
	O("cert-dir", 0, OPT_STR, cert_dir, "DIR", "Certificates of the registry"),
	O("compat-auth-file", 0, OPT_STR, compat, "FILE", "Keep the credentials in a file as docker writes it"),
	O("get-login", 0, OPT_BOOL, get_login, NULL, "Print the user name that is kept for the registry"),
	O("password", 'p', OPT_STR, password, "PASSWORD", "Password; others may see it in the list of processes"),
	O("password-stdin", 0, OPT_BOOL, password_stdin, NULL, "Take the password from standard input"),
	{"secret", 0, OPT_REFUSED, 0, "NAME", "use --password-stdin", 0, NULL, NULL, NULL},
	O("tls-verify", 0, OPT_TRI, tls_verify, NULL, "Check the registry's certificate and refuse plain http"),
	O("username", 'u', OPT_STR, user, "NAME", "User name"),
	O("verbose", 'v', OPT_BOOL, verbose, NULL, "Say where the credentials are kept"),
	OPT_ROWS_END,
};

static int check(const struct login_opts *o, struct err *err)
{
	if (o->authfile && o->compat)
		return err_set(err, EK_USAGE, "--authfile excludes --compat-auth-file");
	if (o->password && o->password_stdin)
		return err_set(err, EK_USAGE, "--password excludes --password-stdin");
	if ((o->password || o->password_stdin) && !o->user)
		return err_set(err, EK_USAGE, "a password needs --username");
	return 0;
}

static int print_login(const struct reg_login *l, const char *key, struct err *err)
{
	struct auth_creds creds;
	int r = reg_login_find(l, key, &creds, err);

	if (!r)
		r = err_set(err, EK_NOT_FOUND, "not logged into %s", key);
	else if (r > 0)
		r = output_line(err, "%s", creds.user ? creds.user : "<token>");
	auth_creds_done(&creds);
	return r;
}

static char *password_from_stdin(struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fd_read_all(0, PASSWORD_MAX, &text);
	char *copy;

	while (text.len && strchr("\r\n", text.buf[text.len - 1]))
		text.buf[--text.len] = '\0';
	if (!r && text.len && strlen(text.buf) == text.len) {
		copy = xstrdup(text.buf);
		explicit_bzero(text.buf, text.len);
		return copy;
	}
	if (r < 0)
		err_neg(err, r, "read the password");
	else
		err_set(err, EK_USAGE, "--password-stdin: %s", text.len ? "a password cannot hold NUL" : "no password came");
	return NULL;
}

static int ask_creds(const struct login_opts *o, struct auth_creds *ret, struct err *err)
{
	ret->user = o->user ? xstrdup(o->user) :
		prompt_line("Username: ", "for the user name", "use --username and --password-stdin", err);
	if (!ret->user)
		return -1;
	ret->password = o->password ? xstrdup(o->password) : o->password_stdin ? password_from_stdin(err) :
		prompt_secret("Password: ", "for the password", "use --password-stdin", err);
	return ret->password ? 0 : -1;
}

/* Without user and password: those that are kept, if they still work. 1: done. */
static int try_kept(struct context *c, const struct login_opts *o, const struct reg_login *l, const char *key,
	struct err *err)
{
	struct auth_creds kept;
	int r = o->user ? 0 : reg_login_find(l, key, &kept, err);

	if (o->user || r < 0)
		return r;
	auth_creds_done(&kept);
	if (!r || output_line(err, "Authenticating with existing credentials for %s", key) < 0)
		return r ? -1 : 0;
	if (reg_login_try(c, l, key, NULL, err) == 0)
		return output_line(err, "Existing credentials are valid. Already logged in to %s", key) < 0 ? -1 : 1;
	if (err->kind != EK_DENIED)
		return -1;
	err_clear(err);
	return output_line(err, "Existing credentials are invalid, please enter valid username and password");
}

static int log_in(struct context *c, const struct login_opts *o, const struct reg_login *l, const char *key,
	struct err *err)
{
	struct auth_creds creds = {.user = NULL};
	int r = try_kept(c, o, l, key, err);

	if (r)
		return r < 0 ? -1 : 0;
	r = ask_creds(o, &creds, err);
	if (!r)
		r = reg_login_try(c, l, key, &creds, err);
	auth_creds_done(&creds);
	if (!r && o->verbose) {
		auto_free char *path = reg_login_path(l);

		r = output_line(err, "Used:  %s", path);
	}
	return r < 0 ? -1 : output_line(err, "Login Succeeded!");
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct login_opts *o = opt;
	struct reg_login l = {.authfile = o->authfile, .compat = o->compat, .cert_dir = o->cert_dir,
		.tls_verify = o->tls_verify};
	auto_free char *key = NULL;

	reg_login_protect();
	if (check(o, err) < 0)
		return -1;
	key = reg_login_key(argc ? argv[0] : NULL, err);
	if (!key)
		return -1;
	return o->get_login ? print_login(&l, key, err) : log_in(c, o, &l, key, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_login = {
	.name = "login",
	.args = "[options] [REGISTRY]",
	.summary = "Log in to a registry",
	.groups = groups,
	.opt_size = sizeof(struct login_opts),
	.max_args = 1,
	.run = run,
};
