/*
 * rt_cgroup_place.c - where limits can be set: a group that is the caller's to divide, and what the
 * kernel wants of one: only leaves may hold processes, so those in it step into a leaf first.
 */
#include "oci/rt_cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/log.h"
#include "oci/rt_scope.h"

#define SELF_GROUP "podlite-self" /* the leaf */
#define MAX_DEPTH  4              /* of podlite's children */
#define MAX_PASSES 10             /* processes may fork while they are moved */

/* "/a/b" to "/a"; "/a" and "/" to "/". */
static void cut_last(char *group)
{
	char *slash = strrchr(group, '/');

	if (slash)
		slash[slash == group] = '\0';
}

/* The caller's group; one that is a leaf of ours belongs to the one above. */
static char *base_group(void)
{
	char *group = rt_cgroup_of(0);

	if (group && ends_with(group, "/" SELF_GROUP))
		cut_last(group);
	return group;
}

/* ---- processes into a leaf ---- */

static int move(int leaf, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return rt_cgroup_write(leaf, "cgroup.procs", text);
}

/* Field 4 of /proc/PID/stat; the name before it may hold anything but a last ")". */
static pid_t parent_of(pid_t pid)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	char path[32];
	auto_fd int fd = -1;
	const char *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);
	p = fd < 0 || fd_read_all(fd, 4096, &text) < 0 ? NULL : strrchr(text.buf, ')');
	return p && strlen(p) > 4 ? (pid_t)strtol(p + 4, NULL, 10) : 0;
}

/* Ourselves, and podlite with the processes it prepares things in (newuidmap is a grandchild); or
 * whoever is there. */
static bool goes(pid_t pid, pid_t starter, bool everybody)
{
	if (everybody || pid == getpid())
		return true;
	for (int i = 0; i < MAX_DEPTH && starter > 0 && pid > 1; i++, pid = parent_of(pid))
		if (pid == starter)
			return true;
	return false;
}

/* One at a time; one that has ended meanwhile (ESRCH) is as good as moved. Again, until nobody is
 * left to be moved, since they may fork. */
static int step_aside(int base, pid_t starter, bool everybody)
{
	auto_fd int leaf = rt_cgroup_make(base, "/" SELF_GROUP);
	bool moved = leaf >= 0;

	for (int pass = 0; pass < MAX_PASSES && moved; pass++) {
		auto_sbuf struct sbuf text = SBUF_INIT;
		auto_fd int fd = fd_open(base, "cgroup.procs", O_RDONLY, 0);
		int r = fd < 0 ? fd : fd_read_all(fd, 1 << 20, &text);

		moved = false;
		for (char *p = text.buf, *end; !r && *p; p = *end ? end + 1 : end) {
			pid_t pid = (pid_t)strtol(p, &end, 10);

			if (end == p)
				return -EINVAL;
			if (!goes(pid, starter, everybody))
				continue;
			moved = true;
			r = move(leaf, pid);
			r = r == -ESRCH ? 0 : r;
		}
		if (r < 0)
			return r;
	}
	return leaf < 0 ? leaf : 0;
}

int rt_cgroup_step_aside(int base)
{
	return step_aside(base, 0, false);
}

/* ---- claiming ---- */

static int not_delegated(const struct rt_cgroup_value *v, struct err *err)
{
	err_set(err, EK_UNSUPPORTED, "%s: the cgroup controller \"%s\" is not delegated to this user", v->what, v->controller);
	return err_advise(err, "as root write \"[Service]\" and \"Delegate=cpu cpuset io memory pids\" into /etc/systemd/system/user@.service.d/delegate.conf, then systemctl daemon-reload and log in anew (podlite doctor prints it as one command)");
}

static int hand_on(int base, const char *group, const struct rt_cgroup_value *v, struct err *err)
{
	char text[40];
	int r;

	snprintf(text, sizeof(text), "+%s", v->controller);
	r = rt_cgroup_write(base, "cgroup.subtree_control", text);
	return r < 0 ? err_neg(err, r, "%s: enable the cgroup controller \"%s\" in %s", v->what, v->controller, group) : 0;
}

