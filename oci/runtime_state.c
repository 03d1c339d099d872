#include "oci/runtime.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "common/userns.h"

#define MAX_STATE (1u << 20)

static const struct jmap state_map[] = {
	JMAP_STR("ociVersion", struct runtime_state, oci_version, JMAP_NEED),
	JMAP_STR("id", struct runtime_state, id, JMAP_NEED),
	JMAP_INT("pid", struct runtime_state, pid, JMAP_NEED),
	JMAP_UINT("startTime", struct runtime_state, start_time, JMAP_NEED),
	JMAP_STR("bundle", struct runtime_state, bundle, JMAP_NEED),
	JMAP_STR("rootfs", struct runtime_state, rootfs, 0),
	JMAP_STR("cgroup", struct runtime_state, cgroup, 0),
	JMAP_STRS("cgroup1", struct runtime_state, cgroup1, 0),
	JMAP_STR("created", struct runtime_state, created, 0),
	JMAP_STR("owner", struct runtime_state, owner, 0),
	JMAP_DICT("annotations", struct runtime_state, annotations, 0), JMAP_END};

void runtime_state_done(struct runtime_state *s)
{
	jmap_done(state_map, s);
}

/* X11: a directory of ours that nobody else can enter; anything else is an error, never another
 * guess. */
static int check_dir(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "stat %s", path);
	if (st.st_uid != geteuid() || st.st_mode & 077)
		return err_set(err, EK_DENIED,
			"state directory %s: it must belong to the caller with mode 0700", path);
	return 0;
}

/* Root of a user namespace is not the owner of /run. */
static bool is_host_root(void)
{
	return geteuid() == 0 && userns_is_initial();
}

int runtime_state_root(struct runtime *r, struct err *err)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	auto_free char *path = NULL;

	if (r->root_fd >= 0)
		return 0;
	if (r->root)
		path = xstrdup(r->root);
	else if (run && run[0] == '/' && !is_host_root())
		path = xasprintf("%s/podlite-runtime", run);
	else if (is_host_root())
		path = xstrdup("/run/podlite-runtime");
	else
		return err_set(err, EK_NOT_FOUND,
			"XDG_RUNTIME_DIR is not set; name a state directory with --root");
	r->root_fd = fs_open_dir_p(AT_FDCWD, path);
	if (r->root_fd < 0)
		return err_neg(err, r->root_fd, "state directory %s", path);
	return check_dir(r->root_fd, path, err);
}

int runtime_state_check_id(const char *id, struct err *err)
{
	static const char ok[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-";
	size_t len = strlen(id);

	if (!len || len > 255 || strspn(id, ok) != len || !strcmp(id, ".") || !strcmp(id, ".."))
		return err_set(err, EK_INVALID,
			"invalid container ID format: \"%.60s\": only letters, digits and _.+- are allowed", id);
	return 0;
}

int runtime_state_dir(struct runtime *r, const char *id, struct err *err)
{
	int fd;

	if (runtime_state_check_id(id, err) < 0 || runtime_state_root(r, err) < 0)
		return -1;
	fd = fd_open_dir(r->root_fd, id);
	if (fd == -ENOENT)
		return err_set(err, EK_NOT_FOUND, "container does not exist: %s", id);
	return fd < 0 ? err_neg(err, fd, "open the state of container %s", id) : fd;
}

static int read_state(int dir, struct runtime_state *ret, struct err *err)
{
	memset(ret, 0, sizeof(*ret));
	return jmap_read_file(state_map, dir, "state.json", MAX_STATE, ret, err);
}

int runtime_state_write(int dir, const struct runtime_state *s, struct err *err)
{
	return jmap_write_file(state_map, dir, "state.json", s, 0, err);
}

/* *ret_pidfd is -1 when it has stopped. */
static const char *status_of(int dir, const struct runtime_state *s, int *ret_pidfd)
{
	int fd = proc_open_pidfd((pid_t)s->pid, s->start_time);
	char state = fd >= 0 ? proc_state((pid_t)s->pid) : 0;

	if (!state || state == 'Z' || state == 'X') {
		fd_close(fd);
		*ret_pidfd = -1;
		return "stopped";
	}
	*ret_pidfd = fd;
	if (runtime_procs_frozen(s))
		return "paused";
	return fs_exists(dir, "start.sock") ? "created" : "running";
}

int runtime_state_spec(int dir, struct spec_runtime *ret, struct err *err)
{
	return spec_runtime_read(dir, ret, err);
}

/* ---- a command's container ---- */

int runtime_target_open(struct runtime *r, const char *id, struct runtime_target *t, struct err *err)
{
	t->pidfd = -1;
	t->dir = runtime_state_dir(r, id, err);
	if (t->dir < 0)
		return -1;
	if (read_state(t->dir, &t->st, err) < 0) {
		if (!fs_exists(t->dir, "state.json"))
			err_set(err, EK_INVALID,
				"container %s is being created, or its creation was interrupted; "
				"delete --force removes it",
				id);
		fd_close(t->dir);
		return -1;
	}
	t->status = status_of(t->dir, &t->st, &t->pidfd);
	return 0;
}

void runtime_target_done(struct runtime_target *t)
{
	fd_close(t->dir);
	fd_close(t->pidfd);
	runtime_state_done(&t->st);
}

int runtime_target_args(struct runtime *r, const struct runtime_opt *o, size_t nopts, int argc,
	char **argv, int more, int *ret_n, struct runtime_target *t, struct err *err)
{
	int n = runtime_options(o, nopts, argc, argv, err);

	if (n < 0)
		return -1;
	if (n == argc || argc - n > 1 + more)
		return err_set(err, EK_USAGE, more ? "\"%s\" requires a container id"
						   : "\"%s\" requires exactly 1 argument(s)",
			argv[0]);
	*ret_n = n;
	return runtime_target_open(r, argv[n], t, err);
}
