/* links: librt.a liboci.a libcommon.a -ljson-c */
/* Images and containers that attack their set-up: rows of threats.md. */
#include "tests/unit/rt_box.h"

#include <sys/mount.h>

/* ---- links where the runtime mounts (V3, V7) ---- */

static void swap_dir(const char *name, const char *target)
{
	if (rmdir(name) < 0 || symlink(target, name) < 0)
		printf("# cannot replace %s: %s\n", name, strerror(errno));
}

static void restore_dir(const char *name)
{
	if (unlink(name) < 0 || mkdir(name, 0755) < 0)
		printf("# cannot restore %s: %s\n", name, strerror(errno));
}

static bool empty(const char *name)
{
	return rmdir(name) == 0 && mkdir(name, 0755) == 0;
}

static void links(struct result *r)
{
	auto_free char *canary = xasprintf("%s/canarydir", dir);

	TAP_OK(mkdir("canarydir", 0755) == 0, "a canary");
	swap_dir("rootfs/dev", canary);
	run(r, config("\"true\"", "", "", ""));
	TAP_OK(r->status < 0 && strstr(r->err.msg, "/dev") && empty("canarydir"),
		"V7: /dev of the image is a link");
	restore_dir("rootfs/dev");
	swap_dir("rootfs/proc", "/etc");
	run(r, config("\"true\"", "", "", ""));
	TAP_OK(r->status < 0 && strstr(r->err.msg, "/proc"), "V3: /proc of the image is a link");
	restore_dir("rootfs/proc");
	swap_dir("rootfs/sys", "proc");
	run(r, config("\"true\"", "", "", ""));
	TAP_OK(r->status < 0 && strstr(r->err.msg, "/sys"), "V3: /sys of the image is a link");
	restore_dir("rootfs/sys");
	TAP_OK(symlink("../../../../../../../../../../../../../../tmp", "rootfs/up") == 0,
		"a link far up");
	run(r, config(SH("cat /tmp/one"), "", "",
		       "{\"destination\":\"/up\",\"type\":\"bind\",\"source\":\"vol\"}"));
	TAP_STR(r->out.buf, "1", "V9: it leads to the container's own /tmp");
	run(r, config("\"true\"", "", "",
		       "{\"destination\":\"/proc/self/root/"
		       "x\",\"type\":\"bind\",\"source\":\"vol\"}"));
	TAP_OK(r->status < 0, "V9: a mount point below /proc/self/root");
}

/* ---- propagation and read-only volumes (V18, X2) ---- */

static bool mounted(const char *what)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	auto_fd int fd = fd_open(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY, 0);

	return fd >= 0 && fd_read_all(fd, 8 << 20, &text) == 0 && strstr(text.buf, what);
}

static char *with_admin(const char *args, const char *mounts)
{
	static const char admin[] = "\"CAP_SYS_ADMIN\",\"CAP_CHOWN\",";
	char *json = config(args, "", "", mounts);
	auto_sbuf struct sbuf b = SBUF_INIT;

	for (char *p = json; *p; p++) {
		sbuf_addch(&b, *p);
		if (*p == '[' && p > json + 8 &&
			(!strncmp(p - 8, "unding\":[", 9) || !strncmp(p - 8, "ective\":[", 9) ||
				!strncmp(p - 8, "mitted\":[", 9)))
			sbuf_addstr(&b, admin);
	}
	free(json);
	return sbuf_take(&b);
}

