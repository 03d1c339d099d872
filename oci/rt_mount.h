/* rt_mount.h - the mount list of a config.json as operations of the plan: options parsed, sources
 * opened as detached clones in the caller's mount namespace. Internal to oci/rt_*. */
#ifndef PODLITE_RT_MOUNT_H
#define PODLITE_RT_MOUNT_H

#include "oci/rt_plan.h"

int rt_mount_root(struct rt_plan *p, const struct rt_args *a, struct err *err) __must_check;
int rt_mount_list(struct rt_plan *p, const struct rt_args *a, struct err *err) __must_check;
int rt_mount_masks(struct rt_plan *p, const struct spec_runtime *s, struct err *err) __must_check;

/* One mount's options, by themselves for tests. */
struct rt_mount_opts {
	uint64_t set, clr;         /* MOUNT_ATTR_* */
	uint64_t rec_set, rec_clr; /* the same for the mounts below, too */
	uint64_t propagation;      /* MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE or 0 */
	bool propagation_rec;
	bool bind, rec, remount, copy_up, idmap, idmap_rec;
	struct svec data;          /* "size=64m", "sync": for the file system */
};
int rt_mount_parse(const struct spec_mount *m, struct rt_mount_opts *ret, struct err *err) __must_check;
/* The options that are understood here, sorted; for `features`. */
struct jval *rt_mount_known_options(void);
void rt_mount_opts_done(struct rt_mount_opts *o);

#endif
