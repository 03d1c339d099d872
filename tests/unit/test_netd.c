/* links: libnetd.a libcommon.a */
/* podlite-net: the clients of a UDP port, which address the container sees, limits; forwarding itself
 * without a network namespace: both ends are on this host's loopback. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "netd/netd.h"
#include "netd/netd_table.h"
#include "tap.h"

static union netd_addr addr(const char *ip, uint16_t port)
{
	union netd_addr a;

	memset(&a, 0, sizeof(a));
	if (strchr(ip, ':')) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons(port);
		inet_pton(AF_INET6, ip, &a.v6.sin6_addr);
	} else {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons(port);
		inet_pton(AF_INET, ip, &a.v4.sin_addr);
	}
	return a;
}

/* ---- table ---- */

static struct netd_entry *add(struct netd_table *t, const char *ip, uint16_t port, const char *local, int64_t now)
{
	union netd_addr c = addr(ip, port), l = addr(local, 0);
	struct netd_entry *e = new0(struct netd_entry);

	e->key = netd_table_key(&c, strchr(local, ':') ? (void *)&l.v6.sin6_addr : (void *)&l.v4.sin_addr);
	netd_table_add(t, e, now);
	return e;
}

static struct netd_entry *find(const struct netd_table *t, const char *ip, uint16_t port, const char *local)
{
	union netd_addr c = addr(ip, port), l = addr(local, 0);
	struct netd_key k = netd_table_key(&c, strchr(local, ':') ? (void *)&l.v6.sin6_addr : (void *)&l.v4.sin_addr);

	return netd_table_find(t, &k);
}

static void test_table(void)
{
	struct netd_table t;
	struct netd_entry *a, *b, *c, *d;

	netd_table_init(&t, 42);
	TAP_OK(!find(&t, "192.0.2.1", 1, "192.0.2.9"), "nothing in an empty table");
	a = add(&t, "192.0.2.1", 1, "192.0.2.9", 10);
	b = add(&t, "192.0.2.1", 2, "192.0.2.9", 20);
	c = add(&t, "192.0.2.1", 1, "192.0.2.8", 30);
	d = add(&t, "2001:db8::1", 1, "2001:db8::9", 40);
	TAP_OK(t.n == 4 && find(&t, "192.0.2.1", 1, "192.0.2.9") == a && find(&t, "192.0.2.1", 2, "192.0.2.9") == b, "by address and port");
	TAP_OK(find(&t, "192.0.2.1", 1, "192.0.2.8") == c, "and by the address of ours that was asked");
	TAP_OK(find(&t, "2001:db8::1", 1, "2001:db8::9") == d && !find(&t, "2001:db8::1", 2, "2001:db8::9"), "IPv6");
	TAP_OK(t.oldest == a && t.newest == d && a->newer == b && d->older == c, "in the order of age");
	netd_table_touch(&t, a, 50);
	TAP_OK(t.oldest == b && t.newest == a && a->used == 50 && !a->newer && a->older == d, "one used again is the newest");
	netd_table_touch(&t, a, 60);
	TAP_OK(t.newest == a && a->used == 60, "the newest stays it");
	netd_table_touch(&t, c, 70);
	TAP_OK(t.newest == c && b->newer == d && d->older == b, "one from the middle");
	netd_table_remove(&t, d);
	TAP_OK(t.n == 3 && !find(&t, "2001:db8::1", 1, "2001:db8::9") && b->newer == a && a->older == b, "removed from the middle");
	netd_table_remove(&t, b);
	netd_table_remove(&t, c);
	TAP_OK(t.oldest == a && t.newest == a && t.n == 1, "removed from both ends");
	netd_table_remove(&t, a);
	TAP_OK(!t.oldest && !t.newest && !t.n, "empty again");
	netd_table_done(&t);
	free(a), free(b), free(c), free(d);
}

