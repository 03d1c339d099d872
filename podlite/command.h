/*
 * command.h - the type of a command and its dispatch (architecture.md §7).
 *
 * main reads `needs` and prepares before run, so no command can forget. run returns the exit
 * status, or -1 with err, which main prints as "podlite: ..." (called.h) and turns into 125..127.
 */
#ifndef PODLITE_COMMAND_H
#define PODLITE_COMMAND_H

#include "podlite/context.h"
#include "podlite/options.h"

enum command_needs {
	CMD_STORE = 1,       /* store and run directory are open */
	CMD_USERNS = 2,      /* run inside the user namespace */
	CMD_STOP_AT_ARG = 4, /* options end at the first argument: run, exec, create, unshare */
	CMD_HIDDEN = 8,
	CMD_ANY_OPTION = 32, /* options are not looked at: the command is refused whatever they are */
	CMD_SEAL = 16,       /* joins a container: run from a file nobody in it can write (oci/rt_seal.h) */
};

struct command {
	const char *name;    /* "run" */
	const char *args;    /* "[options] IMAGE [COMMAND [ARG...]]" */
	const char *summary; /* one line */
	const struct option_def *const *groups; /* NULL-terminated list of row arrays */
	const struct command *const *sub;       /* NULL-terminated; a group such as "image" */
	size_t opt_size;     /* bytes of the zeroed struct the options fill */
	unsigned needs;
	int min_args, max_args; /* -1: any number */
	int (*run)(struct context *c, const void *opt, int argc, char **argv, struct err *err);
	const struct command *alias_of; /* `name` is another word for this; nothing else is set but needs */
	const struct command *defaults_of; /* the command whose defaults (defaults.h) are its own, or NULL */
	void (*opt_done)(void *opt); /* frees what callbacks allocated beyond options_done, or NULL */
};

extern const struct command *const command_table[]; /* command_table.c; NULL-terminated */

/* Find "image ls" and the like; consumes words; a group without a further word is returned itself.
 * ret_path: allocated, "podlite image ls". NULL with err ("unknown command ...; did you mean"). */
const struct command *command_find(const struct command *const *table, int *argc, char ***argv, char **ret_path, struct err *err);
/* Parse its options, count its arguments, prepare what it needs, run it, free its options.
 * Returns the exit status, or -1 with err. run gets a NULL-terminated argv. */
int command_run(const struct command *cmd, const char *path, struct context *c, int argc, char **argv, struct err *err) __must_check;
int command_help(const struct command *cmd, const char *path, struct err *err) __must_check;
int command_help_all(const struct command *const *table, const struct option_def *const *globals, struct err *err) __must_check;

#endif
