/* bridged_link.c - the interfaces of N, by netlink: the bridge, the tap, members' veths. */
#include <arpa/inet.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>

#include "bridged/bridged.h"
#include "common/fd.h"
#include "common/netlink.h"

#define LO_INDEX      1 /* in every network namespace */
#define UPLINK_PREFIX 24
#define UPLINK_OWN    100
#define UPLINK_GATE   2

static int set_up(struct bridged *b, uint32_t index, uint32_t mtu)
{
	struct ifinfomsg h = {.ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct netlink_request q;

	netlink_begin(&q, RTM_NEWLINK, 0, &h, sizeof(h));
	if (mtu)
		netlink_attr_u32(&q, IFLA_MTU, mtu);
	return netlink_ask(b->rtnl, &q);
}

static int add_address(struct bridged *b, uint32_t index, bool v6, const uint8_t *ip, uint8_t prefix)
{
	struct ifaddrmsg h = {.ifa_family = v6 ? AF_INET6 : AF_INET, .ifa_prefixlen = prefix,
		.ifa_flags = v6 ? IFA_F_NODAD : 0, .ifa_index = index};
	struct netlink_request q;
	int r;

	netlink_begin(&q, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h));
	netlink_attr(&q, IFA_LOCAL, ip, v6 ? 16 : 4);
	netlink_attr(&q, IFA_ADDRESS, ip, v6 ? 16 : 4);
	r = netlink_ask(b->rtnl, &q);
	return r == -EEXIST ? 0 : r;
}

static int set_sysctl(const char *path, const char *value)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_WRONLY, 0);

	return fd < 0 ? fd : fd_write_all(fd, value, strlen(value));
}

/* ---- the bridge ---- */

static int add_bridge(struct bridged *b)
{
	struct ifinfomsg h = {.ifi_flags = 0};
	uint8_t mac[6], no = 0;
	struct netlink_request q;
	size_t info, data;
	int r;

	/* its own, or it would be the lowest of its ports' and change with them */
	(void)!getrandom(mac, sizeof(mac), 0);
	mac[0] = 0x02;
	netlink_begin(&q, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h));
	netlink_attr_str(&q, IFLA_IFNAME, b->setup.link);
	netlink_attr(&q, IFLA_ADDRESS, mac, sizeof(mac));
	netlink_attr_u32(&q, IFLA_MTU, b->setup.mtu);
	info = netlink_nest(&q, IFLA_LINKINFO);
	netlink_attr_str(&q, IFLA_INFO_KIND, "bridge");
	data = netlink_nest(&q, IFLA_INFO_DATA);
	netlink_attr(&q, IFLA_BR_MCAST_SNOOPING, &no, sizeof(no)); /* nobody would ask for the groups */
	netlink_nest_end(&q, data);
	netlink_nest_end(&q, info);
	r = netlink_ask(b->rtnl, &q);
	return r == -EEXIST ? 0 : r;
}

static int set_up_bridge(struct bridged *b)
{
	const struct bridge_setup *s = &b->setup;
	int r = add_bridge(b);

	if (r < 0)
		return r;
	b->bridge = if_nametoindex(b->setup.link);
	if (!b->bridge)
		return -errno;
	if (s->v4.prefix)
		r = add_address(b, b->bridge, false, s->v4.gateway, s->v4.prefix);
	if (!r && s->v6.prefix)
		r = add_address(b, b->bridge, true, s->v6.gateway, s->v6.prefix);
	return r < 0 ? r : set_up(b, b->bridge, 0);
}

/* ---- the way out ---- */

/* Persistent: it outlives the slirp4netns that uses it. */
static int add_tap(void)
{
	struct ifreq ifr = {.ifr_name = BRIDGED_TAP, .ifr_flags = IFF_TAP | IFF_NO_PI};
	auto_fd int fd = -1;

	if (if_nametoindex(BRIDGED_TAP))
		return 0;
	fd = fd_open(AT_FDCWD, "/dev/net/tun", O_RDWR, 0);
	if (fd < 0)
		return fd;
	return ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETPERSIST, 1) < 0 ? -errno : 0;
}

static int add_default_route(struct bridged *b, uint32_t index, const uint8_t gateway[4])
{
	struct rtmsg h = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
		.rtm_type = RTN_UNICAST};
	struct netlink_request q;

	netlink_begin(&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &h, sizeof(h));
	netlink_attr(&q, RTA_GATEWAY, gateway, 4);
	netlink_attr_u32(&q, RTA_OIF, index);
	return netlink_ask(b->rtnl, &q);
}

