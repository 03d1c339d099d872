/* links: libpodlite.a libmonitor.a libnetin.a libstorage.a librt.a liboci.a libcommon.a -ljson-c */
/* Each check of `podlite doctor` against a host made of files in a temporary directory, with one
 * thing wrong at a time. */
#include "podlite/engine/doctor.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "tests/unit/tap.h"

#define ME 1000

/* A healthy Debian with systemd; the tests break it. */
static const struct {
	const char *path, *text;
	mode_t mode;
} healthy[] = {
	{"etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n"
		"bob:x:1001:1001::/home/bob:/bin/sh\n", 0644},
	{"etc/group", "root:x:0:\nann:x:1000:\n", 0644},
	{"etc/subuid", "ann:100000:65536\nbob:165536:65536\n", 0644},
	{"etc/subgid", "ann:100000:65536\nbob:165536:65536\n", 0644},
	{"etc/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\n", 0644},
	{"usr/bin/newuidmap", "x", 04755},
	{"usr/bin/newgidmap", "x", 04755},
	{"usr/bin/slirp4netns", "x", 0755},
	{"usr/bin/podlite-runtime", "x", 0755},
	{"usr/libexec/podlite/podlite-monitor", "x", 0755},
	{"usr/libexec/podlite/podlite-net", "x", 0755},
	{"usr/libexec/podlite/podlite-transfer", "x", 0755},
	{"usr/libexec/podlite/podlite-unpack", "x", 0755},
	{"usr/libexec/podlite/podlite-init", "x", 0755},
	{"proc/self/ns/user", "", 0444},
	{"proc/self/status", "Name:\tpodlite\nNoNewPrivs:\t0\nSeccomp:\t0\n", 0444},
	{"proc/self/cgroup", "0::/user.slice/user-1000.slice/session-1.scope\n", 0444},
	{"proc/sys/user/max_user_namespaces", "31000\n", 0644},
	{"proc/sys/kernel/unprivileged_userns_clone", "1\n", 0644},
	{"proc/sys/kernel/osrelease", "6.1.0-test\n", 0444},
	{"proc/sys/net/ipv4/ip_unprivileged_port_start", "80\n", 0644},
	{"proc/sys/net/ipv4/ping_group_range", "0\t2147483647\n", 0644},
	{"sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n", 0444},
	{"sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers",
		"cpu io memory pids\n", 0444},
	{"run/systemd/system/x", "", 0644},
	{"run/user/1000/x", "", 0600},
	{"var/lib/systemd/linger/ann", "", 0644},
	{"dev/fuse", "", 0666},
	{"dev/net/tun", "", 0666},
};

struct fixture {
	struct doctor_host h;
	struct doctor_report r;
	char dir[40];
};

static void put(struct fixture *f, const char *path, const char *text, mode_t mode)
{
	auto_free char *dir = xstrdup(path);
	int r;

	*strrchr(dir, '/') = '\0';
	r = fs_mkdir_p(f->h.root, dir);
	if (!r)
		r = fs_write_file(f->h.root, path, text, strlen(text), mode, 0);
	if (r < 0 || fchmodat(f->h.root, path, mode, 0)) /* writing takes setuid away */
		printf("# %s: %s\n", path, strerror(r < 0 ? -r : errno));
}

static void gone(struct fixture *f, const char *path)
{
	int r = fs_remove_tree(f->h.root, path);

	if (r < 0)
		printf("# %s: %s\n", path, strerror(-r));
}

