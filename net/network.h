/*
 * network.h - named networks: the record networks/NAME.json in the store, and where subnets come from.
 *
 * The record is podman's `network inspect` but for what is only shown there. It is read strictly:
 * who has a struct network from network_parse, network_read or network_list may believe everything
 * below, whoever wrote the file. Nothing here knows whether a network is in use: a network's data
 * plane is made by its members, each of which reads the record when it joins.
 *
 * Records are written whole, by a rename, under networks/.lock held exclusively (network_lock).
 * Readers take no lock. Who makes a container that names networks holds it shared from its look at
 * the records until the container is in the store, so that `rm` sees either the container or nothing
 * that still wants the network.
 */
#ifndef PODLITE_NETWORK_H
#define PODLITE_NETWORK_H

#include "common/err.h"
#include "common/jval.h"
#include "common/lock.h"
#include "common/svec.h"
#include "net/cidr.h"

#define NETWORK_MTU_MIN 576   /* IPv6 needs 1280 */
#define NETWORK_MTU_MAX 65520 /* of slirp4netns */

struct network_range { char *start, *end; }; /* both or none */

struct network_subnet {
	char *subnet;                /* "10.89.0.0/24" */
	char *gateway;               /* the network's own address in it; always there */
	struct network_range lease;  /* where addresses that nobody asked for come from; none: all of it */
};

struct network {
	char *name, *id;             /* 64 hex digits */
	char *driver;                /* "bridge" */
	char *interface;             /* the bridge's name in the network's own namespace */
	char *created;               /* RFC 3339 */
	struct { struct network_subnet *v; size_t n; } subnets; /* one of IPv4, then perhaps one of IPv6 */
	bool ipv6;                   /* there is one of IPv6 */
	bool internal;               /* no way out */
	bool dns;                    /* names of members are answered on the gateways' addresses */
	struct svec dns_servers;     /* who is asked for all other names; none: the host's servers */
	struct svec labels, options; /* KEY=VALUE; options: "mtu", "isolate" */
	int64_t created_ns;          /* the same as created */
};

/* A subnet as numbers. Members get addresses from first to last, but for the gateway's; one that
 * was asked for may be any that cidr_hosts allows. */
struct network_plan {
	struct cidr subnet;
	struct cidr_addr gateway, first, last;
};

/* [A-Za-z0-9][A-Za-z0-9_.-]*, at most 128, and not what --network means otherwise ("host", "none" ...). */
bool network_name_ok(const char *name);
/* Of an interface: 1 to 15 of the same letters. Not "lo" and none that begins with "tap" or "veth":
 * those are the uplink and the members' ends in the network's namespace. */
bool network_interface_ok(const char *name);
/* Of a member: a name of the domain system. */
bool network_alias_ok(const char *alias);
/* Six pairs of hex digits with colons or hyphens, of one machine; ret: lower case with colons. */
bool network_mac_ok(const char *mac, char ret[18]);

/* Pure. EK_INVALID says what is wrong with it. network_parse reads a record of any origin. */
int network_parse(const char *text, size_t n, struct network *ret, struct err *err) __must_check;
int network_check(const struct network *n, struct err *err) __must_check;
struct jval *network_json(const struct network *n);
/* family: AF_INET or AF_INET6. False: the network has no such subnet. */
bool network_plan(const struct network *n, int family, struct network_plan *ret);
int64_t network_mtu(const struct network *n); /* 0: not said */
void network_done(struct network *n);

/* ---- records; store: the store's directory ---- */

struct network_list {
	struct network *v;
	size_t n;
};

int network_lock(int store, enum lock_mode mode, struct err *err) __must_check; /* waits; a descriptor */
/* By exact name. EK_NOT_FOUND; EK_INVALID: its record is damaged. */
int network_read(int store, const char *name, struct network *ret, struct err *err) __must_check;
/* By name, id or unique beginning of an id. */
int network_find(int store, const char *text, struct network *ret, struct err *err) __must_check;
/* All, by name; of those that cannot be read only the names, in ret_damaged (may be NULL). */
int network_list(int store, struct network_list *ret, struct svec *ret_damaged, struct err *err) __must_check;
void network_list_done(struct network_list *l);
/* Of want, name, flags, lists and subnets are asked for; what is missing is chosen and filled in: id,
 * time, interface, gateways, a free subnet of 10.89.0.0/16 and, with ipv6, one of fd00::/8. Takes the
 * lock. EK_EXISTS: the name is taken; EK_IN_USE: a subnet is. */
int network_create(int store, struct network *want, struct err *err) __must_check;
/* Write a record that is there anew, or remove it; the caller holds the lock exclusively. */
int network_write(int store, const struct network *n, struct err *err) __must_check;
int network_remove(int store, const char *name, struct err *err) __must_check;

/* ---- network_subnet.c ---- */

/* What of the host's addresses and routes must not be taken: appended. Default routes are none. */
struct network_taken { struct cidr *v; size_t n; };
void network_taken_host(struct network_taken *ret);
void network_taken_add(struct network_taken *t, const struct cidr *c);
/* The lines of /proc/net/route and /proc/net/ipv6_route; what is no such line is skipped. */
void network_taken_routes4(struct network_taken *t, const char *text);
void network_taken_routes6(struct network_taken *t, const char *text);
bool network_taken_has(const struct network_taken *t, const struct cidr *c);
/* False: nothing is free. */
bool network_free_subnet(const struct network_taken *t, int family, struct cidr *ret);
void network_taken_done(struct network_taken *t);

#endif
