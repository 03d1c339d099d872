/*
 * ctr_record.h - containers/ID/record.json: what was asked, durable; and what is true now.
 *
 * record.json stays small (ps reads all of them); config.json holds the full bundle. A container
 * exists when containers/ID/record.json does and cnames/NAME points to it; the directory is made
 * as tmp/... and renamed into place, so a half-made one is never seen.
 */
#ifndef PODLITE_ENGINE_CTR_RECORD_H
#define PODLITE_ENGINE_CTR_RECORD_H

#include "monitor/proto.h"
#include "podlite/context.h"

/* Labels that mean something: podman's, for auto-update. */
#define CTR_LABEL_UNIT   "PODMAN_SYSTEMD_UNIT"      /* the service that started it */
#define CTR_LABEL_UPDATE "io.containers.autoupdate" /* registry, local, disabled */

struct ctr_mount {   /* for inspect, ps, volume use */
	char *type;      /* "bind", "volume", "tmpfs", "image", "ramfs", "devpts" */
	char *name;      /* of a volume */
	char *source, *destination, *propagation;
	char *subpath;   /* of the source, or NULL */
	struct svec options; /* "O": the source is the lower layer of an overlay */
	bool rw;
};

struct ctr_secret { char *name, *id; int64_t uid, gid, mode; };

struct ctr_record {
	char *id, *name;
	int64_t created_ns;
	char *image_id, *image_name;       /* NULL for --rootfs */
	char *image_digest;
	struct svec command;               /* as run: entrypoint + command */
	struct svec entrypoint, cmd;       /* separately, for inspect */
	struct svec create_command;        /* podlite's own argv */
	char *create_dir;                  /* where it was given, for relative paths in it */
	struct svec labels, annotations;   /* KEY=VALUE */
	struct { struct ctr_mount *v; size_t n; } mounts;
	struct { struct mon_port *v; size_t n; } ports;
	struct svec exposed;               /* "80/tcp" */
	char *network;                     /* mode text as podman shows it; "bridge" with named networks */
	struct { struct mon_network *v; size_t n; } networks; /* those, as asked for */
	char *restart;
	int64_t restart_max;
	char *stop_signal;
	int64_t stop_timeout;
	bool auto_remove, auto_remove_image, tty, open_stdin, privileged, read_only, init, systemd;
	char *user, *workdir, *hostname;
	char *userns, *pid_mode, *ipc_mode, *uts_mode, *cgroup_mode;
	char *cgroup_manager; /* as asked for, or NULL */
	char *log_driver, *log_path;
	char *runtime;
	char *pod;                         /* reserved */
	int64_t shm_size, memory, pids_limit, oom_score_adj;
	int64_t cpu_quota, cpu_period;
	struct svec cap_add, cap_drop, security_opt, ulimits, dns, extra_hosts, devices, group_add;
	struct svec anonymous_volumes;
	char *health;                      /* JSON text of the health check, or NULL */
	char *timezone;
	char *sdnotify;
	char *seccomp_path;
	char *cidfile, *cgroup_parent;     /* for inspect */
	bool publish_all, no_passwd, no_hosts, no_hostname;
	struct svec volumes_from, dns_search, dns_options;
	struct { struct ctr_secret *v; size_t n; } secrets;
	struct svec secret_env;            /* variables that are secrets: not to be shown */
	struct svec requires;              /* ids of containers that are started first */
};
extern const struct jmap ctr_record_map[];

enum ctr_status { CTR_CREATED, CTR_INITIALIZED, CTR_RUNNING, CTR_PAUSED, CTR_STOPPING, CTR_RESTARTING, CTR_EXITED };

struct ctr {
	struct ctr_record rec;
	enum ctr_status status;
	struct mon_state state; /* zero unless a monitor lives */
	struct mon_exit exit;   /* zero unless it ran */
	bool has_exit;
	bool starting;          /* not yet what status will say: its lock is held and no monitor has told its state */
	char health[12];        /* "starting", "healthy", "unhealthy"; "" where nothing is checked now */
};

struct ctr_list {
	struct ctr *v;
	size_t n;
};

/* Find by full id, exact name, or unique id prefix (in this order). EK_NOT_FOUND:
 * `no container with name or ID "X" found: no such container`. */
int ctr_find(struct context *c, const char *text, struct ctr *ret, struct err *err) __must_check;
/* Only the id: reads no record. */
int ctr_find_id(struct context *c, const char *text, char ret_id[65], struct err *err) __must_check;
int ctr_load(struct context *c, const char *id, struct ctr *ret, struct err *err) __must_check;
int ctr_list_all(struct context *c, struct ctr_list *ret, struct err *err) __must_check; /* sorted by creation */
void ctr_done(struct ctr *ctr);
void ctr_list_done(struct ctr_list *l);
const char *ctr_status_text(enum ctr_status s); /* "created", "running", "exited" ... */
bool ctr_is_live(const struct ctr *ctr);        /* a monitor lives */
bool ctr_is_passthrough(const struct ctr_record *r); /* its standard streams are those of who starts it */

/* Directories of a container. */
int ctr_open_dir(struct context *c, const char *id, struct err *err) __must_check;        /* containers/ID */
/* Serialises create/start/rm/rename of one container: its directory is locked, and still in its place.
 * Returns the directory's descriptor, which holds the lock. */
int ctr_lock(struct context *c, const char *id, struct err *err) __must_check;
/* Is this still the directory of container id? Removing moves it away first. */
bool ctr_dir_is_named(struct context *c, const char *id, int dir);

/* Claim a name for an id: symlink cnames/NAME -> ../containers/ID; EK_EXISTS names the holder. */
int ctr_claim_name(struct context *c, const char *name, const char *id, struct err *err) __must_check;
void ctr_release_name(struct context *c, const char *name, const char *id);
bool ctr_name_ok(const char *name);
int ctr_write_record(int ctr_fd, const struct ctr_record *r, unsigned fs_flags, struct err *err) __must_check;

#endif
