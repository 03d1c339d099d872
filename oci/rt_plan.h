/*
 * rt_plan.h - everything the child between clone and exec needs, made before the clone: one arena
 * of plain data and descriptors. The child only reads it; the parent keeps it to turn the child's
 * three integers (step, index, errno) into words. Internal to oci/rt_*.
 */
#ifndef PODLITE_RT_PLAN_H
#define PODLITE_RT_PLAN_H

#include <sys/resource.h>

#include "oci/rt.h"
#include "oci/rt_attr.h"
#include "oci/rt_caps.h"
#include "oci/rt_seccomp.h"

/* ---- memory: never freed before the whole plan ---- */
void *rt_plan_alloc(struct rt_plan *p, size_t n); /* zeroed */
char *rt_plan_str(struct rt_plan *p, const char *s);
char **rt_plan_strv(struct rt_plan *p, const struct svec *l); /* NULL-terminated */
char *rt_plan_fmt(struct rt_plan *p, const char *fmt, ...) __printf(2, 3);
int rt_plan_keep_fd(struct rt_plan *p, int fd);   /* closed with the plan; returns fd */

struct rt_pair {
	const char *key, *value; /* value NULL: a flag */
};

enum rt_op_kind {
	RT_OP_TREE,    /* attach op->tree */
	RT_OP_FS,      /* fsopen(op->fstype) with op->opts */
	RT_OP_CGROUP,  /* cgroup2, or what stands in for it */
	RT_OP_REMOUNT, /* change what is mounted at the target */
};

enum rt_op_flags {
	RT_OP_IS_FILE = 1,  /* the target is created as a file */
	RT_OP_NO_LINK = 2,  /* the target must not be reached through a link: /proc, /sys, /dev */
	RT_OP_POPULATE = 4, /* this is the fresh /dev */
	RT_OP_PROC = 8,     /* this is the container's procfs */
	RT_OP_PTS = 16,     /* this is the container's devpts */
	RT_OP_OVER_PROC = 32, /* may cover a file of procfs */
};

/* One directory of /sys/fs/cgroup with version 1. */
struct rt_hier {
	const char *name, *link_to; /* a symbolic link if link_to is set */
	int tree;                   /* the container's group to bind, or -1: a mount of its namespace */
	struct rt_pair *opts;
	size_t nopts;
};

struct rt_op {
	enum rt_op_kind kind;
	unsigned flags;
	const char *target;
	const char *fstype;
	const char *source;
	struct rt_pair *opts;
	size_t nopts;
	int tree;
	const char *fallback; /* host path bound read-only where fsopen is refused, or NULL */
	uint64_t set, clr;    /* MOUNT_ATTR_*; of a tree: already applied, unless `later` */
	bool later;           /* no mount_setattr here: remount once attached */
	uint64_t propagation; /* RT_OP_REMOUNT: MS_PRIVATE ... or 0 */
	struct rt_hier *hiers; /* RT_OP_CGROUP: then it is a tmpfs with these in it */
	size_t nhiers;
};

struct rt_dev {
	const char *path;  /* inside the container */
	int tree;          /* detached clone of the host's node, or -1: make it */
	mode_t mode;       /* with the type; for mknod */
	unsigned major, minor;
	uid_t uid, gid;
	bool own;          /* mode and owner were asked for */
};

struct rt_limit {
	int resource;
	const char *name;
	struct rlimit value;
};

struct rt_join {
	int fd;
	int nstype; /* CLONE_NEW* */
};

/* The state document around the pid. */
struct rt_state {
	const char *head, *tail;
};

struct rt_plan {
	struct rt_chunk *chunks;
	int *fds;
	size_t nfds, fds_cap;

