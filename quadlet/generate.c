#include "quadlet/generate.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "quadlet/conv.h"
#include "quadlet/word.h"

#ifndef PODLITE_BINDIR
#define PODLITE_BINDIR "/usr/bin"
#endif

/* ---- [Install] ---- */

static void add_links(const struct generated *g, const char *key, const char *suffix, const char *link, struct svec *ret)
{
	const struct unit *u = &g->src->unit;

	for (const struct unit_entry *e = unit_next(u, "Install", key, NULL); e; e = unit_next(u, "Install", key, e)) {
		auto_svec struct svec words = SVEC_INIT;
		const char *why = "";

		if (!word_split(e->value, &words, &why))
			svec_addf(&g->src->errors, "%s:%u: %s=: %s", e->path, e->line, key, why);
		SVEC_EACH(w, &words) {
			if (!source_unit_name_ok(w))
				svec_addf(&g->src->errors, "%s:%u: %s=: \"%s\" is not the name of a unit", e->path, e->line, key, w);
			else if (link)
				svec_addf(ret, "%s.%s/%s", w, suffix, link);
			else
				svec_add(ret, w);
		}
	}
}

/* A template is enabled as its DefaultInstance=, or not at all. */
static void install_links(struct generated *g)
{
	char *at = strchr(g->service, '@');
	const char *instance = unit_value(&g->src->unit, "Install", "DefaultInstance", NULL);
	auto_free char *link = xstrdup(g->service);

	if (at && at[1] == '.') {
		if (!instance)
			return;
		free(link);
		link = xasprintf("%.*s@%s%s", (int)(at - g->service), g->service, instance, at + 1);
		if (!source_unit_name_ok(link)) {
			svec_addf(&g->src->errors, "%s: DefaultInstance=%s is not the name of an instance", g->src->path, instance);
			return;
		}
	}
	add_links(g, "Alias", NULL, NULL, &g->links);
	add_links(g, "WantedBy", "wants", link, &g->links);
	add_links(g, "RequiredBy", "requires", link, &g->links);
	add_links(g, "UpheldBy", "upholds", link, &g->links);
}

/* ---- making ---- */

/* Beside us where the programs were built; the installed one otherwise. */
static char *find_podlite(void)
{
	auto_free char *self = fs_readlink(AT_FDCWD, "/proc/self/exe");
	char *slash = self ? strrchr(self, '/') : NULL;
	auto_free char *beside = slash ? xasprintf("%.*s/podlite", (int)(slash - self), self) : NULL;

	if (beside && access(beside, X_OK) == 0)
		return take_ptr(beside);
	return xstrdup(PODLITE_BINDIR "/podlite");
}

static void make_one(const struct source_list *all, struct generated *g, const char *podlite)
{
	struct conv c = {.all = all, .src = g->src, .podlite = podlite, .out = UNIT_INIT};
	struct sbuf text = SBUF_INIT;

	conv_unit(&c);
	g->service = conv_service_name(g->src);
	install_links(g);
	sbuf_addf(&text, "# Made by podlite-user-generator of %s; changes are lost: podlite-systemd.unit(5)\n", g->src->path);
	unit_print(&c.out, &text);
	g->text = sbuf_take(&text);
	conv_done(&c);
}

/* Of two files with one service the first one has it. */
static void check_twins(struct generated_list *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (l->v[k].text && !strcmp(l->v[k].service, l->v[i].service))
			svec_addf(&l->v[i].src->errors, "%s: makes %s, as %s does", l->v[i].src->path, l->v[i].service, l->v[k].src->path);
}

int generate_all(struct generated_list *l, const struct svec *first, const char *podlite, struct err *err)
{
	auto_free char *program = podlite ? xstrdup(podlite) : find_podlite();
	struct source_list *s = &l->sources;

	if (source_find(s, first, err) < 0)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		source_load(s, &s->v[i]);
	l->v = xcalloc(s->n, sizeof(*l->v));
	l->n = s->n;
	for (size_t i = 0; i < s->n; i++) {
		struct generated *g = &l->v[i];

		g->src = &s->v[i];
		make_one(s, g, program);
		check_twins(l, i);
		if (g->src->errors.n || g->src->foreign) {
			free(g->text);
			g->text = NULL;
		}
	}
	return 0;
}

/* ---- writing ---- */

static int make_link(int dir, const char *link, const char *service)
{
	const char *slash = strchr(link, '/');
	auto_free char *sub = slash ? xstrndup(link, (size_t)(slash - link)) : NULL;
	auto_free char *target = xasprintf("%s%s", slash ? "../" : "", service);
	int r = sub ? fs_mkdir(dir, sub, 0755) : 0;

	if (r < 0 && r != -EEXIST)
		return r;
	(void)!unlinkat(dir, link, 0);
	return symlinkat(target, dir, link) < 0 ? -errno : 0;
}

static int write_one(int dir, const struct generated *g)
{
	int r = fs_write_file(dir, g->service, g->text, strlen(g->text), 0644, 0);

	for (size_t i = 0; !r && i < g->links.n; i++)
		if (strcmp(g->links.v[i], g->service)) /* not over itself */
			r = make_link(dir, g->links.v[i], g->service);
	return r;
}

int generate_write(struct generated_list *l, const char *path, struct err *err)
{
	auto_fd int dir = fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);

	if (dir < 0)
		return err_neg(err, dir, "open %s", path);
	for (size_t i = 0; i < l->n; i++) {
		int r = l->v[i].text ? write_one(dir, &l->v[i]) : 0;

		if (r < 0)
			svec_addf(&l->v[i].src->errors, "%s: write %s/%s: %s", l->v[i].src->path, path, l->v[i].service, strerror(-r));
	}
	return 0;
}

void generate_done(struct generated_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].service);
		free(l->v[i].text);
		svec_done(&l->v[i].links);
	}
	free(l->v);
	source_list_done(&l->sources);
	*l = (struct generated_list)GENERATED_LIST_INIT;
}
