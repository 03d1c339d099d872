/*
 * rt_cgroup.h - the container's control group (cgroup v2); the public half is in rt.h.
 *
 * The group is made below the caller's own, where that is writable (a delegated one, or the
 * host's root). Nothing writable and nothing asked for: none, silently. A limit asked for that
 * cannot be had: EK_UNSUPPORTED with the controller's name. Internal to oci/rt_*.
 */
#ifndef PODLITE_RT_CGROUP_H
#define PODLITE_RT_CGROUP_H

#include "oci/rt_plan.h"

/* Make the group, set its limits, leave p->cgroup, p->cgroup_fd and p->cgroup_made. */
int rt_cgroup_plan(struct rt_plan *p, const struct rt_args *a, struct err *err) __must_check;
/* A start that failed since the memory limit did not let the first process live gets that as its error. */
void rt_cgroup_explain(const struct rt_plan *p, struct err *err);
/* Join an existing group (exec). */
int rt_cgroup_join(struct rt_plan *p, const char *cgroup, struct err *err) __must_check;

/* One value of linux.resources as a file of the group. */
struct rt_cgroup_value {
	const char *controller; /* "" for cgroup.* files */
	const char *what;       /* for people: "memory limit" */
	char file[64];
	char text[128];
};

struct rt_cgroup_values {
	struct rt_cgroup_value *v;
	size_t n;
};

/* linux.resources into files; what cgroup v2 does not have is refused by name. */
int rt_cgroup_values(const struct jval *resources, struct rt_cgroup_values *ret, struct err *err) __must_check;
void rt_cgroup_values_add(struct rt_cgroup_values *l, const char *controller, const char *what, const char *file,
	const char *fmt, ...) __printf(5, 6);
int rt_cgroup_values_rdma(const struct jval *rdma, struct rt_cgroup_values *l, struct err *err) __must_check;
void rt_cgroup_values_done(struct rt_cgroup_values *l);

/* ---- rt_cgroup_dir.c: groups as directories; failures are -errno unless there is an err ---- */
const char *rt_cgroup_mount(void);  /* of version 2, or NULL */
int rt_cgroup_open(const char *group, struct err *err) __must_check;
int rt_cgroup_make(int base, const char *name) __must_check; /* "/a/b", mkdir -p; its descriptor */
/* A group and all below it; tries for half a second while ended processes are still counted. */
int rt_cgroup_remove_at(int parent, const char *name) __must_check;
int rt_cgroup_write(int dir, const char *name, const char *text) __must_check;
/* Of version 1, too: every process of an open group and of those below; -1 with errno. */
int rt_cgroup_each_at(int dir, void (*found)(void *arg, pid_t pid), void *arg) __must_check;
void rt_cgroup_kill_at(int dir); /* SIGKILL to each of them */
bool rt_cgroup_has(int dir, const char *file, const char *word); /* a word of a list */
/* rt_cgroup_place.c: move the caller into a leaf, as only leaves may hold processes */
int rt_cgroup_step_aside(int base) __must_check;

#endif
