#include "oci/runtime.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"

/* runc's members in runc's order; the specification's five are among them. */
static struct jval *state_json(const struct runtime_target *t)
{
	const struct runtime_state *st = &t->st;
	struct jval *v = jval_new_object();

	jval_set_str(v, "ociVersion", st->oci_version);
	jval_set_str(v, "id", st->id);
	jval_set_int(v, "pid", t->pidfd >= 0 ? st->pid : 0);
	jval_set_str(v, "status", t->status);
	jval_set_str(v, "bundle", st->bundle);
	jval_set_str(v, "rootfs", st->rootfs ? st->rootfs : "");
	jval_set_str(v, "created", st->created);
	if (st->annotations.n) {
		struct jval *notes = jval_new_object();

		for (size_t i = 0; i < st->annotations.n; i++) {
			const char *eq = strchr(st->annotations.v[i], '=');
			auto_free char *key =
				xstrndup(st->annotations.v[i], (size_t)(eq - st->annotations.v[i]));

			jval_set_str(notes, key, eq + 1);
		}
		jval_set(v, "annotations", notes);
	}
	jval_set_str(v, "owner", st->owner);
	return v;
}

int runtime_query_state(struct runtime *r, int argc, char **argv, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *v = NULL;
	struct runtime_target t;
	int n;

	if (runtime_target_args(r, NULL, 0, argc, argv, 0, &n, &t, err) < 0)
		return -1;
	v = state_json(&t);
	runtime_target_done(&t);
	jval_print_indent(v, 2, &text);
	printf("%s\n", text.buf);
	return 0;
}

static struct jval *all_states(struct runtime *r)
{
	struct jval *list = jval_new_array();
	auto_dir DIR *d = fs_dir(fd_open_dir(r->root_fd, "."));
	const char *name;

	while ((name = fs_dir_next(d))) {
		struct err ignored = ERR_INIT;
		struct runtime_target t;

		/* one that is being made or removed is not there yet, or no more */
		if (name[0] == '.' || runtime_target_open(r, name, &t, &ignored) < 0)
			continue;
		jval_add(list, state_json(&t));
		runtime_target_done(&t);
	}
	return list;
}

static const struct {
	const char *title, *key;
} columns[] = {{"ID", "id"}, {"PID", "pid"}, {"STATUS", "status"}, {"BUNDLE", "bundle"},
	{"CREATED", "created"}, {"OWNER", "owner"}};

static const char *cell(const struct jval *v, size_t c, char buf[24])
{
	if (strcmp(columns[c].key, "pid") != 0)
		return jval_get_str(v, columns[c].key, "");
	snprintf(buf, 24, "%lld", (long long)jval_get_int(v, "pid", 0));
	return buf;
}

/* As Go's tabwriter in runc: cells of at least 12, three blanks after the longest. */
static void print_table(const struct jval *list)
{
	enum { N = ARRAY_SIZE(columns) };
	size_t width[N];
	char buf[24];

	for (size_t c = 0; c < N; c++) {
		width[c] = MAX_OF((size_t)12, strlen(columns[c].title) + 3);
		for (size_t i = 0; i < jval_len(list); i++)
			width[c] = MAX_OF(width[c], strlen(cell(jval_at(list, i), c, buf)) + 3);
	}
	for (size_t i = 0; i <= jval_len(list); i++)
		for (size_t c = 0; c < N; c++) {
			const char *text =
				i ? cell(jval_at(list, i - 1), c, buf) : columns[c].title;

			if (c + 1 < N)
				printf("%-*s", (int)width[c], text);
			else
				printf("%s\n", text);
		}
}

