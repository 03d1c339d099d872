#include "oci/rt_plan.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "oci/rt_attr.h"
#include "oci/rt_listener.h"

/* ---- memory ---- */

struct rt_chunk {
	struct rt_chunk *next;
	size_t used, size;
	max_align_t data[];
};

#define CHUNK 16384

void *rt_plan_alloc(struct rt_plan *p, size_t n)
{
	struct rt_chunk *c = p->chunks;
	char *at;

	n = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (!c || c->size - c->used < n) {
		size_t size = MAX_OF(n, (size_t)CHUNK);

		c = xcalloc(1, sizeof(*c) + size);
		c->size = size;
		c->next = p->chunks;
		p->chunks = c;
	}
	at = (char *)c->data + c->used;
	c->used += n;
	return at;
}

char *rt_plan_str(struct rt_plan *p, const char *s)
{
	size_t n;
	char *copy;

	if (!s)
		return NULL;
	n = strlen(s) + 1;
	copy = rt_plan_alloc(p, n);
	memcpy(copy, s, n);
	return copy;
}

char *rt_plan_fmt(struct rt_plan *p, const char *fmt, ...)
{
	auto_free char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	s = alloc_vfmt(fmt, ap);
	va_end(ap);
	return rt_plan_str(p, s);
}

char **rt_plan_strv(struct rt_plan *p, const struct svec *l)
{
	char **v = rt_plan_alloc(p, (l->n + 1) * sizeof(*v));

	for (size_t i = 0; i < l->n; i++)
		v[i] = rt_plan_str(p, l->v[i]);
	return v;
}

int rt_plan_keep_fd(struct rt_plan *p, int fd)
{
	if (p->nfds == p->fds_cap) {
		p->fds_cap = p->fds_cap ? p->fds_cap * 2 : 32;
		p->fds = xrealloc(p->fds, p->fds_cap, sizeof(*p->fds));
	}
	p->fds[p->nfds++] = fd;
	return fd;
}

struct rt_plan *rt_plan_new(void)
{
	struct rt_plan *p = new0(struct rt_plan);

	p->sync_child = p->target = p->cgroup_fd = p->root = p->null = p->start_listener = -1;
	p->stdio[0] = p->stdio[1] = p->stdio[2] = -1;
	return p;
}

void rt_plan_close(struct rt_plan *p)
{
	while (p->nfds)
		fd_close(p->fds[--p->nfds]);
}

void rt_plan_free(struct rt_plan *p)
{
	if (!p)
		return;
	rt_plan_close(p);
	free(p->fds);
	while (p->chunks) {
		struct rt_chunk *next = p->chunks->next;

		free(p->chunks);
		p->chunks = next;
	}
	rt_bpf_done(&p->bpf);
	free(p->cgroup);
	svec_done(&p->cgroup1);
	free(p);
}

/* ---- the process ---- */

#define LIMIT(n)                                                                                   \
	{                                                                                          \
		"RLIMIT_" #n, RLIMIT_##n                                                           \
	}
static const struct {
	const char *name;
	int resource;
} limits[] = {LIMIT(AS), LIMIT(CORE), LIMIT(CPU), LIMIT(DATA), LIMIT(FSIZE), LIMIT(LOCKS),
	LIMIT(MEMLOCK), LIMIT(MSGQUEUE), LIMIT(NICE), LIMIT(NOFILE), LIMIT(NPROC), LIMIT(RSS),
	LIMIT(RTPRIO), LIMIT(RTTIME), LIMIT(SIGPENDING), LIMIT(STACK)};

static int plan_limit(const struct spec_rlimit *from, struct rt_limit *to, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (strcmp(limits[i].name, from->type) != 0)
			continue;
		if (from->soft > from->hard)
			return err_set(err, EK_INVALID,
				"process.rlimits: %s: the soft limit is above the hard one",
				from->type);
		to->name = limits[i].name;
		to->resource = limits[i].resource;
		/* 2^64-1 is RLIM_INFINITY on both sides */
		to->value.rlim_cur = (rlim_t)from->soft;
		to->value.rlim_max = (rlim_t)from->hard;
		return 0;
	}
	return err_set(err, EK_INVALID, "process.rlimits: unknown type \"%s\"", from->type);
}

