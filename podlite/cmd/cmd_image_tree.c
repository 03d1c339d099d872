/* cmd_image_tree.c - `podlite image tree`: the layers of an image, lowest first, and what is built on them. */
#include "podlite/cmd/image.h"

#include <string.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/img_stores.h"
#include "podlite/output.h"
#include "storage/image.h"
#include "storage/layer.h"

struct tree_opts {
	bool whatrequires;
};

struct tree {
	struct context *c;
	const struct image *img;
	struct image_list all;
};

/* Is the image made of these layers, and perhaps more above? */
static bool begins_with(const struct image *img, const struct digest *layers, size_t n)
{
	if (img->nlayers < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!digest_equal(&img->layers[i], &layers[i]))
			return false;
	return true;
}

/* " Top Layer of: [names]" of all images that end with the n-th layer. */
static void add_tops(const struct tree *t, const struct digest *layers, size_t n, struct sbuf *ret)
{
	auto_svec struct svec names = SVEC_INIT;
	auto_free char *text = NULL;

	for (size_t i = 0; i < t->all.n; i++)
		if (t->all.v[i].nlayers == n && begins_with(&t->all.v[i], layers, n))
			svec_add_all(&names, &t->all.v[i].names);
	if (!names.n)
		return;
	text = svec_join(&names, " ");
	sbuf_addf(ret, " Top Layer of: [%s]", text);
}

/* What it takes on disk, or in an additional store its blob. */
static int layer_bytes(const struct tree *t, const struct digest *layers, size_t n, uint64_t *ret, struct err *err)
{
	struct layer_info info;

	if (t->img->ro && layers == t->img->layers) {
		*ret = image_layer_size(&t->c->store, t->img, n - 1);
		return 0;
	}
	if (layer_read(&t->c->store, &layers[n - 1], &info, err) < 0)
		return -1;
	*ret = info.disk_bytes;
	return 0;
}

static int print_layer(const struct tree *t, const struct digest *layers, size_t n, const char *indent, bool last,
	struct err *err)
{
	auto_sbuf struct sbuf line = SBUF_INIT;
	uint64_t bytes = 0;
	char size[32];

	if (layer_bytes(t, layers, n, &bytes, err) < 0)
		return -1;
	units_print_size(bytes, size, sizeof(size));
	sbuf_addf(&line, "%s%s ID: %.12s Size: %7s", indent, last ? "└──" : "├──", layers[n - 1].hex, size);
	add_tops(t, layers, n, &line);
	return output_line(err, "%s", line.buf);
}

/* The first image that has another layer upon the n of these than any image before it in the list; from: where
 * to go on. NULL: no more. */
static const struct image *next_child(const struct tree *t, const struct digest *layers, size_t n, size_t *from)
{
	while (*from < t->all.n) {
		const struct image *img = &t->all.v[(*from)++];
		bool seen = false;

		if (img->nlayers <= n || !begins_with(img, layers, n))
			continue;
		for (size_t i = 0; i + 1 < *from && !seen; i++)
			seen = begins_with(&t->all.v[i], img->layers, n + 1);
		if (!seen)
			return img;
	}
	return NULL;
}

static int print_children(const struct tree *t, const struct digest *layers, size_t n, const char *indent,
	struct err *err)
{
	auto_free char *deeper = xasprintf("%s    ", indent), *between = xasprintf("%s│   ", indent);
	size_t from = 0;
	const struct image *child = next_child(t, layers, n, &from);

	while (child) {
		const struct image *next = next_child(t, layers, n, &from);

		if (print_layer(t, child->layers, n + 1, indent, !next, err) < 0 ||
			print_children(t, child->layers, n + 1, next ? between : deeper, err) < 0)
			return -1;
		child = next;
	}
	return 0;
}

static int print(const struct tree *t, bool whatrequires, struct err *err)
{
	const struct image *img = t->img;
	auto_free char *names = svec_join(&img->names, " ");
	char size[32];

	units_print_size(img->size, size, sizeof(size));
	if (output_line(err, "Image ID: %.12s\nTags:     [%s]\nSize:     %s", img->id, names, size) < 0)
		return -1;
	if (!img->nlayers)
		return output_line(err, "No Image Layers");
	if (output_line(err, "Image Layers") < 0)
		return -1;
	for (size_t i = 1; i <= img->nlayers; i++)
		if (print_layer(t, img->layers, i, "", i == img->nlayers, err) < 0)
			return -1;
	return whatrequires ? print_children(t, img->layers, img->nlayers, "    ", err) : 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct tree_opts *o = opt;
	struct tree t = {.c = c};
	struct image img;
	int r;

	(void)argc;
	if (img_stores_look_image(c, argv[0], &img, err) < 0)
		return -1;
	t.img = &img;
	r = image_list(&c->store, &t.all, err);
	if (!r)
		r = print(&t, o->whatrequires, err);
	image_list_done(&t.all);
	image_done(&img);
	return r;
}

static const struct option_def rows[] = {
	OPT_ROW("whatrequires", 0, OPT_BOOL, struct tree_opts, whatrequires, NULL, "Show also the layers that other images have upon these"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_image_tree = {
	.name = "tree",
	.args = "[options] IMAGE",
	.summary = "Show the layers of an image as a tree",
	.groups = groups,
	.opt_size = sizeof(struct tree_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
