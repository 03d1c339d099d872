/* cmd_ps.c - `podlite ps`, also `container ls|list|ps`. */
#include "podlite/cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/units.h"
#include "podlite/engine/ctr_filter.h"
#include "podlite/engine/ctr_view.h"
#include "podlite/output.h"
#include "storage/image.h"

struct ps_opts {
	bool all, external, latest, no_trunc, quiet, size, noheading, sync, pod, ns;
	int64_t last, watch;
	char *format, *sort;
	struct svec filter;
};

static const char *const sort_words[] = {"command", "created", "id", "image", "names", "runningfor", "size", "status", NULL};

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct ps_opts, m, a, h)
static const struct option_def ps_rows[] = {
	O("all", 'a', OPT_BOOL, all, NULL, "Show all containers, not only running ones"),
	O("external", 0, OPT_BOOL, external, NULL, "Show containers of other tools in the store too (there are none)"),
	{"filter", 'f', OPT_LIST, offsetof(struct ps_opts, filter), "FILTER", "Show only containers that match KEY=VALUE", 0, NULL, NULL,
		ctr_filter_words},
	O("format", 0, OPT_STR, format, "TEMPLATE", "Print as json, table TEMPLATE or a Go template"),
	O("last", 'n', OPT_INT, last, "N", "Show the last N created containers, in any state"),
	O("latest", 'l', OPT_BOOL, latest, NULL, "Show the last created container, in any state"),
	O("no-trunc", 0, OPT_BOOL, no_trunc, NULL, "Do not shorten ids and commands"),
	O("namespace", 0, OPT_BOOL, ns, NULL, "Show the namespaces of running containers"),
	O("ns", 0, OPT_BOOL, ns, NULL, "As --namespace"),
	O("noheading", 0, OPT_BOOL, noheading, NULL, "Do not print headings"),
	{"notruncate", 0, OPT_BOOL, offsetof(struct ps_opts, no_trunc), NULL, "The same as --no-trunc", OPT_F_HIDDEN, NULL, NULL, NULL},
	O("quiet", 'q', OPT_BOOL, quiet, NULL, "Print ids only"),
	O("size", 's', OPT_BOOL, size, NULL, "Show how much each container wrote"),
	{"sort", 0, OPT_STR, offsetof(struct ps_opts, sort), "KEY", "Sort by command, created, id, image, names, runningfor, size or status", 0, "created", NULL, sort_words},
	{"storage", 0, OPT_BOOL, offsetof(struct ps_opts, external), NULL, "The same as --external", OPT_F_HIDDEN, NULL, NULL, NULL},
	O("sync", 0, OPT_BOOL, sync, NULL, "Does nothing: the state shown is always the true one"),
	O("pod", 'p', OPT_BOOL, pod, NULL, "Show the pod of each container (there are none)"),
	O("watch", 'w', OPT_INT, watch, "SECONDS", "Show the list again and again"),
	OPT_ROWS_END,
};

/* Of these, POD ID, PODNAME and SIZE only with --pod and --size. */
static const struct output_column table[] = {
	{"CONTAINER ID", "ID"}, {"IMAGE", "Image"}, {"COMMAND", "Command"}, {"CREATED", "CreatedHuman"}, {"STATUS", "Status"},
	{"PORTS", "Ports"}, {"NAMES", "Names"}, {"POD ID", "Pod"}, {"PODNAME", "PodName"}, {"SIZE", "Size"}, {NULL, NULL},
};

static const struct output_column table_ns[] = {
	{"CONTAINER ID", "ID"}, {"NAMES", "Names"}, {"PID", "Pid"}, {"CGROUPNS", "CGROUPNS"}, {"IPC", "IPC"},
	{"MNT", "MNT"}, {"NET", "NET"}, {"PIDNS", "PIDNS"}, {"USERNS", "USERNS"}, {"UTS", "UTS"}, {NULL, NULL},
};

