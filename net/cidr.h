/*
 * cidr.h - IP addresses, subnets and ranges of named networks as numbers. Pure functions.
 *
 * Texts are what inet_pton(3) takes; none has a zone. An IPv4 address is in the first 4 bytes of
 * struct cidr_addr, the others are zero, so two addresses may be compared as memory.
 */
#ifndef PODLITE_CIDR_H
#define PODLITE_CIDR_H

#include "common/base.h"

#define CIDR_TEXT 56 /* room for an IPv6 address with its prefix */

struct cidr_addr {
	int family;        /* AF_INET, AF_INET6; 0: none */
	uint8_t bytes[16]; /* network byte order */
};

struct cidr {
	struct cidr_addr addr; /* the bits behind the prefix are zero */
	unsigned prefix;
};

bool cidr_addr_parse(const char *text, struct cidr_addr *ret);
/* ADDRESS/PREFIX; what is behind the prefix is cut off, as podman does: 10.1.2.3/24 is 10.1.2.0/24. */
bool cidr_parse(const char *text, struct cidr *ret);
/* The subnet of an address: the bits behind the prefix are cut off. */
struct cidr cidr_of(const struct cidr_addr *a, unsigned prefix);
void cidr_addr_print(const struct cidr_addr *a, char ret[CIDR_TEXT]);
void cidr_print(const struct cidr *c, char ret[CIDR_TEXT]); /* with the prefix */

/* Like memcmp; of one family only, an address of the other one is never between two of this. */
int cidr_compare(const struct cidr_addr *a, const struct cidr_addr *b);
bool cidr_contains(const struct cidr *c, const struct cidr_addr *a);
bool cidr_overlaps(const struct cidr *a, const struct cidr *b);
/* The first and the last address that a machine of the subnet can have: not the subnet's own (all
 * zero behind the prefix) and in IPv4 not the broadcast address. */
void cidr_hosts(const struct cidr *c, struct cidr_addr *ret_first, struct cidr_addr *ret_last);

#endif
