/* cmd_system_df.c - `podlite system df`. */
#include "podlite/cmd/system.h"

#include <stdio.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/engine/ctr_view.h"
#include "podlite/engine/disk_usage.h"
#include "podlite/engine/img_view.h"
#include "podlite/output.h"

struct df_opts {
	bool verbose;
	char *format;
};

static const struct option_def rows[] = {
	OPT_ROW("format", 0, OPT_STR, struct df_opts, format, "TEMPLATE",
		"Print as json, table TEMPLATE or a Go template"),
	OPT_ROW("verbose", 'v', OPT_BOOL, struct df_opts, verbose, NULL, "Each image, container and volume"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static void set_size(struct jval *row, const char *key, uint64_t bytes)
{
	char text[32];

	units_print_size_short(bytes, 4, text, sizeof(text));
	jval_set_str(row, key, text);
}

/* ---- the summary ---- */

static struct jval *summary_row(const char *type, size_t total, size_t active, uint64_t bytes,
	uint64_t reclaimable)
{
	struct jval *row = jval_new_object();
	char size[32], text[64];

	units_print_size_short(reclaimable, 4, size, sizeof(size));
	snprintf(text, sizeof(text), "%s (%d%%)", size,
		bytes ? (int)((double)reclaimable / (double)bytes * 100 + 0.5) : 0);
	jval_set_str(row, "Type", type);
	jval_set_int(row, "Total", (int64_t)total);
	jval_set_int(row, "TotalCount", (int64_t)total);
	jval_set_int(row, "Active", (int64_t)active);
	jval_set(row, "RawSize", jval_new_uint(bytes));
	jval_set(row, "RawReclaimable", jval_new_uint(reclaimable));
	set_size(row, "Size", bytes);
	jval_set_str(row, "Reclaimable", text);
	return row;
}

/* Only where there are some: the other rows are those that scripts know from elsewhere. */
static void add_partial_row(const struct disk_usage *u, struct jval *ret)
{
	uint64_t all = 0, free_bytes = 0;
	size_t busy = 0;

	for (size_t i = 0; i < u->npartial; i++) {
		busy += u->partial[i].busy;
		all += u->partial[i].bytes;
		free_bytes += u->partial[i].busy ? 0 : u->partial[i].bytes;
	}
	if (u->npartial)
		jval_add(ret, summary_row("Partial Downloads", u->npartial, busy, all, free_bytes));
}

static struct jval *summary(const struct disk_usage *u)
{
	struct jval *rows_json = jval_new_array();
	uint64_t free_images = 0, all_ctrs = 0, free_ctrs = 0, all_volumes = 0, free_volumes = 0;
	size_t used_images = 0, live = 0, used_volumes = 0;

	for (size_t i = 0; i < u->images.n; i++) {
		used_images += u->image[i].users > 0;
		free_images += u->image[i].users ? 0 : u->image[i].unique;
	}
	if (!used_images)
		free_images = u->layers; /* what they share goes with the last of them */
	for (size_t i = 0; i < u->ctrs.n; i++) {
		live += ctr_is_live(&u->ctrs.v[i]);
		all_ctrs += u->ctr[i].bytes;
		free_ctrs += ctr_is_live(&u->ctrs.v[i]) ? 0 : u->ctr[i].bytes;
	}
	for (size_t i = 0; i < u->volumes.n; i++) {
		used_volumes += u->volume[i].users > 0;
		all_volumes += u->volume[i].bytes;
		free_volumes += u->volume[i].users ? 0 : u->volume[i].bytes;
	}
	jval_add(rows_json, summary_row("Images", u->images.n, used_images, u->layers, free_images));
	jval_add(rows_json, summary_row("Containers", u->ctrs.n, live, all_ctrs, free_ctrs));
	jval_add(rows_json, summary_row("Local Volumes", u->volumes.n, used_volumes, all_volumes, free_volumes));
	add_partial_row(u, rows_json);
	return rows_json;
}

static const struct output_column table[] = {
	{"TYPE", "Type"}, {"TOTAL", "Total"}, {"ACTIVE", "Active"}, {"SIZE", "Size"},
	{"RECLAIMABLE", "Reclaimable"}, {NULL, NULL},
};

static int print_summary(const struct df_opts *o, const struct disk_usage *u, struct err *err)
{
	auto_jval struct jval *list = summary(u);
	struct output_list out = {.columns = table, .format = o->format};

	return output_list(&out, list, list, err);
}

/* ---- --verbose ---- */

static const struct output_column partial_table[] = {
	{"BLOB", "ID"}, {"SIZE", "Size"}, {"AGE", "Age"}, {NULL, NULL},
};
static const struct output_column image_table[] = {
	{"REPOSITORY", "Repository"}, {"TAG", "Tag"}, {"IMAGE ID", "ID"}, {"CREATED", "Created"},
	{"SIZE", "Size"}, {"SHARED SIZE", "SharedSize"}, {"UNIQUE SIZE", "UniqueSize"},
	{"CONTAINERS", "Containers"}, {NULL, NULL},
};
static const struct output_column ctr_table[] = {
	{"CONTAINER ID", "ID"}, {"IMAGE", "Image"}, {"COMMAND", "Command"},
	{"LOCAL VOLUMES", "LocalVolumes"}, {"SIZE", "Size"}, {"CREATED", "CreatedHuman"},
	{"STATUS", "State"}, {"NAMES", "Names"}, {NULL, NULL},
};
static const struct output_column volume_table[] = {
	{"VOLUME NAME", "Name"}, {"LINKS", "Links"}, {"SIZE", "Size"}, {NULL, NULL},
};

static int print_section(const char *title, const struct output_column *columns,
	const struct jval *list, struct err *err)
{
	struct output_list out = {.columns = columns};

	return output_line(err, "%s\n", title) < 0 ? -1 : output_list(&out, list, list, err);
}

static struct jval *image_rows(const struct disk_usage *u)
{
	struct jval *list = jval_new_array();

	for (size_t i = 0; i < u->images.n; i++) {
		const struct image *img = &u->images.v[i];
		auto_free char *repository = NULL, *tag = NULL;
		struct jval *row;

		img_view_split(img->names.n ? img->names.v[0] : NULL, &repository, &tag);
		row = img_view_row(img, repository, tag, false, NULL);
		set_size(row, "Size", u->image[i].shared + u->image[i].unique);
		set_size(row, "SharedSize", u->image[i].shared);
		set_size(row, "UniqueSize", u->image[i].unique);
		jval_set_int(row, "Containers", (int64_t)u->image[i].users);
		jval_add(list, row);
	}
	return list;
}

static struct jval *ctr_rows(const struct disk_usage *u)
{
	struct jval *list = jval_new_array();

	for (size_t i = 0; i < u->ctrs.n; i++) {
		const struct ctr_record *rec = &u->ctrs.v[i].rec;
		struct jval *row = ctr_view_row(&u->ctrs.v[i], false);
		int64_t volumes = 0;

		for (size_t k = 0; k < rec->mounts.n; k++)
			volumes += rec->mounts.v[k].name != NULL;
		jval_set_int(row, "LocalVolumes", volumes);
		set_size(row, "Size", u->ctr[i].bytes);
		if (u->ctr[i].unknown)
			jval_set_str(row, "Size", "unknown");
		jval_add(list, row);
	}
	return list;
}

static struct jval *volume_rows(const struct disk_usage *u)
{
	struct jval *list = jval_new_array();

	for (size_t i = 0; i < u->volumes.n; i++) {
		struct jval *row = jval_new_object();

		jval_set_str(row, "Name", u->volumes.v[i].name);
		jval_set_int(row, "Links", (int64_t)u->volume[i].users);
		set_size(row, "Size", u->volume[i].bytes);
		if (u->volume[i].unknown)
			jval_set_str(row, "Size", "unknown");
		jval_add(list, row);
	}
	return list;
}

static struct jval *partial_rows(const struct disk_usage *u)
{
	struct jval *list = jval_new_array();
	char age[64];

	for (size_t i = 0; i < u->npartial; i++) {
		auto_free char *id = xstrndup(u->partial[i].hex, 12);
		struct jval *row = jval_new_object();

		units_print_age((units_now_ns() - u->partial[i].written_ns) / 1000000000, age, sizeof(age));
		jval_set_str(row, "ID", id);
		set_size(row, "Size", u->partial[i].bytes);
		jval_set_str(row, "Age", age);
		jval_add(list, row);
	}
	return list;
}

static int print_verbose(const struct disk_usage *u, struct err *err)
{
	auto_jval struct jval *images = image_rows(u), *ctrs = ctr_rows(u), *volumes = volume_rows(u);
	auto_jval struct jval *partial = partial_rows(u);

	if (print_section("Images space usage:", image_table, images, err) < 0 ||
		print_section("\nContainers space usage:", ctr_table, ctrs, err) < 0)
		return -1;
	if (print_section("\nLocal Volumes space usage:", volume_table, volumes, err) < 0)
		return -1;
	return u->npartial ? print_section("\nPartial downloads:", partial_table, partial, err) : 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct df_opts *o = opt;
	struct disk_usage u;
	int r;

	(void)argc, (void)argv;
	if (o->verbose && o->format)
		return err_set(err, EK_USAGE, "system df: --format and --verbose cannot be used together");
	if (disk_usage_read(c, &u, err) < 0)
		return -1;
	r = o->verbose ? print_verbose(&u, err) : print_summary(o, &u, err);
	disk_usage_done(&u);
	return r;
}

const struct command cmd_system_df = {
	.name = "df",
	.args = "[options]",
	.summary = "Show disk usage",
	.groups = groups,
	.opt_size = sizeof(struct df_opts),
	.needs = CMD_STORE,
	.run = run,
};
