#include "podlite/defaults.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/account.h"
#include "common/fd.h"
#include "common/log.h"
#include "podlite/containers_conf.h"
#include "podlite/global.h"
#include "podlite/options_value.h"
#include "podlite/suggest.h"

#define SYSTEM_DIR "/etc/podlite"
#define PREFIX     "PODLITE_"

/* ---- files ---- */

/* podlite.conf and the drop-ins of podlite.conf.d; no such directory: nothing. */
static int load_dir(struct conf *c, const char *dir, struct err *err)
{
	auto_fd int fd = fd_open(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0);
	auto_free char *file = NULL, *drop_ins = NULL;

	if (fd < 0)
		return 0;
	file = xasprintf("%s/podlite.conf", dir);
	drop_ins = xasprintf("%s/podlite.conf.d", dir);
	return conf_add_file(c, file, err) < 0 || conf_add_dir(c, drop_ins, err) < 0 ? -1 : 0;
}

static int load_named(struct conf *c, const char *path, struct err *err)
{
	int r = *path ? conf_add_file(c, path, err) : 1;

	return r ? r : err_set(err, EK_NOT_FOUND, "PODLITE_CONF: no file %s", path);
}

int defaults_load(struct conf *ret, struct err *err)
{
	const char *named = getenv("PODLITE_CONF");
	auto_free char *own = NULL;

	if (containers_conf_load(ret, err) < 0)
		return -1;
	if (named)
		return load_named(ret, named, err) < 0 ? -1 : 0;
	own = account_config("podlite");
	if (load_dir(ret, SYSTEM_DIR, err) < 0)
		return -1;
	return own ? load_dir(ret, own, err) : 0;
}

/* ---- names ---- */

/* Where a command is in the tree: "volume.create". `rm` before `container rm`, the same command.
 * false if it is not below this table. */
static bool section_of(const struct command *const *table, const struct command *cmd, struct sbuf *ret)
{
	size_t len = ret->len;

	for (size_t i = 0; table[i]; i++)
		if (table[i] == cmd) {
			sbuf_addf(ret, "%s%s", len ? "." : "", cmd->name);
			return true;
		}
	for (size_t i = 0; table[i]; i++) {
		if (!table[i]->sub)
			continue;
		sbuf_addf(ret, "%s%s", len ? "." : "", table[i]->name);
		if (section_of(table[i]->sub, cmd, ret))
			return true;
		sbuf_setlen(ret, len);
	}
	return false;
}

/* "log-level", also written log_level and LOG_LEVEL. */
static const struct option_def *find_row(const struct option_def *const *groups, const char *key)
{
	auto_sbuf struct sbuf name = SBUF_INIT;
	const struct option_def *d;

	for (const char *p = key; *p; p++)
		sbuf_addch(&name, *p == '_' ? '-' : (char)tolower((unsigned char)*p));
	d = options_find(groups, name.buf, name.len);
	return d && !(d->flags & OPT_F_ACTION) ? d : NULL;
}

/* The option itself or another name of it. */
static bool is_given(const struct option_def *const *groups, const struct option_def *d, const struct svec *given)
{
	SVEC_EACH(name, given) {
		const struct option_def *g = options_find(groups, name, strlen(name));

		if (g && g->type != OPT_REFUSED && g->offset == d->offset)
			return true;
	}
	return false;
}

/* ---- values ---- */

static bool is_list(const struct option_def *d)
{
	return d->type == OPT_LIST || d->type == OPT_CSV || d->type == OPT_KEYVAL;
}

static int store_all(const struct option_def *d, void *opt, const struct svec *values, struct err *err)
{
	if (values->n != 1 && !is_list(d))
		return err_set(err, EK_INVALID, "it takes one value, not %zu", values->n);
	if (is_list(d))
		options_value_free(d, opt);
	SVEC_EACH(value, values)
		if (options_value_store(d, opt, value, err) < 0)
			return -1;
	return 0;
}

/* Before what the list has already. */
static int store_before(const struct option_def *d, void *opt, const struct svec *values, struct err *err)
{
	struct svec *list = (struct svec *)((char *)opt + d->offset);
	auto_svec struct svec own = *list;

	*list = (struct svec)SVEC_INIT;
	if (store_all(d, opt, values, err) < 0)
		return -1;
	svec_add_all(list, &own);
	return 0;
}

/* A TOML value as the text one would write on the command line. */
static bool add_text(const struct jval *v, struct svec *ret)
{
	switch (jval_type(v)) {
	case JV_STRING:
		svec_add(ret, jval_str(v, ""));
		return true;
	case JV_BOOL:
		svec_add(ret, jval_bool(v, false) ? "true" : "false");
		return true;
	case JV_INT:
		svec_addf(ret, "%lld", (long long)jval_int(v, 0));
		return true;
	case JV_DOUBLE:
		svec_addf(ret, "%.15g", jval_double(v, 0));
		return true;
	default:
		return false;
	}
}

static bool add_texts(const struct jval *v, struct svec *ret)
{
	if (jval_type(v) != JV_ARRAY)
		return add_text(v, ret);
	for (size_t i = 0; i < jval_len(v); i++)
		if (!add_text(jval_at(v, i), ret))
			return false;
	return true;
}

