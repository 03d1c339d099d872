#include "podlite/containers_conf.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

enum kind {
	PLAIN,  /* the same value */
	ADDED,  /* a list to which the command line adds */
	WORD,   /* one word of such a list: `prefix` and the value */
	PIDS,   /* 0 is no limit */
	PATHS,  /* a list as one text, with colons */
};

struct row {
	const char *table, *key;
	enum kind kind;
	const char *section, *option; /* of podlite.conf; section "": its top */
	const char *prefix;
};

#define RUN(key, option)           {"containers", key, PLAIN, "run", option, NULL}
#define RUN_ADDED(key, option)     {"containers", key, ADDED, "run", option, NULL}
#define RUN_WORD(key, option, prefix) {"containers", key, WORD, "run", option, prefix}
#define ENGINE(key, section, option) {"engine", key, PLAIN, section, option, NULL}

static const struct row rows[] = {
	RUN_ADDED("annotations", "annotation"),
	RUN("cgroup_conf", "cgroup-conf"),
	RUN("cgroupns", "cgroupns"),
	RUN("cgroups", "cgroups"),
	RUN_ADDED("default_sysctls", "sysctl"),
	RUN_ADDED("default_ulimits", "ulimit"),
	RUN("devices", "device"),
	RUN("env", "env-default"),
	RUN("env_host", "env-host"),
	RUN("http_proxy", "http-proxy"),
	RUN("init", "init"),
	RUN("init_path", "init-path"),
	RUN("ipcns", "ipc"),
	RUN("log_driver", "log-driver"),
	RUN_WORD("log_size_max", "log-opt", "max-size="),
	RUN_WORD("log_tag", "log-opt", "tag="),
	RUN_ADDED("mounts", "mount"),
	RUN("netns", "network"),
	RUN("no_hosts", "no-hosts"),
	RUN("oom_score_adj", "oom-score-adj"),
	RUN("pidns", "pid"),
	{"containers", "pids_limit", PIDS, "run", "pids-limit", NULL},
	RUN("privileged", "privileged"),
	RUN("read_only", "read-only"),
	RUN_WORD("seccomp_profile", "security-opt", "seccomp="),
	RUN("shm_size", "shm-size"),
	RUN("tz", "tz"),
	RUN("umask", "umask"),
	RUN("userns", "userns"),
	RUN("utsns", "uts"),
	RUN("volumes", "volume"),
	{"engine", "cdi_spec_dirs", PATHS, "", "cdi-dirs", NULL},
	ENGINE("cgroup_manager", "", "cgroup-manager"),
	ENGINE("compression_format", "push", "compression-format"),
	ENGINE("compression_level", "push", "compression-level"),
	ENGINE("detach_keys", "attach", "detach-keys"),
	ENGINE("detach_keys", "exec", "detach-keys"),
	ENGINE("detach_keys", "run", "detach-keys"),
	ENGINE("detach_keys", "start", "detach-keys"),
	ENGINE("events_logger", "", "events-backend"),
	ENGINE("pull_policy", "run", "pull"),
	ENGINE("retry", "pull", "retry"),
	ENGINE("retry", "push", "retry"),
	ENGINE("retry", "run", "retry"),
	ENGINE("retry_delay", "pull", "retry-delay"),
	ENGINE("retry_delay", "push", "retry-delay"),
	ENGINE("retry_delay", "run", "retry-delay"),
	ENGINE("stop_timeout", "run", "stop-timeout"),
};

/* ---- one file over the other ---- */

/* ["A", {append=true}]: goes on with what is there. The object is no element. */
static struct jval *list_over(const struct jval *below, const struct jval *list)
{
	struct jval *plain = jval_new_array(), *both = jval_new_array();
	bool append = false;

	for (size_t i = 0; i < jval_len(list); i++)
		if (jval_type(jval_at(list, i)) == JV_OBJECT)
			append = jval_get_bool(jval_at(list, i), "append", append);
		else
			jval_add(plain, jval_copy(jval_at(list, i)));
	for (size_t i = 0; append && i < jval_len(below); i++)
		jval_add(both, jval_copy(jval_at(below, i)));
	for (size_t i = 0; i < jval_len(plain); i++)
		jval_add(both, jval_copy(jval_at(plain, i)));
	jval_free(plain);
	return both;
}

static void table_over(struct jval *to, const struct jval *table)
{
	for (const struct jval_iter *it = jval_first(table); it; it = jval_next(it)) {
		const struct jval *v = jval_value(it);
		const char *key = jval_key(it);

		jval_set(to, key, jval_type(v) == JV_ARRAY ? list_over(jval_get(to, key), v) : jval_copy(v));
	}
}

