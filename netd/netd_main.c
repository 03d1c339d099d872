/* netd_main.c - podlite-net: set-up, event loop (netd.h). */
#include <sched.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/msg.h"
#include "net/publish_proto.h"
#include "netd/netd.h"

#define SPARE_FDS 32

/* ---- set-up ---- */

static int count_room(struct netd *n, struct err *err)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return err_sys(err, "limit of open files");
	lim.rlim_cur = lim.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &lim);
	if (lim.rlim_cur < n->nlisteners + SPARE_FDS + 2)
		return err_set(err, EK_SYSTEM, "%zu ports need more than the %llu open files allowed; raise ulimit -n",
			n->nlisteners, (unsigned long long)lim.rlim_cur);
	n->max_fds = lim.rlim_cur - n->nlisteners - SPARE_FDS;
	return 0;
}

static int watch(struct netd *n, struct netd_listener *l, const struct publish_listener *p, int fd, struct err *err)
{
	uint32_t seed = 0;
	int r = 0;

	*l = (struct netd_listener){.n = n, .port = p->port, .v6 = p->v6, .udp = p->udp};
	if (l->udp) {
		(void)!getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
		netd_table_init(&l->clients, seed);
		r = netd_udp_open(l, fd);
	}
	if (!r)
		r = loop_add(&n->loop, &l->src, fd, EPOLLIN, l->udp ? netd_udp_receive : netd_tcp_accept, l);
	return r < 0 ? err_neg(err, r, "forward port %u", l->port) : 0;
}

static int receive_listeners(struct netd *n, struct err *err)
{
	struct publish_listener p[MSG_MAX_FDS];
	int fds[MSG_MAX_FDS];
	size_t have = 0, nfds;

	while (have < n->nlisteners) {
		ssize_t r = msg_recv(PUBLISH_FD, p, sizeof(p), fds, MSG_MAX_FDS, &nfds);

		if (r <= 0 || nfds * sizeof(p[0]) != (size_t)r || have + nfds > n->nlisteners)
			return err_set(err, EK_INVALID, "podlite-net: no listeners came");
		for (size_t i = 0; i < nfds; i++)
			if (watch(n, &n->listeners[have++], &p[i], fds[i], err) < 0)
				return -1;
	}
	return 0;
}

static void set_addresses(struct netd *n, const struct publish_setup *s)
{
	memcpy(&n->ip4, s->ip4, 4);
	memcpy(&n->gateway4, s->gateway4, 4);
	memcpy(&n->gateway6, s->gateway6, 16);
}

static int set_up(struct netd *n, struct err *err)
{
	struct publish_setup s;
	size_t nfds = 0;
	auto_fd int netns = -1;
	int r = loop_init(&n->loop);

	if (r < 0)
		return err_neg(err, r, "podlite-net: event loop");
	if (msg_recv(PUBLISH_FD, &s, sizeof(s), &netns, 1, &nfds) != (ssize_t)sizeof(s) || nfds != 1)
		return err_set(err, EK_INVALID, "podlite-net is started by podlite-monitor");
	set_addresses(n, &s);
	n->nlisteners = s.nlisteners;
	n->listeners = xcalloc(n->nlisteners, sizeof(*n->listeners));
	if (count_room(n, err) < 0 || receive_listeners(n, err) < 0)
		return -1;
	if (setns(netns, CLONE_NEWNET) < 0)
		return err_sys(err, "enter the container's network");
	netd_route_open(n);
	return netd_confine(err);
}

/* An interface that goes takes our routes along. Who sent datagrams to an address that is gone would go on
 * with that. */
static void moved(struct netd *n, const struct publish_setup *s)
{
	if (memcmp(&n->ip4, s->ip4, 4))
		for (size_t i = 0; i < n->nlisteners; i++)
			netd_udp_forget(&n->listeners[i]);
	set_addresses(n, s);
	n->routes[0] = n->routes[1] = 0;
}

/* The container's network has changed; or the end has come, the monitor's or the container's. */
static void control(void *arg, uint32_t events)
{
	struct netd *n = arg;
	struct publish_setup s;

	(void)events;
	if (msg_recv(PUBLISH_FD, &s, sizeof(s), NULL, 0, NULL) == (ssize_t)sizeof(s))
		moved(n, &s);
	else
		loop_quit(&n->loop);
}

int main(void)
{
	struct netd *n = new0(struct netd);
	struct err e = ERR_INIT;
	int r;

	n->control.fd = n->rtnl = -1;
	if (set_up(n, &e) == 0) {
		r = loop_add(&n->loop, &n->control, PUBLISH_FD, EPOLLIN, control, n);
		if (r < 0)
			(void)err_neg(&e, r, "podlite-net: event loop");
	}
	if (msg_send(PUBLISH_FD, &e, sizeof(e), NULL, 0) < 0 || e.kind != EK_OK)
		return 125;
	return loop_run(&n->loop) < 0 ? 125 : 0;
}
