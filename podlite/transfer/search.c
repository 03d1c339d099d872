#include "podlite/transfer/search.h"

#include <string.h>

#include "common/alloc.h"
#include "net/registry.h"
#include "podlite/transfer/pull_site.h"
#include "podlite/transfer/sandbox.h"

struct place {
	char *index;           /* "docker.io" */
	const char *term;      /* below it */
	struct fetch_site site;
};

struct search {
	const struct request *rq;
	struct http *http;
	struct place *v;
	size_t n;
	struct jval *rows;
};

/* ---- where ---- */

static bool has_host(const char *name)
{
	size_t n = strcspn(name, "/");

	return name[n] && (memchr(name, '.', n) || memchr(name, ':', n) || (n == 9 && !strncmp(name, "localhost", n)));
}

static int add_place(struct search *s, const struct regconf *conf, char *index, const char *term, struct err *err)
{
	struct place p = {.index = index, .term = term};
	struct regconf_source src;
	int r;

	if (regconf_host(conf, index, &src, err) < 0) {
		free(index);
		return -1;
	}
	/* the hub's search is not where its images are */
	if (!strcmp(index, "docker.io") && !s->rq->list_tags) {
		free(src.host);
		src.host = xstrdup("index.docker.io");
	}
	r = pull_site_open(s->rq, &src, &p.site, err);
	regconf_source_done(&src);
	if (r < 0) {
		free(index);
		return -1;
	}
	s->v = xrealloc(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = p;
	return 0;
}

static int find_places(struct search *s, const struct regconf *conf, struct err *err)
{
	const char *name = s->rq->name;
	size_t host = strcspn(name, "/");

	if (has_host(name))
		return add_place(s, conf, xstrndup(name, host), name + host + 1, err);
	if (!conf->search_set)
		return add_place(s, conf, xstrdup("docker.io"), name, err);
	SVEC_EACH(registry, &conf->search)
		if (add_place(s, conf, xstrndup(registry, strcspn(registry, "/")), name, err) < 0)
			return -1;
	return s->n ? 0 : err_set(err, EK_USAGE, "no registry to search: name one, as in REGISTRY/%s, or set "
		"unqualified-search-registries in registries.conf", name);
}

/* ---- what ---- */

static struct jval *new_row(struct search *s, const struct place *p, const char *repo)
{
	struct jval *row = jval_new_object();
	auto_free char *name = xasprintf("%s/%s", p->index, repo);

	jval_set_str(row, "Index", p->index);
	jval_set_str(row, "Name", name);
	jval_set_str(row, "Description", "");
	jval_set_int(row, "Stars", 0);
	jval_set_str(row, "Official", "");
	jval_set_str(row, "Automated", "");
	jval_set_str(row, "Tag", "");
	jval_add(s->rows, row);
	return row;
}

static void add_results(struct search *s, const struct place *p, const struct jval *results)
{
	for (size_t i = 0; i < jval_len(results) && i < (size_t)s->rq->limit; i++) {
		const struct jval *v = jval_at(results, i);
		const char *name = jval_get_str(v, "name", "");
		bool official = jval_get_bool(v, "is_official", false);
		auto_free char *repo = xasprintf("%s%s", !strcmp(p->index, "docker.io") && !strchr(name, '/') ? "library/" : "", name);
		struct jval *row = *name ? new_row(s, p, repo) : NULL;

		if (!row)
			continue;
		jval_set_str(row, "Description", jval_get_str(v, "description", ""));
		jval_set_int(row, "Stars", jval_get_int(v, "star_count", 0));
		jval_set_str(row, "Official", official ? "[OK]" : "");
		jval_set_str(row, "Automated", jval_get_bool(v, "is_automated", false) ? "[OK]" : "");
	}
}

static int search_catalog(struct search *s, struct registry *reg, const struct place *p, struct err *err)
{
	auto_svec struct svec repos = SVEC_INIT;
	int64_t n = 0;

	reg->scope = "registry:catalog:*";
	if (registry_catalog(reg, &repos, err) < 0)
		return -1;
	SVEC_EACH(repo, &repos)
		if (strstr(repo, p->term) && n < s->rq->limit) {
			new_row(s, p, repo);
			n++;
		}
	return 0;
}

static int list_tags(struct search *s, struct registry *reg, const struct place *p, struct err *err)
{
	auto_svec struct svec tags = SVEC_INIT;
	auto_free char *name = xasprintf("%s/%s", p->index, p->term);
	struct ref r;
	int64_t n = 0;
	int done;

	if (ref_parse(name, &r, err) < 0)
		return -1;
	reg->repo = r.path;
	done = registry_tags(reg, &tags, err);
	SVEC_EACH(tag, &tags)
		if (done == 0 && n++ < s->rq->limit)
			jval_set_str(new_row(s, p, r.path), "Tag", tag);
	ref_done(&r);
	return done;
}

static int search_place(struct search *s, struct place *p, struct err *err)
{
	struct registry reg = {.http = s->http, .site = &p->site, .policy = {.retries = 1}};
	auto_jval struct jval *doc = NULL;

	if (s->rq->list_tags)
		return list_tags(s, &reg, p, err);
	doc = registry_search(&reg, p->term, (unsigned)s->rq->limit, err);
	if (doc) {
		add_results(s, p, jval_get(doc, "results"));
		return 0;
	}
	if (!reg.status || !strcmp(p->index, "docker.io")) /* nobody there at all */
		return -1;
	err_clear(err);
	return search_catalog(s, &reg, p, err);
}

static int search_all(struct search *s, struct err *err)
{
	struct err first = ERR_INIT;
	size_t failed = 0;

	for (size_t i = 0; i < s->n; i++) {
		err_clear(err);
		if (search_place(s, &s->v[i], err) == 0)
			continue;
		err_wrap(err, "search %s", s->v[i].index);
		if (!failed++)
			first = *err;
	}
	if (failed < s->n) {
		err_clear(err);
		return 0;
	}
	*err = first;
	return -1;
}

static int work(struct search *s, const struct regconf *conf, struct request_answer *ret, struct err *err)
{
	auto_svec struct svec readable = SVEC_INIT;
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (find_places(s, conf, err) < 0)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		pull_site_readable(&s->v[i].site, &readable);
	if (sandbox_enter(NULL, &readable, err) < 0 || search_all(s, err) < 0)
		return -1;
	jval_print(s->rows, false, &text);
	ret->text = sbuf_take(&text);
	return 0;
}

int search_run(const struct request *rq, struct http *http, const struct regconf *conf, struct request_answer *ret,
	struct err *err)
{
	struct search s = {.rq = rq, .http = http, .rows = jval_new_array()};
	int r = work(&s, conf, ret, err);

	for (size_t i = 0; i < s.n; i++) {
		fetch_site_done(&s.v[i].site);
		free(s.v[i].index);
	}
	free(s.v);
	jval_free(s.rows);
	return r;
}