/* The host's user is whoever runs the test, where a file's owner is looked at. */
static void setup(struct fixture *f)
{
	struct doctor_probe *p = &f->h.probe;

	*f = (struct fixture){.h = {.uid = ME, .trusted = geteuid(), .store = "/home/ann/store",
		.libexec = "/usr/libexec/podlite", .bindir = "/usr/bin"}, .dir = "/tmp/podlite-doctor-XXXXXX"};
	f->h.root = mkdtemp(f->dir) ? fd_open_dir(AT_FDCWD, f->dir) : -1;
	for (size_t i = 0; i < ARRAY_SIZE(healthy); i++)
		put(f, healthy[i].path, healthy[i].text, healthy[i].mode);
	svec_add(&f->h.path, "/usr/bin");
	f->h.user = xstrdup("ann");
	p->userns = p->proc = p->overlay = (struct doctor_try){.done = true, .ok = true};
	p->have_store = p->filter = true;
	p->store_type = EXT4_SUPER_MAGIC;
	p->store_free = 100ULL << 30;
	p->store_inodes = 1000000;
	for (int i = 0; i < DOCTOR_NCALLS; i++)
		p->calls[i] = true;
}

static void teardown(struct fixture *f)
{
	int r;

	doctor_done(&f->r);
	doctor_host_done(&f->h);
	r = fs_remove_tree(AT_FDCWD, f->dir);
	if (r < 0)
		printf("# %s: %s\n", f->dir, strerror(-r));
}

/* After one change: exactly this code has this status, its texts hold the parts; others are ok
 * unless named in `also`. */
static void expect(struct fixture *f, const char *code, enum doctor_status s, const char *what,
	const char *fix, const char *also)
{
	const struct doctor_item *it;

	doctor_done(&f->r);
	doctor_run(&f->h, &f->r);
	it = doctor_find(&f->r, code);
	TAP_OK(it && it->status == s && strstr(it->what, what), "%s %s: %s", code, doctor_status_name(s),
		it ? it->what : "missing");
	TAP_OK(it && (!*fix ? !it->fix : it->fix && strstr(it->fix, fix)), "%s mended by: %s", code,
		it && it->fix ? it->fix : "");
	for (size_t i = 0; i < f->r.n; i++)
		if (f->r.v[i].status != DOCTOR_OK && strcmp(f->r.v[i].code, code) &&
			!strstr(also, f->r.v[i].code))
			TAP_OK(false, "%s should be ok: %s", f->r.v[i].code, f->r.v[i].what);
}

static void test_healthy(void)
{
	struct fixture f;
	auto_jval struct jval *json = NULL;

	setup(&f);
	doctor_run(&f.h, &f.r);
	TAP_OK(f.r.n > 20 && !f.r.failures && !f.r.warnings, "a healthy host: %zu checks", f.r.n);
	for (size_t i = 0; i < f.r.n; i++) {
		const struct doctor_item *it = &f.r.v[i];

		if (it->status != DOCTOR_OK || it->fix || !it->what)
			TAP_OK(false, "%s: %s (%s)", it->code, it->what, it->fix ? it->fix : "");
		for (size_t k = 0; k < i; k++)
			if (!strcmp(it->code, f.r.v[k].code) || !strcmp(it->name, f.r.v[k].name))
				TAP_OK(false, "%s twice", it->code);
	}
	json = doctor_json(&f.r);
	TAP_OK(jval_len(json) == f.r.n, "as JSON");
	TAP_STR(jval_get_str(jval_at(json, 0), "code", ""), "PL001", "code in JSON");
	TAP_STR(jval_get_str(jval_at(json, 0), "status", ""), "ok", "status in JSON");
	teardown(&f);
}

