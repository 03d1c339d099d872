#include "oci/rt_dev.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/userns.h"
#include "oci/rt_sys.h"

static const struct {
	const char *path;
	unsigned major, minor;
} defaults[] = {{"/dev/null", 1, 3}, {"/dev/zero", 1, 5}, {"/dev/full", 1, 7},
	{"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};

/* A detached clone of the host's node, if it is the device it should be (M5). -1 with errno. */
static int host_node(const char *path, mode_t type, unsigned maj, unsigned min)
{
	auto_fd int tree = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE);
	struct stat st;

	if (tree < 0)
		return -1;
	if (fstat(tree, &st) < 0)
		return -1;
	if ((st.st_mode & S_IFMT) != type || st.st_rdev != makedev(maj, min)) {
		errno = ENODEV;
		return -1;
	}
	if (sys_mount_setattr(tree, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, MS_PRIVATE) < 0 &&
		errno != ENOSYS)
		return -1;
	return take_fd(tree);
}

static int add_default(struct rt_plan *p, size_t i, struct err *err)
{
	struct rt_dev *d = &p->devs[p->ndevs];

	d->path = defaults[i].path;
	d->tree = host_node(d->path, S_IFCHR, defaults[i].major, defaults[i].minor);
	if (d->tree < 0)
		return err_sys(err, "device %s of the host", d->path);
	rt_plan_keep_fd(p, d->tree);
	p->ndevs++;
	return 0;
}

static bool is_default(const char *path)
{
	static const char *const made[] = {"/dev/ptmx", "/dev/console", "/dev/pts/ptmx", "/dev/fd",
		"/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/core"};

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (!strcmp(defaults[i].path, path))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		if (!strcmp(made[i], path))
			return true;
	return false;
}

static int node_type(const struct spec_device *from, mode_t *ret, struct err *err)
{
	if (!strcmp(from->type, "c") || !strcmp(from->type, "u"))
		*ret = S_IFCHR;
	else if (!strcmp(from->type, "b"))
		*ret = S_IFBLK;
	else if (!strcmp(from->type, "p"))
		*ret = S_IFIFO;
	else
		return err_set(
			err, EK_INVALID, "device %s: unknown type \"%s\"", from->path, from->type);
	return 0;
}

bool rt_dev_host_root(const struct rt_plan *p)
{
	return geteuid() == 0 && !(p->clone_flags & CLONE_NEWUSER) && !p->joins_user && userns_is_initial();
}

/* mknod is for the host's root; for everybody else the host's node is bound. */
static int add_device(struct rt_plan *p, const struct spec_device *from, struct err *err)
{
	auto_free char *path = fs_clean(from->path);
	struct rt_dev *d = &p->devs[p->ndevs];
	mode_t type = 0;

	if (is_default(path))
		return 0;
	if (strncmp(path, "/dev/", 5) != 0)
		return err_set(err, EK_UNSUPPORTED, "device %s: only below /dev", path);
	if (node_type(from, &type, err) < 0)
		return -1;
	if (from->major < 0 || from->major > 4095 || from->minor < 0 || from->minor > 1048575)
		return err_set(err, EK_INVALID, "device %s: number out of range", path);
	*d = (struct rt_dev){.path = rt_plan_str(p, path),
		.tree = type == S_IFIFO || rt_dev_host_root(p) ? -1
					: host_node(path, type, (unsigned)from->major,
						  (unsigned)from->minor),
		.mode = type | (mode_t)(from->file_mode < 0 ? 0666 : from->file_mode & 0777),
		.major = (unsigned)from->major,
		.minor = (unsigned)from->minor,
		.uid = from->uid,
		.gid = from->gid};
	if (d->tree >= 0)
		rt_plan_keep_fd(p, d->tree);
	p->ndevs++;
	return 0;
}

int rt_dev_plan(struct rt_plan *p, const struct spec_runtime *s, struct err *err)
{
	if (!p->populate_dev)
		return 0;
	p->devs = rt_plan_alloc(p, (ARRAY_SIZE(defaults) + s->linux_.devices.n) * sizeof(*p->devs));
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (add_default(p, i, err) < 0)
			return -1;
	for (size_t i = 0; i < s->linux_.devices.n; i++)
		if (add_device(p, &s->linux_.devices.v[i], err) < 0)
			return -1;
	return 0;
}

bool rt_dev_rule(const struct jval *devices, size_t i, struct rt_dev_rule *ret)
{
	static const struct rt_dev_rule always[] = {{true, 'c', -1, -1, "m"},
		{true, 'b', -1, -1, "m"}, {true, 'c', 1, 3, "rwm"}, {true, 'c', 1, 5, "rwm"},
		{true, 'c', 1, 7, "rwm"}, {true, 'c', 1, 8, "rwm"}, {true, 'c', 1, 9, "rwm"},
		{true, 'c', 5, 0, "rwm"}, {true, 'c', 5, 2, "rwm"}, {true, 'c', 136, -1, "rwm"}};
	const struct jval *d = jval_at(devices, i);
	const char *type = jval_get_str(d, "type", ""), *access = jval_get_str(d, "access", "");
	size_t n = 0;

	if (i >= jval_len(devices)) {
		i -= jval_len(devices);
		if (i < ARRAY_SIZE(always))
			*ret = always[i];
		return i < ARRAY_SIZE(always);
	}
	*ret = (struct rt_dev_rule){.allow = jval_get_bool(d, "allow", false),
		.type = *type == 'b' || *type == 'c' ? *type : 'a',
		.major = jval_get_int(d, "major", -1),
		.minor = jval_get_int(d, "minor", -1)};
	for (const char *a = "rwm"; *a; a++)
		if (!*access || strchr(access, *a))
			ret->access[n++] = *a;
	return true;
}
