/*
 * rt_external.c - any OCI runtime's command line: create, start, delete. The container's PID 1
 * becomes our child because we are a subreaper while it is made.
 *
 * It gets a bundle of its own in the container's directory: config.json as it is for this start, with what the
 * monitor has added. It works there, where some go by themselves, so that the console socket has a
 * short name: a socket's path may have 108 bytes, and a directory below the user's own may need more.
 */
#include "monitor/rt_ops.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/msg.h"
#include "common/proc.h"
#include "common/tty.h"
#include "common/userns.h"

#define PID_FILE "rt.pid"
#define CONSOLE  "console.sock"
#define LOG_FILE "rt.log"
#define BUNDLE   "bundle"
#define STATE    "runtime"

static void add_base(struct rt_job *j, const char *dir, struct svec *argv)
{
	svec_add(argv, j->conf->runtime);
	svec_addf(argv, "--root=%s/" STATE, dir);
	svec_addf(argv, "--log=%s/" LOG_FILE, dir);
	svec_add(argv, "--log-format=json");
	if (j->conf->cgroup_manager && !strcmp(j->conf->cgroup_manager, "systemd") && !j->args->keep_cgroup)
		svec_add(argv, "--systemd-cgroup");
	for (size_t i = 0; i < j->conf->runtime_flags.n; i++)
		svec_addf(argv, "--%s", j->conf->runtime_flags.v[i]);
}

/* Of the log's last line what is meant for people: "msg" where it is JSON, else all of it. */
static char *last_words(struct rt_job *j)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *line = NULL;
	const char *last;

	(void)!fs_read_file(j->dir, LOG_FILE, 65536, &text);
	last = sbuf_last_line(&text);
	line = jval_parse(last, strlen(last), 0, NULL);
	return xstrdup(jval_get_str(line, "msg", last));
}

/* What runtimes say when the command is not there, or cannot be executed: exit status 127 and 126. */
static enum err_kind kind_of(const char *words)
{
	if (strstr(words, "executable file not found") || strstr(words, "No such file or directory"))
		return EK_NO_COMMAND;
	if ((strstr(words, "exec") && strcasestr(words, "permission denied")) || strstr(words, "open executable"))
		return EK_NOT_EXECUTABLE;
	return EK_SYSTEM;
}

static int failed(struct rt_job *j, const char *what, int status, struct err *err)
{
	auto_free char *words = last_words(j);

	if (!*words)
		return err_set(err, EK_SYSTEM, "%s %s: it ended with status %d and said nothing", j->conf->runtime, what, status);
	return err_set(err, kind_of(words), "%s %s: %.400s", j->conf->runtime, what, words);
}

/* Nothing of the caller's, but where the user's systemd is, whom runtimes ask for cgroups. */
static void environment(struct svec *env)
{
	unsigned uid = (unsigned)userns_outer_uid();

	svec_add(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	if (!uid)
		return;
	svec_addf(env, "XDG_RUNTIME_DIR=/run/user/%u", uid);
	svec_addf(env, "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/%u/bus", uid);
}

static char *bundle_path(const struct rt_job *j)
{
	auto_free char *dir = fs_fd_path(j->dir);

	return dir ? xasprintf("%s/" BUNDLE, dir) : NULL;
}

static int run(struct rt_job *j, const char *what, struct svec *argv, const struct proc_fd *fds, size_t nfds,
	struct err *err)
{
	auto_svec struct svec env = SVEC_INIT;
	auto_free char *bundle = bundle_path(j);
	struct proc_spec spec = {.path = j->conf->runtime, .argv = svec_argv(argv), .fds = fds, .nfds = nfds, .dir = bundle};
	pid_t pid;
	int status;

	environment(&env);
	spec.envp = svec_argv(&env);
	pid = proc_spawn(&spec, err);
	status = pid < 0 ? -1 : proc_wait(pid);

	if (pid > 0 && status)
		return failed(j, what, status, err);
	return status;
}

/* For exec, stats and pause. Only one that is clearly the container's: with processes of others in it,
 * killing and freezing would reach them. */
static void find_cgroup(struct rt_job *j)
{
	auto_free char *cgroup = rt_cgroup_of(j->c.pid);

	if (cgroup && strstr(cgroup, j->args->id))
		j->c.cgroup = take_ptr(cgroup);
}

/* Only a namespace of its own is handed on: the host's is not ours to change. */
static int open_netns(struct rt_job *j)
{
	const struct spec_namespace *ns = spec_find_namespace(j->args->spec, "network");
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)j->c.pid);
	if (ns && !ns->path)
		j->c.netns = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	return 0;
}

static int read_pid(struct rt_job *j, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	int r = fs_read_file(j->dir, PID_FILE, 64, &text);

	if (r < 0)
		return err_neg(err, r, "%s create: read its pid file", j->conf->runtime);
	j->c.pid = (pid_t)strtol(text.buf, NULL, 10);
	j->c.pidfd = j->c.pid > 0 ? proc_open_pidfd(j->c.pid, 0) : -ESRCH;
	if (j->c.pidfd < 0)
		return err_set(err, EK_SYSTEM, "%s create: it left no process", j->conf->runtime);
	find_cgroup(j);
	return open_netns(j);
}

