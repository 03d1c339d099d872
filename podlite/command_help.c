/* command_help.c - what --help prints, from the same rows that parse. */
#include "podlite/command.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/sbuf.h"
#include "podlite/output.h"

static const char *const type_names[] = {
	[OPT_STR] = "string",
	[OPT_INT] = "int",
	[OPT_SIZE] = "size",
	[OPT_DURATION] = "duration",
	[OPT_LIST] = "strings",
	[OPT_CSV] = "strings",
	[OPT_KEYVAL] = "KEY=VALUE",
	[OPT_CALL] = "value",
};

struct rows {
	const struct option_def **v;
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct option_def *const *)a)->name,
		(*(const struct option_def *const *)b)->name);
}

static struct rows shown_rows(const struct option_def *const *groups)
{
	struct rows r = {NULL, 0};

	for (; groups && *groups; groups++)
		for (const struct option_def *d = *groups; d->type != OPT_END; d++) {
			if ((d->flags & OPT_F_HIDDEN) || d->type == OPT_REFUSED)
				continue;
			r.v = xrealloc(r.v, r.n + 1, sizeof(*r.v));
			r.v[r.n++] = d;
		}
	if (r.n)
		qsort(r.v, r.n, sizeof(*r.v), by_name);
	return r;
}

static void row_head(const struct option_def *d, struct sbuf *b)
{
	const char *arg = d->arg;

	if (d->letter)
		sbuf_addf(b, "  -%c, --%s", d->letter, d->name);
	else
		sbuf_addf(b, "      --%s", d->name);
	if (!arg && (size_t)d->type < ARRAY_SIZE(type_names) && d->type != OPT_CALL)
		arg = type_names[d->type];
	if (arg && d->flags & OPT_F_OPTIONAL_ARG)
		sbuf_addf(b, "[=%s]", arg);
	else if (arg)
		sbuf_addf(b, " %s", arg);
}

static void add_options(const struct option_def *const *groups, struct sbuf *b)
{
	struct rows r = shown_rows(groups);
	size_t width = 0;

	for (size_t i = 0; i < r.n; i++) {
		auto_sbuf struct sbuf head = SBUF_INIT;

		row_head(r.v[i], &head);
		width = MAX_OF(width, head.len);
	}
	if (r.n)
		sbuf_addstr(b, "\nOptions:\n");
	for (size_t i = 0; i < r.n; i++) {
		auto_sbuf struct sbuf head = SBUF_INIT;

		row_head(r.v[i], &head);
		sbuf_addf(b, "%-*s   %s", (int)width, head.buf, r.v[i]->help);
		if (r.v[i]->dflt && !(r.v[i]->flags & OPT_F_OPTIONAL_ARG))
			sbuf_addf(b, " (default %s)", r.v[i]->dflt);
		sbuf_addch(b, '\n');
	}
	free(r.v);
}

static void add_commands(const struct command *const *table, struct sbuf *b)
{
	int width = 11;

	for (size_t i = 0; table[i]; i++)
		width = MAX_OF(width, (int)strlen(table[i]->name));
	sbuf_addstr(b, "\nAvailable Commands:\n");
	for (size_t i = 0; table[i]; i++)
		if (!(table[i]->needs & CMD_HIDDEN))
			sbuf_addf(b, "  %-*s %s\n", width, table[i]->name,
				table[i]->alias_of ? table[i]->alias_of->summary : table[i]->summary);
}

int command_help(const struct command *cmd, const char *path, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	sbuf_addf(&b, "%s\n\nUsage:\n  %s %s\n", cmd->summary, path,
		cmd->sub ? "[command]" : cmd->args ? cmd->args : "");
	if (cmd->sub)
		add_commands(cmd->sub, &b);
	add_options(cmd->groups, &b);
	return output_write(b.buf, b.len, err);
}

int command_help_all(const struct command *const *table, const struct option_def *const *globals,
	struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	sbuf_addstr(&b, "Run containers without root and without a daemon\n\nUsage:\n"
			"  podlite [options] [command]\n");
	add_commands(table, &b);
	add_options(globals, &b);
	sbuf_addstr(&b, "\nHelp about one command: podlite COMMAND --help\n");
	return output_write(b.buf, b.len, err);
}
