/*
 * specgen_mounts.c - the mount list: podlite's own, the image's volumes, the user's.
 *
 * The user's mount at a place replaces ours and the image's there. Destinations are texts; the
 * runtime resolves them inside the root by descriptor (threats.md M1, V8, V9).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/log.h"
#include "podlite/engine/specgen.h"

#define SHM_DEFAULT (64 << 20)

/* ---- what the options say ---- */

static bool selinux_is_on(void)
{
	return access("/sys/fs/selinux/enforce", F_OK) == 0;
}

bool specgen_mounts_covers(const struct specgen *g, const char *dest)
{
	for (size_t i = 0; i < g->mounts.n; i++)
		if (!strcmp(g->mounts.v[i].dest, dest))
			return true;
	return false;
}

static bool same_options(const struct svec *a, const struct svec *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (strcmp(a->v[i], b->v[i]))
			return false;
	return a->n == b->n;
}

/* The same mount twice, as scripts that join lists of options ask for. */
static bool is_there(const struct specgen *g, const struct create_mount *m)
{
	for (size_t i = 0; i < g->mounts.n; i++) {
		const struct create_mount *o = &g->mounts.v[i];

		if (o->kind == m->kind && o->source && m->source && !strcmp(o->source, m->source) &&
			!strcmp(o->dest, m->dest) && same_options(&o->options, &m->options) &&
			o->relabel == m->relabel && o->nocopy == m->nocopy && o->overlay == m->overlay &&
			o->chown == m->chown && !strcmp(o->subpath ?: "", m->subpath ?: ""))
			return true;
	}
	return false;
}

int specgen_mounts_keep(struct specgen *g, struct create_mount *m, struct err *err)
{
	if (is_there(g, m)) {
		create_mount_done(m);
		return 0;
	}
	if (specgen_mounts_covers(g, m->dest)) {
		err_set(err, EK_USAGE, "%s: duplicate mount destination", m->dest);
	} else if (g->mounts.n >= SPECGEN_MAX_MOUNTS) {
		err_set(err, EK_USAGE, "more than %d mounts", SPECGEN_MAX_MOUNTS);
	} else if (m->relabel && selinux_is_on()) {
		err_set(err, EK_UNSUPPORTED, "%s: relabelling for SELinux (z, Z) is not built yet; use --security-opt label=disable and no z", m->dest);
	} else {
		g->mounts.v = xrealloc(g->mounts.v, g->mounts.n + 1, sizeof(*g->mounts.v));
		g->mounts.v[g->mounts.n++] = *m;
		return 0;
	}
	create_mount_done(m);
	return -1;
}

static int source_of_bind(struct create_mount *m, struct err *err)
{
	auto_free char *source = m->kind == CREATE_MOUNT_BIND ? fs_abspath(m->source) : NULL;
	struct stat st;

	if (m->kind != CREATE_MOUNT_BIND)
		return 0;
	if (!source || stat(source, &st) < 0) {
		if (errno != ENOENT)
			return err_sys(err, "statfs %s", m->source);
		err_set(err, EK_NOT_FOUND, "statfs %s: no such file or directory", m->source);
		return err_advise(err, "make the directory first, or give a name without / for a volume");
	}
	free(m->source);
	m->source = take_ptr(source);
	return 0;
}

static int parse_all(struct specgen *g, const struct svec *texts,
	int (*parse)(const char *, struct create_mount *, struct err *), struct err *err)
{
	for (size_t i = 0; i < texts->n; i++) {
		struct create_mount m = {.kind = CREATE_MOUNT_BIND};

		if (parse(texts->v[i], &m, err) < 0)
			return -1;
		if (m.kind == CREATE_MOUNT_GLOB || source_of_bind(&m, err) < 0) {
			int r = m.kind == CREATE_MOUNT_GLOB ? specgen_mounts_glob(g, &m, err) : -1;

			create_mount_done(&m);
			if (r < 0)
				return -1;
			continue;
		}
		if (specgen_mounts_keep(g, &m, err) < 0)
			return -1;
	}
	return 0;
}

int specgen_mounts_parse(struct specgen *g, struct err *err)
{
	g->shm_size = SHM_DEFAULT;
	if (g->o->shm_size && create_number_size("shm-size", g->o->shm_size, false, &g->shm_size, err) < 0)
		return -1;
	if (g->o->shm_size && g->ipc.mode != CREATE_NS_PRIVATE && g->ipc.mode != CREATE_NS_PATH)
		return err_set(err, EK_USAGE, "cannot set shmsize when running in the %s IPC namespace",
			g->ipc.mode == CREATE_NS_HOST ? "host" : g->ipc.mode == CREATE_NS_NONE ? "none" : "container");
	if (parse_all(g, &g->o->volumes, create_volume_parse, err) < 0 ||
		parse_all(g, &g->o->mounts, create_mount_parse, err) < 0)
		return -1;
	if (parse_all(g, &g->o->tmpfs, create_tmpfs_parse, err) < 0)
		return -1;
	/* last: what the command line mounts at the same place comes first */
	return specgen_mounts_from(g, err);
}

