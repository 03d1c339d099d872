/* cmd_system_prune.c - `podlite system prune`: stopped containers, then networks without members, unused
 * images and beginnings of downloads, then with --volumes unused volumes. */
#include "podlite/cmd/system.h"

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/confirm.h"
#include "podlite/engine/ctr_filter.h"
#include "podlite/engine/disk_usage.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/img_filter.h"
#include "podlite/engine/img_remove.h"
#include "podlite/engine/net_use.h"
#include "podlite/engine/vol_use.h"
#include "podlite/output.h"

struct prune_opts {
	bool all, force, volumes;
	struct svec filter;
};

static const struct option_def rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct prune_opts, all, NULL, "Remove all images that no container uses"),
	OPT_ROW("filter", 0, OPT_LIST, struct prune_opts, filter, "FILTER",
		"Remove only what matches label=KEY[=VALUE] or until=TIME"),
	OPT_ROW("force", 'f', OPT_BOOL, struct prune_opts, force, NULL, "Do not ask"),
	OPT_ROW("volumes", 0, OPT_BOOL, struct prune_opts, volumes, NULL, "Remove unused volumes too"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static int print_list(const char *title, const struct svec *list, struct err *err)
{
	if (list->n && output_line(err, "%s", title) < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++)
		if (output_line(err, "%s", list->v[i]) < 0)
			return -1;
	return 0;
}

static int prune_containers(struct context *c, const struct prune_opts *o, struct err *err)
{
	auto_cleanup(ctr_filter_autop) struct ctr_filter *f = ctr_filter_parse(c, &o->filter, err);
	auto_svec struct svec gone = SVEC_INIT;
	struct ctr_list list = {NULL, 0};
	int r = 0;

	if (!f || ctr_list_all(c, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && !r; i++) {
		if (ctr_is_live(&list.v[i]) || !ctr_filter_match(f, &list.v[i]))
			continue;
		r = ctr_remove(c, list.v[i].rec.id, false, false, -1, err);
		/* started or removed by somebody else just now */
		if (r < 0 && (err->kind == EK_IN_USE || err->kind == EK_NOT_FOUND)) {
			err_clear(err);
			r = 0;
			continue;
		}
		if (!r)
			svec_add(&gone, list.v[i].rec.id);
	}
	ctr_list_done(&list);
	return r < 0 ? -1 : print_list("Deleted Containers", &gone, err);
}

static int prune_networks(struct context *c, const struct prune_opts *o, struct err *err)
{
	auto_svec struct svec unused = SVEC_INIT, gone = SVEC_INIT;

	if (net_use_unused(c, &o->filter, &unused, err) < 0)
		return -1;
	SVEC_EACH(name, &unused) {
		auto_free char *full = NULL;

		if (net_use_remove(c, name, false, -1, &full, err) == 0)
			svec_add(&gone, full);
		else if (err->kind == EK_IN_USE || err->kind == EK_NOT_FOUND) /* by somebody else just now */
			err_clear(err);
		else
			return -1;
	}
	return print_list("Deleted Networks", &gone, err);
}

/* What pulls that were cut left of layers: nobody pulls now, or that is busy and stays. */
static int prune_partial(struct context *c, struct err *err)
{
	auto_svec struct svec gone = SVEC_INIT;

	partial_clear(&c->store, &gone);
	return print_list("Deleted Partial Downloads", &gone, err);
}

static int prune_images(struct context *c, const struct prune_opts *o, struct err *err)
{
	auto_cleanup(img_filter_autop) struct img_filter *f = img_filter_parse(c, &o->filter, err);
	struct img_removed gone = {.untagged = SVEC_INIT};
	int r = f ? img_prune_all(c, f, o->all, &gone, err) : -1;

	if (print_list("Deleted Images", &gone.deleted, r < 0 ? NULL : err) < 0)
		r = -1;
	img_removed_done(&gone);
	if (r || o->filter.n)
		return r;
	return img_collect(c, err) < 0 ? -1 : prune_partial(c, err);
}

static int prune_volumes(struct context *c, const struct prune_opts *o, struct err *err)
{
	auto_svec struct svec gone = SVEC_INIT, filters = SVEC_INIT;
	struct volume_list list = {NULL, 0};
	struct ctr_list ctrs = {NULL, 0};
	int r = volume_list(&c->store, &list, err);

	svec_add_all(&filters, &o->filter);
	svec_add(&filters, "dangling=true");
	if (!r)
		r = ctr_list_all(c, &ctrs, err);
	for (size_t i = 0; i < list.n && r >= 0; i++) {
		auto_free char *name = NULL;

		r = vol_use_match(c, &filters, &list.v[i], &ctrs, err);
		if (r > 0)
			r = vol_use_remove(c, list.v[i].name, false, -1, &name, err);
		if (!r && name)
			svec_add(&gone, name);
	}
	ctr_list_done(&ctrs);
	volume_list_done(&list);
	return r < 0 ? -1 : print_list("Deleted Volumes", &gone, err);
}

/* Bytes on disk now; called before and after. */
static int total(struct context *c, uint64_t *ret, struct err *err)
{
	struct disk_usage u;

	if (disk_usage_read(c, &u, err) < 0)
		return -1;
	*ret = u.layers;
	for (size_t i = 0; i < u.ctrs.n; i++)
		*ret += u.ctr[i].bytes;
	for (size_t i = 0; i < u.volumes.n; i++)
		*ret += u.volume[i].bytes;
	for (size_t i = 0; i < u.npartial; i++)
		*ret += u.partial[i].bytes;
	disk_usage_done(&u);
	return 0;
}

static int ask(const struct prune_opts *o, struct err *err)
{
	auto_free char *text = xasprintf("This command removes:\n"
					 "\t- all stopped containers\n"
					 "\t- all networks not used by at least one container\n"
					 "%s"
					 "\t- all %s\n",
		o->volumes ? "\t- all volumes not used by at least one container\n" : "",
		o->all ? "images without at least one container associated with them" : "dangling images");

	return confirm_ask(text, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct prune_opts *o = opt;
	uint64_t before = 0, after = 0;
	char size[32];
	int r = o->force ? 1 : ask(o, err);

	(void)argc, (void)argv;
	if (r <= 0)
		return r;
	if (total(c, &before, err) < 0 || prune_containers(c, o, err) < 0 || prune_networks(c, o, err) < 0 || prune_images(c, o, err) < 0 ||
		(o->volumes && prune_volumes(c, o, err) < 0) || total(c, &after, err) < 0)
		return -1;
	units_print_size_short(before > after ? before - after : 0, 4, size, sizeof(size));
	return output_line(err, "Total reclaimed space: %s", size);
}

const struct command cmd_system_prune = {
	.name = "prune",
	.args = "[options]",
	.summary = "Remove unused containers, networks, images and volumes",
	.groups = groups,
	.opt_size = sizeof(struct prune_opts),
	.needs = CMD_STORE,
	.run = run,
};
