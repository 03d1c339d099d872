/*
 * bridge_proto.h - what monitors and podlite-bridge, the helper of one named network, tell each other.
 *
 * Files: STORE/net/NAME/lock is held by the helper for its whole life (it inherits the locked
 * descriptor), ctl.sock is where it listens, members is locked (shared) by each monitor that has
 * joined. A helper for a new network namespace is started by who holds lock and finds members free;
 * one for the network namespace that members hold, by a member who holds lock. Hence there is one
 * namespace to a name, and it lives as long as somebody has a descriptor of it.
 *
 * The starter makes ctl.sock and a socket pair, the helper's first connection, and sends struct
 * bridge_setup through it. Everything is SOCK_SEQPACKET, a message is a struct with its type in
 * front. A connection is one container's membership: end of file, however it comes, is its end.
 * Without connections the helper ends and removes the files.
 *
 *	HELLO   -> HELLO (struct bridge_hello) with the network namespace and the user namespace, or ERR
 *	JOIN    -> JOINED: addresses and names are taken (or ERR); LATER (struct bridge_ok): ask again in a moment
 *	        the members of a network whose helper was lost come first, so that they find their addresses free
 *	ATTACH  with the container's network namespace -> OK: the interface is in it, down (or ERR)
 *	LEAVE   no answer: as before JOIN; the network stays for this connection
 *	RENAME  no answer: the names of JOIN are these now
 *	OTHERS  no answer: the container is in other networks, too, ask about names
 *	LOOKUP  the helper asks the member, the member another helper -> FOUND, with the same id
 */
#ifndef PODLITE_BRIDGE_PROTO_H
#define PODLITE_BRIDGE_PROTO_H

#include <net/if.h>

#include "common/err.h"

#define BRIDGE_VERSION 1 /* of these structs */

#define BRIDGE_FD_CLIENT 3
#define BRIDGE_FD_LISTEN 4
#define BRIDGE_FD_LOCK   5
#define BRIDGE_FD_DIR    6 /* STORE/net */
#define BRIDGE_FD_NETNS  7 /* of the members, if there are any */

#define BRIDGE_NAME_MAX  256
#define BRIDGE_NAMES     2048 /* bytes of a container's names, each with its NUL */
#define BRIDGE_SERVERS   3

enum bridge_type {
	BRIDGE_HELLO = 'h',
	BRIDGE_JOIN = 'j',
	BRIDGE_JOINED = 'J',
	BRIDGE_LATER = 'L',
	BRIDGE_ATTACH = 'a',
	BRIDGE_OK = 'O',
	BRIDGE_ERR = 'E',
	BRIDGE_LEAVE = 'l',
	BRIDGE_RENAME = 'N',
	BRIDGE_OTHERS = 'o',
	BRIDGE_LOOKUP = 'q',
	BRIDGE_FOUND = 'f',
};

/* Addresses in network byte order, as everywhere here; a prefix of 0: the family is not there. */
struct bridge_subnet {
	uint8_t gateway[16], first[16], last[16]; /* IPv4 in the first four bytes; first to last: for who wants none in particular */
	uint8_t prefix;
};

struct bridge_setup {
	uint32_t version;
	char name[BRIDGE_NAME_MAX];
	char link[IFNAMSIZ];   /* the bridge */
	struct bridge_subnet v4, v6;
	uint32_t mtu;
	uint8_t internal, dns; /* no way out; names are answered */
	uint8_t has_netns;     /* BRIDGE_FD_NETNS is there: members hold it */
	uint8_t nservers;
	uint8_t servers[BRIDGE_SERVERS][4]; /* for names that are not ours; none: the host's */
};

struct bridge_hello {
	uint8_t type;
	uint32_t version;
	uint8_t resolver[4]; /* slirp4netns' own; all zero: none, as the network is internal */
};

struct bridge_join {
	uint8_t type;
	uint8_t again;          /* a member of the network who lost its helper; it has these addresses */
	uint8_t attached;       /* the interface stands already: a helper before this one made it */
	char id[65];
	uint8_t ip4[4], ip6[16], mac[6]; /* wanted; all zero: any */
	uint8_t nservers;
	uint8_t servers[BRIDGE_SERVERS][4]; /* instead of the network's */
	char names[BRIDGE_NAMES];
};

struct bridge_joined {
	uint8_t type;
	uint8_t ip4[4], ip6[16], mac[6];
};

struct bridge_attach {
	uint8_t type;
	char ifname[IFNAMSIZ];
};

struct bridge_rename {
	uint8_t type;
	char names[BRIDGE_NAMES];
};

struct bridge_others {
	uint8_t type;
	uint8_t any;
};

struct bridge_lookup {
	uint8_t type;
	uint32_t id;
	char name[BRIDGE_NAME_MAX];
};

struct bridge_found {
	uint8_t type;
	uint8_t found;
	uint32_t id;
	uint8_t ip4[4], ip6[16];
};

struct bridge_error {
	uint8_t type;
	struct err e;
};

struct bridge_ok {
	uint8_t type;
};

#endif
