#include "net/regconf.h"

#include <stdlib.h>
#include <string.h>

#include "common/account.h"
#include "common/conf.h"
#include "common/toml.h"

/* ---- reading ---- */

static void registry_done(struct regconf_registry *r)
{
	free(r->prefix);
	free(r->location);
	for (size_t i = 0; i < r->nmirrors; i++)
		free(r->mirrors[i].location);
	free(r->mirrors);
	memset(r, 0, sizeof(*r));
}

/* A location without scheme and trailing slash; NULL with err for what is none. */
static char *plain_location(const char *s, const char *key, struct err *err)
{
	size_t n = strlen(s);

	while (n && s[n - 1] == '/')
		n--;
	if (strstr(s, "://") || strpbrk(s, " \t\r\n")) {
		err_set(err, EK_INVALID, "%s \"%s\" must be HOST[:PORT][/PATH]", key, s);
		return NULL;
	}
	return xstrndup(s, n);
}

static char *take_location(const struct jval *v, const char *key, struct err *err)
{
	return plain_location(jval_get_str(v, key, ""), key, err);
}

static int read_mirror(const struct jval *v, struct regconf_mirror *m, struct err *err)
{
	const char *from = jval_get_str(v, "pull-from-mirror", "");

	m->location = take_location(v, "location", err);
	if (!m->location)
		return -1;
	if (!*m->location)
		return err_set(err, EK_INVALID, "a mirror without location");
	m->insecure = jval_get_bool(v, "insecure", false);
	m->digest_only = !strcmp(from, "digest-only");
	m->tag_only = !strcmp(from, "tag-only");
	if (*from && strcmp(from, "all") && !m->digest_only && !m->tag_only)
		return err_set(err, EK_INVALID, "pull-from-mirror \"%.40s\" is not all, digest-only or tag-only", from);
	m->any = !strcmp(from, "all");
	return 0;
}

static int read_registry(const struct jval *v, struct regconf_registry *r, struct err *err)
{
	const struct jval *mirrors = jval_get(v, "mirror");

	r->location = take_location(v, "location", err);
	r->prefix = r->location ? take_location(v, "prefix", err) : NULL;
	if (!r->prefix)
		return -1;
	if (!*r->prefix) {
		free(r->prefix);
		r->prefix = xstrdup(r->location);
	}
	if (!*r->prefix)
		return err_set(err, EK_INVALID, "a [[registry]] needs prefix or location");
	if (!*r->location && strncmp(r->prefix, "*.", 2)) {
		free(r->location);
		r->location = xstrdup(r->prefix);
	}
	r->insecure = jval_get_bool(v, "insecure", false);
	r->blocked = jval_get_bool(v, "blocked", false);
	r->mirror_by_digest_only = jval_get_bool(v, "mirror-by-digest-only", false);
	r->mirrors = xcalloc(jval_len(mirrors) + 1, sizeof(*r->mirrors));
	for (; r->nmirrors < jval_len(mirrors); r->nmirrors++)
		if (read_mirror(jval_at(mirrors, r->nmirrors), &r->mirrors[r->nmirrors], err) < 0) {
			free(r->mirrors[r->nmirrors].location);
			return -1;
		}
	for (size_t i = 0; i < r->nmirrors && r->mirror_by_digest_only; i++)
		if (r->mirrors[i].any || r->mirrors[i].tag_only || r->mirrors[i].digest_only)
			return err_set(err, EK_INVALID, "%s: mirror-by-digest-only excludes pull-from-mirror", r->prefix);
	return 0;
}

/* A later file's registry of the same prefix replaces the earlier one. */
static void keep_registry(struct regconf *c, struct regconf_registry *r)
{
	for (size_t i = 0; i < c->nregistries; i++)
		if (!strcmp(c->registries[i].prefix, r->prefix)) {
			registry_done(&c->registries[i]);
			c->registries[i] = *r;
			return;
		}
	c->registries = xrealloc(c->registries, c->nregistries + 1, sizeof(*c->registries));
	c->registries[c->nregistries++] = *r;
}

