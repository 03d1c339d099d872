/* links: libpodlite.a libcommon.a -ljson-c */
/* fuzz_options.c - command lines, one word a line, through every type of option. */
#include "podlite/options.h"

#include <stdlib.h>

#include "common/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct opts {
	bool all, stop;
	char *name, *mode;
	int64_t count, wait;
	uint64_t size;
	struct svec list, csv, env;
	int tri;
};

static const char *const modes[] = {"always", "never", NULL};

#define O(n, l, t, m, a) OPT_ROW(n, l, t, struct opts, m, a, "help")
static const struct option_def rows[] = {
	O("all", 'a', OPT_BOOL, all, NULL),
	O("stop", 's', OPT_BOOL, stop, NULL),
	O("name", 'n', OPT_STR, name, "NAME"),
	{"pull", 'p', OPT_STR, offsetof(struct opts, mode), "MODE", "help", OPT_F_OPTIONAL_ARG, "always", NULL, modes},
	O("count", 'c', OPT_INT, count, "N"),
	O("wait", 'w', OPT_DURATION, wait, "TIME"),
	O("memory", 'm', OPT_SIZE, size, "SIZE"),
	O("volume", 'v', OPT_LIST, list, "VOLUME"),
	O("cap", 'C', OPT_CSV, csv, "CAP"),
	O("label", 'l', OPT_KEYVAL, env, "KEY=VALUE"),
	O("tls-verify", 't', OPT_TRI, tri, NULL),
	{"pod", 0, OPT_REFUSED, 0, "POD", "not built", 0, NULL, NULL, NULL},
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = size < 4096 ? xstrndup((const char *)data, size) : NULL;
	auto_svec struct svec words = SVEC_INIT;
	auto_free char **argv = NULL;
	struct err err = ERR_INIT;
	struct opts o = {0};
	bool help = false;
	int n = 0;

	if (!text || !*text)
		return 0;
	svec_add_split(&words, text, '\n');
	argv = xcalloc(words.n + 1, sizeof(char *));
	for (size_t i = 0; i < words.n; i++)
		argv[i] = words.v[i];
	if (options_parse(groups, &o, (int)words.n, argv, o.stop, &n, &help, NULL, &err) < 0 ? !err.msg[0]
										       : n > (int)words.n)
		abort();
	options_done(groups, &o);
	return 0;
}
