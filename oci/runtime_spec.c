/* What runtime-spec's documents say before there is a container: `spec` and `features`. */
#include "oci/runtime.h"

#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "oci/rt_caps.h"
#include "oci/rt_mount.h"

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
	s.process.terminal = true;
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

int runtime_spec(struct runtime *r __unused, int argc, char **argv, struct err *err)
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

static struct jval *features_seccomp(void)
{
	static const char *const actions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
		"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
		"SCMP_ACT_TRACE", "SCMP_ACT_TRAP"};
	static const char *const operators[] = {"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
		"SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"};
	static const char *const archs[] = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_MIPS",
		"SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",
		"SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64",
		"SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390", "SCMP_ARCH_S390X",
		"SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"};
	static const char *const flags[] = {"SECCOMP_FILTER_FLAG_LOG",
		"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
		"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
	struct jval *s = enabled(true);

	jval_set(s, "actions", strings(actions, ARRAY_SIZE(actions)));
	jval_set(s, "operators", strings(operators, ARRAY_SIZE(operators)));
	jval_set(s, "archs", strings(archs, ARRAY_SIZE(archs)));
	jval_set(s, "knownFlags", strings(flags, ARRAY_SIZE(flags)));
	jval_set(s, "supportedFlags", strings(flags, ARRAY_SIZE(flags)));
	return s;
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
	jval_set_bool(cgroup, "v1", true);
	jval_set_bool(cgroup, "v2", true);
	jval_set_bool(cgroup, "systemd", true);
	jval_set_bool(cgroup, "systemdUser", true);
	jval_set_bool(cgroup, "rdma", true);
	jval_set(l, "namespaces", strings(namespaces, ARRAY_SIZE(namespaces)));
	jval_set(l, "capabilities", caps);
	jval_set(l, "cgroup", cgroup);
	jval_set(l, "seccomp", features_seccomp());
	jval_set(l, "apparmor", enabled(true));
	jval_set(l, "selinux", enabled(true));
	jval_set(l, "intelRdt", enabled(false));
	return l;
}

int runtime_spec_features(struct runtime *r __unused, int argc, char **argv, struct err *err)
{
	static const char *const hooks[] = {"prestart", "createRuntime", "createContainer",
		"startContainer", "poststart", "poststop"};
	const struct scmp_version *lib = seccomp_version();
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_jval struct jval *v = jval_new_object();
	auto_free char *version = xasprintf("%u.%u.%u", lib->major, lib->minor, lib->micro);
	struct jval *notes = jval_new_object();

	if (runtime_options(NULL, 0, argc, argv, err) < 0)
		return -1;
	jval_set_str(v, "ociVersionMin", "1.0.0");
	jval_set_str(v, "ociVersionMax", "1.2.0");
	jval_set(v, "hooks", strings(hooks, ARRAY_SIZE(hooks)));
	jval_set(v, "mountOptions", rt_mount_known_options());
	jval_set(v, "linux", features_linux());
	jval_set_str(notes, "io.github.seccomp.libseccomp.version", version);
	jval_set(v, "annotations", notes);
	jval_print(v, true, &text);
	puts(text.buf);
	return 0;
}
