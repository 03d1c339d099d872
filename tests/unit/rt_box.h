/* rt_box.h - containers of a busybox root for the tests of the runtime library. */
#ifndef PODLITE_RT_BOX_H
#define PODLITE_RT_BOX_H

#include "tests/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "common/userns.h"
#include "oci/rt.h"

static char dir[] = "/tmp/podlite-rt-XXXXXX";

static int rootfs_fd = -1;

static const char caps[] = "[\"CAP_CHOWN\",\"CAP_DAC_OVERRIDE\",\"CAP_FOWNER\",\"CAP_SETUID\","
			   "\"CAP_SETGID\",\"CAP_KILL\"]";

/* A configuration as the engine writes it; extra goes into "process", more into "linux". */
static char *config(const char *args, const char *process, const char *linux_, const char *mounts)
{
	return xasprintf(
		"{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"args\":[%s],"
		"\"env\":[\"PATH=/bin:/sbin\"],\"capabilities\":{\"bounding\":%s,\"effective\":%s,"
		"\"permitted\":%s}%s%s},\"root\":{\"path\":\"rootfs\"},\"hostname\":\"box\","
		"\"mounts\":["
		"{\"destination\":\"/"
		"proc\",\"type\":\"proc\",\"source\":\"proc\",\"options\":[\"nosuid\"]},"
		"{\"destination\":\"/"
		"dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"nosuid\",\"mode="
		"755\"]},"
		"{\"destination\":\"/dev/"
		"pts\",\"type\":\"devpts\",\"source\":\"devpts\",\"options\":[\"newinstance\","
		"\"ptmxmode=0666\",\"mode=0620\",\"gid=5\"]},"
		"{\"destination\":\"/dev/"
		"shm\",\"type\":\"tmpfs\",\"source\":\"shm\",\"options\":[\"size=1m\"]},"
		"{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\"},"
		"{\"destination\":\"/"
		"sys\",\"type\":\"sysfs\",\"source\":\"sysfs\",\"options\":[\"ro\"]},"
		"{\"destination\":\"/sys/fs/"
		"cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\",\"options\":[\"ro\"]}%s%s],"
		"\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":"
		"\"ipc\"},"
		"{\"type\":\"uts\"},{\"type\":\"network\"},{\"type\":\"cgroup\"}],"
		"\"maskedPaths\":[\"/proc/kcore\",\"/proc/acpi\",\"/proc/keys\",\"/sys/"
		"firmware\",\"/proc/scsi\"],"
		"\"readonlyPaths\":[\"/proc/sys\",\"/proc/irq\"]%s%s}}",
		args, caps, caps, caps, *process ? "," : "", process, *mounts ? "," : "", mounts,
		*linux_ ? "," : "", linux_);
}

struct result {
	int status; /* exit status, or -1: it did not start */
	struct sbuf out;
	struct err err;
};

static void reset(struct result *r)
{
	sbuf_done(&r->out);
	*r = (struct result){.status = -1, .out = SBUF_INIT};
}

/* Start and leave running; output goes to a pipe. */
__attribute__((unused)) static int start(const char *json, struct rt_container *c, int *ret_out,
	struct spec_runtime *s, struct err *err)
{
	auto_fd int bundle = fd_open_dir(AT_FDCWD, dir);
	int p[2];
	static unsigned number; /* two at once need two cgroups */
	auto_free char *id = xasprintf("test-%d-%u", (int)getpid(), ++number);
	struct rt_args a = {.id = id,
		.bundle_fd = bundle,
		.spec = s,
		.rootfs_fd = rootfs_fd,
		.cache_fd = -1,
		.death_signal = SIGKILL};

	spec_runtime_init(s);
	if (spec_runtime_parse(json, strlen(json), s, err) < 0)
		return -1;
	if (fd_pipe(p) < 0)
		return -1;
	a.stdio[0] = -1;
	a.stdio[1] = a.stdio[2] = p[1];
	if (rt_create_begin(&a, c, err) < 0 || rt_create_finish(c, err) < 0 ||
		rt_start(c, err) < 0) {
		fd_close(p[0]);
		fd_close(p[1]);
		return -1;
	}
	fd_close(p[1]);
	*ret_out = p[0];
	return 0;
}

__attribute__((unused)) static void run(struct result *r, char *json)
{
	struct rt_container c = RT_CONTAINER_INIT;
	struct spec_runtime s;
	int out = -1;

	reset(r);
	if (start(json, &c, &out, &s, &r->err) == 0) {
		int fd = c.console >= 0 ? c.console : out;

		while (fd_read_all(fd, 1 << 20, &r->out) < 0 && fd != c.console)
			;
		r->status = proc_wait(c.pid);
	}
	fd_close(out);
	if (rt_cgroup_remove(c.cgroup, &r->err) < 0)
		r->status = -1;
	rt_done(&c);
	spec_runtime_done(&s);
	free(json);
	if (r->status < 0)
		printf("# %s\n", r->err.msg);
}

