#include "oci/rt_caps.h"

#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

#include "common/log.h"

static const char *const names[] = {"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID",
	"KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
	"NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO",
	"SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE",
	"AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
	"BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"};

int rt_caps_bit(const char *name)
{
	if (strncasecmp(name, "CAP_", 4) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcasecmp(names[i], name + 4))
			return (int)i;
	return -1;
}

const char *rt_caps_name(int bit)
{
	return bit >= 0 && (size_t)bit < ARRAY_SIZE(names) ? names[bit] : NULL;
}

/* The last known capability is found by asking, not from /proc, which may be masked. */
uint64_t rt_caps_all(void)
{
	int low = CAP_AUDIT_READ, high = 63;

	while (low < high) {
		int mid = (low + high + 1) / 2;

		if (prctl(PR_CAPBSET_READ, mid, 0, 0, 0) >= 0)
			low = mid;
		else
			high = mid - 1;
	}
	return low == 63 ? UINT64_MAX : (1ULL << (low + 1)) - 1;
}

static uint64_t mask(const struct svec *list, uint64_t known)
{
	uint64_t m = 0;

	for (size_t i = 0; i < list->n; i++) {
		int bit = rt_caps_bit(list->v[i]);

		if (bit < 0 || !(known & 1ULL << bit))
			log_debug("capability %s is unknown here and left out", list->v[i]);
		else
			m |= 1ULL << bit;
	}
	return m;
}

void rt_caps_parse(const struct spec_caps *c, struct rt_caps *ret)
{
	uint64_t known = rt_caps_all();

	memset(ret, 0, sizeof(*ret));
	if (!c)
		return;
	ret->bounding = mask(&c->bounding, known);
	ret->effective = mask(&c->effective, known);
	ret->permitted = mask(&c->permitted, known);
	ret->inheritable = mask(&c->inheritable, known);
	/* the kernel refuses an ambient capability that is not permitted and inheritable */
	ret->ambient = mask(&c->ambient, known) & ret->permitted & ret->inheritable;
}

uint64_t rt_caps_own(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}
