#include "oci/runtime.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "oci/rt_caps.h"

static void print(const struct jval *v)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	jval_print_indent(v, 2, &text);
	printf("%s\n", text.buf);
}

static struct jval *state_json(int dir, const struct runtime_state *st)
{
	auto_fd int pidfd = -1;
	const char *status = runtime_state_status(dir, st, &pidfd);
	struct jval *v = jval_new_object();
	auto_free char *rootfs = xasprintf("%s/rootfs", st->bundle);

	jval_set_str(v, "ociVersion", st->oci_version);
	jval_set_str(v, "id", st->id);
	jval_set_int(v, "pid", pidfd >= 0 ? st->pid : 0);
	jval_set_str(v, "status", status);
	jval_set_str(v, "bundle", st->bundle);
	jval_set_str(v, "rootfs", rootfs);
	jval_set_str(v, "created", st->created);
	jval_set_str(v, "owner", st->owner);
	if (st->annotations.n) {
		struct jval *notes = jval_new_object();

		for (size_t i = 0; i < st->annotations.n; i++) {
			const char *eq = strchr(st->annotations.v[i], '=');
			auto_free char *key =
				xstrndup(st->annotations.v[i], (size_t)(eq - st->annotations.v[i]));

			jval_set_str(notes, key, eq + 1);
		}
		jval_set(v, "annotations", notes);
	}
	return v;
}

int runtime_query_state(struct runtime *r, int argc, char **argv, struct err *err)
{
	int n = runtime_options(NULL, 0, argc, argv, err);
	auto_jval struct jval *v = NULL;
	auto_fd int dir = -1;
	struct runtime_state st;

	if (n < 0)
		return -1;
	if (n + 1 != argc)
		return err_set(err, EK_USAGE, "state: exactly one container id is needed");
	dir = runtime_state_dir(r, argv[n], err);
	if (dir < 0 || runtime_state_read(dir, &st, err) < 0)
		return -1;
	v = state_json(dir, &st);
	print(v);
	runtime_state_done(&st);
	return 0;
}

static struct jval *all_states(struct runtime *r)
{
	struct jval *list = jval_new_array();
	auto_dir DIR *d = fs_dir(fd_open_dir(r->root_fd, "."));
	const char *name;

	while ((name = fs_dir_next(d))) {
		struct err ignored = ERR_INIT;
		struct runtime_state st;
		int dir;

		if (name[0] == '.')
			continue;
		dir = fd_open_dir(r->root_fd, name);
		/* one that is being made or removed is not there yet, or no more */
		if (dir >= 0 && runtime_state_read(dir, &st, &ignored) == 0) {
			jval_add(list, state_json(dir, &st));
			runtime_state_done(&st);
		}
		fd_close(dir);
	}
	return list;
}

int runtime_query_list(struct runtime *r, int argc, char **argv, struct err *err)
{
	const char *format = "table";
	bool quiet = false;
	const struct runtime_opt opts[] = {
		{"--format", 'f', &format, NULL, NULL}, {"--quiet", 'q', NULL, &quiet, NULL}};
	auto_jval struct jval *list = NULL;

	if (runtime_options(opts, ARRAY_SIZE(opts), argc, argv, err) < 0 ||
		runtime_state_root(r, err) < 0)
		return -1;
	if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
		return err_set(err, EK_USAGE, "--format: \"%s\" is neither table nor json", format);
	list = all_states(r);
	if (!strcmp(format, "json") && !quiet) {
		print(list);
		return 0;
	}
	if (!quiet)
		printf("%-24s %-10s %-10s %-40s %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED");
	for (size_t i = 0; i < jval_len(list); i++) {
		const struct jval *v = jval_at(list, i);

		if (quiet)
			printf("%s\n", jval_get_str(v, "id", ""));
		else
			printf("%-24s %-10lld %-10s %-40s %s\n", jval_get_str(v, "id", ""),
				(long long)jval_get_int(v, "pid", 0), jval_get_str(v, "status", ""),
				jval_get_str(v, "bundle", ""), jval_get_str(v, "created", ""));
	}
	return 0;
}

/* ---- spec ---- */

static void spec_mounts(struct spec_runtime *s)
{
	static const struct {
		const char *dest, *type, *source, *options;
	} mounts[] = {{"/proc", "proc", "proc", "nosuid,noexec,nodev"},
		{"/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"},
		{"/dev/pts", "devpts", "devpts",
			"nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"},
		{"/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k"},
		{"/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"},
		{"/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro"},
		{"/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro"}};

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		spec_add_mount(
			s, mounts[i].dest, mounts[i].type, mounts[i].source, mounts[i].options);
}

