#include <ctype.h>
#include <string.h>

#include "common/alloc.h"
#include "podlite/engine/create_value.h"

/* In the kernel's order. */
static const char *const all_caps[] = {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER",
	"CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
	"CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
	"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON",
	"CAP_BPF", "CAP_CHECKPOINT_RESTORE"};

/* What package managers and daemons need to give up privileges, and no more (threats.md §7). */
static const char *const default_caps[] = {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
	"CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"};

#define NCAPS ARRAY_SIZE(all_caps)

static int index_of(const char *name)
{
	for (size_t i = 0; i < NCAPS; i++)
		if (!strcasecmp(name, all_caps[i]) || !strcasecmp(name, all_caps[i] + 4))
			return (int)i;
	return -1;
}

/* Marks what texts name; *ret_all if one is ALL. */
static int mark(const char *option, const struct svec *texts, bool set[NCAPS], bool *ret_all, struct err *err)
{
	for (size_t i = 0; i < texts->n; i++) {
		const char *t = texts->v[i];
		int at = index_of(t);

		if (!strcasecmp(t, "ALL") || !strcasecmp(t, "CAP_ALL"))
			*ret_all = true;
		else if (at < 0)
			return err_set(err, EK_USAGE, "--%s: unknown capability \"%s\"", option, t);
		else
			set[at] = true;
	}
	return 0;
}

int create_caps_resolve(const struct svec *add, const struct svec *drop, bool privileged, struct svec *ret,
	struct err *err)
{
	bool added[NCAPS] = {false}, dropped[NCAPS] = {false}, base[NCAPS] = {false};
	bool add_all = false, drop_all = false;

	if (mark("cap-add", add, added, &add_all, err) < 0 || mark("cap-drop", drop, dropped, &drop_all, err) < 0)
		return -1;
	if (add_all && drop_all)
		return err_set(err, EK_USAGE, "capability ALL cannot be dropped and added");
	for (size_t i = 0; i < ARRAY_SIZE(default_caps); i++)
		base[index_of(default_caps[i])] = true;
	for (size_t i = 0; i < NCAPS; i++) {
		bool has = (base[i] || privileged || add_all) && !drop_all;

		if (added[i] && dropped[i])
			return err_set(err, EK_USAGE, "capability %s cannot be dropped and added", all_caps[i]);
		if ((has || added[i]) && !dropped[i])
			svec_add(ret, all_caps[i]);
	}
	return 0;
}

const char *create_caps_name(unsigned bit)
{
	return bit < NCAPS ? all_caps[bit] + 4 : NULL;
}
