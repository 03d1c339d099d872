/*
 * netd_route.c - how answers to a client's address find the socket that stands in for the client.
 *
 * A routing table of our own in the container's network delivers everything locally. Two kinds of
 * rules lead to it. TCP: one rule for packets with our mark; our sockets send it, and
 * tcp_fwmark_accept and fwmark_reflect hand it on to what answers them, so that connections the
 * container opens itself, even from a published port, go their usual way. UDP, whose answers are
 * not tied to what they answer: one rule for each client, of both its addresses and both ports.
 * Each is made under the kernel's one lock for all network namespaces: hence the allowance.
 */
#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/netlink.h"
#include "netd/netd.h"

#define MARK       0x706c6e74u
#define TABLE      20556u
#define PRIORITY   100u
#define LO_INDEX   1 /* in every network namespace */
#define MAX_RULES  1024
#define RULE_BURST 256
#define RULE_NS    (1000000000LL / 100) /* one more every 10 ms */

/* Rules and routes begin with headers of one length that both begin with the family. */
union header {
	struct fib_rule_hdr rule;
	struct rtmsg route;
};

static void begin(struct netlink_request *q, uint16_t type, uint16_t flags, bool v6, union header h)
{
	h.route.rtm_family = v6 ? AF_INET6 : AF_INET;
	_Static_assert(sizeof(h.rule) == sizeof(h.route), "one length for both");
	netlink_begin(q, type, flags, &h, sizeof(h));
}

/* ---- set-up ---- */

static bool set_sysctl(const char *path)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_WRONLY, 0);

	return fd >= 0 && !fd_write_all(fd, "1", 1);
}

static void loopback_up(void)
{
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	auto_fd int fd = fd_socket(AF_INET, SOCK_DGRAM, 0);

	if (fd >= 0)
		(void)ioctl(fd, SIOCSIFFLAGS, &ifr);
}

void netd_route_open(struct netd *n)
{
	n->rule_credit = RULE_BURST;
	loopback_up();
	n->rtnl = netlink_open();
	/* fwmark_reflect is for the refusals of closed ports; the v6 one is missing without IPv6 */
	n->marks = set_sysctl("/proc/sys/net/ipv4/tcp_fwmark_accept") && set_sysctl("/proc/sys/net/ipv4/fwmark_reflect");
	(void)set_sysctl("/proc/sys/net/ipv6/fwmark_reflect");
}

static int add_mark_rule(struct netd *n, bool v6)
{
	struct netlink_request q;

	begin(&q, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, v6, (union header){.rule = {.action = FR_ACT_TO_TBL}});
	netlink_attr_u32(&q, FRA_TABLE, TABLE);
	netlink_attr_u32(&q, FRA_PRIORITY, PRIORITY);
	netlink_attr_u32(&q, FRA_FWMARK, MARK);
	netlink_attr_u32(&q, FRA_FWMASK, UINT32_MAX);
	return netlink_ask(n->rtnl, &q);
}

/* Everything is local; what has no address yet gets the container's, not the destination's. */
static int add_route(struct netd *n, bool v6, const struct in6_addr *own6)
{
	struct netlink_request q;
	union header h = {.route = {.rtm_table = RT_TABLE_UNSPEC, .rtm_protocol = RTPROT_STATIC,
		.rtm_scope = v6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_HOST, .rtm_type = RTN_LOCAL}};

	begin(&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, v6, h);
	netlink_attr_u32(&q, RTA_TABLE, TABLE);
	netlink_attr_u32(&q, RTA_OIF, LO_INDEX);
	if (v6)
		netlink_attr(&q, RTA_PREFSRC, own6, sizeof(*own6));
	else
		netlink_attr(&q, RTA_PREFSRC, &n->ip4, sizeof(n->ip4));
	return netlink_ask(n->rtnl, &q);
}

bool netd_route_ready(struct netd *n, bool v6)
{
	struct in6_addr own6 = v6 ? netd_source_own6() : in6addr_any;
	int8_t *state = &n->routes[v6];
	int r;

	if (*state < 0 || n->rtnl < 0)
		return false;
	if (*state > 0 && (!v6 || IN6_ARE_ADDR_EQUAL(&own6, &n->route6)))
		return true;
	/* the first client of this family: only now is the address sure to be there */
	r = add_route(n, v6, &own6);
	if (!r && !*state)
		r = add_mark_rule(n, v6);
	*state = r == 0 || r == -EEXIST ? 1 : -1;
	n->route6 = v6 ? own6 : n->route6;
	return *state > 0;
}

void netd_route_mark(struct netd *n, int fd)
{
	uint32_t mark = MARK;

	if (n->marks)
		(void)setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
}

/* ---- clients of UDP ports ---- */

static bool take_credit(struct netd *n)
{
	int64_t now = loop_now_ns(), more = (now - n->rule_time) / RULE_NS;

	if (more > 0) {
		n->rule_credit = MIN_OF(n->rule_credit + more, RULE_BURST);
		n->rule_time = now;
	}
	if (n->rules >= MAX_RULES || n->rule_credit < 1)
		return false;
	n->rule_credit--;
	return true;
}

int netd_route_client(struct netd *n, bool add, const union netd_addr *client, uint16_t port)
{
	bool v6 = client->sa.sa_family == AF_INET6;
	uint16_t to = ntohs(v6 ? client->v6.sin6_port : client->v4.sin_port);
	struct fib_rule_port_range sports = {port, port}, dports = {to, to};
	uint8_t udp = IPPROTO_UDP;
	union header h = {.rule = {.action = FR_ACT_TO_TBL, .dst_len = v6 ? 128 : 32}};
	struct netlink_request q;
	int r;

	if (add && !take_credit(n))
		return -EBUSY;
	begin(&q, add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0, v6, h);
	netlink_attr_u32(&q, FRA_TABLE, TABLE);
	netlink_attr_u32(&q, FRA_PRIORITY, PRIORITY);
	netlink_attr(&q, FRA_IP_PROTO, &udp, sizeof(udp));
	netlink_attr(&q, FRA_SPORT_RANGE, &sports, sizeof(sports));
	netlink_attr(&q, FRA_DPORT_RANGE, &dports, sizeof(dports));
	if (v6)
		netlink_attr(&q, FRA_DST, &client->v6.sin6_addr, 16);
	else
		netlink_attr(&q, FRA_DST, &client->v4.sin_addr, 4);
	r = netlink_ask(n->rtnl, &q);
	if (!r)
		n->rules += add ? 1 : -1u;
	return r;
}
