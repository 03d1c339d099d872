#include "oci/runtime.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/proc.h"
#include "common/units.h"
#include "oci/rt_hooks.h"

/* By number or name; unlike elsewhere 0 is one, which only asks whether the process is there. */
static int parse_signal(const char *text)
{
	uint64_t n;

	if (units_parse_u64(text, &n))
		return n <= 64 ? (int)n : -1;
	return proc_parse_signal(text);
}

static int signal_all(const struct runtime_target *t, int sig, struct err *err)
{
	auto_free pid_t *pids = NULL;
	size_t n = 0;

	if (sig == SIGKILL && (t->st.cgroup || t->st.cgroup1.n))
		return runtime_procs_kill(t, err);
	if (runtime_procs_list(t, &pids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		auto_fd int fd = proc_open_pidfd(pids[i], 0);

		/* one that has ended meanwhile needs no signal */
		if (fd >= 0 && proc_signal(fd, sig) == -EPERM)
			return err_set(err, EK_DENIED, "signal process %d of container %s: not permitted",
				(int)pids[i], t->st.id);
	}
	return 0;
}

static int send_to(const struct runtime_target *t, int sig, bool all, struct err *err)
{
	int r;

	if (all)
		return signal_all(t, sig, err);
	if (t->pidfd < 0)
		return err_set(err, EK_NOT_FOUND, "container not running: %s has stopped", t->st.id);
	r = proc_signal(t->pidfd, sig);
	return r < 0 ? err_neg(err, r, "unable to signal init of container %s", t->st.id) : 0;
}

int runtime_signal_kill(struct runtime *r, int argc, char **argv, struct err *err)
{
	bool all = false;
	const struct runtime_opt opts[] = {{"--all", 'a', NULL, &all, NULL}};
	int n, res, sig = SIGTERM;
	struct runtime_target t;

	if (runtime_target_args(r, opts, ARRAY_SIZE(opts), argc, argv, 1, &n, &t, err) < 0)
		return -1;
	if (n + 1 < argc)
		sig = parse_signal(argv[n + 1]);
	res = sig < 0 ? err_set(err, EK_USAGE, "unknown signal \"%s\"", argv[n + 1])
		      : send_to(&t, sig, all, err);
	runtime_target_done(&t);
	return res;
}

static void poststop(const struct runtime_target *t)
{
	auto_jval struct jval *state = NULL;
	struct err e = ERR_INIT;
	struct spec_runtime s;

	spec_runtime_init(&s);
	if (runtime_state_spec(t->dir, &s, &e) < 0)
		return;
	state = rt_hooks_state(t->st.id, "stopped", 0, t->st.bundle, &s);
	if (rt_hooks_run(&s.hooks.poststop, "poststop", state, &e) < 0)
		log_warn("%s", e.msg);
	spec_runtime_done(&s);
}

static int end_it(struct runtime_target *t, bool force, struct err *err)
{
	if (t->pidfd < 0)
		return 0;
	if (!force && strcmp(t->status, "created") != 0)
		return err_set(err, EK_IN_USE,
			"cannot delete container %s that is not stopped: %s", t->st.id, t->status);
	proc_signal(t->pidfd, SIGKILL);
	/* a frozen process cannot die (cgroup v1), or not before it is thawed */
	if (!strcmp(t->status, "paused") && runtime_procs_freeze(t, false, err) < 0)
		return -1;
	if (!proc_ends_within(t->pidfd, 10000))
		return err_set(err, EK_SYSTEM,
			"container %s does not end within 10 seconds of SIGKILL", t->st.id);
	return 0;
}

/* The order of the specification: processes, what create made, then the hooks. */
static int delete(struct runtime *r, struct runtime_target *t, bool force, struct err *err)
{
	int n;

	if (end_it(t, force, err) < 0)
		return -1;
	if (runtime_procs_kill(t, NULL) < 0)
		log_debug("the cgroup of %s is gone", t->st.id);
	if (rt_cgroup_remove(t->st.cgroup, err) < 0)
		return -1;
	rt_cgroup1_remove(&t->st.cgroup1);
	poststop(t);
	n = fs_remove_tree(r->root_fd, t->st.id);
	return n < 0 ? err_neg(err, n, "remove the state of container %s", t->st.id) : 0;
}

/* --force also takes what a create that was killed has left; nothing there is no error. A first
 * process that waits for its start ends when whoever has come for it goes without a word. */
static int force_delete(struct runtime *r, const char *id, struct err *err)
{
	auto_fd int dir = -1, sock = -1;
	int n;

	if (err->kind == EK_NOT_FOUND)
		return 0;
	if (r->root_fd < 0 || runtime_state_check_id(id, err) < 0)
		return -1;
	dir = fd_open_dir(r->root_fd, id);
	sock = dir < 0 ? -1 : fd_unix_connect(dir, "start.sock", SOCK_SEQPACKET);
	fd_closep(&sock);
	n = fs_remove_tree(r->root_fd, id);
	return n < 0 ? err_neg(err, n, "remove the state of container %s", id) : 0;
}

int runtime_signal_delete(struct runtime *r, int argc, char **argv, struct err *err)
{
	bool force = false;
	const struct runtime_opt opts[] = {{"--force", 'f', NULL, &force, NULL}};
	int n = runtime_options(opts, ARRAY_SIZE(opts), argc, argv, err), res;
	struct runtime_target t;

	if (n < 0)
		return -1;
	if (n + 1 != argc)
		return err_set(err, EK_USAGE, "\"delete\" requires exactly 1 argument(s)");
	if (runtime_target_open(r, argv[n], &t, err) < 0)
		return force ? force_delete(r, argv[n], err) : -1;
	res = delete(r, &t, force, err);
	runtime_target_done(&t);
	return res;
}

static int freeze(struct runtime *r, int argc, char **argv, bool on, struct err *err)
{
	struct runtime_target t;
	int n, res;

	if (runtime_target_args(r, NULL, 0, argc, argv, 0, &n, &t, err) < 0)
		return -1;
	if (on && strcmp(t.status, "running") != 0 && strcmp(t.status, "created") != 0)
		res = err_set(err, EK_INVALID, "container not running: %s is %s", t.st.id, t.status);
	else if (!on && strcmp(t.status, "paused") != 0)
		res = err_set(err, EK_INVALID, "container not paused: %s is %s", t.st.id, t.status);
	else
		res = runtime_procs_freeze(&t, on, err);
	runtime_target_done(&t);
	return res;
}

int runtime_signal_pause(struct runtime *r, int argc, char **argv, struct err *err)
{
	return freeze(r, argc, argv, true, err);
}

int runtime_signal_resume(struct runtime *r, int argc, char **argv, struct err *err)
{
	return freeze(r, argc, argv, false, err);
}
