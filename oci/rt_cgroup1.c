#include "oci/rt_cgroup1.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/log.h"
#include "oci/rt_sys.h"

#define TOP "/sys/fs/cgroup"

bool rt_cgroup1_host(void)
{
	struct statfs fs;

	return !statfs(TOP, &fs) && fs.f_type == TMPFS_MAGIC;
}

/* The directory of a hierarchy: "cpu,cpuacct" is one, "name=systemd" is in systemd. */
static int open_top(const char *controllers)
{
	const char *name = !strncmp(controllers, "name=", 5) ? controllers + 5 : controllers;
	auto_fd int top = fd_open_dir(AT_FDCWD, TOP);

	return top < 0 ? top : strchr(name, '/') ? -EINVAL : fd_open_dir(top, name);
}

static int read_line(int dir, const char *name, struct sbuf *ret)
{
	auto_fd int fd = fd_open(dir, name, O_RDONLY | O_NOFOLLOW, 0);
	int r = fd < 0 ? fd : fd_read_all(fd, 1 << 20, ret);

	while (ret->len && ret->buf[ret->len - 1] == '\n')
		sbuf_setlen(ret, ret->len - 1);
	return r;
}

/* A new cpuset takes no process before it has processors and memory nodes: its parent's. */
static void inherit_cpuset(int parent, int dir)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_sbuf struct sbuf own = SBUF_INIT, theirs = SBUF_INIT;

		if (read_line(dir, files[i], &own) < 0 || own.len)
			continue;
		if (read_line(parent, files[i], &theirs) < 0 ||
			rt_cgroup_write(dir, files[i], theirs.buf) < 0)
			log_debug("cgroup: %s cannot be inherited", files[i]);
	}
}

/* mkdir -p and open, or only open; -errno. */
static int go_down(int top, const char *path, bool make, bool cpuset)
{
	auto_svec struct svec parts = SVEC_INIT;
	auto_fd int dir = fd_dup(top);

	svec_add_split(&parts, path, '/');
	for (size_t i = 0; i < parts.n && dir >= 0; i++) {
		int next;

		if (!*parts.v[i])
			continue;
		if (make && mkdirat(dir, parts.v[i], 0755) < 0 && errno != EEXIST)
			return -errno;
		next = fd_open_dir(dir, parts.v[i]);
		if (next >= 0 && make && cpuset)
			inherit_cpuset(dir, next);
		fd_close(dir);
		dir = next;
	}
	return take_fd(dir);
}

static bool holds(const char *controllers, const char *one)
{
	auto_svec struct svec words = SVEC_INIT;

	svec_add_split(&words, controllers, ',');
	return svec_has(&words, one);
}

int rt_cgroup1_open_group(const char *entry)
{
	const char *eq = strrchr(entry, '='); /* not the one of "name=" */
	auto_free char *controllers = xstrndup(entry, (size_t)(eq - entry));
	auto_fd int top = open_top(controllers);

	return top < 0 ? top : go_down(top, eq + 1, false, false);
}

int rt_cgroup1_open(const struct svec *groups, const char *controller)
{
	for (size_t i = 0; i < groups->n; i++) {
		const char *eq = strrchr(groups->v[i], '=');
		auto_free char *controllers = xstrndup(groups->v[i], (size_t)(eq - groups->v[i]));

		if (holds(controllers, controller))
			return rt_cgroup1_open_group(groups->v[i]);
	}
	return -ENOENT;
}

/* ---- limits ---- */

static int set_one(const struct svec *groups, const struct rt_cgroup_value *v)
{
	auto_fd int dir = rt_cgroup1_open(groups, v->controller);

	return dir < 0 ? -ENODEV : rt_cgroup_write(dir, v->file, v->text);
}

/* Memory and memory+swap limits must pass each other in the right order, which depends on whether
 * they grow or shrink: what fails at first is tried again after the others. */
