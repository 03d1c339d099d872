#include "oci/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/account.h"
#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/proc.h"
#include "common/relay.h"
#include "common/units.h"
#include "common/userns.h"
#include "oci/rt_hooks.h"
#include "oci/rt_listener.h"
#include "oci/rt_sync.h"

struct create_opts {
	const char *bundle, *pid_file, *console, *preserve;
	bool no_pivot, no_keyring, detach, keep, no_subreaper, foreground;
};

static int parse(struct create_opts *o, int argc, char **argv, bool run, const char **ret_id,
	struct err *err)
{
	const struct runtime_opt opts[] = {{"--bundle", 'b', &o->bundle, NULL, NULL},
		{"--pid-file", 0, &o->pid_file, NULL, NULL},
		{"--console-socket", 0, &o->console, NULL, NULL},
		{"--preserve-fds", 0, &o->preserve, NULL, NULL},
		{"--no-pivot", 0, NULL, &o->no_pivot, NULL},
		{"--no-new-keyring", 0, NULL, &o->no_keyring, NULL},
		{"--detach", 'd', NULL, &o->detach, NULL}, {"--keep", 0, NULL, &o->keep, NULL},
		{"--no-subreaper", 0, NULL, &o->no_subreaper, NULL}};
	int n = runtime_options(opts, run ? ARRAY_SIZE(opts) : 6, argc, argv, err);

	if (n < 0)
		return -1;
	if (n + 1 != argc)
		return err_set(err, EK_USAGE, "\"%s\" requires exactly 1 argument(s)", argv[0]);
	*ret_id = argv[n];
	return runtime_state_check_id(argv[n], err);
}

/* ---- a caller who is not root: the user's namespace first, then the configuration's below it ----
 */

/* An id of the caller's namespace as the user namespace that we entered numbers it. */
static int translate(struct spec_idmaps *m, const struct userns_range *v, size_t n,
	const char *what, struct err *err)
{
	for (size_t i = 0; i < m->n; i++) {
		size_t r = 0;

		while (r < n &&
			(m->v[i].host_id < v[r].outside ||
				m->v[i].host_id - v[r].outside >= v[r].count ||
				v[r].count - (m->v[i].host_id - v[r].outside) < m->v[i].size))
			r++;
		if (r == n)
			return err_set(err, EK_DENIED,
				"linux.%s[%zu]: host ids %u+%u are not the caller's", what, i,
				m->v[i].host_id, m->v[i].size);
		m->v[i].host_id = v[r].inside + (m->v[i].host_id - v[r].outside);
	}
	return 0;
}

static int enter_rootless(struct spec_runtime *s, struct err *err)
{
	struct userns_map map;

	if (geteuid() == 0)
		return 0;
	if (userns_plan(&map, err) < 0 || userns_create(&map, err) < 0)
		return -1;
	userns_protect();
	if (translate(&s->linux_.uid_mappings, map.uid, map.nuid, "uidMappings", err) < 0)
		return -1;
	return translate(&s->linux_.gid_mappings, map.gid, map.ngid, "gidMappings", err);
}

/* ---- the state directory, which also claims the id ---- */

static int claim(struct runtime *r, const char *id, struct err *err)
{
	int n;

	if (runtime_state_root(r, err) < 0)
		return -1;
	n = fs_mkdir(r->root_fd, id, 0700);
	if (n == -EEXIST)
		return err_set(err, EK_EXISTS, "container with given ID already exists: %s", id);
	if (n < 0)
		return err_neg(err, n, "create the state of container %s", id);
	return runtime_state_dir(r, id, err);
}

static int save(int dir, const char *id, const char *bundle, const struct spec_runtime *s,
	const struct rt_container *c, const char *owner, struct err *err)
{
	auto_free char *rootfs = s->root.path && s->root.path[0] == '/'
					 ? xstrdup(s->root.path)
					 : xasprintf("%s/%s", bundle, s->root.path ? s->root.path : "");
	char now[40];
	struct runtime_state st = {.oci_version = s->oci_version,
		.id = (char *)(uintptr_t)id,
		.bundle = (char *)(uintptr_t)bundle,
		.rootfs = rootfs,
		.created = now,
		.cgroup = c->cgroup,
		.cgroup1 = c->cgroup1,
		.owner = (char *)(uintptr_t)owner,
		.pid = c->pid,
		.start_time = proc_start_time(c->pid),
		.annotations = s->annotations};

	units_print_time(units_now_ns(), false, now);
	return runtime_state_write(dir, &st, err);
}

