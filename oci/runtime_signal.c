#include "oci/runtime.h"

#include <poll.h>
#include <string.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/proc.h"
#include "oci/rt_hooks.h"

/* A command on one container: its state, opened and read. */
struct target {
	int dir, pidfd;
	struct runtime_state st;
	const char *status;
};

static int open_target(struct runtime *r, const char *id, struct target *t, struct err *err)
{
	t->pidfd = -1;
	t->dir = runtime_state_dir(r, id, err);
	if (t->dir < 0)
		return -1;
	if (runtime_state_read(t->dir, &t->st, err) < 0) {
		fd_close(t->dir);
		return -1;
	}
	t->status = runtime_state_status(t->dir, &t->st, &t->pidfd);
	return 0;
}

static int close_target(struct target *t, int r)
{
	fd_close(t->dir);
	fd_close(t->pidfd);
	runtime_state_done(&t->st);
	return r;
}

static int send_to(struct target *t, int sig, bool all, struct err *err)
{
	int r;

	if (all && sig == SIGKILL && t->st.cgroup)
		return rt_cgroup_kill(t->st.cgroup, err);
	/* --all without a cgroup: killing PID 1 of the pid namespace kills all of it */
	if (all && sig != SIGKILL)
		return err_set(err, EK_UNSUPPORTED, "kill --all: only for SIGKILL in this version");
	if (t->pidfd < 0)
		return err_set(err, EK_NOT_FOUND, "container %s is not running", t->st.id);
	r = proc_signal(t->pidfd, sig);
	return r < 0 ? err_neg(err, r, "signal container %s", t->st.id) : 0;
}

int runtime_signal_kill(struct runtime *r, int argc, char **argv, struct err *err)
{
	bool all = false;
	const struct runtime_opt opts[] = {{"--all", 'a', NULL, &all, NULL}};
	int n = runtime_options(opts, ARRAY_SIZE(opts), argc, argv, err), sig = SIGTERM;
	struct target t;

	if (n < 0)
		return -1;
	if (n + 1 != argc && n + 2 != argc)
		return err_set(err, EK_USAGE, "kill: a container id and a signal");
	if (n + 2 == argc)
		sig = proc_parse_signal(argv[n + 1]);
	if (sig < 0)
		return err_set(err, EK_USAGE, "kill: unknown signal \"%s\"", argv[n + 1]);
	if (open_target(r, argv[n], &t, err) < 0)
		return -1;
	return close_target(&t, send_to(&t, sig, all, err));
}

static void poststop(const struct target *t)
{
	auto_jval struct jval *state = NULL;
	struct err e = ERR_INIT;
	struct spec_runtime s;

	spec_runtime_init(&s);
	if (runtime_state_spec(&t->st, &s, &e) < 0)
		return; /* the bundle may be gone by now */
	state = rt_hooks_state(t->st.id, "stopped", 0, t->st.bundle, &s);
	if (rt_hooks_run(&s.hooks.poststop, "poststop", state, &e) < 0)
		log_warn("%s", e.msg);
	spec_runtime_done(&s);
}

static int end_it(struct target *t, bool force, struct err *err)
{
	struct pollfd p = {.fd = t->pidfd, .events = POLLIN};

	if (t->pidfd < 0)
		return 0;
	if (!force && strcmp(t->status, "created") != 0)
		return err_set(err, EK_IN_USE, "container %s is %s; stop it first, or use --force",
			t->st.id, t->status);
	proc_signal(t->pidfd, SIGKILL);
	if (poll(&p, 1, 10000) <= 0)
		return err_set(err, EK_SYSTEM,
			"container %s does not end within 10 seconds of SIGKILL", t->st.id);
	return 0;
}

int runtime_signal_delete(struct runtime *r, int argc, char **argv, struct err *err)
{
	bool force = false;
	const struct runtime_opt opts[] = {{"--force", 'f', NULL, &force, NULL}};
	int n = runtime_options(opts, ARRAY_SIZE(opts), argc, argv, err), res;
	struct target t;

	if (n < 0)
		return -1;
	if (n + 1 != argc)
		return err_set(err, EK_USAGE, "delete: exactly one container id is needed");
	if (open_target(r, argv[n], &t, err) < 0)
		return force && err->kind == EK_NOT_FOUND ? 0 : -1;
	if (end_it(&t, force, err) < 0)
		return close_target(&t, -1);
	if (rt_cgroup_kill(t.st.cgroup, NULL) < 0)
		log_debug("cgroup %s is gone", t.st.cgroup);
	if (rt_cgroup_remove(t.st.cgroup, err) < 0)
		return close_target(&t, -1);
	poststop(&t);
	res = fs_remove_tree(r->root_fd, t.st.id);
	return close_target(
		&t, res < 0 ? err_neg(err, res, "remove the state of container %s", t.st.id) : 0);
}

static int freeze(struct runtime *r, int argc, char **argv, bool on, struct err *err)
{
	int n = runtime_options(NULL, 0, argc, argv, err);
	struct target t;

	if (n < 0)
		return -1;
	if (n + 1 != argc)
		return err_set(err, EK_USAGE, "%s: exactly one container id is needed", argv[0]);
	if (open_target(r, argv[n], &t, err) < 0)
		return -1;
	if (t.pidfd < 0) {
		err_set(err, EK_NOT_FOUND, "container %s is not running", argv[n]);
		return close_target(&t, -1);
	}
	return close_target(&t, rt_cgroup_freeze(t.st.cgroup, on, err));
}

int runtime_signal_pause(struct runtime *r, int argc, char **argv, struct err *err)
{
	return freeze(r, argc, argv, true, err);
}

int runtime_signal_resume(struct runtime *r, int argc, char **argv, struct err *err)
{
	return freeze(r, argc, argv, false, err);
}
