/* doctor_cgroup.c - PL030, PL031: limits on memory, CPUs and processes. */
#include "podlite/engine/doctor_check.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"

#define MOUNT "/sys/fs/cgroup"

static bool with_systemd(const struct doctor_host *h)
{
	return doctor_exists(h, "/run/systemd/system");
}

static void check_version(const struct doctor_host *h, struct doctor_item *it)
{
	doctor_ok(it, "version 2");
	if (doctor_exists(h, MOUNT "/cgroup.controllers"))
		return;
	if (doctor_exists(h, MOUNT "/unified"))
		doctor_warn(it, "the hybrid hierarchy is mounted: limits on containers are refused");
	else if (doctor_exists(h, MOUNT "/memory") || doctor_exists(h, MOUNT "/cpu") ||
		doctor_exists(h, MOUNT "/pids"))
		doctor_warn(it, "version 1 is mounted: limits on containers are refused");
	else
		doctor_warn(it, "no cgroups are mounted: limits on containers are refused");
	if (with_systemd(h))
		doctor_fix_root(h, it, "sh -c 'sed -i \"s/^GRUB_CMDLINE_LINUX=.\\?/&"
			"systemd.unified_cgroup_hierarchy=1 /\" /etc/default/grub && update-grub && reboot'");
}

/* Path of this process in the version 2 hierarchy, "/..." */
static char *own_cgroup(const struct doctor_host *h)
{
	auto_free char *text = doctor_read(h, "/proc/self/cgroup");
	const char *line = text ? strstr(text, "0::/") : NULL;

	return line && (line == text || line[-1] == '\n') ? xstrndup(line + 3, strcspn(line + 3, "\n")) : NULL;
}

/* Where containers' groups would be made: the user's systemd instance, or this process's group. */
static char *base_cgroup(const struct doctor_host *h)
{
	char *user = xasprintf(MOUNT "/user.slice/user-%u.slice/user@%u.service", (unsigned)h->uid,
		(unsigned)h->uid);
	auto_free char *own = NULL;

	if (h->uid && doctor_exists(h, user))
		return user;
	free(user);
	own = own_cgroup(h);
	return xasprintf(MOUNT "%s", own && strcmp(own, "/") ? own : "");
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

static void fix_delegation(const struct doctor_host *h, struct doctor_item *it)
{
	if (with_systemd(h) && h->uid)
		doctor_fix_root(h, it, "sh -c 'mkdir -p /etc/systemd/system/user@.service.d && printf "
			"\"[Service]\\nDelegate=cpu cpuset io memory pids\\n\" "
			">/etc/systemd/system/user@.service.d/delegate.conf && systemctl daemon-reload && "
			"systemctl restart user@%u.service'", (unsigned)h->uid);
}

static void check_delegation(const struct doctor_host *h, struct doctor_item *it)
{
	static const char *const wanted[] = {"cpu", "memory", "pids"};
	auto_free char *base = NULL, *file = NULL, *list = NULL;
	auto_svec struct svec missing = SVEC_INIT;
	auto_free char *names = NULL;

	doctor_ok(it, "see PL030");
	if (!doctor_exists(h, MOUNT "/cgroup.controllers"))
		return;
	base = base_cgroup(h);
	file = xasprintf("%s/cgroup.controllers", base);
	list = doctor_read(h, file);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!list || !has_word(list, wanted[i]))
			svec_add(&missing, wanted[i]);
	names = svec_join(&missing, ", ");
	doctor_ok(it, "%s", list ? list : "");
	if (with_systemd(h) && h->uid && !strstr(base, "/user@") && faccessat(h->root, base + 1, W_OK, AT_EACCESS) < 0) {
		doctor_warn(it, "no systemd of this user runs, and %s is not this user's: limits on containers are refused", base);
		doctor_fix(it, "loginctl enable-linger %s", h->user);
	} else if (faccessat(h->root, base + 1, W_OK, AT_EACCESS) < 0) {
		doctor_warn(it, "%s is not this user's: limits on containers are refused", base);
		fix_delegation(h, it);
	} else if (missing.n) {
		doctor_warn(it, "not delegated: %s; limits on them are refused", names);
		fix_delegation(h, it);
	}
}

const struct doctor_check doctor_cgroup_checks[] = {
	{"PL030", "cgroup-version", "--memory, --cpus and --pids-limit need version 2 of cgroups", check_version},
	{"PL031", "cgroup-delegation", "a user may set only the limits whose controllers are delegated to them",
		check_delegation},
	{NULL, NULL, NULL, NULL},
};