/* ---- podlite's own mounts ---- */

static void own(struct specgen *g, const char *dest, const char *type, const char *source, const char *options)
{
	if (!specgen_mounts_covers(g, dest))
		spec_add_mount(&g->spec, dest, type, source, options);
}

/* --read-only --read-only-tmpfs=false: nothing at all can be written, as with podman. */
static bool all_read_only(const struct specgen *g)
{
	return g->o->read_only && g->o->read_only_tmpfs < 0;
}

static int add_shm(struct specgen *g, struct err *err)
{
	auto_free char *options = xasprintf("nosuid,noexec,nodev,mode=1777,size=%lld%s", (long long)g->shm_size,
		all_read_only(g) ? ",ro" : "");
	auto_free char *shared = NULL;

	if (g->ipc.mode == CREATE_NS_NONE || specgen_mounts_covers(g, "/dev/shm"))
		return 0;
	if (g->ipc.mode == CREATE_NS_CONTAINER) {
		shared = specgen_prepared_add(g, "shm", jval_get_str(g->refresh, "ipc", NULL), NULL, NULL, err);
		if (!shared)
			return -1;
	}
	if (g->ipc.mode == CREATE_NS_HOST || shared)
		own(g, "/dev/shm", "bind", shared ? shared : "/dev/shm", "rbind,rprivate,nosuid,nodev,noexec,rw");
	else
		own(g, "/dev/shm", "tmpfs", "shm", options);
	return 0;
}

/* A procfs or sysfs of its own can be mounted only where the namespace it shows is the
 * container's; else the runtime binds the host's (sysfs), or we do (proc). */
/* Of an IPC namespace that an outer user namespace owns nobody can mount it, and the host's would be another's. */
static bool has_mqueue(const struct specgen *g)
{
	bool joined = g->ipc.mode == CREATE_NS_CONTAINER || g->ipc.mode == CREATE_NS_PATH;

	if (g->ipc.mode == CREATE_NS_HOST)
		return access("/dev/mqueue", F_OK) == 0;
	return !joined || !specgen_userns_is_own(g);
}

static int add_kernel(struct specgen *g, struct err *err)
{
	bool own_pid = g->pid.mode != CREATE_NS_HOST && g->pid.mode != CREATE_NS_PATH;
	/* the container may manage cgroups of its own below where it is only if it is trusted, or systemd */
	const char *cgroup = g->o->privileged || g->systemd ? "rprivate,nosuid,noexec,nodev,relatime,rw"
					      : "rprivate,nosuid,noexec,nodev,relatime,ro";

	if (own_pid)
		own(g, "/proc", "proc", "proc", "nosuid,noexec,nodev");
	else
		own(g, "/proc", "bind", "/proc", "rbind,rprivate,nosuid,noexec,nodev");
	own(g, "/dev", "tmpfs", "tmpfs", all_read_only(g) ? "nosuid,noexec,strictatime,mode=755,size=65536k,ro"
							  : "nosuid,noexec,strictatime,mode=755,size=65536k");
	own(g, "/sys", "sysfs", "sysfs", g->o->privileged ? "nosuid,noexec,nodev,rw" : "nosuid,noexec,nodev,ro");
	own(g, "/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5");
	if (has_mqueue(g))
		own(g, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
	if (access("/sys/fs/cgroup", F_OK) == 0)
		own(g, "/sys/fs/cgroup", "cgroup", "cgroup", cgroup);
	return add_shm(g, err);
}

static void add_read_only(struct specgen *g)
{
	static const char *const dirs[] = {"/run", "/tmp", "/var/tmp"};

	g->spec.root.readonly = g->o->read_only;
	g->rec.read_only = g->o->read_only;
	if (!g->o->read_only || all_read_only(g))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (!g->systemd || !strcmp(dirs[i], "/var/tmp")) /* the others it has (specgen_systemd.c) */
			own(g, dirs[i], "tmpfs", "tmpfs", "rw,rprivate,nosuid,nodev,tmpcopyup");
}

/* ---- the image's and the user's ---- */

/* An image must not place a volume where the kernel's file systems go (threats.md V3, V7). */
static bool image_may(const char *dest)
{
	return !fs_is_below(dest, "/proc") && !fs_is_below(dest, "/sys") && !fs_is_below(dest, "/dev");
}

static int add_image_volumes(struct specgen *g, struct err *err)
{
	if (g->o->image_volume && !strcmp(g->o->image_volume, "ignore"))
		return 0;
	for (size_t i = 0; i < g->cfg.volumes.n; i++) {
		bool tmpfs = g->o->image_volume && !strcmp(g->o->image_volume, "tmpfs");
		struct create_mount m = {.kind = tmpfs ? CREATE_MOUNT_TMPFS : CREATE_MOUNT_VOLUME, .from_image = true};

		if (create_mount_dest(&m, g->cfg.volumes.v[i], err) < 0) {
			create_mount_done(&m);
			return err_wrap(err, "volume declared by the image");
		}
		if (!image_may(m.dest) || specgen_mounts_covers(g, m.dest)) {
			log_debug("volume %s of the image is not used", m.dest);
			create_mount_done(&m);
			continue;
		}
		if (specgen_mounts_keep(g, &m, err) < 0)
			return -1;
	}
	return 0;
}

static bool has_any(const struct svec *options, const char *const *words)
{
	for (; *words; words++)
		if (svec_has(options, *words))
			return true;
	return false;
}

static void by_default(struct svec *options, const char *const *words)
{
	if (!has_any(options, words))
		svec_add(options, words[0]);
}

static void complete_devpts(struct svec *options)
{
	bool has_mode = false;

	SVEC_EACH(o, options)
		has_mode |= !strncmp(o, "mode=", 5);
	for (const char *const *o = (const char *const[]){"nosuid", "noexec", "newinstance", "ptmxmode=0666", NULL}; *o; o++)
		svec_add(options, *o);
	if (!has_mode)
		svec_add(options, "mode=0620");
}

/* A device file, or a directory of them: who mounts that wants to use it, and may no more in it than on the host. */
static bool is_of_devices(const struct create_mount *m)
{
	struct stat st;

	if (m->kind != CREATE_MOUNT_BIND || !m->source)
		return false;
	return !strcmp(m->source, "/dev") || !strncmp(m->source, "/dev/", 5) ||
		(stat(m->source, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)));
}

