/*
 * port.h - published ports: the grammar of -p and --expose, free ports, duplicates.
 *
 * -p [[IP:][HOST[-HOST]]:]CONTAINER[-CONTAINER][/PROTO]; an IPv6 address stands in brackets.
 * Ranges must be equally long. A missing host port is 0: the caller picks one with port_pick.
 */
#ifndef PODLITE_PORT_H
#define PODLITE_PORT_H

#include "common/err.h"

struct port {
	char host_ip[48];        /* "" every address, IPv4 and IPv6; no brackets */
	char proto[8];           /* "tcp", "udp" or "sctp" */
	uint16_t host_port;      /* 0: not given */
	uint16_t container_port; /* 1.. */
	uint16_t range;          /* number of consecutive ports, at least 1 */
};

/* One -p argument. */
int port_parse(const char *text, struct port *ret, struct err *err) __must_check;
/* One --expose or image ExposedPorts entry: PORT[-PORT][/PROTO]; host_port is 0. */
int port_parse_exposed(const char *text, struct port *ret, struct err *err) __must_check;
/* Would both want the same host address and port? */
bool port_conflict(const struct port *a, const struct port *b);
/* Free host port for p (the first of p->range consecutive ones), by trying to bind. */
int port_pick(const struct port *p, struct err *err) __must_check;
/* Bind host port number i of p, and listen if it is TCP; not blocking. Returns how many sockets: two
 * where every address is meant and the host has IPv6. The error says why not and what to do. */
int port_listen(const struct port *p, unsigned i, int ret_fds[2], struct err *err) __must_check;
/* Is this socket, listening or of datagrams, bound to host port number i of p? Then it is made as
 * port_listen would have made it. *ret_v6: it is of IPv6, and of IPv4 too if it is so set. */
bool port_is(const struct port *p, unsigned i, int fd, bool *ret_v6);
/* Can all host ports of p be bound now? The error says why not and what to do. */
int port_check(const struct port *p, struct err *err) __must_check;

#endif
