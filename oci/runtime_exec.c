#include "oci/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/relay.h"
#include "common/units.h"

struct exec_opts {
	const char *process, *cwd, *user, *pid_file, *console, *preserve, *apparmor, *label;
	bool tty, detach, nnp, ignore_paused;
	struct svec env, caps, groups, cgroups;
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
	if (colon)
		u->gid = (uint32_t)gid;
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

static void replace(char **member, const char *value)
{
	if (!value)
		return;
	free(*member);
	*member = xstrdup(value);
}

/* A cgroup below the container's, as "[CONTROLLERS:]PATH"; version 2 has one hierarchy, so names of
 * controllers are refused. NULL with err. */
static char *sub_cgroup(const struct runtime_state *st, const struct svec *paths, struct err *err)
{
	auto_free char *absolute = NULL, *clean = NULL;

	if (!paths->n)
		return xstrdup(st->cgroup);
	absolute = xasprintf("/%s", paths->v[0]);
	clean = fs_clean(absolute);
	if (paths->n > 1 || strchr(paths->v[0], ':'))
		err_set(err, EK_UNSUPPORTED, "--cgroup %s: one path, without controllers (cgroup v2)",
			paths->v[paths->n - 1]);
	else if (!st->cgroup)
		err_set(err, EK_UNSUPPORTED, "--cgroup %s: the container has no cgroup of its own",
			paths->v[0]);
	else
		return xasprintf("%s%s", st->cgroup, strcmp(clean, "/") ? clean : "");
	return NULL;
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
	replace(&p->cwd, o->cwd);
	replace(&p->apparmor_profile, o->apparmor);
	replace(&p->selinux_label, o->label);
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

static int run_exec(struct runtime *r, const struct exec_opts *o, const struct runtime_target *t,
	char **cmd, struct err *err)
{
	const struct runtime_state *st = &t->st;
	struct spec_runtime s;
	struct rt_container c = RT_CONTAINER_INIT;
	auto_free int *preserve = NULL;
	auto_fd int cache = fd_open_dir(r->root_fd, ".seccomp");
	struct rt_exec_args a = {.target = t->pidfd,
		.target_pid = (pid_t)st->pid,
		.target_start = st->start_time,
		.id = st->id,
		.bundle = st->bundle,
		.spec = &s,
		.process = &s.process,
		.stdio = {0, 1, 2},
		.cache_fd = cache,
		.compiler = "/proc/self/exe"};
	auto_free char *cgroup = sub_cgroup(st, &o->cgroups, err);
	int status = -1;

	spec_runtime_init(&s);
	a.cgroup = cgroup;
	a.cgroup1 = &st->cgroup1;
	if ((o->cgroups.n && !cgroup) || runtime_state_spec(t->dir, &s, err) < 0 || make_process(o, cmd, &s.process, err) < 0 ||
		runtime_preserve(o->preserve, &preserve, &a.npreserve, err) < 0)
		goto out;
	if (s.process.terminal && !o->console && o->detach) {
		err_set(err, EK_USAGE,
			"cannot allocate tty if runc will detach without setting console socket: "
			"--console-socket is needed to hand the terminal over");
		goto out;
	}
	a.preserve = preserve;
	if (!o->detach)
		relay_hold_signals(NULL);
	if (rt_exec(&a, &c, err) < 0)
		goto out;
	if ((c.console >= 0 && o->console && runtime_send_console(o->console, c.console, err) < 0) ||
		runtime_write_pid(o->pid_file, c.pid, err) < 0)
		rt_done(&c);
	else
		status = o->detach ? 0
			 : c.console >= 0 && !o->console
				 ? runtime_tty_wait(c.pid, c.pidfd, c.console)
				 : runtime_wait(c.pid, c.pidfd);
out:
	spec_runtime_done(&s);
	return status;
}

/* A created container may be entered too, by root: engines do, between create and start. */
static int check_status(const struct runtime_target *t, const struct exec_opts *o, struct err *err)
{
	if (t->pidfd < 0)
		return err_set(err, EK_INVALID, "cannot exec in a stopped container: %s", t->st.id);
	/* it is closed to everybody but root until exec: it holds what the container must not get */
	if (!strcmp(t->status, "created") && geteuid() != 0)
		return err_set(err, EK_UNSUPPORTED,
			"cannot exec in a created container without being root: %s", t->st.id);
	if (!strcmp(t->status, "paused") && !o->ignore_paused)
		return err_set(err, EK_INVALID,
			"cannot exec in a paused container (use --ignore-paused to override): %s",
			t->st.id);
	return 0;
}

static int with_state(
	struct runtime *r, const struct exec_opts *o, const char *id, char **cmd, struct err *err)
{
	struct runtime_target t;
	int n;

	if (runtime_target_open(r, id, &t, err) < 0)
		return -1;
	n = check_status(&t, o, err) < 0 ? -1 : run_exec(r, o, &t, cmd, err);
	runtime_target_done(&t);
	return n;
}

int runtime_exec(struct runtime *r, int argc, char **argv, struct err *err)
{
	struct exec_opts o = {.process = NULL};
	const struct runtime_opt opts[] = {{"--process", 'p', &o.process, NULL, NULL},
		{"--cwd", 0, &o.cwd, NULL, NULL}, {"--user", 'u', &o.user, NULL, NULL},
		{"--pid-file", 0, &o.pid_file, NULL, NULL},
		{"--console-socket", 0, &o.console, NULL, NULL},
		{"--preserve-fds", 0, &o.preserve, NULL, NULL},
		{"--apparmor", 0, &o.apparmor, NULL, NULL},
		{"--process-label", 0, &o.label, NULL, NULL},
		{"--ignore-paused", 0, NULL, &o.ignore_paused, NULL},
		{"--cgroup", 0, NULL, NULL, &o.cgroups}, {"--tty", 't', NULL, &o.tty, NULL},
		{"--detach", 'd', NULL, &o.detach, NULL}, {"--no-new-privs", 0, NULL, &o.nnp, NULL},
		{"--env", 'e', NULL, NULL, &o.env}, {"--cap", 'c', NULL, NULL, &o.caps},
		{"--additional-gids", 'g', NULL, NULL, &o.groups}};
	int n = runtime_options(opts, ARRAY_SIZE(opts), argc, argv, err), status = -1;

	if (n >= 0 && (n == argc || (n + 1 == argc && !o.process)))
		err_set(err, EK_USAGE, "\"exec\" requires a container id, and a command or --process");
	else if (n >= 0)
		status = with_state(r, &o, argv[n], argv + n + 1, err);
	svec_done(&o.env);
	svec_done(&o.caps);
	svec_done(&o.groups);
	svec_done(&o.cgroups);
	return status;
}
