/* The processes of a container: by its cgroups of either version, or its pid namespace. */
#include "oci/runtime.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"

struct pids {
	pid_t *v;
	size_t n;
};

static void add_pid(void *to, pid_t pid)
{
	struct pids *l = to;

	l->v = xrealloc(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = pid;
}

static bool same_pidns(const char *pid, const struct stat *want)
{
	auto_free char *path = xasprintf("/proc/%s/ns/pid", pid);
	struct stat st;

	return !stat(path, &st) && st.st_ino == want->st_ino && st.st_dev == want->st_dev;
}

/* Without a cgroup: whoever is in the first process's pid namespace, if that is not ours. */
static int from_pidns(const struct runtime_state *s, struct pids *l, struct err *err)
{
	auto_free char *first = xasprintf("%d", (int)s->pid);
	auto_free char *path = xasprintf("/proc/%s/ns/pid", first);
	auto_dir DIR *d = fs_dir(fd_open_dir(AT_FDCWD, "/proc"));
	struct stat want;
	const char *name;

	if (stat(path, &want) < 0)
		return err_sys(err, "look at the pid namespace of container %s", s->id);
	if (same_pidns("self", &want))
		return err_set(err, EK_UNSUPPORTED,
			"container %s has neither a cgroup nor a pid namespace of its own: which "
			"processes are its is not known",
			s->id);
	while ((name = fs_dir_next(d)))
		if (strspn(name, "0123456789") == strlen(name) && same_pidns(name, &want))
			add_pid(l, (pid_t)strtol(name, NULL, 10));
	return 0;
}

int runtime_procs_list(const struct runtime_target *t, pid_t **ret, size_t *ret_n, struct err *err)
{
	struct pids l = {NULL, 0};
	int r = 0;

	if (t->st.cgroup)
		r = rt_cgroup_each(t->st.cgroup, add_pid, &l, err);
	else if (t->st.cgroup1.n)
		r = rt_cgroup1_each(&t->st.cgroup1, add_pid, &l, err);
	else if (t->pidfd >= 0)
		r = from_pidns(&t->st, &l, err);
	if (r < 0) {
		free(l.v);
		return -1;
	}
	*ret = l.v;
	*ret_n = l.n;
	return 0;
}

int runtime_procs_kill(const struct runtime_target *t, struct err *err)
{
	return t->st.cgroup ? rt_cgroup_kill(t->st.cgroup, err) : rt_cgroup1_kill(&t->st.cgroup1, err);
}

int runtime_procs_freeze(const struct runtime_target *t, bool freeze, struct err *err)
{
	if (t->st.cgroup || !t->st.cgroup1.n)
		return rt_cgroup_freeze(t->st.cgroup, freeze, err);
	return rt_cgroup1_freeze(&t->st.cgroup1, freeze, err);
}

bool runtime_procs_frozen(const struct runtime_state *s)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	if (!s->cgroup)
		return rt_cgroup1_frozen(&s->cgroup1);
	return !rt_cgroup_read(s->cgroup, "cgroup.freeze", &text) && text.buf[0] == '1';
}
