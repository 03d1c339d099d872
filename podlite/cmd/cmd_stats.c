/* cmd_stats.c - `podlite stats`: a table of what containers use, once or again and again. */
#include "podlite/cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/ctr_stats.h"
#include "podlite/output.h"


struct stats_opts {
	bool all, latest, no_stream, no_reset, no_trunc;
	char *format, *interval;
};

static const struct option_def options[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct stats_opts, all, NULL, "All containers, not only running ones"),
	OPT_ROW("format", 0, OPT_STR, struct stats_opts, format, "FORMAT", "json, or a Go template"),
	{"interval", 'i', OPT_STR, offsetof(struct stats_opts, interval), "SECONDS", "Time between two tables", 0, "5", NULL, NULL},
	OPT_ROW("latest", 'l', OPT_BOOL, struct stats_opts, latest, NULL, "The container created last"),
	OPT_ROW("no-reset", 0, OPT_BOOL, struct stats_opts, no_reset, NULL, "Do not clear the screen between two tables"),
	OPT_ROW("no-stream", 0, OPT_BOOL, struct stats_opts, no_stream, NULL, "One table, and end"),
	OPT_ROW("no-trunc", 0, OPT_BOOL, struct stats_opts, no_trunc, NULL, "Full ids"),
	OPT_ROWS_END,
};

static const struct output_column table[] = {
	{"ID", "ID"}, {"NAME", "Name"}, {"CPU %", "CPUPerc"}, {"MEM USAGE / LIMIT", "MemUsage"}, {"MEM %", "MemPerc"},
	{"NET IO", "NetIO"}, {"BLOCK IO", "BlockIO"}, {"PIDS", "PIDS"}, {"CPU TIME", "UpTime"}, {"AVG CPU %", "AVGCPU"},
	{NULL, NULL},
};

static const struct output_column headers[] = {
	{"ID", "ID"}, {"CONTAINER", "Container"}, {"NAME", "Name"}, {"CPU %", "CPUPerc"}, {"MEM USAGE / LIMIT", "MemUsage"},
	{"MEM USAGE / LIMIT", "MemUsageBytes"}, {"MEM %", "MemPerc"}, {"NET IO", "NetIO"}, {"BLOCK IO", "BlockIO"},
	{"PIDS", "PIDS"}, {"CPU TIME", "UpTime"}, {"AVG CPU %", "AVGCPU"}, {"AVG CPU %", "AvgCPU"}, {NULL, NULL},
};

/* podman's JSON keys beside the template fields. */
static const struct {
	const char *json, *field;
} keys[] = {{"id", "ID"}, {"name", "Name"}, {"cpu_time", "UpTime"}, {"cpu_percent", "CPUPerc"}, {"avg_cpu", "AVGCPU"},
	{"mem_usage", "MemUsage"}, {"mem_percent", "MemPerc"}, {"net_io", "NetIO"}, {"block_io", "BlockIO"}, {"pids", "PIDS"}};

/* The samples of the last table, for the difference. */
struct last {
	char id[65];
	struct ctr_stats s;
};
struct memory {
	struct last *v;
	size_t n;
};

/* ---- one row ---- */

static void set_percent(struct jval *row, const char *key, double p)
{
	char text[32];

	snprintf(text, sizeof(text), "%.2f%%", p);
	jval_set_str(row, key, text);
}

static void binary_size(uint64_t n, char *ret, size_t size)
{
	static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double v = (double)n;
	size_t i = 0;

	for (; v >= 1024 && i + 1 < ARRAY_SIZE(names); i++)
		v /= 1024;
	snprintf(ret, size, "%.4g%s", v, names[i]);
}

static void set_pair(struct jval *row, const char *key, uint64_t a, uint64_t b, bool binary)
{
	char one[32], other[32], text[72];

	if (binary) {
		binary_size(a, one, sizeof(one));
		binary_size(b, other, sizeof(other));
	} else {
		units_print_size_short(a, 4, one, sizeof(one));
		units_print_size_short(b, 4, other, sizeof(other));
	}
	snprintf(text, sizeof(text), "%s / %s", one, other);
	jval_set_str(row, key, text);
}

/* podman's fields that are plain numbers. */
static void set_numbers(struct jval *row, const struct ctr_stats *s)
{
	jval_set(row, "AvgCPU", jval_new_double(s->cpu_average));
	jval_set(row, "CPU", jval_new_double(s->cpu_percent));
	jval_set(row, "CPUNano", jval_new_uint(s->cpu_ns));
	jval_set(row, "CPUSystemNano", jval_new_uint(s->cpu_system_ns));
	jval_set_int(row, "SystemNano", s->at_ns);
	jval_set(row, "MemLimit", jval_new_uint(s->memory_limit));
	jval_set(row, "BlockInput", jval_new_uint(s->block_in));
	jval_set(row, "BlockOutput", jval_new_uint(s->block_out));
	jval_set(row, "Duration", jval_new_uint(s->cpu_ns));
}

static struct jval *make_row(const struct ctr *ctr, const struct ctr_stats *s, bool no_trunc)
{
	struct jval *row = jval_new_object();
	auto_free char *id = xstrndup(ctr->rec.id, no_trunc ? 64 : 12);
	char text[40];

