/*
 * bridged_ask.c - questions that somebody else answers: the member's other networks, through its
 * monitor, then a server. Each question has a socket and an id of its own, so a stranger would have
 * to guess a port and a number.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "bridged/bridged.h"
#include "common/alloc.h"
#include "common/fd.h"
#include "common/msg.h"

#define LOOKUP_NS 500000000LL
#define SERVER_NS 1500000000LL
#define TOTAL_NS  5000000000LL
#define PORT      53

struct bridged_ask {
	struct bridged_ask *next;
	struct bridged *b;
	struct bridged_question what; /* msg: below, with an id of our own */
	struct loop_source src;       /* the server, -1 while monitors are asked */
	struct loop_timer timer;
	int64_t deadline;
	uint32_t lookup;              /* 0: not with monitors */
	unsigned server;
	size_t sent, got;             /* TCP: bytes of the question, with its length; of the answer */
	uint8_t *answer;              /* TCP */
	uint8_t msg[];                /* two bytes of length, then the question */
};

static void ask_server(struct bridged_ask *k);

static void drop(struct bridged_ask *k)
{
	struct bridged *b = k->b;

	for (struct bridged_ask **p = &b->asks; *p; p = &(*p)->next)
		if (*p == k) {
			*p = k->next;
			break;
		}
	if (k->src.fd >= 0) {
		int fd = k->src.fd;

		loop_del(&b->loop, &k->src);
		fd_close(fd);
	}
	loop_stop_timer(&b->loop, &k->timer);
	b->nasks--;
	k->what.m->asks--;
	free(k->answer);
	free(k);
}

/* The client's own id goes back. */
static void reply(struct bridged_ask *k, uint8_t *msg, size_t n)
{
	msg[0] = (uint8_t)(k->what.q.id >> 8);
	msg[1] = (uint8_t)k->what.q.id;
	bridged_dns_reply(k->b, k->what.tcp, k->what.l, &k->what.from, msg, n);
	drop(k);
}

static void reply_code(struct bridged_ask *k, int code)
{
	struct bridged_answer a;

	bridged_answer_begin(&a, k->b->buf, sizeof(k->b->buf), k->what.msg, &k->what.q, code);
	reply(k, k->b->buf, bridged_answer_end(&a));
}

static void give_up(struct bridged_ask *k)
{
	reply_code(k, BRIDGED_SERVFAIL);
}

/* ---- servers ---- */

static const uint8_t *server_of(const struct bridged_ask *k)
{
	const struct bridged_member *m = k->what.m;
	const struct bridge_setup *s = &k->b->setup;

	if (m->nservers)
		return m->servers[k->server % m->nservers];
	return s->nservers ? s->servers[k->server % s->nservers] : k->b->resolver;
}

static void close_server(struct bridged_ask *k)
{
	int fd = k->src.fd;

	loop_del(&k->b->loop, &k->src);
	fd_close(fd);
	free(k->answer);
	k->answer = NULL;
	k->sent = k->got = 0;
}

static void next_server(void *arg)
{
	struct bridged_ask *k = arg;

	if (k->src.fd >= 0)
		close_server(k);
	k->server++;
	if (loop_now_ns() >= k->deadline)
		give_up(k);
	else
		ask_server(k);
}

/* This one does not answer, and says so: not at once again, in case it is the only one. */
static void next_server_soon(struct bridged_ask *k)
{
	close_server(k);
	loop_set_timer(&k->b->loop, &k->timer, SERVER_NS / 10, next_server, k);
}

static void receive_udp(struct bridged_ask *k)
{
	uint8_t *buf = k->b->buf;
	ssize_t n = recv(k->src.fd, buf, BRIDGED_UDP_MAX + 1, MSG_DONTWAIT);

	if (n == -1 && errno != EAGAIN && errno != EINTR) /* refused */
		next_server_soon(k);
	else if (n > 0 && n <= BRIDGED_UDP_MAX && bridged_query_matches(k->what.msg, k->what.n, buf, (size_t)n))
		reply(k, buf, (size_t)n);
}

