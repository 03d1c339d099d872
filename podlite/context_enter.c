#include "podlite/context.h"

#include <stdio.h>
#include <string.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/sbuf.h"
#include "common/userns.h"
#include "monitor/join.h"
#include "storage/litter.h"

/* 1: joined, 0: there is none to join. A container that ends meanwhile is no error: the next
 * namespace is as good, unless it had to be this container's. */
static int join(struct context *c, const char *id, struct err *err)
{
	struct err why = ERR_INIT;
	auto_fd int ns = join_find(c->store.fd, id, &why);

	if (ns >= 0 && userns_join(ns, &why) == 0)
		return 1;
	if (id) {
		*err = why;
		return -1;
	}
	if (why.kind != EK_NOT_FOUND)
		log_debug("%s", why.msg);
	return 0;
}

static int create(struct err *err)
{
	struct userns_map map;

	if (userns_plan(&map, err) < 0)
		return -1;
	if (map.single)
		log_debug("single-id user namespace: %s", map.why);
	return userns_create(&map, err);
}

/* What dead writers left may belong to subordinate ids: only now can it be removed. */
static void sweep_inside(struct context *c)
{
	struct err ignored = ERR_INIT;

	if (c->runfd < 0)
		return;
	if (store_sweep(&c->store, &ignored) < 0)
		log_debug("%s", ignored.msg);
	litter_sweep(&c->store);
}

int context_enter_userns(struct context *c, const char *id, struct err *err)
{
	int r;

	if (c->in_userns)
		return 0;
	r = join(c, id, err);
	if (r < 0 || (r == 0 && create(err) < 0))
		return -1;
	c->single_id = userns_is_single();
	userns_protect();
	c->in_userns = true;
	sweep_inside(c);
	return 0;
}