static int set_up_uplink(struct bridged *b)
{
	static const char *const sysctls[][2] = {
		/* nobody sends from an address whose answers would leave by another interface */
		{"/proc/sys/net/ipv4/conf/all/rp_filter", "1"},
		/* libslirp asks by ARP for every member */
		{"/proc/sys/net/ipv4/conf/" BRIDGED_TAP "/proxy_arp", "1"},
		/* else it waits up to 0.8 s for the answer */
		{"/proc/sys/net/ipv4/neigh/" BRIDGED_TAP "/proxy_delay", "0"},
		{"/proc/sys/net/ipv4/ip_forward", "1"},
	};
	uint8_t own[4], gateway[4];
	uint32_t index;
	int r = add_tap();

	if (r < 0)
		return r;
	index = if_nametoindex(BRIDGED_TAP);
	memcpy(own, b->uplink, 4);
	memcpy(gateway, b->uplink, 4);
	own[3] = UPLINK_OWN;
	gateway[3] = UPLINK_GATE;
	r = add_address(b, index, false, own, UPLINK_PREFIX);
	if (!r)
		r = set_up(b, index, b->setup.mtu);
	if (!r)
		r = add_default_route(b, index, gateway);
	for (size_t i = 0; i < ARRAY_SIZE(sysctls) && !r; i++)
		r = set_sysctl(sysctls[i][0], sysctls[i][1]);
	return r;
}

int bridged_link_setup(struct bridged *b, struct err *err)
{
	int r;

	b->rtnl = netlink_open();
	if (b->rtnl < 0)
		return err_neg(err, b->rtnl, "netlink socket");
	r = set_up(b, LO_INDEX, 0);
	if (!r)
		r = set_up_bridge(b);
	if (r < 0)
		return err_neg(err, r, "make the bridge");
	/* a new namespace has what the host has */
	r = b->setup.internal ? set_sysctl("/proc/sys/net/ipv4/ip_forward", "0") : set_up_uplink(b);
	return r < 0 ? err_neg(err, r, "make the way out (tap device)") : 0;
}

/* ---- members ---- */

static int add_veth(struct bridged *b, const struct bridged_member *m, const char *ifname, int netns)
{
	struct ifinfomsg h = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, down = {.ifi_flags = 0};
	struct netlink_request q;
	size_t info, data, peer;

	netlink_begin(&q, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h));
	netlink_attr_str(&q, IFLA_IFNAME, m->link);
	netlink_attr_u32(&q, IFLA_MTU, b->setup.mtu);
	netlink_attr_u32(&q, IFLA_MASTER, b->bridge);
	info = netlink_nest(&q, IFLA_LINKINFO);
	netlink_attr_str(&q, IFLA_INFO_KIND, "veth");
	data = netlink_nest(&q, IFLA_INFO_DATA);
	peer = netlink_nest(&q, VETH_INFO_PEER);
	netlink_bytes(&q, &down, sizeof(down));
	netlink_attr_str(&q, IFLA_IFNAME, ifname);
	netlink_attr_u32(&q, IFLA_MTU, b->setup.mtu);
	netlink_attr(&q, IFLA_ADDRESS, m->mac, sizeof(m->mac));
	netlink_attr_u32(&q, IFLA_NET_NS_FD, (uint32_t)netns);
	netlink_nest_end(&q, peer);
	netlink_nest_end(&q, data);
	netlink_nest_end(&q, info);
	return netlink_ask(b->rtnl, &q);
}

void bridged_link_detach(struct bridged *b, const struct bridged_member *m)
{
	struct ifinfomsg h = {.ifi_flags = 0};
	struct netlink_request q;

	netlink_begin(&q, RTM_DELLINK, 0, &h, sizeof(h));
	netlink_attr_str(&q, IFLA_IFNAME, m->link);
	(void)!netlink_ask(b->rtnl, &q); /* it may have gone with the container's network namespace */
}

int bridged_link_attach(struct bridged *b, const struct bridged_member *m, const char *ifname, int netns)
{
	int r = add_veth(b, m, ifname, netns);

	if (r != -EEXIST)
		return r;
	/* of a run before, whose network namespace is not quite gone; or the name is taken in the container */
	bridged_link_detach(b, m);
	return add_veth(b, m, ifname, netns);
}