static void propagation(struct result *r)
{
	TAP_OK(!mkdir("shared", 0755) && !mount("t", "shared", "tmpfs", 0, NULL) &&
			!mount(NULL, "shared", NULL, MS_SHARED, NULL) &&
			!mkdir("shared/sub", 0755) && !mkdir("shared/below", 0755) &&
			!mount("t", "shared/below", "tmpfs", 0, NULL),
		"a shared volume with a mount in it");
	run(r, with_admin(SH("mount -t tmpfs x /v/sub && cat /proc/self/mountinfo"),
		       "{\"destination\":\"/"
		       "v\",\"type\":\"bind\",\"source\":\"shared\",\"options\":[\"rbind\"]}"));
	if (r->status)
		printf("# %s\n", r->out.buf);
	TAP_OK(r->status == 0 && !mounted("shared/sub ") && !strstr(r->out.buf, "shared:"),
		"V18: a mount in it stays inside");
	run(r, with_admin(SH("mount -t tmpfs x /v/sub && sleep 0.1"),
		       "{\"destination\":\"/"
		       "v\",\"type\":\"bind\",\"source\":\"shared\",\"options\":[\"rbind\","
		       "\"rshared\"]}"));
	TAP_OK(r->status == 0, "rshared on request");
	umount2("shared/sub", MNT_DETACH);
	run(r, with_admin(SH("touch /v/below/x; touch /v/x; mount -o remount,bind,rw /v/below; "
			     "touch /v/below/y; ls /v/below"),
		       "{\"destination\":\"/"
		       "v\",\"type\":\"bind\",\"source\":\"shared\",\"options\":[\"rbind\",\"ro\"]"
		       "}"));
	TAP_OK(out_has(r, "/v/below/x: Read-only") && out_has(r, "/v/x: Read-only"),
		"X2: ro covers the mounts below");
	umount2("shared", MNT_DETACH);
}

/* ---- descriptors (V2) ---- */

static void descriptors(struct result *r)
{
	for (int fd = 20; fd < 40; fd++)
		if (dup2(0, fd) < 0) /* not close-on-exec: leaked */
			printf("# dup2: %s\n", strerror(errno));
	run(r, config(SH("ls /proc/self/fd"), "", "", ""));
	TAP_STR(r->out.buf, "0\n1\n2\n3\n", "V2: leaked descriptors do not reach the container");
	for (int fd = 20; fd < 40; fd++)
		close(fd);
}

/* ---- signals (V22) ---- */

static void signals(struct result *r)
{
	run(r, config(SH("kill -9 0; kill -9 -1; echo still"), "", "", ""));
	TAP_OK(r->status == 0, "V22: kill 0 and -1 as PID 1 reach nobody outside");
}

/* ---- a container that watches who joins it (X3) ---- */

static void watcher(struct result *r)
{
	static const char script[] = "\"while :; do for p in /proc/[0-9]*; do echo exe $(readlink "
				     "$p/exe) root $(readlink $p/root) "
				     "cwd $(readlink $p/cwd); head -c1 $p/mem 2>/dev/null; done; "
				     "done >>/vol/log 2>/dev/null\"";
	auto_free char *args = xasprintf("\"sh\",\"-c\",%s", script);
	struct rt_container c = RT_CONTAINER_INIT;
	struct spec_runtime s;
	struct result all = {.out = SBUF_INIT};
	auto_free char *json = config(
		args, "", "", "{\"destination\":\"/vol\",\"type\":\"bind\",\"source\":\"vol\"}");
	auto_free char *cgroup = NULL;
	bool leaked = false;
	int out = -1;

	reset(r);
	/* in the place of another capability, whose name is as long with the quotes moved */
	for (char *p; (p = strstr(json, "\"CAP_DAC_OVERRIDE\""));)
		memcpy(p, "\"CAP_SYS_PTRACE\"  ", 18);
	if (!TAP_OK(start(json, &c, &out, &s, &r->err) == 0,
		    "a watching container with CAP_SYS_PTRACE")) {
		printf("# %s\n", r->err.msg);
		return;
	}
	for (int i = 0; i < 40; i++)
		exec_in(&c, &s, PROCESS("\"true\"", ""), r);
	TAP_OK(r->status == 0, "40 processes joined it");
	cgroup = xstrdup(c.cgroup);
	rt_done(&c);
	fd_close(out);
	TAP_OK(fs_read_file(AT_FDCWD, "vol/log", 64 << 20, &all.out) == 0 && all.out.len,
		"what it saw");
	printf("# %zu bytes\n", all.out.len);
	for (char *line = all.out.buf, *save = line; (line = strsep(&save, "\n"));)
		for (char *word, *rest = line; (word = strsep(&rest, " "));)
			if (strchr(word, '/') && strcmp(word, "/") != 0 &&
				strcmp(word, "/bin/busybox") != 0) {
				printf("# %s\n", line);
				leaked = true;
			}
	TAP_OK(!leaked, "X3: it never saw a program or directory of the host");
	TAP_OK(rt_cgroup_remove(cgroup, &r->err) == 0, "remove its group");
	sbuf_done(&all.out);
	spec_runtime_done(&s);
}