static int plan_limits(struct rt_plan *p, const struct spec_process *sp, struct err *err)
{
	p->limits = rt_plan_alloc(p, sp->rlimits.n * sizeof(*p->limits));
	for (size_t i = 0; i < sp->rlimits.n; i++, p->nlimits++)
		if (plan_limit(&sp->rlimits.v[i], &p->limits[i], err) < 0)
			return -1;
	return 0;
}

static void plan_user(struct rt_plan *p, const struct spec_process *sp)
{
	const struct spec_user *u = &sp->user;

	p->uid = u->uid;
	p->gid = u->gid;
	p->umask = u->umask < 0 ? 0022 : (int)u->umask;
	p->ngroups = u->additional_gids.n;
	p->groups = rt_plan_alloc(p, (p->ngroups + 1) * sizeof(*p->groups));
	for (size_t i = 0; i < p->ngroups; i++)
		p->groups[i] = u->additional_gids.v[i];
	p->has_oom = sp->has_oom_score_adj;
	p->oom = rt_plan_fmt(p, "%d", (int)sp->oom_score_adj);
	p->no_new_privs = sp->no_new_privileges;
	rt_caps_parse(sp->capabilities, &p->caps);
	p->caps_known = rt_caps_all();
}

/* The paths to try, in $PATH order; relative ones start at the working directory, as in a shell. */
static void plan_command(struct rt_plan *p, const struct spec_process *sp)
{
	const char *path = svec_env_get(&sp->env, "PATH");
	auto_svec struct svec dirs = SVEC_INIT;
	const char *cmd = sp->args.v[0];

	p->argv = rt_plan_strv(p, &sp->args);
	p->envp = rt_plan_strv(p, &sp->env);
	p->cwd = rt_plan_str(p, sp->cwd);
	p->search = *cmd && !strchr(cmd, '/');
	if (p->search)
		svec_add_split(&dirs,
			path && *path
				? path
				: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			':');
	p->candidates = rt_plan_alloc(p, (dirs.n + 2) * sizeof(*p->candidates));
	for (size_t i = 0; i < dirs.n; i++)
		p->candidates[i] = rt_plan_fmt(p, "%s/%s", *dirs.v[i] ? dirs.v[i] : ".", cmd);
	if (!p->search)
		p->candidates[0] = p->argv[0];
}

