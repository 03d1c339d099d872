/* links: librt.a liboci.a libcommon.a -ljson-c */
/* The runtime library end to end: containers of a busybox root, made by whoever runs the test. */
#include "tests/unit/rt_box.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

static void basics(struct result *r)
{
	run(r, config("\"true\"", "", "", ""));
	TAP_OK(r->status == 0, "true");
	run(r, config(SH("exit 7"), "", "", ""));
	TAP_OK(r->status == 7, "exit status");
	run(r, config("\"echo\",\"hello world\"", "", "", ""));
	TAP_STR(r->out.buf, "hello world\n", "echo");
	run(r, config(SH("echo $$; hostname; id -u; id -G; pwd; umask"), "", "", ""));
	TAP_STR(r->out.buf, "1\nbox\n0\n0\n/\n0022\n", "pid 1, host name, ids, cwd, umask");
	run(r, config(SH("kill -9 $$; kill -TERM $$; sleep 1; echo alive"), "", "", ""));
	TAP_OK(r->status == 0, "pid 1 is immune to itself");
}

static void failures(struct result *r)
{
	run(r, config("\"nosuch\"", "", "", ""));
	TAP_OK(r->err.kind == EK_NO_COMMAND, "missing command: kind");
	TAP_STR(r->err.msg, "exec: \"nosuch\": executable file not found in $PATH",
		"missing command: words");
	run(r, config("\"/nosuch\"", "", "", ""));
	TAP_OK(r->err.kind == EK_NO_COMMAND, "missing path");
	run(r, config("\"/etc\"", "", "", ""));
	TAP_OK(r->err.kind == EK_NOT_EXECUTABLE && strstr(r->err.msg, "is a directory"),
		"a directory");
	run(r, config("\"/etc/passwd\"", "", "", ""));
	TAP_OK(r->err.kind == EK_NOT_EXECUTABLE, "not executable");
	run(r, config("\"/bin/noform\"", "", "", ""));
	TAP_OK(r->err.kind == EK_NOT_EXECUTABLE && strstr(r->err.msg, "exec format"),
		"exec format");
	run(r, config("\"/bin/nointerp\"", "", "", ""));
	TAP_OK(r->err.kind == EK_NO_COMMAND && strstr(r->err.msg, "interpreter"),
		"missing interpreter");
	run(r, config("\"true\"", "", "",
		       "{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/nosuch\"}"));
	TAP_OK(r->status < 0 && strstr(r->err.msg, "/nosuch"), "missing bind source");
	run(r, config("\"true\"",
		       "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":9999999999,\"soft\":1}]",
		       "", ""));
	TAP_OK(r->status < 0 && strstr(r->err.msg, "RLIMIT_NOFILE"), "limit beyond the hard one");
}

static void inside(struct result *r)
{
	run(r, config(SH("ls /dev; ls -l /dev/ptmx /dev/fd; echo x >/dev/null && head -c 3 "
			 "/dev/zero | od -An -tx1"),
		       "", "", ""));
	TAP_OK(out_has(r, "full\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\n"
			  "urandom\nzero\n"),
		"/dev");
	TAP_OK(out_has(r, "pts/ptmx") && out_has(r, " 00 00 00"), "/dev/ptmx and /dev/zero");
	run(r, config(SH("wc -c </proc/keys; ls /sys/firmware | wc -l; echo 1 "
			 ">/proc/sys/kernel/hostname"),
		       "", "", ""));
	TAP_OK(out_has(r, "0\n0\n") && out_has(r, "Read-only"), "masks and read-only paths");
	run(r, config(SH("ls -l /proc/self/fd | wc -l; ls /proc/self/fd"), "", "", ""));
	TAP_OK(out_has(r, "0\n1\n2\n3\n") && !strstr(r->out.buf, "\n4\n"),
		"no descriptor is inherited");
	run(r, config(SH("grep -E '^(Cap|NoNew|Seccomp:|Groups)' /proc/self/status"),
		       "\"noNewPrivileges\":true", "", ""));
	TAP_OK(out_has(r, "CapInh:\t0000000000000000\nCapPrm:\t00000000000000eb\nCapEff:"
			  "\t00000000000000eb\n"
			  "CapBnd:\t00000000000000eb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n"),
		"five capability sets and no_new_privs");
	run(r, config(SH("cat /proc/self/mountinfo | grep -v -c -e rootfs; cat "
			 "/proc/self/mountinfo"),
		       "", "", ""));
	TAP_OK(r->status == 0 && !strstr(r->out.buf, " shared:") && !strstr(r->out.buf, " master:"),
		"nothing shared");
	TAP_OK(!strstr(r->out.buf, "/usr/bin") && !strstr(r->out.buf, " /boot "),
		"the host's tree is gone");
}