/* ---- the rest of a configuration ---- */

static void process_parts(struct result *r)
{
	run(r, config(SH("cat /proc/self/oom_score_adj; ulimit -n; ulimit -c"),
		       "\"oomScoreAdj\":321,\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":99,"
		       "\"soft\":98},"
		       "{\"type\":\"RLIMIT_CORE\",\"hard\":0,\"soft\":0}]",
		       "", ""));
	TAP_STR(r->out.buf, "321\n98\n0\n", "oom score and limits");
	run(r, config(SH("umask"), "\"user\":{\"uid\":0,\"gid\":0,\"umask\":63}", "", ""));
	TAP_STR(r->out.buf, "0077\n", "umask");
	run(r, config("\"true\"", "", "\"intelRdt\":{\"closID\":\"x\"}", ""));
	TAP_OK(r->status < 0 && r->err.kind == EK_UNSUPPORTED && strstr(r->err.msg, "intelRdt"),
		"what is not built is refused");
	run(r, config("\"true\"", "\"apparmorProfile\":\"x\"", "", ""));
	TAP_OK(r->status < 0, "V28: a label that cannot be applied is an error");
}

static void devices(struct result *r)
{
	run(r, config(SH("ls -l /dev/net/tun /dev/myfifo | wc -l"), "",
		       "\"devices\":[{\"path\":\"/dev/net/"
		       "tun\",\"type\":\"c\",\"major\":10,\"minor\":200},{\"path\":\"/dev/"
		       "myfifo\",\"type\":\"p\"}]",
		       ""));
	TAP_OK(r->status < 0 || out_has(r, "2\n"), "devices");
	run(r, config("\"true\"", "",
		       "\"devices\":[{\"path\":\"/etc/x\",\"type\":\"c\",\"major\":1,\"minor\":3}]",
		       ""));
	TAP_OK(r->status < 0 && strstr(r->err.msg, "/etc/x"), "a device outside /dev");
}

static void hooks(struct result *r)
{
	auto_free char *text =
		xasprintf("\"hooks\":{\"createRuntime\":[{\"path\":\"/bin/"
			  "sh\",\"args\":[\"sh\",\"-c\",\"cat >%s/hook.out; env >>%s/hook.out\"]}],"
			  "\"startContainer\":[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"cat "
			  ">/tmp/inside.out\"]}]},\"hostname\"",
			dir, dir);
	char *json = config(SH("cat /tmp/inside.out; echo; pwd"), "", "", "");
	char *at = strstr(json, "\"hostname\"");
	auto_sbuf struct sbuf seen = SBUF_INIT;
	char *full =
		xasprintf("%.*s%s%s", (int)(at - json), json, text, at + strlen("\"hostname\""));

	setenv("SECRET_X", "1", 1);
	free(json);
	run(r, full);
	TAP_OK(out_has(r, "\"id\":\"test") && out_has(r, "\"pid\":"),
		"startContainer hook: inside, with the state");
	TAP_OK(fs_read_file(AT_FDCWD, "hook.out", 65536, &seen) == 0 &&
			strstr(seen.buf, "\"status\":\"creating\""),
		"createRuntime hook");
	TAP_OK(!strstr(seen.buf, "SECRET_X"), "V36: hooks get a clean environment");
	json = config("\"true\"", "", "", "");
	at = strstr(json, "\"hostname\"");
	full = xasprintf("%.*s\"hooks\":{\"createContainer\":[{\"path\":\"/bin/false\"}]},%s",
		(int)(at - json), json, at);
	free(json);
	run(r, full);
	TAP_OK(r->status < 0 && strstr(r->err.msg, "/bin/false"), "a failing hook ends the start");
	json = config("\"true\"", "", "", "");
	at = strstr(json, "\"hostname\"");
	full = xasprintf("%.*s\"hooks\":{\"prestart\":[{\"path\":\"/bin/"
			 "sleep\",\"args\":[\"sleep\",\"20\"],\"timeout\":1}]},%s",
		(int)(at - json), json, at);
	free(json);
	run(r, full);
	TAP_OK(r->status < 0 && strstr(r->err.msg, "timeout"),
		"a hook that takes too long ends the start");
}

