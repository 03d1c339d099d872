/* cmd_inspect.c - `podlite inspect` of containers, images, volumes and networks; `container inspect`. */
#include "podlite/cmd/cmd.h"

#include <string.h>

#include "podlite/cmd/inspect.h"
#include "podlite/engine/ctr_inspect.h"
#include "podlite/engine/img_inspect.h"
#include "podlite/engine/net_inspect.h"
#include "podlite/engine/vol_inspect.h"
#include "podlite/output.h"
#include "podlite/report.h"

struct inspect_opts {
	char *format, *type;
	bool size, latest;
};

static const char *const types[] = {"all", "container", "image", "network", "volume", NULL};

static const struct option_def rows[] = {
	OPT_ROW("format", 'f', OPT_STR, struct inspect_opts, format, "TEMPLATE", "Print with a Go template, or json"),
	OPT_ROW("latest", 'l', OPT_BOOL, struct inspect_opts, latest, NULL, "The container created last"),
	OPT_ROW("size", 's', OPT_BOOL, struct inspect_opts, size, NULL, "Show the size of containers too"),
	{"type", 't', OPT_STR, offsetof(struct inspect_opts, type), "TYPE", "What the names are: all, container, image, volume or network", 0, "all", NULL, types},
	OPT_ROWS_END,
};

static const struct option_def container_rows[] = {
	OPT_ROW("format", 'f', OPT_STR, struct inspect_opts, format, "TEMPLATE", "Print with a Go template, or json"),
	OPT_ROW("latest", 'l', OPT_BOOL, struct inspect_opts, latest, NULL, "The container created last"),
	OPT_ROW("size", 's', OPT_BOOL, struct inspect_opts, size, NULL, "Show the size too"),
	OPT_ROWS_END,
};

static struct jval *container(struct context *c, const char *name, bool size, struct err *err)
{
	struct jval *v = NULL;
	struct ctr ctr;

	if (ctr_find(c, name, &ctr, err) < 0)
		return NULL;
	v = ctr_inspect(c, &ctr, size, err);
	ctr_done(&ctr);
	return v;
}

/* A container first, then an image, a volume and a network, as podman's --type=all. */
static struct jval *object(struct context *c, const char *name, const char *type, bool size, struct err *err)
{
	bool all = !type || !strcmp(type, "all");
	struct jval *v = NULL;

	if (all || !strcmp(type, "container"))
		v = container(c, name, size, err);
	if (!v && (!all || err->kind != EK_NOT_FOUND) && err->kind != EK_OK)
		return NULL;
	if (!v && (all || !strcmp(type, "image"))) {
		err_clear(err);
		v = img_inspect(c, name, err);
		if (!v && (!all || err->kind != EK_NOT_FOUND))
			return NULL;
	}
	if (!v && (all || !strcmp(type, "volume"))) {
		err_clear(err);
		v = vol_inspect(c, name, err);
		if (!v && (!all || err->kind != EK_NOT_FOUND))
			return NULL;
	}
	if (!v && (all || !strcmp(type, "network"))) {
		err_clear(err);
		v = net_inspect(c, name, err);
	}
	if (!v && all && err->kind == EK_NOT_FOUND)
		err_set(err, EK_NOT_FOUND, "no such object: \"%s\"", name);
	return v;
}

static int latest(struct context *c, char *id, struct err *err)
{
	struct ctr_list list;

	if (ctr_list_all(c, &list, err) < 0)
		return -1;
	if (list.n)
		memcpy(id, list.v[list.n - 1].rec.id, 65);
	else
		err_set(err, EK_NOT_FOUND, "there is no container");
	int r = list.n ? 0 : -1;

	ctr_list_done(&list);
	return r;
}

int inspect_names(struct context *c, const char *type, const char *format, bool size, int argc, char **argv, struct err *err)
{
	auto_jval struct jval *found = jval_new_array();
	struct err last = ERR_INIT;

	for (int i = 0; i < argc; i++) {
		struct err one = ERR_INIT;
		struct jval *v = object(c, argv[i], type, size, &one);

		if (v) {
			jval_add(found, v);
			continue;
		}
		report_but_last(c, &last, &one);
	}
	/* what was found is printed even if something was missing: scripts rely on the array */
	if ((jval_len(found) || !format) && output_inspect(format, found, err) < 0)
		return -1;
	return last.kind == EK_OK ? 0 : err_take(err, &last);
}

static int run_type(struct context *c, const void *opt, int argc, char **argv, const char *type, struct err *err)
{
	const struct inspect_opts *o = opt;
	char id[65];
	char *one[1] = {id};

	if (o->latest) {
		if (argc)
			return err_set(err, EK_USAGE, "--latest and names cannot be used together");
		if (latest(c, id, err) < 0)
			return -1;
		return inspect_names(c, "container", o->format, o->size, 1, one, err);
	}
	if (!argc)
		return err_set(err, EK_USAGE, "containers, images, volumes or networks must be specified");
	return inspect_names(c, type, o->format, o->size, argc, argv, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct inspect_opts *o = opt;

	return run_type(c, opt, argc, argv, o->type, err);
}

static int run_container(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	return run_type(c, opt, argc, argv, "container", err);
}

static const struct option_def *const groups[] = {rows, NULL};
static const struct option_def *const container_groups[] = {container_rows, NULL};

const struct command cmd_inspect = {
	.name = "inspect",
	.args = "[options] NAME [NAME...]",
	.summary = "Show everything about containers, images, volumes or networks",
	.groups = groups,
	.opt_size = sizeof(struct inspect_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};

const struct command cmd_container_inspect = {
	.name = "inspect",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Show everything about containers",
	.groups = container_groups,
	.opt_size = sizeof(struct inspect_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run_container,
};