static void user(struct result *r)
{
	run(r, config(SH("id -u; id -g; grep -E '^(Cap(Prm|Eff|Amb)|Groups)' /proc/self/status; "
			 "touch /x || echo denied"),
		       "\"user\":{\"uid\":33,\"gid\":34,\"additionalGids\":[34,50]}", "", ""));
	if (r->status < 0 && strstr(r->err.msg, "mapped")) {
		TAP_OK(true, "user # SKIP only one id is mapped here");
		return;
	}
	TAP_OK(out_has(r, "33\n34\n") && out_has(r, "Groups:\t34 50") &&
			out_has(r, "CapPrm:\t0000000000000000") &&
			out_has(r, "CapEff:\t0000000000000000") && out_has(r, "denied"),
		"a user without capabilities");
}

static void mounts(struct result *r)
{
	run(r, config(SH("touch /vol/a; touch /ro/b; grep -c -E ' /vol .*nosuid,nodev' "
			 "/proc/self/mountinfo; ls /deep/er"),
		       "", "",
		       "{\"destination\":\"/"
		       "vol\",\"type\":\"bind\",\"source\":\"vol\",\"options\":[\"rbind\","
		       "\"nosuid\",\"nodev\"]},"
		       "{\"destination\":\"/"
		       "ro\",\"type\":\"bind\",\"source\":\"vol\",\"options\":[\"rbind\",\"ro\"]},"
		       "{\"destination\":\"/deep/er/file\",\"type\":\"bind\",\"source\":\"vol/"
		       "one\",\"options\":[\"bind\"]}"));
	TAP_OK(out_has(r, "Read-only") && out_has(r, "1\nfile\n"),
		"binds: read-only, flags, targets made");
	run(r, config(SH("ls /t; touch /t/y && df /t | tail -1; ls -ld /t"), "", "",
		       "{\"destination\":\"/"
		       "t\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"size=1m\","
		       "\"tmpcopyup\"]}"));
	TAP_OK(out_has(r, "keep\n") && out_has(r, "1024"), "tmpcopyup");
	run(r, config("\"true\"", "", "",
		       "{\"destination\":\"/proc/sys/x\",\"type\":\"bind\",\"source\":\"vol\"}"));
	TAP_OK(r->status < 0, "nothing is created in procfs");
	run(r, config("\"true\"", "", "",
		       "{\"destination\":\"/proc\",\"type\":\"bind\",\"source\":\"vol\"}"));
	TAP_OK(r->status < 0 && strstr(r->err.msg, "procfs"), "V3: a bind over procfs is refused");
	run(r, config("\"true\"", "", "",
		       "{\"destination\":\"/evil/sub\",\"type\":\"bind\",\"source\":\"vol\"}"));
	TAP_OK(r->status == 0 && fs_exists(AT_FDCWD, "canary") &&
			!fs_exists(AT_FDCWD, "/tmp/podlite-rt-canary/sub"),
		"V9: a mount point below an absolute link stays inside");
}

static void sysctls(struct result *r)
{
	run(r, config("\"cat\",\"/proc/sys/net/ipv4/ip_unprivileged_port_start\",\"/proc/sys/"
		      "kernel/shmmni\"",
		       "",
		       "\"sysctl\":{\"net.ipv4.ip_unprivileged_port_start\":\"81\",\"kernel."
		       "shmmni\":\"77\"}",
		       ""));
	TAP_STR(r->out.buf, "81\n77\n", "sysctls of own namespaces");
	run(r, config("\"true\"", "", "\"sysctl\":{\"kernel.core_pattern\":\"x\"}", ""));
	TAP_OK(r->status < 0 && strstr(r->err.msg, "host"), "V54: a sysctl of the host is refused");
	run(r, config("\"true\"", "", "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\\nx\"}", ""));
	TAP_OK(r->status < 0, "V54: newline in a sysctl");
}

