#include "podlite/cmd/recreate.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "podlite/called.h"
#include "podlite/cmd/cmd.h"
#include "podlite/global.h"

#define OUTPUT_MAX (64u << 10)

static int unknown(const struct ctr_record *r, struct err *err)
{
	return err_set(err, EK_UNSUPPORTED, "container %s: the command that made it is not known; remove it and run it anew", r->name);
}

/* How many of argv[0..n) are options and their values. The parser moves words: it gets a list of its own. */
int recreate_options(const struct option_def *const *groups, void *opt, char *const *words, size_t n, size_t *ret,
	struct svec *ret_given, struct err *err)
{
	auto_free char **copy = xcalloc(n + 1, sizeof(*copy)); /* the parser moves words */
	bool help = false;
	int left = 0, r;

	if (n)
		memcpy(copy, words, n * sizeof(*copy));
	r = options_parse(groups, opt, (int)n, copy, true, &left, &help, ret_given, err);
	*ret = n - (size_t)left;
	return r;
}

int recreate_parse(const struct ctr_record *r, struct recreate_parts *ret, struct err *err)
{
	struct global_opts g = {.context = CONTEXT_INIT};
	const struct svec *words = &r->create_command;
	const struct command *cmd;
	auto_free char *path = NULL;
	auto_free void *opt = NULL;
	char **argv, *end;
	size_t n = 0;
	int argc, bad;

	if (words->n < 3)
		return unknown(r, err);
	bad = recreate_options(global_options, &g, words->v + 1, words->n - 1, &n, NULL, err);
	options_done(global_options, &g);
	if (bad)
		return -1;
	ret->verb = 1 + n;
	argc = (int)(words->n - ret->verb);
	argv = words->v + ret->verb;
	cmd = command_find(command_table, &argc, &argv, &path, err);
	if (!cmd)
		return -1;
	end = strrchr(path, ' ');
	ret->creates = end && !strcmp(end, " create");
	if (!ret->creates && !(end && !strcmp(end, " run")))
		return unknown(r, err);
	ret->first = words->n - (size_t)argc;
	opt = xcalloc(1, cmd->opt_size);
	bad = recreate_options(cmd->groups, opt, argv, (size_t)argc, &n, NULL, err);
	options_done(cmd->groups, opt);
	ret->image = ret->first + n;
	if (n && !strcmp(words->v[ret->image - 1], "--"))
		ret->image--;
	return bad;
}

static void new_command(const struct ctr_record *r, const struct recreate_parts *p, struct svec *ret)
{
	for (size_t i = 0; i < p->image; i++)
		svec_add(ret, r->create_command.v[i]);
	svec_add(ret, "--replace");
	svec_add(ret, "--name");
	svec_add(ret, r->name);
	svec_add(ret, "--pull=missing"); /* whoever wants a newer image has pulled it */
	if (!p->creates)
		svec_add(ret, "--detach");
	for (size_t i = p->image; i < r->create_command.n; i++)
		svec_add(ret, r->create_command.v[i]);
}

static int run_podlite(struct svec *words, const char *dir, struct err *err)
{
	auto_free char *self = fs_readlink(AT_FDCWD, "/proc/self/exe");
	auto_sbuf struct sbuf complaint = SBUF_INIT, out = SBUF_INIT;
	struct proc_spec spec = {.path = self, .argv = svec_argv(words), .dir = dir};
	const char *text, *prefix = called_prefix(words->v[0]);
	int r;

	if (!self)
		return err_sys(err, "find podlite itself");
	if (dir && access(dir, X_OK) < 0)
		return err_sys(err, "enter %s, where the container was made", dir);
	r = proc_capture(&spec, OUTPUT_MAX, &out, &complaint, err);
	if (r <= 0)
		return r;
	text = sbuf_last_line(&complaint);
	if (!strncmp(text, prefix, strlen(prefix)))
		text += strlen(prefix);
	return err_set(err, EK_SYSTEM, "%s", *text ? text : "it ended at once");
}

int recreate(const struct ctr_record *r, struct err *err)
{
	auto_svec struct svec command = SVEC_INIT, start = SVEC_INIT;
	struct recreate_parts p = {0};

	if (recreate_parse(r, &p, err) < 0)
		return -1;
	new_command(r, &p, &command);
	if (run_podlite(&command, r->create_dir, err) < 0)
		return err_wrap(err, "container %s", r->name);
	if (!p.creates)
		return 0;
	for (size_t i = 0; i < p.verb; i++)
		svec_add(&start, r->create_command.v[i]);
	svec_add(&start, "start");
	svec_add(&start, r->name);
	return run_podlite(&start, NULL, err) < 0 ? err_wrap(err, "container %s", r->name) : 0;
}
