/* cmd_images.c - `podlite images`, also `image ls` and `image list`. */
#include "podlite/cmd/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/img_filter.h"
#include "podlite/engine/img_stores.h"
#include "podlite/engine/img_view.h"
#include "podlite/output.h"

struct images_opts {
	bool all, digests, no_trunc, noheading, quiet;
	char *format, *sort;
	struct svec filter;
};

static const char *const sort_words[] = {"created", "id", "repository", "size", "tag", NULL};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct images_opts, m, a, h)
static const struct option_def rows[] = {
	O("all", 'a', OPT_BOOL, all, NULL, "Show intermediate images too (there are none)"),
	O("digests", 0, OPT_BOOL, digests, NULL, "Show digests"),
	O("filter", 'f', OPT_LIST, filter, "FILTER", "Show only images that match KEY=VALUE"),
	O("format", 0, OPT_STR, format, "TEMPLATE", "Print as json, table TEMPLATE or a Go template"),
	{"history", 0, OPT_REFUSED, 0, NULL, "names that an image had before are not kept", 0, NULL, NULL, NULL},
	O("no-trunc", 0, OPT_BOOL, no_trunc, NULL, "Do not shorten ids"),
	O("noheading", 'n', OPT_BOOL, noheading, NULL, "Do not print headings"),
	{"notruncate", 0, OPT_BOOL, offsetof(struct images_opts, no_trunc), NULL, "The same as --no-trunc", OPT_F_HIDDEN, NULL, NULL, NULL},
	O("quiet", 'q', OPT_BOOL, quiet, NULL, "Print ids only"),
	{"sort", 0, OPT_STR, offsetof(struct images_opts, sort), "KEY",
		"Sort by created, id, repository, size or tag", 0, "created", NULL, sort_words},
	OPT_ROWS_END,
};

#define COLUMNS 8
static const struct output_column headers[] = {
	{"CREATED", "CreatedSince"}, {"CREATED TIME", "CreatedTime"}, {"R/O", "ReadOnly"}, {"OS", "Os"}, {"ARCH", "Arch"}, {NULL, NULL},
};

struct entry {
	const struct image *img;
	char *repository, *tag;
	struct jval *row; /* for a template; else NULL, and made when it is printed */
};

/* created and size: largest first, as podman. */
static int compare(const void *x, const void *y, void *arg)
{
	const struct entry *a = x, *b = y;
	const char *key = arg;

	if (!strcmp(key, "id"))
		return strcmp(a->img->id, b->img->id);
	if (!strcmp(key, "repository"))
		return strcmp(a->repository, b->repository);
	if (!strcmp(key, "tag"))
		return strcmp(a->tag, b->tag);
	if (!strcmp(key, "size") && a->img->size != b->img->size)
		return a->img->size < b->img->size ? 1 : -1;
	if (a->img->created_ns != b->img->created_ns)
		return a->img->created_ns < b->img->created_ns ? 1 : -1;
	return strcmp(a->repository, b->repository);
}

struct listing {
	const struct images_opts *o;
	struct image_list images;
	struct ctr_list ctrs;
	struct entry *v;
	size_t n;
};

/* One row a name; podman's -q prints an image once. */
static void add_rows(struct listing *l, const struct img_filter *f, const struct image *img,
	const struct jval *json)
{
	size_t before = l->n;

	for (size_t i = 0; i < img->names.n || (!img->names.n && !i); i++) {
		const char *name = img->names.n ? img->names.v[i] : NULL;
		struct entry e = {.img = img};

		if ((name && !img_filter_shows(f, img, name)) || (l->o->quiet && l->n > before))
			continue;
		img_view_split(name, &e.repository, &e.tag);
		if (json)
			e.row = img_view_row(img, e.repository, e.tag, l->o->no_trunc, json);
		l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
		l->v[l->n++] = e;
	}
}

static int add_image(struct context *c, struct listing *l, const struct img_filter *f,
	const struct image *img, struct err *err)
{
	auto_jval struct jval *json = NULL;
	int r = img_filter_match(c, f, img, &l->ctrs, err);

	if (r <= 0)
		return r;
	/* a plain table does not need the config */
	if (l->o->format) {
		json = img_view_json(c, img, &l->ctrs, err);
		if (!json)
			return -1;
	}
	add_rows(l, f, img, json);
	return 0;
}

