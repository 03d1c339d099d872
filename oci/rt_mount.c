#include "oci/rt_mount.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "oci/rt_idmap.h"
#include "oci/rt_sys.h"
#include "oci/rt_tmpcopy.h"

/* ---- options ---- */

/* clang-format off */
enum opt_kind {
	ATTR, REC_ATTR, CLEAR, REC_CLEAR, PROPAGATION, REC_PROPAGATION, BIND, RBIND, REMOUNT, COPYUP,
	DATA, IGNORE, IDMAP,
};

static const struct {
	const char *name;
	enum opt_kind kind;
	uint64_t bits;
} options[] = {
	{"ro", ATTR, MOUNT_ATTR_RDONLY}, {"rw", CLEAR, MOUNT_ATTR_RDONLY},
	{"nosuid", ATTR, MOUNT_ATTR_NOSUID}, {"suid", CLEAR, MOUNT_ATTR_NOSUID},
	{"nodev", ATTR, MOUNT_ATTR_NODEV}, {"dev", CLEAR, MOUNT_ATTR_NODEV},
	{"noexec", ATTR, MOUNT_ATTR_NOEXEC}, {"exec", CLEAR, MOUNT_ATTR_NOEXEC},
	{"noatime", ATTR, MOUNT_ATTR_NOATIME}, {"strictatime", ATTR, MOUNT_ATTR_STRICTATIME},
	{"relatime", CLEAR, MOUNT_ATTR__ATIME}, {"atime", CLEAR, MOUNT_ATTR__ATIME},
	{"norelatime", IGNORE, 0}, {"nostrictatime", IGNORE, 0},
	{"nodiratime", ATTR, MOUNT_ATTR_NODIRATIME}, {"diratime", CLEAR, MOUNT_ATTR_NODIRATIME},
	{"nosymfollow", ATTR, MOUNT_ATTR_NOSYMFOLLOW}, {"symfollow", CLEAR, MOUNT_ATTR_NOSYMFOLLOW},
	{"rro", REC_ATTR, MOUNT_ATTR_RDONLY}, {"rrw", REC_CLEAR, MOUNT_ATTR_RDONLY},
	{"rnosuid", REC_ATTR, MOUNT_ATTR_NOSUID}, {"rsuid", REC_CLEAR, MOUNT_ATTR_NOSUID},
	{"rnodev", REC_ATTR, MOUNT_ATTR_NODEV}, {"rdev", REC_CLEAR, MOUNT_ATTR_NODEV},
	{"rnoexec", REC_ATTR, MOUNT_ATTR_NOEXEC}, {"rexec", REC_CLEAR, MOUNT_ATTR_NOEXEC},
	{"rnodiratime", REC_ATTR, MOUNT_ATTR_NODIRATIME}, {"rdiratime", REC_CLEAR, MOUNT_ATTR_NODIRATIME},
	{"rnoatime", REC_ATTR, MOUNT_ATTR_NOATIME}, {"rrelatime", REC_CLEAR, MOUNT_ATTR__ATIME},
	{"ratime", REC_CLEAR, MOUNT_ATTR__ATIME}, {"rstrictatime", REC_ATTR, MOUNT_ATTR_STRICTATIME},
	{"rnosymfollow", REC_ATTR, MOUNT_ATTR_NOSYMFOLLOW}, {"rsymfollow", REC_CLEAR, MOUNT_ATTR_NOSYMFOLLOW},
	{"private", PROPAGATION, MS_PRIVATE}, {"rprivate", REC_PROPAGATION, MS_PRIVATE},
	{"slave", PROPAGATION, MS_SLAVE}, {"rslave", REC_PROPAGATION, MS_SLAVE},
	{"shared", PROPAGATION, MS_SHARED}, {"rshared", REC_PROPAGATION, MS_SHARED},
	{"unbindable", PROPAGATION, MS_UNBINDABLE}, {"runbindable", REC_PROPAGATION, MS_UNBINDABLE},
	{"bind", BIND, 0}, {"rbind", RBIND, 0}, {"remount", REMOUNT, 0},
	{"tmpcopyup", COPYUP, 0}, {"copyup", COPYUP, 0},
	{"defaults", IGNORE, 0}, {"async", IGNORE, 0}, {"nomand", IGNORE, 0}, {"mand", IGNORE, 0},
	{"loud", IGNORE, 0}, {"silent", IGNORE, 0}, {"nolazytime", IGNORE, 0},
	{"sync", DATA, 0}, {"dirsync", DATA, 0}, {"lazytime", DATA, 0}, {"iversion", DATA, 0},
	{"idmap", IDMAP, 0}, {"ridmap", IDMAP, 1}};