/* The runtime has sent the pty's master before it left: nothing to wait for. */
static int take_console(struct rt_job *j, int listener, struct err *err)
{
	struct pollfd p = {listener, POLLIN, 0};
	auto_fd int conn = poll(&p, 1, 5000) == 1 ? fd_accept(listener) : -ETIMEDOUT;
	char name[256];
	size_t n = 0;

	if (conn < 0 || msg_recv(conn, name, sizeof(name), &j->c.console, 1, &n) < 0 || n != 1) {
		j->c.console = -1;
		return err_set(err, EK_SYSTEM, "%s create: no terminal came through the console socket", j->conf->runtime);
	}
	/* it is known when the container is started, and not in config.json */
	if (j->args->rows || j->args->cols)
		tty_set_size(j->c.console, j->args->rows, j->args->cols);
	return 0;
}

static size_t list_fds(struct rt_job *j, struct proc_fd *fds)
{
	const struct rt_args *a = j->args;
	size_t n = 0;

	for (int i = 0; i < 3; i++)
		if (a->stdio[i] >= 0)
			fds[n++] = (struct proc_fd){a->stdio[i], i};
	for (size_t i = 0; i < a->npreserve; i++)
		fds[n++] = (struct proc_fd){a->preserve[i], 3 + (int)i};
	return n;
}

/* Their --preserve-fds is a number: 3, 4, ... without a gap. */
static int check_gaps(const struct rt_args *a, struct err *err)
{
	for (size_t i = 0; i < a->npreserve; i++)
		if (a->preserve[i] < 0)
			return err_set(err, EK_UNSUPPORTED, "--preserve-fd with --runtime: the descriptors must be 3, 4, ... without a gap");
	return 0;
}

/* Returns its descriptor. */
static int make_bundle(struct rt_job *j, struct err *err)
{
	auto_jval struct jval *config = spec_runtime_emit(j->args->spec);
	auto_free char *dir = fs_fd_path(j->args->bundle_fd), *root = NULL;
	const char *path = jval_str(jval_path(config, "root.path"), "");
	auto_fd int fd = -1;
	int r = fs_mkdir(j->dir, BUNDLE, 0700);

	if (!r || r == -EEXIST)
		r = fd = fd_open_dir(j->dir, BUNDLE);
	if (r < 0 || !dir)
		return err_neg(err, r < 0 ? r : -errno, "runtime: make its bundle");
	root = *path == '/' ? xstrdup(path) : xasprintf("%s/%s", dir, path);
	jval_set_str(jval_get(config, "root"), "path", root);
	return jval_write_file(fd, "config.json", config, 0, err) < 0 ? -1 : take_fd(fd);
}

static int external_begin(struct rt_job *j, struct err *err)
{
	auto_free char *dir = fs_fd_path(j->dir), *bundle = bundle_path(j);
	auto_free struct proc_fd *fds = xcalloc(3 + j->args->npreserve, sizeof(*fds));
	auto_svec struct svec argv = SVEC_INIT;
	auto_fd int listener = -1, bundle_fd = -1;
	size_t nfds = list_fds(j, fds);
	int r;

	if (!dir || !bundle)
		return err_sys(err, "runtime: path of the bundle");
	if (check_gaps(j->args, err) < 0)
		return -1;
	bundle_fd = make_bundle(j, err);
	if (bundle_fd < 0)
		return -1;
	unlinkat(j->dir, PID_FILE, 0);
	unlinkat(j->dir, LOG_FILE, 0);
	(void)!fs_remove_tree(j->dir, STATE); /* of a monitor that was killed, or of another boot */
	add_base(j, dir, &argv);
	svec_add(&argv, "create");
	svec_addf(&argv, "--bundle=%s", bundle);
	svec_addf(&argv, "--pid-file=%s/" PID_FILE, dir);
	if (j->args->npreserve)
		svec_addf(&argv, "--preserve-fds=%zu", j->args->npreserve);
	if (j->args->spec->process.terminal) {
		svec_add(&argv, "--console-socket=" CONSOLE);
		listener = fd_unix_listen(bundle_fd, CONSOLE, SOCK_STREAM);
		if (listener < 0)
			return err_neg(err, listener, "runtime: listen on the console socket");
	}
	svec_add(&argv, j->args->id);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	r = run(j, "create", &argv, fds, nfds, err) < 0 || read_pid(j, err) < 0 ? -1 : 0;
	if (!r && listener >= 0)
		r = take_console(j, listener, err);
	if (listener >= 0)
		unlinkat(bundle_fd, CONSOLE, 0);
	return r;
}

static int external_finish(struct rt_job *j, struct err *err)
{
	(void)j;
	(void)err;
	return 0; /* create did it */
}

static int external_command(struct rt_job *j, const char *what, const char *flag, struct err *err)
{
	auto_free char *dir = fs_fd_path(j->dir);
	auto_svec struct svec argv = SVEC_INIT;

	add_base(j, dir ? dir : "/", &argv);
	svec_add(&argv, what);
	if (flag)
		svec_add(&argv, flag);
	svec_add(&argv, j->args->id);
	return run(j, what, &argv, NULL, 0, err);
}

static int external_start(struct rt_job *j, struct err *err)
{
	return external_command(j, "start", NULL, err);
}

static void external_done(struct rt_job *j)
{
	if (j->c.pid > 0) {
		kill(j->c.pid, SIGKILL);
		proc_wait(j->c.pid);
	}
	(void)!external_command(j, "delete", "--force", NULL);
	(void)!fs_remove_tree(j->dir, BUNDLE);
	fd_close(j->c.pidfd);
	fd_close(j->c.console);
	fd_close(j->c.netns);
	free(j->c.cgroup);
	j->c = (struct rt_container)RT_CONTAINER_INIT;
}

const struct rt_ops rt_external_ops = {external_begin, external_finish, external_start, external_done};
