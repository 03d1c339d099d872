/*
 * bridged_tcp.c - clients that ask by TCP (RFC 7766): one question at a time, the next is read when
 * the answer is out.
 */
#include <string.h>

#include "bridged/bridged.h"
#include "common/alloc.h"
#include "common/fd.h"

#define IDLE_NS 10000000000LL

struct bridged_tcp {
	struct loop_source src;
	struct loop_timer timer;
	struct bridged_tcp *next; /* of all, see bridged_tcp_forget */
	struct bridged *b;
	struct bridged_member *m;
	size_t got, len, sent;    /* bytes of the question, with its length; of the answer, likewise */
	uint8_t *answer;
	uint8_t question[BRIDGED_UDP_MAX + 2];
};

static void close_client(struct bridged_tcp *c)
{
	int fd = c->src.fd;

	bridged_ask_forget(c->b, NULL, c);
	for (struct bridged_tcp **p = &c->b->clients; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
	loop_stop_timer(&c->b->loop, &c->timer);
	loop_del(&c->b->loop, &c->src);
	fd_close(fd);
	c->b->ntcp--;
	c->m->tcps--;
	free(c->answer);
	free(c);
}

static void idle(void *arg)
{
	close_client(arg);
}

static size_t wanted(const struct bridged_tcp *c)
{
	return c->got < 2 ? 2 : 2 + (size_t)(c->question[0] << 8 | c->question[1]);
}

/* False: the client has gone, or says what makes no sense. */
static bool read_question(struct bridged_tcp *c)
{
	size_t want = wanted(c);
	ssize_t n;

	if (want > sizeof(c->question))
		return false;
	n = recv(c->src.fd, c->question + c->got, want - c->got, MSG_DONTWAIT);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	c->got += (size_t)n;
	want = wanted(c);
	if (c->got < 2 || c->got < want)
		return true;
	loop_mod(&c->b->loop, &c->src, 0); /* deaf until the answer is out */
	c->got = 0;
	bridged_dns_question(c->b, c->m, c, NULL, NULL, c->question + 2, want - 2);
	return true;
}

static bool write_answer(struct bridged_tcp *c)
{
	ssize_t n = send(c->src.fd, c->answer + c->sent, c->len - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->sent += (size_t)n;
	if (c->sent < c->len)
		return true;
	free(c->answer);
	c->answer = NULL;
	c->len = c->sent = 0;
	loop_set_timer(&c->b->loop, &c->timer, IDLE_NS, idle, c);
	loop_mod(&c->b->loop, &c->src, EPOLLIN);
	return true;
}

static void client_event(void *arg, uint32_t events)
{
	struct bridged_tcp *c = arg;
	bool good = !(events & EPOLLERR);

	if (good && c->answer)
		good = write_answer(c);
	else if (good && (c->src.events & EPOLLIN))
		good = read_question(c);
	else
		good = good && !(events & EPOLLHUP);
	if (!good)
		close_client(c);
}

/* Not sent from here: who calls may go on to use the client, which a failed send would end. */
void bridged_tcp_reply(struct bridged_tcp *c, const uint8_t *msg, size_t n)
{
	c->answer = xmalloc(n + 2);
	c->answer[0] = (uint8_t)(n >> 8);
	c->answer[1] = (uint8_t)n;
	memcpy(c->answer + 2, msg, n);
	c->len = n + 2;
	c->sent = 0;
	loop_mod(&c->b->loop, &c->src, EPOLLOUT);
}

void bridged_tcp_accept(void *arg, uint32_t events)
{
	struct bridged_listener *l = arg;
	union bridged_addr from;
	socklen_t size = sizeof(from);
	auto_fd int fd = accept4(l->src.fd, &from.sa, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct bridged_member *m = fd < 0 ? NULL : bridged_member_at(l->b, &from);
	struct bridged_tcp *c;

	(void)events;
	if (!m || l->b->ntcp >= BRIDGED_MAX_TCP || m->tcps >= BRIDGED_MAX_TCP_OF)
		return;
	c = new0(struct bridged_tcp);
	c->b = l->b;
	c->m = m;
	c->src.fd = -1;
	if (loop_add(&l->b->loop, &c->src, fd, EPOLLIN, client_event, c) < 0) {
		free(c);
		return;
	}
	fd = -1;
	l->b->ntcp++;
	m->tcps++;
	c->next = l->b->clients;
	l->b->clients = c;
	loop_set_timer(&l->b->loop, &c->timer, IDLE_NS, idle, c);
}

void bridged_tcp_forget(struct bridged *b, const struct bridged_member *m)
{
	struct bridged_tcp *next;

	for (struct bridged_tcp *c = b->clients; c; c = next) {
		next = c->next;
		if (c->m == m)
			close_client(c);
	}
}