static void document_over(struct jval *to, const struct jval *doc)
{
	for (const struct jval_iter *it = jval_first(doc); it; it = jval_next(it)) {
		struct jval *table = jval_get(to, jval_key(it));

		if (jval_type(table) != JV_OBJECT) {
			table = jval_new_object();
			jval_set(to, jval_key(it), table);
		}
		table_over(table, jval_value(it));
	}
}

/* ---- what it means here ---- */

static char *text_of(const struct jval *v)
{
	const char *s = jval_str(v, NULL);

	return s ? xstrdup(s) : jval_type(v) == JV_INT ? xasprintf("%lld", (long long)jval_int(v, 0)) : NULL;
}

static struct jval *joined(const struct jval *list)
{
	auto_svec struct svec words = SVEC_INIT;
	auto_free char *text = NULL;

	if (!jval_strings(list, &words))
		return jval_copy(list);
	text = svec_join(&words, ":");
	return jval_new_str(text);
}

/* NULL: as if it were not there. */
static struct jval *value_of(const struct row *r, const struct jval *v, const struct jval *before)
{
	auto_free char *text = text_of(v), *word = NULL;
	struct jval *list;

	if ((text && !*text) || (r->kind == WORD && text && *text == '-'))
		return NULL;
	if (r->kind == PIDS && text && !strcmp(text, "0"))
		return jval_new_int(-1);
	if (r->kind == PATHS)
		return joined(v);
	if (r->kind != WORD || !text)
		return jval_copy(v);
	list = before ? jval_copy(before) : jval_new_array();
	word = xasprintf("%s%s", r->prefix, text);
	jval_add(list, jval_new_str(word));
	return list;
}

static void translate(const struct jval *doc, struct jval *plain, struct jval *added)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		const struct jval *v = jval_get(jval_get(doc, r->table), r->key);
		struct jval *to = r->kind == ADDED || r->kind == WORD ? added : plain, *section = to, *value;

		if (!v)
			continue;
		if (*r->section && !jval_get(to, r->section))
			jval_set(to, r->section, jval_new_object());
		if (*r->section)
			section = jval_get(to, r->section);
		value = value_of(r, v, jval_get(section, r->option));
		if (value)
			jval_set(section, r->option, value);
	}
}

static bool is_used(const char *table, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].table, table) && !strcmp(rows[i].key, key))
			return true;
	return false;
}

/* "containers.label, engine.runtime" or NULL */
static char *unused_keys(const struct jval *doc)
{
	auto_svec struct svec names = SVEC_INIT;

	for (const struct jval_iter *t = jval_first(doc); t; t = jval_next(t))
		for (const struct jval_iter *it = jval_first(jval_value(t)); it; it = jval_next(it))
			if (!is_used(jval_key(t), jval_key(it)))
				svec_addf(&names, "%s.%s", jval_key(t), jval_key(it));
	return names.n ? svec_join(&names, ", ") : NULL;
}

/* ---- files ---- */

static int load(const char *variable, struct conf *ret, struct err *err)
{
	const char *path = getenv(variable);
	int r;

	if (!path || !*path || !strcmp(path, "/dev/null"))
		return 0;
	r = conf_add_file(ret, path, err);
	if (r < 0)
		return err_wrap(err, "%s", variable);
	return r ? 0 : err_set(err, EK_NOT_FOUND, "%s: no file %s", variable, path);
}

static int load_both(struct conf *ret, struct err *err)
{
	return load("CONTAINERS_CONF", ret, err) < 0 ? -1 : load("CONTAINERS_CONF_OVERRIDE", ret, err);
}

int containers_conf_load(struct conf *ret, struct err *err)
{
	auto_conf struct conf files = CONF_INIT;
	auto_jval struct jval *doc = NULL;
	struct jval *plain, *added;

	if (load_both(&files, err) < 0)
		return -1;
	if (!files.n)
		return 0;
	doc = jval_new_object();
	for (size_t i = 0; i < files.n; i++)
		document_over(doc, files.v[i].doc);
	plain = jval_new_object();
	added = jval_new_object();
	translate(doc, plain, added);
	conf_add(ret, files.v[files.n - 1].path, plain)->unused = unused_keys(doc);
	conf_add(ret, files.v[files.n - 1].path, added)->adds = true;
	return 0;
}
