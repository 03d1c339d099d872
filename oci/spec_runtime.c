#include "oci/spec_runtime.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/sbuf.h"

#define MAX_CONFIG (16u << 20)

/* ---- tables: one row a member, in the specification's order ---- */
/* clang-format off */

static const struct jmap user_map[] = {
	JMAP_U32("uid", struct spec_user, uid, JMAP_KEEP),
	JMAP_U32("gid", struct spec_user, gid, JMAP_KEEP),
	JMAP_INT("umask", struct spec_user, umask, 0),
	JMAP_U32S("additionalGids", struct spec_user, additional_gids, 0),
	JMAP_STR("username", struct spec_user, username, 0),
	JMAP_END};

static const struct jmap rlimit_map[] = {
	JMAP_STR("type", struct spec_rlimit, type, JMAP_NEED),
	JMAP_UINT("hard", struct spec_rlimit, hard, JMAP_NEED),
	JMAP_UINT("soft", struct spec_rlimit, soft, JMAP_NEED),
	JMAP_END};

static const struct jmap caps_map[] = {
	JMAP_STRS("bounding", struct spec_caps, bounding, 0),
	JMAP_STRS("effective", struct spec_caps, effective, 0),
	JMAP_STRS("inheritable", struct spec_caps, inheritable, 0),
	JMAP_STRS("permitted", struct spec_caps, permitted, 0),
	JMAP_STRS("ambient", struct spec_caps, ambient, 0),
	JMAP_END};

static const struct jmap console_map[] = {
	JMAP_UINT("height", struct spec_console_size, height, 0),
	JMAP_UINT("width", struct spec_console_size, width, 0),
	JMAP_END};

const struct jmap spec_process_map[] = {
	JMAP_BOOL("terminal", struct spec_process, terminal, 0),
	JMAP_OBJ("consoleSize", struct spec_process, console_size, console_map, 0),
	JMAP_OBJ("user", struct spec_process, user, user_map, JMAP_KEEP),
	JMAP_STRS("args", struct spec_process, args, 0),
	JMAP_STRS("env", struct spec_process, env, 0),
	JMAP_STR("cwd", struct spec_process, cwd, 0),
	JMAP_OPT("capabilities", struct spec_process, capabilities, caps_map, struct spec_caps, 0),
	JMAP_LIST("rlimits", struct spec_process, rlimits, rlimit_map, struct spec_rlimit, 0),
	JMAP_BOOL("noNewPrivileges", struct spec_process, no_new_privileges, 0),
	JMAP_STR("apparmorProfile", struct spec_process, apparmor_profile, 0),
	JMAP_STR("selinuxLabel", struct spec_process, selinux_label, 0),
	JMAP_INT("oomScoreAdj", struct spec_process, oom_score_adj, 0),
	JMAP_RAW("scheduler", struct spec_process, scheduler, 0),
	JMAP_RAW("ioPriority", struct spec_process, io_priority, 0),
	JMAP_RAW("execCPUAffinity", struct spec_process, exec_cpu_affinity, 0),
	JMAP_END};

static const struct jmap root_map[] = {
	JMAP_STR("path", struct spec_root, path, 0),
	JMAP_BOOL("readonly", struct spec_root, readonly, 0),
	JMAP_END};

static const struct jmap idmap_map[] = {
	JMAP_U32("containerID", struct spec_idmap, container_id, JMAP_KEEP),
	JMAP_U32("hostID", struct spec_idmap, host_id, JMAP_KEEP),
	JMAP_U32("size", struct spec_idmap, size, JMAP_NEED),
	JMAP_END};

static const struct jmap mount_map[] = {
	JMAP_STR("destination", struct spec_mount, destination, JMAP_NEED),
	JMAP_STR("type", struct spec_mount, type, 0),
	JMAP_STR("source", struct spec_mount, source, 0),
	JMAP_STRS("options", struct spec_mount, options, 0),
	JMAP_LIST("uidMappings", struct spec_mount, uid_mappings, idmap_map, struct spec_idmap, 0),
	JMAP_LIST("gidMappings", struct spec_mount, gid_mappings, idmap_map, struct spec_idmap, 0),
	JMAP_END};

static const struct jmap hook_map[] = {
	JMAP_STR("path", struct spec_hook, path, JMAP_NEED),
	JMAP_STRS("args", struct spec_hook, args, 0),
	JMAP_STRS("env", struct spec_hook, env, 0),
	JMAP_INT("timeout", struct spec_hook, timeout, 0),
	JMAP_END};

