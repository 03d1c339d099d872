/*
 * bridge.h - a container's membership of one named network: the monitor's side of bridge_proto.h.
 *
 * Members keep a network alive, its helper does not: each has a descriptor of the network's namespace
 * and a shared lock on STORE/net/NAME/members. Whoever finds no helper starts one.
 *
 * Order: bridge_init - bridge_connect until it is there, or bridge_start - bridge_join - bridge_attach,
 * bridge_configure - bridge_leave, perhaps bridge_join again - bridge_done. When sock ends: bridge_lost, then
 * bridge_connect and bridge_start until one of them succeeds, then bridge_join. Every answer is waited for, for
 * at most 10 seconds.
 */
#ifndef PODLITE_BRIDGE_H
#define PODLITE_BRIDGE_H

#include "common/err.h"
#include "common/svec.h"
#include "net/bridge_proto.h"

#define BRIDGE_DIR "net" /* below the store */

struct bridge {
	struct bridge_setup setup;
	int sock, netns, members;  /* -1: not connected; netns: the network's */
	struct bridge_join wanted; /* what bridge_join asks for */
	struct bridge_joined at;   /* what it got */
	bool joined, attached;
	uint8_t resolver[4];       /* slirp4netns' own, for networks without names; all zero: none */
	char ifname[IFNAMSIZ];     /* in the container, when attached */
};

/* setup and wanted are the caller's to fill in. */
void bridge_init(struct bridge *b);
/* A name for wanted.names; one that is no name of a host, or for which there is no room, is left out. */
void bridge_add_name(struct bridge_join *j, const char *name);

/* STORE/net, made when it is not there; -errno. A flock on it orders those who start new networks. */
int bridge_dir(int store) __must_check;
/* Ask the helper in dir. 1: connected, *ret_userns (may be NULL) is its user namespace; 0: there is none,
 * or it is just ending; -1. */
int bridge_connect(struct bridge *b, int dir, int *ret_userns, struct err *err) __must_check;
/* The user namespace of any network's helper, or -1. */
int bridge_any_userns(int dir);
/* Start the helper: we are root of the user namespace that the network is or shall be in. 1: connected; 0: somebody
 * else does, has members, or is just ending: bridge_connect may succeed soon. */
int bridge_start(struct bridge *b, int dir, const char *program, struct err *err) __must_check;
/* Would bridge_start find nobody? For callers who hold the flock and are no members yet. */
bool bridge_is_free(const struct bridge *b, int dir);

int bridge_join(struct bridge *b, struct err *err) __must_check;
/* Interface ifname of the network namespace of a container is made: down, with its MAC address. */
int bridge_attach(struct bridge *b, int netns, const char *ifname, struct err *err) __must_check;
/* Give it its addresses and bring it up, with lo; default_route: by this network's gateway. In a child,
 * which enters the namespace. */
int bridge_configure(const struct bridge *b, int netns, bool default_route, struct err *err) __must_check;
/* The default route alone, when the network that had it is left. */
int bridge_route(const struct bridge *b, int netns, struct err *err) __must_check;
/* The first of eth0, eth1 ... that the network namespace has not. */
int bridge_free_ifname(int netns, char ret[IFNAMSIZ], struct err *err) __must_check;
void bridge_rename(struct bridge *b);           /* wanted.names has changed */
void bridge_others(struct bridge *b, bool any); /* the container is in other networks, too */
void bridge_leave(struct bridge *b);
void bridge_lost(struct bridge *b); /* the helper has ended; what we had is kept for the next one */
void bridge_done(struct bridge *b);

/* The text of an address, "" for none. */
void bridge_text4(const uint8_t ip[4], char ret[16]);
void bridge_text6(const uint8_t ip[16], char ret[46]);

#endif