static void test_subids(void)
{
	struct fixture f;

	setup(&f);
	put(&f, "etc/subuid", "bob:100000:65536\n", 0644);
	expect(&f, "PL001", DOCTOR_WARN, "no ranges in /etc/subuid:",
		"sudo usermod --add-subuids 262144-327679 --add-subgids 262144-327679 ann", "");
	gone(&f, "etc/subuid");
	gone(&f, "etc/subgid");
	expect(&f, "PL001", DOCTOR_WARN, "no ranges in /etc/subuid and /etc/subgid",
		"usermod --add-subuids 100000-165535", "");
	put(&f, "etc/subuid", "1000:100000:1000\n", 0644);
	put(&f, "etc/subgid", "ann:100000:65536\n", 0644);
	expect(&f, "PL001", DOCTOR_WARN, "only 1000 subordinate uids", "usermod", "");
	put(&f, "etc/subuid", "ann:100000:40000\nann:200000:40000\n", 0644);
	expect(&f, "PL001", DOCTOR_OK, "80000 subordinate uids and 65536 gids", "", "");
	put(&f, "etc/subuid", "annx:100000:65536\nan:1:65536\n", 0644);
	expect(&f, "PL001", DOCTOR_WARN, "no ranges", "usermod", "");
	teardown(&f);
}

static void test_overlap(void)
{
	struct fixture f;

	setup(&f);
	put(&f, "etc/subuid", "ann:100000:65536\nbob:165535:65536\n", 0644);
	expect(&f, "PL002", DOCTOR_WARN, "ids of bob", "/etc/subuid", "");
	put(&f, "etc/subuid", "ann:1000:65536\n", 0644);
	expect(&f, "PL002", DOCTOR_WARN, "the id of ann (1000)", "/etc/subuid", "");
	put(&f, "etc/subuid", "ann:100000:65536\nann:100000:65536\n", 0644);
	expect(&f, "PL002", DOCTOR_OK, "no range is shared", "", "");
	put(&f, "etc/subuid", "ann:100000:65536\n", 0644);
	put(&f, "etc/subgid", "ann:100000:65536\nbob:131072:10\n", 0644);
	expect(&f, "PL002", DOCTOR_WARN, "/etc/subgid", "sed", "");
	teardown(&f);
}

static void test_helpers(void)
{
	struct fixture f;

	setup(&f);
	gone(&f, "usr/bin/newgidmap");
	expect(&f, "PL003", DOCTOR_WARN, "newgidmap is not installed", "sudo apt-get install -y uidmap", "");
	put(&f, "etc/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", 0644);
	expect(&f, "PL003", DOCTOR_WARN, "newgidmap", "sudo dnf install -y shadow-utils", "");
	put(&f, "etc/os-release", "ID=unheard-of\n", 0644);
	expect(&f, "PL003", DOCTOR_WARN, "newgidmap", "", "");
	put(&f, "usr/bin/newgidmap", "x", 0755);
	expect(&f, "PL003", DOCTOR_FAIL, "neither setuid", "chmod 4755 /usr/bin/newgidmap", "");
	put(&f, "usr/bin/newgidmap", "x", 04755);
	f.h.trusted = geteuid() + 1;
	expect(&f, "PL003", DOCTOR_FAIL, "not owned by root", "chown root:root /usr/bin/newuidmap", "");
	f.h.trusted = geteuid();
	f.h.probe.idmap_nosuid = true;
	expect(&f, "PL004", DOCTOR_FAIL, "/usr/bin/newuidmap is on a file system mounted nosuid",
		"remount,suid", "");
	f.h.probe.idmap_nosuid = false;
	put(&f, "proc/self/status", "Name:\tx\nNoNewPrivs:\t1\n", 0444);
	expect(&f, "PL004", DOCTOR_FAIL, "no_new_privs", "", "");
	teardown(&f);
}

