/* ctr_stats.h - what a running container uses now: figures of its cgroup (version 2) and network. */
#ifndef PODLITE_ENGINE_CTR_STATS_H
#define PODLITE_ENGINE_CTR_STATS_H

#include "podlite/engine/ctr_record.h"

struct ctr_stats {
	int64_t at_ns;               /* when this was read; 0: nothing was measured */
	uint64_t cpu_ns;             /* since the start of the container */
	uint64_t cpu_system_ns;      /* of it in the kernel */
	double cpu_percent;          /* of one CPU, since the sample before or else since the start */
	double cpu_average;          /* since the start */
	uint64_t memory, memory_limit; /* bytes; limit: the host's memory where there is none */
	uint64_t net_in, net_out;    /* bytes through every interface of its own but lo */
	uint64_t block_in, block_out; /* bytes read, written */
	uint64_t pids;
};

/* A sample; before: the last one of the same run, or NULL. What a missing controller would tell is 0.
 * One that does not run is all zero. EK_UNSUPPORTED: it runs without a cgroup of its own. */
int ctr_stats(const struct ctr *ctr, const struct ctr_stats *before, struct ctr_stats *ret, struct err *err) __must_check;

#endif
