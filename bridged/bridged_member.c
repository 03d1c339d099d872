/* bridged_member.c - connections of monitors: each is one container's membership. */
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "bridged/bridged.h"
#include "common/alloc.h"
#include "common/fd.h"
#include "common/id.h"
#include "common/msg.h"

#define MAX_NESTED 32

static const uint8_t none[16];

/* ---- end ---- */

static void leave(struct bridged_member *m)
{
	struct bridged *b = m->b;

	bridged_tcp_forget(b, m);
	bridged_ask_forget(b, m, NULL);
	if (m->attached)
		bridged_link_detach(b, m);
	if (!m->joined)
		return;
	bridged_pool_give(&b->pool4, m->ip4, loop_now_ns());
	bridged_pool_give(&b->pool6, m->ip6, loop_now_ns());
	m->joined = m->attached = m->others = false;
	memset(m->ip4, 0, sizeof(m->ip4));
	memset(m->ip6, 0, sizeof(m->ip6));
}

static void drop(struct bridged_member *m)
{
	struct bridged *b = m->b;
	int fd = m->src.fd;

	leave(m);
	for (size_t i = 0; i < ARRAY_SIZE(b->members); i++)
		if (b->members[i] == m)
			b->members[i] = NULL;
	loop_del(&b->loop, &m->src);
	fd_close(fd);
	free(m->names);
	free(m);
	if (!--b->nmembers)
		loop_quit(&b->loop);
}

/* ---- answers ---- */

static bool answer(struct bridged_member *m, const void *msg, size_t n, const int *fds, size_t nfds)
{
	return msg_send(m->src.fd, msg, n, fds, nfds) == 0;
}

static bool answer_error(struct bridged_member *m, const struct err *e)
{
	struct bridge_error msg = {.type = BRIDGE_ERR, .e = *e};

	return answer(m, &msg, sizeof(msg), NULL, 0);
}

static bool on_hello(struct bridged_member *m)
{
	struct bridge_hello h = {.type = BRIDGE_HELLO, .version = BRIDGE_VERSION};

	if (!m->b->setup.internal)
		memcpy(h.resolver, m->b->resolver, sizeof(h.resolver));
	return answer(m, &h, sizeof(h), (int[]){m->b->netns, m->b->userns}, 2);
}

/* ---- join ---- */

/* The address decides, so that others' ARP caches stay right when a container comes back. */
static void choose_mac(struct bridged_member *m, const uint8_t want[6])
{
	const uint8_t *ip = memcmp(m->ip4, none, 4) ? m->ip4 : m->ip6 + 12;

	memcpy(m->mac, want, 6);
	if (memcmp(want, none, 6))
		return;
	m->mac[0] = 0x02;
	m->mac[1] = 0x70;
	memcpy(m->mac + 2, ip, 4);
}

static const char *why_not(int r)
{
	return r == -EEXIST ? "is in use" : r == -ERANGE ? "is not one for containers there" : "cannot be had: all are in use";
}

static int take_one(struct bridged_member *m, struct bridged_pool *p, const uint8_t *want, uint8_t *ret, struct err *err)
{
	bool wanted = memcmp(want, none, p == &m->b->pool4 ? 4 : 16);
	int r;

	if (!p->len && !wanted)
		return 0;
	r = bridged_pool_take(p, m->id, wanted ? want : NULL, loop_now_ns(), ret);
	if (r < 0)
		return err_set(err, r == -EEXIST ? EK_IN_USE : EK_INVALID, "network %s: %s IPv%d address %s",
			m->b->setup.name, wanted ? "the wanted" : "an", p == &m->b->pool4 ? 4 : 6, why_not(r));
	return 0;
}

static int take_addresses(struct bridged_member *m, const struct bridge_join *j, struct err *err)
{
	if (take_one(m, &m->b->pool4, j->ip4, m->ip4, err) < 0)
		return -1;
	if (take_one(m, &m->b->pool6, j->ip6, m->ip6, err) < 0) {
		bridged_pool_give(&m->b->pool4, m->ip4, loop_now_ns());
		return -1;
	}
	return 0;
}