static int apply(const struct svec *groups, const struct rt_cgroup_values *l, struct err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct rt_cgroup_value *v = &l->v[i];
		int r = set_one(groups, v);

		if (r == -EINVAL && !strcmp(v->controller, "memory")) {
			for (size_t k = i + 1; k < l->n; k++)
				if (set_one(groups, &l->v[k]) < 0)
					log_debug("cgroup: %s comes later", l->v[k].file);
			r = set_one(groups, v);
		}
		if (r == -ENODEV)
			return err_set(err, EK_UNSUPPORTED,
				"%s: the cgroup controller \"%s\" is not available here", v->what,
				v->controller);
		if (r == -ENOENT)
			return err_set(err, EK_UNSUPPORTED,
				"%s: the kernel's cgroups have no %s", v->what, v->file);
		if (r < 0)
			return err_neg(err, r, "%s: write \"%s\" to %s", v->what, v->text, v->file);
	}
	return 0;
}

int rt_cgroup1_update(const struct svec *groups, const struct jval *resources, struct err *err)
{
	struct rt_cgroup_values l = {NULL, 0};
	int r;

	if (rt_cgroup1_values(resources, &l, err) < 0)
		return -1;
	if (jval_len(jval_get(resources, "devices")))
		rt_cgroup1_devices(jval_get(resources, "devices"), &l);
	r = apply(groups, &l, err);
	rt_cgroup_values_done(&l);
	return r;
}

/* ---- making ---- */

/* One line of /proc/self/cgroup: "N:CONTROLLERS:PATH". */
static void make_one(char *line, const char *name, bool absolute, struct svec *ret)
{
	char *controllers = strchr(line, ':'), *own = controllers ? strchr(controllers + 1, ':') : NULL;
	auto_fd int top = -1, dir = -1;

	if (!own || own == controllers + 1)
		return; /* version 2 */
	controllers++;
	*own++ = '\0';
	top = open_top(controllers);
	if (top < 0)
		return;
	if (absolute) {
		dir = go_down(top, name, true, holds(controllers, "cpuset"));
		if (dir >= 0) {
			svec_addf(ret, "%s=%s", controllers, name);
			return;
		}
	}
	auto_free char *below = xasprintf("%s%s", strcmp(own, "/") ? own : "", name);

	dir = go_down(top, below, true, holds(controllers, "cpuset"));
	if (dir >= 0)
		svec_addf(ret, "%s=%s", controllers, below);
}

static void make_all(const char *name, bool absolute, struct svec *ret)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_svec struct svec lines = SVEC_INIT;

	if (fs_read_file(AT_FDCWD, "/proc/self/cgroup", 1 << 16, &text) < 0)
		return;
	svec_add_split(&lines, text.buf, '\n');
	for (size_t i = 0; i < lines.n; i++)
		make_one(lines.v[i], name, absolute, ret);
}

int rt_cgroup1_make(const char *name, bool absolute, const struct jval *resources, struct svec *ret,
	struct err *err)
{
	struct rt_cgroup_values l = {NULL, 0};
	struct svec groups = SVEC_INIT;
	int r;

	if (rt_cgroup1_values(resources, &l, err) < 0)
		return -1;
	make_all(name, absolute, &groups);
	auto_fd int devices = rt_cgroup1_open(&groups, "devices");

	/* nobody but the host's root may say which devices; inside user namespaces there are none */
	if (devices >= 0 && faccessat(devices, "devices.deny", W_OK, AT_EACCESS) == 0)
		rt_cgroup1_devices(jval_get(resources, "devices"), &l);
	r = apply(&groups, &l, err);
	rt_cgroup_values_done(&l);
	if (r < 0) {
		rt_cgroup1_remove(&groups);
		svec_done(&groups);
		return -1;
	}
	*ret = groups;
	return 0;
}

int rt_cgroup1_enter(const struct svec *groups, pid_t pid, struct err *err)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	for (size_t i = 0; i < groups->n; i++) {
		auto_fd int dir = rt_cgroup1_open_group(groups->v[i]);
		int r = dir < 0 ? dir : rt_cgroup_write(dir, "cgroup.procs", text);

		if (r < 0)
			return err_neg(err, r, "enter the cgroup %s", groups->v[i]);
	}
	return 0;
}