__attribute__((unused)) static bool out_has(const struct result *r, const char *text)
{
	bool has = strstr(r->out.buf, text) != NULL;

	if (!has)
		printf("# output: %s\n", r->out.buf);
	return has;
}

#define SH(script) "\"sh\",\"-c\",\"" script "\""

__attribute__((unused)) static int exec_in(const struct rt_container *c,
	const struct spec_runtime *s, const char *process, struct result *r)
{
	struct spec_process sp;
	struct rt_container e = RT_CONTAINER_INIT;
	struct rt_exec_args a = {.target = c->pidfd,
		.target_pid = c->pid,
		.target_start = proc_start_time(c->pid),
		.spec = s,
		.process = &sp,
		.cache_fd = -1,
		.stdio = {-1, -1, -1},
		.death_signal = SIGKILL};
	int p[2];

	reset(r);
	if (spec_process_parse(process, strlen(process), &sp, &r->err) < 0 || fd_pipe(p) < 0)
		return -1;
	a.stdio[1] = a.stdio[2] = p[1];
	if (rt_exec(&a, &e, &r->err) == 0) {
		fd_close(p[1]);
		p[1] = -1;
		while (fd_read_all(e.console >= 0 ? e.console : p[0], 1 << 20, &r->out) < 0 &&
			e.console < 0)
			;
		r->status = proc_wait(e.pid);
	} else {
		printf("# %s\n", r->err.msg);
	}
	rt_done(&e);
	fd_close(p[0]);
	fd_close(p[1]);
	spec_process_done(&sp);
	return r->status;
}

#define PROCESS(args, more) "{\"cwd\":\"/\",\"args\":[" args "],\"env\":[\"PATH=/bin\"]" more "}"

static void write_text(const char *name, const char *text, mode_t mode)
{
	TAP_OK(fs_write_file(AT_FDCWD, name, text, strlen(text), mode, 0) == 0, "write %s", name);
}

static bool make_root(void)
{
	static const char *const dirs[] = {"rootfs", "rootfs/bin", "rootfs/etc", "rootfs/proc",
		"rootfs/sys", "rootfs/dev", "rootfs/tmp", "rootfs/t", "vol"};
	static const char *const applets[] = {"sh", "true", "echo", "id", "hostname", "sleep", "ls",
		"cat", "grep", "head", "od", "wc", "touch", "mount", "mkdir", "sed", "ps", "sort",
		"df", "tail", "tty", "stty", "readlink", "uniq", "env", "kill"};
	auto_sbuf struct sbuf busybox = SBUF_INIT;

	if (!mkdtemp(dir) || chmod(dir, 0755) || chdir(dir) ||
		fs_read_file(AT_FDCWD, "/bin/busybox", 16 << 20, &busybox) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (fs_mkdir(AT_FDCWD, dirs[i], i == 6 ? 01777 : 0755) < 0)
			return false;
	if (fs_write_file(AT_FDCWD, "rootfs/bin/busybox", busybox.buf, busybox.len, 0755, 0) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(applets); i++) {
		auto_free char *link = xasprintf("rootfs/bin/%s", applets[i]);

		if (symlink("busybox", link) < 0)
			return false;
	}
	write_text("rootfs/etc/passwd", "root:x:0:0::/:/bin/sh\n", 0644);
	write_text("rootfs/bin/noform", "\x01\x02\x03", 0755);
	write_text("rootfs/bin/nointerp", "#!/no/such\n", 0755);
	write_text("rootfs/t/keep", "k", 0644);
	write_text("vol/one", "1", 0644);
	write_text("canary", "c", 0644);
	return symlink("/tmp/podlite-rt-canary", "rootfs/evil") == 0;
}

/* In a user namespace with a root file system as the working directory's rootfs; false: skipped. */
__attribute__((unused)) static bool enter_box(void)
{
	struct userns_map map;
	struct err err = ERR_INIT;

	if (access("/bin/busybox", X_OK)) {
		printf("1..0 # SKIP no /bin/busybox\n");
		return false;
	}
	if (userns_plan(&map, &err) < 0 || userns_create(&map, &err) < 0) {
		printf("1..0 # SKIP %s\n", err.msg);
		return false;
	}
	userns_protect();
	return TAP_OK(make_root(), "a root file system");
}

static int leave_box(void)
{
	if (chdir("/") == 0)
		TAP_OK(fs_remove_tree(AT_FDCWD, dir) == 0, "clean up");
	return tap_done();
}

#endif
