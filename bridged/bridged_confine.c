/*
 * bridged_confine.c - what the inner process gives up before a member can reach it.
 *
 * Left: NET_ADMIN, for N's links and for handing one end of a veth to a container, sockets of the
 * internet families in N, questions about what kind of namespace a descriptor is.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "bridged/bridged.h"
#include "common/confine.h"

int bridged_confine(struct err *err)
{
	static const unsigned caps[] = {CAP_NET_ADMIN}, calls[] = {CONFINE_LOOP_CALLS, __NR_fstat, __NR_newfstatat};
	static const struct confine_arg args[] = {{__NR_socket, 0, {AF_INET, AF_INET6, AF_INET, AF_INET}},
		{__NR_ioctl, 1, {NS_GET_NSTYPE, NS_GET_USERNS, NS_GET_PARENT, NS_GET_NSTYPE}},
		{__NR_fcntl, 1, {F_GETFL, F_SETFL, F_GETFL, F_GETFL}}};
	static const struct confine c = {.name = "podlite-bridge", .caps = caps, .ncaps = ARRAY_SIZE(caps),
		.calls = calls, .ncalls = ARRAY_SIZE(calls), .args = args, .nargs = ARRAY_SIZE(args)};

	return confine_process(&c, err);
}