/* Replace one namespace row. */
static char *with_ns(const char *args, const char *type, const char *row)
{
	char *json = config(args, "", "", "");
	auto_free char *old = xasprintf("{\"type\":\"%s\"}", type);
	char *at = strstr(json, old);
	char *full = xasprintf("%.*s%s%s", (int)(at - json), json, row, at + strlen(old));

	free(json);
	return full;
}

static void joins(struct result *r)
{
	struct rt_container c = RT_CONTAINER_INIT;
	struct spec_runtime s;
	auto_free char *json = config("\"sleep\",\"60\"", "", "", "");
	auto_free char *net = NULL, *pid = NULL, *wrong = NULL, *cgroup = NULL;
	int out = -1;

	reset(r);
	if (!TAP_OK(start(json, &c, &out, &s, &r->err) == 0, "a container to share with")) {
		printf("# %s\n", r->err.msg);
		return;
	}
	net = xasprintf("{\"type\":\"network\",\"path\":\"/proc/%d/ns/net\"}", c.pid);
	pid = xasprintf("{\"type\":\"pid\",\"path\":\"/proc/%d/ns/pid\"}", c.pid);
	wrong = xasprintf("{\"type\":\"network\",\"path\":\"/proc/%d/ns/uts\"}", c.pid);
	run(r, with_ns(SH("readlink /proc/self/ns/net"), "network", net));
	TAP_OK(r->status == 0, "join a network namespace");
	run(r, with_ns(SH("cat /proc/1/cmdline"), "pid", pid));
	TAP_OK(r->status == 0 && out_has(r, "sleep"), "join a pid namespace");
	run(r, with_ns("\"true\"", "network", wrong));
	TAP_OK(r->status < 0, "X18: a namespace of another type is refused");
	run(r, with_ns(SH("cat /proc/uptime"), "cgroup",
		       "{\"type\":\"cgroup\"},{\"type\":\"time\"}],\"timeOffsets\":{\"boottime\":{"
		       "\"secs\":1000000}},\"x\":[{\"type\":\"x\"}"));
	TAP_OK(r->status == 0 && strtod(r->out.buf, NULL) > 1000000,
		"a time namespace with an offset");
	cgroup = xstrdup(c.cgroup);
	rt_done(&c);
	TAP_OK(rt_cgroup_remove(cgroup, &r->err) == 0, "remove its group");
	fd_close(out);
	spec_runtime_done(&s);
}

int main(void)
{
	struct result r = {.out = SBUF_INIT};

	if (!enter_box())
		return tap_count ? tap_done() : 0;
	links(&r);
	propagation(&r);
	descriptors(&r);
	signals(&r);
	watcher(&r);
	process_parts(&r);
	devices(&r);
	hooks(&r);
	joins(&r);
	TAP_OK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no process is left");
	sbuf_done(&r.out);
	return leave_box();
}
