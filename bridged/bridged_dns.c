/* bridged_dns.c - questions of members, and who answers them. */
#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "bridged/bridged.h"
#include "common/fd.h"

#define PORT 53

/* ---- answers ---- */

/* What the client takes: without EDNS 512 bytes in a datagram. With it we do not look how much it
 * offers, since no answer of ours needs more than it must at least. */
size_t bridged_dns_room(const struct bridged_tcp *tcp, const struct bridged_query *q)
{
	return tcp ? BRIDGED_TCP_MAX : q && q->edns ? BRIDGED_EDNS_UDP : 512;
}

void bridged_dns_reply(struct bridged *b, struct bridged_tcp *tcp, const struct bridged_listener *l,
	const union bridged_addr *to, const uint8_t *msg, size_t n)
{
	(void)b;
	if (tcp)
		bridged_tcp_reply(tcp, msg, n);
	else
		(void)!sendto(l->src.fd, msg, n, MSG_DONTWAIT | MSG_NOSIGNAL, &to->sa,
			l->v6 ? sizeof(to->v6) : sizeof(to->v4));
}

static void answer_code(struct bridged *b, const struct bridged_question *what, const struct bridged_query *q, int code)
{
	struct bridged_answer a;

	bridged_answer_begin(&a, b->buf, sizeof(b->buf), what->msg, q, code);
	bridged_dns_reply(b, what->tcp, what->l, &what->from, b->buf, bridged_answer_end(&a));
}

/* True: answered. */
static bool answer_here(struct bridged *b, const struct bridged_question *what)
{
	const struct bridged_query *q = &what->q;
	struct bridged_answer a;
	enum bridged_known known;

	bridged_answer_begin(&a, b->buf, bridged_dns_room(what->tcp, q), what->msg, q, BRIDGED_NOERROR);
	known = bridged_names_answer(b, q, &a);
	if (known == BRIDGED_KNOWN)
		bridged_dns_reply(b, what->tcp, what->l, &what->from, b->buf, bridged_answer_end(&a));
	return known == BRIDGED_KNOWN;
}

static bool may_ask_others(const struct bridged_question *what)
{
	const struct bridged_query *q = &what->q;

	return what->m->others && q->local && q->printable && *q->name && (q->type == BRIDGED_A || q->type == BRIDGED_AAAA);
}

static bool is_ours(const struct bridged *b, const struct bridged_query *q)
{
	uint8_t scratch[512];
	struct bridged_answer a = {.buf = scratch, .size = sizeof(scratch)};

	return bridged_names_answer(b, q, &a) == BRIDGED_NOBODY;
}

void bridged_dns_question(struct bridged *b, struct bridged_member *m, struct bridged_tcp *tcp,
	const struct bridged_listener *l, const union bridged_addr *from, const uint8_t *msg, size_t n)
{
	uint8_t copy[BRIDGED_UDP_MAX]; /* b->buf is where the answer is made */
	struct bridged_question what = {.m = m, .tcp = tcp, .l = l, .msg = copy, .n = n};
	int code;

	if (from)
		what.from = *from;
	memcpy(copy, msg, n);
	code = bridged_query_parse(copy, n, &what.q);
	if (code == -EBADMSG)
		return;
	if (code) {
		answer_code(b, &what, NULL, code);
		return;
	}
	if (answer_here(b, &what))
		return;
	if (!may_ask_others(&what) && (b->setup.internal || is_ours(b, &what.q)))
		answer_code(b, &what, &what.q, BRIDGED_NXDOMAIN);
	else if (!bridged_ask_start(b, &what, may_ask_others(&what)))
		answer_code(b, &what, &what.q, BRIDGED_SERVFAIL);
}

/* ---- sockets ---- */

static void receive(void *arg, uint32_t events)
{
	struct bridged_listener *l = arg;
	union bridged_addr from;
	socklen_t size = sizeof(from);
	struct bridged_member *m;
	ssize_t n;

	(void)events;
	n = recvfrom(l->src.fd, l->b->buf, BRIDGED_UDP_MAX + 1, MSG_DONTWAIT, &from.sa, &size);
	if (n <= 0 || n > BRIDGED_UDP_MAX)
		return;
	m = bridged_member_at(l->b, &from);
	if (m)
		bridged_dns_question(l->b, m, NULL, l, &from, l->b->buf, (size_t)n);
}

static socklen_t gateway(const struct bridged *b, bool v6, union bridged_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (v6) {
		ret->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
		memcpy(&ret->v6.sin6_addr, b->setup.v6.gateway, 16);
		return sizeof(ret->v6);
	}
	ret->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PORT)};
	memcpy(&ret->v4.sin_addr, b->setup.v4.gateway, 4);
	return sizeof(ret->v4);
}

static int open_one(struct bridged *b, struct bridged_listener *l, bool v6, int type)
{
	union bridged_addr a;
	socklen_t size = gateway(b, v6, &a);
	auto_fd int fd = fd_socket(a.sa.sa_family, type, 0);
	int on = 1, r = fd < 0 ? fd : fd_set_nonblock(fd, true);

	if (r)
		return r;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 || bind(fd, &a.sa, size) < 0 ||
		(type == SOCK_STREAM && listen(fd, BRIDGED_MAX_TCP) < 0))
		return -errno;
	*l = (struct bridged_listener){.b = b, .v6 = v6, .src.fd = -1};
	return loop_add(&b->loop, &l->src, take_fd(fd), EPOLLIN, type == SOCK_STREAM ? bridged_tcp_accept : receive, l);
}

int bridged_dns_open(struct bridged *b, struct err *err)
{
	const struct bridge_subnet *nets[] = {&b->setup.v4, &b->setup.v6};

	for (int v6 = 0; b->setup.dns && v6 < 2; v6++) {
		int r = nets[v6]->prefix ? open_one(b, &b->udp[v6], v6, SOCK_DGRAM) : 0;

		if (!r && nets[v6]->prefix)
			r = open_one(b, &b->tcp[v6], v6, SOCK_STREAM);
		if (r < 0)
			return err_neg(err, r, "listen for questions about names");
	}
	return 0;
}
