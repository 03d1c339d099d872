#include "oci/rt_ns.h"

#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "oci/rt_idmap.h"
#include "oci/rt_sys.h"

/* In joining order: the user namespace first, as it gives the right to the others. */
static const struct {
	const char *name, *file;
	int flag;
} types[] = {{"user", "user", CLONE_NEWUSER}, {"pid", "pid", CLONE_NEWPID},
	{"ipc", "ipc", CLONE_NEWIPC}, {"uts", "uts", CLONE_NEWUTS},
	{"network", "net", CLONE_NEWNET}, {"cgroup", "cgroup", CLONE_NEWCGROUP},
	{"time", "time", CLONE_NEWTIME}, {"mount", "mnt", CLONE_NEWNS}};

static int add_join(struct rt_plan *p, const char *path, int flag, struct err *err)
{
	int fd = fd_open(AT_FDCWD, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0), type;

	if (fd < 0)
		return err_neg(err, fd, "open the namespace %s", path);
	rt_plan_keep_fd(p, fd);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type != flag)
		return err_set(
			err, EK_INVALID, "%s is not a namespace of the type asked for", path);
	p->joins[p->njoins++] = (struct rt_join){fd, flag};
	return 0;
}

static int plan_maps(struct rt_plan *p, const struct spec_runtime *s, struct err *err)
{
	const struct spec_linux *l = &s->linux_;

	if (!l->uid_mappings.n || !l->gid_mappings.n)
		return err_set(err, EK_INVALID,
			"a new user namespace needs linux.uidMappings and linux.gidMappings");
	auto_free char *uids = rt_idmap_text(&l->uid_mappings, "linux.uidMappings", err);
	auto_free char *gids = uids ? rt_idmap_text(&l->gid_mappings, "linux.gidMappings", err) : NULL;

	if (!gids)
		return -1;
	p->map_ids = true;
	p->uid_map = rt_plan_str(p, uids);
	p->gid_map = rt_plan_str(p, gids);
	return 0;
}

static int plan_offsets(struct rt_plan *p, const struct spec_runtime *s, struct err *err)
{
	auto_sbuf struct sbuf b = SBUF_INIT;
	const struct jval *v = s->linux_.time_offsets;

	for (const struct jval_iter *it = jval_first(v); it; it = jval_next(it)) {
		const char *clock = jval_key(it);

		if (strcmp(clock, "monotonic") != 0 && strcmp(clock, "boottime") != 0)
			return err_set(
				err, EK_INVALID, "linux.timeOffsets: unknown clock \"%s\"", clock);
		sbuf_addf(&b, "%s %lld %lld\n", clock,
			(long long)jval_get_int(jval_value(it), "secs", 0),
			(long long)jval_get_int(jval_value(it), "nanosecs", 0));
	}
	if (!b.len)
		return 0;
	if (!(p->clone_flags & CLONE_NEWTIME))
		return err_set(err, EK_INVALID,
			"linux.timeOffsets: the container has no time namespace of its own");
	p->time_offsets = rt_plan_str(p, b.buf);
	return 0;
}

static int plan_one(struct rt_plan *p, const struct spec_namespace *ns, int flag, struct err *err)
{
	if (!ns->path || !*ns->path) {
		p->clone_flags |= (uint64_t)flag;
		return 0;
	}
	if (flag == CLONE_NEWNS)
		return err_set(
			err, EK_UNSUPPORTED, "a mount namespace to join cannot be set up again");
	p->joins_user |= flag == CLONE_NEWUSER;
	if (flag == CLONE_NEWUSER || flag == CLONE_NEWPID)
		p->two_stage = true;
	return add_join(p, ns->path, flag, err);
}

static int plan_names(struct rt_plan *p, const struct spec_runtime *s, struct err *err)
{
	const struct spec_namespace *uts = spec_find_namespace(s, "uts");

	if (!uts && (s->hostname || s->domainname))
		return err_set(
			err, EK_INVALID, "hostname: the container has no uts namespace of its own");
	/* whoever owns a joined namespace has named it */
	if (!uts || (uts->path && *uts->path))
		return 0;
	p->hostname = rt_plan_str(p, s->hostname);
	p->domainname = rt_plan_str(p, s->domainname);
	return 0;
}

int rt_ns_plan(struct rt_plan *p, const struct spec_runtime *s, struct err *err)
{
	p->joins = rt_plan_alloc(p, ARRAY_SIZE(types) * sizeof(*p->joins));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const struct spec_namespace *ns = spec_find_namespace(s, types[i].name);

		if (ns && plan_one(p, ns, types[i].flag, err) < 0)
			return -1;
	}
	if (!(p->clone_flags & CLONE_NEWNS))
		return err_set(
			err, EK_UNSUPPORTED, "a container without a mount namespace of its own");
	/* from a new user namespace nobody may join what an outer one owns: that comes first */
	if (p->njoins && p->clone_flags & CLONE_NEWUSER)
		p->two_stage = true;
	if (p->clone_flags & CLONE_NEWUSER && plan_maps(p, s, err) < 0)
		return -1;
	if (plan_offsets(p, s, err) < 0)
		return -1;
	if (p->clone_flags & CLONE_NEWTIME) {
		/* clone(2) has no room for this flag, and offsets must be there before the first
		 * process */
		p->clone_flags &= ~(uint64_t)CLONE_NEWTIME;
		p->new_timens = p->two_stage = true;
	}
	p->new_netns = p->clone_flags & CLONE_NEWNET;
	return plan_names(p, s, err);
}

static bool same_ns(const char *file, pid_t pid)
{
	char path[64];
	struct stat own, other;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", file);
	if (stat(path, &own) < 0)
		return true; /* the kernel has no such namespaces */
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, file);
	/* one that we may not look at is certainly not ours */
	return !stat(path, &other) && own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

int rt_ns_target(struct rt_plan *p, pid_t pid, int pidfd, struct err *err)
{
	p->joins = NULL;
	p->target = pidfd;
	p->two_stage = true;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!same_ns(types[i].file, pid))
			p->target_ns |= (uint64_t)types[i].flag;
	if (!(p->target_ns & CLONE_NEWNS))
		return err_set(err, EK_INVALID, "process %d is not in a container", (int)pid);
	return 0;
}

static int write_map(pid_t pid, const char *file, const char *text, struct err *err)
{
	char path[64];
	auto_fd int fd = -1;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = fd_open(AT_FDCWD, path, O_WRONLY, 0);
	r = fd < 0 ? fd : fd_write_all(fd, text, strlen(text));
	return r < 0 ? err_neg(err, r, "user namespace: write %s", file) : 0;
}

int rt_ns_write_maps(const struct rt_plan *p, pid_t pid, struct err *err)
{
	if (write_map(pid, "gid_map", p->gid_map, err) < 0)
		return -1;
	return write_map(pid, "uid_map", p->uid_map, err);
}