#define HOOKS(key, member) JMAP_LIST(key, struct spec_hooks, member, hook_map, struct spec_hook, 0)
static const struct jmap hooks_map[] = {
	HOOKS("prestart", prestart),
	HOOKS("createRuntime", create_runtime),
	HOOKS("createContainer", create_container),
	HOOKS("startContainer", start_container),
	HOOKS("poststart", poststart),
	HOOKS("poststop", poststop),
	JMAP_END};

static const struct jmap namespace_map[] = {
	JMAP_STR("type", struct spec_namespace, type, JMAP_NEED),
	JMAP_STR("path", struct spec_namespace, path, 0),
	JMAP_END};

static const struct jmap device_map[] = {
	JMAP_STR("path", struct spec_device, path, JMAP_NEED),
	JMAP_STR("type", struct spec_device, type, JMAP_NEED),
	JMAP_INT("major", struct spec_device, major, JMAP_KEEP),
	JMAP_INT("minor", struct spec_device, minor, JMAP_KEEP),
	JMAP_INT("fileMode", struct spec_device, file_mode, 0),
	JMAP_U32("uid", struct spec_device, uid, 0),
	JMAP_U32("gid", struct spec_device, gid, 0),
	JMAP_END};

static const struct jmap linux_map[] = {
	JMAP_LIST("uidMappings", struct spec_linux, uid_mappings, idmap_map, struct spec_idmap, 0),
	JMAP_LIST("gidMappings", struct spec_linux, gid_mappings, idmap_map, struct spec_idmap, 0),
	JMAP_DICT("sysctl", struct spec_linux, sysctl, 0),
	JMAP_RAW("resources", struct spec_linux, resources, 0),
	JMAP_STR("cgroupsPath", struct spec_linux, cgroups_path, 0),
	JMAP_LIST("namespaces", struct spec_linux, namespaces, namespace_map, struct spec_namespace, 0),
	JMAP_LIST("devices", struct spec_linux, devices, device_map, struct spec_device, 0),
	JMAP_RAW("seccomp", struct spec_linux, seccomp, 0),
	JMAP_STR("rootfsPropagation", struct spec_linux, rootfs_propagation, 0),
	JMAP_STRS("maskedPaths", struct spec_linux, masked_paths, 0),
	JMAP_STRS("readonlyPaths", struct spec_linux, readonly_paths, 0),
	JMAP_STR("mountLabel", struct spec_linux, mount_label, 0),
	JMAP_RAW("personality", struct spec_linux, personality, 0),
	JMAP_RAW("intelRdt", struct spec_linux, intel_rdt, 0),
	JMAP_RAW("timeOffsets", struct spec_linux, time_offsets, 0),
	JMAP_END};

const struct jmap spec_runtime_map[] = {
	JMAP_STR("ociVersion", struct spec_runtime, oci_version, JMAP_NEED),
	JMAP_OBJ("process", struct spec_runtime, process, spec_process_map, 0),
	JMAP_OBJ("root", struct spec_runtime, root, root_map, 0),
	JMAP_STR("hostname", struct spec_runtime, hostname, 0),
	JMAP_STR("domainname", struct spec_runtime, domainname, 0),
	JMAP_LIST("mounts", struct spec_runtime, mounts, mount_map, struct spec_mount, 0),
	JMAP_OBJ("hooks", struct spec_runtime, hooks, hooks_map, 0),
	JMAP_DICT("annotations", struct spec_runtime, annotations, 0),
	JMAP_OBJ("linux", struct spec_runtime, linux_, linux_map, 0),
	JMAP_END};

/* clang-format on */

/* ---- "not given" differs from zero for three members: the tables cannot say it ---- */

static void process_presence(const struct jval *v, struct spec_process *p)
{
	if (!jval_path(v, "user.umask"))
		p->user.umask = -1;
	p->has_oom_score_adj = jval_get(v, "oomScoreAdj") != NULL;
}

static void presence(const struct jval *v, struct spec_runtime *s)
{
	const struct jval *devices = jval_path(v, "linux.devices");

	process_presence(jval_get(v, "process"), &s->process);
	for (size_t i = 0; i < s->linux_.devices.n; i++)
		if (!jval_get(jval_at(devices, i), "fileMode"))
			s->linux_.devices.v[i].file_mode = -1;
}

static void emit_process_presence(struct jval *v, const struct spec_process *p)
{
	struct jval *user = jval_get(v, "user");

	if (p->user.umask < 0)
		jval_del(user, "umask");
	else
		jval_set_int(user, "umask", p->user.umask);
	if (p->has_oom_score_adj)
		jval_set_int(v, "oomScoreAdj", p->oom_score_adj);
	else
		jval_del(v, "oomScoreAdj");
}