/* A connection whose end has not been read yet: it is this container's no more. */
static void drop_older(struct bridged_member *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(m->b->members); i++) {
		struct bridged_member *o = m->b->members[i];

		if (!o || o == m || !o->joined || strcmp(o->id, m->id))
			continue;
		o->attached = false; /* the link has the same name as ours */
		leave(o);
	}
}

static size_t names_length(const char *names)
{
	const char *p = names;

	while (*p)
		p += strlen(p) + 1;
	return (size_t)(p - names) + 1;
}

static void set_names(struct bridged_member *m, const char *names)
{
	free(m->names);
	m->names = xmalloc(names_length(names));
	memcpy(m->names, names, names_length(names));
}

static bool on_join(struct bridged_member *m, const struct bridge_join *j)
{
	struct bridge_joined ok = {.type = BRIDGE_JOINED};
	struct err e = ERR_INIT;

	if (m->joined || j->id[64] || !id_is_full(j->id) || j->nservers > BRIDGE_SERVERS ||
		!bridged_names_ok(j->names, sizeof(j->names)))
		return false;
	if (!j->again && loop_now_ns() < m->b->members_first)
		return answer(m, &(struct bridge_ok){.type = BRIDGE_LATER}, sizeof(struct bridge_ok), NULL, 0);
	memcpy(m->id, j->id, sizeof(m->id));
	snprintf(m->link, sizeof(m->link), "veth%.11s", m->id);
	drop_older(m);
	if (take_addresses(m, j, &e) < 0)
		return answer_error(m, &e);
	choose_mac(m, j->mac);
	set_names(m, j->names);
	m->nservers = j->nservers;
	memcpy(m->servers, j->servers, sizeof(m->servers));
	m->joined = true;
	m->attached = j->attached;
	memcpy(ok.ip4, m->ip4, 4);
	memcpy(ok.ip6, m->ip6, 16);
	memcpy(ok.mac, m->mac, 6);
	return answer(m, &ok, sizeof(ok), NULL, 0);
}

/* ---- attach ---- */

/* Is it a network namespace that belongs to our user namespace, or one below it? */
static bool is_containers(const struct bridged *b, int netns)
{
	struct stat own, st;
	auto_fd int ns = -1;

	if (ioctl(netns, NS_GET_NSTYPE) != CLONE_NEWNET || fstat(b->userns, &own) < 0)
		return false;
	ns = ioctl(netns, NS_GET_USERNS); /* the kernel sets close-on-exec */
	for (int depth = 0; ns >= 0 && depth < MAX_NESTED; depth++) {
		int parent;

		if (fstat(ns, &st) == 0 && st.st_ino == own.st_ino && st.st_dev == own.st_dev)
			return true;
		parent = ioctl(ns, NS_GET_PARENT);
		fd_close(ns);
		ns = parent;
	}
	return false;
}

static bool on_attach(struct bridged_member *m, const struct bridge_attach *a, int netns)
{
	struct bridge_ok ok = {.type = BRIDGE_OK};
	struct err e = ERR_INIT;
	int r;

	if (!m->joined || m->attached || netns < 0 || a->ifname[IFNAMSIZ - 1] || !a->ifname[0])
		return false;
	if (!is_containers(m->b, netns)) {
		err_set(&e, EK_DENIED, "network %s: the container is in another user namespace", m->b->setup.name);
		return answer_error(m, &e);
	}
	r = bridged_link_attach(m->b, m, a->ifname, netns);
	if (r < 0) {
		err_neg(&e, r, "network %s: make interface %s", m->b->setup.name, a->ifname);
		return answer_error(m, &e);
	}
	m->attached = true;
	return answer(m, &ok, sizeof(ok), NULL, 0);
}

/* ---- names ---- */

static bool on_rename(struct bridged_member *m, const struct bridge_rename *r)
{
	if (!m->joined || !bridged_names_ok(r->names, sizeof(r->names)))
		return false;
	set_names(m, r->names);
	return true;
}

