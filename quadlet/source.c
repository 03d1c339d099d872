#include "quadlet/source.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/userns.h"

#ifndef PODLITE_SYSCONFDIR
#define PODLITE_SYSCONFDIR "/etc"
#endif

static const struct {
	const char *suffix, *section;
} kinds[] = {
	[SOURCE_CONTAINER] = {"container", "Container"}, [SOURCE_VOLUME] = {"volume", "Volume"},
	[SOURCE_NETWORK] = {"network", "Network"}, [SOURCE_IMAGE] = {"image", "Image"},
	[SOURCE_BUILD] = {"build", "Build"}, [SOURCE_POD] = {"pod", "Pod"}, [SOURCE_KUBE] = {"kube", "Kube"},
};

const char *source_suffix(enum source_kind kind)
{
	return kinds[kind].suffix;
}

const char *source_section(enum source_kind kind)
{
	return kinds[kind].section;
}

int source_kind_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && dot > name && i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(dot + 1, kinds[i].suffix))
			return (int)i;
	return -1;
}

bool source_unit_name_ok(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.@\\");
	const char *dot = strrchr(name, '.');

	return n && n <= 255 && !name[n] && dot && dot != name && dot[1];
}

char *source_stem(const struct source *s)
{
	return xstrndup(s->name, (size_t)(strrchr(s->name, '.') - s->name));
}

/* ---- directories ---- */

char *source_install_dir(void)
{
	return account_config("podlite/systemd");
}

/* A program there, not what masks one: a link to /dev/null (systemd.generator(7)). */
static bool podman_generates(void)
{
	static const char *const dirs[] = {"/run", "/etc", "/usr/local/lib", "/usr/lib"};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		auto_free char *path = xasprintf("%s/systemd/user-generators/podman-user-generator", dirs[i]);

		if (stat(path, &st) == 0)
			return S_ISREG(st.st_mode) && access(path, X_OK) == 0;
	}
	return false;
}

struct finder {
	struct source_list *list;
	bool leave_podmans; /* its generator is there */
	unsigned uid;
};

static void add_file(struct finder *f, const char *name, const char *path, bool podmans)
{
	struct source_list *l = f->list;
	int kind = source_kind_of(name);

	if (kind < 0 || source_by_name(l, name) || l->n > SOURCE_MAX_FILES)
		return;
	l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = (struct source){.kind = (enum source_kind)kind, .name = xstrdup(name), .path = xstrdup(path),
		.foreign = podmans && f->leave_podmans};
}

static void add_dir(struct finder *f, const char *path, bool podmans, int depth);

/* users/1001 is for the user 1001 alone. */
static bool for_others(const struct finder *f, const char *dir, const char *name)
{
	const char *base = strrchr(dir, '/');
	char *end;

	return base && !strcmp(base, "/users") && isdigit((unsigned char)*name) &&
		strtoul(name, &end, 10) != f->uid && !*end;
}

static void add_entry(struct finder *f, const char *dir, const char *name, bool podmans, int depth)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode) && depth < SOURCE_MAX_DEPTH && !for_others(f, dir, name))
		add_dir(f, path, podmans, depth + 1);
	else if (S_ISREG(st.st_mode))
		add_file(f, name, path, podmans);
}

/* Names in their order, so that the same files give the same units. */
static void add_dir(struct finder *f, const char *path, bool podmans, int depth)
{
	struct source_list *l = f->list;
	auto_svec struct svec names = SVEC_INIT;
	auto_free char *real = realpath(path, NULL);
	auto_dir DIR *dir = fs_dir(real ? fd_open_dir(AT_FDCWD, real) : -ENOENT);
	const char *name;

	if (!dir || svec_has(&l->dirs, real) || l->dirs.n > SOURCE_MAX_FILES)
		return;
	svec_add(&l->dirs, real);
	while ((name = fs_dir_next(dir)))
		svec_add(&names, name);
	svec_sort(&names);
	SVEC_EACH(n, &names)
		add_entry(f, path, n, podmans, depth);
}

static void add_system(struct finder *f, const char *base, bool podmans)
{
	auto_free char *mine = xasprintf("%s/users/%u", base, f->uid), *all = xasprintf("%s/users", base);

	add_dir(f, mine, podmans, 0);
	add_dir(f, all, podmans, 0);
}

