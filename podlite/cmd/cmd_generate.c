/* cmd_generate.c - the group `podlite generate`: a plain unit of systemd for a container that is there. */
#include "podlite/cmd/cmd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "podlite/cmd/recreate.h"
#include "podlite/engine/create_value.h"
#include "podlite/output.h"
#include "quadlet/unit.h"
#include "quadlet/word.h"

#define CID "--cidfile=%t/%n.ctr-id"

struct systemd_opts {
	bool by_name, anew, files, template, no_header;
	char *restart, *restart_sec, *start_timeout, *stop_timeout, *prefix, *separator, *format;
	struct svec after, requires, wants, env;
};

static const char *const policies[] = {"no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always", NULL};

#define ROW(n, l, t, m, a, h) OPT_ROW(n, l, t, struct systemd_opts, m, a, h)
#define DFLT(n, l, m, a, h, d, w) {n, l, OPT_STR, offsetof(struct systemd_opts, m), a, h, 0, d, NULL, w}
static const struct option_def rows[] = {
	ROW("after", 0, OPT_CSV, after, "UNIT", "Start after this unit"),
	DFLT("container-prefix", 0, prefix, "TEXT", "Beginning of the unit's name", "container", NULL),
	ROW("env", 'e', OPT_LIST, env, "NAME=VALUE", "With --new: set a variable in the container"),
	ROW("files", 'f', OPT_BOOL, files, NULL, "Write a file into the current directory and print its path"),
	ROW("format", 0, OPT_STR, format, "FORMAT", "Print as json: an object of names and texts"),
	ROW("name", 'n', OPT_BOOL, by_name, NULL, "Use the container's name instead of its id"),
	ROW("new", 0, OPT_BOOL, anew, NULL, "Make the container at each start and remove it at each stop"),
	ROW("no-header", 0, OPT_BOOL, no_header, NULL, "No comment at the top"),
	ROW("requires", 0, OPT_CSV, requires, "UNIT", "Start with this unit, and fail without it"),
	DFLT("restart-policy", 0, restart, "POLICY", "When systemd restarts it", "on-failure", policies),
	ROW("restart-sec", 0, OPT_STR, restart_sec, "SECONDS", "Pause before a restart"),
	DFLT("separator", 0, separator, "TEXT", "Between the beginning and the name", "-", NULL),
	ROW("start-timeout", 0, OPT_STR, start_timeout, "SECONDS", "Longest time of a start"),
	DFLT("stop-timeout", 0, stop_timeout, "SECONDS", "Time between the stop signal and SIGKILL", "10", NULL),
	ROW("template", 0, OPT_BOOL, template, NULL, "With --new: a template, whose containers are named after the instance"),
	{"time", 't', OPT_STR, offsetof(struct systemd_opts, stop_timeout), "SECONDS", "The same as --stop-timeout", 0, NULL, NULL, NULL},
	ROW("wants", 0, OPT_CSV, wants, "UNIT", "Start with this unit"),
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

struct maker {
	const struct systemd_opts *o;
	const struct ctr_record *rec;
	const char *podlite;
	char *name;    /* of the unit, without ".service" */
	int64_t stop;  /* seconds */
	struct unit unit;
};

static const char *or_dflt(const char *s, const char *dflt)
{
	return s ? s : dflt;
}

/* A word as it is, for systemd: % and $ mean nothing. */
static void add_plain(struct svec *l, const char *word)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	for (; *word; word++) {
		if (*word == '%' || *word == '$')
			sbuf_addch(&b, *word);
		sbuf_addch(&b, *word);
	}
	svec_add(l, b.buf);
}

static void add_command(struct maker *m, const char *key, const char *before, const struct svec *words)
{
	auto_free char *line = word_join(words);

	unit_addf(&m->unit, "Service", key, "%s%s", before, line);
}

