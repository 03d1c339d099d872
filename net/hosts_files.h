/*
 * hosts_files.h - /etc/hosts and /etc/resolv.conf of one container, from what was asked for when it was
 * made and from the host as it is now. The engine makes them and, before each start, makes them anew;
 * the monitor does the latter before it starts the container again by itself.
 *
 * They are `hosts` and `resolv.conf` in the container's directory; one that is not there belongs to
 * the image, to another container whose network this one has joined, or to the user.
 */
#ifndef PODLITE_HOSTS_FILES_H
#define PODLITE_HOSTS_FILES_H

#include "common/err.h"
#include "common/sbuf.h"
#include "common/svec.h"

/* What --hosts-file gave, kept for later starts: in the container's directory. */
#define HOSTS_FILES_BASE "hosts.base"

/* A part of record.json. */
struct hosts_files {
	char *name, *hostname;
	struct svec extra_hosts;              /* --add-host NAME:IP */
	struct svec dns, dns_search, dns_options;
};

/* kind and options: struct mon_conf's network and network_options. dir: the container's. */
int hosts_files_hosts(const struct hosts_files *f, int dir, const char *kind, const struct svec *options, struct sbuf *ret, struct err *err) __must_check;
/* *ret_forwarder: the text names a forwarder of slirp4netns or pasta, as the host has servers on loopback only. */
int hosts_files_resolv(const struct hosts_files *f, const char *kind, const struct svec *options, struct sbuf *ret, bool *ret_forwarder, struct err *err) __must_check;
/* Of a container in named networks: known when it has joined. */
struct hosts_bridge {
	struct svec ips;       /* its own, of all of them */
	const char *resolver;  /* answers the members' names and all others; NULL: nobody does */
	const char *forwarder; /* without that: for a host with servers on loopback only, or NULL */
};
/* What was written last; zero before that. */
struct hosts_texts {
	char *hosts, *resolv;
};
/* Write those that the container has. If there was a last time it runs: the files are the same ones, as they are mounted,
 * and keep what it has added to them. */
int hosts_files_bridge(const struct hosts_files *f, int dir, const struct hosts_bridge *b, struct hosts_texts *last, struct err *err) __must_check;
void hosts_texts_done(struct hosts_texts *t); /* zero again */
int hosts_files_read(int dir, struct hosts_files *ret, struct err *err) __must_check; /* from record.json */
void hosts_files_done(struct hosts_files *f);
/* The helper's forwarder is on only while it is needed: change options for that; true if they did change. */
bool hosts_files_forwarder(const char *kind, struct svec *options, bool on);

/* Has the host's resolv.conf changed since the container's was written? */
bool hosts_files_stale(int dir);
/* Write those that the container has: hosts always, resolv.conf when it is stale. The forwarder's
 * options change with it; *ret_changed if they did. Reads record.json. */
int hosts_files_renew(int dir, const char *kind, struct svec *options, bool *ret_changed, struct err *err) __must_check;

#endif
