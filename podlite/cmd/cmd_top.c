/* cmd_top.c - `podlite top`. */
#include "podlite/cmd/cmd.h"

#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/ctr_top.h"
#include "podlite/output.h"

struct top_opts {
	bool latest, list;
};

static const struct option_def rows[] = {
	OPT_ROW("latest", 'l', OPT_BOOL, struct top_opts, latest, NULL, "The container created last"),
	OPT_ROW("list-descriptors", 0, OPT_BOOL, struct top_opts, list, NULL, "Print the names of all descriptors"),
	OPT_ROWS_END,
};

static int list_descriptors(struct err *err)
{
	auto_svec struct svec names = SVEC_INIT;

	ctr_top_descriptors(&names);
	for (size_t i = 0; i < names.n; i++)
		if (output_line(err, "%s", names.v[i]) < 0)
			return -1;
	return 0;
}

/* The habits of ps that name no columns; docker passes them on to ps. */
static const char *usual_columns(const char *word)
{
	static const char dflt[] = "user,pid,ppid,pcpu,etime,tty,time,args";
	static const char aux[] = "user,pid,pcpu,vsz,rss,tty,state,etime,time,args";
	static const struct {
		const char *word, *columns;
	} habits[] = {{"", dflt}, {"-A", dflt}, {"-e", dflt}, {"-ef", dflt}, {"-f", dflt},
		{"aux", aux}, {"-aux", aux}};

	for (size_t i = 0; i < ARRAY_SIZE(habits); i++)
		if (!strcmp(habits[i].word, word))
			return habits[i].columns;
	return NULL;
}

/* "pid user", "pid,user" and the arguments `-o pid,user` and `-eo pid,user` of ps all name descriptors. */
static int wanted(int argc, char **argv, struct svec *ret, struct err *err)
{
	const char *columns = usual_columns("");

	for (int i = 0; i < argc; i++) {
		const char *usual = usual_columns(argv[i]);

		if (usual) {
			columns = usual;
			continue;
		}
		if (!strcmp(argv[i], "-o") || !strcmp(argv[i], "-eo"))
			continue;
		if (!strncmp(argv[i], "-eo", 3) || !strncmp(argv[i], "-o", 2)) {
			svec_add_split(ret, argv[i] + (argv[i][1] == 'e' ? 3 : 2), ',');
			continue;
		}
		if (argv[i][0] == '-')
			return err_set(err, EK_UNSUPPORTED, "ps options such as \"%s\" are not supported; name descriptors instead, see: podlite top --list-descriptors", argv[i]);
		svec_add_split(ret, argv[i], ',');
	}
	if (!ret->n)
		svec_add_split(ret, columns, ',');
	return 0;
}

static int print(const struct svec *want, const struct svec *headers, const struct jval *found, struct err *err)
{
	auto_free struct output_column *columns = xcalloc(headers->n + 1, sizeof(*columns));
	struct output_list out = {.columns = columns};

	for (size_t i = 0; i < headers->n; i++)
		columns[i] = (struct output_column){headers->v[i], want->v[i]};
	return output_list(&out, found, found, err);
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct top_opts *o = opt;
	struct ctr_args_select select = {.latest = o->latest};
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT, want = SVEC_INIT, headers = SVEC_INIT;
	auto_jval struct jval *found = NULL;
	int named = o->latest ? 0 : MIN_OF(argc, 1), r;
	struct ctr ctr;

	if (o->list)
		return list_descriptors(err);
	if (ctr_args_select(c, &select, named, argv, false, &ids, &names, err) < 0 ||
		wanted(argc - named, argv + named, &want, err) < 0 || ctr_load(c, ids.v[0], &ctr, err) < 0)
		return -1;
	r = ctr_top(c, &ctr, &want, &headers, &found, err);
	ctr_done(&ctr);
	return r < 0 ? -1 : print(&want, &headers, found, err);
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_top = {
	.name = "top",
	.args = "[options] CONTAINER [DESCRIPTOR...]",
	.summary = "Show the processes of a running container",
	.groups = groups,
	.opt_size = sizeof(struct top_opts),
	.needs = CMD_STORE | CMD_STOP_AT_ARG,
	.max_args = -1,
	.run = run,
};
