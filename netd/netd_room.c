/* netd_room.c - how many descriptors there are for connections and clients, and waiting for more. */
#include "netd/netd.h"

#define RESUME_NS (200 * 1000000LL)

static void resume(void *arg)
{
	struct netd *n = arg;

	for (size_t i = 0; i < n->nlisteners && n->npaused; i++) {
		struct netd_listener *l = &n->listeners[i];

		if (!l->paused || l->conns >= NETD_MAX_CONNS)
			continue;
		l->paused = false;
		n->npaused--;
		(void)loop_mod(&n->loop, &l->src, EPOLLIN);
	}
	if (n->npaused)
		loop_set_timer(&n->loop, &n->resume, RESUME_NS, resume, n);
}

/* The kernel's backlog holds who comes now. Whatever was short may be there a little later. */
void netd_pause(struct netd_listener *l)
{
	struct netd *n = l->n;

	if (l->paused)
		return;
	l->paused = true;
	n->npaused++;
	(void)loop_mod(&n->loop, &l->src, 0);
	if (!n->resume.due)
		loop_set_timer(&n->loop, &n->resume, RESUME_NS, resume, n);
}

bool netd_reserve(struct netd *n, size_t fds)
{
	if (n->fds + fds > n->max_fds)
		return false;
	n->fds += fds;
	return true;
}

void netd_release(struct netd *n, size_t fds)
{
	n->fds -= fds;
}
