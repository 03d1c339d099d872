#include "podlite/engine/reg_login.h"

#include <string.h>
#include <sys/prctl.h>

#include "common/alloc.h"
#include "net/authfile.h"
#include "net/credhelper.h"
#include "net/regconf.h"
#include "podlite/engine/transfer.h"

static char *first_search_registry(struct err *err)
{
	struct regconf conf;
	char *key = NULL;

	if (regconf_load(&conf, err) < 0)
		return NULL;
	if (conf.search.n)
		key = xstrdup(conf.search.v[0]);
	else if (!conf.search_set)
		key = xstrdup("docker.io");
	else
		err_set(err, EK_USAGE, "no registry was named and registries.conf has no unqualified-search-registries");
	regconf_done(&conf);
	return key;
}

void reg_login_protect(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

char *reg_login_key(const char *text, struct err *err)
{
	auto_free char *key = text ? authfile_key(text) : first_search_registry(err);

	if (key && *key && !strpbrk(key, " \t\r\n@?#\\"))
		return take_ptr(key);
	if (key)
		err_set(err, EK_USAGE, "\"%.100s\" is not a registry: expected HOST[:PORT][/PATH]", text);
	return NULL;
}

static const char *read_file(const struct reg_login *l)
{
	return l->compat ? l->compat : l->authfile;
}

int reg_login_find(const struct reg_login *l, const char *key, struct auth_creds *ret, struct err *err)
{
	struct regconf conf;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (regconf_load(&conf, err) < 0)
		return -1;
	r = authfile_lookup_by(&conf.helpers, read_file(l), key, ret, err);
	regconf_done(&conf);
	if (r < 0) {
		if (err->sys != ENOENT)
			return -1;
		err_clear(err); /* login makes the file */
		return 0;
	}
	return ret->user || ret->identity;
}

char *reg_login_path(const struct reg_login *l)
{
	return authfile_path(read_file(l));
}

static char *target_path(const struct reg_login *l, struct authfile_target *ret, struct err *err)
{
	char *path = reg_login_path(l);

	if (!path)
		err_set(err, EK_USAGE, "no place for credentials: neither XDG_RUNTIME_DIR nor HOME is set; use --authfile");
	*ret = (struct authfile_target){.path = path, .docker = l->compat};
	return path;
}

static int keep(const struct reg_login *l, const char *key, const struct auth_creds *creds, struct err *err)
{
	auto_free char *host = xstrndup(key, strcspn(key, "/")), *path = NULL;
	struct authfile_target t;
	struct regconf conf;
	const char *keeper;
	int r = -1;

	if (regconf_load(&conf, err) < 0)
		return -1;
	keeper = authfile_keeper(&conf.helpers, read_file(l));
	if (keeper)
		r = credhelper_store(keeper, authfile_server(host), creds, err);
	else if ((path = target_path(l, &t, err)))
		r = authfile_store(&t, key, creds, err);
	regconf_done(&conf);
	return r;
}

int reg_login_try(struct context *c, const struct reg_login *l, const char *key, struct auth_creds *creds,
	struct err *err)
{
	auto_free char *pair = creds ? xasprintf("%s:%s", creds->user, creds->password) : NULL;
	struct request rq = {.op = (char *)"login", .name = (char *)key, .tls_verify = l->tls_verify,
		.authfile = (char *)read_file(l), .creds = pair, .cert_dir = (char *)l->cert_dir};
	struct request_answer a;
	int r;

	if (creds && strchr(creds->user, ':'))
		return err_set(err, EK_USAGE, "a user name cannot hold ':'");
	if (context_paths(c, err) < 0)
		return -1;
	r = transfer_ask(c, &rq, &a, err);
	if (pair)
		explicit_bzero(pair, strlen(pair));
	if (r < 0)
		return -1;
	if (creds) {
		free(creds->realm);
		creds->realm = take_ptr(a.realm);
		r = keep(l, key, creds, err);
	}
	request_answer_done(&a);
	return r;
}

int reg_login_remove(const struct reg_login *l, const char *key, struct err *err)
{
	auto_free char *path = NULL, *host = xstrndup(key, strcspn(key, "/"));
	struct authfile_target t;
	struct regconf conf;
	int found = 0, r = 0;

	if (regconf_load(&conf, err) < 0)
		return -1;
	if (authfile_keeper(&conf.helpers, read_file(l)))
		found = credhelper_erase(authfile_keeper(&conf.helpers, read_file(l)), authfile_server(host), err);
	regconf_done(&conf);
	if (found < 0)
		return -1;
	path = target_path(l, &t, err);
	r = path ? authfile_erase(&t, key, err) : -1;
	return r < 0 ? -1 : found || r;
}

int reg_login_remove_all(const struct reg_login *l, struct err *err)
{
	struct authfile_target t;
	auto_free char *path = target_path(l, &t, err);

	return path ? authfile_erase_all(&t, err) : -1;
}