/* Random additions, uses and removals against a plain list. */
static void test_table_random(void)
{
	enum { N = 600 };
	static struct netd_entry e[N];
	static bool in[N];
	struct netd_table t;
	bool good = true;
	size_t n = 0, aged = 0;
	unsigned r = 12345;

	netd_table_init(&t, 7);
	for (int i = 0; i < N; i++) {
		union netd_addr c = addr("192.0.2.1", (uint16_t)(i + 1));

		e[i].key = netd_table_key(&c, &c.v4.sin_addr);
	}
	for (int k = 0; k < 20000; k++) {
		int i = (int)((r = r * 1103515245 + 12345) >> 16) % N;

		good &= netd_table_find(&t, &e[i].key) == (in[i] ? &e[i] : NULL);
		if (!in[i])
			netd_table_add(&t, &e[i], k), n++, in[i] = true;
		else if (r >> 8 & 1)
			netd_table_touch(&t, &e[i], k);
		else
			netd_table_remove(&t, &e[i]), n--, in[i] = false;
		good &= t.n == n;
	}
	for (struct netd_entry *p = t.oldest; p; p = p->newer, aged++)
		good &= (!p->newer || p->newer->used >= p->used) && (!p->newer || p->newer->older == p);
	TAP_OK(good && aged == n, "20000 random steps: %zu entries, sorted by age", n);
	netd_table_done(&t);
}

/* ---- source ---- */

static struct netd host(int rtnl)
{
	struct netd n = {.rtnl = rtnl};

	inet_pton(AF_INET, "10.0.2.100", &n.ip4);
	inet_pton(AF_INET, "10.0.2.2", &n.gateway4);
	inet_pton(AF_INET6, "fd00::2", &n.gateway6);
	return n;
}

