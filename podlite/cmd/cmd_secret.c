/* cmd_secret.c - the group `podlite secret`. */
#include "podlite/cmd/cmd.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/units.h"
#include "podlite/engine/ctr_view.h"
#include "podlite/engine/img_view.h"
#include "podlite/output.h"
#include "podlite/report.h"
#include "storage/secret.h"

/* ---- create ---- */

struct create_opts {
	char *driver;
	bool env, replace;
	struct svec labels;
};

static const char *const drivers[] = {"file", NULL};

static const struct option_def create_rows[] = {
	{"driver", 'd', OPT_STR, offsetof(struct create_opts, driver), "NAME", "Where it is kept: file", 0, "file", NULL, drivers},
	{"driver-opts", 0, OPT_REFUSED, 0, "OPTION", "the driver file has no options", OPT_F_HIDDEN, NULL, NULL, NULL},
	OPT_ROW("env", 0, OPT_BOOL, struct create_opts, env, NULL, "The second argument names a variable of the environment"),
	OPT_ROW("label", 'l', OPT_KEYVAL, struct create_opts, labels, "KEY=VALUE", "Set metadata"),
	OPT_ROW("replace", 0, OPT_BOOL, struct create_opts, replace, NULL, "Replace a secret of that name"),
	OPT_ROWS_END,
};
static const struct option_def *const create_groups[] = {create_rows, NULL};

static int read_data(const struct create_opts *o, const char *from, struct sbuf *ret, struct err *err)
{
	bool in = !strcmp(from, "-");
	auto_fd int file = -1;
	int r;

	if (o->env) {
		if (!getenv(from))
			return err_set(err, EK_NOT_FOUND, "cannot create the secret: environment variable %s is not set", from);
		sbuf_addstr(ret, getenv(from));
		return 0;
	}
	if (in && isatty(STDIN_FILENO))
		return err_set(err, EK_USAGE, "a secret is not read from a terminal; redirect standard input or name a file");
	if (!in)
		file = fd_open(AT_FDCWD, from, O_RDONLY | O_NOCTTY, 0);
	if (!in && file < 0)
		return err_neg(err, file, "open %s", from);
	r = fd_read_all(in ? STDIN_FILENO : file, SECRET_MAX + 1, ret);
	return r < 0 ? err_neg(err, r, "read %s", in ? "standard input" : from) : 0;
}

static int run_create(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct create_opts *o = opt;
	auto_sbuf struct sbuf data = SBUF_INIT;
	struct secret made;
	char id[SECRET_ID_LEN + 1];
	int r;

	(void)argc;
	if (read_data(o, argv[1], &data, err) < 0)
		return -1;
	r = secret_create(&c->store, argv[0], data.buf, data.len, &o->labels, o->replace, &made, err);
	explicit_bzero(data.buf, data.len);
	if (r < 0)
		return -1;
	memcpy(id, made.id, sizeof(id));
	secret_done(&made);
	return output_line(err, "%s", id);
}

static const struct command secret_create_ = {
	.name = "create",
	.args = "[options] NAME FILE|-",
	.summary = "Create a new secret",
	.groups = create_groups,
	.opt_size = sizeof(struct create_opts),
	.needs = CMD_STORE,
	.min_args = 2,
	.max_args = 2,
	.run = run_create,
};

/* ---- ls, inspect ---- */

static void set_time(struct jval *o, const char *key, int64_t ns)
{
	char when[40];

	units_print_time(ns, true, when);
	jval_set_str(o, key, when);
}

static struct jval *secret_json(struct context *c, const struct secret *s)
{
	struct jval *o = jval_new_object(), *spec = jval_new_object(), *driver = jval_new_object(), *options = jval_new_object();
	auto_free char *path = xasprintf("%s/secrets", c->store.root);

	jval_set_str(o, "ID", s->id);
	set_time(o, "CreatedAt", s->created_ns);
	set_time(o, "UpdatedAt", s->updated_ns);
	jval_set_str(spec, "Name", s->name);
	jval_set_str(driver, "Name", "file");
	jval_set_str(options, "path", path);
	jval_set(driver, "Options", options);
	jval_set(spec, "Driver", driver);
	jval_set(spec, "Labels", jval_new_dict(&s->labels));
	jval_set(o, "Spec", spec);
	return o;
}

static struct jval *secret_row(const struct secret *s)
{
	struct jval *o = jval_new_object();
	char created[64], updated[64];

