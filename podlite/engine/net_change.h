/* net_change.h - `network connect`, `disconnect` and `update`. */
#ifndef PODLITE_ENGINE_NET_CHANGE_H
#define PODLITE_ENGINE_NET_CHANGE_H

#include "net/network.h"
#include "podlite/engine/ctr_record.h"

/* A running container joins at once, another one at its next start. EK_UNSUPPORTED: its network is not
 * made of named ones. EK_EXISTS: it is a member already. m: name is that of the network, or its id. */
int net_change_connect(struct context *c, const char *ctr, const struct mon_network *m, struct err *err) __must_check;
/* EK_NOT_FOUND: it is no member. */
int net_change_disconnect(struct context *c, const char *ctr, const char *network, struct err *err) __must_check;
/* Which servers answer for names outside; members see it when the network is made anew. */
int net_change_dns(struct context *c, const char *network, const struct svec *add, const struct svec *drop, struct err *err) __must_check;

#endif
