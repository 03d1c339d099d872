/*
 * netd_tcp.c - connections: accepted on the host, opened anew inside, copied both ways.
 *
 * Data is looked at (MSG_PEEK), sent, and only then taken by as much as went: what the other side
 * has no room for stays in the kernel, and flow control reaches the sender as without us.
 */
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "netd/netd.h"

#define ACCEPT_BATCH 32
#define COPY_BATCH   8 /* buffers in one go, before others have their turn */

enum { CLIENT, INSIDE };

struct conn {
	struct netd_listener *l;
	struct side {
		struct loop_source src;
		struct conn *c;
		int fd;
		bool eof;   /* its end was passed on */
		bool stuck; /* what it sent waits for room on the other side */
	} side[2];
	bool connected;
	uint8_t way, nways;
	struct netd_way ways[NETD_MAX_WAYS];
	struct in6_addr own6;
	union netd_addr client;
};

static void side_event(void *arg, uint32_t events);

/* reset: tell both ends that this was no ordinary end */
static void close_conn(struct conn *c, bool reset)
{
	struct linger now = {1, 0};
	struct netd_listener *l = c->l;

	for (int i = 0; i < 2; i++) {
		loop_del(&l->n->loop, &c->side[i].src);
		if (reset && c->side[i].fd >= 0)
			(void)setsockopt(c->side[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		fd_close(c->side[i].fd);
	}
	free(c);
	l->conns--;
	netd_release(l->n, 2);
}

/* Not watched at all when nothing is wanted: a hang-up would be reported again and again. */
static int watch(struct conn *c, int i)
{
	struct loop *loop = &c->l->n->loop;
	struct side *s = &c->side[i];
	uint32_t want = 0;

	if (c->connected)
		want = (!s->eof && !s->stuck ? EPOLLIN : 0) | (c->side[!i].stuck ? EPOLLOUT : 0);
	else if (i == INSIDE)
		want = EPOLLOUT;
	if (!want)
		loop_del(loop, &s->src);
	else if (s->src.fd >= 0)
		return loop_mod(loop, &s->src, want);
	else
		return loop_add(loop, &s->src, s->fd, want, side_event, s);
	return 0;
}

/* ---- copying ---- */

/* One buffer from side i to the other. 1: there may be more; 0: not now; -1: reset. */
static int copy_some(struct conn *c, int i)
{
	struct side *from = &c->side[i], *to = &c->side[!i];
	char *buf = c->l->n->buf;
	ssize_t n, sent;

	n = recv(from->fd, buf, NETD_BUFFER, MSG_PEEK | MSG_DONTWAIT);
	if (n == 0) {
		from->eof = true;
		return shutdown(to->fd, SHUT_WR) < 0 ? -1 : 0;
	}
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	sent = send(to->fd, buf, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	if (sent > 0 && recv(from->fd, NULL, (size_t)sent, MSG_TRUNC | MSG_DONTWAIT) != sent)
		return -1;
	from->stuck = sent < n;
	return !from->stuck && n == NETD_BUFFER;
}

static int copy(struct conn *c, int i)
{
	int r = 1;

	for (int k = 0; k < COPY_BATCH && r > 0; k++)
		r = copy_some(c, i);
	return r < 0 ? -1 : 0;
}

/* ---- connecting ---- */

/* The next way inside that can at least be tried. -1: there is none left. */
static int try_ways(struct conn *c)
{
	struct netd *n = c->l->n;
	struct side *s = &c->side[INSIDE];
	union netd_addr to;
	int one = 1;

	for (; c->way < c->nways; c->way++) {
		int fd = netd_source_socket(n, &c->ways[c->way], SOCK_STREAM, &c->client, &c->own6, c->l->port, &to);

		if (fd < 0)
			continue;
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
		if (connect(fd, &to.sa, netd_source_len(&to)) == 0 || errno == EINPROGRESS) {
			s->fd = fd;
			return watch(c, INSIDE);
		}
		fd_close(fd);
	}
	return -1;
}

/* Refused over IPv6 says nothing about IPv4: many servers listen there only. */
static int next_family(struct conn *c)
{
	bool v6 = c->ways[c->way].v6;

	loop_del(&c->l->n->loop, &c->side[INSIDE].src);
	fd_closep(&c->side[INSIDE].fd);
	while (c->way < c->nways && c->ways[c->way].v6 == v6)
		c->way++;
	return try_ways(c);
}

static int finish_connect(struct conn *c)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(c->side[INSIDE].fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return -1;
	if (error)
		return next_family(c);
	c->connected = true;
	return watch(c, CLIENT) < 0 || watch(c, INSIDE) < 0 ? -1 : 0;
}

/* ---- events ---- */

static void side_event(void *arg, uint32_t events)
{
	struct side *s = arg;
	struct conn *c = s->c;
	int i = s == &c->side[INSIDE], r = 0;

	if (!c->connected) {
		if (finish_connect(c) < 0)
			close_conn(c, true);
		return;
	}
	if (events & EPOLLOUT && c->side[!i].stuck) {
		c->side[!i].stuck = false;
		r = copy(c, !i);
	}
	/* an error is found by reading, after what came before it */
	if (!r && events & (EPOLLIN | EPOLLERR | EPOLLHUP) && !s->eof && !s->stuck)
		r = copy(c, i);
	else if (!r && events & EPOLLERR)
		r = -1;
	if (r < 0 || (c->side[0].eof && c->side[1].eof))
		close_conn(c, r < 0);
	else if (watch(c, 0) < 0 || watch(c, 1) < 0)
		close_conn(c, true);
}

static void start_conn(struct netd_listener *l, int fd, const union netd_addr *client)
{
	struct conn *c = new0(struct conn);

	c->l = l;
	c->client = *client;
	netd_source_unmap(&c->client);
	for (int i = 0; i < 2; i++) {
		c->side[i].c = c;
		c->side[i].src.fd = c->side[i].fd = -1;
	}
	c->side[CLIENT].fd = fd;
	if (c->client.sa.sa_family == AF_INET6)
		c->own6 = netd_source_own6();
	c->nways = (uint8_t)netd_source_ways(l->n, &c->client, &c->own6, c->ways);
	l->conns++;
	if (try_ways(c) < 0)
		close_conn(c, true);
}

void netd_tcp_accept(void *listener, uint32_t events)
{
	struct netd_listener *l = listener;

	(void)events;
	for (int k = 0; k < ACCEPT_BATCH; k++) {
		union netd_addr client;
		socklen_t n = sizeof(client);
		int fd;

		if (l->conns >= NETD_MAX_CONNS || !netd_reserve(l->n, 2)) {
			netd_pause(l);
			return;
		}
		memset(&client, 0, sizeof(client));
		fd = accept4(l->src.fd, &client.sa, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			netd_release(l->n, 2);
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
				netd_pause(l);
			if (errno != ECONNABORTED && errno != EINTR)
				return;
			continue;
		}
		start_conn(l, fd, &client);
	}
}
