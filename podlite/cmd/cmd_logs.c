/* cmd_logs.c - `podlite logs`, of one or several containers. */
#include "podlite/cmd/cmd.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/units.h"
#include "podlite/cmd/ctr_args.h"
#include "podlite/engine/ctr_logs.h"

struct logs_opts {
	struct ctr_args_select select;
	bool follow, timestamps, names, color;
	char *since, *until;
	int64_t tail;
	bool tail_set;
};

static int parse_tail(void *field, const char *value, struct err *err)
{
	struct logs_opts *o = (struct logs_opts *)((char *)field - offsetof(struct logs_opts, tail));
	uint64_t n = 0;

	o->tail_set = strcmp(value, "all") && strcmp(value, "-1");
	if (o->tail_set && (!units_parse_u64(value, &n) || n > INT64_MAX))
		return err_set(err, EK_USAGE, "invalid tail \"%s\": a number of lines or \"all\"", value);
	o->tail = (int64_t)n;
	return 0;
}

#define O(n, l, t, m, a, h) OPT_ROW(n, l, t, struct logs_opts, m, a, h)
static const struct option_def rows[] = {
	O("color", 0, OPT_BOOL, color, NULL, "Give each container's lines a colour of their own"),
	O("follow", 'f', OPT_BOOL, follow, NULL, "Go on with what is written until the container ends"),
	O("latest", 'l', OPT_BOOL, select.latest, NULL, "The container created last"),
	O("names", 'n', OPT_BOOL, names, NULL, "Name several containers by their names instead of their ids"),
	O("since", 0, OPT_STR, since, "TIME", "Only lines since a time or a duration ago (10m)"),
	{"tail", 0, OPT_CALL, offsetof(struct logs_opts, tail), "LINES", "Only the last LINES lines", 0, "all", parse_tail, NULL},
	O("timestamps", 't', OPT_BOOL, timestamps, NULL, "Print the time of each line"),
	O("until", 0, OPT_STR, until, "TIME", "Only lines until a time or a duration ago"),
	OPT_ROWS_END,
};

/* Output is collected and written once a chunk: a log of many short lines costs few calls. */
struct sink {
	const struct logs_opts *o;
	bool several;
	struct sbuf out[2];    /* stdout, stderr */
};

struct source {
	struct ctr_logs *log;
	const char *color;     /* NULL: none */
	bool in_line[2];       /* the last record was partial */
};

static int flush(struct sink *s, struct err *err)
{
	for (int i = 0; i < 2; i++) {
		int r = fd_write_all(i + 1, s->out[i].buf, s->out[i].len);

		sbuf_reset(&s->out[i]);
		if (r == -EPIPE)
			_exit(0); /* `podlite logs | head`: the reader has what it wants */
		if (r < 0)
			return err_neg(err, r, "write the log");
	}
	return 0;
}

static void begin_line(const struct sink *s, const struct source *src, const struct logfile_record *rec, struct sbuf *b)
{
	char when[40];

	if (src->color)
		sbuf_addstr(b, src->color);
	if (s->several && s->o->names)
		sbuf_addf(b, "%s ", ctr_logs_name(src->log));
	else if (s->several)
		sbuf_addf(b, "%.12s ", ctr_logs_id(src->log));
	if (!s->o->timestamps)
		return;
	units_print_time(rec->time_ns, true, when);
	sbuf_addf(b, "%s ", when);
}

static int add(struct sink *s, struct source *src, const struct logfile_record *rec, struct err *err)
{
	int i = rec->is_stderr ? 1 : 0;
	struct sbuf *b = &s->out[i];

	if (!src->in_line[i])
		begin_line(s, src, rec, b);
	sbuf_add(b, rec->text, rec->len);
	if (!rec->partial)
		sbuf_addf(b, "%s\n", src->color ? "\033[0m" : "");
	src->in_line[i] = rec->partial;
	return s->out[0].len + s->out[1].len > 65536 ? flush(s, err) : 0;
}

static int drain(struct sink *s, struct source *src, struct err *err)
{
	struct logfile_record rec;
	int r;

	while ((r = ctr_logs_next(src->log, &rec, err)) > 0)
		if (add(s, src, &rec, err) < 0)
			return -1;
	return r < 0 ? -1 : flush(s, err);
}

