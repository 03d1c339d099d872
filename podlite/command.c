#include "podlite/command.h"

#include <string.h>

#include "common/alloc.h"
#include "common/sbuf.h"
#include "oci/rt_seal.h"
#include "podlite/defaults.h"
#include "podlite/suggest.h"

static const struct command *find_word(const struct command *const *table, const char *word)
{
	for (; *table; table++)
		if (!strcmp((*table)->name, word))
			return *table;
	return NULL;
}

static const struct command *unknown_command(const struct command *const *table, const char *path,
	const char *word, struct err *err)
{
	struct suggest s = SUGGEST_INIT(word);

	for (size_t i = 0; table[i]; i++)
		if (!(table[i]->needs & CMD_HIDDEN))
			suggest_try(&s, table[i]->name);
	err_set(err, EK_USAGE, "unknown command: %s %s", path, word);
	if (s.best)
		err_advise(err, "did you mean %s %s?", path, s.best);
	else
		err_advise(err, "see %s --help", path);
	return NULL;
}

const struct command *command_find(const struct command *const *table, int *argc, char ***argv,
	char **ret_path, struct err *err)
{
	auto_sbuf struct sbuf path = SBUF_INIT;
	const struct command *cmd = NULL;

	sbuf_addstr(&path, "podlite");
	while (table && *argc > 0 && (*argv)[0][0] != '-') {
		cmd = find_word(table, (*argv)[0]);
		if (!cmd)
			return unknown_command(table, path.buf, (*argv)[0], err);
		sbuf_addf(&path, " %s", cmd->name);
		cmd = cmd->alias_of ? cmd->alias_of : cmd;
		table = cmd->sub;
		(*argc)--;
		(*argv)++;
	}
	if (!cmd) {
		err_set(err, EK_USAGE, "no command given; see podlite --help");
		return NULL;
	}
	*ret_path = sbuf_take(&path);
	return cmd;
}

static int check_args(const struct command *cmd, const char *path, int argc, struct err *err)
{
	if (argc >= cmd->min_args && (cmd->max_args < 0 || argc <= cmd->max_args))
		return 0;
	if (cmd->max_args == 0)
		err_set(err, EK_USAGE, "%s takes no arguments", path);
	else if (cmd->max_args == cmd->min_args)
		err_set(err, EK_USAGE, "%s takes %d argument%s, got %d", path, cmd->min_args,
			cmd->min_args == 1 ? "" : "s", argc);
	else if (argc < cmd->min_args)
		err_set(err, EK_USAGE, "%s needs at least %d argument%s, got %d", path, cmd->min_args,
			cmd->min_args == 1 ? "" : "s", argc);
	else
		err_set(err, EK_USAGE, "%s takes at most %d argument%s, got %d", path, cmd->max_args,
			cmd->max_args == 1 ? "" : "s", argc);
	return err_advise(err, "usage: %s %s", path, cmd->args ? cmd->args : "");
}

static int prepare(const struct command *cmd, struct context *c, struct err *err)
{
	if ((cmd->needs & CMD_SEAL) && rt_seal_exe(c->argv, err) < 0)
		return -1;
	if (!(cmd->needs & (CMD_STORE | CMD_USERNS)))
		return 0;
	if (context_paths(c, err) < 0 || context_open(c, err) < 0)
		return -1;
	/* after opening: inside, we are somebody else */
	return cmd->needs & CMD_USERNS ? context_enter_userns(c, NULL, err) : 0;
}

static int parse_and_run(const struct command *cmd, const char *path, struct context *c, void *opt,
	int argc, char **argv, struct err *err)
{
	auto_svec struct svec given = SVEC_INIT;
	bool help = argc > 0 && !strcmp(argv[0], "--help");

	if (cmd->needs & CMD_ANY_OPTION && !help)
		return cmd->run(c, opt, argc, argv, err);
	if (options_parse(cmd->groups, opt, argc, argv, cmd->needs & CMD_STOP_AT_ARG, &argc, &help, &given, err) < 0)
		return err->kind == EK_USAGE && !err->fix ? err_advise(err, "see %s --help", path) : -1;
	if (help)
		return command_help(cmd, path, err);
	if (defaults_apply(&c->conf, cmd, opt, &given, err) < 0)
		return -1;
	argv[argc] = NULL;
	if (cmd->sub)
		return err_set(err, EK_USAGE, "missing command: %s COMMAND; see %s --help", path, path);
	if (check_args(cmd, path, argc, err) < 0 || prepare(cmd, c, err) < 0)
		return -1;
	return cmd->run(c, opt, argc, argv, err);
}

int command_run(const struct command *cmd, const char *path, struct context *c, int argc,
	char **argv, struct err *err)
{
	auto_free void *opt = xcalloc(1, MAX_OF(cmd->opt_size, (size_t)1));
	int r = parse_and_run(cmd, path, c, opt, argc, argv, err);

	if (cmd->opt_done)
		cmd->opt_done(opt);
	options_done(cmd->groups, opt);
	return r;
}