static bool apparmor_enabled(void)
{
	auto_fd int fd = fd_open(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", O_RDONLY, 0);
	char c = 'N';

	return fd >= 0 && fd_read_some(fd, &c, 1) == 1 && c == 'Y';
}

/* A label asked for and not applied would be worse than none (V28). */
static int plan_labels(struct rt_plan *p, const struct spec_process *sp,
	const struct spec_runtime *spec, struct err *err)
{
	const char *profile = sp->apparmor_profile, *label = sp->selinux_label;

	if (profile && *profile) {
		if (!apparmor_enabled())
			return err_set(err, EK_UNSUPPORTED,
				"process.apparmorProfile: AppArmor is not enabled in this kernel");
		p->exec_profile = rt_plan_fmt(p, "exec %s", profile);
	}
	if ((label && *label) || (spec->linux_.mount_label && *spec->linux_.mount_label)) {
		if (!fs_exists(AT_FDCWD, "/sys/fs/selinux/enforce"))
			return err_set(err, EK_UNSUPPORTED,
				"SELinux labels: SELinux is not enabled in this kernel");
		p->exec_label = label && *label ? rt_plan_str(p, label) : NULL;
		p->mount_label = rt_plan_str(p, spec->linux_.mount_label);
	}
	return 0;
}

int rt_plan_process(struct rt_plan *p, const struct spec_process *sp,
	const struct spec_runtime *spec, int cache_fd, const char *compiler, struct err *err)
{
	const char *keep = svec_env_get(&spec->annotations, "run.oci.keep_original_groups");

	if (!sp->args.n || !sp->cwd)
		return err_set(err, EK_INVALID, "process: no command or no working directory");
	if (rt_attr_plan(p, sp, spec, err) < 0)
		return -1;
	plan_user(p, sp);
	plan_command(p, sp);
	p->keep_groups = keep && !strcmp(keep, "1");
	p->terminal = sp->terminal;
	if (plan_limits(p, sp, err) < 0 || plan_labels(p, sp, spec, err) < 0)
		return -1;
	if (rt_seccomp_load(spec->linux_.seccomp, cache_fd, compiler, &p->bpf, err) < 0)
		return -1;
	return p->bpf.notify ? rt_listener_check(spec->linux_.seccomp, err) : 0;
}

int rt_plan_stdio(
	struct rt_plan *p, const int stdio[3], const int *preserve, size_t n, struct err *err)
{
	for (int i = 0; i < 3; i++)
		p->stdio[i] = stdio[i];
	if (stdio[0] < 0 || stdio[1] < 0 || stdio[2] < 0) {
		int fd = fd_open(AT_FDCWD, "/dev/null", O_RDWR, 0);

		if (fd < 0)
			return err_neg(err, fd, "open /dev/null");
		rt_plan_keep_fd(p, fd);
		for (int i = 0; i < 3; i++)
			p->stdio[i] = stdio[i] < 0 ? fd : stdio[i];
	}
	p->npreserve = n;
	p->preserve = rt_plan_alloc(p, (n + 1) * sizeof(int));
	if (n)
		memcpy(p->preserve, preserve, n * sizeof(int));
	return 0;
}

/* ---- sysctls: only what belongs to a namespace of the container's own (V54) ---- */

static bool in_list(const char *const *list, const char *s)
{
	for (; *list; list++)
		if (!strcmp(*list, s))
			return true;
	return false;
}

static const char *namespace_of(const char *key)
{
	static const char *const ipc[] = {"kernel/msgmax", "kernel/msgmnb", "kernel/msgmni",
		"kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni",
		"kernel/shm_rmid_forced", "kernel/msg_next_id", "kernel/sem_next_id",
		"kernel/shm_next_id", NULL};
	static const char *const uts[] = {"kernel/domainname", "kernel/hostname", NULL};

	if (in_list(ipc, key) || !strncmp(key, "fs/mqueue/", 10))
		return "ipc";
	if (in_list(uts, key))
		return "uts";
	return !strncmp(key, "net/", 4) ? "network" : NULL;
}

/* sysctl(8): dots separate and slashes are dots of names, unless the first separator is a slash. */
static void key_to_path(char *key)
{
	bool dots = key[strcspn(key, "./")] == '.';

	for (; dots && *key; key++)
		if (*key == '.' || *key == '/')
			*key = *key == '.' ? '/' : '.';
}

static int plan_sysctl(struct rt_plan *p, const struct spec_runtime *s, const char *text,
	struct rt_pair *ret, struct err *err)
{
	const char *eq = strchr(text, '='), *ns;
	char *path = rt_plan_fmt(p, "sys/%.*s", (int)(eq - text), text);
	char *key = path + 4;

	key_to_path(key);
	if (strchr(eq + 1, '\n') || strstr(key, "//") || strstr(key, "..") || *key == '/')
		return err_set(err, EK_INVALID, "sysctl: \"%s\" is malformed", text);
	ns = namespace_of(key);
	if (!ns)
		return err_set(err, EK_DENIED,
			"sysctl %.*s: it is not of a namespace, so it would change the host",
			(int)(eq - text), text);
	if (!spec_find_namespace(s, ns))
		return err_set(err, EK_DENIED,
			"sysctl %.*s: the container has no %s namespace of its own",
			(int)(eq - text), text, ns);
	*ret = (struct rt_pair){path, rt_plan_str(p, eq + 1)};
	return 0;
}

int rt_plan_sysctls(struct rt_plan *p, const struct spec_runtime *s, struct err *err)
{
	const struct svec *l = &s->linux_.sysctl;

	p->sysctls = rt_plan_alloc(p, l->n * sizeof(*p->sysctls));
	for (size_t i = 0; i < l->n; i++, p->nsysctls++)
		if (plan_sysctl(p, s, l->v[i], &p->sysctls[i], err) < 0)
			return -1;
	return 0;
}