static void test_keeps(void)
{
	static const char *const kept[] = {"192.0.2.1", "10.0.2.55", "1.1.1.1", "10.0.2.3", "2001:db8::1", "fd00::77"};
	static const char *const not_kept[] = {"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.2.100", "10.0.2.2", "224.0.0.1", "255.255.255.255", "::1", "::",
		"fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:192.0.2.1", "fd00::5"};
	struct in6_addr own;
	static struct netd n;

	n = host(5);
	inet_pton(AF_INET6, "fd00::5", &own);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		union netd_addr a = addr(kept[i], 1234);

		TAP_OK(netd_source_keeps(&n, &a, &own), "%s is shown as it is", kept[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(not_kept); i++) {
		union netd_addr a = addr(not_kept[i], 1234);

		TAP_OK(!netd_source_keeps(&n, &a, &own), "%s is not", not_kept[i]);
	}
}

static void ways(int rtnl, const char *client, const char *own6, const char *want)
{
	static const char letters[] = "cgs";
	struct netd_way w[NETD_MAX_WAYS];
	union netd_addr a = addr(client, 99);
	static struct netd n;
	struct in6_addr own;
	char text[32] = "";
	size_t k;

	n = host(rtnl);
	inet_pton(AF_INET6, own6, &own);
	k = netd_source_ways(&n, &a, &own, w);
	for (size_t i = 0; i < k; i++)
		snprintf(text + 3 * i, sizeof(text) - 3 * i, "%c%c ", w[i].v6 ? '6' : '4', letters[w[i].from]);
	TAP_STR(text, want, "ways of %s to %s%s", client, own6, rtnl < 0 ? ", which allows no other address" : "");
}

/* 0.0.0.0 would be the container's loopback. */
static void test_no_network(void)
{
	union netd_addr v4 = addr("192.0.2.1", 99), v6 = addr("2001:db8::1", 99);
	struct netd_way w[NETD_MAX_WAYS];
	static struct netd n;

	n = host(5);
	n.ip4.s_addr = INADDR_ANY;
	TAP_OK(!netd_source_ways(&n, &v4, &in6addr_any, w) && !netd_source_ways(&n, &v6, &in6addr_any, w), "no way into no network");
}

/* ---- forwarding ---- */

#define SEC 1000000000LL

/* A socket on 127.0.0.1, listening if it is TCP. */
static int local(int type, uint16_t *ret_port)
{
	union netd_addr a = addr("127.0.0.1", 0);
	socklen_t n = sizeof(a.v4);
	int fd = fd_socket(AF_INET, type | SOCK_NONBLOCK, 0);

	if (bind(fd, &a.sa, n) < 0 || (type == SOCK_STREAM && listen(fd, 16) < 0) || getsockname(fd, &a.sa, &n) < 0)
		abort();
	*ret_port = ntohs(a.v4.sin_port);
	return fd;
}

static int dial(int type, uint16_t port)
{
	union netd_addr a = addr("127.0.0.1", port);
	int fd = fd_socket(AF_INET, type | SOCK_NONBLOCK, 0);

	if (connect(fd, &a.sa, sizeof(a.v4)) < 0 && errno != EINPROGRESS)
		abort();
	return fd;
}

static void quit(void *arg)
{
	struct netd *n = arg;

	loop_quit(&n->loop);
}

/* Let it work for a moment. */
static void turn(struct netd *n)
{
	struct loop_timer t = {0};

	loop_set_timer(&n->loop, &t, SEC / 50, quit, n);
	if (loop_run(&n->loop) < 0)
		abort();
	loop_stop_timer(&n->loop, &t);
}

static struct netd *forwarder(int type, uint16_t to, size_t max_fds, uint16_t *ret_port)
{
	struct netd *n = new0(struct netd);
	struct netd_listener *l = new0(struct netd_listener);
	int fd = local(type, ret_port);

	n->rtnl = -1;
	n->max_fds = max_fds;
	n->listeners = l;
	n->nlisteners = 1;
	inet_pton(AF_INET, "127.0.0.1", &n->ip4);
	*l = (struct netd_listener){.n = n, .port = to, .udp = type == SOCK_DGRAM};
	netd_table_init(&l->clients, 1);
	if (loop_init(&n->loop) < 0 || (l->udp && netd_udp_open(l, fd) < 0) ||
		loop_add(&n->loop, &l->src, fd, EPOLLIN, l->udp ? netd_udp_receive : netd_tcp_accept, l) < 0)
		abort();
	return n;
}

static void forwarder_done(struct netd *n)
{
	close(n->listeners[0].src.fd);
	netd_table_done(&n->listeners[0].clients);
	loop_done(&n->loop);
	free(n->listeners);
	free(n);
}

static bool got(int fd, const char *want)
{
	char buf[64] = "";
	ssize_t r = recv(fd, buf, sizeof(buf) - 1, 0);

	return want ? r == (ssize_t)strlen(want) && !strcmp(buf, want) : r == 0;
}

static void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		TAP_OK(false, "send %s", text);
}

static void test_udp_idle(void)
{
	uint16_t inside, port;
	int server = local(SOCK_DGRAM, &inside), a, b;
	struct netd *n = forwarder(SOCK_DGRAM, inside, 100, &port);
	struct netd_table *t = &n->listeners[0].clients;
	union netd_addr from;
	socklen_t len = sizeof(from);
	char buf[16];

	a = dial(SOCK_DGRAM, port);
	b = dial(SOCK_DGRAM, port);
	say(a, "one");
	turn(n);
	TAP_OK(recvfrom(server, buf, sizeof(buf), 0, &from.sa, &len) == 3 && t->n == 1, "udp: the first datagram makes a client");
	if (sendto(server, "back", 4, 0, &from.sa, len) < 0)
		abort();
	turn(n);
	TAP_OK(got(a, "back"), "udp: the answer comes back, from the port that was asked");
	say(b, "two");
	turn(n);
	TAP_OK(got(server, "two") && t->n == 2 && n->fds == 2, "udp: another client");
	t->oldest->used -= 61 * SEC;
	t->newest->used -= 61 * SEC;
	netd_udp_sweep(n);
	TAP_OK(t->n == 1 && n->fds == 1, "udp: after a minute the one that had no answer has gone");
	t->oldest->used -= 110 * SEC;
	netd_udp_sweep(n);
	TAP_OK(t->n == 1, "udp: the other stays for three");
	t->oldest->used -= 10 * SEC;
	netd_udp_sweep(n);
	TAP_OK(t->n == 0 && n->fds == 0, "udp: and goes");
	say(a, "again");
	turn(n);
	TAP_OK(got(server, "again") && t->n == 1, "udp: it may come back");
	t->oldest->used -= 61 * SEC;
	netd_udp_sweep(n);
	close(a), close(b), close(server);
	forwarder_done(n);
}

