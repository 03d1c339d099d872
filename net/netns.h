/* netns.h - small acts inside a container's network namespace, done by a short-lived child. */
#ifndef PODLITE_NETNS_H
#define PODLITE_NETNS_H

#include "common/err.h"

/* Bring lo up. The caller must be root of the user namespace that owns it. */
int netns_loopback_up(int nsfd, struct err *err) __must_check;

#endif
