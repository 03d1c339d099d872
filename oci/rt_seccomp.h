/*
 * rt_seccomp.h - compiled seccomp filters: the cache, and loading into plain memory.
 *
 * libseccomp needs 8-12 ms for a whole profile, so nothing on the path of `run` links or calls
 * it: rt_seccomp_load looks for the section's text in a cache directory and, when it is not
 * there, has the compiler program (podlite-runtime --compile-seccomp) make it. A cache file holds
 * its input, which is compared byte for byte; the name is a hash of it and proves nothing.
 *
 * A filter is installed with seccomp(SECCOMP_SET_MODE_FILTER, flags, {n, filter}).
 */
#ifndef PODLITE_RT_SECCOMP_H
#define PODLITE_RT_SECCOMP_H

#include "common/err.h"
#include "common/jval.h"

struct rt_bpf {
	void *filter;        /* array of struct sock_filter, owned */
	size_t n;            /* struct sock_filter count; 0: no filter */
	unsigned flags;      /* SECCOMP_FILTER_FLAG_*; NEW_LISTENER is included when notify is set */
	bool notify;         /* some call is answered by a listener: listener_path is set */
	char *listener_path; /* socket that the listener descriptor goes to, owned */
};

#define RT_BPF_INIT {.filter = NULL}

/* What the compiler program writes on stdout: this header, then n struct sock_filter. */
struct rt_bpf_header {
	char magic[8];   /* RT_BPF_MAGIC */
	uint32_t n;      /* struct sock_filter count, 1..BPF_MAXINSNS */
	uint32_t flags;
	uint32_t notify; /* 0 or 1 */
	uint32_t zero;
};

#define RT_BPF_MAGIC "plbpf-1\n"
#define RT_BPF_MAX   4096 /* BPF_MAXINSNS */

/*
 * The filter of a linux.seccomp section (runtime-spec 1.2). NULL or JSON null: no filter, n is 0.
 * cache_fd: directory of compiled filters, or -1. compiler: absolute path of podlite-runtime,
 * started on a miss; NULL makes a miss an error. A cache that cannot be written is no error.
 */
int rt_seccomp_load(const struct jval *seccomp, int cache_fd, const char *compiler,
	struct rt_bpf *ret, struct err *err) __must_check;
void rt_bpf_done(struct rt_bpf *b);

#endif
