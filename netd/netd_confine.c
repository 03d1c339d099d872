/*
 * netd_confine.c - what podlite-net gives up before it reads the first byte of a stranger.
 *
 * Left: NET_ADMIN for the container's network, sockets of the internet families there, and the
 * descriptors it holds.
 */
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "common/confine.h"
#include "netd/netd.h"

int netd_confine(struct err *err)
{
	static const unsigned caps[] = {CAP_NET_ADMIN}, calls[] = {CONFINE_LOOP_CALLS};
	static const struct confine_arg args[] = {{__NR_socket, 0, {AF_INET, AF_INET6, AF_INET, AF_INET}}};
	static const struct confine c = {.name = "podlite-net", .caps = caps, .ncaps = ARRAY_SIZE(caps),
		.calls = calls, .ncalls = ARRAY_SIZE(calls), .args = args, .nargs = ARRAY_SIZE(args)};

	return confine_process(&c, err);
}