static void cwd(struct result *r)
{
	char *json = config(SH("pwd"), "\"cwd\":\"/new/dir\"", "", "");

	run(r, json);
	TAP_STR(r->out.buf, "/new/dir\n", "a missing working directory is made");
	for (int fd = 3; fd < 12; fd++) {
		auto_free char *text = xasprintf("\"cwd\":\"/proc/self/fd/%d\"", fd);

		run(r, config(SH("pwd"), text, "", ""));
		if (!TAP_OK(r->status < 0, "V2: cwd /proc/self/fd/%d", fd))
			printf("# %s\n", r->out.buf);
	}
}

static void terminal(struct result *r)
{
	run(r, config(SH("tty; stty size; ls -l /dev/console; echo x >/dev/tty"),
		       "\"terminal\":true,\"consoleSize\":{\"height\":31,\"width\":99}", "", ""));
	TAP_OK(out_has(r, "/dev/pts/0\r\n") && out_has(r, "31 99") && out_has(r, "x\r\n"),
		"terminal");
}

static void limits(struct result *r)
{
	run(r, config("\"true\"", "",
		       "\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0}],"
		       "\"memory\":{\"limit\":100000000}}",
		       ""));
	TAP_OK(r->status == 0 || (r->err.kind == EK_UNSUPPORTED && strstr(r->err.msg, "memory") &&
					 strstr(r->err.msg, "doctor")),
		"a limit is applied, or refused with the controller's name");
	run(r, config("\"true\"", "", "\"cgroupsPath\":\"../../x\"", ""));
	TAP_OK(r->status == 0 || strstr(r->err.msg, "cgroupsPath"), "V17: a cgroup path with ..");
}

static void cgroup_tests(const struct rt_container *c)
{
	struct err err = ERR_INIT;

	if (!c->cgroup) {
		TAP_OK(rt_cgroup_freeze(NULL, true, &err) < 0 && err.kind == EK_UNSUPPORTED,
			"freezing needs a cgroup");
		return;
	}
	TAP_OK(rt_cgroup_freeze(c->cgroup, true, &err) == 0, "freeze");
	TAP_OK(rt_cgroup_freeze(c->cgroup, false, &err) == 0, "thaw");
	if (*err.msg)
		printf("# %s\n", err.msg);
}

static void exec_tests(struct result *r)
{
	struct rt_container c = RT_CONTAINER_INIT;
	struct spec_runtime s;
	int out = -1;
	char *json = config("\"sleep\",\"60\"", "", "", "");

	reset(r);
	if (!TAP_OK(start(json, &c, &out, &s, &r->err) == 0, "a container to exec in")) {
		printf("# %s\n", r->err.msg);
		return;
	}
	free(json);
	exec_in(&c, &s,
		PROCESS(SH("hostname; id -u; ls /proc | grep -c '^1$'; (readlink "
			   "/proc/self/ns/pid; readlink /proc/1/ns/pid) | uniq | wc -l"),
			""),
		r);
	TAP_STR(r->out.buf, "box\n0\n1\n1\n", "exec sees the container");
	exec_in(&c, &s,
		PROCESS(SH("grep -E '^Cap(Bnd|Eff)' /proc/self/status; ls /proc/self/fd"), ""), r);
	TAP_OK(out_has(r, "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n") &&
			!strstr(r->out.buf, "\n4\n"),
		"exec: capabilities and descriptors");
	exec_in(&c, &s, PROCESS("\"nosuch\"", ""), r);
	TAP_OK(r->err.kind == EK_NO_COMMAND, "exec of a missing command");
	exec_in(&c, &s, PROCESS(SH("exit 3"), ""), r);
	TAP_OK(r->status == 3, "exec: exit status");
	exec_in(&c, &s,
		PROCESS(SH("tty; stty size"),
			",\"terminal\":true,\"consoleSize\":{\"height\":20,\"width\":40}"),
		r);
	TAP_OK(out_has(r, "/dev/pts/0\r\n20 40\r\n"), "exec with a terminal");
	exec_in(&c, &s, "{\"cwd\":\"/proc/self/fd/5\",\"args\":[\"pwd\"]}", r);
	TAP_OK(r->status < 0, "V2: exec with cwd /proc/self/fd/5");
	cgroup_tests(&c);
	TAP_OK(rt_cgroup_kill(c.cgroup, &r->err) == 0, "kill the group, if there is one");
	char *cgroup = xstrdup(c.cgroup);

	rt_done(&c);
	TAP_OK(rt_cgroup_remove(cgroup, &r->err) == 0, "remove the group");
	free(cgroup);
	TAP_OK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no process is left");
	fd_close(out);
	spec_runtime_done(&s);
}