static int read_mode(const char *text, struct regconf *c, struct err *err)
{
	if (!strcmp(text, "enforcing"))
		c->mode = REGCONF_ENFORCING;
	else if (!strcmp(text, "permissive"))
		c->mode = REGCONF_PERMISSIVE;
	else if (!strcmp(text, "disabled"))
		c->mode = REGCONF_DISABLED;
	else if (*text)
		return err_set(err, EK_INVALID, "short-name-mode \"%s\" is not enforcing, permissive or disabled", text);
	return 0;
}

/* The list of [registries.KEY]. */
static int read_v1_list(const struct jval *doc, const char *key, struct svec *ret, struct err *err)
{
	const struct jval *list = jval_get(jval_get(jval_get(doc, "registries"), key), "registries");
	auto_svec struct svec texts = SVEC_INIT;

	if (list && !jval_strings(list, &texts))
		return err_set(err, EK_INVALID, "[registries.%s]: registries is not a list of strings", key);
	SVEC_EACH(text, &texts) {
		char *location = plain_location(text, "registries", err);

		if (!location)
			return -1;
		svec_take(ret, location);
		if (!*location)
			return err_set(err, EK_INVALID, "[registries.%s]: an empty name", key);
	}
	return 0;
}

static void keep_v1_registry(struct regconf *c, const char *location, bool insecure, bool blocked)
{
	struct regconf_registry r = {.prefix = xstrdup(location), .location = xstrdup(location), .insecure = insecure,
		.blocked = blocked};

	keep_registry(c, &r);
}

/* Version 1 of the file has three lists of registries, and nothing else. */
static int read_v1(struct regconf *c, const struct jval *doc, struct err *err)
{
	static const char *const newer[] = {"unqualified-search-registries", "registry", "credential-helpers", "short-name-mode",
		"aliases"};
	auto_svec struct svec search = SVEC_INIT, insecure = SVEC_INIT, blocked = SVEC_INIT;

	if (read_v1_list(doc, "search", &search, err) < 0 || read_v1_list(doc, "insecure", &insecure, err) < 0 ||
		read_v1_list(doc, "block", &blocked, err) < 0)
		return -1;
	if (!search.n && !insecure.n && !blocked.n)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(newer); i++)
		if (jval_get(doc, newer[i]))
			return err_set(err, EK_INVALID, "[registries] of version 1 of this file and %s of version 2 cannot be mixed; write "
				"unqualified-search-registries and [[registry]] alone", newer[i]);
	c->version1 = true;
	if (search.n) {
		svec_done(&c->search);
		svec_add_all(&c->search, &search);
		c->search_set = true;
	}
	SVEC_EACH(location, &insecure)
		keep_v1_registry(c, location, true, svec_has(&blocked, location));
	SVEC_EACH(location, &blocked)
		if (!svec_has(&insecure, location))
			keep_v1_registry(c, location, false, true);
	return 0;
}

static int read_document(struct regconf *c, const struct jval *doc, struct err *err)
{
	const struct jval *search = jval_get(doc, "unqualified-search-registries");
	const struct jval *list = jval_get(doc, "registry");

	if (jval_get(doc, "registries") && read_v1(c, doc, err) < 0)
		return -1;
	if (search) {
		svec_done(&c->search);
		c->search_set = true;
		if (!jval_strings(search, &c->search))
			return err_set(err, EK_INVALID, "unqualified-search-registries is not a list of strings");
	}
	if (jval_get(doc, "credential-helpers")) {
		svec_done(&c->helpers);
		if (!jval_strings(jval_get(doc, "credential-helpers"), &c->helpers))
			return err_set(err, EK_INVALID, "credential-helpers is not a list of strings");
	}
	if (read_mode(jval_get_str(doc, "short-name-mode", ""), c, err) < 0)
		return -1;
	for (const struct jval_iter *it = jval_first(jval_get(doc, "aliases")); it; it = jval_next(it))
		svec_env_set(&c->aliases, jval_key(it), jval_str(jval_value(it), ""));
	for (size_t i = 0; i < jval_len(list); i++) {
		struct regconf_registry r = {.prefix = NULL};

		if (read_registry(jval_at(list, i), &r, err) < 0) {
			registry_done(&r);
			return -1;
		}
		keep_registry(c, &r);
	}
	return 0;
}

