/*
 * mon_cgroup.c - which cgroup the container's is made in, and so where the monitor is: decided once,
 * outside the user namespace, before anything of the container exists.
 *
 *	--cgroups split              the unit podlite was started in is divided: everything in it goes to
 *	                             one leaf, the container to another
 *	--cgroup-manager systemd     a scope of its own, from the user's systemd; the same for a slice
 *	                             as --cgroup-parent
 *	limits, and a group of ours  that one, with the monitor and podlite in a leaf
 *	limits, and no such group    a scope, if the user's systemd answers
 *	systemd in the container     the same, but that none is no error
 *	anything else                wherever we are: no limits, nothing needed, nothing said
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/alloc.h"
#include "monitor/mon.h"
#include "oci/rt_scope.h"

static bool is(const char *s, const char *word)
{
	return s && !strcmp(s, word);
}

static bool asks_systemd(const struct mon *m)
{
	return m->conf.slice || is(m->conf.cgroup_manager, "systemd");
}

/* Who made the socket: podlite, which shares our group until one of us moves. */
static pid_t starter_pid(const struct mon *m)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	return getsockopt(m->sock, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0 ? 0 : cred.pid;
}

static int claim(struct mon *m, const struct spec_runtime *spec, struct err *err)
{
	return rt_cgroup_claim(spec->linux_.resources, starter_pid(m), &m->cgroup_parent, err);
}

static int own_scope(struct mon *m, const struct spec_runtime *spec, struct err *err)
{
	auto_free char *name = xasprintf("podlite-%s", m->id), *helper = mon_start_compiler(m);

	if (is(m->conf.cgroups, "no-conmon"))
		return err_set(err, EK_UNSUPPORTED, "--cgroups no-conmon: a scope from systemd holds the monitor as well; use --cgroups enabled, or start podlite in a unit with Delegate=yes");
	/* the leaf also takes who comes to exec, and lets limits be set later */
	if (rt_scope_start(helper, name, m->conf.slice, getpid(), err) < 0 || rt_cgroup_split(&m->cgroup_parent, err) < 0)
		return -1;
	free(take_ptr(m->cgroup_parent));
	return claim(m, spec, err);
}

static int place(struct mon *m, const struct spec_runtime *spec, struct err *err)
{
	struct err e = ERR_INIT;

	if (rt_cgroup_offered(spec->linux_.resources, err) < 0)
		return -1;
	if (asks_systemd(m))
		return own_scope(m, spec, err);
	if (is(m->conf.cgroup_manager, "cgroupfs") || !rt_scope_reachable())
		return claim(m, spec, err);
	if (rt_cgroup_delegated() && !claim(m, spec, &e))
		return 0;
	return own_scope(m, spec, err);
}

int mon_cgroup_place(struct mon *m, struct err *err)
{
	bool must = m->conf.limits || asks_systemd(m);
	struct spec_runtime spec;
	int r;

	if (m->conf.runtime || is(m->conf.cgroups, "disabled"))
		return 0;
	if (is(m->conf.cgroups, "split"))
		return rt_cgroup_split(&m->cgroup_parent, err);
	if (!must && !m->conf.own_cgroup)
		return 0;
	spec_runtime_init(&spec);
	r = spec_runtime_read(MON_FD_CTR, &spec, err);
	if (!r)
		r = place(m, &spec, err);
	if (r < 0 && !must) { /* then the one we are in has to do */
		err_clear(err);
		r = 0;
	}
	spec_runtime_done(&spec);
	return r;
}