/* clang-format on */

static void apply_option(struct rt_mount_opts *o, size_t i)
{
	uint64_t bits = options[i].bits;
	/* the three times are one field: setting one of them clears the others first */
	uint64_t field = bits & MOUNT_ATTR__ATIME ? bits | MOUNT_ATTR__ATIME : bits;

	switch (options[i].kind) {
	case ATTR:
	case REC_ATTR:
		o->set = (o->set & ~field) | bits;
		o->clr |= field == bits ? 0 : field;
		o->clr &= ~(field == bits ? bits : 0);
		if (options[i].kind == REC_ATTR) {
			o->rec_set = (o->rec_set & ~field) | bits;
			o->rec_clr |= field == bits ? 0 : field;
		}
		break;
	case CLEAR:
	case REC_CLEAR:
		o->set &= ~field;
		o->clr |= field;
		if (options[i].kind == REC_CLEAR) {
			o->rec_set &= ~field;
			o->rec_clr |= field;
		}
		break;
	case PROPAGATION:
	case REC_PROPAGATION:
		o->propagation = bits;
		o->propagation_rec = options[i].kind == REC_PROPAGATION;
		break;
	case BIND:
	case RBIND:
		o->bind = true;
		o->rec = options[i].kind == RBIND;
		break;
	case REMOUNT:
		o->remount = true;
		break;
	case COPYUP:
		o->copy_up = true;
		break;
	case IDMAP:
		o->idmap = true;
		o->idmap_rec = options[i].bits;
		break;
	case DATA:
		svec_add(&o->data, options[i].name);
		break;
	default:
		break;
	}
}

static int parse_option(struct rt_mount_opts *o, const char *text, bool bind, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(options[i].name, text) != 0)
			continue;
		apply_option(o, i);
		return 0;
	}
	/* the rest is for the file system; a bind has none that would listen */
	if (bind || !*text)
		return err_set(err, EK_INVALID, "unknown option \"%s\"", text);
	svec_add(&o->data, text);
	return 0;
}

int rt_mount_parse(const struct spec_mount *m, struct rt_mount_opts *ret, struct err *err)
{
	bool type_bind = m->type && (!strcmp(m->type, "bind") || !strcmp(m->type, "rbind"));
	struct rt_mount_opts o = {.bind = type_bind, .rec = type_bind};
	bool bind = type_bind || svec_has(&m->options, "bind") || svec_has(&m->options, "rbind");

	for (size_t i = 0; i < m->options.n; i++)
		if (parse_option(&o, m->options.v[i], bind && !svec_has(&m->options, "remount"),
			    err) < 0) {
			rt_mount_opts_done(&o);
			return -1;
		}
	*ret = o;
	return 0;
}

struct jval *rt_mount_known_options(void)
{
	auto_svec struct svec names = SVEC_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		svec_add(&names, options[i].name);
	svec_sort(&names);
	return jval_new_strings(&names);
}

void rt_mount_opts_done(struct rt_mount_opts *o)
{
	svec_done(&o->data);
}

/* ---- binds: a detached clone of the source, attributes set before anybody sees it ---- */

/* 0, 1: no mount_setattr here, or -1 with errno. Locked flags stay: asking the kernel to clear
 * one is refused, and the mount then keeps what its source has (X2). */
static int tree_attr(int tree, unsigned flags, uint64_t set, uint64_t clr, uint64_t propagation)
{
	if (!set && !clr && !propagation)
		return 0;
	if (sys_mount_setattr(tree, flags, set, clr, propagation) == 0)
		return 0;
	if (errno == EPERM && (clr & ~(set & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0)) &&
		sys_mount_setattr(tree, flags, set, set & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0,
			propagation) == 0)
		return 0;
	return errno == ENOSYS ? 1 : -1;
}

static int bind_attrs(struct rt_op *op, const struct rt_mount_opts *o)
{
	unsigned rec = o->rec ? AT_RECURSIVE : 0;
	/* private unless asked: a clone keeps its source's propagation (V18) */
	uint64_t prop = o->propagation ? o->propagation : MS_PRIVATE;
	bool prop_rec = o->propagation ? o->propagation_rec : true;
	int r = tree_attr(op->tree, prop_rec ? AT_RECURSIVE : 0, 0, 0, prop);

	/* "ro" covers what is mounted below as well: a volume with a writable part is not read-only
	 */
	if (r >= 0)
		r = tree_attr(op->tree, rec, o->rec ? o->rec_set | (o->set & MOUNT_ATTR_RDONLY) : 0,
			o->rec ? o->rec_clr : 0, 0);
	if (r >= 0)
		r = tree_attr(op->tree, 0, o->set, o->clr, 0);
	op->later = r > 0;
	op->set = o->set;
	return r < 0 ? -1 : 0;
}

