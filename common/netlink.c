#include "common/netlink.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"

int netlink_open(void)
{
	return fd_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static size_t room(const struct netlink_request *q)
{
	return sizeof(q->h) + sizeof(q->body) - NLMSG_ALIGN(q->h.nlmsg_len);
}

void netlink_bytes(struct netlink_request *q, const void *data, size_t n)
{
	if (NLMSG_ALIGN(n) > room(q)) {
		q->full = true;
		return;
	}
	if (n)
		memcpy((char *)q + NLMSG_ALIGN(q->h.nlmsg_len), data, n);
	q->h.nlmsg_len = (uint32_t)(NLMSG_ALIGN(q->h.nlmsg_len) + n);
}

void netlink_begin(struct netlink_request *q, uint16_t type, uint16_t flags, const void *header, size_t n)
{
	memset(q, 0, sizeof(*q));
	q->h.nlmsg_type = type;
	q->h.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	q->h.nlmsg_len = sizeof(q->h);
	netlink_bytes(q, header, n);
}

void netlink_attr(struct netlink_request *q, uint16_t type, const void *data, size_t n)
{
	struct rtattr a = {.rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(n)};

	if (RTA_SPACE(n) > room(q)) {
		q->full = true;
		return;
	}
	netlink_bytes(q, &a, sizeof(a));
	netlink_bytes(q, data, n);
}

void netlink_attr_u32(struct netlink_request *q, uint16_t type, uint32_t value)
{
	netlink_attr(q, type, &value, sizeof(value));
}

void netlink_attr_str(struct netlink_request *q, uint16_t type, const char *text)
{
	netlink_attr(q, type, text, strlen(text) + 1);
}

size_t netlink_nest(struct netlink_request *q, uint16_t type)
{
	size_t at = NLMSG_ALIGN(q->h.nlmsg_len);

	netlink_attr(q, type, NULL, 0);
	return at;
}

void netlink_nest_end(struct netlink_request *q, size_t nest)
{
	struct rtattr *a = (struct rtattr *)((char *)q + nest);

	if (!q->full)
		a->rta_len = (uint16_t)(q->h.nlmsg_len - nest);
}

/* The kernel answers before send returns. */
int netlink_ask(int rtnl, const struct netlink_request *q)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char echo[2048];
	} answer;
	ssize_t n;

	if (q->full)
		return -EMSGSIZE;
	if (send(rtnl, q, q->h.nlmsg_len, 0) < 0)
		return -errno;
	n = recv(rtnl, &answer, sizeof(answer), MSG_DONTWAIT);
	if (n < (ssize_t)(sizeof(answer.h) + sizeof(answer.e.error)) || answer.h.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.e.error;
}