	/* namespaces */
	const char *id;
	int sync_child;          /* the child's end; becomes fd `sync_at` there */
	uint64_t clone_flags;    /* CLONE_NEW* to make */
	struct rt_join *joins;
	size_t njoins;
	int target;              /* exec: pidfd to join with setns at once, or -1 */
	int target_ns;           /* CLONE_NEW* to join through it */
	bool two_stage;          /* a first process joins or unshares, its child goes on */
	volatile pid_t *second_pid; /* shared memory: the second one's pid, from the first */
	bool joins_user;         /* a user namespace by path */
	bool map_ids;            /* new user namespace: wait for the parent to write the maps */
	bool new_netns, new_timens;
	const char *uid_map, *gid_map; /* texts for the parent to write */
	const char *time_offsets;      /* text for /proc/self/timens_offsets, or NULL */
	int death_signal;
	int cgroup_fd;           /* CLONE_INTO_CGROUP, or -1 */
	char *cgroup;            /* owned: path of the group made or joined */
	bool cgroup_made;
	bool cgroup_absolute;    /* linux.cgroupsPath starts at the hierarchy's mount */
	struct svec cgroup1;     /* owned: groups of version 1 made or joined */
	bool late_cgroupns;      /* unshared once the parent has moved us into cgroup1 */

	/* file systems */
	bool mount_setup;        /* false for exec */
	int root;                /* detached root */
	bool root_later;         /* no mount_setattr here: make it private once attached */
	bool root_readonly, no_pivot;
	unsigned long old_propagation; /* of the inherited tree: MS_PRIVATE or MS_SLAVE */
	unsigned long root_propagation; /* set on / at the end, or 0 */
	struct rt_op *ops;
	size_t nops;
	struct rt_dev *devs;
	size_t ndevs;
	const char **masked, **readonly;
	size_t nmasked, nreadonly;
	struct rt_pair *sysctls;
	size_t nsysctls;
	bool populate_dev;       /* some op makes a fresh /dev */
	bool dev_readonly;       /* and it becomes read-only, when all is in it */
	size_t dev_op;           /* which op */

	/* the process */
	bool wait_hooks;         /* tell the parent when mounts are there, before pivot_root */
	struct rt_hook *child_hooks; /* createContainer then startContainer */
	size_t ncreate_hooks, nstart_hooks;
	const struct spec_runtime *spec; /* borrowed: for the hooks of the runtime's namespaces */
	const char *bundle;
	struct rt_state state_creating, state_created; /* for createContainer, startContainer */
	int null;                /* /dev/null for hooks, or -1 */
	const char *hostname, *domainname;
	bool terminal;
	uint16_t rows, cols;
	int stdio[3];
	int *preserve;
	size_t npreserve;
	int start_listener;      /* -1: started through sync */
	const char *cwd;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t ngroups;
	bool keep_groups;
	int umask;
	struct rt_attr attr;
	struct rt_limit *limits;
	size_t nlimits;
	bool has_oom;
	const char *oom;         /* decimal text */
	bool no_new_keyring, no_new_privs;
	struct rt_caps caps;
	uint64_t caps_known;
	const char *exec_label, *exec_profile; /* SELinux, AppArmor */
	const char *mount_label;               /* SELinux: of new file systems */
	struct rt_bpf bpf;
	char **argv, **envp;
	char **candidates;       /* paths to try, NULL-terminated */
	bool search;             /* they came from $PATH */
};

struct rt_hook {
	const char *path;
	char **argv, **envp;
	int timeout; /* seconds, 0: none */
};

/* Does the parent do something for the child before it goes on: MAP and MAPPED? */
static inline bool rt_plan_placed(const struct rt_plan *p)
{
	return p->map_ids || p->cgroup1.n;
}

struct rt_plan *rt_plan_new(void);
void rt_plan_close(struct rt_plan *p); /* the descriptors: the child has its own */
void rt_plan_free(struct rt_plan *p);
/* Process part: user, limits, capabilities, filter, command. Common to create and exec. */
int rt_plan_process(struct rt_plan *p, const struct spec_process *sp, const struct spec_runtime *spec,
	int cache_fd, const char *compiler, struct err *err) __must_check;
/* stdio with -1 replaced by /dev/null, and the preserved descriptors. */
int rt_plan_stdio(struct rt_plan *p, const int stdio[3], const int *preserve, size_t n, struct err *err) __must_check;
int rt_plan_sysctls(struct rt_plan *p, const struct spec_runtime *s, struct err *err) __must_check;

#endif
