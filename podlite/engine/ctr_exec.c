#include "podlite/engine/ctr_exec.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/proc.h"
#include "common/relay.h"
#include "common/rootfd.h"
#include "common/tty.h"
#include "oci/rt.h"
#include "podlite/engine/ctr_exec_apart.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/events.h"
#include "podlite/engine/specgen_user.h"

/* The three ends on our side of pipes that are relayed; -1 where the process has ours. */
struct wires {
	int inside[3]; /* given to the process */
	int outside[3];
	bool ours[3];  /* inside[i] is our own descriptor i: not to be closed */
};

/* May the container hold this descriptor of ours itself? A pipe says nothing but its bytes;
 * a terminal or a file could be reopened through /proc/self/fd. */
static bool may_hand_on(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	return S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

static int wire(struct wires *w, int i, struct err *err)
{
	int p[2], r;

	if (may_hand_on(i)) {
		w->inside[i] = i;
		w->ours[i] = true;
		return 0;
	}
	r = fd_pipe(p);
	if (r < 0)
		return err_neg(err, r, "exec: pipe");
	w->inside[i] = i ? p[1] : p[0];
	w->outside[i] = i ? p[0] : p[1];
	return 0;
}

static int wire_all(struct wires *w, const struct exec_opts *o, struct err *err)
{
	if (o->detach || o->tty)
		return 0;
	for (int i = 0; i < 3; i++)
		if ((i || o->interactive) && wire(w, i, err) < 0)
			return -1;
	return 0;
}

static void close_inside(struct wires *w)
{
	for (int i = 0; i < 3; i++) {
		if (!w->ours[i])
			fd_close(w->inside[i]);
		w->inside[i] = -1;
	}
}

/* Another user: ids by the container's own files; away from root nothing but the bounding set is
 * kept, as for the container's first process (threats.md V10). */
static int set_user(struct context *c, const struct ctr *ctr, const char *user, struct spec_process *p, struct err *err)
{
	auto_free struct specgen_ids *ids = new0(struct specgen_ids);
	auto_sbuf struct sbuf passwd = SBUF_INIT, group = SBUF_INIT;
	auto_svec struct svec none = SVEC_INIT;
	struct ctr_root root;
	bool has_passwd, has_group;
	int r;

	if (ctr_open_root(c, ctr, &root, err) < 0)
		return -1;
	has_passwd = rootfd_read_file(root.fd, "etc/passwd", SPECGEN_USER_FILE_MAX, &passwd) == 0;
	has_group = rootfd_read_file(root.fd, "etc/group", SPECGEN_USER_FILE_MAX, &group) == 0;
	ctr_close_root(&root);
	r = specgen_user_resolve(user, has_passwd ? passwd.buf : NULL, has_group ? group.buf : NULL, &none, ids, err);
	if (r < 0)
		return -1;
	p->user.uid = ids->uid;
	p->user.gid = ids->gid;
	p->user.additional_gids.n = 0;
	for (size_t i = 0; i < ids->ngids; i++)
		spec_add_gid(&p->user, ids->gids[i]);
	if (ids->home)
		svec_env_set(&p->env, "HOME", ids->home);
	specgen_user_done(ids);
	if (!p->capabilities)
		return 0;
	svec_done(&p->capabilities->effective);
	svec_done(&p->capabilities->permitted);
	svec_done(&p->capabilities->inheritable);
	svec_done(&p->capabilities->ambient);
	if (!p->user.uid) {
		svec_add_all(&p->capabilities->effective, &p->capabilities->bounding);
		svec_add_all(&p->capabilities->permitted, &p->capabilities->bounding);
	}
	return 0;
}

/* The process as asked: the container's own one with what the caller changed. */
static int make_process(struct context *c, const struct ctr *ctr, const struct exec_opts *o,
	struct spec_process *p, struct err *err)
{
	svec_done(&p->args);
	for (char *const *a = o->argv; *a; a++)
		svec_add(&p->args, *a);
	p->terminal = o->tty && !o->detach;
	if (p->terminal && !svec_env_get(&p->env, "TERM"))
		svec_env_set(&p->env, "TERM", "xterm");
	if (o->workdir) {
		free(p->cwd);
		/* as podman: from the root */
		p->cwd = xasprintf("%s%s", o->workdir[0] == '/' ? "" : "/", o->workdir);
	}
	if (o->user && set_user(c, ctr, o->user, p, err) < 0)
		return -1;
	for (size_t i = 0; i < o->env->n; i++) {
		auto_free char *name = xstrndup(o->env->v[i], strcspn(o->env->v[i], "="));

		svec_env_set(&p->env, name, strchr(o->env->v[i], '=') + 1);
	}
	return 0;
}

static int relay_pipes(const struct wires *w, struct rt_container *k, struct err *err)
{
	enum relay_end end;
	struct relay r = {
		.ways = {{w->outside[0] >= 0 ? 0 : -1, w->outside[0], true, true, NULL},
			{w->outside[1], 1, false, false, NULL}, {w->outside[2], 2, false, false, NULL}},
		.pidfd = k->pidfd,
		.console = -1,
		.size_from = -1,
		.forward_signals = true,
	};

	return relay_run(&r, &end, err);
}

static int relay_terminal(struct rt_container *k, const struct exec_opts *o, bool *ret_detached, struct err *err)
{
	struct tty saved = TTY_INIT;
	enum relay_end end = RELAY_EXITED;
	char keys[16];
	struct relay r = {
		.ways = {{o->interactive ? 0 : -1, k->console, false, true, keys},
			{k->console, 1, false, false, NULL}, {-1, -1, false, false, NULL}},
		.pidfd = k->pidfd,
		.console = k->console,
		.size_from = 0,
		.forward_signals = true,
	};
	int e;

	if (relay_parse_keys(o->detach_keys, keys, err) < 0)
		return -1;
	/* without a terminal of our own the command still gets one, as podman does */
	if (o->interactive && isatty(0) && tty_raw(0, &saved) < 0)
		return err_set(err, EK_SYSTEM, "exec: cannot set the terminal to raw mode");
	e = relay_run(&r, &end, err);
	tty_restore(&saved);
	*ret_detached = end == RELAY_DETACHED;
	return e;
}

/* Detached from by keys: what it goes on to write is read by nobody, and must not stop it. */
static void drain(const struct rt_container *k)
{
	struct pollfd p[] = {{k->console, POLLIN, 0}, {k->pidfd, POLLIN, 0}};
	char drop[4096];

	while (!p[1].revents && poll(p, ARRAY_SIZE(p), -1) >= 0)
		if (p[0].revents && read(k->console, drop, sizeof(drop)) <= 0)
			p[0].fd = -1;
}

/* 3, 4, ... up to the last bit; -1 where there is none. */
static size_t preserve_list(uint64_t mask, int ret[64])
{
	size_t n = 0;

	for (int fd = 3; fd < 64 && mask >> fd; fd++)
		ret[n++] = mask >> fd & 1 ? fd : -1;
	return n;
}

/* The client returns, and reports for himself. */
static void let_go(struct context *c, const struct exec_opts *o)
{
	fd_closep(&c->status);
	ctr_exec_apart_let_go(o->told);
}

/* before: the mask of signals for whoever has let the client go. */
static int run_process(struct context *c, const struct ctr *ctr, const struct spec_runtime *spec,
	const struct exec_opts *o, const sigset_t *before, struct wires *w, int *ret_code, struct err *err)
{
	auto_free char *compiler = xasprintf("%s/podlite-runtime", c->bindir),
		       *bundle = xasprintf("%s/containers/%s", c->store.root, ctr->rec.id);
	auto_fd int target = proc_open_pidfd((pid_t)ctr->state.pid, ctr->state.pid_start);
	struct rt_container k = RT_CONTAINER_INIT;
	int preserve[64];
	bool detached = false;
	int r = 0;
	struct rt_exec_args a = {
		.target = target,
		.target_pid = (pid_t)ctr->state.pid,
		.target_start = ctr->state.pid_start,
		.id = ctr->rec.id,
		.bundle = bundle,
		.spec = spec,
		.process = &spec->process,
		.stdio = {w->inside[0], w->inside[1], w->inside[2]},
		.preserve = preserve,
		.npreserve = preserve_list(o->preserve, preserve),
		.cache_fd = c->store.cache,
		.compiler = compiler,
		.cgroup = ctr->state.cgroup,
		.death_signal = o->interactive && !o->detach ? SIGKILL : 0,
		.privileged = o->privileged,
	};

	if (target < 0)
		return err_set(err, EK_INVALID, "container %s has just ended", ctr->rec.name);
	if (spec->process.terminal && tty_size(0, &a.rows, &a.cols) < 0)
		a.rows = a.cols = 0;
	if (rt_exec(&a, &k, err) < 0) {
		/* a working directory that is not there is the command line's fault, as the command's name */
		if (o->workdir && err->sys == ENOENT)
			err->kind = EK_NO_COMMAND;
		else if (o->workdir && err->sys == ENOTDIR)
			err->kind = EK_NOT_EXECUTABLE;
		return err_wrap(err, "exec in %s", ctr->rec.name);
	}
	close_inside(w);
	events_ctr(c, &ctr->rec, "exec");
	if (o->detach)
		let_go(c, o);
	if (k.console >= 0)
		r = relay_terminal(&k, o, &detached, err);
	else if (!o->detach)
		r = relay_pipes(w, &k, err);
	if (!r && detached) {
		let_go(c, o);
		sigprocmask(SIG_SETMASK, before, NULL);
		drain(&k);
	}
	if (!r) {
		*ret_code = proc_wait(k.pid);
		c->status_is_containers = true;
		events_exec_died(c, &ctr->rec, *ret_code);
	}
	fd_close(k.pidfd);
	fd_close(k.console);
	return r;
}

/* In the foreground signals are the command's as soon as there is one. */
static int run_held(struct context *c, const struct ctr *ctr, const struct spec_runtime *spec, const struct exec_opts *o,
	struct wires *w, int *ret_code, struct err *err)
{
	sigset_t before;
	int r;

	if (o->detach)
		sigprocmask(SIG_SETMASK, NULL, &before);
	else
		relay_hold_signals(&before);
	r = run_process(c, ctr, spec, o, &before, w, ret_code, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int reach_cgroup(struct context *c, const struct ctr *ctr, struct err *err)
{
	auto_free char *helper = xasprintf("%s/podlite-runtime", c->bindir);

	return rt_cgroup_reach(ctr->state.cgroup, helper, err);
}

static int exec_here(struct context *c, const char *id, const struct exec_opts *o, int *ret_code, struct err *err)
{
	struct wires w = {{-1, -1, -1}, {-1, -1, -1}, {false, false, false}};
	struct spec_runtime spec;
	auto_fd int dir = -1;
	struct ctr ctr;
	int r = 0;

	if (ctr_load(c, id, &ctr, err) < 0)
		return -1;
	spec_runtime_init(&spec);
	if (ctr.status != CTR_RUNNING)
		r = err_set(err, EK_INVALID,
			"can only create exec sessions on running containers: %s is in state %s: container state improper",
			ctr.rec.name, ctr_status_text(ctr.status));
	if (!r)
		r = dir = ctr_open_dir(c, id, err);
	if (r >= 0)
		r = spec_runtime_read(dir, &spec, err);
	if (!r && ctr.state.cgroup)
		r = reach_cgroup(c, &ctr, err);
	if (!r)
		r = context_enter_userns(c, id, err);
	if (!r)
		r = make_process(c, &ctr, o, &spec.process, err);
	if (!r)
		r = wire_all(&w, o, err);
	if (!r)
		r = run_held(c, &ctr, &spec, o, &w, ret_code, err);
	close_inside(&w);
	spec_runtime_done(&spec);
	ctr_done(&ctr);
	return r < 0 ? -1 : 0;
}

struct apart {
	struct context *c;
	const char *id;
	struct exec_opts o;
};

static int exec_apart(void *arg, int told, int *ret_code, struct err *err)
{
	struct apart *a = arg;

	a->o.told = told;
	return exec_here(a->c, a->id, &a->o, ret_code, err);
}

int ctr_exec(struct context *c, const char *id, const struct exec_opts *o, int *ret_code, struct err *err)
{
	struct apart a = {c, id, *o};
	bool keys = o->tty && o->interactive && *o->detach_keys, ended;

	*ret_code = 0;
	if (!o->detach && !keys)
		return exec_here(c, id, o, ret_code, err);
	if (ctr_exec_apart(exec_apart, &a, ret_code, &ended, err) < 0)
		return -1;
	c->status_is_containers = ended;
	return 0;
}
