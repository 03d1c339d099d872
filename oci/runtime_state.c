#include "oci/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"

#define MAX_STATE (1u << 20)

static const struct jmap state_map[] = {
	JMAP_STR("ociVersion", struct runtime_state, oci_version, JMAP_NEED),
	JMAP_STR("id", struct runtime_state, id, JMAP_NEED),
	JMAP_INT("pid", struct runtime_state, pid, JMAP_NEED),
	JMAP_UINT("startTime", struct runtime_state, start_time, JMAP_NEED),
	JMAP_STR("bundle", struct runtime_state, bundle, JMAP_NEED),
	JMAP_STR("cgroup", struct runtime_state, cgroup, 0),
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
	auto_sbuf struct sbuf map = SBUF_INIT;
	unsigned inside = 1, outside = 1, count = 0;

	if (geteuid() != 0)
		return false;
	if (fs_read_file(AT_FDCWD, "/proc/self/uid_map", 4096, &map) < 0)
		return true;
	return sscanf(map.buf, "%u %u %u", &inside, &outside, &count) == 3 && !outside && count == UINT32_MAX;
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
			"container id \"%.60s\": only letters, digits and _.+- are allowed", id);
	return 0;
}

int runtime_state_dir(struct runtime *r, const char *id, struct err *err)
{
	int fd;

	if (runtime_state_check_id(id, err) < 0 || runtime_state_root(r, err) < 0)
		return -1;
	fd = fd_open_dir(r->root_fd, id);
	if (fd == -ENOENT)
		return err_set(err, EK_NOT_FOUND, "container %s does not exist", id);
	return fd < 0 ? err_neg(err, fd, "open the state of container %s", id) : fd;
}

int runtime_state_read(int dir, struct runtime_state *ret, struct err *err)
{
	memset(ret, 0, sizeof(*ret));
	return jmap_read_file(state_map, dir, "state.json", MAX_STATE, ret, err);
}

int runtime_state_write(int dir, const struct runtime_state *s, struct err *err)
{
	return jmap_write_file(state_map, dir, "state.json", s, 0, err);
}

static bool frozen(const char *cgroup)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_free char *path = xasprintf("/sys/fs/cgroup%s/cgroup.freeze", cgroup);
	auto_free char *hybrid = xasprintf("/sys/fs/cgroup/unified%s/cgroup.freeze", cgroup);

	if (fs_read_file(AT_FDCWD, path, 16, &text) < 0 &&
		fs_read_file(AT_FDCWD, hybrid, 16, &text) < 0)
		return false;
	return text.buf[0] == '1';
}

const char *runtime_state_status(int dir, const struct runtime_state *s, int *ret_pidfd)
{
	int fd = proc_open_pidfd((pid_t)s->pid, s->start_time);
	char state = fd >= 0 ? proc_state((pid_t)s->pid) : 0;

	if (!state || state == 'Z' || state == 'X') {
		fd_close(fd);
		*ret_pidfd = -1;
		return "stopped";
	}
	*ret_pidfd = fd;
	if (fs_exists(dir, "start.sock"))
		return "created";
	return s->cgroup && frozen(s->cgroup) ? "paused" : "running";
}

int runtime_state_spec(const struct runtime_state *s, struct spec_runtime *ret, struct err *err)
{
	auto_fd int bundle = fd_open(AT_FDCWD, s->bundle, O_RDONLY | O_DIRECTORY, 0);

	if (bundle < 0)
		return err_neg(err, bundle, "open the bundle %s", s->bundle);
	return spec_runtime_read(bundle, ret, err);
}