	jval_set_str(row, "ID", id);
	jval_set_str(row, "Container", id);
	jval_set_str(row, "ContainerID", ctr->rec.id);
	jval_set_str(row, "Name", ctr->rec.name);
	set_percent(row, "CPUPerc", s->cpu_percent);
	set_percent(row, "AVGCPU", s->cpu_average);
	set_numbers(row, s);
	set_percent(row, "MemPerc", s->memory_limit ? 100.0 * (double)s->memory / (double)s->memory_limit : 0);
	set_pair(row, "MemUsage", s->memory, s->memory_limit, false);
	set_pair(row, "MemUsageBytes", s->memory, s->memory_limit, true);
	set_pair(row, "NetIO", s->net_in, s->net_out, false);
	set_pair(row, "BlockIO", s->block_in, s->block_out, false);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)s->pids);
	jval_set_str(row, "PIDS", text);
	units_print_duration((int64_t)s->cpu_ns, text, sizeof(text));
	jval_set_str(row, "UpTime", text);
	jval_set_str(row, "Up", text);
	return row;
}

/* ---- one table ---- */

static int choose(struct context *c, const struct stats_opts *o, const struct svec *ids, struct ctr_list *ret, struct err *err)
{
	struct ctr_list all = {NULL, 0};
	size_t n = 0;

	if (ctr_list_all(c, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		struct ctr *k = &all.v[i];
		bool runs = k->status == CTR_RUNNING || k->status == CTR_PAUSED;

		if (ids->n ? !svec_has(ids, k->rec.id) : !o->all && !runs)
			continue;
		SWAP(all.v[n], *k);
		n++;
	}
	/* the rest is freed with the list it came in */
	for (size_t i = n; i < all.n; i++)
		ctr_done(&all.v[i]);
	all.n = n;
	*ret = all;
	return 0;
}

static const struct ctr_stats *find_last(const struct memory *m, const char *id)
{
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->v[i].id, id))
			return &m->v[i].s;
	return NULL;
}

/* Somebody's figures are shown although another container has none; if all have none, that is told. */
static int measure(const struct stats_opts *o, const struct ctr_list *list, bool named, struct memory *m, struct jval *rows,
	struct err *err)
{
	struct memory now = {xcalloc(list->n + 1, sizeof(*now.v)), 0};
	struct err first = ERR_INIT;
	size_t failed = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct ctr *k = &list->v[i];
		struct last *l = &now.v[now.n++];
		struct err e = ERR_INIT;

		snprintf(l->id, sizeof(l->id), "%s", k->rec.id);
		if (ctr_stats(k, find_last(m, k->rec.id), &l->s, &e) < 0 && !failed++)
			first = e;
		jval_add(rows, make_row(k, &l->s, o->no_trunc));
	}
	free(m->v);
	*m = now;
	if (!failed || (!named && failed < list->n))
		return 0;
	*err = first;
	return err_wrap(err, "stats");
}

static struct jval *json_of(const struct jval *rows)
{
	struct jval *list = jval_new_array();

	for (size_t i = 0; i < jval_len(rows); i++) {
		struct jval *o = jval_new_object();

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			jval_set_str(o, keys[k].json, jval_get_str(jval_at(rows, i), keys[k].field, ""));
		jval_add(list, o);
	}
	return list;
}

static int print_once(struct context *c, const struct stats_opts *o, const struct svec *ids, struct memory *m, struct err *err)
{
	auto_jval struct jval *rows = jval_new_array(), *json = NULL;
	const struct output_list out = {.columns = table, .headers = headers, .format = o->format};
	struct ctr_list list = {NULL, 0};
	int r = choose(c, o, ids, &list, err);

	if (!r)
		r = measure(o, &list, ids->n > 0, m, rows, err);
	ctr_list_done(&list);
	if (r < 0)
		return -1;
	if (!o->no_stream && !o->no_reset && !o->format && output_clear(err) < 0)
		return -1;
	json = json_of(rows);
	if (output_list(&out, rows, json, err) < 0)
		return -1;
	return output_flush(err);
}

/* ---- the command ---- */

static int which(struct context *c, const struct stats_opts *o, int argc, char **argv, struct svec *ids, struct err *err)
{
	const struct ctr_args_select select = {.latest = o->latest};
	auto_svec struct svec names = SVEC_INIT;

	if ((argc > 0) + o->latest + o->all > 1)
		return err_set(err, EK_USAGE, "--all, --latest and containers cannot be used together");
	return argc || o->latest ? ctr_args_select(c, &select, argc, argv, false, ids, &names, err) : 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct stats_opts *o = opt;
	auto_svec struct svec ids = SVEC_INIT;
	struct memory m = {NULL, 0};
	uint64_t seconds = 5;
	int r;

	if (o->interval && (!units_parse_u64(o->interval, &seconds) || seconds < 1 || seconds > INT32_MAX))
		return err_set(err, EK_USAGE, "invalid --interval \"%s\": expected a number of seconds from 1", o->interval);
	r = which(c, o, argc, argv, &ids, err);
	while (!r) {
		struct timespec wait = {.tv_sec = (time_t)seconds};

		r = print_once(c, o, &ids, &m, err);
		if (r || o->no_stream)
			break;
		nanosleep(&wait, NULL);
	}
	free(m.v);
	return r;
}

static const struct option_def *const groups[] = {options, NULL};

const struct command cmd_stats = {
	.name = "stats",
	.args = "[options] [CONTAINER...]",
	.summary = "Show what containers use: CPU, memory, network, devices, processes",
	.groups = groups,
	.opt_size = sizeof(struct stats_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
