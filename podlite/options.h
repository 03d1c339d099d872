/*
 * options.h - options as rows: long name, short letter, type, offset, argument name, help.
 *
 * GNU/pflag syntax: --name value, --name=value, -n value, -nvalue, -n=value, bundled -it, bool
 * with =true/=false, "--" ends options. Unknown options are EK_USAGE with a suggestion.
 */
#ifndef PODLITE_OPTIONS_H
#define PODLITE_OPTIONS_H

#include "common/err.h"
#include "common/svec.h"

enum option_type {
	OPT_END,
	OPT_BOOL,     /* bool */
	OPT_STR,      /* char *, owned */
	OPT_INT,      /* int64_t */
	OPT_SIZE,     /* uint64_t, units_parse_size */
	OPT_DURATION, /* int64_t ns */
	OPT_LIST,     /* struct svec, repeatable, one value each time */
	OPT_CSV,      /* struct svec, repeatable, each value split at commas; an empty one adds nothing */
	OPT_KEYVAL,   /* struct svec of NAME=VALUE, replaced by name */
	OPT_TRI,      /* int: 0 unset, 1 true, -1 false */
	OPT_CALL,     /* parse callback */
	OPT_REFUSED,  /* known but not built: refused by name with `help` as the reason */
};

enum option_flags {
	OPT_F_HIDDEN = 1,
	OPT_F_OPTIONAL_ARG = 2, /* --name without value stores `dflt` */
	OPT_F_CONF = 4,         /* with HIDDEN: no option, only a key of podlite.conf and a variable (defaults.h) */
	OPT_F_ACTION = 8,       /* something to do, not a setting: has no default elsewhere */
	OPT_F_EMPTY_IS_NONE = 16, /* OPT_STR: --name "" is as if it was not given */
};

struct option_def {
	const char *name;   /* "publish" */
	char letter;        /* 'p', or 0 */
	enum option_type type;
	size_t offset;      /* into the command's option struct */
	const char *arg;    /* "PORT"; NULL for bool */
	const char *help;
	unsigned flags;
	const char *dflt;   /* shown in help; with OPT_F_OPTIONAL_ARG the value stored */
	int (*parse)(void *field, const char *value, struct err *err); /* OPT_CALL */
	const char *const *choices; /* NULL-terminated words for completion, checked for OPT_STR */
};

#define OPT_ROW(n, l, t, type, member, arg, help) {n, l, t, offsetof(type, member), arg, help, 0, NULL, NULL, NULL}
#define OPT_ROWS_END {NULL, 0, OPT_END, 0, NULL, NULL, 0, NULL, NULL, NULL}

/* Parse argv[0..argc) into opt; on return argv[0..*ret_argc) holds the arguments in order.
 * *ret_help is set for --help/-h (unless a row uses 'h'). stop_at_arg: the first argument ends options.
 * ret_given, unless NULL, gets the names of the options that were given. */
int options_parse(const struct option_def *const *groups, void *opt, int argc, char **argv, bool stop_at_arg,
	int *ret_argc, bool *ret_help, struct svec *ret_given, struct err *err) __must_check;
/* The row of this long name, of n letters; NULL if there is none. */
const struct option_def *options_find(const struct option_def *const *groups, const char *name, size_t n);
const struct option_def *options_find_letter(const struct option_def *const *groups, char letter);
/* Two structs of one layout change what these rows fill. */
void options_swap(const struct option_def *const *groups, void *a, void *b);
void options_done(const struct option_def *const *groups, void *opt); /* frees strings and lists */

#endif