static const struct output_column headers[] = {
	{"CONTAINER ID", "ID"}, {"IMAGE", "Image"}, {"IMAGE ID", "ImageID"}, {"COMMAND", "Command"},
	{"CREATED AT", "CreatedAt"}, {"CREATED", "CreatedHuman"}, {"CREATED", "RunningFor"},
	{"STATUS", "Status"}, {"STATE", "State"}, {"PORTS", "Ports"}, {"NAMES", "Names"},
	{"MOUNTS", "Mounts"}, {"NETWORKS", "Networks"}, {"LABELS", "Labels"}, {"POD ID", "Pod"},
	{"PODNAME", "PodName"}, {"SIZE", "Size"}, {"PID", "Pid"}, {"EXIT CODE", "ExitCode"},
	{"EXITED", "Exited"}, {"EXITED AT", "ExitedAt"}, {"STARTED AT", "StartedAt"},
	{"RESTARTS", "Restarts"}, {"CIDFILE", "CIDFile"}, {"AUTO REMOVE", "AutoRemove"}, {"CGROUPNS", "Cgroup"}, {NULL, NULL},
};

struct entry {
	const struct ctr *ctr;
	struct jval *row; /* NULL: made when it is printed */
	uint64_t size, all; /* what it wrote; with the image */
	bool unknown;       /* it could not be measured */
};

static int by_field(const struct entry *a, const struct entry *b, const char *key)
{
	return strcmp(jval_get_str(a->row, key, ""), jval_get_str(b->row, key, ""));
}

static int compare(const void *x, const void *y, void *sort)
{
	const struct entry *a = x, *b = y;
	const char *key = sort;

	if (!strcmp(key, "command"))
		return by_field(a, b, "Command");
	if (!strcmp(key, "id"))
		return by_field(a, b, "ID");
	if (!strcmp(key, "image"))
		return by_field(a, b, "Image");
	if (!strcmp(key, "names"))
		return by_field(a, b, "Names");
	if (!strcmp(key, "status"))
		return by_field(a, b, "Status");
	if (!strcmp(key, "size"))
		return (a->size > b->size) - (a->size < b->size);
	return (a->ctr->rec.created_ns > b->ctr->rec.created_ns) -
	       (a->ctr->rec.created_ns < b->ctr->rec.created_ns);
}

/* What a container wrote: its upper directory, read inside the user namespace. */
static int add_size(struct context *c, struct entry *e, struct err *err)
{
	auto_fd int dir = ctr_open_dir(c, e->ctr->rec.id, err);
	auto_free char *text = NULL;
	struct image img = {.id = ""};
	char own[32], all[32];
	int r;

	if (dir < 0)
		return -1;
	r = fs_tree_usage(dir, "upper", &e->size, NULL);
	if (r < 0) {
		log_warn("measure container %s: %s", e->ctr->rec.name, strerror(-r));
		jval_set_str(e->row, "Size", "unknown");
		e->unknown = true;
		return 0;
	}
	/* the image may be gone: --rootfs, rmi -f */
	if (e->ctr->rec.image_id && *e->ctr->rec.image_id && image_find(&c->store, e->ctr->rec.image_id, NULL, &img, NULL) < 0)
		img.size = 0;
	units_print_size_short(e->size, 3, own, sizeof(own));
	e->all = e->size + img.size;
	units_print_size_short(e->all, 3, all, sizeof(all));
	image_done(&img);
	text = xasprintf("%s (virtual %s)", own, all);
	jval_set_str(e->row, "Size", text);
	return 0;
}

static bool shown(const struct ps_opts *o, const struct ctr_filter *f, const struct ctr *ctr)
{
	bool any_state = o->all || o->latest || o->last > 0 || ctr_filter_has(f, "status") ||
			 ctr_filter_has(f, "exited");

	if (!any_state && ctr->status != CTR_RUNNING && ctr->status != CTR_PAUSED && ctr->status != CTR_STOPPING)
		return false;
	return ctr_filter_match(f, ctr);
}

static void set_size(struct jval *row, const struct entry *e)
{
	struct jval *o = jval_new_object();

	jval_set(o, "rootFsSize", jval_new_uint(e->all));
	jval_set(o, "rwSize", jval_new_uint(e->size));
	jval_set(row, "Size", o);
}

static bool is_shown(const struct ps_opts *o, const struct output_column *column)
{
	if (!strcmp(column->key, "Size"))
		return o->size;
	return o->pod || strncmp(column->key, "Pod", 3) != 0;
}

