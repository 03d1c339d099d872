/*
 * specgen_cdi.c - `--device VENDOR/CLASS=NAME` by the Container Device Interface: files of /etc/cdi
 * and /var/run/cdi (or the setting cdi-dirs) say what a device needs: nodes, mounts, variables, hooks,
 * groups. Later directories come first, as the specification has it.
 *
 * The files belong to root, or to the user who named them; what they ask for is done with the
 * user's own rights. Only JSON is read.
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/specgen.h"

#define CDI_DIRS     "/etc/cdi:/var/run/cdi"
#define CDI_FILE_MAX (4u << 20)

struct search {
	const char *kind, *device;
	struct jval *spec;  /* of the file that has it */
	struct jval *edits; /* borrowed from spec: of the device */
	bool yaml;          /* there are files that could not be read */
};

/* ---- finding it ---- */

static void look_in(const struct jval *spec, struct search *s)
{
	const struct jval *devices = jval_get(spec, "devices");

	if (strcmp(jval_get_str(spec, "kind", ""), s->kind))
		return;
	for (size_t i = 0; i < jval_len(devices); i++) {
		struct jval *d = jval_at(devices, i);

		if (strcmp(jval_get_str(d, "name", ""), s->device))
			continue;
		jval_free(s->spec);
		s->spec = jval_ref((struct jval *)spec);
		s->edits = jval_get(d, "containerEdits");
		return;
	}
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

static int look_in_dir(const char *path, struct search *s, struct err *err)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	auto_dir DIR *dir = fd < 0 ? NULL : fs_dir(fd_open_dir(fd, "."));
	const char *name;

	while (dir && (name = fs_dir_next(dir))) {
		auto_jval struct jval *spec = NULL;

		s->yaml |= ends_in(name, ".yaml") || ends_in(name, ".yml");
		if (!ends_in(name, ".json"))
			continue;
		spec = jval_read_file(fd, name, CDI_FILE_MAX, err);
		if (!spec)
			return err_wrap(err, "%s", path);
		look_in(spec, s);
	}
	return 0;
}

static int find(const char *dirs, struct search *s, const char *text, struct err *err)
{
	auto_svec struct svec paths = SVEC_INIT;

	svec_add_split(&paths, dirs && *dirs ? dirs : CDI_DIRS, ':');
	for (size_t i = 0; i < paths.n; i++)
		if (look_in_dir(paths.v[i], s, err) < 0)
			return err_wrap(err, "--device %s", text);
	if (s->spec)
		return 0;
	err_set(err, EK_NOT_FOUND, "--device %s: unresolvable CDI device: no JSON file of %s has it", text, dirs && *dirs ? dirs : CDI_DIRS);
	return s->yaml ? err_advise(err, "there are YAML files, which are not read: convert them to JSON") : -1;
}

/* ---- what it asks for ---- */

static int add_node(struct specgen *g, const struct jval *n, struct err *err)
{
	const char *path = jval_get_str(n, "path", ""), *host = jval_get_str(n, "hostPath", path);
	const char *permissions = jval_get_str(n, "permissions", "rwm");
	auto_free char *from = *host == '/' ? fs_clean(host) : NULL, *to = *path == '/' ? fs_clean(path) : NULL;
	struct stat st;

	if (!from || !to)
		return err_set(err, EK_INVALID, "a device node without an absolute path");
	if (!strchr(permissions, 'r') || !strchr(permissions, 'w'))
		return err_set(err, EK_UNSUPPORTED, "device node %s: permissions \"%s\" cannot be enforced without privileges", path, permissions);
	if (stat(from, &st) < 0)
		return err_sys(err, "device node %s", from);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(err, EK_INVALID, "%s is not a device node", from);
	if (!specgen_mounts_covers(g, to))
		spec_add_mount(&g->spec, to, "bind", from, "bind,rprivate,nosuid,noexec,rw");
	svec_addf(&g->rec.devices, "%s:%s:rwm", from, to);
	return 0;
}

static int add_mount(struct specgen *g, const struct jval *m, struct err *err)
{
	const char *host = jval_get_str(m, "hostPath", ""), *path = jval_get_str(m, "containerPath", "");
	const char *type = jval_get_str(m, "type", "bind");
	auto_svec struct svec options = SVEC_INIT;
	auto_free char *text = NULL, *to = *path == '/' ? fs_clean(path) : NULL;

	if (!to || !strcmp(to, "/") || *host != '/')
		return err_set(err, EK_INVALID, "a mount without absolute paths");
	jval_strings(jval_get(m, "options"), &options);
	if (!options.n)
		svec_add_split(&options, "rbind,rprivate,nosuid,nodev,ro", ',');
	text = svec_join(&options, ",");
	if (!specgen_mounts_covers(g, to))
		spec_add_mount(&g->spec, to, type, host, text);
	return 0;
}

