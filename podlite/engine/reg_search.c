#include "podlite/engine/reg_search.h"

#include <string.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/transfer.h"

struct filter {
	int64_t stars;
	int official, automated; /* 0: any, 1: must, -1: must not */
};

static int parse_bool(const char *text, int *ret)
{
	if (!text || !strcmp(text, "true"))
		*ret = 1;
	else if (!strcmp(text, "false"))
		*ret = -1;
	else
		return -1;
	return 0;
}

static int parse_filter(const char *text, struct filter *ret, struct err *err)
{
	const char *eq = strchr(text, '=');
	size_t n = strcspn(text, "=");
	uint64_t stars;

	if (n == 5 && !strncmp(text, "stars", n) && eq && units_parse_u64(eq + 1, &stars) && stars <= INT32_MAX) {
		ret->stars = (int64_t)stars;
		return 0;
	}
	if (n == 11 && !strncmp(text, "is-official", n) && parse_bool(eq ? eq + 1 : NULL, &ret->official) == 0)
		return 0;
	if (n == 12 && !strncmp(text, "is-automated", n) && parse_bool(eq ? eq + 1 : NULL, &ret->automated) == 0)
		return 0;
	return err_set(err, EK_USAGE, "filter \"%.40s\": expected stars=N, is-official=BOOL or is-automated=BOOL", text);
}

static bool has(const struct jval *row, const char *key, int want)
{
	return !want || (*jval_get_str(row, key, "") != '\0') == (want > 0);
}

static struct jval *apply_filter(const struct jval *rows, const struct filter *f)
{
	struct jval *kept = jval_new_array();

	for (size_t i = 0; i < jval_len(rows); i++) {
		struct jval *row = jval_at(rows, i);

		if (jval_get_int(row, "Stars", 0) >= f->stars && has(row, "Official", f->official) &&
			has(row, "Automated", f->automated))
			jval_add(kept, jval_ref(row));
	}
	return kept;
}

/* The worker's text, parsed here again: it spoke with strangers. */
static struct jval *ask(struct context *c, const char *op, const char *name, const struct reg_search *o, struct err *err)
{
	struct request rq = {.op = (char *)op, .name = (char *)name, .tls_verify = o->tls_verify,
		.authfile = (char *)o->authfile, .cert_dir = (char *)o->cert_dir, .creds = (char *)o->creds,
		.list_tags = o->list_tags, .limit = o->limit, .retry = -1};
	struct request_answer a;
	struct jval *v;

	if (context_paths(c, err) < 0 || transfer_ask(c, &rq, &a, err) < 0)
		return NULL;
	v = jval_parse(a.text ? a.text : "", a.text ? strlen(a.text) : 0, 0, err);
	request_answer_done(&a);
	if (!v)
		err_wrap(err, "%s %s", op, name);
	return v;
}

struct jval *reg_search(struct context *c, const char *term, const struct reg_search *o, struct err *err)
{
	struct filter f = {.stars = 0};
	auto_jval struct jval *rows = NULL;

	for (size_t i = 0; o->filter && i < o->filter->n; i++)
		if (parse_filter(o->filter->v[i], &f, err) < 0)
			return NULL;
	rows = ask(c, "search", term, o, err);
	return rows ? apply_filter(rows, &f) : NULL;
}

struct jval *reg_search_manifest(struct context *c, const char *image, const struct reg_search *o, struct err *err)
{
	return ask(c, "manifest", image, o, err);
}