static void add_defaults(struct finder *f)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	auto_free char *own = source_install_dir(), *user = account_config("containers/systemd");
	auto_free char *volatile_ = run && *run == '/' ? xasprintf("%s/containers/systemd", run) : NULL;

	if (volatile_)
		add_dir(f, volatile_, true, 0);
	if (own)
		add_dir(f, own, false, 0);
	if (user)
		add_dir(f, user, true, 0);
	add_system(f, PODLITE_SYSCONFDIR "/podlite/systemd", false);
	add_system(f, "/etc/containers/systemd", true);
	add_system(f, "/usr/share/containers/systemd", true);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct source *)a)->name, ((const struct source *)b)->name);
}

int source_find(struct source_list *l, const struct svec *first, struct err *err)
{
	struct finder f = {.list = l, .uid = geteuid() ? geteuid() : userns_outer_uid()};
	const char *dirs = getenv("QUADLET_UNIT_DIRS");

	for (size_t i = 0; first && i < first->n; i++)
		add_file(&f, strrchr(first->v[i], '/') + 1, first->v[i], false);
	if (dirs && *dirs) {
		auto_svec struct svec list = SVEC_INIT;

		svec_add_split(&list, dirs, ':');
		SVEC_EACH(d, &list)
			add_dir(&f, d, false, 0);
	} else {
		f.leave_podmans = podman_generates();
		add_defaults(&f);
	}
	if (l->n > SOURCE_MAX_FILES)
		return err_set(err, EK_INVALID, "more than %d quadlet files", SOURCE_MAX_FILES);
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_name);
	return 0;
}

const struct source *source_by_name(const struct source_list *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].name, name))
			return &l->v[i];
	return NULL;
}

/* ---- drop-ins ---- */

/* The names of drop-in directories, the nearest first: foo-bar@x.container.d, foo-bar@.container.d,
 * foo-.container.d, container.d. */
static void dropin_names(const struct source *s, struct svec *ret)
{
	auto_free char *stem = source_stem(s);
	const char *suffix = source_suffix(s->kind);
	char *at = strchr(stem, '@');

	svec_addf(ret, "%s.%s.d", stem, suffix);
	if (at && at[1]) {
		at[1] = '\0';
		svec_addf(ret, "%s.%s.d", stem, suffix);
	}
	for (char *dash = strrchr(stem, '-'); dash; dash = strrchr(stem, '-')) {
		dash[1] = '\0';
		svec_addf(ret, "%s.%s.d", stem, suffix);
		*dash = '\0';
	}
	svec_addf(ret, "%s.d", suffix);
}

struct dropin {
	char *name, *path;
};

struct dropins {
	struct dropin *v;
	size_t n;
};

static void add_dropins(struct dropins *all, const char *path)
{
	auto_dir DIR *dir = fs_dir(fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0));
	const char *name;

	while ((name = fs_dir_next(dir))) {
		size_t len = strlen(name), i = 0;

		while (i < all->n && strcmp(all->v[i].name, name))
			i++;
		if (i < all->n || len < 6 || strcmp(name + len - 5, ".conf") || all->n >= SOURCE_MAX_FILES)
			continue;
		all->v = xrealloc(all->v, all->n + 1, sizeof(*all->v));
		all->v[all->n++] = (struct dropin){.name = xstrdup(name), .path = xasprintf("%s/%s", path, name)};
	}
}

static int dropin_by_name(const void *a, const void *b)
{
	return strcmp(((const struct dropin *)a)->name, ((const struct dropin *)b)->name);
}

void source_load(const struct source_list *l, struct source *s)
{
	auto_svec struct svec names = SVEC_INIT;
	struct dropins all = {NULL, 0};

	unit_read(&s->unit, AT_FDCWD, s->path, s->path, &s->errors);
	dropin_names(s, &names);
	SVEC_EACH(name, &names)
		for (size_t i = 0; i < l->dirs.n; i++) {
			auto_free char *path = xasprintf("%s/%s", l->dirs.v[i], name);

			add_dropins(&all, path);
		}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), dropin_by_name);
	for (size_t i = 0; i < all.n; i++) {
		unit_read(&s->unit, AT_FDCWD, all.v[i].path, all.v[i].path, &s->errors);
		free(all.v[i].name);
		free(all.v[i].path);
	}
	free(all.v);
}

void source_list_done(struct source_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct source *s = &l->v[i];

		free(s->name);
		free(s->path);
		unit_done(&s->unit);
		svec_done(&s->errors);
		svec_done(&s->warnings);
	}
	free(l->v);
	svec_done(&l->dirs);
	*l = (struct source_list)SOURCE_LIST_INIT;
}
