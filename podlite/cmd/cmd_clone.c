/*
 * cmd_clone.c - `podlite container clone`: another container from the command line that made the
 * first, with other limits, name or image.
 *
 * What a command line takes from its surroundings is taken from the container instead: variables,
 * labels, restart policy, limits and health check as they are now, relative paths from the directory it was in.
 */
#include "podlite/cmd/cmd.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "podlite/cmd/recreate.h"
#include "podlite/defaults.h"
#include "podlite/engine/create_opts.h"
#include "podlite/engine/engine.h"
#include "podlite/optgroups.h"
#include "podlite/output.h"

#define CONFIG_MAX (16u << 20)

struct clone_opts {
	struct create_opts create; /* --name and the limits of it */
	bool destroy, force, run;
};

#define ROW(n, l, t, m, a, h) OPT_ROW(n, l, t, struct clone_opts, m, a, h)
static const struct option_def rows[] = {
	ROW("destroy", 0, OPT_BOOL, destroy, NULL, "Remove the original when the clone is there"),
	ROW("force", 'f', OPT_BOOL, force, NULL, "With --destroy: also one that runs"),
	ROW("name", 0, OPT_STR, create.name, "NAME", "Name of the clone; by default that of the original and -clone"),
	{"pod", 0, OPT_REFUSED, 0, "POD", "pods are not built yet", 0, NULL, NULL, NULL},
	ROW("run", 0, OPT_BOOL, run, NULL, "Start the clone"),
	OPT_ROWS_END,
};
static const struct option_def *const limits[] = {optgroups_resources, NULL};

/* The command line that made the original, parsed once more. */
struct origin {
	const struct command *cmd;
	struct create_opts *create; /* the first member of cmd's options */
	char **argv;                /* IMAGE [COMMAND...], borrowed */
	int argc;
	struct jval *limits, *health;
};

static void origin_done(struct origin *o)
{
	if (o->create)
		options_done(o->cmd->groups, o->create);
	free(o->create);
	jval_free(o->limits);
	jval_free(o->health);
}

static int parse_origin(struct context *c, const struct ctr_record *rec, struct origin *o, struct err *err)
{
	const struct svec *words = &rec->create_command;
	auto_svec struct svec given = SVEC_INIT;
	struct recreate_parts p = {0};
	size_t n;

	if (recreate_parse(rec, &p, err) < 0)
		return -1;
	o->cmd = p.creates ? &cmd_create : &cmd_run;
	o->create = xcalloc(1, o->cmd->opt_size);
	if (recreate_options(o->cmd->groups, o->create, words->v + p.first, p.image - p.first, &n, &given, err) < 0)
		return -1;
	p.image += p.image < words->n && !strcmp(words->v[p.image], "--");
	o->argv = words->v + p.image;
	o->argc = (int)(words->n - p.image);
	if (!o->argc)
		return err_set(err, EK_INVALID, "container %s: its command line names no image", rec->name);
	return defaults_apply(&c->conf, o->cmd, o->create, &given, err);
}

static void forget(char **text)
{
	free(*text);
	*text = NULL;
}

/* The process's variables but those that each container has of its own. */
static void take_env(const struct ctr_record *rec, const struct jval *config, struct create_opts *o)
{
	auto_svec struct svec env = SVEC_INIT;

	svec_done(&o->env);
	svec_done(&o->env_files);
	svec_done(&o->env_default);
	svec_done(&o->env_merge);
	o->env_host = o->http_proxy = false;
	jval_strings(jval_path(config, "process.env"), &env);
	SVEC_EACH(e, &env) {
		auto_free char *name = xstrndup(e, strcspn(e, "="));
		const char *value = e[strlen(name)] ? e + strlen(name) + 1 : "";

		if ((!strcmp(name, "HOSTNAME") && rec->hostname && !strcmp(value, rec->hostname)) ||
			(!strcmp(name, "container_uuid") && !strncmp(value, rec->id, 32)) || svec_has(&rec->secret_env, name))
			continue;
		svec_add(&o->env, e);
	}
}

static void take_restart(const struct ctr_record *rec, struct create_opts *o)
{
	free(o->restart);
	o->restart = rec->restart_max ? xasprintf("%s:%lld", rec->restart, (long long)rec->restart_max) : xstrdup(rec->restart);
}

static int take_health(const struct ctr_record *rec, struct origin *from, struct err *err)
{
	if (!rec->health)
		return 0;
	from->health = jval_parse(rec->health, strlen(rec->health), 0, err);
	from->create->health = from->health;
	return from->health ? 0 : err_wrap(err, "health check of %s", rec->name);
}

