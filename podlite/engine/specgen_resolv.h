/* specgen_resolv.h - a container's resolv.conf from the host's and the --dns options. */
#ifndef PODLITE_ENGINE_SPECGEN_RESOLV_H
#define PODLITE_ENGINE_SPECGEN_RESOLV_H

#include "common/err.h"
#include "common/sbuf.h"
#include "common/svec.h"

struct specgen_resolv {
	const char *network; /* struct mon_conf's network */
	const struct svec *network_options;
	const struct svec *servers, *search, *options;
};

/* *ret_forwarder: the text names slirp4netns' own forwarder, as the host has no other server. */
int specgen_resolv_text(const struct specgen_resolv *r, struct sbuf *ret, bool *ret_forwarder, struct err *err) __must_check;
/* Has the host's file changed since the time of `st_mtime_ns`? */
bool specgen_resolv_changed_since(int64_t ns);

#endif
