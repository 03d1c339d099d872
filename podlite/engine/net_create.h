/* net_create.h - from the options of `network create` to a record. */
#ifndef PODLITE_ENGINE_NET_CREATE_H
#define PODLITE_ENGINE_NET_CREATE_H

#include "net/network.h"
#include "podlite/context.h"

struct net_create_opts { /* texts as given; NULL or empty: not given */
	bool disable_dns, internal, ipv6, ignore;
	char *driver, *ipam_driver, *interface;
	struct svec dns, gateway, ip_range, labels, opts, subnet;
};

/* Everything that can be wrong with the options alone. */
int net_create_parse(const struct net_create_opts *o, const char *name, struct network *ret, struct err *err) __must_check;
/* name NULL: podliteN, the first that is free. ret_name: what it is called. With ignore one that is there
 * already is no error. */
int net_create(struct context *c, const struct net_create_opts *o, const char *name, char **ret_name, struct err *err) __must_check;

#endif