/* ---- what the tables cannot check ---- */

static int check_process(const struct spec_process *p, struct err *err)
{
	if (!p->args.n)
		return err_set(err, EK_INVALID, "process.args: no command given");
	if (!p->cwd || p->cwd[0] != '/')
		return err_set(err, EK_INVALID, "process.cwd: \"%s\" is not an absolute path",
			p->cwd ? p->cwd : "");
	if (p->user.umask > 0777)
		return err_set(err, EK_INVALID, "process.user.umask: out of range");
	if (p->user.uid == UINT32_MAX || p->user.gid == UINT32_MAX)
		return err_set(err, EK_INVALID,
			"process.user: id 4294967295 means \"no id\" to the kernel");
	for (size_t i = 0; i < p->user.additional_gids.n; i++)
		if (p->user.additional_gids.v[i] == UINT32_MAX)
			return err_set(err, EK_INVALID,
				"process.user.additionalGids: id 4294967295 means \"no id\"");
	if (p->has_oom_score_adj && (p->oom_score_adj < -1000 || p->oom_score_adj > 1000))
		return err_set(err, EK_INVALID, "process.oomScoreAdj: not between -1000 and 1000");
	return 0;
}

static int check_namespaces(const struct spec_runtime *s, struct err *err)
{
	static const char *const types[] = {
		"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"};
	unsigned seen = 0;

	for (size_t i = 0; i < s->linux_.namespaces.n; i++) {
		const struct spec_namespace *ns = &s->linux_.namespaces.v[i];
		size_t t = 0;

		while (t < ARRAY_SIZE(types) && strcmp(types[t], ns->type) != 0)
			t++;
		if (t == ARRAY_SIZE(types))
			return err_set(
				err, EK_INVALID, "linux.namespaces: unknown type \"%s\"", ns->type);
		if (seen & 1u << t)
			return err_set(
				err, EK_INVALID, "linux.namespaces: \"%s\" given twice", ns->type);
		if (ns->path && *ns->path && ns->path[0] != '/')
			return err_set(err, EK_INVALID,
				"linux.namespaces: path \"%s\" is not absolute", ns->path);
		seen |= 1u << t;
	}
	return 0;
}

static int check_hooks(const struct spec_hook_list *l, const char *name, struct err *err)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].path[0] != '/')
			return err_set(err, EK_INVALID, "hooks.%s: path \"%s\" is not absolute",
				name, l->v[i].path);
		if (l->v[i].timeout < 0)
			return err_set(err, EK_INVALID, "hooks.%s: timeout must be positive", name);
	}
	return 0;
}

static int check_all_hooks(const struct spec_hooks *h, struct err *err)
{
	if (check_hooks(&h->prestart, "prestart", err) < 0 ||
		check_hooks(&h->create_runtime, "createRuntime", err) < 0 ||
		check_hooks(&h->create_container, "createContainer", err) < 0 ||
		check_hooks(&h->start_container, "startContainer", err) < 0 ||
		check_hooks(&h->poststart, "poststart", err) < 0)
		return -1;
	return check_hooks(&h->poststop, "poststop", err);
}

static int check(const struct spec_runtime *s, struct err *err)
{
	if (strncmp(s->oci_version, "1.", 2) != 0)
		return err_set(err, EK_UNSUPPORTED,
			"ociVersion: \"%s\" is not a version 1 document", s->oci_version);
	if (check_process(&s->process, err) < 0 || check_namespaces(s, err) < 0)
		return -1;
	for (size_t i = 0; i < s->mounts.n; i++)
		if (s->mounts.v[i].destination[0] != '/')
			return err_set(err, EK_INVALID,
				"mounts[%zu].destination: \"%s\" is not absolute", i,
				s->mounts.v[i].destination);
	for (size_t i = 0; i < s->linux_.devices.n; i++)
		if (s->linux_.devices.v[i].path[0] != '/')
			return err_set(err, EK_INVALID, "linux.devices[%zu].path: not absolute", i);
	if (spec_resources_check(s->linux_.resources, err) < 0)
		return -1;
	return check_all_hooks(&s->hooks, err);
}

/* ---- whole documents ---- */

void spec_runtime_init(struct spec_runtime *s)
{
	memset(s, 0, sizeof(*s));
	s->process.user.umask = -1;
}

void spec_runtime_done(struct spec_runtime *s)
{
	jmap_done(spec_runtime_map, s);
	spec_runtime_init(s);
}

void spec_process_done(struct spec_process *p)
{
	jmap_done(spec_process_map, p);
	memset(p, 0, sizeof(*p));
}

