/* doctor_host.c - PL040-PL051: the session, podlite's own programs, the kernel. */
#include "podlite/engine/doctor_check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/fd.h"

/* Somebody else made the directory in /tmp that would be ours (threats.md X11). */
static bool taken_tmp(const struct doctor_host *h, struct doctor_item *it)
{
	auto_free char *dir = xasprintf("/tmp/podlite-%u", (unsigned)h->uid);
	struct stat st;

	doctor_ok(it, "%s", dir);
	if (fstatat(h->root, dir + 1, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (S_ISDIR(st.st_mode) && st.st_uid == h->uid && !(st.st_mode & 077))
		return false;
	doctor_fail(it, "%s is not a directory of this user alone: somebody else may have made it", dir);
	doctor_fix_root(h, it, "rm -rf %s", dir);
	return true;
}

static void check_runtime_dir(const struct doctor_host *h, struct doctor_item *it)
{
	auto_free char *run = xasprintf("/run/user/%u", (unsigned)h->uid);
	const char *dir = h->runtime_dir;
	struct stat st;

	if (dir && (*dir != '/' || !doctor_exists(h, dir)))
		dir = NULL; /* as context.c does */
	doctor_ok(it, "%s", dir ? dir : run);
	if (!dir) {
		if (doctor_exists(h, run))
			return;
		if (taken_tmp(h, it) || !h->uid)
			return;
		doctor_warn(it, "there is neither XDG_RUNTIME_DIR nor %s: /tmp is used", run);
		if (doctor_exists(h, "/run/systemd/system"))
			doctor_fix_root(h, it, "loginctl enable-linger %s", h->user);
		return;
	}
	if (fstatat(h->root, dir[1] ? dir + 1 : ".", &st, 0) < 0 || !S_ISDIR(st.st_mode)) {
		doctor_fail(it, "XDG_RUNTIME_DIR=%s is not a directory", dir);
		doctor_fix(it, "unset XDG_RUNTIME_DIR");
	} else if (st.st_uid != h->uid) {
		doctor_fail(it, "XDG_RUNTIME_DIR=%s belongs to another user (after su or sudo?)", dir);
		doctor_fix(it, "unset XDG_RUNTIME_DIR");
	} else if (st.st_mode & 022) {
		doctor_fail(it, "XDG_RUNTIME_DIR=%s can be written by others", dir);
		doctor_fix(it, "chmod 700 %s", dir);
	}
}

static void check_linger(const struct doctor_host *h, struct doctor_item *it)
{
	auto_free char *mark = xasprintf("/var/lib/systemd/linger/%s", h->user);

	doctor_ok(it, "%s", h->uid && doctor_exists(h, mark) ? "on" : "not needed");
	if (!h->uid || !doctor_exists(h, "/run/systemd/system") || doctor_exists(h, mark))
		return;
	doctor_warn(it, "off: containers end when %s logs out for the last time", h->user);
	doctor_fix(it, "loginctl enable-linger %s", h->user);
}

static void check_programs(const struct doctor_host *h, struct doctor_item *it)
{
	static const char *const names[] = {"podlite-monitor", "podlite-net", "podlite-transfer", "podlite-unpack",
		"podlite-init", "podlite-runtime"};

	doctor_ok(it, "%s", h->libexec);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *dir = i + 1 == ARRAY_SIZE(names) ? h->bindir : h->libexec;
		auto_free char *path = xasprintf("%s/%s", dir, names[i]);

		if (faccessat(h->root, path + 1, X_OK, AT_EACCESS) < 0) {
			doctor_fail(it, "%s is missing: podlite is not installed completely", path);
			return;
		}
	}
}

static void check_seccomp(const struct doctor_host *h, struct doctor_item *it)
{
	doctor_ok(it, "filters can be installed");
	if (h->probe.filter)
		return;
	doctor_fail(it, "this kernel has no system call filters (CONFIG_SECCOMP_FILTER), or they are refused "
		"here; containers start only with --security-opt seccomp=unconfined");
}

static const struct {
	const char *name;
	unsigned major, minor; /* the first Linux that has it */
} calls[DOCTOR_NCALLS] = {
	[DOCTOR_OPENAT2] = {"openat2", 5, 6}, [DOCTOR_CLONE3] = {"clone3", 5, 3}, [DOCTOR_MOUNT_SETATTR] = {"mount_setattr", 5, 12},
	[DOCTOR_PIDFD] = {"pidfd_open", 5, 3}, [DOCTOR_CLOSE_RANGE] = {"close_range", 5, 9},
};

/* Calls that do not work here: those that the kernel is too old for, and those that something keeps from us. */
static void sort_calls(const struct doctor_host *h, const char *release, struct svec *missing, struct svec *denied)
{
	unsigned major = 0, minor = 0;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		major = 0;
	for (size_t i = 0; i < DOCTOR_NCALLS; i++) {
		if (h->probe.calls[i])
			continue;
		if (major > calls[i].major || (major == calls[i].major && minor >= calls[i].minor))
			svec_add(denied, calls[i].name);
		else
			svec_addf(missing, "%s (%u.%u)", calls[i].name, calls[i].major, calls[i].minor);
	}
}

static void check_kernel(const struct doctor_host *h, struct doctor_item *it)
{
	auto_free char *release = doctor_read(h, "/proc/sys/kernel/osrelease"), *list = NULL, *denials = NULL;
	auto_svec struct svec missing = SVEC_INIT, denied = SVEC_INIT;
	auto_sbuf struct sbuf what = SBUF_INIT;

	sort_calls(h, release ? release : "", &missing, &denied);
	doctor_ok(it, "Linux %s", release ? release : "");
	if (!missing.n && !denied.n)
		return;
	list = svec_join(&missing, ", ");
	denials = svec_join(&denied, ", ");
	if (missing.n)
		sbuf_addf(&what, "Linux %s lacks %s", release ? release : "", list);
	if (denied.n)
		sbuf_addf(&what, "%s%s denies %s", missing.n ? ", and " : "",
			doctor_is_filtered(h) ? "a seccomp filter around podlite" : "something around podlite", denials);
	/* pidfds identify processes: there is no safe other way; the rest is done step by step */
	if (h->probe.calls[DOCTOR_PIDFD])
		sbuf_addstr(&what, ": slower ways are taken");
	if (denied.n)
		sbuf_addf(&what, "; %s", doctor_outer_advice);
	if (h->probe.calls[DOCTOR_PIDFD])
		doctor_warn(it, "%s", what.buf);
	else
		doctor_fail(it, "%s", what.buf);
}

const struct doctor_check doctor_host_checks[] = {
	{"PL040", "runtime-directory", "mounted images and what a start shares with others live there", check_runtime_dir},
	{"PL041", "linger", "systemd ends the processes of who has logged out", check_linger},
	{"PL042", "programs", "podlite starts them", check_programs},
	{"PL043", "restart-after-boot", "podlite has no daemon that could start containers", doctor_boot_check},
	{"PL050", "seccomp", "the filter keeps containers from dangerous system calls", check_seccomp},
	{"PL051", "kernel", "podlite relies on these system calls", check_kernel},
	{NULL, NULL, NULL, NULL},
};

/* ---- this machine ---- */

static char *login_of(const struct doctor_host *h)
{
	auto_free char *text = doctor_read(h, "/etc/passwd");
	auto_svec struct svec lines = SVEC_INIT;
	auto_free char *number = xasprintf("%u", (unsigned)h->uid);

	svec_add_split(&lines, text ? text : "", '\n');
	SVEC_EACH(line, &lines) {
		auto_svec struct svec f = SVEC_INIT;

		svec_add_split(&f, line, ':');
		if (f.n > 2 && !strcmp(f.v[2], number))
			return xstrdup(f.v[0]);
	}
	return xstrdup(number);
}

int doctor_host_init(struct doctor_host *h, const char *store, const char *libexec,
	const char *bindir, struct err *err)
{
	const char *path = getenv("PATH");
	int fd = fd_open_dir(AT_FDCWD, "/");

	if (fd < 0)
		return err_neg(err, fd, "open /");
	*h = (struct doctor_host){.root = fd, .uid = geteuid(), .store = store, .libexec = libexec,
		.bindir = bindir, .runtime_dir = getenv("XDG_RUNTIME_DIR"),
		.home = getenv("HOME")};
	svec_add_split(&h->path, path ? path : "/usr/local/bin:/usr/bin:/bin", ':');
	svec_add(&h->path, "/usr/sbin");
	svec_add(&h->path, "/sbin");
	h->user = login_of(h);
	return 0;
}

void doctor_host_done(struct doctor_host *h)
{
	fd_close(h->root);
	svec_done(&h->path);
	free(h->user);
	h->root = -1;
	h->user = NULL;
}
