/*
 * rt.h - the OCI runtime as a library: what the monitor, exec and podlite-runtime call.
 *
 * The caller is root of the user namespace that the container shall have (or the configuration
 * names a "user" namespace of its own), single-threaded, non-dumpable, and was exec'ed outside.
 * Order: rt_create_begin (clone; namespaces exist) - the caller may now set up networking -
 * rt_create_finish (mounts, devices, limits; all but exec) - rt_start (exec). A failure anywhere
 * leaves no process, mount or cgroup. rt_create takes a bundle and descriptors only, so an
 * external runtime can stand behind the same steps (rt_ops.h in monitor/).
 */
#ifndef PODLITE_RT_H
#define PODLITE_RT_H

#include <sys/types.h>

#include "common/err.h"
#include "oci/spec_runtime.h"

struct rt_args {
	const char *id;
	int bundle_fd;                   /* directory; relative root.path resolves here */
	const struct spec_runtime *spec; /* must live until rt_start has returned (hooks) */
	int rootfs_fd;                   /* root: a detached mount, or a directory of the caller's
	                                    own mount namespace; -1: spec->root.path */
	int stdio[3];                    /* container's 0,1,2; -1: /dev/null; unused with a terminal */
	const int *preserve;             /* become 3, 4, ... in the container; -1: that number stays closed */
	size_t npreserve;
	int cache_fd;                    /* directory of compiled filters, or -1 */
	const char *compiler;            /* path of podlite-runtime for a cache miss, or NULL */
	bool keep_cgroup;                /* do not make or join a cgroup */
	const char *cgroup_parent;       /* make it below this one; NULL: the caller's own */
	bool cgroup1;                    /* on hosts with cgroup version 1: limits, and a group in
	                                    each hierarchy (rt_cgroup1.h) */
	bool device_rules;               /* apply linux.resources.devices where the host's root may */
	bool no_pivot, no_new_keyring;
	int death_signal;                /* to PID 1 when the caller dies; 0 for none */
	uint16_t rows, cols;             /* terminal size set before exec; 0: from spec */
	int start_listener;              /* > 0: listening SEQPACKET socket from which the container
	                                    takes its start instead of the caller (podlite-runtime
	                                    create, whose process ends before start) */
};

struct rt_container {
	pid_t pid;          /* as the caller sees it */
	int pidfd;
	int console;        /* after finish: pty master when spec.process.terminal, else -1 */
	int netns;          /* after begin: its new network namespace (nsfs), -1 if it has none of
	                       its own. Until exec the container cannot be opened through
	                       /proc/PID/ns by anybody, as it is non-dumpable: use this. */
	int sync;           /* internal: the parent's end of the socket */
	char *cgroup;       /* path below the cgroup mount, NULL if none */
	struct svec cgroup1; /* after finish: groups of version 1 */
	struct rt_plan *plan;
};

#define RT_CONTAINER_INIT {.pid = -1, .pidfd = -1, .console = -1, .netns = -1, .sync = -1}

int rt_create_begin(const struct rt_args *a, struct rt_container *ret, struct err *err) __must_check;
int rt_create_finish(struct rt_container *c, struct err *err) __must_check;
/* Releases the exec and returns when it has happened (0) or failed: EK_NO_COMMAND with
 * `exec: "x": executable file not found in $PATH`, EK_NOT_EXECUTABLE, ... */
int rt_start(struct rt_container *c, struct err *err) __must_check;
/* Kill and reap if still running, free; idempotent. Does not remove the cgroup. */
void rt_done(struct rt_container *c);

struct rt_exec_args {
	int target;                       /* pidfd of the container's PID 1 */
	pid_t target_pid;
	uint64_t target_start;            /* its start time, checked on the pidfd */
	const char *id, *bundle;          /* the container's, for the agent of a seccomp listener */
	const struct spec_runtime *spec;  /* the container's, for seccomp, masks, defaults */
	const struct spec_process *process;
	int stdio[3];
	const int *preserve;
	size_t npreserve;
	int cache_fd;
	const char *compiler;
	const char *cgroup;               /* join this cgroup, or NULL */
	const struct svec *cgroup1;       /* and these of version 1, or NULL */
	int death_signal;
	uint16_t rows, cols;
	bool privileged;                  /* all capabilities of the user namespace */
};

