#include "oci/rt_cgroup.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"
#include "oci/rt_cgroup1.h"
#include "oci/rt_dev.h"
#include "oci/rt_sys.h"

static char *clean_below_root(const char *path)
{
	auto_free char *absolute = xasprintf("/%s", path);

	return fs_clean(absolute);
}

/* The name below the parent: cgroupsPath in either of its forms, or ours. V17: never upwards. */
static char *group_name(const struct rt_args *a, struct err *err)
{
	const char *path = a->spec->linux_.cgroups_path;
	auto_svec struct svec parts = SVEC_INIT;

	if (!path || !*path)
		return xasprintf("/podlite-%s", a->id);
	svec_add_split(&parts, path, '/');
	if (svec_has(&parts, "..") || svec_has(&parts, ".")) {
		err_set(err, EK_INVALID, "linux.cgroupsPath: \"%s\" leads out of the hierarchy",
			path);
		return NULL;
	}
	svec_done(&parts);
	svec_add_split(&parts, path, ':');
	if (parts.n == 3 && !strchr(path, '/')) /* slice:prefix:name */
		return *parts.v[1] ? xasprintf("/%s-%s.scope", parts.v[1], parts.v[2])
				   : xasprintf("/%s.scope", parts.v[2]);
	return clean_below_root(path);
}

/* ---- controllers ---- */

static int enable(int base, int dir, const char *controller)
{
	char text[40];
	int r;

	snprintf(text, sizeof(text), "+%s", controller);
	r = rt_cgroup_write(dir, "cgroup.subtree_control", text);
	if (r == -EBUSY && rt_cgroup_step_aside(base) == 0)
		r = rt_cgroup_write(dir, "cgroup.subtree_control", text);
	return r;
}

