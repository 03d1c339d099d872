#include "podlite/options.h"

#include <string.h>

#include "common/alloc.h"
#include "common/units.h"
#include "podlite/options_value.h"
#include "podlite/suggest.h"

struct parse {
	const struct option_def *const *groups;
	void *opt;
	char **argv;
	int argc, pos; /* next word */
	int args;      /* arguments kept so far, at argv[0..args) */
	bool help;
	struct svec *given; /* or NULL */
};

const struct option_def *options_find(const struct option_def *const *groups, const char *name, size_t n)
{
	for (; groups && *groups; groups++)
		for (const struct option_def *d = *groups; d->type != OPT_END; d++)
			if (!strncmp(d->name, name, n) && !d->name[n])
				return d;
	return NULL;
}

const struct option_def *options_find_letter(const struct option_def *const *groups, char letter)
{
	for (; groups && *groups; groups++)
		for (const struct option_def *d = *groups; d->type != OPT_END; d++)
			if (d->letter == letter)
				return d;
	return NULL;
}

static int unknown_long(struct parse *p, const char *name, size_t n, struct err *err)
{
	auto_free char *word = xstrndup(name, n);
	struct suggest s = SUGGEST_INIT(word);

	for (const struct option_def *const *g = p->groups; g && *g; g++)
		for (const struct option_def *d = *g; d->type != OPT_END; d++)
			if (!(d->flags & OPT_F_HIDDEN))
				suggest_try(&s, d->name);
	err_set(err, EK_USAGE, "unknown option: --%s", word);
	return s.best ? err_advise(err, "did you mean --%s?", s.best) : -1;
}

static int refused(const struct option_def *d, struct err *err)
{
	return err_set(err, EK_UNSUPPORTED, "option --%s is not supported: %s", d->name, d->help);
}

static int store(struct parse *p, const struct option_def *d, const char *value, struct err *err)
{
	if (p->given)
		svec_add(p->given, d->name);
	return options_value_store(d, p->opt, value, err);
}

/* --name, --name=value, --name value. text is the word without "--". */
static int parse_long(struct parse *p, const char *text, struct err *err)
{
	size_t n = strcspn(text, "=");
	const char *value = text[n] ? text + n + 1 : NULL;
	const struct option_def *d = options_find(p->groups, text, n);

	if (!d && n == 4 && !strncmp(text, "help", 4)) {
		p->help = true;
		return 0;
	}
	if (!d || d->flags & OPT_F_CONF)
		return unknown_long(p, text, n, err);
	if (d->type == OPT_REFUSED)
		return refused(d, err);
	if (!value && !options_value_implied(d, &value)) {
		if (p->pos >= p->argc)
			return err_set(err, EK_USAGE, "option --%s needs a value: %s", d->name,
				d->arg ? d->arg : "VALUE");
		value = p->argv[p->pos++];
	}
	return store(p, d, value, err);
}

/* -x, -xyz, -x=value, -xvalue, -x value. text is the word without "-". */
static int parse_short(struct parse *p, const char *text, struct err *err)
{
	while (*text) {
		const struct option_def *d = options_find_letter(p->groups, *text);
		const char *value = NULL;
		char letter = *text++;

		if (!d && letter == 'h') {
			p->help = true;
			return 0;
		}
		if (!d)
			return err_set(err, EK_USAGE, "unknown option: -%c in -%s", letter, p->argv[p->pos - 1] + 1);
		if (d->type == OPT_REFUSED)
			return refused(d, err);
		if (*text == '=') {
			value = text + 1;
			text = "";
		} else if (!options_value_implied(d, &value)) {
			value = *text ? text : NULL;
			text = "";
			if (!value && p->pos < p->argc)
				value = p->argv[p->pos++];
			if (!value)
				return err_set(err, EK_USAGE, "option -%c needs a value: %s", letter,
					d->arg ? d->arg : "VALUE");
		}
		if (store(p, d, value, err) < 0)
			return -1;
	}
	return 0;
}

static void keep_rest(struct parse *p)
{
	while (p->pos < p->argc)
		p->argv[p->args++] = p->argv[p->pos++];
}

int options_parse(const struct option_def *const *groups, void *opt, int argc, char **argv,
	bool stop_at_arg, int *ret_argc, bool *ret_help, struct svec *ret_given, struct err *err)
{
	struct parse p = {.groups = groups, .opt = opt, .argv = argv, .argc = argc, .given = ret_given};
	int r = 0;

	while (!r && p.pos < argc && !p.help) {
		char *word = argv[p.pos++];

		if (word[0] != '-' || !word[1]) {
			argv[p.args++] = word;
			if (stop_at_arg)
				keep_rest(&p);
		} else if (word[1] != '-') {
			r = parse_short(&p, word + 1, err);
		} else if (word[2]) {
			r = parse_long(&p, word + 2, err);
		} else {
			keep_rest(&p);
		}
	}
	if (r < 0)
		return -1;
	*ret_argc = p.args;
	*ret_help = p.help;
	return 0;
}

void options_done(const struct option_def *const *groups, void *opt)
{
	for (; groups && *groups; groups++)
		for (const struct option_def *d = *groups; d->type != OPT_END; d++)
			options_value_free(d, opt);
}

void options_swap(const struct option_def *const *groups, void *a, void *b)
{
	for (; groups && *groups; groups++)
		for (const struct option_def *d = *groups; d->type != OPT_END; d++)
			options_value_swap(d, a, b);
}