/* podlite, with the global options the container was made with. */
static void begin_command(const struct maker *m, size_t verb, struct svec *ret)
{
	svec_add(ret, m->podlite);
	for (size_t i = 1; i < verb; i++)
		add_plain(ret, m->rec->create_command.v[i]);
}

static void start_anew(struct maker *m, const struct recreate_parts *p)
{
	const struct svec *words = &m->rec->create_command;
	auto_svec struct svec run = SVEC_INIT, rm = SVEC_INIT;

	begin_command(m, p->verb, &run);
	svec_add(&run, "run");
	for (size_t i = p->first; i < p->image; i++)
		add_plain(&run, words->v[i]);
	svec_add_split(&run, CID " --cgroups=split --rm --sdnotify=conmon -d --replace --name", ' ');
	if (m->o->template)
		svec_addf(&run, "%s-%%i", m->rec->name);
	else
		svec_add(&run, m->rec->name);
	if (m->rec->restart && *m->rec->restart)
		svec_add(&run, "--restart=no"); /* systemd does it */
	SVEC_EACH(e, &m->o->env) {
		svec_add(&run, "--env");
		add_plain(&run, e);
	}
	for (size_t i = p->image; i < words->n; i++)
		add_plain(&run, words->v[i]);
	begin_command(m, p->verb, &rm);
	svec_add_split(&rm, "rm -f -v -i -t", ' ');
	svec_addf(&rm, "%lld", (long long)m->stop);
	svec_add(&rm, CID);
	if (m->rec->create_dir)
		unit_add(&m->unit, "Service", "WorkingDirectory", m->rec->create_dir);
	unit_add(&m->unit, "Service", "Environment", CTR_LABEL_UNIT "=%n");
	unit_add(&m->unit, "Service", "Type", "notify");
	unit_add(&m->unit, "Service", "NotifyAccess", "all");
	add_command(m, "ExecStart", "", &run);
	add_command(m, "ExecStop", "", &rm);
	add_command(m, "ExecStopPost", "-", &rm);
}

/* The container stays; whoever is attached to it is the service, and ends as it does. */
static void start_same(struct maker *m, size_t verb)
{
	const char *which = m->o->by_name ? m->rec->name : m->rec->id;
	auto_svec struct svec start = SVEC_INIT, stop = SVEC_INIT;

	begin_command(m, verb, &start);
	svec_add_split(&start, "start --attach", ' ');
	svec_add(&start, which);
	begin_command(m, verb, &stop);
	svec_add_split(&stop, "stop -i -t", ' ');
	svec_addf(&stop, "%lld", (long long)m->stop);
	svec_add(&stop, which);
	unit_add(&m->unit, "Service", "Type", "exec");
	add_command(m, "ExecStart", "", &start);
	add_command(m, "ExecStop", "", &stop);
	add_command(m, "ExecStopPost", "-", &stop);
}

static void unit_section_(struct maker *m)
{
	const struct { const char *key; const struct svec *units; } deps[] = {
		{"Wants", &m->o->wants}, {"Requires", &m->o->requires}, {"After", &m->o->after}};

	unit_addf(&m->unit, "Unit", "Description", "podlite %s.service", m->name);
	unit_add(&m->unit, "Unit", "Documentation", "man:podlite-generate-systemd(1)");
	for (size_t i = 0; i < ARRAY_SIZE(deps); i++) {
		auto_free char *all = svec_join(deps[i].units, " ");

		if (*all)
			unit_add(&m->unit, "Unit", deps[i].key, all);
	}
}