int regconf_add(struct regconf *c, const char *text, size_t n, const char *where, struct err *err)
{
	auto_jval struct jval *doc = toml_parse(text, n, err);

	if (!doc || read_document(c, doc, err) < 0)
		return err_wrap(err, "%s", where);
	return 0;
}

static int find_files(struct conf *c, struct err *err)
{
	auto_free char *own = account_config("containers/registries.conf");
	auto_free char *own_d = account_config("containers/registries.conf.d");
	auto_free char *recorded = account_dir("XDG_CACHE_HOME", ".cache", "containers/short-name-aliases.conf");
	const char *named = getenv("CONTAINERS_REGISTRIES_CONF");
	int r;

	if (named && *named) {
		r = conf_add_file(c, named, err);
		if (!r)
			return err_set(err, EK_NOT_FOUND, "CONTAINERS_REGISTRIES_CONF: no file %s", named);
	} else {
		r = own ? conf_add_file(c, own, err) : 0;
		if (!r)
			r = conf_add_file(c, "/etc/containers/registries.conf", err);
	}
	if (r < 0 || conf_add_dir(c, "/etc/containers/registries.conf.d", err) < 0 || (own_d && conf_add_dir(c, own_d, err) < 0))
		return -1;
	return recorded && conf_add_file(c, recorded, err) < 0 ? -1 : 0;
}

static int load(struct regconf *c, struct err *err)
{
	auto_conf struct conf files = CONF_INIT;

	if (find_files(&files, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++)
		if (read_document(c, files.v[i].doc, err) < 0)
			return err_wrap(err, "%s", files.v[i].path);
	return 0;
}

int regconf_load(struct regconf *ret, struct err *err)
{
	struct regconf c = {.search_set = false};

	if (load(&c, err) < 0) {
		regconf_done(&c);
		return -1;
	}
	*ret = c;
	return 0;
}

void regconf_done(struct regconf *c)
{
	svec_done(&c->search);
	svec_done(&c->aliases);
	svec_done(&c->helpers);
	for (size_t i = 0; i < c->nregistries; i++)
		registry_done(&c->registries[i]);
	free(c->registries);
	memset(c, 0, sizeof(*c));
}

/* ---- answers ---- */

int regconf_candidates(const struct regconf *c, const struct ref *shortname, struct svec *ret, struct err *err)
{
	const char *alias = c->mode == REGCONF_DISABLED ? NULL : svec_env_get(&c->aliases, shortname->path);
	auto_free char *list = NULL;

	if (alias && *alias) {
		svec_add(ret, alias);
		return 0;
	}
	SVEC_EACH(host, &c->search)
		svec_addf(ret, "%s/%s%s", host, !strcmp(host, "docker.io") && !strchr(shortname->path, '/') ?
			"library/" : "", shortname->path);
	if (!ret->n && !c->search_set)
		svec_addf(ret, "docker.io/%s%s", strchr(shortname->path, '/') ? "" : "library/", shortname->path);
	if (!ret->n)
		return err_set(err, EK_INVALID, "%s: a short name, and no unqualified-search-registries are "
			"configured; write the registry too, such as docker.io/library/NAME", shortname->path);
	if (ret->n == 1 || c->mode == REGCONF_PERMISSIVE || c->mode == REGCONF_DISABLED)
		return 0;
	list = svec_join(ret, ", ");
	return err_set(err, EK_INVALID, "%s: the short name could mean %s; write the full name, or set "
		"short-name-mode = \"permissive\" in registries.conf", shortname->path, list);
}

/* How much of the name the prefix matches, at a boundary; 0: nothing. */
static size_t match(const char *prefix, const char *name)
{
	size_t n = strlen(prefix), host = strcspn(name, "/"), tail;
	const char *rest;

	if (!strncmp(prefix, "*.", 2)) {
		tail = strcspn(prefix + 1, "/"); /* ".example.com" */
		rest = prefix + 1 + tail;
		if (host <= tail || strncmp(name + host - tail, prefix + 1, tail) || strncmp(name + host, rest, strlen(rest)))
			return 0;
		n = host + strlen(rest);
	} else if (strncmp(prefix, name, n)) {
		return 0;
	}
	/* "example.com" does not stand for "example.com:5000" */
	return !name[n] || name[n] == '/' || (n > host && strchr(":@", name[n])) ? n : 0;
}

static const struct regconf_registry *find(const struct regconf *c, const char *name, size_t *ret_len)
{
	const struct regconf_registry *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < c->nregistries; i++) {
		size_t n = match(c->registries[i].prefix, name);

		if (n && (!best || strlen(c->registries[i].prefix) > strlen(best->prefix))) {
			best = &c->registries[i];
			best_len = n;
		}
	}
	*ret_len = best_len;
	return best;
}