static void test_udp_limit(void)
{
	uint16_t inside, port;
	int server = local(SOCK_DGRAM, &inside), c[5];
	struct netd *n = forwarder(SOCK_DGRAM, inside, 3, &port);
	struct netd_table *t = &n->listeners[0].clients;

	for (int i = 0; i < 5; i++) {
		c[i] = dial(SOCK_DGRAM, port);
		say(c[i], "x");
		turn(n);
	}
	for (int i = 0; i < 5; i++)
		TAP_OK(got(server, "x"), "udp: client %d was heard", i);
	TAP_OK(t->n == 3 && n->fds == 3, "udp: three descriptors, three clients: the oldest went");
	while (t->n) {
		t->oldest->used -= 61 * SEC;
		netd_udp_sweep(n);
	}
	for (int i = 0; i < 5; i++)
		close(c[i]);
	close(server);
	forwarder_done(n);
}

static void test_tcp_limit(void)
{
	uint16_t inside, port;
	int server = local(SOCK_STREAM, &inside), a, b, s;
	struct netd *n = forwarder(SOCK_STREAM, inside, 3, &port);

	a = dial(SOCK_STREAM, port);
	b = dial(SOCK_STREAM, port);
	turn(n);
	say(a, "a");
	say(b, "b");
	turn(n);
	s = accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	TAP_OK(s >= 0 && got(s, "a") && n->fds == 2 && n->npaused == 1, "tcp: one connection has the descriptors there are");
	TAP_OK(accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) < 0, "tcp: the other waits");
	say(s, "answer");
	shutdown(s, SHUT_WR);
	turn(n);
	TAP_OK(got(a, "answer") && got(a, NULL), "tcp: an answer and the end of one half");
	say(a, "more");
	turn(n);
	TAP_OK(got(s, "more"), "tcp: the other half is still there");
	close(a);
	for (int i = 0; i < 20; i++)
		turn(n);
	TAP_OK(got(s, NULL) && n->npaused == 0, "tcp: both ended, the next is accepted");
	close(s);
	s = accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	TAP_OK(s >= 0 && got(s, "b"), "tcp: with what it has said meanwhile");
	close(server);
	close(s);
	turn(n);
	close(b);
	turn(n);
	TAP_OK(n->fds == 0 && n->listeners[0].conns == 0, "tcp: nothing is left");
	a = dial(SOCK_STREAM, port);
	turn(n);
	TAP_OK(recv(a, &(char){0}, 1, 0) < 0 && errno == ECONNRESET && n->fds == 0, "tcp: nobody listens inside: reset");
	close(a);
	forwarder_done(n);
}

int main(void)
{
	test_table();
	test_table_random();
	test_keeps();
	ways(5, "192.0.2.1", "::", "4c 4g 4s ");
	ways(5, "127.0.0.1", "::", "4g 4s ");
	ways(5, "2001:db8::1", "fd00::5", "6c 6g 6s 4g 4s ");
	ways(5, "2001:db8::1", "::", "4g 4s ");
	ways(5, "::1", "fd00::5", "6g 6s 4g 4s ");
	ways(-1, "192.0.2.1", "::", "4s ");
	ways(-1, "2001:db8::1", "fd00::5", "6s 4s ");
	test_no_network();
	test_udp_idle();
	test_udp_limit();
	test_tcp_limit();
	return tap_done();
}