int spec_runtime_parse(const char *text, size_t n, struct spec_runtime *ret, struct err *err)
{
	auto_jval struct jval *v = jval_parse(text, n, 0, err);
	struct spec_runtime s;

	if (!v)
		return err_wrap(err, "config.json");
	spec_runtime_init(&s);
	if (jmap_parse(spec_runtime_map, v, &s, err) == 0) {
		presence(v, &s);
		if (check(&s, err) == 0) {
			*ret = s;
			return 0;
		}
	}
	spec_runtime_done(&s);
	return err_wrap(err, "config.json");
}

int spec_process_parse(const char *text, size_t n, struct spec_process *ret, struct err *err)
{
	auto_jval struct jval *v = jval_parse(text, n, 0, err);
	struct spec_process p = {.user.umask = -1};

	if (!v)
		return err_wrap(err, "process document");
	if (jmap_parse(spec_process_map, v, &p, err) == 0) {
		process_presence(v, &p);
		if (check_process(&p, err) == 0) {
			*ret = p;
			return 0;
		}
	}
	spec_process_done(&p);
	return err_wrap(err, "process document");
}

int spec_runtime_read(int bundle_fd, struct spec_runtime *ret, struct err *err)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_fd int fd =
		fd_open(bundle_fd, "config.json", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;
	int r;

	if (fd < 0)
		return err_neg(err, fd, "open config.json");
	if (fstat(fd, &st) < 0)
		return err_sys(err, "stat config.json");
	if (!S_ISREG(st.st_mode))
		return err_set(err, EK_INVALID, "config.json is not a regular file");
	r = fd_read_all(fd, MAX_CONFIG, &text);
	if (r < 0)
		return err_neg(err, r, "read config.json");
	return spec_runtime_parse(text.buf, text.len, ret, err);
}

struct jval *spec_process_emit(const struct spec_process *p)
{
	struct jval *v = jmap_emit(spec_process_map, p);

	emit_process_presence(v, p);
	return v;
}

struct jval *spec_runtime_emit(const struct spec_runtime *s)
{
	struct jval *v = jmap_emit(spec_runtime_map, s);
	const struct jval *devices = jval_path(v, "linux.devices");

	emit_process_presence(jval_get(v, "process"), &s->process);
	for (size_t i = 0; i < s->linux_.devices.n; i++)
		if (s->linux_.devices.v[i].file_mode < 0)
			jval_del(jval_at(devices, i), "fileMode");
	return v;
}

/* ---- building ---- */

#define GROW(list)                                                                                 \
	({                                                                                         \
		(list)->v = xrealloc((list)->v, (list)->n + 1, sizeof(*(list)->v));                \
		memset(&(list)->v[(list)->n], 0, sizeof(*(list)->v));                              \
		&(list)->v[(list)->n++];                                                           \
	})

struct spec_mount *spec_add_mount(struct spec_runtime *s, const char *dest, const char *type,
	const char *source, const char *options_comma)
{
	struct spec_mount *m = GROW(&s->mounts);

	m->destination = xstrdup(dest);
	m->type = xstrdup(type);
	m->source = xstrdup(source);
	if (options_comma && *options_comma)
		svec_add_split(&m->options, options_comma, ',');
	return m;
}

void spec_add_namespace(struct spec_runtime *s, const char *type, const char *path)
{
	struct spec_namespace *ns = GROW(&s->linux_.namespaces);

	ns->type = xstrdup(type);
	ns->path = xstrdup(path);
}

void spec_add_rlimit(struct spec_runtime *s, const char *type, uint64_t soft, uint64_t hard)
{
	struct spec_rlimit *r = GROW(&s->process.rlimits);

	r->type = xstrdup(type);
	r->soft = soft;
	r->hard = hard;
}

void spec_add_gid(struct spec_user *u, uint32_t gid)
{
	*GROW(&u->additional_gids) = gid;
}

const struct spec_namespace *spec_find_namespace(const struct spec_runtime *s, const char *type)
{
	for (size_t i = 0; i < s->linux_.namespaces.n; i++)
		if (!strcmp(s->linux_.namespaces.v[i].type, type))
			return &s->linux_.namespaces.v[i];
	return NULL;
}

uint32_t spec_idmap_outer(const struct spec_idmaps *m, uint32_t id)
{
	for (size_t i = 0; i < m->n; i++)
		if (id >= m->v[i].container_id && id - m->v[i].container_id < m->v[i].size)
			return m->v[i].host_id + (id - m->v[i].container_id);
	return id;
}
