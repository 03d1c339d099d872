/* cmd_help.c - `podlite help`. */
#include "podlite/cmd/cmd.h"

#include "common/alloc.h"
#include "podlite/global.h"
#include "podlite/output.h"

struct opts {
	bool dump;
};

static const struct option_def rows[] = {
	{"dump", 0, OPT_BOOL, offsetof(struct opts, dump), NULL,
		"Every command and option as tab-separated lines, for tools", OPT_F_HIDDEN, NULL, NULL, NULL},
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

static const char *const types[] = {
	[OPT_BOOL] = "bool",
	[OPT_STR] = "string",
	[OPT_INT] = "int",
	[OPT_SIZE] = "size",
	[OPT_DURATION] = "duration",
	[OPT_LIST] = "list",
	[OPT_CSV] = "csv",
	[OPT_KEYVAL] = "keyval",
	[OPT_TRI] = "bool",
	[OPT_CALL] = "value",
	[OPT_REFUSED] = "refused",
};

/* command, option, letter, type, argument, help; "-" where there is none */
static int dump_options(const char *path, const struct option_def *const *g, struct err *err)
{
	for (; g && *g; g++)
		for (const struct option_def *d = *g; d->type != OPT_END; d++) {
			if (d->flags & OPT_F_HIDDEN)
				continue;
			if (output_line(err, "%s\t%s\t%c\t%s\t%s\t%s", path, d->name,
				d->letter ? d->letter : '-', types[d->type], d->arg ? d->arg : "-", d->help) < 0)
				return -1;
		}
	return 0;
}

static int dump(const char *prefix, const struct command *const *table, struct err *err)
{
	for (; *table; table++) {
		auto_free char *path = xasprintf("%s %s", prefix, (*table)->name);
		const struct command *cmd = (*table)->alias_of ? (*table)->alias_of : *table;

		if ((*table)->needs & CMD_HIDDEN)
			continue;
		if (output_line(err, "%s\t-\t-\tcommand\t%s\t%s", path, cmd->args ? cmd->args : "-",
			cmd->summary) < 0)
			return -1;
		if (dump_options(path, cmd->groups, err) < 0)
			return -1;
		if (cmd->sub && dump(path, cmd->sub, err) < 0)
			return -1;
	}
	return 0;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct opts *o = opt;
	auto_free char *path = NULL;
	const struct command *cmd;

	(void)c;
	if (o->dump)
		return dump_options("podlite", global_options, err) < 0 ? -1
			: dump("podlite", command_table, err);
	if (argc == 0)
		return command_help_all(command_table, global_options, err);
	cmd = command_find(command_table, &argc, &argv, &path, err);
	return cmd ? command_help(cmd, path, err) : -1;
}

const struct command cmd_help = {
	.name = "help",
	.args = "[COMMAND...]",
	.summary = "Help about any command",
	.groups = groups,
	.opt_size = sizeof(struct opts),
	.max_args = -1,
	.run = run,
};
