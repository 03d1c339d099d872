/* doctor_net.c - PL020-PL023: networks of containers. */
#include "podlite/engine/doctor_check.h"

#include <stdio.h>
#include <string.h>

#include "common/alloc.h"

static void check_helper(const struct doctor_host *h, struct doctor_item *it)
{
	auto_free char *slirp = doctor_program(h, "slirp4netns"), *pasta = doctor_program(h, "pasta");

	doctor_ok(it, "%s", slirp ? slirp : pasta ? pasta : "");
	if (slirp || pasta)
		return;
	doctor_warn(it, "neither slirp4netns nor pasta is installed: containers reach nothing but with "
		"--network host");
	doctor_mend_install(h, it, DOCTOR_PKG_SLIRP4NETNS);
}

static void check_tun(const struct doctor_host *h, struct doctor_item *it)
{
	doctor_ok(it, "/dev/net/tun can be opened");
	if (!h->probe.tun_error)
		return;
	if (!doctor_exists(h, "/dev/net/tun")) {
		doctor_warn(it, "there is no /dev/net/tun: no network but --network none and host");
		doctor_fix_root(h, it, "sh -c 'modprobe tun; test -e /dev/net/tun || "
			"{ mkdir -p /dev/net; mknod -m 666 /dev/net/tun c 10 200; }'");
		return;
	}
	doctor_warn(it, "/dev/net/tun cannot be opened: %s", strerror(h->probe.tun_error));
	doctor_fix_root(h, it, "chmod 666 /dev/net/tun");
}

/* What is usual is no warning; the command is there for who wants it. */
static void check_ports(const struct doctor_host *h, struct doctor_item *it)
{
	int64_t start = doctor_read_int(h, "/proc/sys/net/ipv4/ip_unprivileged_port_start", 1024);

	doctor_ok(it, "ports from %lld on can be published", h->uid ? (long long)start : 1LL);
	if (h->uid && start > 80)
		doctor_mend_sysctl(h, it, "net.ipv4.ip_unprivileged_port_start=80");
}

static void check_ping(const struct doctor_host *h, struct doctor_item *it)
{
	auto_free char *text = doctor_read(h, "/proc/sys/net/ipv4/ping_group_range");
	unsigned low = 1, high = 0;

	if (text && sscanf(text, "%u %u", &low, &high) != 2)
		low = 1, high = 0;
	doctor_ok(it, "ping works on the host's network too");
	if (text && low > high) {
		doctor_ok(it, "ping works in containers, but not with --network host");
		/* the setting has a space in it, so it is quoted for the outer shell's echo */
		doctor_mend_sysctl(h, it, "\"net.ipv4.ping_group_range=0 2147483647\"");
	}
}

const struct doctor_check doctor_net_checks[] = {
	{"PL020", "network-helper", "an ordinary user's container reaches the network through it", check_helper},
	{"PL021", "tun-device", "slirp4netns and pasta give the container its interface through it", check_tun},
	{"PL022", "low-ports", "-p 80:80 listens on the host's port 80 as this user", check_ports},
	{"PL023", "ping", "ping without privilege is allowed to a range of groups", check_ping},
	{NULL, NULL, NULL, NULL},
};
