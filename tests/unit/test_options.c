/* links: libpodlite.a libcommon.a -ljson-c */
/* Options as rows: every spelling, every type, what is refused and with what words. */
#include "podlite/options.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "podlite/suggest.h"
#include "tests/unit/tap.h"

struct opts {
	bool all, it, tty;
	char *name, *mode, *kind;
	int64_t count, wait;
	uint64_t size;
	struct svec list, csv, env;
	int tri;
	char *called;
};

static int call(void *field, const char *value, struct err *err)
{
	char **p = field;

	if (!strcmp(value, "bad"))
		return err_set(err, EK_USAGE, "not this");
	free(*p);
	*p = xstrdup(value);
	return 0;
}

static const char *const modes[] = {"always", "never", NULL};

#define O(n, l, t, m, a) OPT_ROW(n, l, t, struct opts, m, a, "help")
static const struct option_def rows[] = {
	O("all", 'a', OPT_BOOL, all, NULL),
	O("interactive", 'i', OPT_BOOL, it, NULL),
	O("tty", 't', OPT_BOOL, tty, NULL),
	O("name", 'n', OPT_STR, name, "NAME"),
	{"pull", 0, OPT_STR, offsetof(struct opts, mode), "MODE", "help", OPT_F_OPTIONAL_ARG, "always", NULL, modes},
	{"sort", 0, OPT_STR, offsetof(struct opts, kind), "KEY", "help", 0, "never", NULL, modes},
	O("count", 'c', OPT_INT, count, "N"),
	O("wait", 0, OPT_DURATION, wait, "TIME"),
	O("memory", 'm', OPT_SIZE, size, "SIZE"),
	OPT_ROWS_END,
};
static const struct option_def more[] = {
	O("volume", 'v', OPT_LIST, list, "VOLUME"),
	O("cap", 0, OPT_CSV, csv, "CAP"),
	O("label", 'l', OPT_KEYVAL, env, "KEY=VALUE"),
	O("tls-verify", 0, OPT_TRI, tri, NULL),
	{"call", 'C', OPT_CALL, offsetof(struct opts, called), "X", "help", 0, NULL, call, NULL},
	{"flag", 'F', OPT_CALL, offsetof(struct opts, called), NULL, "help", 0, NULL, call, NULL},
	{"hidden", 0, OPT_BOOL, offsetof(struct opts, all), NULL, "help", OPT_F_HIDDEN, NULL, NULL, NULL},
	{"pod", 0, OPT_REFUSED, 0, "POD", "pods are not built yet", 0, NULL, NULL, NULL},
	OPT_ROWS_END,
};
static const struct option_def *const groups[] = {rows, more, NULL};

/* Parses the words of text; returns the arguments that are left, joined by "|", or NULL. */
static char *parse(const char *text, bool stop, struct opts *o, bool *help, struct err *err)
{
	auto_svec struct svec words = SVEC_INIT, left = SVEC_INIT;
	int n = 0;

	memset(o, 0, sizeof(*o));
	*help = false;
	svec_add_split(&words, text, ' ');
	auto_free char **argv = xcalloc(words.n + 1, sizeof(char *));

	memcpy(argv, words.v, words.n * sizeof(char *));
	if (options_parse(groups, o, (int)words.n, argv, stop, &n, help, NULL, err) < 0)
		return NULL;
	for (int i = 0; i < n; i++)
		svec_add(&left, argv[i]);
	return svec_join(&left, "|");
}