static void spec_limits(struct spec_runtime *s)
{
	static const char *const caps[] = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
	static const char *const masked[] = {"/proc/acpi", "/proc/asound", "/proc/interrupts",
		"/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/latency_stats",
		"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
		"/sys/firmware", "/sys/devices/virtual/powercap"};
	static const char *const readonly[] = {
		"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
	struct spec_caps *c = s->process.capabilities = new0(struct spec_caps);

	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		svec_add(&c->bounding, caps[i]);
		svec_add(&c->effective, caps[i]);
		svec_add(&c->permitted, caps[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(masked); i++)
		svec_add(&s->linux_.masked_paths, masked[i]);
	for (size_t i = 0; i < ARRAY_SIZE(readonly); i++)
		svec_add(&s->linux_.readonly_paths, readonly[i]);
	spec_add_rlimit(s, "RLIMIT_NOFILE", 1024, 1024);
}

static void spec_rootless(struct spec_runtime *s)
{
	spec_add_namespace(s, "user", NULL);
	s->linux_.uid_mappings = (struct spec_idmaps){new0(struct spec_idmap), 1};
	s->linux_.gid_mappings = (struct spec_idmaps){new0(struct spec_idmap), 1};
	*s->linux_.uid_mappings.v = (struct spec_idmap){0, geteuid(), 1};
	*s->linux_.gid_mappings.v = (struct spec_idmap){0, getegid(), 1};
}

static struct jval *spec_template(bool rootless)
{
	static const char *const namespaces[] = {"pid", "network", "ipc", "uts", "mount", "cgroup"};
	struct spec_runtime s;
	struct jval *v;

	spec_runtime_init(&s);
	s.oci_version = xstrdup("1.2.0");
	s.hostname = xstrdup("podlite");
	s.root.path = xstrdup("rootfs");
	s.root.readonly = true;
	s.process.cwd = xstrdup("/");
	s.process.no_new_privileges = true;
	svec_add(&s.process.args, "sh");
	svec_add(&s.process.env,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	svec_add(&s.process.env, "TERM=xterm");
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		spec_add_namespace(&s, namespaces[i], NULL);
	spec_mounts(&s);
	spec_limits(&s);
	if (rootless)
		spec_rootless(&s);
	v = spec_runtime_emit(&s);
	spec_runtime_done(&s);
	return v;
}

int runtime_query_spec(struct runtime *r __unused, int argc, char **argv, struct err *err)
{
	const char *bundle = ".";
	bool rootless = false;
	const struct runtime_opt opts[] = {
		{"--bundle", 'b', &bundle, NULL, NULL}, {"--rootless", 0, NULL, &rootless, NULL}};
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *v = NULL;
	auto_fd int dir = -1;
	int n;

	if (runtime_options(opts, ARRAY_SIZE(opts), argc, argv, err) < 0)
		return -1;
	dir = fd_open(AT_FDCWD, bundle, O_RDONLY | O_DIRECTORY, 0);
	if (dir < 0)
		return err_neg(err, dir, "open the bundle %s", bundle);
	v = spec_template(rootless);
	jval_print_indent(v, 2, &text);
	sbuf_addch(&text, '\n');
	n = fs_write_file(dir, "config.json", text.buf, text.len, 0666, FS_EXCLUSIVE);
	return n < 0 ? err_neg(err, n, "write config.json in %s", bundle) : 0;
}

/* ---- features (runtime-spec 1.2, features.md) ---- */

static struct jval *strings(const char *const *list, size_t n)
{
	struct jval *a = jval_new_array();

	for (size_t i = 0; i < n; i++)
		jval_add(a, jval_new_str(list[i]));
	return a;
}

static struct jval *enabled(bool on)
{
	struct jval *o = jval_new_object();

	jval_set_bool(o, "enabled", on);
	return o;
}

static struct jval *features_linux(void)
{
	static const char *const namespaces[] = {
		"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"};
	struct jval *l = jval_new_object(), *caps = jval_new_array(), *cgroup = jval_new_object();

	for (int i = 0; rt_caps_name(i); i++) {
		auto_free char *name = xasprintf("CAP_%s", rt_caps_name(i));

		jval_add(caps, jval_new_str(name));
	}
	jval_set_bool(cgroup, "v1", false);
	jval_set_bool(cgroup, "v2", true);
	jval_set_bool(cgroup, "systemd", false);
	jval_set_bool(cgroup, "rdma", false);
	jval_set(l, "namespaces", strings(namespaces, ARRAY_SIZE(namespaces)));
	jval_set(l, "capabilities", caps);
	jval_set(l, "cgroup", cgroup);
	jval_set(l, "seccomp", enabled(true));
	jval_set(l, "apparmor", enabled(true));
	jval_set(l, "selinux", enabled(true));
	jval_set(l, "intelRdt", enabled(false));
	return l;
}

int runtime_query_features(struct runtime *r __unused, int argc, char **argv, struct err *err)
{
	static const char *const hooks[] = {"prestart", "createRuntime", "createContainer",
		"startContainer", "poststart", "poststop"};
	auto_jval struct jval *v = jval_new_object();

	if (runtime_options(NULL, 0, argc, argv, err) < 0)
		return -1;
	jval_set_str(v, "ociVersionMin", "1.0.0");
	jval_set_str(v, "ociVersionMax", "1.2.0");
	jval_set(v, "hooks", strings(hooks, ARRAY_SIZE(hooks)));
	jval_set(v, "linux", features_linux());
	print(v);
	return 0;
}