static void test_userns(void)
{
	struct fixture f;

	setup(&f);
	put(&f, "proc/sys/user/max_user_namespaces", "0\n", 0644);
	expect(&f, "PL005", DOCTOR_FAIL, "max_user_namespaces is 0",
		"sudo sh -c 'echo user.max_user_namespaces=15000 >>/etc/sysctl.d/", "");
	put(&f, "proc/sys/user/max_user_namespaces", "1\n", 0644);
	put(&f, "proc/sys/user/max_net_namespaces", "0\n", 0644);
	expect(&f, "PL005", DOCTOR_FAIL, "max_net_namespaces is 0", "user.max_net_namespaces=15000", "");
	gone(&f, "proc/sys/user/max_net_namespaces");
	put(&f, "proc/sys/kernel/unprivileged_userns_clone", "0\n", 0644);
	expect(&f, "PL005", DOCTOR_FAIL, "unprivileged_userns_clone is 0", "unprivileged_userns_clone=1", "");
	put(&f, "proc/sys/kernel/unprivileged_userns_clone", "1\n", 0644);
	gone(&f, "proc/self/ns/user");
	expect(&f, "PL005", DOCTOR_FAIL, "CONFIG_USER_NS", "", "");
	put(&f, "proc/self/ns/user", "", 0444);
	put(&f, "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", 0644);
	expect(&f, "PL006", DOCTOR_OK, "not for podlite", "", "");
	f.h.probe.userns = (struct doctor_try){.done = true};
	err_set(&f.h.probe.userns.err, EK_DENIED, "unshare: denied; run: podlite doctor");
	expect(&f, "PL006", DOCTOR_FAIL, "apparmor_restrict", "/etc/apparmor.d/podlite", "PL007");
	gone(&f, "proc/sys/kernel/apparmor_restrict_unprivileged_userns");
	expect(&f, "PL007", DOCTOR_FAIL, "unshare: denied", "", "");
	TAP_STR(doctor_find(&f.r, "PL007")->what, "unshare: denied", "without the advice to run doctor");
	err_clear(&f.h.probe.userns.err);
	err_set(&f.h.probe.userns.err, EK_DENIED, "unshare: denied; forbidden here, run: podlite doctor");
	expect(&f, "PL007", DOCTOR_FAIL, "unshare: denied", "", "");
	TAP_STR(doctor_find(&f.r, "PL007")->what, "unshare: denied; forbidden here", "the same in the middle of an advice");
	put(&f, "proc/self/status", "Name:\tpodlite\nNoNewPrivs:\t0\nSeccomp:\t2\n", 0444);
	expect(&f, "PL007", DOCTOR_FAIL, "forbidden here; a seccomp filter is around podlite: inside a container, start that one with "
		"--security-opt seccomp=unconfined --security-opt unmask=ALL", "", "");
	put(&f, "proc/self/status", "Name:\tpodlite\nNoNewPrivs:\t0\nSeccomp:\t0\n", 0444);
	f.h.probe.userns.ok = true;
	f.h.probe.proc = (struct doctor_try){.done = true};
	err_set(&f.h.probe.proc.err, EK_DENIED, "mount a new /proc: not permitted");
	expect(&f, "PL008", DOCTOR_FAIL, "mount a new /proc", "", "");
	teardown(&f);
}