#define GOOD(text, left, cond)                                                                     \
	do {                                                                                       \
		struct opts o;                                                                     \
		struct err e = ERR_INIT;                                                           \
		bool help = false;                                                                 \
		auto_free char *got = parse(text, false, &o, &help, &e);                           \
                                                                                                   \
		TAP_STR(got, left, "%s: arguments %s", text, e.msg);                               \
		TAP_OK(got && (cond), "%s: " #cond, text);                                         \
		options_done(groups, &o);                                                          \
		free(o.called);                                                                    \
	} while (0)

static void spellings(void)
{
	GOOD("a b", "a|b", true);
	GOOD("--all x", "x", o.all);
	GOOD("x --all y -it", "x|y", o.all && o.it && o.tty);
	GOOD("--all=false -i=true -t=0", "", !o.all && o.it && !o.tty);
	GOOD("--all=T", "", o.all);
	GOOD("--name web x", "x", !strcmp(o.name, "web"));
	GOOD("--name=web x", "x", !strcmp(o.name, "web"));
	GOOD("-n web x", "x", !strcmp(o.name, "web"));
	GOOD("-nweb x", "x", !strcmp(o.name, "web"));
	GOOD("-n=web x", "x", !strcmp(o.name, "web"));
	GOOD("-itnweb", "", o.it && o.tty && !strcmp(o.name, "web"));
	GOOD("-itn web", "", o.it && o.tty && !strcmp(o.name, "web"));
	GOOD("--name= x", "x", !*o.name);
	GOOD("--name a --name b", "", !strcmp(o.name, "b"));
	GOOD("--name --all", "", !strcmp(o.name, "--all") && !o.all);
	GOOD("-n -", "", !strcmp(o.name, "-"));
	GOOD("- x", "-|x", true);
	GOOD("-- --all -i", "--all|-i", !o.all && !o.it);
	GOOD("x -- --all", "x|--all", !o.all);
	GOOD("--pull x", "x", !strcmp(o.mode, "always"));
	GOOD("--pull=never x", "x", !strcmp(o.mode, "never"));
	GOOD("--hidden", "", o.all);
	GOOD("--help --nope", "", help);
	GOOD("-h", "", help);
	GOOD("-ah", "", help && o.all);
}

static void types(void)
{
	GOOD("-c 5", "", o.count == 5);
	GOOD("-c -5", "", o.count == -5);
	GOOD("--count=0x10", "", o.count == 16);
	GOOD("--wait 1m30s", "", o.wait == 90000000000);
	GOOD("-m 64k", "", o.size == 65536);
	GOOD("-v a -v b,c", "", o.list.n == 2 && !strcmp(o.list.v[1], "b,c"));
	GOOD("--cap a,b --cap c", "", o.csv.n == 3 && !strcmp(o.csv.v[1], "b"));
	GOOD("-l a=1 -l b -l a=2=3", "", o.env.n == 2 && !strcmp(o.env.v[0], "a=2=3") && !strcmp(o.env.v[1], "b="));
	GOOD("--tls-verify", "", o.tri == 1);
	GOOD("--tls-verify=false", "", o.tri == -1);
	GOOD("x", "x", o.tri == 0);
	GOOD("--call v", "", !strcmp(o.called, "v"));
	GOOD("-Cv", "", !strcmp(o.called, "v"));
	GOOD("-aF", "", o.all && !strcmp(o.called, "true"));
}

static void refusals(void)
{
	static const struct {
		const char *text, *word;
	} bad[] = {
		{"--nope", "unknown option: --nope"}, {"--al", "--all"}, {"--nmae x", "did you mean --name"},
		{"-z", "-z"}, {"-iz", "unknown option: -z"}, {"--name", "needs a value"}, {"-n", "needs a value"},
		{"-an", "needs a value"}, {"--all=maybe", "true or false"}, {"-i=x", "true or false"},
		{"--count x", "whole number"}, {"--count 5x", "whole number"}, {"--count=", "whole number"},
		{"--count 99999999999999999999", "whole number"}, {"--wait soon", "duration"},
		{"-m -1", "size"}, {"-m x", "size"}, {"-l =x", "NAME=VALUE"}, {"--pull=sometimes", "always, never"},
		{"--sort x", "one of always, never"}, {"--call bad", "--call bad: not this"}, {"--tls-verify=x", "true"},
		{"--pod x", "pods are not built yet"}, {"---", "unknown"}, {"--=x", "unknown"}, {"-=", "unknown"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = ERR_INIT;
		struct opts o;
		bool help;
		auto_free char *got = parse(bad[i].text, false, &o, &help, &e);

		TAP_OK(!got && strstr(e.msg, bad[i].word) && err_exit_status(&e) == 125, "%s: %s", bad[i].text, e.msg);
		options_done(groups, &o);
		free(o.called);
	}
}

static void stops(void)
{
	struct err e = ERR_INIT;
	struct opts o;
	bool help;
	char *got = parse("-i image --all -- x", true, &o, &help, &e);

	TAP_STR(got, "image|--all|--|x", "the first argument ends options");
	TAP_OK(o.it && !o.all, "only those before it count");
	free(got);
	got = parse("-i -- image -- x", true, &o, &help, &e);
	TAP_STR(got, "image|--|x", "one -- is taken");
	free(got);
	options_done(groups, &o);
	options_done(groups, &o);
	TAP_OK(true, "freeing twice is harmless");
}

static const char *nearest(const char *word)
{
	struct suggest s = SUGGEST_INIT(word);

	suggest_try(&s, "images");
	suggest_try(&s, "image");
	suggest_try(&s, "ps");
	suggest_try(&s, "volume");
	return s.best ? s.best : "";
}

static void suggestions(void)
{
	TAP_STR(nearest("imagse"), "images", "two letters swapped");
	TAP_STR(nearest("imag"), "images", "cut short");
	TAP_STR(nearest("volme"), "volume", "one letter missing");
	TAP_STR(nearest("sp"), "ps", "short words are compared");
	TAP_STR(nearest("xyz"), "", "nothing near");
	TAP_STR(nearest(""), "", "nothing typed");
	TAP_STR(nearest("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "", "a long word");
}

int main(void)
{
	spellings();
	types();
	refusals();
	stops();
	suggestions();
	return tap_done();
}