	img_view_age(s->created_ns, created, sizeof(created));
	img_view_age(s->updated_ns, updated, sizeof(updated));
	jval_set_str(o, "ID", s->id);
	jval_set_str(o, "Name", s->name);
	jval_set_str(o, "Driver", "file");
	jval_set_str(o, "CreatedAt", created);
	jval_set_str(o, "UpdatedAt", updated);
	return o;
}

struct ls_opts {
	bool quiet, noheading;
	char *format;
	struct svec filter;
};

static const struct option_def ls_rows[] = {
	OPT_ROW("filter", 'f', OPT_LIST, struct ls_opts, filter, "FILTER", "Show only secrets that match name=REGEX or id=PREFIX"),
	OPT_ROW("format", 0, OPT_STR, struct ls_opts, format, "TEMPLATE", "Print as json, table TEMPLATE or a Go template"),
	OPT_ROW("noheading", 'n', OPT_BOOL, struct ls_opts, noheading, NULL, "Do not print headings"),
	OPT_ROW("quiet", 'q', OPT_BOOL, struct ls_opts, quiet, NULL, "Print ids only"),
	OPT_ROWS_END,
};
static const struct option_def *const ls_groups[] = {ls_rows, NULL};

static const struct output_column table[] = {
	{"ID", "ID"}, {"NAME", "Name"}, {"DRIVER", "Driver"}, {"CREATED", "CreatedAt"}, {"UPDATED", "UpdatedAt"}, {NULL, NULL},
};

/* 1, 0 or -1; filters of one key are alternatives. */
static int matches(const struct svec *filters, const struct secret *s, struct err *err)
{
	bool given[2] = {false, false}, found[2] = {false, false};

	SVEC_EACH(f, filters) {
		regex_t re;

		if (!strncmp(f, "id=", 3)) {
			given[1] = true;
			found[1] |= !strncmp(s->id, f + 3, strlen(f + 3));
			continue;
		}
		if (strncmp(f, "name=", 5))
			return err_set(err, EK_USAGE, "\"%s\" is an invalid secret filter: expected name=REGEX or id=PREFIX", f);
		if (regcomp(&re, f + 5, REG_EXTENDED | REG_NOSUB))
			return err_set(err, EK_USAGE, "filter name: \"%s\" is not a regular expression", f + 5);
		given[0] = true;
		found[0] |= !regexec(&re, s->name, 0, NULL, 0);
		regfree(&re);
	}
	return (!given[0] || found[0]) && (!given[1] || found[1]);
}

