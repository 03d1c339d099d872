/*
 * netd.h - podlite-net: the forwarder of one container's published ports.
 *
 * One process beside a container that publishes ports, in the container's network namespace, with
 * listeners that the monitor made in the host's (net/publish_proto.h). It can make sockets inside
 * the container's network only, so a container that takes it over has gained nothing but the
 * connections that are its own anyway.
 *
 * netd_main.c     set-up, event loop
 * netd_room.c     limits
 * netd_confine.c  what it gives up before it reads the first byte of a stranger
 * netd_route.c    how answers to a client's address find the socket that stands in for the client
 * netd_source.c   which address the container sees
 * netd_tcp.c      connections, netd_udp.c datagrams, netd_table.c the clients of a UDP port
 *
 * Memory is bounded: what cannot be passed on stays in the kernel's socket buffers, and
 * connections and UDP clients are counted (NETD_MAX_*) and limited by descriptors.
 */
#ifndef PODLITE_NETD_H
#define PODLITE_NETD_H

#include <netinet/in.h>

#include "common/err.h"
#include "common/loop.h"
#include "netd/netd_table.h"

#define NETD_MAX_CONNS   4096 /* TCP connections of one listener */
#define NETD_MAX_CLIENTS 1024 /* of one UDP listener: then the one idle for longest goes */
#define NETD_BUFFER      131072

struct netd;

struct netd_listener {
	struct loop_source src;
	struct netd *n;
	struct netd_table clients; /* UDP */
	uint32_t conns;            /* TCP */
	uint16_t port;             /* in the container */
	bool v6, udp, paused;
};

struct netd {
	struct loop loop;
	struct loop_source control;
	struct loop_timer resume, sweep;
	struct netd_listener *listeners;
	size_t nlisteners;
	size_t fds, max_fds;   /* in use by connections and clients; room for them */
	size_t npaused;
	struct in_addr ip4, gateway4; /* 0: none */
	struct in6_addr gateway6;
	int rtnl;              /* netlink socket in the container's network; -1: none */
	bool marks;            /* the kernel hands our mark on to what answers us */
	int8_t routes[2];      /* table for v4, v6: 0 not tried yet, 1 there, -1 impossible */
	struct in6_addr route6;/* the container's address that the v6 table names */
	uint32_t rules;        /* for UDP clients */
	int64_t rule_credit, rule_time;
	char buf[NETD_BUFFER]; /* of whoever moves data now */
};

/* netd_confine.c: no files, no programs, no capability but NET_ADMIN in the container's network. */
int netd_confine(struct err *err) __must_check;

/* netd_route.c */
void netd_route_open(struct netd *n);             /* failures mean: clients' addresses are not kept */
bool netd_route_ready(struct netd *n, bool v6);   /* the table that brings answers back exists */
void netd_route_mark(struct netd *n, int fd);
/* Datagrams from the container's port to this client come back to us. -errno. */
int netd_route_client(struct netd *n, bool add, const union netd_addr *client, uint16_t port) __must_check;

/* netd_source.c */
enum netd_from { NETD_AS_CLIENT, NETD_AS_GATEWAY, NETD_AS_SELF };
struct netd_way {
	bool v6;
	enum netd_from from;
};
#define NETD_MAX_WAYS 5
/* Ways to the container on behalf of a client, best first. own6: the container's address, or
 * unspecified while it has none. Returns how many: none while it is in no network. */
size_t netd_source_ways(const struct netd *n, const union netd_addr *client, const struct in6_addr *own6,
	struct netd_way ret[NETD_MAX_WAYS]);
/* May the client's address stand in the container's network? */
bool netd_source_keeps(const struct netd *n, const union netd_addr *client, const struct in6_addr *own6);
/* The container's global IPv6 address now. */
struct in6_addr netd_source_own6(void);
/* A socket that goes this way, bound but not connected, or -errno; *ret_to: where to connect. */
int netd_source_socket(struct netd *n, const struct netd_way *w, int type, const union netd_addr *client,
	const struct in6_addr *own6, uint16_t port, union netd_addr *ret_to) __must_check;
/* An IPv4 client of a socket that serves both families. */
void netd_source_unmap(union netd_addr *a);
socklen_t netd_source_len(const union netd_addr *a);

/* netd_tcp.c, netd_udp.c: what a listener's loop_source calls with the listener */
void netd_tcp_accept(void *listener, uint32_t events);
int netd_udp_open(struct netd_listener *l, int fd);
void netd_udp_receive(void *listener, uint32_t events);
void netd_udp_forget(struct netd_listener *l); /* all its clients */
void netd_udp_sweep(void *netd);

/* netd_room.c: account for descriptors. A paused listener accepts again a little later. */
bool netd_reserve(struct netd *n, size_t fds);
void netd_release(struct netd *n, size_t fds);
void netd_pause(struct netd_listener *l);

#endif