static void test_store(void)
{
	struct fixture f;

	setup(&f);
	f.h.probe.overlay = (struct doctor_try){.done = true};
	err_set(&f.h.probe.overlay.err, EK_SYSTEM, "overlay: invalid argument");
	f.h.probe.fuse = (struct doctor_try){.done = true, .ok = true};
	expect(&f, "PL010", DOCTOR_WARN, "fuse-overlayfs serves instead", "", "");
	f.h.probe.fuse = (struct doctor_try){.done = true};
	expect(&f, "PL011", DOCTOR_WARN, "not installed", "apt-get install -y fuse-overlayfs", "PL010");
	put(&f, "usr/bin/fuse-overlayfs", "x", 0755);
	f.h.probe.fuse_error = EACCES;
	expect(&f, "PL011", DOCTOR_WARN, "cannot be opened", "chmod 666 /dev/fuse", "PL010");
	gone(&f, "dev/fuse");
	expect(&f, "PL011", DOCTOR_WARN, "there is no /dev/fuse", "modprobe fuse", "PL010");
	f.h.probe.overlay.ok = true;
	f.h.probe.store_type = NFS_SUPER_MAGIC;
	expect(&f, "PL012", DOCTOR_WARN, "is on NFS", "--root", "");
	f.h.probe.store_type = BTRFS_SUPER_MAGIC;
	f.h.probe.store_inodes = 0;
	expect(&f, "PL013", DOCTOR_OK, "free in /home/ann/store", "", "");
	f.h.probe.store_inodes = 17;
	expect(&f, "PL013", DOCTOR_WARN, "only 17 files", "prune", "");
	f.h.probe.store_free = 200u << 20;
	expect(&f, "PL013", DOCTOR_WARN, "only ", "prune", "");
	f.h.probe.store_free = 0;
	expect(&f, "PL013", DOCTOR_FAIL, "only 0", "prune", "");
	f.h.probe.store_free = 100ULL << 30;
	f.h.probe.store_inodes = 0;
	f.h.probe.store_flags = ST_NOEXEC;
	expect(&f, "PL014", DOCTOR_FAIL, "mounted noexec", "remount,exec", "");
	f.h.probe.store_flags = ST_NOSUID;
	expect(&f, "PL014", DOCTOR_WARN, "mounted nosuid", "remount,suid", "");
	f.h.probe.store_flags = ST_RDONLY;
	expect(&f, "PL014", DOCTOR_FAIL, "mounted ro", "remount,rw", "");
	f.h.probe.have_store = false;
	expect(&f, "PL013", DOCTOR_FAIL, "cannot be made or opened", "", "");
	teardown(&f);
}

static void test_network(void)
{
	struct fixture f;

	setup(&f);
	gone(&f, "usr/bin/slirp4netns");
	expect(&f, "PL020", DOCTOR_WARN, "neither slirp4netns nor pasta", "apt-get install -y slirp4netns", "");
	put(&f, "usr/bin/pasta", "x", 0755);
	expect(&f, "PL020", DOCTOR_OK, "/usr/bin/pasta", "", "");
	f.h.probe.tun_error = EACCES;
	expect(&f, "PL021", DOCTOR_WARN, "Permission denied", "chmod 666 /dev/net/tun", "");
	gone(&f, "dev/net/tun");
	f.h.probe.tun_error = ENOENT;
	expect(&f, "PL021", DOCTOR_WARN, "there is no /dev/net/tun", "modprobe tun", "");
	f.h.probe.tun_error = 0;
	put(&f, "proc/sys/net/ipv4/ip_unprivileged_port_start", "1024\n", 0644);
	expect(&f, "PL022", DOCTOR_OK, "from 1024 on", "ip_unprivileged_port_start=80", "");
	put(&f, "proc/sys/net/ipv4/ping_group_range", "1\t0\n", 0644);
	expect(&f, "PL023", DOCTOR_OK, "not with --network host", "ping_group_range", "");
	teardown(&f);
}

static void test_cgroups(void)
{
	static const char user[] = "sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service";
	static const char list[] =
		"sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers";
	struct fixture f;

	setup(&f);
	put(&f, list, "memory pids\n", 0444);
	expect(&f, "PL031", DOCTOR_WARN, "not delegated: cpu;", "Delegate=cpu cpuset io memory pids", "");
	put(&f, list, "cpuset memory pids\n", 0444);
	expect(&f, "PL031", DOCTOR_WARN, "not delegated: cpu;", "delegate.conf", "");
	if (geteuid()) {
		TAP_OK(fchmodat(f.h.root, user, 0555, 0) == 0, "a group of somebody else");
		expect(&f, "PL031", DOCTOR_WARN, "is not this user's", "delegate.conf", "");
		TAP_OK(fchmodat(f.h.root, user, 0755, 0) == 0, "mended");
	}
	gone(&f, "sys/fs/cgroup/cgroup.controllers");
	put(&f, "sys/fs/cgroup/memory/x", "", 0644);
	expect(&f, "PL030", DOCTOR_WARN, "version 1", "systemd.unified_cgroup_hierarchy=1", "");
	put(&f, "sys/fs/cgroup/unified/x", "", 0644);
	expect(&f, "PL030", DOCTOR_WARN, "hybrid", "update-grub", "");
	gone(&f, "run/systemd");
	expect(&f, "PL030", DOCTOR_WARN, "hybrid", "", "");
	gone(&f, "sys/fs/cgroup");
	expect(&f, "PL030", DOCTOR_WARN, "no cgroups", "", "");
	teardown(&f);
}

