/*
 * rt_child.h - the process between clone and exec. Only system calls: no malloc, stdio, JSON,
 * locks or name services (tests/lint/child looks at the symbols of rt_child*.o and rootfd.o).
 * Everything comes from the plan; a failure is three integers on the sync socket. Internal.
 */
#ifndef PODLITE_RT_CHILD_H
#define PODLITE_RT_CHILD_H

#include "oci/rt_plan.h"
#include "oci/rt_sync.h"

/* What failed; rt_sync.c has the words for each and for which list its index counts. */
enum rt_step {
	RT_STEP_PARENT,      /* the parent is gone */
	RT_STEP_SETNS,       /* joins */
	RT_STEP_TIME,
	RT_STEP_CLONE,
	RT_STEP_CGROUPNS,
	RT_STEP_ROOT_ID,
	RT_STEP_NETNS_FD,
	RT_STEP_PROPAGATION,
	RT_STEP_ROOT_ATTACH,
	RT_STEP_TARGET,      /* ops */
	RT_STEP_TARGET_LINK, /* ops */
	RT_STEP_TARGET_PROC, /* ops */
	RT_STEP_FSOPEN,      /* ops */
	RT_STEP_FSOPTION,    /* ops */
	RT_STEP_FSMOUNT,     /* ops */
	RT_STEP_ATTACH,      /* ops */
	RT_STEP_ATTR,        /* ops */
	RT_STEP_DEV_LINK,
	RT_STEP_DEV,         /* devs */
	RT_STEP_PROC,
	RT_STEP_MASK,        /* masked */
	RT_STEP_READONLY,    /* readonly */
	RT_STEP_ROOT_RO,
	RT_STEP_SYSCTL,      /* sysctls */
	RT_STEP_LOOPBACK,
	RT_STEP_HOSTNAME,
	RT_STEP_DOMAINNAME,
	RT_STEP_PTY,
	RT_STEP_CONSOLE,
	RT_STEP_CWD_MAKE,
	RT_STEP_PIVOT,
	RT_STEP_OLD_ROOT,
	RT_STEP_HOOK,        /* child_hooks; errno: EPROTO failed, ETIME timed out */
	RT_STEP_SESSION,
	RT_STEP_STDIO,
	RT_STEP_TTY,
	RT_STEP_OOM,
	RT_STEP_RLIMIT,      /* limits */
	RT_STEP_CPUS,
	RT_STEP_SCHED,
	RT_STEP_IOPRIO,
	RT_STEP_PERSONALITY,
	RT_STEP_KEYRING,
	RT_STEP_BOUNDING,
	RT_STEP_GROUPS,
	RT_STEP_GID,
	RT_STEP_UID,
	RT_STEP_CWD,
	RT_STEP_CWD_OUTSIDE,
	RT_STEP_CAPS,
	RT_STEP_AMBIENT,
	RT_STEP_NNP,
	RT_STEP_LABEL,
	RT_STEP_DEATH_SIGNAL,
	RT_STEP_FDS,
	RT_STEP_ACCEPT,
	RT_STEP_SECCOMP,
	RT_STEP_EXEC,        /* errno of the candidate that was found */
	RT_STEP_EXEC_DIR,    /* it is a directory */
	RT_STEP_EXEC_INTERP, /* it is there, its interpreter is not */
	RT_STEPS
};

struct rt_child {
	const struct rt_plan *p;
	int sync;
	int listener;
	int own_proc;  /* procfs that no container process can cover (M2), or -1 */
	int at_proc, at_sys; /* what was mounted there, for masks: the path may have been swapped (V3) */
	int pts;       /* the fresh devpts, or -1 */
	int dev;       /* the fresh /dev, or -1 */
	int master, slave;
	int empty;     /* read-only empty tmpfs already attached over a masked directory, or -1 */
};

/* First function after clone: never returns. */
__noreturn void rt_child_main(const struct rt_plan *p);
/* First of two stages: joins, clones the second with CLONE_PARENT, reports its pid. */
__noreturn void rt_child_stage1(const struct rt_plan *p);

/* Close-on-exec for every descriptor from `from` on, leaked ones too (M3). */
void rt_child_cloexec_from(int from);
/* A message to the parent, with a descriptor or -1; exits when there is none any more. */
void rt_child_tell(const struct rt_child *c, enum rt_sync_type type, int a, int fd);
/* Tell the parent and exit. */
__noreturn void rt_child_fail(int sync, enum rt_step step, size_t index, int sys);

/* rt_child_mount.c: everything is attached to the new root while the host's tree is still there. */
void rt_child_mounts(struct rt_child *c);
void rt_child_masks(struct rt_child *c);
void rt_child_sysctls(struct rt_child *c);
void rt_child_console(struct rt_child *c);
void rt_child_dev_readonly(struct rt_child *c); /* after the console: nothing is made there any more */
void rt_child_pivot(struct rt_child *c);
/* A file of the private procfs ("self/oom_score_adj"); 0 or -errno. */
int rt_child_write_proc(struct rt_child *c, const char *path, const char *text);
/* rt_child_cgroup.c */
void rt_child_cgroup1(struct rt_child *c, size_t i, const struct rt_op *op, int dir);
/* rt_child_id.c: descriptors, limits, identity. */
void rt_child_stdio(struct rt_child *c);
void rt_child_identity(struct rt_child *c);
/* Fails when the command is missing. */
void rt_child_look(struct rt_child *c);
/* The filter, then the candidates; only returns by rt_child_fail. */
__noreturn void rt_child_exec(struct rt_child *c);

#endif