static int run_ls(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct ls_opts *o = opt;
	auto_jval struct jval *rows = jval_new_array(), *json = jval_new_array();
	struct output_list out = {.columns = table, .headers = table, .format = o->format, .quiet = o->quiet && !o->format,
		.noheading = o->noheading, .quiet_key = "ID"};
	struct secret_list list = {NULL, 0};
	struct secret none = {.name = (char[]){""}};
	int r;

	(void)argc, (void)argv;
	/* an unknown filter is an error even when there is nothing to filter */
	if (matches(&o->filter, &none, err) < 0 || secret_list(&c->store, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		if (matches(&o->filter, &list.v[i], err) <= 0)
			continue;
		jval_add(rows, secret_row(&list.v[i]));
		jval_add(json, secret_json(c, &list.v[i]));
	}
	r = output_list(&out, rows, json, err);
	secret_list_done(&list);
	return r;
}

static const struct command secret_ls = {
	.name = "ls",
	.args = "[options]",
	.summary = "List secrets",
	.groups = ls_groups,
	.opt_size = sizeof(struct ls_opts),
	.needs = CMD_STORE,
	.run = run_ls,
};

struct inspect_opts {
	char *format;
	bool pretty, show;
};

static const struct option_def inspect_rows[] = {
	OPT_ROW("format", 'f', OPT_STR, struct inspect_opts, format, "TEMPLATE", "Print with a Go template, or json"),
	OPT_ROW("pretty", 0, OPT_BOOL, struct inspect_opts, pretty, NULL, "Print for people"),
	OPT_ROW("showsecret", 0, OPT_BOOL, struct inspect_opts, show, NULL, "Print the secret itself, too"),
	OPT_ROWS_END,
};
static const struct option_def *const inspect_groups[] = {inspect_rows, NULL};

#define PRETTY                                                                                                         \
	"ID:              {{.ID}}\nName:            {{.Spec.Name}}\nDriver:          {{.Spec.Driver.Name}}\n"          \
	"Created at:      {{.CreatedAt}}\nUpdated at:      {{.UpdatedAt}}"

static int add_one(struct context *c, const struct inspect_opts *o, const char *name, struct jval *all, struct err *err)
{
	auto_sbuf struct sbuf data = SBUF_INIT;
	struct secret s;
	struct jval *one;
	int r = secret_find(&c->store, name, &s, err);

	if (r < 0)
		return -1;
	if (o->show)
		r = secret_read(&c->store, &s, &data, err);
	one = secret_json(c, &s);
	if (!r && o->show)
		jval_set(one, "SecretData", jval_new_strn(data.buf, data.len));
	jval_add(all, one);
	secret_done(&s);
	return r;
}

static int run_inspect(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct inspect_opts *o = opt;
	auto_jval struct jval *all = jval_new_array();
	struct err last = ERR_INIT;

	if (o->pretty && o->format)
		return err_set(err, EK_USAGE, "secret inspect: --format and --pretty cannot be used together");
	for (int i = 0; i < argc; i++) {
		struct err one = ERR_INIT;

		if (add_one(c, o, argv[i], all, &one) == 0)
			continue;
		report_but_last(c, &last, &one);
	}
	if (output_inspect(o->pretty ? PRETTY : o->format, all, err) < 0)
		return -1;
	return last.kind == EK_OK ? 0 : err_take(err, &last);
}

static const struct command secret_inspect = {
	.name = "inspect",
	.args = "[options] SECRET [SECRET...]",
	.summary = "Show everything about secrets but what they are",
	.groups = inspect_groups,
	.opt_size = sizeof(struct inspect_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = -1,
	.run = run_inspect,
};

/* ---- exists, rm ---- */

static int run_exists(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct secret s;

	(void)opt, (void)argc;
	if (secret_find(&c->store, argv[0], &s, err) < 0)
		return err->kind == EK_NOT_FOUND ? 1 : -1;
	secret_done(&s);
	return 0;
}

static const struct command secret_exists = {
	.name = "exists",
	.args = "SECRET",
	.summary = "Check if a secret exists: exit status 0 or 1",
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 1,
	.run = run_exists,
};

struct rm_opts {
	bool all, ignore;
};

static const struct option_def rm_rows[] = {
	OPT_ROW("all", 'a', OPT_BOOL, struct rm_opts, all, NULL, "Remove all secrets"),
	OPT_ROW("ignore", 'i', OPT_BOOL, struct rm_opts, ignore, NULL, "A secret that is not there is no error"),
	OPT_ROWS_END,
};
static const struct option_def *const rm_groups[] = {rm_rows, NULL};

static int remove_one(struct context *c, const char *text, bool ignore, struct err *err)
{
	struct secret s;
	char id[SECRET_ID_LEN + 1];
	int r = secret_find(&c->store, text, &s, err);

	if (r < 0)
		return err->kind == EK_NOT_FOUND && ignore ? (err_clear(err), 0) : -1;
	memcpy(id, s.id, sizeof(id));
	r = secret_remove(&c->store, &s, err);
	secret_done(&s);
	return r < 0 ? -1 : output_line(err, "%s", id);
}

static int run_rm(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct rm_opts *o = opt;
	struct secret_list list = {NULL, 0};
	int r = 0;

	if (o->all == (argc > 0))
		return err_set(err, EK_USAGE, o->all ? "secret rm: --all and names cannot be used together"
						     : "secret rm: name the secrets to remove, or use --all");
	if (o->all && secret_list(&c->store, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n && !r; i++)
		r = remove_one(c, list.v[i].name, true, err);
	for (int i = 0; i < argc && !r; i++)
		r = remove_one(c, argv[i], o->ignore, err);
	secret_list_done(&list);
	return r;
}

static const struct command secret_rm = {
	.name = "rm",
	.args = "[options] SECRET [SECRET...]",
	.summary = "Remove one or more secrets",
	.groups = rm_groups,
	.opt_size = sizeof(struct rm_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_rm,
};

static const struct command list_ = {.name = "list", .alias_of = &secret_ls, .needs = CMD_HIDDEN};
static const struct command remove_ = {.name = "remove", .alias_of = &secret_rm, .needs = CMD_HIDDEN};
static const struct command *const sub[] = {&secret_create_, &secret_exists, &secret_inspect, &list_, &secret_ls, &remove_, &secret_rm, NULL};

const struct command cmd_secret = {
	.name = "secret",
	.args = "COMMAND",
	.summary = "Manage secrets",
	.sub = sub,
};