/* A detached clone. Relative paths are the bundle's, by its name and not its descriptor: that may
 * have been opened in another mount namespace, whose mounts cannot be cloned. */
static int clone_tree(const struct rt_args *a, const char *path, bool rec)
{
	unsigned flags = OPEN_TREE_CLONE | (rec ? AT_RECURSIVE : 0);
	auto_free char *bundle =
		path[0] != '/' && a->bundle_fd >= 0 ? fs_fd_path(a->bundle_fd) : NULL;
	auto_free char *full = bundle ? xasprintf("%s/%s", bundle, path) : NULL;

	return sys_open_tree(AT_FDCWD, full ? full : path, flags);
}

/* By the names in mountinfo; a name that it would escape counts as one with mounts below. */
static bool has_submounts(const char *source)
{
	auto_free char *path = realpath(source, NULL);
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_free char *needle = path ? xasprintf(" %s/", strcmp(path, "/") ? path : "") : NULL;
	auto_fd int fd = fd_open(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY, 0);

	return !needle || strpbrk(path, " \t\n\\") || fd < 0 ||
	       fd_read_all(fd, 8 << 20, &text) < 0 || strstr(text.buf, needle);
}

static int plan_bind(struct rt_plan *p, const struct rt_args *a, const struct spec_mount *m,
	const struct rt_mount_opts *o, struct rt_op *op, struct err *err)
{
	struct stat st;

	if (!m->source || !*m->source)
		return err_set(err, EK_INVALID, "a bind needs a source");
	op->kind = RT_OP_TREE;
	op->source = rt_plan_str(p, m->source);
	op->tree = clone_tree(a, m->source, o->rec);
	if (op->tree < 0) {
		err_sys(err, "open %s", m->source);
		if (err->sys == EINVAL && !o->rec)
			err_advise(err, "other mounts below it cannot be left out here; use the "
					"option rbind");
		return -1;
	}
	rt_plan_keep_fd(p, op->tree);
	if (fstat(op->tree, &st) < 0)
		return err_sys(err, "stat %s", m->source);
	if (!S_ISDIR(st.st_mode))
		op->flags |= RT_OP_IS_FILE;
	if ((o->idmap || m->uid_mappings.n || m->gid_mappings.n) &&
		rt_idmap_apply(op->tree, o->idmap_rec, m, a->spec, err) < 0)
		return -1;
	if (bind_attrs(op, o) < 0)
		return err_sys(err, "set the mount options of %s", m->source);
	/* remounting reaches the topmost mount only: better no bind than a read-only one with holes
	 */
	if (op->later && o->rec && o->set & MOUNT_ATTR_RDONLY && has_submounts(m->source))
		return err_set(err, EK_UNSUPPORTED,
			"%s has other mounts below it, and this kernel cannot make them "
			"read-only (mount_setattr, Linux 5.12)",
			m->source);
	return 0;
}

/* ---- file systems ---- */

static void plan_data(
	struct rt_plan *p, struct rt_op *op, const char *source, const struct svec *data)
{
	op->opts = rt_plan_alloc(p, (data->n + 2) * sizeof(*op->opts)); /* and the source, and a label */
	/* what mount(8) and df(1) show */
	op->opts[op->nopts++] =
		(struct rt_pair){"source", rt_plan_str(p, source && *source ? source : op->fstype)};
	for (size_t i = 0; i < data->n; i++) {
		const char *eq = strchr(data->v[i], '=');

		op->opts[op->nopts++] =
			eq ? (struct rt_pair){rt_plan_fmt(p, "%.*s", (int)(eq - data->v[i]),
						      data->v[i]),
				     rt_plan_str(p, eq + 1)}
			   : (struct rt_pair){rt_plan_str(p, data->v[i]), NULL};
	}
}

/* linux.mountLabel: for file systems whose files have no labels of their own, and only those of the
 * container; the kernel labels proc, sysfs and mqueue by its policy. */
static void plan_label(struct rt_plan *p, struct rt_op *op)
{
	if (!p->mount_label || !*p->mount_label || (strcmp(op->fstype, "tmpfs") != 0 && strcmp(op->fstype, "devpts") != 0))
		return;
	for (size_t i = 0; i < op->nopts; i++)
		if (!strcmp(op->opts[i].key, "context"))
			return;
	op->opts[op->nopts++] = (struct rt_pair){"context", p->mount_label};
}

