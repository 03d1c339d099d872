/*
 * netd_source.c - which address the container sees.
 *
 * The client's own wherever that can stand in the container's network; else the gateway's, never
 * a loopback address: services trust those (CVE-2021-20199). Addresses that are not the
 * container's are bound with IP_TRANSPARENT; where the kernel does not bring the answers back
 * (netd_route.c), the container sees its own address.
 */
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "netd/netd.h"

socklen_t netd_source_len(const union netd_addr *a)
{
	return a->sa.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

void netd_source_unmap(union netd_addr *a)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	if (a->sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
		return;
	v4.sin_port = a->v6.sin6_port;
	memcpy(&v4.sin_addr, &a->v6.sin6_addr.s6_addr[12], 4);
	memset(a, 0, sizeof(*a));
	a->v4 = v4;
}

static bool keeps4(const struct netd *n, struct in_addr a)
{
	uint32_t h = ntohl(a.s_addr);

	return h >> 24 != 0 && h >> 24 != 127 && h < 0xe0000000u && a.s_addr != n->ip4.s_addr &&
		a.s_addr != n->gateway4.s_addr;
}

static bool keeps6(const struct in6_addr *a, const struct in6_addr *own)
{
	return !IN6_IS_ADDR_LOOPBACK(a) && !IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_LINKLOCAL(a) &&
		!IN6_IS_ADDR_MULTICAST(a) && !IN6_IS_ADDR_V4MAPPED(a) && !IN6_ARE_ADDR_EQUAL(a, own);
}

bool netd_source_keeps(const struct netd *n, const union netd_addr *client, const struct in6_addr *own6)
{
	if (client->sa.sa_family == AF_INET6)
		return keeps6(&client->v6.sin6_addr, own6);
	return keeps4(n, client->v4.sin_addr);
}

size_t netd_source_ways(const struct netd *n, const union netd_addr *client, const struct in6_addr *own6,
	struct netd_way ret[NETD_MAX_WAYS])
{
	bool v6 = client->sa.sa_family == AF_INET6, has6 = !IN6_IS_ADDR_UNSPECIFIED(own6);
	bool foreign = n->rtnl >= 0, has4 = n->ip4.s_addr != INADDR_ANY;
	size_t k = 0;

	if (foreign && (v6 ? has6 : has4) && netd_source_keeps(n, client, own6))
		ret[k++] = (struct netd_way){v6, NETD_AS_CLIENT};
	if (v6 && has6 && foreign && !IN6_IS_ADDR_UNSPECIFIED(&n->gateway6))
		ret[k++] = (struct netd_way){true, NETD_AS_GATEWAY};
	if (v6 && has6)
		ret[k++] = (struct netd_way){true, NETD_AS_SELF};
	if (has4 && foreign)
		ret[k++] = (struct netd_way){false, NETD_AS_GATEWAY};
	if (has4)
		ret[k++] = (struct netd_way){false, NETD_AS_SELF};
	return k;
}

/* The kernel's choice of source towards the outside; a connected UDP socket sends nothing. */
struct in6_addr netd_source_own6(void)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	socklen_t n = sizeof(a);
	auto_fd int fd = fd_socket(AF_INET6, SOCK_DGRAM, 0);

	a.sin6_addr.s6_addr[0] = 0x20; /* 2001:db8::1: documentation, never a real peer */
	a.sin6_addr.s6_addr[1] = 0x01;
	a.sin6_addr.s6_addr[2] = 0x0d;
	a.sin6_addr.s6_addr[3] = 0xb8;
	a.sin6_addr.s6_addr[15] = 1;
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &n) < 0 || !keeps6(&a.sin6_addr, &in6addr_any))
		return in6addr_any;
	return a.sin6_addr;
}

static union netd_addr address(const struct netd *n, bool v6, const struct in6_addr *own6, uint16_t port)
{
	union netd_addr a;

	memset(&a, 0, sizeof(a));
	if (v6) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_addr = *own6;
		a.v6.sin6_port = htons(port);
	} else {
		a.v4.sin_family = AF_INET;
		a.v4.sin_addr = n->ip4;
		a.v4.sin_port = htons(port);
	}
	return a;
}

/* Bind to an address that is not ours. */
static int bind_foreign(struct netd *n, int fd, const struct netd_way *w, int type, const union netd_addr *client)
{
	union netd_addr a = *client;
	int one = 1;

	if (!netd_route_ready(n, w->v6) || (type == SOCK_STREAM && !n->marks))
		return -EOPNOTSUPP;
	if (w->from == NETD_AS_GATEWAY) {
		a = address(n, w->v6, &n->gateway6, 0);
		if (!w->v6)
			a.v4.sin_addr = n->gateway4;
	}
	if (w->v6)
		a.v6.sin6_scope_id = 0;
	if (setsockopt(fd, w->v6 ? IPPROTO_IPV6 : IPPROTO_IP, w->v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, &one,
		    sizeof(one)) < 0)
		return -errno;
	/* the same client port may come in by several published ports, and again while old
	 * connections of it wait for their end */
	if (type == SOCK_STREAM || w->from == NETD_AS_CLIENT)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (w->from == NETD_AS_GATEWAY && type == SOCK_STREAM)
		(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	netd_route_mark(n, fd);
	return bind(fd, &a.sa, netd_source_len(&a)) < 0 ? -errno : 0;
}

int netd_source_socket(struct netd *n, const struct netd_way *w, int type, const union netd_addr *client,
	const struct in6_addr *own6, uint16_t port, union netd_addr *ret_to)
{
	int fd = fd_socket(w->v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK, 0), r = 0;

	if (fd < 0)
		return fd;
	*ret_to = address(n, w->v6, own6, port);
	if (w->from != NETD_AS_SELF)
		r = bind_foreign(n, fd, w, type, client);
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	return fd;
}
