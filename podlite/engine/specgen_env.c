/*
 * specgen_env.c - the environment of the container's process. Later wins: podlite's defaults,
 * --env-host, --http-proxy, env-default of podlite.conf, the image, --env-file, --env. The host's environment is looked at only
 * where the user asked for it on the command line (threats.md V35, V36).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/log.h"
#include "podlite/engine/create_env.h"
#include "podlite/engine/specgen.h"

#define ENV_MAX      10000 /* entries of an image */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void set_entry(struct svec *env, const char *entry)
{
	const char *eq = strchr(entry, '=');
	auto_free char *name = xstrndup(entry, (size_t)(eq - entry));

	svec_env_set(env, name, eq + 1);
}

static void from_host(struct svec *env)
{
	for (char **e = environ; *e; e++)
		if (**e != '=' && strchr(*e, '='))
			set_entry(env, *e);
}

/* Only NAME=VALUE counts: an image cannot name a variable of the host (threats.md V35). */
static int from_image(struct svec *env, const struct svec *image, struct err *err)
{
	if (image->n > ENV_MAX)
		return err_set(err, EK_INVALID, "the image has more than %d environment variables", ENV_MAX);
	for (size_t i = 0; i < image->n; i++) {
		size_t n = strcspn(image->v[i], "=");

		if (!n || !image->v[i][n] || memchr(image->v[i], '*', n))
			log_debug("environment variable %zu of the image is not NAME=VALUE and is not used", i + 1);
		else
			set_entry(env, image->v[i]);
	}
	return 0;
}

static int from_conf(struct svec *env, const struct svec *entries, struct err *err)
{
	SVEC_EACH(entry, entries) {
		if (*entry == '=' || !strchr(entry, '='))
			return err_set(err, EK_USAGE, "env-default %s: expected NAME=VALUE", entry);
		set_entry(env, entry);
	}
	return 0;
}

static void proxies(struct svec *env)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY",
		"HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (getenv(names[i]))
			svec_env_set(env, names[i], getenv(names[i]));
}

static void defaults(struct svec *env, bool tty)
{
	svec_env_set(env, "PATH", DEFAULT_PATH);
	if (tty)
		svec_env_set(env, "TERM", "xterm");
	svec_env_set(env, "container", "podlite");
}

/* "$NAME" and "${NAME}" as the variables stand so far; what is not set is empty. */
static void expand(const struct svec *env, const char *text, struct sbuf *ret)
{
	while (*text) {
		bool brace = text[0] == '$' && text[1] == '{';
		const char *name = text + 1 + brace;
		size_t n = *text == '$' ? strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") : 0;
		auto_free char *key = NULL;
		const char *value;

		if (!n || (brace && name[n] != '}')) {
			sbuf_addch(ret, *text++);
			continue;
		}
		key = xstrndup(name, n);
		value = svec_env_get(env, key);
		sbuf_addstr(ret, value ? value : "");
		text = name + n + brace;
	}
}

/* --env-merge: made of what the image and podlite set, before --env and --env-file. */
static int merge(const struct svec *texts, struct svec *env, struct err *err)
{
	auto_svec struct svec before = SVEC_INIT;

	svec_add_all(&before, env);
	for (size_t i = 0; i < texts->n; i++) {
		const char *eq = strchr(texts->v[i], '=');
		auto_free char *name = eq ? xstrndup(texts->v[i], (size_t)(eq - texts->v[i])) : NULL;
		auto_sbuf struct sbuf value = SBUF_INIT;

		if (!name || !*name)
			return err_set(err, EK_USAGE, "--env-merge %s: expected NAME=VALUE", texts->v[i]);
		expand(&before, eq + 1, &value);
		svec_env_set(env, name, value.buf);
	}
	return 0;
}

/* HOME comes from passwd; text of the image, so nothing with a control character gets here
 * (threats.md V37: specgen_user.c dropped it). */
static void late_defaults(struct specgen *g, struct svec *env)
{
	const char *home = g->ids.home && *g->ids.home == '/' ? g->ids.home : "/";

	if (!svec_env_get(env, "HOME") && !svec_has(&g->o->unsetenv, "HOME"))
		svec_env_set(env, "HOME", home);
	if (g->systemd && !svec_env_get(env, "container_uuid") && !svec_has(&g->o->unsetenv, "container_uuid")) {
		auto_free char *uuid = xstrndup(g->id, 32);

		svec_env_set(env, "container_uuid", uuid);
	}
	if (!svec_env_get(env, "HOSTNAME") && !svec_has(&g->o->unsetenv, "HOSTNAME") && g->rec.hostname)
		svec_env_set(env, "HOSTNAME", g->rec.hostname);
}

int specgen_env(struct specgen *g, struct err *err)
{
	struct svec *env = &g->spec.process.env;

	if (!g->o->unsetenv_all)
		defaults(env, g->o->tty);
	if (g->o->env_host)
		from_host(env);
	if (g->o->http_proxy)
		proxies(env);
	if (!g->o->unsetenv_all && from_conf(env, &g->o->env_default, err) < 0)
		return -1;
	if (!g->o->unsetenv_all && from_image(env, &g->cfg.env, err) < 0)
		return -1;
	for (size_t i = 0; i < g->o->unsetenv.n; i++)
		svec_env_unset(env, g->o->unsetenv.v[i]);
	if (merge(&g->o->env_merge, env, err) < 0)
		return -1;
	if (create_env_resolve(&g->o->env_files, &g->o->env, env, err) < 0)
		return -1;
	late_defaults(g, env);
	return 0;
}