static bool on_lookup(struct bridged_member *m, const struct bridge_lookup *l)
{
	struct bridge_found f = {.type = BRIDGE_FOUND, .id = l->id};
	const struct bridged_member *o;

	if (l->name[BRIDGE_NAME_MAX - 1] || !m->joined)
		return false;
	o = bridged_names_find(m->b, l->name);
	if (o) {
		f.found = 1;
		memcpy(f.ip4, o->ip4, 4);
		memcpy(f.ip6, o->ip6, 16);
	}
	return answer(m, &f, sizeof(f), NULL, 0);
}

/* ---- messages ---- */

static bool on_message(struct bridged_member *m, const void *buf, size_t n, int fd)
{
	switch (*(const uint8_t *)buf) {
	case BRIDGE_HELLO:
		return n == sizeof(struct bridge_hello) && on_hello(m);
	case BRIDGE_JOIN:
		return n == sizeof(struct bridge_join) && on_join(m, buf);
	case BRIDGE_ATTACH:
		return n == sizeof(struct bridge_attach) && on_attach(m, buf, fd);
	case BRIDGE_LEAVE:
		leave(m);
		return true;
	case BRIDGE_RENAME:
		return n == sizeof(struct bridge_rename) && on_rename(m, buf);
	case BRIDGE_OTHERS:
		m->others = n == sizeof(struct bridge_others) && ((const struct bridge_others *)buf)->any;
		return n == sizeof(struct bridge_others);
	case BRIDGE_LOOKUP:
		return n == sizeof(struct bridge_lookup) && on_lookup(m, buf);
	case BRIDGE_FOUND:
		if (n == sizeof(struct bridge_found))
			bridged_ask_found(m->b, m, buf);
		return n == sizeof(struct bridge_found);
	default:
		return false;
	}
}

static void member_event(void *arg, uint32_t events)
{
	struct bridged_member *m = arg;
	union {
		struct bridge_join join;
		struct bridge_lookup lookup;
		char bytes[sizeof(struct bridge_join)];
	} buf;
	auto_fd int fd = -1;
	size_t nfds = 0;
	ssize_t n = msg_recv(m->src.fd, &buf, sizeof(buf), &fd, 1, &nfds);

	(void)events;
	if (n == -EAGAIN)
		return;
	if (n <= 0 || !on_message(m, &buf, (size_t)n, fd))
		drop(m);
}

int bridged_member_add(struct bridged *b, int fd)
{
	size_t i = 0;
	struct bridged_member *m;
	int r = fd_set_nonblock(fd, true);

	while (i < ARRAY_SIZE(b->members) && b->members[i])
		i++;
	if (!r && i == ARRAY_SIZE(b->members))
		r = -EMFILE;
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	m = new0(struct bridged_member);
	m->b = b;
	m->src.fd = -1;
	r = loop_add(&b->loop, &m->src, fd, EPOLLIN, member_event, m);
	if (r < 0) {
		fd_close(fd);
		free(m);
		return r;
	}
	b->members[i] = m;
	b->nmembers++;
	return 0;
}

void bridged_member_accept(void *arg, uint32_t events)
{
	struct bridged *b = arg;
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t n = sizeof(peer);
	int fd = fd_accept(b->listen.fd);

	(void)events;
	if (fd < 0)
		return;
	/* monitors are root of our user namespace, or its owner outside, which reads 0, too */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0 || peer.uid != 0)
		fd_close(fd);
	else
		(void)!bridged_member_add(b, fd);
}

struct bridged_member *bridged_member_at(const struct bridged *b, const union bridged_addr *from)
{
	bool v6 = from->sa.sa_family == AF_INET6;

	for (size_t i = 0; i < ARRAY_SIZE(b->members); i++) {
		struct bridged_member *m = b->members[i];

		if (m && m->joined && !memcmp(v6 ? m->ip6 : m->ip4, v6 ? (const void *)&from->v6.sin6_addr :
			(const void *)&from->v4.sin_addr, v6 ? 16 : 4))
			return m;
	}
	return NULL;
}
