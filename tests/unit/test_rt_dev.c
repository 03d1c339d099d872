/* links: librt.a liboci.a libcommon.a -ljson-c */
/* Device rules as a program on a cgroup of version 2; for root on a host that has one. */
#include "tests/unit/tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "common/proc.h"
#include "oci/rt_cgroup.h"
#include "oci/rt_dev.h"

enum { NULL_RW = 1, KMSG_R = 2, KMSG_W = 4, ZERO_R = 8, MKNOD = 16, MKNOD_BLOCK = 32, FULL_R = 64 };

static bool can_open(const char *path, int flags)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, flags | O_NONBLOCK, 0);

	return fd >= 0;
}

static bool can_make(mode_t type)
{
	char path[] = "/tmp/podlite-dev-XXXXXX";
	bool made;

	if (!mkdtemp(path) || chdir(path) < 0)
		return false;
	made = mknod("node", type | 0600, makedev(7, 0)) == 0;
	unlink("node");
	return chdir("/") == 0 && rmdir(path) == 0 && made;
}

/* What a process in the group can do, as bits. */
static int try_all(int dir)
{
	pid_t pid = fork();

	if (!pid) {
		int r = rt_cgroup_write(dir, "cgroup.procs", "0") < 0 ? 128 : 0;

		r |= can_open("/dev/null", O_RDWR) ? NULL_RW : 0;
		r |= can_open("/dev/kmsg", O_RDONLY) ? KMSG_R : 0;
		r |= can_open("/dev/kmsg", O_WRONLY) ? KMSG_W : 0;
		r |= can_open("/dev/zero", O_RDONLY) ? ZERO_R : 0;
		r |= can_open("/dev/full", O_RDONLY) ? FULL_R : 0;
		r |= can_make(S_IFCHR) ? MKNOD : 0;
		r |= can_make(S_IFBLK) ? MKNOD_BLOCK : 0;
		_exit(r);
	}
	return proc_wait(pid);
}

static int under(const char *rules)
{
	auto_jval struct jval *v = NULL;
	struct err err = ERR_INIT;
	auto_free char *name = xasprintf("/podlite-dev-%d", (int)getpid());
	auto_free char *path = xasprintf("%s%s", rt_cgroup_mount(), name);
	auto_fd int root = rt_cgroup_open("/", &err), dir = -1;
	int r;

	v = jval_parse(rules, strlen(rules), 0, &err);
	dir = root < 0 ? -1 : rt_cgroup_make(root, name);
	if (dir < 0)
		return -1;
	r = rt_dev_bpf_attach(dir, v, &err) < 0 ? -2 : try_all(dir);
	if (r < 0)
		printf("# %s\n", err.msg);
	for (int i = 0; i < 100 && rmdir(path) < 0; i++)
		usleep(10000);
	return r;
}

#define NONE  NULL_RW | ZERO_R | FULL_R | MKNOD | MKNOD_BLOCK
#define DENY  "{\"allow\":false,\"access\":\"rwm\"}"

int main(void)
{
	int r;

	if (geteuid() || !rt_cgroup_mount() || (r = under("[]")) < 0) {
		printf("1..0 # SKIP no cgroup of version 2 whose devices this user may rule\n");
		return 0;
	}
	TAP_OK(r == (NONE), "without rules: the default devices, and nodes of any kind (%d)", r);
	TAP_OK(under("[" DENY "]") == (NONE), "linux.resources.devices: deny all leaves the default devices");
	r = under("[{\"allow\":true,\"access\":\"rwm\"}]");
	TAP_OK(r == (NONE | KMSG_R | KMSG_W), "allow all (%d)", r);
	r = under("[" DENY ",{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":11,\"access\":\"r\"}]");
	TAP_OK(r == (NONE | KMSG_R), "one device to read (%d)", r);
	r = under("[{\"allow\":true},{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":11,\"access\":\"w\"}]");
	TAP_OK(r == (NONE | KMSG_R), "all but writing to one: a later rule wins (%d)", r);
	r = under("[" DENY ",{\"allow\":true,\"type\":\"b\",\"major\":1,\"minor\":11}]");
	TAP_OK(r == (NONE), "a block device is not the character device of its number (%d)", r);
	return tap_done();
}
