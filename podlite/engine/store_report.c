#include "podlite/engine/store_report.h"

#include <string.h>

#define REPORT_VERSION 1

static struct store_problem *new_problem(struct store_report *r)
{
	if (!(r->n & (r->n - 1)))
		r->v = xrealloc(r->v, r->n ? r->n * 2 : 1, sizeof(*r->v));
	r->v[r->n] = (struct store_problem){.code = NULL};
	return &r->v[r->n++];
}

void store_report_add(struct store_report *r, const char *code, const char *kind, const char *id, const char *path,
	const char *message)
{
	*new_problem(r) = (struct store_problem){.code = xstrdup(code), .kind = xstrdup(kind), .id = xstrdup(id),
		.path = path ? xstrdup(path) : NULL, .message = xstrdup(message)};
}

void store_report_done(struct store_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct store_problem *p = &r->v[i];

		free(p->code);
		free(p->kind);
		free(p->id);
		free(p->path);
		free(p->message);
	}
	free(r->v);
	*r = (struct store_report){NULL, 0};
}

const char *store_report_fix(const struct store_problem *p)
{
	static const struct {
		const char *prefix, *fix;
	} fixes[] = {
		{"layer-orphan", "podlite system check --repair, or podlite system prune, removes it"},
		{"layer-", "podlite system check --repair makes the layer anew"},
		{"blob-orphan", "podlite system check --repair, or podlite system prune, removes it"},
		{"blob-", "podlite system check --repair fetches it again"},
		{"image-record", "podlite system check --repair fetches it again if it was pulled, with --force it else removes it"},
		{"image-", "podlite system check --repair fetches it again"},
		{"network-record", "podlite network rm removes it; else remove the file"},
		{"partial-old", "pull its image, or podlite system check --repair, or podlite system prune, removes it"},
		{"volume-", "look at the volume's directory, then podlite volume rm"},
		{"container-nameless", "podlite system check --repair gives it its name again"},
		{"container-layer-missing", "pull its image again, or podlite rm the container"},
		{"container-", "podlite system check --repair removes the container"},
		{"", "podlite system check --repair removes it"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(fixes); i++)
		if (!strncmp(p->code, fixes[i].prefix, strlen(fixes[i].prefix)))
			return fixes[i].fix;
	return "";
}

struct jval *store_report_json(const struct store_report *r)
{
	struct jval *v = jval_new_object(), *list = jval_new_array();

	for (size_t i = 0; i < r->n; i++) {
		const struct store_problem *p = &r->v[i];
		struct jval *o = jval_new_object();

		jval_set_str(o, "code", p->code);
		jval_set_str(o, "kind", p->kind);
		jval_set_str(o, "id", p->id);
		jval_set_str(o, "path", p->path);
		jval_set_str(o, "message", p->message);
		jval_set_str(o, "fix", store_report_fix(p));
		jval_set_bool(o, "leftover", p->leftover);
		jval_add(list, o);
	}
	jval_set_int(v, "version", REPORT_VERSION);
	jval_set(v, "problems", list);
	return v;
}
