/* rt_hooks.h - OCI hooks. Internal to oci/rt_* and the runtime program. */
#ifndef PODLITE_RT_HOOKS_H
#define PODLITE_RT_HOOKS_H

#include "oci/rt_plan.h"

/* The state document of the specification; pid 0 leaves it out. */
struct jval *rt_hooks_state(const char *id, const char *status, pid_t pid, const char *bundle,
	const struct spec_runtime *s);
/* Hooks of the runtime's namespaces, each with the state on stdin, a clean environment and its
 * timeout. The first failure ends it. */
int rt_hooks_run(const struct spec_hook_list *l, const char *name, const struct jval *state, struct err *err) __must_check;
/* createContainer and startContainer hooks into the plan: the child runs them. */
int rt_hooks_plan(struct rt_plan *p, const struct rt_args *a, struct err *err) __must_check;

#endif
