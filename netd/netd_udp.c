/*
 * netd_udp.c - datagrams. Each client of a port, for each of our addresses it writes to, has a
 * connected socket inside; what comes back is sent from the address that was asked.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "netd/netd.h"

#define BATCH       32
#define SEC         1000000000LL
#define IDLE_ASKED  (60 * SEC)  /* the container has not answered yet */
#define IDLE_SPOKEN (180 * SEC)
#define SWEEP_NS    (10 * SEC)

struct client {
	struct netd_entry entry; /* first */
	struct loop_source src;
	struct netd_listener *l;
	int fd;
	bool answered, ruled;
	bool over6; /* inside; else IPv4 */
	union netd_addr addr, seen_as;
	uint8_t local[16];
};

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

int netd_udp_open(struct netd_listener *l, int fd)
{
	int one = 1, r;

	r = l->v6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one))
		  : setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	return r < 0 ? -errno : 0;
}

static void close_inside(struct client *c)
{
	loop_del(&c->l->n->loop, &c->src);
	if (c->ruled)
		(void)!netd_route_client(c->l->n, false, &c->seen_as, c->l->port);
	c->ruled = false;
	fd_closep(&c->fd);
}

static void drop(struct client *c)
{
	struct netd *n = c->l->n;

	close_inside(c);
	netd_table_remove(&c->l->clients, &c->entry);
	free(c);
	netd_release(n, 1);
}

/* ---- from the container ---- */