static int make(struct maker *m, struct err *err)
{
	const struct systemd_opts *o = m->o;
	struct recreate_parts p = {0};
	struct err none = ERR_INIT;

	if (recreate_parse(m->rec, &p, o->anew ? err : &none) < 0) {
		if (o->anew)
			return -1;
		p.verb = 1;
	}
	unit_section_(m);
	unit_add(&m->unit, "Service", "Restart", or_dflt(o->restart, "on-failure"));
	if (o->restart_sec)
		unit_add(&m->unit, "Service", "RestartSec", o->restart_sec);
	if (o->start_timeout)
		unit_add(&m->unit, "Service", "TimeoutStartSec", o->start_timeout);
	unit_addf(&m->unit, "Service", "TimeoutStopSec", "%lld", (long long)m->stop + 60);
	unit_add(&m->unit, "Service", "KillMode", "mixed");
	unit_add(&m->unit, "Service", "Delegate", "yes");
	if (o->anew)
		start_anew(m, &p);
	else
		start_same(m, p.verb);
	unit_add(&m->unit, "Install", "WantedBy", "default.target");
	return 0;
}

static int print(const struct maker *m, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_free char *file = xasprintf("%s.service", m->name), *path = NULL;
	int r;

	if (!m->o->no_header)
		sbuf_addf(&text, "# %s\n# Made by podlite generate systemd; a quadlet file says the same in less: podlite-systemd.unit(5)\n\n", file);
	unit_print(&m->unit, &text);
	if (m->o->format) {
		auto_jval struct jval *o = jval_new_object();

		jval_set_str(o, m->name, text.buf);
		return output_value("json", o, false, err);
	}
	if (!m->o->files)
		return output_write(text.buf, text.len, err);
	r = fs_write_file(AT_FDCWD, file, text.buf, text.len, 0644, 0);
	path = fs_abspath(file);
	return r < 0 ? err_neg(err, r, "write %s", path) : output_line(err, "%s", path);
}

static int check(const struct systemd_opts *o, int64_t *ret_stop, struct err *err)
{
	int64_t n;

	if (o->format && strcmp(o->format, "json"))
		return err_set(err, EK_USAGE, "generate systemd: --format %s is not json", o->format);
	if (o->template && !o->anew)
		return err_set(err, EK_USAGE, "generate systemd: --template needs --new");
	if (o->env.n && !o->anew)
		return err_set(err, EK_USAGE, "generate systemd: --env needs --new");
	if (o->restart_sec && create_number_parse("restart-sec", o->restart_sec, 0, INT32_MAX, &n, err) < 0)
		return -1;
	if (o->start_timeout && create_number_parse("start-timeout", o->start_timeout, 0, INT32_MAX, &n, err) < 0)
		return -1;
	*ret_stop = 10;
	return o->stop_timeout ? create_number_parse("stop-timeout", o->stop_timeout, 0, INT32_MAX, ret_stop, err) : 0;
}

static int run_systemd(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct systemd_opts *o = opt;
	auto_free char *podlite = fs_readlink(AT_FDCWD, "/proc/self/exe");
	struct maker m = {.o = o, .podlite = podlite, .unit = UNIT_INIT};
	struct ctr ctr;
	int r = check(o, &m.stop, err);

	(void)argc;
	if (r < 0 || ctr_find(c, argv[0], &ctr, err) < 0)
		return -1;
	m.rec = &ctr.rec;
	m.name = xasprintf("%s%s%s%s", or_dflt(o->prefix, "container"), or_dflt(o->separator, "-"),
		o->by_name || o->template ? ctr.rec.name : ctr.rec.id, o->template ? "@" : "");
	r = make(&m, err);
	if (!r)
		r = print(&m, err);
	if (!r)
		fputs("podlite: a quadlet file does the same in fewer lines and is checked: podlite-systemd.unit(5)\n", stderr);
	free(m.name);
	unit_done(&m.unit);
	ctr_done(&ctr);
	return r;
}

static const struct command generate_systemd = {
	.name = "systemd",
	.args = "[options] CONTAINER",
	.summary = "Print a unit of systemd for a container",
	.groups = groups,
	.opt_size = sizeof(struct systemd_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_systemd,
};
static const struct command *const sub[] = {&generate_systemd, NULL};

const struct command cmd_generate = {
	.name = "generate",
	.args = "COMMAND",
	.summary = "Make documents from containers",
	.sub = sub,
};
