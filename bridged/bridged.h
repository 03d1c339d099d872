/*
 * bridged.h - podlite-bridge: the helper of one named network (net/bridge_proto.h).
 *
 * Two processes of one program. The outer one stays in the host's network namespace: it starts
 * slirp4netns, starts it again when it dies, and removes the files at the end; it reads nothing that
 * a container has written. The inner one lives in the network's own namespace N, in which it can make
 * sockets of the internet families and change links, and nothing else: it reads what containers send
 * to the resolver and takes the members in. Neither can do the other's work: who has entered N cannot
 * return to the host's namespace, and who starts slirp4netns must be there.
 *
 * N: a bridge with the gateway's address, on which each member has one end of a veth; a tap
 * (10.0.2.100) behind which slirp4netns is the way out. N forwards between them and answers
 * slirp4netns' ARP for the members (proxy_arp): no NAT, no netfilter. The tap is persistent, so a new
 * slirp4netns finds everything as it was. rp_filter keeps members from speaking with slirp4netns' or
 * other networks' addresses. Names that are not ours go to slirp4netns' own resolver, 10.0.2.3, which
 * follows the host's resolv.conf: no socket of the host's ever gets in here.
 *
 * bridged_main.c     set-up, both processes
 * bridged_outer.c    the outer one
 * bridged_confine.c  what the inner one gives up
 * bridged_link.c     interfaces, by netlink
 * bridged_member.c   connections of monitors
 * bridged_pool.c     addresses
 * bridged_names.c    which name is whose
 * bridged_query.c    the bytes of DNS
 * bridged_dns.c      questions and who answers them; bridged_ask.c: those that somebody else answers
 * bridged_tcp.c      clients that ask by TCP
 */
#ifndef PODLITE_BRIDGED_H
#define PODLITE_BRIDGED_H

#include <netinet/in.h>

#include "bridged/bridged_pool.h"
#include "bridged/bridged_query.h"
#include "common/loop.h"
#include "net/bridge_proto.h"

#define BRIDGED_TAP          "tap0"
#define BRIDGED_MAX_ASKS     512 /* questions in flight */
#define BRIDGED_MAX_ASKS_OF  64  /* of one member */
#define BRIDGED_MAX_TCP      128 /* connections to the resolver */
#define BRIDGED_MAX_TCP_OF   16
#define BRIDGED_TCP_MAX      65535

struct bridged;

struct bridged_member {
	struct loop_source src;   /* its monitor */
	struct bridged *b;
	bool joined, attached, others;
	char id[65], link[IFNAMSIZ]; /* link: the bridge's end of the veth */
	uint8_t ip4[16], ip6[16], mac[6];
	uint8_t nservers, servers[BRIDGE_SERVERS][4];
	char *names;              /* each with its NUL, an empty one at the end */
	uint32_t asks, tcps;      /* its questions in flight, its connections to the resolver */
};

union bridged_addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct bridged_listener {
	struct loop_source src;
	struct bridged *b;
	bool v6;
};

struct bridged_tcp;

struct bridged {
	struct loop loop;
	struct bridge_setup setup;
	struct loop_source listen, outer;
	struct bridged_listener udp[2], tcp[2];
	struct bridged_member *members[BRIDGED_MAX_MEMBERS];
	struct bridged_pool pool4, pool6;
	struct bridged_ask *asks;  /* a list */
	struct bridged_tcp *clients; /* another */
	size_t nasks, ntcp;
	uint32_t next_lookup;
	int rtnl, netns, userns;   /* of N, N, and ours */
	uint32_t bridge;           /* its index */
	uint8_t uplink[4], resolver[4]; /* slirp4netns' own network (its first address), its resolver in it */
	size_t nmembers;           /* connections */
	bool abandoned;            /* the outer process has ended */
	int64_t members_first;     /* until then (ns) only those join who were members before */
	uint8_t buf[BRIDGED_TCP_MAX + 2]; /* of whoever moves data now */
};

/* bridged_outer.c: sock is to the inner process: it sends its network namespace and gets a struct err when
 * slirp4netns works; internal networks do without. A byte says that all members have left, an end without it
 * that they will come back. Returns the exit status. */
int bridged_outer_run(const struct bridge_setup *setup, const uint8_t uplink[4], pid_t inner, int sock);

/* bridged_link.c */
int bridged_link_setup(struct bridged *b, struct err *err) __must_check; /* everything of N; what is there stays */
int bridged_link_attach(struct bridged *b, const struct bridged_member *m, const char *ifname, int netns) __must_check; /* -errno */
void bridged_link_detach(struct bridged *b, const struct bridged_member *m);

/* bridged_confine.c: no files, no programs, no capability but NET_ADMIN in N. */
int bridged_confine(struct err *err) __must_check;

/* bridged_member.c */
int bridged_member_add(struct bridged *b, int fd) __must_check;      /* takes fd */
void bridged_member_accept(void *bridged, uint32_t events);
struct bridged_member *bridged_member_at(const struct bridged *b, const union bridged_addr *from);

/* bridged_names.c */
enum bridged_known { BRIDGED_UNKNOWN, BRIDGED_KNOWN, BRIDGED_NOBODY }; /* NOBODY: would be ours, but there is none */
/* Answer from what the members are called. */
enum bridged_known bridged_names_answer(const struct bridged *b, const struct bridged_query *q, struct bridged_answer *a);
/* The first member of this name, or NULL. */
const struct bridged_member *bridged_names_find(const struct bridged *b, const char *name);
/* Are these the bytes of a list of names: bounded, each one a host's name? */
bool bridged_names_ok(const char *names, size_t n);

/* bridged_dns.c */
int bridged_dns_open(struct bridged *b, struct err *err) __must_check;
/* A question of a member. tcp: the client, NULL: listener and from say where the answer goes. */
void bridged_dns_question(struct bridged *b, struct bridged_member *m, struct bridged_tcp *tcp,
	const struct bridged_listener *l, const union bridged_addr *from, const uint8_t *msg, size_t n);
void bridged_dns_reply(struct bridged *b, struct bridged_tcp *tcp, const struct bridged_listener *l,
	const union bridged_addr *to, const uint8_t *msg, size_t n);
size_t bridged_dns_room(const struct bridged_tcp *tcp, const struct bridged_query *q);

/* bridged_ask.c: questions that are on their way to another network or a server */
struct bridged_question {
	struct bridged_member *m;
	struct bridged_tcp *tcp;
	const struct bridged_listener *l;
	union bridged_addr from;
	const uint8_t *msg;
	size_t n;
	struct bridged_query q;
};
/* False: there are too many. lookup: ask the member's other networks first. */
bool bridged_ask_start(struct bridged *b, const struct bridged_question *what, bool lookup) __must_check;
void bridged_ask_found(struct bridged *b, const struct bridged_member *m, const struct bridge_found *f);
void bridged_ask_forget(struct bridged *b, const struct bridged_member *m, const struct bridged_tcp *tcp);

/* bridged_tcp.c */
void bridged_tcp_accept(void *listener, uint32_t events);
void bridged_tcp_reply(struct bridged_tcp *c, const uint8_t *msg, size_t n);
void bridged_tcp_forget(struct bridged *b, const struct bridged_member *m);

#endif