static void answer(struct client *c, size_t len)
{
	struct netd_listener *l = c->l;
	union control ctl;
	struct iovec iov = {l->n->buf, len};
	struct msghdr mh = {.msg_name = &c->addr, .msg_namelen = netd_source_len(&c->addr), .msg_iov = &iov,
		.msg_iovlen = 1, .msg_control = ctl.buf};
	struct cmsghdr *h = &ctl.align;

	memset(&ctl, 0, sizeof(ctl));
	if (l->v6) {
		struct in6_pktinfo *p = (struct in6_pktinfo *)CMSG_DATA(h);

		*h = (struct cmsghdr){CMSG_LEN(sizeof(*p)), IPPROTO_IPV6, IPV6_PKTINFO};
		memcpy(&p->ipi6_addr, c->local, 16);
		p->ipi6_ifindex = c->addr.v6.sin6_scope_id; /* 0 but for link-local */
		mh.msg_controllen = CMSG_SPACE(sizeof(*p));
	} else {
		struct in_pktinfo *p = (struct in_pktinfo *)CMSG_DATA(h);

		*h = (struct cmsghdr){CMSG_LEN(sizeof(*p)), IPPROTO_IP, IP_PKTINFO};
		memcpy(&p->ipi_spec_dst, c->local, 4);
		mh.msg_controllen = CMSG_SPACE(sizeof(*p));
	}
	/* no room or no route: datagrams may be lost */
	(void)!sendmsg(l->src.fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void from_inside(void *arg, uint32_t events)
{
	struct client *c = arg;
	bool any = false;

	(void)events;
	for (int k = 0; k < BATCH; k++) {
		ssize_t n = recv(c->fd, c->l->n->buf, NETD_BUFFER, MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			continue; /* an ICMP error: refused for now */
		answer(c, (size_t)n);
		any = true;
	}
	c->answered |= any;
	if (any)
		netd_table_touch(&c->l->clients, &c->entry, loop_now_ns());
}

/* ---- from clients ---- */

/* What the container answers to the address it sees must come here. */
static int come_back(struct netd *n, struct client *c)
{
	socklen_t len = sizeof(c->seen_as);
	int r;

	if (getsockname(c->fd, &c->seen_as.sa, &len) < 0)
		return -errno;
	r = netd_route_client(n, true, &c->seen_as, c->l->port);
	c->ruled = !r;
	return r;
}

static int open_inside(struct client *c, bool only4)
{
	struct netd *n = c->l->n;
	union netd_addr from = c->addr, to;
	struct in6_addr own6 = in6addr_any;
	struct netd_way ways[NETD_MAX_WAYS];
	size_t nways;

	netd_source_unmap(&from);
	if (from.sa.sa_family == AF_INET6)
		own6 = netd_source_own6();
	nways = netd_source_ways(n, &from, &own6, ways);

	for (size_t i = 0; i < nways; i++) {
		if (only4 && ways[i].v6)
			continue;
		c->over6 = ways[i].v6;
		c->fd = netd_source_socket(n, &ways[i], SOCK_DGRAM, &from, &own6, c->l->port, &to);
		if (c->fd >= 0 && (ways[i].from == NETD_AS_SELF || !come_back(n, c)) &&
			!connect(c->fd, &to.sa, netd_source_len(&to)) &&
			!loop_add(&n->loop, &c->src, c->fd, EPOLLIN, from_inside, c))
			return 0;
		close_inside(c);
	}
	return -1;
}

static struct client *new_client(struct netd_listener *l, const struct netd_key *key, const union netd_addr *addr,
	const uint8_t local[16])
{
	struct client *c;

	while (l->clients.n && (l->clients.n >= NETD_MAX_CLIENTS || l->n->fds >= l->n->max_fds))
		drop((struct client *)l->clients.oldest);
	if (!netd_reserve(l->n, 1))
		return NULL;
	c = new0(struct client);
	c->entry.key = *key;
	c->src.fd = c->fd = -1;
	c->l = l;
	c->addr = *addr;
	memcpy(c->local, local, 16);
	netd_table_add(&l->clients, &c->entry, loop_now_ns());
	if (open_inside(c, false) == 0)
		return c;
	drop(c);
	return NULL;
}

/* The address of ours that the datagram came to, from which the answer must go. */
static bool asked_address(struct msghdr *mh, uint8_t local[16])
{
	memset(local, 0, 16);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(mh); h; h = CMSG_NXTHDR(mh, h)) {
		if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_PKTINFO) {
			memcpy(local, &((struct in_pktinfo *)CMSG_DATA(h))->ipi_spec_dst, 4);
			return true;
		}
		if (h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_PKTINFO) {
			memcpy(local, &((struct in6_pktinfo *)CMSG_DATA(h))->ipi6_addr, 16);
			return true;
		}
	}
	return false;
}

/* A closed port answers within send: the kernel delivers to the container at once. */
static bool refused(const struct client *c)
{
	int error = 0;
	socklen_t n = sizeof(error);

	return getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == ECONNREFUSED;
}

static void pass_in(struct client *c, size_t len)
{
	const char *buf = c->l->n->buf;

	if (send(c->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED)
		/* that was about an earlier one: this has not been sent yet */
		(void)!send(c->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (!c->over6 || c->answered || !refused(c))
		return;
	/* nobody listens there on IPv6: many servers have IPv4 only */
	close_inside(c);
	if (open_inside(c, true) < 0)
		drop(c);
	else
		(void)!send(c->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool receive_one(struct netd_listener *l)
{
	union netd_addr from;
	union control ctl;
	struct iovec iov = {l->n->buf, NETD_BUFFER};
	struct msghdr mh = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = ctl.buf, .msg_controllen = sizeof(ctl.buf)};
	uint8_t local[16];
	struct netd_key key;
	struct client *c;
	ssize_t n;

	memset(&from, 0, sizeof(from));
	n = recvmsg(l->src.fd, &mh, MSG_DONTWAIT);
	if (n < 0)
		return errno != EAGAIN; /* else an ICMP error about an earlier answer */
	if (!asked_address(&mh, local))
		return true;
	key = netd_table_key(&from, local);
	if (!key.port)
		return true; /* nobody to answer */
	c = (struct client *)netd_table_find(&l->clients, &key);
	if (c)
		netd_table_touch(&l->clients, &c->entry, loop_now_ns());
	else
		c = new_client(l, &key, &from, local);
	if (c)
		pass_in(c, (size_t)n);
	return true;
}

void netd_udp_receive(void *listener, uint32_t events)
{
	struct netd_listener *l = listener;

	(void)events;
	for (int k = 0; k < BATCH && receive_one(l); k++)
		;
	if (l->clients.n && !l->n->sweep.due)
		loop_set_timer(&l->n->loop, &l->n->sweep, SWEEP_NS, netd_udp_sweep, l->n);
}

/* ---- idle clients ---- */

void netd_udp_forget(struct netd_listener *l)
{
	while (l->clients.oldest)
		drop((struct client *)l->clients.oldest);
}

static void sweep_port(struct netd_listener *l, int64_t now)
{
	struct netd_entry *next;

	for (struct netd_entry *e = l->clients.oldest; e && now - e->used > IDLE_ASKED; e = next) {
		struct client *c = (struct client *)e;

		next = e->newer;
		if (now - e->used > (c->answered ? IDLE_SPOKEN : IDLE_ASKED))
			drop(c);
	}
}

void netd_udp_sweep(void *netd)
{
	struct netd *n = netd;
	bool any = false;

	for (size_t i = 0; i < n->nlisteners; i++) {
		sweep_port(&n->listeners[i], loop_now_ns());
		any |= n->listeners[i].clients.n > 0;
	}
	if (any)
		loop_set_timer(&n->loop, &n->sweep, SWEEP_NS, netd_udp_sweep, n);
}