static bool is_ours(int base)
{
	static const char *const files[] = {".", "cgroup.procs", "cgroup.subtree_control"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (faccessat(base, files[i], W_OK, AT_EACCESS) < 0)
			return false;
	return true;
}

static bool hands_on(int base, const struct rt_cgroup_value *v)
{
	return !*v->controller || rt_cgroup_has(base, "cgroup.subtree_control", v->controller);
}

/* With processes in it the kernel refuses the controllers of memory and devices at once; those of
 * CPU and processes it takes, and refuses the container's first process instead. */
static int make_room(int base, const char *group, const struct rt_cgroup_value *v, pid_t starter, struct err *err)
{
	auto_sbuf struct sbuf left = SBUF_INIT;
	auto_fd int fd = -1;
	int r;

	if (!strcmp(group, "/"))
		return 0; /* the kernel's exception */
	r = step_aside(base, starter, false);
	if (r < 0)
		return err_neg(err, r, "%s: leave the cgroup %s", v->what, group);
	fd = fd_open(base, "cgroup.procs", O_RDONLY, 0);
	r = fd < 0 ? fd : fd_read_all(fd, 1 << 20, &left);
	if (r < 0)
		return err_neg(err, r, "%s: read the processes of the cgroup %s", v->what, group);
	if (!left.len)
		return 0;
	err_set(err, EK_IN_USE, "%s: other processes are in the cgroup %s, so it cannot be divided", v->what, group);
	return err_advise(err, "use --cgroups split to move them into a group of their own, or --cgroup-manager systemd");
}

static int claim(const char *group, const struct rt_cgroup_values *l, pid_t starter, struct err *err)
{
	auto_fd int base = rt_cgroup_open(group, err);
	bool room = false;

	if (base < 0)
		return -1;
	if (!is_ours(base)) {
		err_set(err, EK_UNSUPPORTED, "%s: needs the cgroup v2 controller \"%s\", and no cgroup is writable here", l->v[0].what, l->v[0].controller);
		return err_advise(err, "for the command that mends it, run: podlite doctor");
	}
	for (size_t i = 0; i < l->n; i++)
		if (*l->v[i].controller && !rt_cgroup_has(base, "cgroup.controllers", l->v[i].controller))
			return not_delegated(&l->v[i], err);
	for (size_t i = 0; i < l->n; i++) {
		if (hands_on(base, &l->v[i]))
			continue;
		if (!room && make_room(base, group, &l->v[i], starter, err) < 0)
			return -1;
		room = true;
		if (hand_on(base, group, &l->v[i], err) < 0)
			return -1;
	}
	return 0;
}

int rt_cgroup_offered(const struct jval *resources, struct err *err)
{
	struct rt_cgroup_values l = {NULL, 0};
	auto_fd int root = rt_cgroup_mount() ? rt_cgroup_open("/", NULL) : -1;
	int r = rt_cgroup_values(resources, &l, err);

	for (size_t i = 0; i < l.n && !r; i++) {
		if (!*l.v[i].controller || (root >= 0 && rt_cgroup_has(root, "cgroup.controllers", l.v[i].controller)))
			continue;
		r = err_set(err, EK_UNSUPPORTED, "%s: needs the controller \"%s\" of cgroup version 2, which this host does not have there",
			l.v[i].what, l.v[i].controller);
		err_advise(err, "for the command that mends it, run: podlite doctor");
	}
	rt_cgroup_values_done(&l);
	return r;
}

int rt_cgroup_claim(const struct jval *resources, pid_t starter, char **ret, struct err *err)
{
	auto_free char *group = base_group();
	struct rt_cgroup_values l = {NULL, 0};
	struct err above = ERR_INIT;
	int r = rt_cgroup_values(resources, &l, err);

	*ret = NULL;
	if (!r && group && l.n) {
		r = claim(group, &l, starter, err);
		/* not divisible, but beside it there may be room: whoever gave the group above to
		 * this user, it was not systemd */
		if (r < 0 && access("/run/systemd/system", F_OK)) {
			cut_last(group);
			r = claim(group, &l, starter, &above);
			if (!r)
				err_clear(err);
		}
	}
	rt_cgroup_values_done(&l);
	if (!r)
		*ret = take_ptr(group);
	return r;
}

int rt_cgroup_split(char **ret, struct err *err)
{
	auto_free char *group = base_group();
	auto_fd int base = group ? rt_cgroup_open(group, NULL) : -1;
	int r;

	if (base < 0)
		return err_set(err, EK_UNSUPPORTED, "--cgroups split: cgroup v2 is not mounted here");
	if (!strcmp(group, "/") || !is_ours(base)) {
		err_set(err, EK_UNSUPPORTED, "--cgroups split: the cgroup %s is not this user's to divide", group);
		return err_advise(err, "start podlite in a unit with Delegate=yes, for example: systemd-run --user -p Delegate=yes podlite ...");
	}
	r = step_aside(base, 0, true);
	if (r < 0)
		return err_neg(err, r, "--cgroups split: move the processes of %s into a group of their own", group);
	*ret = take_ptr(group);
	return 0;
}

/* systemd marks what it has delegated; without systemd whatever is writable is. The mark is on the
 * unit, the nearest directory with a unit's name. */
bool rt_cgroup_delegated(void)
{
	const char *mount = rt_cgroup_mount();
	auto_free char *group = rt_cgroup_of(0);
	char mark[4];

	if (access("/run/systemd/system", F_OK))
		return true;
	while (mount && group && strcmp(group, "/")) {
		if (ends_with(group, ".service") || ends_with(group, ".scope") || ends_with(group, ".slice")) {
			auto_free char *path = xasprintf("%s%s", mount, group);

			return getxattr(path, "user.delegate", mark, sizeof(mark)) == 1 && mark[0] == '1';
		}
		cut_last(group);
	}
	return false;
}

/* ---- reaching a group from outside ---- */

/* The kernel lets a process into a group only from below a group that is its user's. */
static bool common_is_ours(const char *own, const char *group)
{
	size_t n = 0;
	auto_free char *common = NULL;
	auto_fd int fd = -1;

	for (size_t i = 0;; i++) {
		if ((!own[i] || own[i] == '/') && (!group[i] || group[i] == '/'))
			n = i;
		if (!own[i] || own[i] != group[i])
			break;
	}
	common = n ? xstrndup(own, n) : xstrdup("/");
	fd = rt_cgroup_open(common, NULL);
	return fd >= 0 && !faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS);
}

/* It is there in a scope of ours and in a service that was divided; that of another runtime, which has asked
 * for delegation as well, gets one. */
static void make_leaf(const char *unit)
{
	auto_fd int dir = rt_cgroup_open(unit, NULL), leaf = dir < 0 ? -1 : rt_cgroup_make(dir, "/" SELF_GROUP);

	if (leaf < 0)
		log_debug("no leaf in %s", unit);
}

int rt_cgroup_reach(const char *cgroup, const char *helper, struct err *err)
{
	auto_free char *own = rt_cgroup_of(0), *unit = xstrdup(cgroup);

	if (!own || common_is_ours(own, cgroup))
		return 0;
	while (strcmp(unit, "/") && !ends_with(unit, ".scope") && !ends_with(unit, ".service"))
		cut_last(unit);
	if (!strcmp(unit, "/") || !rt_scope_reachable())
		return 0; /* the clone will say why not */
	make_leaf(unit);
	return rt_scope_attach(helper, strrchr(unit, '/') + 1, "/" SELF_GROUP, getpid(), err);
}
