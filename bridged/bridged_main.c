/* bridged_main.c - podlite-bridge: set-up, both processes (bridged.h). */
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bridged/bridged.h"
#include "common/alloc.h"
#include "common/fd.h"
#include "common/msg.h"
#include "net/cidr.h"

#define RETURN_NS 1000000000LL

/* Networks of slirp4netns: the first that has nothing in common with ours. */
static const uint8_t uplinks[][4] = {{10, 0, 2, 0}, {172, 31, 255, 0}, {192, 168, 255, 0}};

static const uint8_t *choose_uplink(const struct bridge_setup *s)
{
	struct cidr_addr gateway = {.family = AF_INET}, base = gateway;
	size_t i = 0;

	memcpy(gateway.bytes, s->v4.gateway, 4);
	for (; i + 1 < ARRAY_SIZE(uplinks) && s->v4.prefix; i++) {
		struct cidr ours = cidr_of(&gateway, s->v4.prefix), theirs;

		memcpy(base.bytes, uplinks[i], 4);
		theirs = cidr_of(&base, 24);
		if (!cidr_overlaps(&ours, &theirs))
			break;
	}
	return uplinks[i];
}

static int read_setup(struct bridge_setup *s, struct err *err)
{
	if (msg_recv(BRIDGE_FD_CLIENT, s, sizeof(*s), NULL, 0, NULL) != (ssize_t)sizeof(*s) || s->version != BRIDGE_VERSION ||
		!memchr(s->name, '\0', sizeof(s->name)) || !*s->name || *s->name == '.' || strchr(s->name, '/') ||
		!memchr(s->link, '\0', sizeof(s->link)) || !*s->link ||
		s->nservers > BRIDGE_SERVERS || s->v4.prefix > 32 || s->v6.prefix > 128)
		return err_set(err, EK_INVALID, "podlite-bridge is started by podlite-monitor");
	return 0;
}

/* ---- the inner process ---- */

static int enter(struct bridged *b, struct err *err)
{
	bool there = b->setup.has_netns;

	if (there ? setns(BRIDGE_FD_NETNS, CLONE_NEWNET) < 0 : unshare(CLONE_NEWNET) < 0)
		return err_sys(err, there ? "enter the network namespace" : "make a network namespace");
	if (there)
		fd_close(BRIDGE_FD_NETNS);
	b->netns = fd_open(AT_FDCWD, "/proc/self/ns/net", O_RDONLY, 0);
	b->userns = fd_open(AT_FDCWD, "/proc/self/ns/user", O_RDONLY, 0);
	return b->netns < 0 || b->userns < 0 ? err_neg(err, MIN_OF(b->netns, b->userns), "network namespace") : 0;
}

/* As many descriptors as there may be: members, questions, clients. */
static void raise_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
		lim.rlim_cur = lim.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &lim);
	}
}

static int wait_for_uplink(const struct bridged *b, int sock, struct err *err)
{
	struct err e;

	if (msg_send(sock, "", 1, &b->netns, 1) < 0 || msg_recv(sock, &e, sizeof(e), NULL, 0, NULL) != (ssize_t)sizeof(e))
		return err_set(err, EK_NETWORK, "the outer process has ended");
	return e.kind == EK_OK ? 0 : err_take(err, &e);
}

/* Whoever is a member starts both again. */
static void outer_ended(void *arg, uint32_t events)
{
	struct bridged *b = arg;

	(void)events;
	b->abandoned = true;
	loop_quit(&b->loop);
}

static int set_up(struct bridged *b, int sock, struct err *err)
{
	int r = loop_init(&b->loop);

	if (r < 0)
		return err_neg(err, r, "event loop");
	raise_limit();
	b->members_first = b->setup.has_netns ? loop_now_ns() + RETURN_NS : 0;
	memcpy(b->resolver, b->uplink, 4);
	b->resolver[3] = 3; /* as slirp4netns numbers its network */
	bridged_pool_init(&b->pool4, &b->setup.v4, false);
	bridged_pool_init(&b->pool6, &b->setup.v6, true);
	if (enter(b, err) < 0 || bridged_link_setup(b, err) < 0 || wait_for_uplink(b, sock, err) < 0 ||
		bridged_dns_open(b, err) < 0)
		return -1;
	r = fd_set_nonblock(BRIDGE_FD_LISTEN, true);
	if (!r)
		r = loop_add(&b->loop, &b->listen, BRIDGE_FD_LISTEN, EPOLLIN, bridged_member_accept, b);
	if (!r)
		r = loop_add(&b->loop, &b->outer, sock, EPOLLIN, outer_ended, b);
	if (r < 0)
		return err_neg(err, r, "event loop");
	return bridged_confine(err);
}

static int run_inner(const struct bridge_setup *s, const uint8_t uplink[4], int sock)
{
	struct bridged *b = new0(struct bridged);
	struct bridge_error failed = {.type = BRIDGE_ERR, .e = ERR_INIT};

	b->setup = *s;
	memcpy(b->uplink, uplink, 4);
	b->rtnl = b->netns = b->userns = -1;
	b->listen.fd = b->outer.fd = -1;
	for (int i = 0; i < 2; i++)
		b->udp[i].src.fd = b->tcp[i].src.fd = -1;
	fd_close(BRIDGE_FD_DIR);
	if (set_up(b, sock, &failed.e) < 0 || bridged_member_add(b, BRIDGE_FD_CLIENT) < 0) {
		err_wrap(&failed.e, "network %s", s->name);
		(void)!msg_send(BRIDGE_FD_CLIENT, &failed, sizeof(failed), NULL, 0);
		return 125;
	}
	if (loop_run(&b->loop) < 0 || b->abandoned)
		return 125;
	return msg_send(sock, "", 1, NULL, 0) < 0 ? 125 : 0; /* nobody is a member any more */
}

/* ---- both ---- */

static int split(const struct bridge_setup *s)
{
	const uint8_t *uplink = choose_uplink(s);
	int pair[2];
	pid_t inner;

	if (fd_socketpair(SOCK_SEQPACKET, pair) < 0)
		return 125;
	inner = fork();
	if (inner == 0) {
		fd_close(pair[0]);
		return run_inner(s, uplink, pair[1]);
	}
	fd_close(pair[1]);
	fd_close(BRIDGE_FD_CLIENT);
	fd_close(BRIDGE_FD_LISTEN);
	return inner < 0 ? 125 : bridged_outer_run(s, uplink, inner, pair[0]);
}

int main(void)
{
	struct bridge_setup s;
	struct bridge_error failed = {.type = BRIDGE_ERR, .e = ERR_INIT};
	pid_t pid;

	if (read_setup(&s, &failed.e) < 0) {
		(void)!msg_send(BRIDGE_FD_CLIENT, &failed, sizeof(failed), NULL, 0);
		return 125;
	}
	/* nobody's child: whoever started us may end before us, and is not to reap us */
	pid = fork();
	if (pid)
		return pid < 0 ? 125 : 0;
	setsid();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return split(&s);
}
