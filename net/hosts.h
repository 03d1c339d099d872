/*
 * hosts.h - the contents of a container's /etc/hosts, /etc/resolv.conf and /etc/hostname.
 *
 * Every name and address is checked before it becomes part of a line: a newline, a blank or a
 * control character would forge entries (threats.md V37). Only text is made here; the engine
 * writes the files.
 */
#ifndef PODLITE_HOSTS_H
#define PODLITE_HOSTS_H

#include "common/err.h"
#include "common/sbuf.h"
#include "common/svec.h"

struct hosts {
	const char *base;         /* text to begin with (host network: the host's file; --hosts-file) or NULL */
	const struct svec *ips;   /* the container's own addresses; NULL or none: 127.0.1.1 is used for its names */
	const char *hostname;     /* or NULL */
	const char *name;         /* the container's name or NULL */
	const char *host_ip;      /* for host.containers.internal and "host-gateway", or NULL */
	bool isolated;            /* the host cannot be reached: host_ip is for "host-gateway" alone */
	const struct svec *extra; /* --add-host NAME[;NAME...]:IP, or NULL */
};

struct hosts_dns {
	const struct svec *servers, *search, *options; /* from the command line; NULL or empty: the host's */
	const char *host;      /* the host's resolv.conf, or NULL */
	const char *domain;    /* searched before the host's, or NULL */
	const char *forwarder; /* address to use when the host has loopback servers only, or NULL */
};

int hosts_file(const struct hosts *h, struct sbuf *ret, struct err *err) __must_check;
/* *ret_forwarder: the forwarder was needed (else slirp's DNS can be switched off). A search of "."
 * means none. */
int hosts_resolv(const struct hosts_dns *d, struct sbuf *ret, bool *ret_forwarder, struct err *err) __must_check;
/* The text of a file that has been changed by others since it was written: want instead of what was written, then
 * the lines that are not of that. */
void hosts_merge(const char *now, const char *was, const char *want, struct sbuf *ret);
int hosts_hostname(const char *hostname, struct sbuf *ret, struct err *err) __must_check;

bool hosts_name_ok(const char *name); /* RFC 1123 letters, digits, '-', '.', and '_'; at most 253 */
bool hosts_ip_ok(const char *ip);     /* IPv4 or IPv6 (with %zone) literal */
/* The host's address towards the outside (that of its default route); false if there is none. */
bool hosts_outward_address(char *ret, size_t size);

#endif