/* From the base down to the parent of the group: each must hand the controller on. */
static int enable_down(int base, const char *name, const struct rt_cgroup_value *v, struct err *err)
{
	auto_svec struct svec parts = SVEC_INIT;
	auto_fd int dir = fd_dup(base);
	int r = 0;

	if (!rt_cgroup_has(base, "cgroup.controllers", v->controller)) {
		err_set(err, EK_UNSUPPORTED,
			"%s: the cgroup controller \"%s\" is not available here", v->what,
			v->controller);
		return err_advise(err, "it must be delegated to the user, run: podlite doctor");
	}
	svec_add_split(&parts, name + 1, '/');
	for (size_t i = 0; i < parts.n && !r; i++) {
		int next;

		if (!rt_cgroup_has(dir, "cgroup.subtree_control", v->controller))
			r = enable(base, dir, v->controller);
		next = fd_open(dir, parts.v[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		fd_close(dir);
		dir = next;
	}
	if (r < 0)
		return err_neg(
			err, r, "%s: enable the cgroup controller \"%s\"", v->what, v->controller);
	return 0;
}

static int apply(
	int base, const char *name, int dir, const struct rt_cgroup_values *l, struct err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct rt_cgroup_value *v = &l->v[i];
		int r;

		if (!rt_cgroup_has(dir, "cgroup.controllers", v->controller) &&
			enable_down(base, name, v, err) < 0)
			return -1;
		r = rt_cgroup_write(dir, v->file, v->text);
		if (r == -ENOENT)
			return err_set(err, EK_UNSUPPORTED, "%s: the kernel's cgroups have no %s",
				v->what, v->file);
		if (r < 0)
			return err_neg(err, r, "%s: write \"%s\" to %s", v->what, v->text, v->file);
	}
	return 0;
}

/* ---- making ---- */

static int nowhere(const struct rt_cgroup_values *l, struct err *err)
{
	if (!l->n)
		return 0;
	err_set(err, EK_UNSUPPORTED,
		"%s: needs the cgroup v2 controller \"%s\", and no cgroup is writable here",
		l->v[0].what, l->v[0].controller);
	return err_advise(err, "for the command that mends it, run: podlite doctor");
}

static int make(struct rt_plan *p, const char *parent, const char *name,
	const struct rt_cgroup_values *l, struct err *err)
{
	auto_fd int base = rt_cgroup_open(parent, NULL);
	auto_fd int dir = -1;

	if (base < 0)
		return nowhere(l, err);
	dir = rt_cgroup_make(base, name);
	if (dir < 0)
		return nowhere(l, err);
	p->cgroup = xasprintf("%s%s", strcmp(parent, "/") ? parent : "", name);
	p->cgroup_made = true;
	if (apply(base, name, dir, l, err) < 0) {
		rt_cgroup_remove(p->cgroup, NULL);
		p->cgroup_made = false;
		return -1;
	}
	p->cgroup_fd = rt_plan_keep_fd(p, take_fd(dir));
	return 0;
}

/* Below the hierarchy's mount where the path says so (runtime-spec, "Cgroups Path") and we may,
 * else below our own group. */
static int make_somewhere(struct rt_plan *p, const char *own, const char *name,
	const struct rt_cgroup_values *l, struct err *err)
{
	auto_fd int root = p->cgroup_absolute ? rt_cgroup_open("/", NULL) : -1;
	auto_fd int try = root < 0 ? -1 : rt_cgroup_make(root, name);

	return make(p, try >= 0 ? "/" : own, name, l, err);
}

/* Version 1: the limits go there; a version 2 group, if there is one, is for killing and freezing. */
static int plan_v1(struct rt_plan *p, const struct rt_args *a, const char *name, struct err *err)
{
	if (rt_cgroup1_make(name, p->cgroup_absolute, a->spec->linux_.resources, &p->cgroup1, err) < 0)
		return -1;
	if (p->cgroup1.n && p->clone_flags & CLONE_NEWCGROUP) {
		p->clone_flags &= ~(uint64_t)CLONE_NEWCGROUP;
		p->late_cgroupns = true;
	}
	return 0;
}

/* A container of the host's root could else make and use every device of the host. */
static int device_rules(struct rt_plan *p, const struct rt_args *a, struct err *err)
{
	if (!p->cgroup_made || !rt_dev_host_root(p))
		return 0;
	if (rt_dev_bpf_attach(p->cgroup_fd, jval_get(a->spec->linux_.resources, "devices"), err) == 0)
		return 0;
	rt_cgroup_remove(p->cgroup, NULL);
	p->cgroup_made = false;
	return -1;
}

int rt_cgroup_plan(struct rt_plan *p, const struct rt_args *a, struct err *err)
{
	struct rt_cgroup_values l = {NULL, 0};
	const char *path = a->spec->linux_.cgroups_path;
	bool v1 = a->cgroup1 && !a->keep_cgroup && rt_cgroup1_host();
	auto_free char *parent = a->keep_cgroup || !rt_cgroup_mount() ? NULL
				 : a->cgroup_parent ? xstrdup(a->cgroup_parent)
						    : rt_cgroup_of(0);
	auto_free char *name = parent || v1 ? group_name(a, err) : NULL;
	int r = 0;

	if ((parent || v1) && !name)
		return -1;
	p->cgroup_absolute = path && path[0] == '/' && !a->cgroup_parent;
	if (v1 && plan_v1(p, a, name, err) < 0)
		return -1;
	if (!v1 && rt_cgroup_values(a->spec->linux_.resources, &l, err) < 0)
		return -1;
	r = parent ? make_somewhere(p, parent, name, &l, err) : nowhere(&l, err);
	if (!r && a->device_rules && !p->cgroup1.n)
		r = device_rules(p, a, err);
	rt_cgroup_values_done(&l);
	if (r < 0) {
		rt_cgroup1_remove(&p->cgroup1);
		svec_done(&p->cgroup1);
	}
	return r;
}

void rt_cgroup_explain(const struct rt_plan *p, struct err *err)
{
	auto_sbuf struct sbuf events = SBUF_INIT;
	const char *kills = p->cgroup_made && !rt_cgroup_read(p->cgroup, "memory.events", &events)
				    ? strstr(events.buf, "\noom_kill ")
				    : NULL;

	if (!kills || !strtol(kills + 10, NULL, 10))
		return;
	err_set(err, EK_INVALID, "the memory limit is too small for the container to start");
	err_advise(err, "raise it to some megabytes");
}

int rt_cgroup_update(const char *cgroup, const struct jval *resources, struct err *err)
{
	struct rt_cgroup_values l = {NULL, 0};
	auto_free char *parent = cgroup ? xstrdup(cgroup) : NULL;
	char *slash = parent ? strrchr(parent, '/') : NULL;
	auto_fd int base = -1, dir = -1;
	int r;

	if (rt_cgroup_values(resources, &l, err) < 0)
		return -1;
	if (!slash) {
		r = nowhere(&l, err);
	} else {
		dir = rt_cgroup_open(cgroup, err);
		*slash = '\0';
		base = dir < 0 ? -1 : rt_cgroup_open(parent, err);
		r = base < 0 ? -1 : apply(base, cgroup + (slash - parent), dir, &l, err);
	}
	rt_cgroup_values_done(&l);
	return r;
}

int rt_cgroup_join(struct rt_plan *p, const char *cgroup, struct err *err)
{
	int fd = rt_cgroup_open(cgroup, err);

	if (fd < 0)
		return -1;
	p->cgroup_fd = rt_plan_keep_fd(p, fd);
	return 0;
}

/* ---- an existing group ---- */

int rt_cgroup_kill(const char *cgroup, struct err *err)
{
	auto_fd int dir = -1;
	int r;

	if (!cgroup)
		return 0;
	dir = rt_cgroup_open(cgroup, err);
	if (dir < 0)
		return -1;
	r = rt_cgroup_write(dir, "cgroup.kill", "1");
	if (r != -ENOENT)
		return r < 0 ? err_neg(err, r, "kill the cgroup %s", cgroup) : 0;
	/* before 5.14: frozen, so that nothing can fork away while we go through the lists */
	if (rt_cgroup_write(dir, "cgroup.freeze", "1") < 0)
		log_debug("cgroup %s cannot be frozen", cgroup);
	rt_cgroup_kill_at(dir);
	r = rt_cgroup_write(dir, "cgroup.freeze", "0");
	return r < 0 ? err_neg(err, r, "thaw the cgroup %s", cgroup) : 0;
}

int rt_cgroup_read(const char *cgroup, const char *file, struct sbuf *ret)
{
	struct err ignored = ERR_INIT;
	auto_fd int dir = cgroup ? rt_cgroup_open(cgroup, &ignored) : -1;
	auto_fd int fd = dir < 0 ? -ENOENT : fd_open(dir, file, O_RDONLY | O_NOFOLLOW, 0);

	return fd < 0 ? fd : fd_read_all(fd, 1 << 20, ret);
}

int rt_cgroup_each(const char *cgroup, void (*found)(void *arg, pid_t pid), void *arg, struct err *err)
{
	auto_fd int dir = rt_cgroup_open(cgroup, NULL);

	/* a group that is gone has no processes */
	if (dir >= 0 && rt_cgroup_each_at(dir, found, arg) < 0)
		return err_sys(err, "list the processes of the cgroup %s", cgroup);
	return 0;
}

/* cgroup.events wakes pollers when its content changes. */
static bool wait_frozen(int dir, bool frozen)
{
	auto_fd int fd = fd_open(dir, "cgroup.events", O_RDONLY, 0);
	const char *want = frozen ? "frozen 1" : "frozen 0";

	for (int i = 0; i < 20; i++) {
		struct pollfd p = {.fd = fd, .events = POLLPRI};
		char buf[256];
		ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

		if (n < 0)
			return false;
		buf[n] = '\0';
		if (strstr(buf, want))
			return true;
		poll(&p, 1, 100);
	}
	return false;
}

int rt_cgroup_freeze(const char *cgroup, bool freeze, struct err *err)
{
	auto_fd int dir = -1;
	int r;

	if (!cgroup) {
		err_set(err, EK_UNSUPPORTED, "the container has no cgroup of its own to freeze");
		return err_advise(
			err, "cgroup v2 must be delegated to the user, run: podlite doctor");
	}
	dir = rt_cgroup_open(cgroup, err);
	if (dir < 0)
		return -1;
	r = rt_cgroup_write(dir, "cgroup.freeze", freeze ? "1" : "0");
	if (r < 0)
		return err_neg(err, r, "%s the cgroup %s", freeze ? "freeze" : "thaw", cgroup);
	if (!wait_frozen(dir, freeze))
		return err_set(err, EK_SYSTEM,
			"%s the cgroup %s: a process does not stop within two seconds",
			freeze ? "freeze" : "thaw", cgroup);
	return 0;
}

int rt_cgroup_remove(const char *cgroup, struct err *err)
{
	const char *mount = rt_cgroup_mount();
	auto_free char *path = NULL;
	int r = 0;

	if (!cgroup || !mount || !strcmp(cgroup, "/"))
		return 0;
	path = xasprintf("%s%s", mount, cgroup);
	r = rt_cgroup_remove_at(AT_FDCWD, path);
	return r < 0 && r != -ENOENT ? err_neg(err, r, "remove the cgroup %s", cgroup) : 0;
}