static int plan_cgroup(struct rt_op *op, const struct rt_args *a)
{
	struct statfs fs;
	bool v2 = !statfs("/sys/fs/cgroup", &fs) && fs.f_type == CGROUP2_SUPER_MAGIC;

	op->kind = RT_OP_CGROUP;
	op->fstype = "cgroup2";
	op->nopts = 1; /* the source's name: options of v1 mean nothing here */
	/* with the host's cgroup namespace the whole hierarchy would be there to write (V16) */
	if (!spec_find_namespace(a->spec, "cgroup"))
		op->set |= MOUNT_ATTR_RDONLY;
	op->fallback = v2 ? "/sys/fs/cgroup" : NULL;
	return 0;
}

static int plan_fs(struct rt_plan *p, const struct rt_args *a, const struct spec_mount *m,
	const struct rt_mount_opts *o, struct rt_op *op, struct err *err)
{
	const char *type = m->type && *m->type ? m->type : "";

	if (!*type)
		return err_set(err, EK_INVALID, "neither a type nor the option bind");
	op->kind = RT_OP_FS;
	op->fstype = rt_plan_str(p, type);
	op->set = o->set;
	plan_data(p, op, m->source, &o->data);
	plan_label(p, op);
	if (!strcmp(type, "proc"))
		op->flags |= RT_OP_NO_LINK | RT_OP_PROC;
	else if (!strcmp(type, "sysfs"))
		op->flags |= RT_OP_NO_LINK;
	else if (!strcmp(type, "devpts"))
		op->flags |= RT_OP_PTS;
	if (!strcmp(type, "sysfs"))
		op->fallback = "/sys";
	else if (!strcmp(type, "mqueue"))
		op->fallback = "/dev/mqueue";
	else if (!strcmp(type, "cgroup") || !strcmp(type, "cgroup2"))
		return plan_cgroup(op, a);
	else if (!strcmp(type, "tmpfs") && o->copy_up)
		return rt_tmpcopy_make(p, op, err);
	return 0;
}

/* Files of procfs that programs which virtualise it (lxcfs) cover. */
static bool may_cover_proc(const char *target)
{
	static const char *const files[] = {"cpuinfo", "diskstats", "meminfo", "stat", "swaps",
		"uptime", "loadavg", "slabinfo", "net/dev", "sys/kernel/ns_last_pid",
		"sys/crypto/fips_enabled"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!strncmp(target, "/proc/", 6) && !strcmp(target + 6, files[i]))
			return true;
	return false;
}

static int plan_mount(struct rt_plan *p, const struct rt_args *a, const struct spec_mount *m,
	struct rt_op *op, struct err *err)
{
	auto_free char *target = fs_clean(m->destination);
	struct rt_mount_opts o;
	int r = 0;

	if (!strcmp(target, "/"))
		return err_set(err, EK_INVALID, "the root cannot be mounted over");
	if (rt_mount_parse(m, &o, err) < 0)
		return -1;
	op->tree = -1;
	op->target = rt_plan_str(p, target);
	op->flags = may_cover_proc(target) ? RT_OP_OVER_PROC : 0;
	if (o.remount) {
		op->kind = RT_OP_REMOUNT;
		op->set = o.set;
		op->clr = o.clr;
		op->propagation = o.propagation;
	} else if (o.bind) {
		r = plan_bind(p, a, m, &o, op, err);
	} else {
		r = o.idmap || m->uid_mappings.n || m->gid_mappings.n
			    ? err_set(err, EK_UNSUPPORTED, "only binds can be mapped to other ids")
			    : plan_fs(p, a, m, &o, op, err);
	}
	if (!strcmp(target, "/dev") && !o.bind && !o.remount) {
		op->flags |= RT_OP_NO_LINK | RT_OP_POPULATE;
		p->populate_dev = true;
		p->dev_readonly = op->set & MOUNT_ATTR_RDONLY;
		p->dev_op = (size_t)(op - p->ops);
		op->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	}
	rt_mount_opts_done(&o);
	return r;
}

/* M5: /dev is always fresh, even if the configuration does not mention it. */
static void default_dev(struct rt_plan *p, struct rt_op *op)
{
	static const struct rt_pair opts[] = {
		{"source", "tmpfs"}, {"mode", "755"}, {"size", "65536k"}, {NULL, NULL}};

	*op = (struct rt_op){.kind = RT_OP_FS,
		.flags = RT_OP_NO_LINK | RT_OP_POPULATE,
		.target = "/dev",
		.fstype = "tmpfs",
		.opts = rt_plan_alloc(p, sizeof(opts)),
		.nopts = ARRAY_SIZE(opts) - 1,
		.tree = -1,
		.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC};
	memcpy(op->opts, opts, sizeof(opts));
	plan_label(p, op);
	p->populate_dev = true;
}