/* ---- where they come from ---- */

static int apply_table(const struct jval *table, bool adds, const struct option_def *const *groups, void *opt,
	const struct svec *given, struct err *err)
{
	for (const struct jval_iter *it = jval_first(table); it; it = jval_next(it)) {
		const struct option_def *d = find_row(groups, jval_key(it));
		auto_svec struct svec values = SVEC_INIT;

		if (!d || jval_type(jval_value(it)) == JV_OBJECT || (!adds && is_given(groups, d, given)))
			continue;
		if (!add_texts(jval_value(it), &values))
			return err_set(err, EK_INVALID, "%s: expected a text, a number, true, false or a list of these", jval_key(it));
		if ((adds ? store_before : store_all)(d, opt, &values, err) < 0)
			return err_wrap(err, "%s", jval_key(it));
	}
	return 0;
}

static int apply_files(const struct conf *conf, bool adds, const char *section, const struct option_def *const *groups,
	void *opt, const struct svec *given, struct err *err)
{
	for (size_t i = 0; i < conf->n; i++) {
		const struct jval *doc = conf->v[i].doc;
		const struct jval *table = *section ? jval_path(doc, section) : doc;

		if (conf->v[i].adds == adds && apply_table(table, adds, groups, opt, given, err) < 0)
			return *section ? err_wrap(err, "%s: [%s]", conf->v[i].path, section) : err_wrap(err, "%s", conf->v[i].path);
	}
	return 0;
}

/* The rest of a variable's name after the words of the section: "MEMORY" of RUN_MEMORY for "run"; or NULL. */
static const char *after_section(const char *name, const char *section)
{
	for (; *section; section++, name++)
		if (*name != (*section == '.' || *section == '-' ? '_' : (char)toupper((unsigned char)*section)))
			return NULL;
	return *name == '_' ? name + 1 : NULL;
}

static int apply_variable(const char *text, const char *section, const struct option_def *const *groups,
	void *opt, const struct svec *given, struct err *err)
{
	const char *name = text + strlen(PREFIX), *eq = strchr(name, '=');
	const char *rest = !eq ? NULL : *section ? after_section(name, section) : name;
	auto_free char *key = rest && rest < eq ? xstrndup(rest, (size_t)(eq - rest)) : NULL;
	const struct option_def *d = key ? find_row(groups, key) : NULL;
	auto_svec struct svec values = SVEC_INIT;

	if (!d || is_given(groups, d, given))
		return 0;
	if (is_list(d))
		svec_add_split(&values, eq + 1, '\n');
	else
		svec_add(&values, eq + 1);
	if (store_all(d, opt, &values, err) < 0)
		return err_wrap(err, "variable %.*s", (int)(eq - text), text);
	return 0;
}

static char **next_variable(char **e)
{
	while (*e && strncmp(*e, PREFIX, strlen(PREFIX)))
		e++;
	return e;
}

int defaults_apply(const struct conf *conf, const struct command *cmd, void *opt, const struct svec *given,
	struct err *err)
{
	const struct option_def *const *groups = cmd ? cmd->groups : global_options;
	char **variables = next_variable(environ);
	auto_sbuf struct sbuf section = SBUF_INIT;

	if (!conf->n && !*variables)
		return 0;
	if (cmd)
		section_of(command_table, cmd->defaults_of ? cmd->defaults_of : cmd, &section);
	if (apply_files(conf, false, section.buf, groups, opt, given, err) < 0)
		return -1;
	for (char **e = variables; *e; e = next_variable(e + 1))
		if (apply_variable(*e, section.buf, groups, opt, given, err) < 0)
			return -1;
	return apply_files(conf, true, section.buf, groups, opt, given, err);
}

/* ---- what nobody knows ---- */

static bool has_section(const struct command *cmd, const char *section)
{
	auto_sbuf struct sbuf own = SBUF_INIT;

	return !cmd->alias_of && !cmd->defaults_of && section_of(command_table, cmd, &own) && !strcmp(own.buf, section);
}

static void check_table(const char *path, const struct jval *table, const struct command *cmd,
	const struct command *const *sub, const char *section)
{
	for (const struct jval_iter *it = jval_first(table); it; it = jval_next(it)) {
		auto_free char *below = xasprintf("%s%s%s", section, *section ? "." : "", jval_key(it));
		const struct command *const *t = sub;

		if (jval_type(jval_value(it)) != JV_OBJECT) {
			if (!find_row(cmd ? cmd->groups : global_options, jval_key(it)))
				log_warn("%s: no such key: %s; see podlite.conf(5)", path, below);
			continue;
		}
		while (t && *t && (strcmp((*t)->name, jval_key(it)) || !has_section(*t, below)))
			t++;
		if (t && *t)
			check_table(path, jval_value(it), *t, (*t)->sub, below);
		else
			log_warn("%s: no such table: [%s]; see podlite.conf(5)", path, below);
	}
}

void defaults_check(const struct conf *conf)
{
	for (size_t i = 0; i < conf->n; i++) {
		check_table(conf->v[i].path, conf->v[i].doc, NULL, command_table, "");
		if (conf->v[i].unused)
			log_debug("%s: not used by podlite: %s", conf->v[i].path, conf->v[i].unused);
	}
}
