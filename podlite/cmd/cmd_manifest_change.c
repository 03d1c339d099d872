/* cmd_manifest_change.c - `podlite manifest create`, add, annotate and remove. */
#include "podlite/cmd/manifest.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/cmd/registry_opts.h"
#include "podlite/engine/mlist.h"
#include "podlite/output.h"

static int check_pairs(const struct svec *annotations, struct err *err)
{
	SVEC_EACH(a, annotations)
		if (*a == '=' || !strchr(a, '='))
			return err_set(err, EK_USAGE, "invalid value \"%.60s\" for --annotation: expected KEY=VALUE", a);
	return 0;
}

static struct mlist_source source_of(const struct registry_opts *o, bool all)
{
	return (struct mlist_source){.all = all, .authfile = o->authfile, .creds = o->creds, .cert_dir = o->cert_dir,
		.tls_verify = o->tls_verify};
}

static int entries_of(struct context *c, int n, char **images, const struct mlist_source *src, struct jval *ret, struct err *err)
{
	for (int i = 0; i < n; i++)
		if (mlist_entries(c, images[i], src, ret, err) < 0)
			return -1;
	return 0;
}

/* Entries of all images first: nothing changes when one is not there. */
static int put_images(struct context *c, const char *list, int n, char **images, const struct mlist_source *src,
	const struct mlist_edit *edit, char ret_id[65], struct err *err)
{
	auto_jval struct jval *entries = jval_new_array();

	if (entries_of(c, n, images, src, entries, err) < 0)
		return -1;
	return mlist_put(c, list, entries, edit, ret_id, err);
}

/* ---- create ---- */

struct make_opts {
	struct registry_opts registry;
	bool all, amend;
	struct svec annotations;
};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct make_opts, m, a, h)
static const struct option_def create_rows[] = {
	O("all", 0, OPT_BOOL, all, NULL, "Of an image that is a list: all its images, not just this machine's"),
	O("amend", 'a', OPT_BOOL, amend, NULL, "Change the list if there is one of that name"),
	O("annotation", 0, OPT_LIST, annotations, "KEY=VALUE", "Annotation of the list"),
	OPT_ROWS_END,
};
#undef O

static int run_create(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct make_opts *o = opt;
	const struct mlist_source src = source_of(&o->registry, o->all);
	const struct mlist_edit none = {.os = NULL};
	auto_jval struct jval *entries = jval_new_array();
	char id[65];

	if (check_pairs(&o->annotations, err) < 0 || entries_of(c, argc - 1, argv + 1, &src, entries, err) < 0)
		return -1;
	if (mlist_create(c, argv[0], o->amend, &o->annotations, id, err) < 0)
		return -1;
	if (jval_len(entries) && mlist_put(c, id, entries, &none, id, err) < 0)
		return -1;
	return output_line(err, "%s", id);
}

static const struct option_def *const create_groups[] = {registry_opts_auth, create_rows, NULL};

const struct command manifest_change_create = {
	.name = "create",
	.args = "[options] LIST [IMAGE...]",
	.summary = "Make a manifest list",
	.groups = create_groups,
	.opt_size = sizeof(struct make_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run_create,
};

/* ---- what add and annotate say of an entry ---- */

struct edit_opts {
	struct registry_opts registry;
	bool all, index;
	char *arch, *os, *os_version, *variant;
	struct svec annotations, features, os_features;
};

static struct mlist_edit edit_of(const struct edit_opts *o)
{
	return (struct mlist_edit){.os = o->os, .arch = o->arch, .variant = o->variant, .os_version = o->os_version,
		.features = &o->features, .os_features = &o->os_features, .annotations = &o->annotations};
}

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct edit_opts, m, a, h)
#define REFUSED(n, arg, why) {n, 0, OPT_REFUSED, 0, arg, why, 0, NULL, NULL, NULL}
static const struct option_def edit_rows[] = {
	O("annotation", 0, OPT_LIST, annotations, "KEY=VALUE", "Annotation of the entry"),
	O("arch", 0, OPT_STR, arch, "ARCH", "Architecture, instead of what the image says"),
	O("features", 0, OPT_CSV, features, "FEATURE", "Features of the processor; docker's lists have them"),
	O("os", 0, OPT_STR, os, "OS", "Operating system, instead of what the image says"),
	O("os-features", 0, OPT_CSV, os_features, "FEATURE", "Features of the operating system"),
	O("os-version", 0, OPT_STR, os_version, "VERSION", "Version of the operating system"),
	O("variant", 0, OPT_STR, variant, "VARIANT", "Variant of the architecture"),
	OPT_ROWS_END,
};