static void test_session(void)
{
	struct fixture f;

	setup(&f);
	gone(&f, "var/lib/systemd/linger/ann");
	expect(&f, "PL041", DOCTOR_WARN, "when ann logs out", "loginctl enable-linger ann", "");
	gone(&f, "run/systemd");
	expect(&f, "PL041", DOCTOR_OK, "not needed", "", "");
	gone(&f, "run/user");
	expect(&f, "PL040", DOCTOR_WARN, "/tmp is used", "", "");
	put(&f, "tmp/podlite-1000/x", "", 0644);
	expect(&f, "PL040", geteuid() == ME ? DOCTOR_WARN : DOCTOR_FAIL, "",
		geteuid() == ME ? "" : "rm -rf /tmp/podlite-1000", "");
	f.h.uid = geteuid();
	put(&f, "run/mine/x", "", 0644);
	f.h.runtime_dir = "/run/mine";
	expect(&f, "PL040", DOCTOR_OK, "/run/mine", "", "PL001 PL031");
	TAP_OK(fchmodat(f.h.root, "run/mine", 0777, 0) == 0, "open to all");
	expect(&f, "PL040", DOCTOR_FAIL, "written by others", "chmod 700 /run/mine", "PL001 PL031");
	f.h.runtime_dir = "/run/nowhere";
	expect(&f, "PL040", f.h.uid ? DOCTOR_WARN : DOCTOR_OK, "/tmp", "", "PL001 PL031");
	put(&f, "run/file", "", 0644);
	f.h.runtime_dir = "/run/file";
	expect(&f, "PL040", DOCTOR_FAIL, "not a directory", "unset XDG_RUNTIME_DIR", "PL001 PL031");
	f.h.uid = ME + 1;
	f.h.runtime_dir = "/run/mine";
	expect(&f, "PL040", DOCTOR_FAIL, "another user", "unset XDG_RUNTIME_DIR", "PL001 PL031");
	teardown(&f);
}

static void test_boot(void)
{
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CTR "home/ann/store/containers/" ID "/record.json"
	struct fixture f;

	setup(&f);
	f.h.home = "/home/ann";
	expect(&f, "PL043", DOCTOR_OK, "no container", "", "");
	put(&f, CTR, "{\"id\":\"" ID "\",\"name\":\"x\",\"restart\":\"on-failure\"}", 0600);
	expect(&f, "PL043", DOCTOR_OK, "no container", "", "");
	put(&f, CTR, "{\"id\":\"" ID "\",\"name\":\"x\",\"restart\":\"always\"}", 0600);
	expect(&f, "PL043", DOCTOR_WARN, "1 container with", "@reboot /usr/bin/podlite start --all", "");
	put(&f, "usr/lib/systemd/user/podlite-restart.service", "x", 0644);
	expect(&f, "PL043", DOCTOR_WARN, "1 container with", "systemctl --user enable podlite-restart.service", "");
	put(&f, "home/ann/.config/systemd/user/default.target.wants/podlite-restart.service", "x", 0644);
	expect(&f, "PL043", DOCTOR_OK, "starts them", "", "");
	teardown(&f);
}