/* As podman's: R/O only where an image is. */
static void choose_columns(const struct listing *l, struct output_column ret[COLUMNS])
{
	const struct output_column all[] = {
		{"REPOSITORY", "Repository"}, {"TAG", "Tag"}, {l->o->digests ? "DIGEST" : NULL, "Digest"},
		{"IMAGE ID", "ID"}, {"CREATED", "Created"}, {"SIZE", "Size"},
	};
	bool any = false;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		any |= l->v[i].img->ro != NULL;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].header)
			ret[n++] = all[i];
	if (any)
		ret[n++] = (struct output_column){"R/O", "ReadOnly"};
	ret[n] = (struct output_column){NULL, NULL};
}

/* Each image once, whatever names it has. */
static int add_json(struct context *c, const struct listing *l, struct jval *json, struct err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		bool again = false;
		struct jval *v;

		for (size_t k = 0; k < i && !again; k++)
			again = l->v[k].img == l->v[i].img;
		if (again)
			continue;
		v = img_view_json(c, l->v[i].img, &l->ctrs, err);
		if (!v)
			return -1;
		jval_add(json, v);
	}
	return 0;
}

static struct jval *make_row(const void *arg, size_t i)
{
	const struct listing *l = arg;
	const struct entry *e = &l->v[i];

	return img_view_row(e->img, e->repository, e->tag, l->o->no_trunc, NULL);
}

static int print(struct context *c, struct listing *l, struct err *err)
{
	struct output_column columns[COLUMNS];
	auto_jval struct jval *shown = jval_new_array(), *json = jval_new_array();
	const struct images_opts *o = l->o;
	struct output_list out = {
		.columns = columns,
		.headers = headers,
		.format = o->format,
		.quiet = o->quiet,
		.noheading = o->noheading,
		.quiet_key = "ID",
		.make_row = o->format ? NULL : make_row,
		.arg = l,
		.nrows = l->n,
	};
	char key[16] = "created";

	choose_columns(l, columns);
	if (o->sort)
		memcpy(key, o->sort, strlen(o->sort) + 1);
	if (l->n)
		qsort_r(l->v, l->n, sizeof(*l->v), compare, key);
	for (size_t i = 0; i < l->n && o->format; i++)
		jval_add(shown, jval_ref(l->v[i].row));
	if (o->format && !strcmp(o->format, "json") && add_json(c, l, json, err) < 0)
		return -1;
	return output_list(&out, shown, json, err);
}

static void listing_done(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].repository);
		free(l->v[i].tag);
		jval_free(l->v[i].row);
	}
	free(l->v);
	ctr_list_done(&l->ctrs);
	image_list_done(&l->images);
}

static int list(struct context *c, const struct images_opts *o, const struct svec *filters,
	struct err *err)
{
	auto_cleanup(img_filter_autop) struct img_filter *f = img_filter_parse(c, filters, err);
	struct listing l = {.o = o};
	int r = 0;

	if (!f || image_list(&c->store, &l.images, err) < 0)
		return -1;
	r = img_stores_add(c, &l.images, err);
	if (!r && (o->format || img_filter_value(f, "containers")))
		r = ctr_list_all(c, &l.ctrs, err);
	for (size_t i = 0; i < l.images.n && !r; i++)
		r = add_image(c, &l, f, &l.images.v[i], err);
	if (!r)
		r = print(c, &l, err);
	listing_done(&l);
	return r;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct images_opts *o = opt;
	auto_svec struct svec filters = SVEC_INIT;

	svec_add_all(&filters, &o->filter);
	if (argc)
		svec_addf(&filters, "reference=%s", argv[0]);
	return list(c, o, &filters, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_images = {
	.name = "images",
	.args = "[options] [IMAGE]",
	.summary = "List images in local storage",
	.groups = groups,
	.opt_size = sizeof(struct images_opts),
	.needs = CMD_STORE,
	.max_args = 1,
	.run = run,
};
