/* rt_listener.h - seccomp's user notification: the listener's descriptor goes to the agent's socket
 * (runtime-spec, "Seccomp": listenerPath, listenerMetadata, container process state). Internal. */
#ifndef PODLITE_RT_LISTENER_H
#define PODLITE_RT_LISTENER_H

#include "oci/spec_runtime.h"

struct rt_listener {
	const struct spec_runtime *spec;
	const char *id, *bundle, *status;
	pid_t pid;          /* the process that has the filter */
	pid_t container_pid;
};

/* The call by which the child hands its listener over must not be one that waits for the agent. */
int rt_listener_check(const struct jval *seccomp, struct err *err) __must_check;
/* Connects to linux.seccomp.listenerPath and sends the state with fd. */
int rt_listener_send(const struct rt_listener *l, int fd, struct err *err) __must_check;

#endif
