/* doctor_userns.c - PL005-PL008: may this user make user namespaces, and what works in one. */
#include "podlite/engine/doctor_check.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"

static void check_sysctls(const struct doctor_host *h, struct doctor_item *it)
{
	static const char *const kinds[] = {"user", "mnt", "pid", "ipc", "uts", "net"};
	char path[64], setting[64];

	doctor_ok(it, "allowed");
	if (!doctor_exists(h, "/proc/self/ns/user")) {
		doctor_fail(it, "this kernel is built without user namespaces (CONFIG_USER_NS)");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kinds[i]);
		if (doctor_read_int(h, path, 1) > 0)
			continue;
		snprintf(setting, sizeof(setting), "user.max_%s_namespaces=15000", kinds[i]);
		doctor_fail(it, "user.max_%s_namespaces is 0", kinds[i]);
		doctor_mend_sysctl(h, it, setting);
		return;
	}
	if (h->uid && doctor_read_int(h, "/proc/sys/kernel/unprivileged_userns_clone", 1) == 0) {
		doctor_fail(it, "kernel.unprivileged_userns_clone is 0");
		doctor_mend_sysctl(h, it, "kernel.unprivileged_userns_clone=1");
	}
}

/* Ubuntu 24.04: programs without an AppArmor profile that says userns get a namespace in which
 * they may do nothing. A profile for podlite alone is better than the sysctl for everybody. */
static void check_apparmor(const struct doctor_host *h, struct doctor_item *it)
{
	bool set = doctor_read_int(h, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) > 0;

	doctor_ok(it, "not restricted");
	if (!set || !h->uid)
		return;
	if (h->probe.userns.done && h->probe.userns.ok) {
		doctor_ok(it, "restricted, but not for podlite");
		return;
	}
	doctor_fail(it, "kernel.apparmor_restrict_unprivileged_userns is 1 and no profile lets podlite "
		"use user namespaces");
	doctor_fix_root(h, it, "sh -c 'printf \"abi <abi/4.0>,\\ninclude <tunables/global>\\n"
		"profile podlite %s/podlite{,-*} flags=(unconfined) {\\n  userns,\\n}\\n"
		"profile podlite-libexec %s/podlite-* flags=(unconfined) {\\n  userns,\\n}\\n\" "
		">/etc/apparmor.d/podlite && apparmor_parser -r /etc/apparmor.d/podlite'", h->bindir,
		h->libexec);
}

static void check_works(const struct doctor_host *h, struct doctor_item *it)
{
	static const char self[] = "run: podlite doctor"; /* the advice that led here, behind "; " or ", " */
	const struct doctor_try *t = &h->probe.userns;
	const char *advice = strstr(t->err.msg, self);
	int n = advice && advice - t->err.msg >= 2 ? (int)(advice - t->err.msg) - 2 : (int)strlen(t->err.msg);

	if (!t->done)
		doctor_ok(it, "not tried");
	else if (t->ok)
		doctor_ok(it, "a user namespace was made and its ids were mapped");
	else if (doctor_is_filtered(h))
		doctor_fail(it, "%.*s; a seccomp filter is around podlite: %s", n, t->err.msg, doctor_outer_advice);
	else
		doctor_fail(it, "%.*s", n, t->err.msg);
}

static void check_proc(const struct doctor_host *h, struct doctor_item *it)
{
	const struct doctor_try *t = &h->probe.proc;

	doctor_ok(it, "%s", t->done ? "can be mounted" : "not tried");
	if (t->done && !t->ok)
		doctor_fail(it, "%s: inside a container whose /proc is masked, start that one with "
			"--security-opt unmask=/proc/* (docker: systempaths=unconfined)", t->err.msg);
}

const struct doctor_check doctor_userns_checks[] = {
	{"PL005", "user-namespaces",
		"rootless containers are made of namespaces that an ordinary user makes", check_sysctls},
	{"PL006", "user-namespaces-apparmor",
		"AppArmor can take all capabilities away in the namespaces of ordinary users", check_apparmor},
	{"PL007", "user-namespace-works",
		"every container runs in the user namespace that was tried here", check_works},
	{"PL008", "proc-mount",
		"a container with its own process ids needs its own /proc", check_proc},
	{NULL, NULL, NULL, NULL},
};