/* What the user left open, safest first (threats.md §7, U9, V18). */
static void complete_options(const struct create_mount *m, struct svec *options)
{
	static const char *const rw[] = {"rw", "ro", NULL}, *const ro[] = {"ro", "rw", NULL};
	static const char *const propagation[] = {"rprivate", "private", "shared", "rshared", "slave", "rslave",
		"unbindable", "runbindable", NULL};
	static const char *const suid[] = {"nosuid", "suid", NULL}, *const dev[] = {"nodev", "dev", NULL};
	static const char *const dev_first[] = {"dev", "nodev", NULL};
	static const char *const bind[] = {"rbind", "bind", NULL}, *const exec[] = {"noexec", "exec", NULL};
	static const char *const copy[] = {"tmpcopyup", "notmpcopyup", NULL};

	svec_add_all(options, &m->options);
	by_default(options, m->kind == CREATE_MOUNT_IMAGE ? ro : rw);
	by_default(options, propagation);
	if (m->kind == CREATE_MOUNT_DEVPTS)
		return complete_devpts(options);
	by_default(options, suid);
	by_default(options, is_of_devices(m) ? dev_first : dev);
	if (m->kind == CREATE_MOUNT_RAMFS)
		return by_default(options, exec);
	by_default(options, m->kind == CREATE_MOUNT_TMPFS ? exec : bind);
	if (m->kind == CREATE_MOUNT_TMPFS)
		by_default(options, copy);
	for (size_t i = options->n; i-- > 0;)
		if (!strcmp(options->v[i], "notmpcopyup"))
			svec_remove(options, i);
}

static void record(struct specgen *g, const struct create_mount *m, const char *source, const struct svec *options)
{
	struct ctr_mount *r;

	g->rec.mounts.v = xrealloc(g->rec.mounts.v, g->rec.mounts.n + 1, sizeof(*r));
	r = &g->rec.mounts.v[g->rec.mounts.n++];
	*r = (struct ctr_mount){
		.type = xstrdup(create_mount_kind_name(m->kind)),
		.source = xstrdup(m->kind == CREATE_MOUNT_IMAGE ? m->source : source),
		.destination = xstrdup(m->dest),
		.subpath = xstrdup(m->subpath),
		.rw = !svec_has(options, "ro"),
	};
	if (m->kind == CREATE_MOUNT_VOLUME)
		r->name = xstrdup(g->volumes.v[g->volumes.n - 1].name);
	for (size_t i = 0; i < options->n; i++)
		if (strstr(options->v[i], "private") || strstr(options->v[i], "shared") ||
			strstr(options->v[i], "slave") || strstr(options->v[i], "unbindable"))
			r->propagation = xstrdup(options->v[i]);
		else
			svec_add(&r->options, options->v[i]);
}