/* `run` in the foreground copies the terminal itself. */
static int console_check(const struct spec_runtime *s, const struct create_opts *o, struct err *err)
{
	if (s->process.terminal && !o->console && !o->foreground)
		return err_set(err, EK_USAGE,
			"cannot allocate tty if runc will detach without setting console socket: "
			"process.terminal is set, --console-socket is needed to hand it over");
	if (!s->process.terminal && o->console)
		return err_set(err, EK_USAGE,
			"cannot use console socket if runc will not detach or allocate tty: "
			"process.terminal is not set");
	return 0;
}

/* What later commands go by, whatever happens to the bundle. */
static int save_spec(int dir, const struct spec_runtime *s, struct err *err)
{
	auto_jval struct jval *v = spec_runtime_emit(s);

	return jval_write_file(dir, "config.json", v, 0, err);
}

/* All of create but the claim: leaves the container waiting on start.sock. */
static int make(struct runtime *r, int dir, const struct create_opts *o, const char *id,
	struct rt_container *c, struct err *err)
{
	auto_free char *bundle = fs_abspath(o->bundle ? o->bundle : ".");
	auto_free int *preserve = NULL;
	auto_fd int bundle_fd = fd_open(AT_FDCWD, bundle, O_RDONLY | O_DIRECTORY, 0);
	auto_fd int listener = -1, cache = -1;
	struct rt_args a = {.id = id,
		.rootfs_fd = -1,
		.stdio = {0, 1, 2},
		.cgroup1 = true,
		.device_rules = true,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_keyring,
		.compiler = "/proc/self/exe"};
	auto_free char *scope = NULL;
	struct account me = {NULL, NULL};
	struct spec_runtime s;
	int n = -1;

	if (bundle_fd < 0)
		return err_neg(err, bundle_fd, "open the bundle %s", bundle);
	/* before the user namespace, where the number is another */
	(void)!account_find(geteuid(), &me);
	spec_runtime_init(&s);
	if (spec_runtime_read(bundle_fd, &s, err) < 0 || console_check(&s, o, err) < 0 ||
		runtime_preserve(o->preserve, &preserve, &a.npreserve, err) < 0 ||
		save_spec(dir, &s, err) < 0 ||
		(r->systemd_cgroup && runtime_cgroup_systemd(id, &s, &scope, err) < 0) ||
		enter_rootless(&s, err) < 0)
		goto out;
	a.cgroup_parent = scope;
	cache = fs_open_dir_p(
		r->root_fd, ".seccomp"); /* without it filters are compiled each time */
	listener = fd_unix_listen(dir, "start.sock", SOCK_SEQPACKET);
	if (listener < 0) {
		err_neg(err, listener, "create start.sock");
		goto out;
	}
	a.spec = &s;
	a.bundle_fd = bundle_fd;
	a.preserve = preserve;
	a.cache_fd = cache;
	a.start_listener = listener;
	n = rt_create_begin(&a, c, err) < 0 || rt_create_finish(c, err) < 0 ? -1 : 0;
	if (!n && c->console >= 0 && o->console)
		n = runtime_send_console(o->console, c->console, err);
	if (!n)
		n = save(dir, id, bundle, &s, c, me.name ? me.name : "", err);
	if (!n)
		n = runtime_write_pid(o->pid_file, c->pid, err);
	/* the plan borrows the configuration for hooks that have run by now */
out:
	spec_runtime_done(&s);
	account_done(&me);
	return n;
}

static int create(struct runtime *r, const struct create_opts *o, const char *id,
	struct rt_container *c, struct err *err)
{
	auto_fd int dir = claim(r, id, err);

	if (dir < 0)
		return -1;
	if (make(r, dir, o, id, c, err) == 0)
		return 0;
	auto_free char *cgroup = xstrdup(c->cgroup);
	auto_svec struct svec cgroup1 = SVEC_INIT;

	svec_add_all(&cgroup1, &c->cgroup1);
	rt_done(c);
	rt_cgroup1_remove(&cgroup1);
	rt_cgroup_remove(cgroup, NULL);
	if (fs_remove_tree(r->root_fd, id) < 0)
		log_warn("the state of container %s could not be removed", id);
	return -1;
}

int runtime_create(struct runtime *r, int argc, char **argv, struct err *err)
{
	struct create_opts o = {.bundle = NULL};
	struct rt_container c = RT_CONTAINER_INIT;
	const char *id;

	if (parse(&o, argc, argv, false, &id, err) < 0 || create(r, &o, id, &c, err) < 0)
		return -1;
	/* not rt_done: the container outlives this process */
	return 0;
}

