/*
 * netlink.h - requests to the kernel's rtnetlink: built in a fixed buffer, answered by one number.
 *
 * What does not fit is noticed when the request is sent. A socket asks about the network namespace
 * that it was made in, wherever its owner goes later. Failures are -errno.
 */
#ifndef PODLITE_NETLINK_H
#define PODLITE_NETLINK_H

#include <linux/netlink.h>

#include "common/base.h"

struct netlink_request {
	struct nlmsghdr h;
	char body[1000];
	bool full; /* something was left out: never sent */
};

int netlink_open(void) __must_check;
/* header: the struct that this type of message begins with (struct ifinfomsg ...). */
void netlink_begin(struct netlink_request *q, uint16_t type, uint16_t flags, const void *header, size_t n);
/* Bytes at the end: an attribute's header inside a nest, as VETH_INFO_PEER wants one. */
void netlink_bytes(struct netlink_request *q, const void *data, size_t n);
void netlink_attr(struct netlink_request *q, uint16_t type, const void *data, size_t n);
void netlink_attr_u32(struct netlink_request *q, uint16_t type, uint32_t value);
void netlink_attr_str(struct netlink_request *q, uint16_t type, const char *text);
/* Attributes from here to netlink_nest_end are inside this one. */
size_t netlink_nest(struct netlink_request *q, uint16_t type);
void netlink_nest_end(struct netlink_request *q, size_t nest);
/* Send it and return the kernel's answer. */
int netlink_ask(int rtnl, const struct netlink_request *q) __must_check;

#endif
