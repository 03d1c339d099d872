#include "podlite/complete.h"

#include <string.h>

#include "common/alloc.h"
#include "podlite/cmd/cmd.h"
#include "podlite/complete_names.h"
#include "podlite/global.h"

struct completion {
	struct context *c;
	struct sbuf *out;
	const char *word;     /* typed so far */
	const char *prefix;   /* what stands before it in the same word, "--name=" of length prefix_len */
	size_t prefix_len;
	const struct command *const *table;
	const struct command *cmd; /* NULL: none yet */
	const struct option_def *const *groups;
	const struct option_def *value_of; /* the word is this option's value */
	bool options_end;
	size_t place;         /* how many arguments stand before the word */
};

static void offer(struct completion *x, const char *word, const char *description)
{
	if (!strncmp(word, x->word, strlen(x->word)))
		sbuf_addf(x->out, "%.*s%s\t%s\n", (int)x->prefix_len, x->prefix, word, description ? description : "");
}

static bool takes_value(const struct option_def *d)
{
	return !(d->flags & OPT_F_OPTIONAL_ARG) && d->type != OPT_BOOL && d->type != OPT_TRI &&
		(d->arg || d->type != OPT_CALL) && d->type != OPT_REFUSED;
}

/* An option word that wants the next word as its value. Of bundled letters the last one may. */
static const struct option_def *wants_next(const struct completion *x, const char *word)
{
	const struct option_def *d;

	if (word[1] == '-')
		d = strchr(word, '=') ? NULL : options_find(x->groups, word + 2, strlen(word + 2));
	else
		d = word[1] ? options_find_letter(x->groups, word[strlen(word) - 1]) : NULL;
	return d && takes_value(d) ? d : NULL;
}

static const struct command *find_command(const struct command *const *table, const char *word)
{
	for (; table && *table; table++)
		if (!strcmp((*table)->name, word))
			return (*table)->alias_of ? (*table)->alias_of : *table;
	return NULL;
}

/* Take one word that stands before the one to complete. */
static void walk(struct completion *x, const char *word)
{
	const struct command *found;

	if (x->value_of) {
		x->value_of = NULL;
	} else if (x->options_end) {
		x->place++;
	} else if (!strcmp(word, "--")) {
		x->options_end = true;
	} else if (word[0] == '-' && word[1]) {
		x->value_of = wants_next(x, word);
	} else if (x->table && (found = find_command(x->table, word))) {
		x->cmd = found;
		x->table = found == &cmd_help ? command_table : found->sub; /* help's words are commands */
		x->groups = found->groups;
	} else if (x->cmd) {
		x->options_end = x->cmd->needs & CMD_STOP_AT_ARG;
		x->place++;
	}
}

static void offer_options(struct completion *x)
{
	auto_sbuf struct sbuf b = SBUF_INIT;

	for (const struct option_def *const *g = x->groups; g && *g; g++)
		for (const struct option_def *d = *g; d->type != OPT_END; d++) {
			if ((d->flags & OPT_F_HIDDEN) || d->type == OPT_REFUSED)
				continue;
			sbuf_reset(&b);
			sbuf_addf(&b, "--%s", d->name);
			offer(x, b.buf, d->help);
		}
	offer(x, "--help", "Help about this command");
}

static void offer_commands(struct completion *x)
{
	for (const struct command *const *t = x->table; *t; t++)
		if (!((*t)->needs & CMD_HIDDEN))
			offer(x, (*t)->name, (*t)->alias_of ? (*t)->alias_of->summary : (*t)->summary);
}

static void offer_name(void *arg, const char *name, const char *description)
{
	offer(arg, name, description);
}

/* "--name=wo" completes the value of --name. */
static void split_equals(struct completion *x)
{
	const char *eq = strchr(x->word, '=');

	if (x->value_of || x->options_end || strncmp(x->word, "--", 2) || !eq)
		return;
	x->value_of = options_find(x->groups, x->word + 2, (size_t)(eq - x->word - 2));
	if (!x->value_of)
		return;
	x->prefix = x->word;
	x->prefix_len = (size_t)(eq + 1 - x->word);
	x->word = eq + 1;
}

/* Of "KEY=VALUE" first the keys. */
static void offer_choices(struct completion *x, const char *const *choices)
{
	auto_free char *last = xstrdup("");

	for (size_t i = 0; choices[i]; i++) {
		const char *eq = strchr(x->word, '=') ? NULL : strchr(choices[i], '=');
		auto_free char *shown = eq ? xstrndup(choices[i], (size_t)(eq + 1 - choices[i])) : xstrdup(choices[i]);

		if (strcmp(shown, last))
			offer(x, shown, NULL);
		free(last);
		last = take_ptr(shown);
	}
}

/* true: the shell should offer file names */
static bool offer_value(struct completion *x)
{
	if (x->value_of->choices) {
		offer_choices(x, x->value_of->choices);
		return false;
	}
	return !x->c || !x->value_of->arg || complete_names_value(x->c, x->value_of, offer_name, x);
}

void complete_words(struct context *c, int n, char *const *words, struct sbuf *ret)
{
	struct completion x = {
		.c = c, .out = ret, .word = n ? words[n - 1] : "", .prefix = "", .table = command_table, .groups = global_options};
	bool files = false;

	for (int i = 0; i + 1 < n; i++)
		walk(&x, words[i]);
	split_equals(&x);
	if (x.value_of)
		files = offer_value(&x);
	else if (!x.options_end && x.word[0] == '-')
		offer_options(&x);
	else if (x.table)
		offer_commands(&x);
	else if (c && x.cmd && x.cmd->args && (!x.options_end || x.cmd == &cmd_top))
		files = complete_names(c, x.cmd->args, x.place, offer_name, &x);
	else
		files = true;
	sbuf_addstr(ret, files ? ":file\n" : ":none\n");
}