/* From the documents what is not, or not any more, on the command line. */
static int as_it_is(struct context *c, const struct ctr_record *rec, struct origin *from, struct err *err)
{
	auto_fd int dir = ctr_open_dir(c, rec->id, err);
	auto_jval struct jval *config = dir < 0 ? NULL : jval_read_file(dir, "config.json", CONFIG_MAX, err);
	struct create_opts *o = from->create;

	if (!config)
		return -1;
	if (rec->create_dir && chdir(rec->create_dir) < 0)
		return err_sys(err, "the directory %s, in which %s was made", rec->create_dir, rec->name);
	from->limits = jval_get(config, "linux") ? jval_copy(jval_path(config, "linux.resources")) : NULL;
	o->limits = from->limits;
	if (take_health(rec, from, err) < 0)
		return -1;
	take_env(rec, config, o);
	take_restart(rec, o);
	svec_done(&o->labels);
	svec_done(&o->label_files);
	svec_add_all(&o->labels, &rec->labels);
	forget(&o->cidfile);
	forget(&o->pidfile);
	forget(&o->conmon_pidfile);
	o->replace = false;
	o->rm |= o->rmi;
	return 0;
}

static char *choose_name(struct context *c, const struct ctr_record *rec)
{
	char *name = xasprintf("%s-clone", rec->name), id[65];

	for (int i = 1; ctr_find_id(c, name, id, NULL) == 0; i++) {
		free(name);
		name = xasprintf("%s-clone%d", rec->name, i);
	}
	return name;
}

/* The image it has, although its name may mean another one now. */
static const char *choose_image(struct context *c, const struct ctr_record *rec, const struct origin *from)
{
	struct image img = {.id = ""};
	const char *name = from->argv[0];
	bool same;

	if (!rec->image_id || !*rec->image_id)
		return name;
	same = image_find_quick(&c->store, name, NULL, &img, NULL) == 0 && !strcmp(img.id, rec->image_id);
	image_done(&img);
	return same ? name : rec->image_id;
}

/* argv: NAME and IMAGE, either may be missing. */
static int make(struct context *c, struct clone_opts *o, const struct ctr_record *rec, char **argv, struct origin *from,
	char ret_id[65], struct err *err)
{
	struct create_opts *create = from->create;
	const char *name = o->create.name ? o->create.name : argv[0], *image = argv[0] ? argv[1] : NULL;
	int r;

	if (as_it_is(c, rec, from, err) < 0)
		return -1;
	free(create->name);
	create->name = name ? xstrdup(name) : choose_name(c, rec);
	create->image = image ? image : choose_image(c, rec, from);
	create->rootfs &= !image;
	create->argv = from->argv + 1;
	create->argc = from->argc - 1;
	options_swap(limits, create, &o->create);
	r = ctr_create(c, create, ret_id, err);
	options_swap(limits, create, &o->create); /* each frees its own */
	return r;
}

static int finish(struct context *c, const struct clone_opts *o, const struct ctr_record *rec, const char *id, struct err *err)
{
	struct start_opts detached = {.detach_keys = ""};
	int code;

	if (o->destroy && ctr_remove(c, rec->id, o->force, false, -1, err) < 0)
		return -1;
	if (o->run && ctr_start(c, id, &detached, &code, err) < 0)
		return -1;
	return output_line(err, "%s", id);
}

static int clone_one(struct context *c, struct clone_opts *o, const struct ctr *ctr, char **argv, struct err *err)
{
	auto_cleanup(origin_done) struct origin from = {.cmd = NULL};
	const struct ctr_record *rec = &ctr->rec;
	char **own = c->argv, id[65];
	int r;

	if (o->destroy && !o->force && ctr_is_live(ctr))
		return err_set(err, EK_IN_USE, "container %s is running: --destroy needs --force, or stop it first", rec->name);
	if (parse_origin(c, rec, &from, err) < 0)
		return -1;
	/* the clone was made by the same words */
	c->argv = rec->create_command.v;
	r = make(c, o, rec, argv, &from, id, err);
	c->argv = own;
	return r < 0 ? -1 : finish(c, o, rec, id, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	struct clone_opts o = *(const struct clone_opts *)opt;
	struct ctr ctr;
	int r;

	(void)argc;
	if (o.force && !o.destroy)
		return err_set(err, EK_USAGE, "cannot set --force without --destroy");
	if (ctr_find(c, argv[0], &ctr, err) < 0)
		return -1;
	r = clone_one(c, &o, &ctr, argv + 1, err);
	ctr_done(&ctr);
	return r < 0 ? err_wrap(err, "clone %s", argv[0]) : 0;
}

static const struct option_def *const groups[] = {rows, optgroups_resources, NULL};

const struct command cmd_clone = {
	.name = "clone",
	.args = "[options] CONTAINER [NAME [IMAGE]]",
	.summary = "Make another container like an existing one",
	.groups = groups,
	.opt_size = sizeof(struct clone_opts),
	.needs = CMD_STORE,
	.min_args = 1,
	.max_args = 3,
	.run = run,
};
