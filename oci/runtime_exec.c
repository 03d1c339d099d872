#include "oci/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/units.h"

struct exec_opts {
	const char *process, *cwd, *user, *pid_file, *console, *preserve;
	bool tty, detach, nnp, ignore_paused;
	struct svec env, caps, groups;
};

static int parse_ids(const char *text, struct spec_user *u, struct err *err)
{
	const char *colon = strchr(text, ':');
	auto_free char *first = colon ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
	uint64_t uid, gid = 0;

	/* V11: numbers only, and the whole of them */
	if (!units_parse_u64(first, &uid) || uid >= UINT32_MAX ||
		(colon && (!units_parse_u64(colon + 1, &gid) || gid >= UINT32_MAX)))
		return err_set(err, EK_USAGE, "--user: \"%s\" is not UID[:GID]", text);
	u->uid = (uint32_t)uid;
	u->gid = (uint32_t)gid;
	u->additional_gids.n = 0;
	return 0;
}

static int add_groups(const struct svec *groups, struct spec_user *u, struct err *err)
{
	for (size_t i = 0; i < groups->n; i++) {
		uint64_t gid;

		if (!units_parse_u64(groups->v[i], &gid) || gid >= UINT32_MAX)
			return err_set(err, EK_USAGE, "--additional-gids: \"%s\" is not a group id",
				groups->v[i]);
		spec_add_gid(u, (uint32_t)gid);
	}
	return 0;
}

static void add_caps(const struct svec *names, struct spec_process *p)
{
	if (!p->capabilities)
		p->capabilities = new0(struct spec_caps);
	for (size_t i = 0; i < names->n; i++) {
		struct svec *sets[] = {&p->capabilities->bounding, &p->capabilities->effective,
			&p->capabilities->permitted};

		for (size_t s = 0; s < ARRAY_SIZE(sets); s++)
			if (!svec_has(sets[s], names->v[i]))
				svec_add(sets[s], names->v[i]);
	}
}

/* The container's own process, changed by the options; or the document of --process. */
static int make_process(
	const struct exec_opts *o, char **cmd, struct spec_process *p, struct err *err)
{
	if (o->process) {
		auto_sbuf struct sbuf text = SBUF_INIT;
		int r = fs_read_file(AT_FDCWD, o->process, 1 << 20, &text);
		struct spec_process doc;

		if (r < 0)
			return err_neg(err, r, "read %s", o->process);
		if (spec_process_parse(text.buf, text.len, &doc, err) < 0)
			return -1;
		spec_process_done(p);
		*p = doc;
		return 0;
	}
	svec_done(&p->args);
	while (*cmd)
		svec_add(&p->args, *cmd++);
	p->terminal = o->tty;
	p->has_oom_score_adj = false;
	p->no_new_privileges |= o->nnp;
	if (o->cwd) {
		free(p->cwd);
		p->cwd = xstrdup(o->cwd);
	}
	for (size_t i = 0; i < o->env.n; i++) {
		const char *eq = strchr(o->env.v[i], '=');
		auto_free char *name =
			eq ? xstrndup(o->env.v[i], (size_t)(eq - o->env.v[i])) : NULL;

		if (!name || !*name)
			return err_set(
				err, EK_USAGE, "--env: \"%s\" is not NAME=VALUE", o->env.v[i]);
		svec_env_set(&p->env, name, eq + 1);
	}
	add_caps(&o->caps, p);
	if (o->user && parse_ids(o->user, &p->user, err) < 0)
		return -1;
	return add_groups(&o->groups, &p->user, err);
}

static int run_exec(struct runtime *r, const struct exec_opts *o, const struct runtime_state *st,
	int pidfd, char **cmd, struct err *err)
{
	struct spec_runtime s;
	struct rt_container c = RT_CONTAINER_INIT;
	auto_free int *preserve = NULL;
	auto_fd int cache = fd_open_dir(r->root_fd, ".seccomp");
	struct rt_exec_args a = {.target = pidfd,
		.target_pid = (pid_t)st->pid,
		.target_start = st->start_time,
		.spec = &s,
		.process = &s.process,
		.stdio = {0, 1, 2},
		.cache_fd = cache,
		.compiler = "/proc/self/exe",
		.cgroup = st->cgroup};
	int status = -1;

	spec_runtime_init(&s);
	if (runtime_state_spec(st, &s, err) < 0 || make_process(o, cmd, &s.process, err) < 0 ||
		runtime_preserve(o->preserve, &preserve, &a.npreserve, err) < 0)
		goto out;
	if (s.process.terminal && !o->console) {
		err_set(err, EK_USAGE,
			"--tty: --console-socket is needed to hand the terminal over");
		goto out;
	}
	a.preserve = preserve;
	if (rt_exec(&a, &c, err) < 0)
		goto out;
	if ((c.console >= 0 && runtime_send_console(o->console, c.console, err) < 0) ||
		runtime_write_pid(o->pid_file, c.pid, err) < 0)
		rt_done(&c);
	else
		status = o->detach ? 0 : runtime_wait(c.pid, c.pidfd);
out:
	spec_runtime_done(&s);
	return status;
}

static int with_state(
	struct runtime *r, const struct exec_opts *o, const char *id, char **cmd, struct err *err)
{
	auto_fd int dir = runtime_state_dir(r, id, err);
	auto_fd int pidfd = -1;
	struct runtime_state st;
	const char *status;
	int n = -1;

	if (dir < 0 || runtime_state_read(dir, &st, err) < 0)
		return -1;
	status = runtime_state_status(dir, &st, &pidfd);
	if (strcmp(status, "running") != 0)
		err_set(err, EK_INVALID, "container %s is %s, not running", id, status);
	else
		n = run_exec(r, o, &st, pidfd, cmd, err);
	runtime_state_done(&st);
	return n;
}

int runtime_exec(struct runtime *r, int argc, char **argv, struct err *err)
{
	struct exec_opts o = {.process = NULL};
	const struct runtime_opt opts[] = {{"--process", 'p', &o.process, NULL, NULL},
		{"--cwd", 0, &o.cwd, NULL, NULL}, {"--user", 'u', &o.user, NULL, NULL},
		{"--pid-file", 0, &o.pid_file, NULL, NULL},
		{"--console-socket", 0, &o.console, NULL, NULL},
		{"--preserve-fds", 0, &o.preserve, NULL, NULL}, {"--tty", 't', NULL, &o.tty, NULL},
		{"--detach", 'd', NULL, &o.detach, NULL}, {"--no-new-privs", 0, NULL, &o.nnp, NULL},
		{"--env", 'e', NULL, NULL, &o.env}, {"--cap", 'c', NULL, NULL, &o.caps},
		{"--additional-gids", 'g', NULL, NULL, &o.groups}};
	int n = runtime_options(opts, ARRAY_SIZE(opts), argc, argv, err), status = -1;

	if (n >= 0 && (n == argc || (n + 1 == argc && !o.process)))
		err_set(err, EK_USAGE, "exec: a container id and a command are needed");
	else if (n >= 0)
		status = with_state(r, &o, argv[n], argv + n + 1, err);
	svec_done(&o.env);
	svec_done(&o.caps);
	svec_done(&o.groups);
	return status;
}