/* ---- add ---- */

#define NO_ARTIFACTS "artifacts are not made here; oras and podman make them"
static const struct option_def add_rows[] = {
	O("all", 0, OPT_BOOL, all, NULL, "Of an image that is a list: all its images, not just this machine's"),
	REFUSED("artifact", NULL, NO_ARTIFACTS),
	REFUSED("artifact-config", "FILE", NO_ARTIFACTS),
	REFUSED("artifact-config-type", "TYPE", NO_ARTIFACTS),
	REFUSED("artifact-exclude-titles", NULL, NO_ARTIFACTS),
	REFUSED("artifact-layer-type", "TYPE", NO_ARTIFACTS),
	REFUSED("artifact-subject", "IMAGE", NO_ARTIFACTS),
	REFUSED("artifact-type", "TYPE", NO_ARTIFACTS),
	OPT_ROWS_END,
};

static int run_add(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct edit_opts *o = opt;
	const struct mlist_source src = source_of(&o->registry, o->all);
	const struct mlist_edit edit = edit_of(o);
	char id[65];

	if (check_pairs(&o->annotations, err) < 0 ||
		put_images(c, argv[0], argc - 1, argv + 1, &src, &edit, id, err) < 0)
		return -1;
	return output_line(err, "%s", id);
}

static const struct option_def *const add_groups[] = {registry_opts_auth, add_rows, edit_rows, NULL};

const struct command manifest_change_add = {
	.name = "add",
	.args = "[options] LIST IMAGE [IMAGE...]",
	.summary = "Add images to a manifest list",
	.groups = add_groups,
	.opt_size = sizeof(struct edit_opts),
	.needs = CMD_STORE,
	.min_args = 2,
	.max_args = -1,
	.run = run_add,
};

/* ---- annotate ---- */

static const struct option_def annotate_rows[] = {
	O("index", 0, OPT_BOOL, index, NULL, "--annotation is for the list itself, not for an entry"),
	REFUSED("subject", "IMAGE", "a list that refers to another image is not built"),
	OPT_ROWS_END,
};

static bool says_platform(const struct edit_opts *o)
{
	return o->arch || o->os || o->os_version || o->variant || o->features.n || o->os_features.n;
}

static int run_annotate(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct edit_opts *o = opt;
	const struct mlist_edit edit = edit_of(o);
	char id[65];

	if (o->index && says_platform(o))
		return err_set(err, EK_USAGE, "manifest annotate: with --index only --annotation can be given");
	if (!o->index && argc < 2)
		return err_set(err, EK_USAGE, "manifest annotate: name the entry by its digest or image");
	if (check_pairs(&o->annotations, err) < 0 ||
		mlist_annotate(c, argv[0], argv[1], o->index, &edit, id, err) < 0)
		return -1;
	return output_line(err, "%s", id);
}

static const struct option_def *const annotate_groups[] = {annotate_rows, edit_rows, NULL};

const struct command manifest_change_annotate = {
	.name = "annotate",
	.args = "[options] LIST [DIGEST|IMAGE]",
	.summary = "Change what a manifest list says of an image",
	.groups = annotate_groups,
	.opt_size = sizeof(struct edit_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 2,
	.run = run_annotate,
};

/* ---- remove ---- */

static int run_remove(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	char id[65];

	(void)opt, (void)argc;
	return mlist_drop(c, argv[0], argv[1], id, err) < 0 ? -1 : output_line(err, "%s", id);
}

const struct command manifest_change_remove = {
	.name = "remove",
	.args = "LIST DIGEST",
	.summary = "Take an image out of a manifest list",
	.needs = CMD_STORE,
	.min_args = 2,
	.max_args = 2,
	.run = run_remove,
};
