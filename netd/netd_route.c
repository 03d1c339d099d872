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
#include "netd/netd.h"

#define MARK       0x706c6e74u
#define TABLE      20556u
#define PRIORITY   100u
#define LO_INDEX   1 /* in every network namespace */
#define MAX_RULES  1024
#define RULE_BURST 256
#define RULE_NS    (1000000000LL / 100) /* one more every 10 ms */

struct request {
	struct nlmsghdr h;
	union {
		struct fib_rule_hdr rule;
		struct rtmsg route;
	};
	char attrs[256];
};

static void begin(struct request *q, uint16_t type, uint16_t flags, bool v6)
{
	memset(q, 0, sizeof(*q));
	q->h.nlmsg_type = type;
	q->h.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	/* both headers begin with the family */
	q->route.rtm_family = v6 ? AF_INET6 : AF_INET;
	_Static_assert(sizeof(q->rule) == sizeof(q->route), "one length for both");
	q->h.nlmsg_len = NLMSG_LENGTH(sizeof(q->route));
}

static void attr(struct request *q, uint16_t type, const void *data, size_t n)
{
	struct rtattr *a = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->h.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(n);
	memcpy(RTA_DATA(a), data, n);
	q->h.nlmsg_len = (uint32_t)(NLMSG_ALIGN(q->h.nlmsg_len) + RTA_ALIGN(a->rta_len));
}

static void attr_u32(struct request *q, uint16_t type, uint32_t value)
{
	attr(q, type, &value, sizeof(value));
}

/* The kernel answers before send returns. */
static int ask(int rtnl, const struct request *q)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char echo[1024];
	} answer;
	ssize_t n;

	if (send(rtnl, q, q->h.nlmsg_len, 0) < 0)
		return -errno;
	n = recv(rtnl, &answer, sizeof(answer), MSG_DONTWAIT);
	if (n < (ssize_t)(sizeof(answer.h) + sizeof(answer.e.error)) || answer.h.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.e.error;
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
	n->rtnl = fd_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	/* fwmark_reflect is for the refusals of closed ports; the v6 one is missing without IPv6 */
	n->marks = set_sysctl("/proc/sys/net/ipv4/tcp_fwmark_accept") && set_sysctl("/proc/sys/net/ipv4/fwmark_reflect");
	(void)set_sysctl("/proc/sys/net/ipv6/fwmark_reflect");
}

static int add_mark_rule(struct netd *n, bool v6)
{
	struct request q;

	begin(&q, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, v6);
	q.rule.action = FR_ACT_TO_TBL;
	attr_u32(&q, FRA_TABLE, TABLE);
	attr_u32(&q, FRA_PRIORITY, PRIORITY);
	attr_u32(&q, FRA_FWMARK, MARK);
	attr_u32(&q, FRA_FWMASK, UINT32_MAX);
	return ask(n->rtnl, &q);
}

/* Everything is local; what has no address yet gets the container's, not the destination's. */
static int add_route(struct netd *n, bool v6, const struct in6_addr *own6)
{
	struct request q;

	begin(&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, v6);
	q.route.rtm_table = RT_TABLE_UNSPEC;
	q.route.rtm_protocol = RTPROT_STATIC;
	q.route.rtm_scope = v6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_HOST;
	q.route.rtm_type = RTN_LOCAL;
	attr_u32(&q, RTA_TABLE, TABLE);
	attr_u32(&q, RTA_OIF, LO_INDEX);
	if (v6)
		attr(&q, RTA_PREFSRC, own6, sizeof(*own6));
	else
		attr(&q, RTA_PREFSRC, &n->ip4, sizeof(n->ip4));
	return ask(n->rtnl, &q);
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
	struct request q;
	int r;

	if (add && !take_credit(n))
		return -EBUSY;
	begin(&q, add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0, v6);
	q.rule.action = FR_ACT_TO_TBL;
	q.rule.dst_len = v6 ? 128 : 32;
	attr_u32(&q, FRA_TABLE, TABLE);
	attr_u32(&q, FRA_PRIORITY, PRIORITY);
	attr(&q, FRA_IP_PROTO, &udp, sizeof(udp));
	attr(&q, FRA_SPORT_RANGE, &sports, sizeof(sports));
	attr(&q, FRA_DPORT_RANGE, &dports, sizeof(dports));
	if (v6)
		attr(&q, FRA_DST, &client->v6.sin6_addr, 16);
	else
		attr(&q, FRA_DST, &client->v4.sin_addr, 4);
	r = ask(n->rtnl, &q);
	if (!r)
		n->rules += add ? 1 : -1u;
	return r;
}
