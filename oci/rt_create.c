#include "oci/rt.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/msg.h"
#include "oci/rt_cgroup1.h"
#include "oci/rt_child.h"
#include "oci/rt_dev.h"
#include "oci/rt_hooks.h"
#include "oci/rt_mount.h"
#include "oci/rt_ns.h"
#include "oci/rt_start.h"
#include "oci/rt_sys.h"

static void plan_terminal(struct rt_plan *p, const struct rt_args *a)
{
	const struct spec_console_size *size = &a->spec->process.console_size;

	p->rows = a->rows ? a->rows : (uint16_t)MIN_OF(size->height, (uint64_t)UINT16_MAX);
	p->cols = a->cols ? a->cols : (uint16_t)MIN_OF(size->width, (uint64_t)UINT16_MAX);
}

/* In a user namespace of its own the container's root has them all. */
static void warn_caps(const struct rt_plan *p)
{
	const struct rt_caps *c = &p->caps;
	uint64_t missing = (c->permitted | c->effective | c->inheritable | c->ambient);

	if (p->clone_flags & CLONE_NEWUSER || p->joins_user)
		return;
	missing &= ~rt_caps_own();
	for (int i = 0; missing && i < 64; i++)
		if (missing & 1ULL << i)
			log_warn("process.capabilities: CAP_%s cannot be granted here",
				rt_caps_name(i) ? rt_caps_name(i) : "?");
}

/* Order matters only where noted: the root first, as tmpcopyup reads from it; the cgroup last, as
 * it is the one thing that must be undone by hand. */
static int plan_all(struct rt_plan *p, const struct rt_args *a, struct err *err)
{
	const struct spec_runtime *s = a->spec;

	p->id = rt_plan_str(p, a->id);
	p->mount_setup = true;
	p->death_signal = a->death_signal;
	p->no_new_keyring = a->no_new_keyring;
	p->start_listener = a->start_listener > 0 ? a->start_listener : -1;
	plan_terminal(p, a);
	if (rt_plan_process(p, &s->process, s, a->cache_fd, a->compiler, err) < 0 ||
		rt_plan_stdio(p, a->stdio, a->preserve, a->npreserve, err) < 0 ||
		rt_plan_sysctls(p, s, err) < 0 || rt_ns_plan(p, s, err) < 0 ||
		rt_mount_root(p, a, err) < 0 || rt_mount_list(p, a, err) < 0 ||
		rt_dev_plan(p, s, err) < 0 || rt_mount_masks(p, s, err) < 0 ||
		rt_hooks_plan(p, a, err) < 0)
		return -1;
	warn_caps(p);
	if (rt_cgroup_plan(p, a, err) < 0)
		return -1;
	if (p->cgroup1.n)
		return rt_cgroup1_mounts(p, err);
	/* without a group of its own it would see, and could change, the caller's */
	for (size_t i = 0; i < p->nops; i++)
		if (p->ops[i].kind == RT_OP_CGROUP && !p->cgroup_made)
			p->ops[i].set |= MOUNT_ATTR_RDONLY;
	return 0;
}

int rt_create_begin(const struct rt_args *a, struct rt_container *ret, struct err *err)
{
	struct rt_container c = RT_CONTAINER_INIT;

	c.plan = rt_plan_new();
	if (plan_all(c.plan, a, err) < 0 || rt_start_clone(&c, err) < 0)
		goto fail;
	if (rt_plan_placed(c.plan) && rt_start_place(&c, err) < 0)
		goto fail;
	if (rt_sync_expect(c.sync, RT_SYNC_HELLO, c.plan, NULL, &c.netns, err) < 0)
		goto fail;
	c.cgroup = xstrdup(c.plan->cgroup);
	svec_add_all(&c.cgroup1, &c.plan->cgroup1);
	*ret = c;
	return 0;
fail:
	rt_cgroup_explain(c.plan, err);
	rt_start_undo(&c);
	return -1;
}

static int runtime_hooks(struct rt_container *c, struct err *err)
{
	const struct rt_plan *p = c->plan;
	auto_jval struct jval *state = NULL;

	if (!p->wait_hooks)
		return 0;
	if (rt_sync_expect(c->sync, RT_SYNC_MOUNTED, p, NULL, NULL, err) < 0)
		return -1;
	state = rt_hooks_state(p->id, "creating", c->pid, p->bundle, p->spec);
	if (rt_hooks_run(&p->spec->hooks.prestart, "prestart", state, err) < 0)
		return -1;
	return rt_hooks_run(&p->spec->hooks.create_runtime, "createRuntime", state, err);
}

int rt_create_finish(struct rt_container *c, struct err *err)
{
	int r = runtime_hooks(c, err);

	/* a child that has failed meanwhile has left its reason: sending may fail, receiving tells
	 */
	if (!r && rt_sync_send(c->sync, RT_SYNC_GO, c->pid) < 0)
		log_debug("the container's first process is gone");
	if (!r)
		r = rt_sync_expect(c->sync, RT_SYNC_READY, c->plan, NULL, &c->console, err);
	if (r < 0) {
		rt_cgroup_explain(c->plan, err);
		rt_start_undo(c);
	}
	return r;
}

int rt_start(struct rt_container *c, struct err *err)
{
	const struct rt_plan *p = c->plan;
	auto_jval struct jval *state = NULL;
	struct err hook_err = ERR_INIT;
	int r = rt_sync_send(c->sync, RT_SYNC_START, 0);

	if (r < 0 && !msg_gone(r))
		err_neg(err, r, "start the container");
	else
		r = rt_start_wait(c, c->pid, err);
	if (r != 1) {
		rt_cgroup_explain(p, err);
		rt_start_undo(c);
		return -1;
	}
	fd_closep(&c->sync);
	if (p->spec->hooks.poststart.n) {
		/* the specification: a failing poststart hook is reported, the container lives on
		 */
		state = rt_hooks_state(p->id, "running", c->pid, p->bundle, p->spec);
		if (rt_hooks_run(&p->spec->hooks.poststart, "poststart", state, &hook_err) < 0)
			log_warn("%s", hook_err.msg);
	}
	/* a monitor lives as long as the container: it need not carry the plan */
	rt_plan_free(take_ptr(c->plan));
	return 0;
}