/* keep-id: the caller's id has its own number inside, in a namespace below the shared one. */
static void nested(struct result *r)
{
	static const char ns[] =
		"\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"ipc\"},{"
		"\"type\":\"uts\"},"
		"{\"type\":\"network\"},{\"type\":\"cgroup\"},{\"type\":\"user\"}],"
		"\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1000},{\"containerID\":"
		"1000,\"hostID\":0,\"size\":1}],"
		"\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1000},{\"containerID\":"
		"1000,\"hostID\":0,\"size\":1}]";
	char *json = config(SH("id -u; cat /proc/self/uid_map; touch /tmp/mine; ls -ln /tmp/mine"),
		"\"user\":{\"uid\":1000,\"gid\":1000}", "", "");
	char *cut = strstr(json, "\"namespaces\"");
	char *end = strstr(json, "\"maskedPaths\"");
	char *full = xasprintf("%.*s%s,%s", (int)(cut - json), json, ns, end);

	free(json);
	run(r, full);
	if (r->status < 0 && strstr(r->err.msg, "_map"))
		TAP_OK(true, "a nested user namespace # SKIP only one id is mapped here");
	else
		TAP_OK(r->status == 0 && out_has(r, "1000\n"), "a nested user namespace");
}

/* ---- kernels and filters that lack a call ---- */

static void deny(long nr)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog prog = {.len = ARRAY_SIZE(code), .filter = code};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		_exit(3);
}

static void without(long nr, const char *name)
{
	static const char more[] = "{\"destination\":\"/vol/"
				   "x\",\"type\":\"bind\",\"source\":\"vol\",\"options\":["
				   "\"rbind\",\"ro\",\"nosuid\"]}";
	pid_t pid = fork();

	if (!pid) {
		struct result r = {.out = SBUF_INIT};

		deny(nr);
		run(&r, config(SH("touch /vol/x/y; grep -c shared: /proc/self/mountinfo; echo 1 "
				  ">/proc/sys/kernel/hostname; ls /proc/self/fd"),
				"\"user\":{\"uid\":0,\"gid\":0}", "", more));
		if (r.status < 0 || !out_has(&r, "Read-only") || !out_has(&r, "\n0\n") ||
			strstr(r.out.buf, "\n4\n"))
			_exit(1);
		_exit(0);
	}
	TAP_OK(proc_wait(pid) == 0, "without %s", name);
}

static void fallbacks(void)
{
	without(SYS_openat2, "openat2");
	without(SYS_clone3, "clone3");
	without(SYS_mount_setattr, "mount_setattr");
	without(SYS_close_range, "close_range");
}

/* ---- the root as a descriptor ---- */

static void detached_root(struct result *r)
{
	char *json = config("\"cat\",\"/etc/passwd\"", "", "", "");
	int root = (int)syscall(
		SYS_open_tree, AT_FDCWD, "rootfs", 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);

	rootfs_fd = root;
	run(r, json);
	TAP_OK(r->status == 0 && out_has(r, "root:x"), "a detached root");
	close(root);
	rootfs_fd = open("rootfs", O_PATH | O_CLOEXEC);
	run(r, config("\"cat\",\"/etc/passwd\"", "", "", ""));
	TAP_OK(r->status < 0 || out_has(r, "root:x"), "an attached root");
	close(rootfs_fd);
	rootfs_fd = -1;
}

int main(void)
{
	struct result r = {.out = SBUF_INIT};

	if (!enter_box())
		return tap_count ? tap_done() : 0;
	basics(&r);
	failures(&r);
	inside(&r);
	user(&r);
	mounts(&r);
	sysctls(&r);
	cwd(&r);
	terminal(&r);
	limits(&r);
	exec_tests(&r);
	nested(&r);
	detached_root(&r);
	fallbacks();
	sbuf_done(&r.out);
	return leave_box();
}