/* A link for each of several controllers in one hierarchy. */
static size_t plan_links(struct rt_plan *p, const char *controllers, struct rt_hier *to)
{
	auto_svec struct svec words = SVEC_INIT;

	if (!strchr(controllers, ','))
		return 0;
	svec_add_split(&words, controllers, ',');
	for (size_t i = 0; i < words.n; i++)
		to[i] = (struct rt_hier){.name = rt_plan_str(p, words.v[i]),
			.link_to = rt_plan_str(p, controllers),
			.tree = -1};
	return words.n;
}

static int plan_hier(struct rt_plan *p, const char *entry, const char *controllers,
	struct rt_hier *h, struct err *err)
{
	bool named = !strncmp(controllers, "name=", 5);
	auto_svec struct svec words = SVEC_INIT;
	auto_fd int dir = -1;

	*h = (struct rt_hier){
		.name = rt_plan_str(p, named ? controllers + 5 : controllers), .tree = -1};
	if (p->late_cgroupns || p->clone_flags & CLONE_NEWCGROUP) {
		svec_add_split(&words, controllers, ',');
		h->opts = rt_plan_alloc(p, (words.n + 1) * sizeof(*h->opts));
		h->opts[h->nopts++] = (struct rt_pair){"source", "cgroup"};
		for (size_t i = 0; i < words.n; i++)
			h->opts[h->nopts++] = named ? (struct rt_pair){"name", h->name}
						    : (struct rt_pair){rt_plan_str(p, words.v[i]), NULL};
		return 0;
	}
	dir = rt_cgroup1_open_group(entry);
	h->tree = dir < 0 ? -1 : sys_open_tree(dir, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (h->tree < 0)
		return err_sys(err, "open the cgroup %s", entry);
	rt_plan_keep_fd(p, h->tree);
	return 0;
}

int rt_cgroup1_mounts(struct rt_plan *p, struct err *err)
{
	struct rt_hier *list;
	size_t n = p->cgroup1.n;

	/* the hierarchies, and a link for each controller of those that have several */
	for (size_t i = 0; i < p->cgroup1.n; i++)
		for (const char *c = p->cgroup1.v[i]; *c; c++)
			n += *c == ',' ? 2 : 0;
	list = rt_plan_alloc(p, n * sizeof(*list));
	n = 0;

	for (size_t i = 0; i < p->cgroup1.n; i++) {
		const char *entry = p->cgroup1.v[i], *eq = strrchr(entry, '=');
		auto_free char *controllers = xstrndup(entry, (size_t)(eq - entry));

		if (plan_hier(p, entry, controllers, &list[n++], err) < 0)
			return -1;
		n += plan_links(p, controllers, &list[n]);
	}
	for (size_t i = 0; i < p->nops; i++)
		if (p->ops[i].kind == RT_OP_CGROUP) {
			p->ops[i].hiers = list;
			p->ops[i].nhiers = n;
			p->ops[i].fallback = NULL;
		}
	return 0;
}

int rt_cgroup1_read(
	const struct svec *groups, const char *controller, const char *file, struct sbuf *ret)
{
	auto_fd int dir = rt_cgroup1_open(groups, controller);

	return dir < 0 ? dir : read_line(dir, file, ret);
}

static int remove_one(const char *entry)
{
	const char *eq = strrchr(entry, '='), *slash = strrchr(eq, '/');
	auto_free char *parent = xstrndup(entry, (size_t)(slash - entry));
	auto_fd int dir = rt_cgroup1_open_group(parent);

	return dir < 0 ? dir : rt_cgroup_remove_at(dir, slash + 1);
}

void rt_cgroup1_remove(const struct svec *groups)
{
	for (size_t i = 0; i < groups->n; i++)
		if (remove_one(groups->v[i]) < 0)
			log_debug("cgroup %s stays", groups->v[i]);
}