static bool mentions_dev(const struct spec_runtime *s)
{
	for (size_t i = 0; i < s->mounts.n; i++) {
		auto_free char *target = fs_clean(s->mounts.v[i].destination);

		if (!strcmp(target, "/dev"))
			return true;
	}
	return false;
}

int rt_mount_list(struct rt_plan *p, const struct rt_args *a, struct err *err)
{
	const struct spec_runtime *s = a->spec;

	p->ops = rt_plan_alloc(p, (s->mounts.n + 1) * sizeof(*p->ops));
	if (!mentions_dev(s))
		default_dev(p, &p->ops[p->nops++]);
	for (size_t i = 0; i < s->mounts.n; i++)
		if (plan_mount(p, a, &s->mounts.v[i], &p->ops[p->nops++], err) < 0)
			return err_wrap(err, "mount %s", s->mounts.v[i].destination);
	return 0;
}

/* ---- root and masks ---- */

static int plan_propagation(struct rt_plan *p, const char *name, struct err *err)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} names[] = {{"private", MS_PRIVATE}, {"rprivate", MS_PRIVATE | MS_REC},
		{"slave", MS_SLAVE}, {"rslave", MS_SLAVE | MS_REC}, {"shared", MS_SHARED},
		{"rshared", MS_SHARED | MS_REC}, {"unbindable", MS_UNBINDABLE},
		{"runbindable", MS_UNBINDABLE | MS_REC}};

	p->old_propagation = MS_PRIVATE;
	if (!name || !*name)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, name) != 0)
			continue;
		if (names[i].flags & (MS_SLAVE | MS_SHARED))
			p->old_propagation = MS_SLAVE;
		p->root_propagation = names[i].flags;
		return 0;
	}
	return err_set(err, EK_INVALID, "linux.rootfsPropagation: unknown value \"%s\"", name);
}

/* A descriptor of a mount in our namespace is cloned; one that is detached already is used as it
 * is where the kernel cannot clone it (before 6.15). */
static int root_tree(const struct rt_args *a, struct err *err)
{
	const char *path = a->spec->root.path;
	unsigned flags = OPEN_TREE_CLONE | AT_RECURSIVE;
	int tree;

	if (a->rootfs_fd >= 0) {
		tree = sys_open_tree(a->rootfs_fd, "", flags | AT_EMPTY_PATH);
		if (tree < 0 && errno == EINVAL)
			tree = fd_dup(a->rootfs_fd);
		return tree < 0 ? err_sys(err, "clone the mount of the root file system") : tree;
	}
	if (!path || !*path)
		return err_set(err, EK_INVALID, "root.path: missing");
	tree = clone_tree(a, path, true);
	return tree < 0 ? err_sys(err, "open the root file system %s", path) : tree;
}

int rt_mount_root(struct rt_plan *p, const struct rt_args *a, struct err *err)
{
	struct stat st;
	int r;

	if (plan_propagation(p, a->spec->linux_.rootfs_propagation, err) < 0)
		return -1;
	p->root = root_tree(a, err);
	if (p->root < 0)
		return -1;
	rt_plan_keep_fd(p, p->root);
	if (fstat(p->root, &st) < 0)
		return err_sys(err, "stat the root file system");
	if (!S_ISDIR(st.st_mode))
		return err_set(err, EK_INVALID, "the root file system is not a directory");
	r = tree_attr(p->root, AT_RECURSIVE, 0, 0, p->old_propagation);
	if (r < 0)
		return err_sys(err, "make the root file system private");
	p->root_later = r > 0;
	p->root_readonly = a->spec->root.readonly;
	p->no_pivot = a->no_pivot;
	return 0;
}

static int plan_paths(struct rt_plan *p, const struct svec *l, const char *what, const char ***ret,
	size_t *n, struct err *err)
{
	*ret = rt_plan_alloc(p, (l->n + 1) * sizeof(**ret));
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i][0] != '/')
			return err_set(
				err, EK_INVALID, "linux.%s: \"%s\" is not absolute", what, l->v[i]);
		(*ret)[(*n)++] = rt_plan_str(p, l->v[i]);
	}
	return 0;
}

int rt_mount_masks(struct rt_plan *p, const struct spec_runtime *s, struct err *err)
{
	if (plan_paths(p, &s->linux_.masked_paths, "maskedPaths", &p->masked, &p->nmasked, err) < 0)
		return -1;
	return plan_paths(
		p, &s->linux_.readonly_paths, "readonlyPaths", &p->readonly, &p->nreadonly, err);
}
