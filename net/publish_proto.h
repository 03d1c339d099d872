/*
 * publish_proto.h - what the monitor tells podlite-net, its forwarder of published ports.
 *
 * One SOCK_SEQPACKET socket, descriptor PUBLISH_FD of podlite-net. The monitor sends struct
 * publish_setup with the container's network namespace, then messages of struct publish_listener,
 * at most MSG_MAX_FDS each, with as many listening sockets. The answer is one struct err, EK_OK
 * when all is forwarded. After that struct publish_setup means that the container's interface was made
 * anew or that its addresses are these now, end of file that the container has ended.
 */
#ifndef PODLITE_PUBLISH_PROTO_H
#define PODLITE_PUBLISH_PROTO_H

#include "common/err.h"

#define PUBLISH_FD 3

struct publish_setup {
	uint32_t nlisteners;
	uint8_t ip4[4], gateway4[4]; /* of the container, network byte order; all zero: it has none */
	uint8_t gateway6[16];        /* all zero: none */
};

/* A socket bound in the host's network namespace and the port of the container behind it. */
struct publish_listener {
	uint16_t port;
	uint8_t v6, udp;
};

#endif