/* ---- start ---- */

static int poststart(const struct runtime_state *st, const struct spec_runtime *s)
{
	auto_jval struct jval *state = NULL;
	struct err e = ERR_INIT;

	if (!s->hooks.poststart.n)
		return 0;
	state = rt_hooks_state(st->id, "running", (pid_t)st->pid, st->bundle, s);
	if (rt_hooks_run(&s->hooks.poststart, "poststart", state, &e) < 0)
		log_warn("%s", e.msg);
	return 0;
}

/* Ask the waiting process to exec, and hear whether it did. */
static int release(int dir, int pidfd, const struct runtime_state *st, const struct spec_runtime *s,
	struct err *err)
{
	auto_fd int sock = fd_unix_connect(dir, "start.sock", SOCK_SEQPACKET);
	auto_fd int fd = -1;
	struct rt_listener l = {.spec = s,
		.id = st->id,
		.bundle = st->bundle,
		.status = "created",
		.pid = (pid_t)st->pid,
		.container_pid = (pid_t)st->pid};
	int r = sock < 0 ? sock : rt_sync_send(sock, RT_SYNC_START, 0);

	if (r < 0)
		return err_neg(err, r, "reach the waiting container");
	r = unlinkat(dir, "start.sock", 0) < 0 ? -errno : 0;
	if (r < 0)
		return err_neg(err, r, "remove start.sock");
	r = rt_sync_expect_start(sock, s, &fd, err);
	/* unless the agent has it, the process would wait for ever */
	if (!r && rt_listener_send(&l, fd, err) < 0) {
		proc_signal(pidfd, SIGKILL);
		return -1;
	}
	return !r ? rt_sync_expect_start(sock, s, &fd, err) : r;
}

static int start_target(const struct runtime_target *t, struct err *err)
{
	const char *id = t->st.id;
	struct spec_runtime s;
	int n = -1;

	if (!strcmp(t->status, "running"))
		return err_set(err, EK_INVALID, "cannot start an already running container: %s", id);
	if (!strcmp(t->status, "stopped"))
		return err_set(err, EK_INVALID, "cannot start a container that has stopped: %s", id);
	if (strcmp(t->status, "created") != 0)
		return err_set(err, EK_INVALID, "cannot start a container that is %s: %s", t->status, id);
	spec_runtime_init(&s);
	if (runtime_state_spec(t->dir, &s, err) == 0 && release(t->dir, t->pidfd, &t->st, &s, err) == 1)
		n = poststart(&t->st, &s);
	spec_runtime_done(&s);
	return n;
}

static int start(struct runtime *r, const char *id, struct err *err)
{
	struct runtime_target t;
	int n;

	if (runtime_target_open(r, id, &t, err) < 0)
		return -1;
	n = start_target(&t, err);
	runtime_target_done(&t);
	return n;
}

int runtime_start(struct runtime *r, int argc, char **argv, struct err *err)
{
	int n = runtime_options(NULL, 0, argc, argv, err);

	if (n < 0)
		return -1;
	if (n + 1 != argc)
		return err_set(err, EK_USAGE, "\"start\" requires exactly 1 argument(s)");
	return start(r, argv[n], err);
}

int runtime_run(struct runtime *r, int argc, char **argv, struct err *err)
{
	struct create_opts o = {.bundle = NULL};
	struct rt_container c = RT_CONTAINER_INIT;
	char force[] = "--force", cmd[] = "delete";
	struct err ignored = ERR_INIT;
	const char *id;
	int status;

	if (parse(&o, argc, argv, true, &id, err) < 0)
		return -1;
	o.foreground = !o.detach && !o.console;
	if (!o.detach)
		relay_hold_signals(NULL);
	if (create(r, &o, id, &c, err) < 0)
		return -1;
	status = start(r, id, err);
	if (!status && o.detach)
		return 0;
	if (!status)
		status = o.foreground && c.console >= 0
				 ? runtime_tty_wait(c.pid, c.pidfd, c.console)
				 : runtime_wait(c.pid, c.pidfd);
	else
		rt_done(&c);
	if (!o.keep) {
		char *args[] = {cmd, force, (char *)(uintptr_t)id, NULL};

		if (runtime_signal_delete(r, 3, args, &ignored) < 0)
			log_warn("%s", ignored.msg);
	}
	return status;
}
