/* net_use.h - named networks and the containers that are members of them: filters, removal. */
#ifndef PODLITE_ENGINE_NET_USE_H
#define PODLITE_ENGINE_NET_USE_H

#include "net/network.h"
#include "podlite/engine/ctr_record.h"

bool net_use_is_member(const struct ctr_record *rec, const char *network);
/* Remove a network by name or id; also one whose record is damaged, by its name. force: and its
 * containers. ret_name: its full name. EK_NOT_FOUND, EK_IN_USE. */
int net_use_remove(struct context *c, const char *text, bool force, int64_t timeout, char **ret_name, struct err *err) __must_check;
/* The networks that match, by name. EK_USAGE: a filter is none, also where there is no network. */
int net_use_find(struct context *c, const struct svec *filters, struct network_list *ret, struct err *err) __must_check;
/* Names of the networks that no container is a member of and that match. */
int net_use_unused(struct context *c, const struct svec *filters, struct svec *ret, struct err *err) __must_check;

#endif