static bool send_tcp(struct bridged_ask *k)
{
	ssize_t n = send(k->src.fd, k->msg + k->sent, k->what.n + 2 - k->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	k->sent += (size_t)n;
	if (k->sent == k->what.n + 2)
		loop_mod(&k->b->loop, &k->src, EPOLLIN);
	return true;
}

/* False: this server will not answer. */
static bool receive_tcp(struct bridged_ask *k)
{
	ssize_t n;
	size_t want;

	if (!k->answer)
		k->answer = xmalloc(BRIDGED_TCP_MAX + 2);
	want = k->got < 2 ? 2 : 2 + (size_t)(k->answer[0] << 8 | k->answer[1]);
	n = recv(k->src.fd, k->answer + k->got, want - k->got, MSG_DONTWAIT);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	k->got += (size_t)n;
	return true;
}

static bool whole(const struct bridged_ask *k)
{
	return k->got >= 2 && k->got == 2 + (size_t)(k->answer[0] << 8 | k->answer[1]);
}

static void server_event(void *arg, uint32_t events)
{
	struct bridged_ask *k = arg;
	bool good = true;

	if (!k->what.tcp) {
		receive_udp(k);
		return;
	}
	if (events & EPOLLOUT)
		good = send_tcp(k);
	if (good && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		good = receive_tcp(k);
	if (good && !whole(k))
		return;
	if (good && bridged_query_matches(k->what.msg, k->what.n, k->answer + 2, k->got - 2))
		reply(k, k->answer + 2, k->got - 2);
	else
		next_server_soon(k);
}

static int connect_server(struct bridged_ask *k)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	auto_fd int fd = fd_socket(AF_INET, (k->what.tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fd;
	memcpy(&to.sin_addr, server_of(k), 4);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		return -errno;
	if (!k->what.tcp && send(fd, k->what.msg, k->what.n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return loop_add(&k->b->loop, &k->src, take_fd(fd), k->what.tcp ? EPOLLOUT : EPOLLIN, server_event, k);
}

/* While slirp4netns is started again there is no way to it: then the timer tries once more. */
static void ask_server(struct bridged_ask *k)
{
	(void)!connect_server(k);
	loop_set_timer(&k->b->loop, &k->timer, MIN_OF(SERVER_NS, MAX_OF(k->deadline - loop_now_ns(), 1)), next_server, k);
}

/* ---- other networks ---- */

static void ask_elsewhere(struct bridged_ask *k)
{
	k->lookup = 0;
	if (k->b->setup.internal)
		reply_code(k, BRIDGED_NXDOMAIN);
	else
		ask_server(k);
}

static void lookup_over(void *arg)
{
	ask_elsewhere(arg);
}

static bool send_lookup(struct bridged_ask *k)
{
	struct bridge_lookup l = {.type = BRIDGE_LOOKUP, .id = k->lookup};

	snprintf(l.name, sizeof(l.name), "%s", k->what.q.name);
	return msg_send(k->what.m->src.fd, &l, sizeof(l), NULL, 0) == 0;
}

void bridged_ask_found(struct bridged *b, const struct bridged_member *m, const struct bridge_found *f)
{
	static const uint8_t none[16];
	struct bridged_ask *k = b->asks;
	struct bridged_answer a;

	while (k && (k->what.m != m || !k->lookup || k->lookup != f->id))
		k = k->next;
	if (!k)
		return;
	if (!f->found) {
		ask_elsewhere(k);
		return;
	}
	bridged_answer_begin(&a, b->buf, bridged_dns_room(k->what.tcp, &k->what.q), k->what.msg, &k->what.q, BRIDGED_NOERROR);
	if (k->what.q.type == BRIDGED_A && memcmp(f->ip4, none, 4))
		bridged_answer_address(&a, BRIDGED_A, f->ip4);
	if (k->what.q.type == BRIDGED_AAAA && memcmp(f->ip6, none, 16))
		bridged_answer_address(&a, BRIDGED_AAAA, f->ip6);
	reply(k, b->buf, bridged_answer_end(&a));
}

/* ---- begin and end ---- */

static struct bridged_ask *new_ask(struct bridged *b, const struct bridged_question *what)
{
	struct bridged_ask *k = xcalloc(1, sizeof(*k) + what->n + 2);
	uint16_t id = 0;

	k->b = b;
	k->what = *what;
	k->src.fd = -1;
	k->what.msg = k->msg + 2;
	memcpy(k->msg + 2, what->msg, what->n);
	k->msg[0] = (uint8_t)(what->n >> 8);
	k->msg[1] = (uint8_t)what->n;
	(void)!getrandom(&id, sizeof(id), 0);
	memcpy(k->msg + 2, &id, 2);
	k->deadline = loop_now_ns() + TOTAL_NS;
	k->next = b->asks;
	b->asks = k;
	b->nasks++;
	what->m->asks++;
	return k;
}

bool bridged_ask_start(struct bridged *b, const struct bridged_question *what, bool lookup)
{
	struct bridged_ask *k;

	if (b->nasks >= BRIDGED_MAX_ASKS || what->m->asks >= BRIDGED_MAX_ASKS_OF)
		return false;
	k = new_ask(b, what);
	if (lookup) {
		k->lookup = ++b->next_lookup ? b->next_lookup : ++b->next_lookup;
		if (send_lookup(k)) {
			loop_set_timer(&b->loop, &k->timer, LOOKUP_NS, lookup_over, k);
			return true;
		}
	}
	ask_elsewhere(k);
	return true;
}

/* Nobody waits for these answers any more. */
void bridged_ask_forget(struct bridged *b, const struct bridged_member *m, const struct bridged_tcp *tcp)
{
	struct bridged_ask *next;

	for (struct bridged_ask *k = b->asks; k; k = next) {
		next = k->next;
		if (k->what.m == m || (tcp && k->what.tcp == tcp))
			drop(k);
	}
}