static int add_hook(struct specgen *g, const struct jval *h, struct err *err)
{
	struct spec_hooks *hooks = &g->spec.hooks;
	const struct { const char *name; struct spec_hook_list *list; } lists[] = {
		{"prestart", &hooks->prestart}, {"createRuntime", &hooks->create_runtime},
		{"createContainer", &hooks->create_container}, {"startContainer", &hooks->start_container},
		{"poststart", &hooks->poststart}, {"poststop", &hooks->poststop}};
	const char *name = jval_get_str(h, "hookName", ""), *path = jval_get_str(h, "path", "");

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct spec_hook_list *l = lists[i].list;
		struct spec_hook *hook;

		if (strcmp(name, lists[i].name))
			continue;
		if (*path != '/')
			return err_set(err, EK_INVALID, "hook %s: the path \"%s\" is not absolute", name, path);
		l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
		hook = &l->v[l->n++];
		*hook = (struct spec_hook){.path = xstrdup(path), .timeout = jval_get_int(h, "timeout", 0)};
		jval_strings(jval_get(h, "args"), &hook->args);
		jval_strings(jval_get(h, "env"), &hook->env);
		return 0;
	}
	return err_set(err, EK_INVALID, "unknown hook \"%s\"", name);
}

static int add_env(struct specgen *g, const struct jval *env, struct err *err)
{
	for (size_t i = 0; i < jval_len(env); i++) {
		const char *text = jval_str(jval_at(env, i), ""), *eq = strchr(text, '=');
		auto_free char *name = eq ? xstrndup(text, (size_t)(eq - text)) : NULL;

		if (!name || !*name)
			return err_set(err, EK_INVALID, "variable \"%s\" has no value", text);
		svec_env_set(&g->spec.process.env, name, eq + 1);
	}
	return 0;
}

/* Keys that are not known would be parsed and ignored. */
static int check_keys(const struct jval *edits, struct err *err)
{
	static const char *const known[] = {"env", "deviceNodes", "mounts", "hooks", "additionalGids", NULL};

	for (const struct jval_iter *it = jval_first(edits); it; it = jval_next(it)) {
		const char *const *k = known;

		while (*k && strcmp(*k, jval_key(it)))
			k++;
		if (!*k)
			return err_set(err, EK_UNSUPPORTED, "\"%s\" is not built yet", jval_key(it));
	}
	return 0;
}

static int each(struct specgen *g, const struct jval *list, int (*fn)(struct specgen *, const struct jval *, struct err *), struct err *err)
{
	for (size_t i = 0; i < jval_len(list); i++)
		if (fn(g, jval_at(list, i), err) < 0)
			return -1;
	return 0;
}

static int add_gid(struct specgen *g, const struct jval *gid, struct err *err)
{
	int64_t n = jval_int(gid, -1);

	if (n < 0 || n >= UINT32_MAX)
		return err_set(err, EK_INVALID, "a group that is no number");
	/* 0 means none, by the specification */
	if (n)
		spec_add_gid(&g->spec.process.user, (uint32_t)n);
	return 0;
}

static int apply(struct specgen *g, const struct jval *edits, struct err *err)
{
	if (check_keys(edits, err) < 0 || add_env(g, jval_get(edits, "env"), err) < 0 ||
		each(g, jval_get(edits, "deviceNodes"), add_node, err) < 0 || each(g, jval_get(edits, "mounts"), add_mount, err) < 0 ||
		each(g, jval_get(edits, "hooks"), add_hook, err) < 0)
		return -1;
	return each(g, jval_get(edits, "additionalGids"), add_gid, err);
}

/* What is for all devices of a file is done once. */
static int apply_common(struct specgen *g, const struct jval *spec, struct svec *done, struct err *err)
{
	const char *kind = jval_get_str(spec, "kind", "");

	if (svec_has(done, kind))
		return 0;
	svec_add(done, kind);
	return apply(g, jval_get(spec, "containerEdits"), err);
}

int specgen_cdi(struct specgen *g, struct err *err)
{
	auto_svec struct svec done = SVEC_INIT;

	for (size_t i = 0; i < g->cdi.n; i++) {
		const char *eq = strchr(g->cdi.v[i], '=');
		auto_free char *kind = xstrndup(g->cdi.v[i], (size_t)(eq - g->cdi.v[i]));
		struct search s = {.kind = kind, .device = eq + 1};
		int r = find(g->c->cdi_dirs, &s, g->cdi.v[i], err);

		if (!r && (apply(g, s.edits, err) < 0 || apply_common(g, s.spec, &done, err) < 0))
			r = err_wrap(err, "--device %s", g->cdi.v[i]);
		jval_free(s.spec);
		if (r < 0)
			return -1;
	}
	return 0;
}