static bool is_fs(const struct create_mount *m)
{
	return m->kind == CREATE_MOUNT_TMPFS || m->kind == CREATE_MOUNT_RAMFS || m->kind == CREATE_MOUNT_DEVPTS;
}

static bool is_tmpfs_volume(const struct specgen *g, const struct create_mount *m)
{
	return m->kind == CREATE_MOUNT_VOLUME && g->volumes.v[g->volumes.n - 1].tmpfs;
}

/* Is m bound from something that the monitor mounts first? */
static bool is_prepared(const struct specgen *g, const struct create_mount *m)
{
	return m->overlay || m->subpath || m->kind == CREATE_MOUNT_IMAGE || is_tmpfs_volume(g, m);
}

static char *prepare(struct specgen *g, const struct create_mount *m, const char *source, struct err *err)
{
	if (m->overlay)
		return specgen_prepared_overlay(g, source, err);
	if (m->kind == CREATE_MOUNT_IMAGE)
		return specgen_prepared_image(g, m, err);
	if (is_tmpfs_volume(g, m))
		return specgen_prepared_tmpfs(g, err);
	return specgen_prepared_add(g, "volume", source, m->subpath, NULL, err);
}

/* A tmpfs has no files before the monitor mounts it. */
static int check_volume(const struct specgen *g, const struct create_mount *m, struct err *err)
{
	const struct specgen_volume *v = &g->volumes.v[g->volumes.n - 1];

	if (v->tmpfs && (m->overlay || m->subpath || m->chown))
		return err_set(err, EK_UNSUPPORTED, "volume %s is a tmpfs: O, U and subpath cannot be used with it", v->name);
	return 0;
}

static void add_volume_options(const struct specgen_volume *v, const struct create_mount *m, struct svec *options)
{
	SVEC_EACH(o, &v->options) {
		struct create_mount both = {.kind = CREATE_MOUNT_VOLUME};
		bool ok = true;

		svec_add_all(&both.options, &m->options);
		/* sizes and modes are for the mount that the monitor makes */
		ok = create_mount_option(&both, o, NULL) == 0;
		if (ok && !svec_has(&m->options, o))
			svec_add(options, o);
		create_mount_done(&both);
	}
}

static int add_mount(struct specgen *g, const struct create_mount *m, struct err *err)
{
	static const char *const types[] = {"bind", "bind", "tmpfs", "bind", "ramfs", "devpts"};
	auto_svec struct svec options = SVEC_INIT;
	auto_free char *text = NULL, *prepared = NULL;
	const char *source = is_fs(m) ? types[m->kind] : m->source;

	if (m->kind == CREATE_MOUNT_VOLUME)
		source = specgen_volumes_use(g, m, err);
	if (!source || (m->kind == CREATE_MOUNT_VOLUME && check_volume(g, m, err) < 0))
		return -1;
	prepared = is_prepared(g, m) ? prepare(g, m, source, err) : NULL;
	if (!prepared && is_prepared(g, m))
		return -1;
	/* the volume's own wishes, where the command line has none */
	if (m->kind == CREATE_MOUNT_VOLUME && g->volumes.v[g->volumes.n - 1].options.n)
		add_volume_options(&g->volumes.v[g->volumes.n - 1], m, &options);
	complete_options(m, &options);
	text = svec_join(&options, ",");
	spec_add_mount(&g->spec, m->dest, types[m->kind], prepared ? prepared : source, text);
	if (m->overlay)
		svec_add(&options, "O");
	record(g, m, source, &options);
	return 0;
}

int specgen_mounts(struct specgen *g, struct err *err)
{
	if (add_image_volumes(g, err) < 0 || add_kernel(g, err) < 0)
		return -1;
	specgen_systemd_mounts(g);
	add_read_only(g);
	for (size_t i = 0; i < g->mounts.n; i++)
		if (add_mount(g, &g->mounts.v[i], err) < 0)
			return -1;
	g->rec.shm_size = g->shm_size;
	return 0;
}

static size_t depth(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* Insertion sort: stable, and the list is short and almost sorted. */
void specgen_mounts_sort(struct specgen *g)
{
	struct spec_mount *v = g->spec.mounts.v;

	for (size_t i = 1; i < g->spec.mounts.n; i++) {
		struct spec_mount m = v[i];
		size_t k = i;

		for (; k > 0 && depth(v[k - 1].destination) > depth(m.destination); k--)
			v[k] = v[k - 1];
		v[k] = m;
	}
}
