/* The processes in groups of cgroup version 1: listed, killed, frozen. */
#include "oci/rt_cgroup1.h"

#include <string.h>
#include <time.h>

#include "common/fd.h"
#include "common/log.h"

/* Any of them will do: the freezer's where there is one, since it can hold them still. */
static int open_any(const struct svec *groups)
{
	int fd = rt_cgroup1_open(groups, "freezer");

	for (size_t i = 0; i < groups->n && fd < 0; i++)
		fd = rt_cgroup1_open_group(groups->v[i]);
	return fd;
}

int rt_cgroup1_each(const struct svec *groups, void (*found)(void *arg, pid_t pid), void *arg, struct err *err)
{
	auto_fd int dir = open_any(groups);

	/* a group that is gone has no processes */
	if (dir >= 0 && rt_cgroup_each_at(dir, found, arg) < 0)
		return err_sys(err, "list the processes of the cgroup %s", groups->v[0]);
	return 0;
}

static bool state_is(const struct svec *groups, const char *state)
{
	auto_sbuf struct sbuf text = SBUF_INIT;

	return !rt_cgroup1_read(groups, "freezer", "freezer.state", &text) && !strcmp(text.buf, state);
}

bool rt_cgroup1_frozen(const struct svec *groups)
{
	return state_is(groups, "FROZEN") || state_is(groups, "FREEZING");
}

/* A process that forks or waits for the disk at that moment keeps the group FREEZING: asking again helps. */
static int set_state(const struct svec *groups, int dir, const char *state)
{
	const struct timespec wait = {.tv_nsec = 10000000};

	for (int i = 0; i < 200; i++) {
		int r = rt_cgroup_write(dir, "freezer.state", state);

		if (r < 0 || state_is(groups, state))
			return r;
		nanosleep(&wait, NULL);
	}
	return -ETIMEDOUT;
}

int rt_cgroup1_freeze(const struct svec *groups, bool freeze, struct err *err)
{
	auto_fd int dir = rt_cgroup1_open(groups, "freezer");
	int r;

	if (dir < 0)
		return err_set(err, EK_UNSUPPORTED, "the container has no cgroup of the controller \"freezer\" to freeze");
	r = set_state(groups, dir, freeze ? "FROZEN" : "THAWED");
	if (!r)
		return 0;
	if (freeze && rt_cgroup_write(dir, "freezer.state", "THAWED") < 0)
		log_debug("the cgroup stays half frozen");
	return err_neg(err, r, "%s the container's processes", freeze ? "freeze" : "thaw");
}

int rt_cgroup1_kill(const struct svec *groups, struct err *err)
{
	auto_fd int dir = open_any(groups);
	bool held;

	if (dir < 0)
		return 0;
	/* so that nothing can fork away while we go through the lists */
	held = rt_cgroup1_freeze(groups, true, NULL) == 0;
	rt_cgroup_kill_at(dir);
	if (held || rt_cgroup1_frozen(groups))
		return rt_cgroup1_freeze(groups, false, err);
	return 0;
}