/* ret: room for all columns of the table and the end. */
static void choose_columns(const struct ps_opts *o, struct output_column *ret)
{
	for (const struct output_column *column = table; column->key; column++)
		if (is_shown(o, column))
			*ret++ = *column;
	*ret = (struct output_column){NULL, NULL};
}

static bool is_json(const struct ps_opts *o)
{
	return o->format && !strcmp(o->format, "json");
}

struct listing {
	const struct ps_opts *o;
	const struct entry *v;
};

static struct jval *make_row(const void *arg, size_t i)
{
	const struct listing *l = arg;
	const struct entry *e = &l->v[i];

	return e->row ? jval_ref(e->row) : ctr_view_cells(e->ctr, l->o->no_trunc);
}

static int print(const struct ps_opts *o, const struct entry *v, size_t n, struct err *err)
{
	const struct listing l = {o, v};
	auto_jval struct jval *rows = jval_new_array(), *json = jval_new_array();
	struct output_column columns[ARRAY_SIZE(table)];
	struct output_list out = {
		.columns = o->ns ? table_ns : columns,
		.headers = headers,
		.format = o->format,
		.quiet = o->quiet && !o->format,
		.noheading = o->noheading,
		.quiet_key = "ID",
		.make_row = o->format ? NULL : make_row,
		.arg = &l,
		.nrows = n,
	};

	choose_columns(o, columns);
	for (size_t i = 0; i < n && o->format; i++) {
		if (!is_json(o)) {
			jval_add(rows, jval_ref(v[i].row));
			continue;
		}
		jval_add(json, ctr_view_json(v[i].ctr));
		if (o->size && !v[i].unknown)
			set_size(jval_at(json, i), &v[i]);
	}
	return output_list(&out, rows, json, err);
}

/* With many containers rows of all fields are a quarter of the time: for a template, what is sorted by, and columns that
 * are seldom asked for. */
static bool needs_rows(const struct ps_opts *o)
{
	return (o->format && !is_json(o)) || o->sort || o->ns || o->size;
}

static int show(struct context *c, const struct ps_opts *o, struct err *err)
{
	auto_cleanup(ctr_filter_autop) struct ctr_filter *f = ctr_filter_parse(c, &o->filter, err);
	struct ctr_list list = {NULL, 0};
	struct entry *v;
	size_t n = 0, skip;
	int r = 0;

	if (!f || ctr_list_all(c, &list, err) < 0)
		return -1;
	if (o->size)
		r = context_enter_userns(c, NULL, err);
	v = xcalloc(list.n, sizeof(*v));
	for (size_t i = 0; i < list.n && !r; i++) {
		if (!shown(o, f, &list.v[i]))
			continue;
		v[n] = (struct entry){&list.v[i], needs_rows(o) ? ctr_view_row(&list.v[i], o->no_trunc) : NULL, 0, 0, false};
		if (o->ns || (o->format && !is_json(o)))
			ctr_view_namespaces(&list.v[i], v[n].row);
		r = o->size ? add_size(c, &v[n], err) : 0;
		n++;
	}
	skip = o->latest && n > 1 ? n - 1 : o->last > 0 && n > (size_t)o->last ? n - (size_t)o->last : 0;
	char key[16];

	snprintf(key, sizeof(key), "%s", o->sort ? o->sort : "created");
	qsort_r(v + skip, n - skip, sizeof(*v), compare, key);
	if (!r)
		r = print(o, v + skip, n - skip, err);
	for (size_t i = 0; i < n; i++)
		jval_free(v[i].row);
	free(v);
	ctr_list_done(&list);
	return r;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct ps_opts *o = opt;

	(void)argc;
	(void)argv;
	if (o->watch < 0)
		return err_set(err, EK_USAGE, "invalid value for --watch: expected a number of seconds");
	while (o->watch) {
		const struct timespec pause = {o->watch, 0};

		if (output_clear(err) < 0 || show(c, o, err) < 0 || output_flush(err) < 0)
			return -1;
		nanosleep(&pause, NULL);
	}
	return show(c, o, err);
}

static const struct option_def *const groups[] = {ps_rows, NULL};

const struct command cmd_ps = {
	.name = "ps",
	.args = "[options]",
	.summary = "List containers",
	.groups = groups,
	.opt_size = sizeof(struct ps_opts),
	.needs = CMD_STORE,
	.min_args = 0,
	.max_args = 0,
	.run = run,
};