static int follow(struct context *c, struct sink *s, struct source *logs, size_t n, struct err *err)
{
	auto_free struct pollfd *p = xcalloc(n, sizeof(*p));
	size_t open = n;

	for (size_t i = 0; i < n; i++)
		p[i] = (struct pollfd){ctr_logs_poll_fd(logs[i].log), POLLIN, 0};
	while (open) {
		/* the time-out covers file systems without inotify and a monitor that was killed */
		poll(p, n, 1000);
		for (size_t i = 0; i < n; i++) {
			bool ended;

			if (p[i].fd < 0)
				continue;
			ctr_logs_clear(logs[i].log);
			ended = ctr_logs_ended(c, logs[i].log);
			if (drain(s, &logs[i], err) < 0)
				return -1;
			if (ended) {
				p[i].fd = -1;
				open--;
			}
		}
	}
	return 0;
}

static int parse_times(const struct logs_opts *o, struct ctr_logs_opts *ret, struct err *err)
{
	int64_t now = units_now_ns();

	if (o->since && !units_parse_time(o->since, now, &ret->since_ns))
		return err_set(err, EK_USAGE, "invalid --since \"%s\": a time or a duration", o->since);
	if (o->until && !units_parse_time(o->until, now, &ret->until_ns))
		return err_set(err, EK_USAGE, "invalid --until \"%s\": a time or a duration", o->until);
	ret->tail = o->tail_set ? o->tail : -1;
	ret->follow = o->follow;
	return 0;
}

static int show(struct context *c, const struct logs_opts *o, const struct svec *ids, struct source *logs, struct err *err)
{
	/* podman's, in its order */
	static const char *const colors[] = {"\033[37m", "\033[31m", "\033[33m", "\033[34m", "\033[35m", "\033[36m", "\033[32m"};
	struct sink s = {.o = o, .several = ids->n > 1, .out = {SBUF_INIT, SBUF_INIT}};
	const char *no_color = getenv("NO_COLOR"); /* no-color.org */
	bool color = o->color && !(no_color && *no_color);
	struct ctr_logs_opts lo = {.tail = -1};
	int r = parse_times(o, &lo, err);

	for (size_t i = 0; i < ids->n && !r; i++) {
		struct ctr ctr;

		r = ctr_load(c, ids->v[i], &ctr, err);
		if (r)
			break;
		logs[i].log = ctr_logs_open(c, &ctr, &lo, err);
		logs[i].color = color ? colors[i % ARRAY_SIZE(colors)] : NULL;
		ctr_done(&ctr);
		r = logs[i].log ? drain(&s, &logs[i], err) : -1;
	}
	if (!r && o->follow)
		r = follow(c, &s, logs, ids->n, err);
	/* a last line without its end leaves no terminal coloured */
	for (size_t i = 0; i < ids->n && !r; i++)
		for (int k = 0; k < 2; k++)
			if (logs[i].color && logs[i].in_line[k])
				sbuf_addstr(&s.out[k], "\033[0m");
	if (!r)
		r = flush(&s, err);
	sbuf_done(&s.out[0]);
	sbuf_done(&s.out[1]);
	return r;
}

static int run(struct context *c, const void *opt, int argc, char **argv, struct err *err)
{
	const struct logs_opts *o = opt;
	auto_svec struct svec ids = SVEC_INIT, names = SVEC_INIT;
	auto_free struct source *logs = NULL;
	int r;

	if (ctr_args_select(c, &o->select, argc, argv, false, &ids, &names, err) < 0)
		return -1;
	logs = xcalloc(ids.n, sizeof(*logs));
	r = show(c, o, &ids, logs, err);
	for (size_t i = 0; i < ids.n; i++)
		ctr_logs_free(logs[i].log);
	return r;
}

static const struct option_def *const groups[] = {rows, NULL};

const struct command cmd_logs = {
	.name = "logs",
	.args = "[options] CONTAINER [CONTAINER...]",
	.summary = "Print what containers wrote",
	.groups = groups,
	.opt_size = sizeof(struct logs_opts),
	.needs = CMD_STORE,
	.max_args = -1,
	.run = run,
};