int runtime_query_list(struct runtime *r, int argc, char **argv, struct err *err)
{
	const char *format = "table";
	bool quiet = false;
	const struct runtime_opt opts[] = {
		{"--format", 'f', &format, NULL, NULL}, {"--quiet", 'q', NULL, &quiet, NULL}};
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *list = NULL;
	int n = runtime_options(opts, ARRAY_SIZE(opts), argc, argv, err);

	if (n < 0)
		return -1;
	if (n != argc)
		return err_set(err, EK_USAGE, "\"list\" requires exactly 0 argument(s)");
	if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
		return err_set(err, EK_USAGE, "invalid format option: \"%s\" is neither table nor json",
			format);
	if (runtime_state_root(r, err) < 0)
		return -1;
	list = all_states(r);
	for (size_t i = 0; quiet && i < jval_len(list); i++)
		printf("%s\n", jval_get_str(jval_at(list, i), "id", ""));
	if (quiet)
		return 0;
	if (!strcmp(format, "table")) {
		print_table(list);
		return 0;
	}
	jval_print(list, false, &text);
	/* Go's empty list, which is what readers of this output have seen so far */
	puts(jval_len(list) ? text.buf : "null");
	return 0;
}

/* ---- ps ---- */

static bool is_ours(const char *line, size_t column, const pid_t *pids, size_t n)
{
	pid_t pid = 0;

	for (size_t c = 0; c <= column; c++) {
		line += strspn(line, " ");
		pid = (pid_t)strtol(line, NULL, 10);
		line += strcspn(line, " ");
	}
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* Which column of ps's header is PID, or -1. */
static int pid_column(const char *header)
{
	for (int c = 0;; c++) {
		size_t len;

		header += strspn(header, " ");
		len = strcspn(header, " ");
		if (!len)
			return -1;
		if (len == 3 && !strncmp(header, "PID", 3))
			return c;
		header += len;
	}
}

/* ps(1) of the host with the caller's options (-ef without), its lines picked by pid. */
static int ps_table(const pid_t *pids, size_t n, char **more, struct err *err)
{
	auto_free char *ps = proc_find_program("ps");
	auto_svec struct svec args = SVEC_INIT, lines = SVEC_INIT;
	auto_sbuf struct sbuf out = SBUF_INIT;
	struct proc_spec spec = {.path = ps};
	int column;

	if (!ps)
		return err_set(err, EK_NOT_FOUND, "ps: no program ps in $PATH");
	svec_add(&args, "ps");
	for (char **a = more; *a; a++)
		svec_add(&args, *a);
	if (!*more)
		svec_add(&args, "-ef");
	spec.argv = svec_argv(&args);
	if (proc_capture(&spec, 16 << 20, &out, NULL, err) != 0)
		return err->kind ? -1 : err_set(err, EK_INVALID, "ps: %s fails with these options", ps);
	svec_add_split(&lines, out.buf, '\n');
	column = pid_column(lines.v[0]);
	if (column < 0)
		return err_set(err, EK_INVALID, "couldn't find PID field in ps output");
	puts(lines.v[0]);
	for (size_t i = 1; i < lines.n; i++)
		if (is_ours(lines.v[i], (size_t)column, pids, n))
			puts(lines.v[i]);
	return 0;
}

int runtime_query_ps(struct runtime *r, int argc, char **argv, struct err *err)
{
	const char *format = "table";
	const struct runtime_opt opts[] = {{"--format", 'f', &format, NULL, NULL}};
	auto_free pid_t *pids = NULL;
	struct runtime_target t;
	size_t count = 0;
	int n, res;

	if (runtime_target_args(r, opts, ARRAY_SIZE(opts), argc, argv, argc, &n, &t, err) < 0)
		return -1;
	res = runtime_procs_list(&t, &pids, &count, err);
	runtime_target_done(&t);
	if (res < 0)
		return -1;
	if (!strcmp(format, "table"))
		return ps_table(pids, count, argv + n + 1, err);
	if (strcmp(format, "json") != 0)
		return err_set(err, EK_USAGE, "invalid format option: \"%s\" is neither table nor json",
			format);
	printf("[");
	for (size_t i = 0; i < count; i++)
		printf("%s%d", i ? "," : "", (int)pids[i]);
	puts("]");
	return 0;
}