static int add_source(struct regconf_source **v, size_t *n, const char *location, const char *rest, bool insecure,
	bool mirror, struct err *err)
{
	auto_free char *name = xasprintf("%s%s", location, rest);
	struct ref r;

	if (ref_parse(name, &r, err) < 0)
		return err_wrap(err, "registries.conf: location \"%s\"", location);
	if (!r.host) {
		ref_done(&r);
		return err_set(err, EK_INVALID, "registries.conf: location \"%s\" gives no valid name", location);
	}
	*v = xrealloc(*v, *n + 1, sizeof(**v));
	(*v)[(*n)++] = (struct regconf_source){
		.name = ref_repository(&r),
		.host = xstrdup(!strcmp(r.host, "docker.io") ? "registry-1.docker.io" : r.host),
		.repo = xstrdup(r.path),
		.insecure = insecure,
		.mirror = mirror,
	};
	ref_done(&r);
	return 0;
}

int regconf_sources(const struct regconf *c, const struct ref *full, struct regconf_source **ret, size_t *ret_n,
	struct err *err)
{
	auto_free char *name = ref_text(full, false), *repo = ref_repository(full);
	bool by_digest = digest_is_set(&full->digest);
	struct regconf_source *v = NULL;
	size_t n = 0, len;
	const struct regconf_registry *r = find(c, name, &len);
	const char *rest;
	int bad = 0;

	if (r && r->blocked)
		return err_set(err, EK_DENIED, "registries.conf blocks %s", r->prefix);
	/* a prefix with tag or digest stands for the whole name */
	rest = r && len < strlen(repo) ? repo + len : "";
	for (size_t i = 0; r && i < r->nmirrors && !bad; i++) {
		const struct regconf_mirror *m = &r->mirrors[i];

		if ((m->digest_only || r->mirror_by_digest_only) ? by_digest : !(m->tag_only && by_digest))
			bad = add_source(&v, &n, m->location, rest, m->insecure, true, err);
	}
	if (!bad)
		bad = r && *r->location ? add_source(&v, &n, r->location, rest, r->insecure, false, err) :
			add_source(&v, &n, repo, "", r && r->insecure, false, err);
	if (bad) {
		regconf_sources_free(v, n);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		v[i].helpers = &c->helpers;
	*ret = v;
	*ret_n = n;
	return 0;
}

int regconf_host(const struct regconf *c, const char *name, struct regconf_source *ret, struct err *err)
{
	size_t host = strcspn(name, "/"), len;
	const struct regconf_registry *r = find(c, name, &len);

	if (!host || strpbrk(name, " \t\r\n?#@\\") || strstr(name, "//"))
		return err_set(err, EK_USAGE, "\"%.100s\" is not a registry: expected HOST[:PORT][/PATH]", name);
	if (r && r->blocked)
		return err_set(err, EK_DENIED, "registries.conf blocks %s", r->prefix);
	*ret = (struct regconf_source){
		.name = xstrdup(name),
		.host = host == 9 && !strncmp(name, "docker.io", 9) ? xstrdup("registry-1.docker.io") : xstrndup(name, host),
		.insecure = r && r->insecure,
		.helpers = &c->helpers,
	};
	return 0;
}

void regconf_source_done(struct regconf_source *s)
{
	free(s->name);
	free(s->host);
	free(s->repo);
}

void regconf_sources_free(struct regconf_source *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		regconf_source_done(&v[i]);
	free(v);
}