/* Run another process in a container: same plan, namespaces joined instead of made; the caller
 * must be outside the container's user namespace or already in the shared one. Returns when the
 * exec has happened, or with its error; the process is the caller's child, and nothing waits for
 * the caller, so what reads its output should be ready. */
int rt_exec(const struct rt_exec_args *a, struct rt_container *ret, struct err *err) __must_check;

/* cgroup of a container: kill everything, freeze, thaw, remove. 0 if there is none. */
int rt_cgroup_kill(const char *cgroup, struct err *err);
int rt_cgroup_freeze(const char *cgroup, bool freeze, struct err *err) __must_check;
int rt_cgroup_remove(const char *cgroup, struct err *err);
/* Every process in it and below, as the caller's pid namespace numbers them. */
int rt_cgroup_each(const char *cgroup, void (*found)(void *arg, pid_t pid), void *arg, struct err *err) __must_check;
/* The group of a process, 0: the caller; allocated, NULL if it has none of version 2. */
char *rt_cgroup_of(pid_t pid);
/* A file of the group; 0 or -errno. */
int rt_cgroup_read(const char *cgroup, const char *file, struct sbuf *ret) __must_check;
/* The same for groups of version 1; read: of the one that holds the controller, freeze: by the freezer,
 * EK_UNSUPPORTED without one. All of a container's processes are in each of its groups. */
void rt_cgroup1_remove(const struct svec *groups);
int rt_cgroup1_kill(const struct svec *groups, struct err *err) __must_check;
int rt_cgroup1_freeze(const struct svec *groups, bool freeze, struct err *err) __must_check;
bool rt_cgroup1_frozen(const struct svec *groups);
int rt_cgroup1_each(const struct svec *groups, void (*found)(void *arg, pid_t pid), void *arg, struct err *err) __must_check;
int rt_cgroup1_update(const struct svec *groups, const struct jval *resources, struct err *err) __must_check;
int rt_cgroup1_read(const struct svec *groups, const char *controller, const char *file, struct sbuf *ret) __must_check;
/* Write the limits of a linux.resources section to an existing group (`update`). */
int rt_cgroup_update(const char *cgroup, const struct jval *resources, struct err *err) __must_check;

/* Has the host's version 2 hierarchy the controllers for these linux.resources at all? Under version
 * 1 and the hybrid layout it has not. EK_UNSUPPORTED names the first that is missing. */
int rt_cgroup_offered(const struct jval *resources, struct err *err) __must_check;
/* Where the group of a container with these linux.resources can be made: below the caller's own
 * group, once that hands on the controllers; for this the caller and `starter` (0: none) are moved
 * into a leaf of it if the kernel wants that. NULL in *ret: there is no version 2 group. EK_UNSUPPORTED names
 * the limit, the controller and what mends it; EK_IN_USE: other processes are there. */
int rt_cgroup_claim(const struct jval *resources, pid_t starter, char **ret, struct err *err) __must_check;
/* The same for --cgroups split: every process of the caller's group is moved into the leaf. */
int rt_cgroup_split(char **ret, struct err *err) __must_check;
/* Is the caller's group one that systemd has delegated, or no systemd's at all? */
bool rt_cgroup_delegated(void);
/* Before a process is started in a group elsewhere in the hierarchy (exec): the kernel allows that
 * only from below a group of this user's, so the caller has systemd move it into the leaf of the
 * container's scope or service where it must. Outside the user namespace; helper: the path of podlite-runtime. */
int rt_cgroup_reach(const char *cgroup, const char *helper, struct err *err) __must_check;

#endif
