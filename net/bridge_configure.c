/* bridge_configure.c - what is set in a container's own network namespace, by a child that enters it. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/netlink.h"
#include "common/proc.h"
#include "net/bridge.h"

#define LO_INDEX    1 /* in every network namespace */
#define MAX_IFNAMES 250 /* fits an exit status */

static int set_up(int rtnl, uint32_t index)
{
	struct ifinfomsg h = {.ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct netlink_request q;

	netlink_begin(&q, RTM_NEWLINK, 0, &h, sizeof(h));
	return netlink_ask(rtnl, &q);
}

/* Nobody else has it: the helper sees to that, so IPv6 need not ask around for a second. */
static int add_address(int rtnl, uint32_t index, bool v6, const uint8_t *ip, const struct bridge_subnet *net)
{
	struct ifaddrmsg h = {.ifa_family = v6 ? AF_INET6 : AF_INET, .ifa_prefixlen = net->prefix,
		.ifa_flags = v6 ? IFA_F_NODAD : 0, .ifa_index = index};
	struct netlink_request q;
	uint32_t broadcast;

	if (!net->prefix)
		return 0;
	netlink_begin(&q, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &h, sizeof(h));
	netlink_attr(&q, IFA_LOCAL, ip, v6 ? 16 : 4);
	netlink_attr(&q, IFA_ADDRESS, ip, v6 ? 16 : 4);
	if (!v6 && net->prefix < 31) {
		memcpy(&broadcast, ip, 4);
		broadcast |= htonl(UINT32_MAX >> net->prefix);
		netlink_attr_u32(&q, IFA_BROADCAST, broadcast);
	}
	return netlink_ask(rtnl, &q);
}

static int add_default(int rtnl, uint32_t index, const struct bridge_subnet *net)
{
	struct rtmsg h = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
		.rtm_type = RTN_UNICAST};
	struct netlink_request q;

	if (!net->prefix)
		return 0;
	/* the one of a network that is just being left may still be there */
	netlink_begin(&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &h, sizeof(h));
	netlink_attr(&q, RTA_GATEWAY, net->gateway, 4);
	netlink_attr_u32(&q, RTA_OIF, index);
	return netlink_ask(rtnl, &q);
}

static int set_up_addresses(const struct bridge *b, int rtnl, uint32_t index)
{
	int r = set_up(rtnl, LO_INDEX);

	if (!r)
		r = add_address(rtnl, index, false, b->at.ip4, &b->setup.v4);
	if (!r)
		r = add_address(rtnl, index, true, b->at.ip6, &b->setup.v6);
	return r ? r : set_up(rtnl, index);
}

enum { ADDRESSES = 1, ROUTE = 2 };

/* In the child. */
static int configure(const struct bridge *b, int netns, int what)
{
	auto_fd int rtnl = -1;
	uint32_t index;
	int r = 0;

	if (setns(netns, CLONE_NEWNET) < 0)
		return -errno;
	rtnl = netlink_open();
	index = if_nametoindex(b->ifname);
	if (rtnl < 0 || !index)
		return rtnl < 0 ? rtnl : -ENODEV;
	if (what & ADDRESSES)
		r = set_up_addresses(b, rtnl, index);
	return !r && (what & ROUTE) ? add_default(rtnl, index, &b->setup.v4) : r;
}

static int in_child(const struct bridge *b, int netns, int what, struct err *err)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(-configure(b, netns, what)); /* errno values fit an exit status */
	if (child < 0)
		return err_sys(err, "network %s: fork", b->setup.name);
	status = proc_wait(child);
	return status ? err_neg(err, -status, "network %s: configure %s", b->setup.name, b->ifname) : 0;
}

int bridge_configure(const struct bridge *b, int netns, bool default_route, struct err *err)
{
	return in_child(b, netns, ADDRESSES | (default_route ? ROUTE : 0), err);
}

int bridge_route(const struct bridge *b, int netns, struct err *err)
{
	return in_child(b, netns, ROUTE, err);
}

static int first_free(int netns)
{
	char name[IFNAMSIZ];

	if (setns(netns, CLONE_NEWNET) < 0)
		return MAX_IFNAMES;
	for (int i = 0; i < MAX_IFNAMES; i++) {
		snprintf(name, sizeof(name), "eth%d", i);
		if (!if_nametoindex(name))
			return i;
	}
	return MAX_IFNAMES;
}

int bridge_free_ifname(int netns, char ret[IFNAMSIZ], struct err *err)
{
	pid_t child = fork();
	int i;

	if (!child)
		_exit(first_free(netns));
	i = child < 0 ? -1 : proc_wait(child);
	if (i < 0 || i >= MAX_IFNAMES)
		return err_set(err, EK_SYSTEM, "network: no name is left for another interface");
	snprintf(ret, IFNAMSIZ, "eth%d", i);
	return 0;
}