static void test_programs_and_kernel(void)
{
	struct fixture f;

	setup(&f);
	gone(&f, "usr/libexec/podlite/podlite-unpack");
	expect(&f, "PL042", DOCTOR_FAIL, "/usr/libexec/podlite/podlite-unpack is missing", "", "");
	put(&f, "usr/libexec/podlite/podlite-unpack", "x", 0755);
	gone(&f, "usr/bin/podlite-runtime");
	expect(&f, "PL042", DOCTOR_FAIL, "/usr/bin/podlite-runtime", "", "");
	put(&f, "usr/bin/podlite-runtime", "x", 0755);
	f.h.probe.filter = false;
	expect(&f, "PL050", DOCTOR_FAIL, "CONFIG_SECCOMP_FILTER", "", "");
	f.h.probe.filter = true;
	f.h.probe.calls[DOCTOR_OPENAT2] = f.h.probe.calls[DOCTOR_CLONE3] = false;
	put(&f, "proc/sys/kernel/osrelease", "5.2.0-test\n", 0444);
	expect(&f, "PL051", DOCTOR_WARN, "Linux 5.2.0-test lacks openat2 (5.6), clone3 (5.3): slower", "", "");
	f.h.probe.calls[DOCTOR_PIDFD] = false;
	expect(&f, "PL051", DOCTOR_FAIL, "pidfd_open", "", "");
	put(&f, "proc/sys/kernel/osrelease", "5.3.0-test\n", 0444);
	expect(&f, "PL051", DOCTOR_FAIL, "lacks openat2 (5.6), and something around podlite denies clone3, pidfd_open;", "", "");
	f.h.probe.calls[DOCTOR_PIDFD] = true;
	/* in a container with the usual filter */
	put(&f, "proc/sys/kernel/osrelease", "6.18.5\n", 0444);
	put(&f, "proc/self/status", "Name:\tpodlite\nNoNewPrivs:\t0\nSeccomp:\t2\n", 0444);
	expect(&f, "PL051", DOCTOR_WARN, "a seccomp filter around podlite denies openat2, clone3: slower ways are taken; "
		"inside a container, start that one with --security-opt seccomp=unconfined", "", "");
	teardown(&f);
}

/* Of root nothing is asked that only ordinary users need. */
static void test_root(void)
{
	struct fixture f;

	setup(&f);
	f.h.uid = 0;
	gone(&f, "etc/subuid");
	gone(&f, "usr/bin/newuidmap");
	gone(&f, "run/user");
	put(&f, "proc/sys/net/ipv4/ip_unprivileged_port_start", "1024\n", 0644);
	expect(&f, "PL001", DOCTOR_OK, "not needed by root", "", "PL031");
	expect(&f, "PL022", DOCTOR_OK, "from 1 on", "", "PL031");
	gone(&f, "usr/bin/slirp4netns");
	expect(&f, "PL020", DOCTOR_WARN, "neither", "apt-get", "PL031");
	TAP_OK(!strncmp(doctor_find(&f.r, "PL020")->fix, "apt-get", 7), "root needs no sudo");
	teardown(&f);
}

/* This machine, whatever it is: the probe ends, and leaves nothing in the store. */
static void test_real(void)
{
	char store[] = "/tmp/podlite-doctor-XXXXXX";
	struct doctor_report r = {NULL};
	struct doctor_host h;
	struct err err = ERR_INIT;

	if (!TAP_OK(mkdtemp(store) && !doctor_host_init(&h, store, "/x", "/x", &err), "this host"))
		return;
	doctor_probe_host(&h);
	doctor_run(&h, &r);
	TAP_OK(h.probe.userns.done && h.probe.have_store, "was tried");
	TAP_OK(doctor_find(&r, "PL042")->status == DOCTOR_FAIL, "programs are not in /x");
	TAP_OK(rmdir(store) == 0, "the store's directory is left empty");
	doctor_done(&r);
	doctor_host_done(&h);
}

int main(void)
{
	umask(022);
	test_healthy();
	test_subids();
	test_overlap();
	test_helpers();
	test_userns();
	test_store();
	test_network();
	test_cgroups();
	test_session();
	test_boot();
	test_programs_and_kernel();
	test_root();
	test_real();
	return tap_done();
}
