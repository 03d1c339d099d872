/* /sys/fs/cgroup as hosts with cgroup version 1 show it: a tmpfs with a directory a hierarchy. */
#include "oci/rt_child.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "oci/rt_sys.h"

static int hierarchy_tree(const struct rt_hier *h, uint64_t attr)
{
	int fs, m;

	if (h->tree >= 0) {
		if (sys_mount_setattr(h->tree, 0, attr, 0, MS_PRIVATE) < 0)
			return -1;
		return h->tree;
	}
	fs = sys_fsopen("cgroup");
	if (fs < 0)
		return -1;
	for (size_t i = 0; i < h->nopts; i++)
		if (sys_fsconfig(fs, h->opts[i].value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			    h->opts[i].key, h->opts[i].value) < 0)
			return -1;
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return -1;
	m = sys_fsmount(fs, (unsigned)attr);
	fd_close(fs);
	return m;
}

/* dir: the tmpfs, attached and not yet read-only. */
void rt_child_cgroup1(struct rt_child *c, size_t i, const struct rt_op *op, int dir)
{
	for (size_t k = 0; k < op->nhiers; k++) {
		const struct rt_hier *h = &op->hiers[k];
		int at, tree;

		if (h->link_to) {
			if (symlinkat(h->link_to, dir, h->name) < 0)
				rt_child_fail(c->sync, RT_STEP_ATTACH, i, errno);
			continue;
		}
		if (mkdirat(dir, h->name, 0755) < 0)
			rt_child_fail(c->sync, RT_STEP_ATTACH, i, errno);
		at = fd_open(dir, h->name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
		tree = hierarchy_tree(h, op->set);
		if (at < 0 || tree < 0 || sys_move_mount_fd(tree, at) < 0)
			rt_child_fail(c->sync, RT_STEP_ATTACH, i, at < 0 ? -at : errno);
		fd_close(at);
		fd_close(tree);
	}
	if (sys_mount_setattr(dir, 0, op->set, 0, 0) < 0 && errno != ENOSYS)
		rt_child_fail(c->sync, RT_STEP_ATTR, i, errno);
}
