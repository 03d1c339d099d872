/*
 * specgen.h - from options and image to config.json, rootfs.json, monitor.json and record.json.
 *
 * struct specgen is the workbench of one ctr_create: first every option is parsed
 * (specgen_parse), then, when the image is known, each topic adds its part. What comes from an
 * image passes one allow-list (threats.md M10): Env, Entrypoint, Cmd, User, WorkingDir, Volumes,
 * ExposedPorts, StopSignal, Healthcheck, and Labels for show only. Image annotations and labels
 * never reach config.json.
 */
#ifndef PODLITE_ENGINE_SPECGEN_H
#define PODLITE_ENGINE_SPECGEN_H

#include "net/port.h"
#include "oci/spec_runtime.h"
#include "podlite/engine/create_mount.h"
#include "podlite/engine/create_opts.h"
#include "podlite/engine/create_value.h"
#include "podlite/engine/engine.h"
#include "podlite/engine/specgen_user.h"
#include "podlite/engine/vol_device.h"
#include "storage/rootfs.h"

#include <sys/stat.h>

#define SPECGEN_MAX_MOUNTS 1000

struct specgen_volume { /* a volume of this container */
	char *name, *mountpoint, *dest;
	bool nocopy, anonymous;
	bool unclaimed;        /* nobody was given it: it belongs to the container's user if the image has nothing there */
	struct svec options;   /* mount options that the volume itself has */
	int64_t uid, gid;      /* whom it belongs to by its options, or -1 */
	bool tmpfs;            /* no directory: the monitor mounts it */
};

struct specgen {
	struct context *c;
	const struct create_opts *o;

	/* what the options said */
	struct { struct create_mount *v; size_t n; } mounts;
	struct { struct create_device *v; size_t n; } devices;
	struct { struct create_ulimit *v; size_t n; } ulimits;
	struct svec cdi;                /* devices by the Container Device Interface */
	struct { struct create_secret *v; size_t n; } secrets;
	struct { struct port *v; size_t n; } ports;
	struct create_ns pid, ipc, uts, cgroupns;
	struct create_userns userns;
	struct create_network net;
	int64_t shm_size;
	int64_t systemd_size;           /* --shm-size-systemd; 0: no limit */
	bool systemd;                   /* systemd mode: asked for, or the command is an init */
	bool inherit_ulimits;           /* --ulimit host */
	bool unmask_all;
	bool no_new_privs;
	struct svec mask, unmask;       /* paths */
	char *seccomp;                  /* NULL: default; "unconfined", "nested", or a file */

	/* what is to be run */
	struct image img;
	bool has_image;
	struct spec_image_config cfg;   /* zero for --rootfs */
	struct rootfs rootfs;
	bool has_base; /* store_mountpoints() lies below the layers */
	char id[65];
	char *ctrdir;                   /* absolute path the container will have */
	char *stagedir;                 /* where it is made */
	int dir;                        /* descriptor of that */
	int network_lock;               /* with named networks: until the container is in the store; or -1 */
	int userns_lock;                /* --userns auto: until the container is in the store; or -1 */
	struct specgen_ids ids;
	char *user, *login;             /* keep-id: whom to run as if nobody says, and the caller's name */
	uint32_t kept_uid, kept_gid;    /* keep-id: the caller, as the container sees him */
	char *passwd, *group;           /* texts for /etc/passwd and /etc/group with entries added, or NULL */
	char *cgroup_parent;            /* --cgroup-parent, or NULL */
	struct svec caps;               /* the container's bounding set, "CAP_..." */
	struct { struct specgen_volume *v; size_t n; } volumes;
	struct jval *refresh;           /* refresh.json, NULL when nothing depends on others */

	/* the documents */
	struct spec_runtime spec;
	struct ctr_record rec;
	struct mon_conf mon;
};

void specgen_init(struct specgen *g, struct context *c, const struct create_opts *o);
void specgen_done(struct specgen *g);
/* Everything that can be wrong with the command line alone. */
int specgen_parse(struct specgen *g, struct err *err) __must_check;
/* Fill the four documents; image, rootfs, id and directories are set. Makes the files in g->dir
 * that are bind-mounted, and volumes. */
int specgen_build(struct specgen *g, struct err *err) __must_check;

/* Before each start: network, PID, IPC and UTS namespaces taken from other containers are looked
 * up anew and config.json rewritten; a working directory that was missing at create must be there;
 * resolv.conf follows the host's, hosts is made anew if it has been in use. Writes nothing when nothing
 * depends on others. *ret_needs, also where it fails: on whom it depends, NULL on nobody. */
int specgen_refresh(struct context *c, const char *id, struct jval **ret_needs, struct err *err) __must_check;
/* A start failed: if one of those that it needs has ended meanwhile, that is the reason. */
void specgen_refresh_explain(struct context *c, const struct jval *needs, struct err *err);

/* ---- topics: ..._parse needs the options only, the rest runs when the image is known ---- */
int specgen_userns(struct specgen *g, struct err *err) __must_check;            /* specgen_userns.c */
bool specgen_userns_is_own(const struct specgen *g); /* one within the shared one, not that and no other's */
uint32_t specgen_userns_outer_uid(const struct specgen *g, uint32_t id); /* as the shared namespace calls it */
uint32_t specgen_userns_outer_gid(const struct specgen *g, uint32_t id);
int specgen_account(struct specgen *g, struct err *err) __must_check;           /* specgen_account.c */
int specgen_process(struct specgen *g, struct err *err) __must_check;           /* specgen_process.c */
int specgen_workdir(struct specgen *g, struct err *err) __must_check;           /* when all mounts are known */
int specgen_env(struct specgen *g, struct err *err) __must_check;               /* specgen_env.c */
int specgen_namespaces_parse(struct specgen *g, struct err *err) __must_check;  /* specgen_namespaces.c */
int specgen_namespaces(struct specgen *g, struct err *err) __must_check;
int specgen_mounts_parse(struct specgen *g, struct err *err) __must_check;      /* specgen_mounts.c */
int specgen_mounts(struct specgen *g, struct err *err) __must_check;
bool specgen_mounts_covers(const struct specgen *g, const char *dest); /* the user mounts something exactly there */
void specgen_mounts_sort(struct specgen *g); /* parents before what lies below them */
/* specgen_volumes.c: find or make the volume of m, remember it for copy-up; its _data. */
const char *specgen_volumes_use(struct specgen *g, const struct create_mount *m, struct err *err);
/* After the root file system is prepared: what the image has goes into new volumes. */
int specgen_volumes_fill(struct specgen *g, struct err *err) __must_check;
void specgen_volumes_undo(struct specgen *g);
/* specgen_prepared.c: what the monitor mounts first; the path (owned by the caller) that a bind mount
 * of the container takes it from. fs: for kinds "overlay" and "image", gets its dir here. */
char *specgen_prepared_add(struct specgen *g, const char *kind, const char *source, const char *subpath, struct rootfs *fs, struct err *err);
char *specgen_prepared_overlay(struct specgen *g, const char *source, struct err *err);
char *specgen_prepared_tmpfs(struct specgen *g, struct err *err); /* of the last volume */
char *specgen_prepared_image(struct specgen *g, const struct create_mount *m, struct err *err);
/* specgen_mounts_from.c: --volumes-from, --image-volume, type=glob: mounts made of others. */
int specgen_mounts_from(struct specgen *g, struct err *err) __must_check;
int specgen_mounts_keep(struct specgen *g, struct create_mount *m, struct err *err) __must_check; /* takes m over */
int specgen_mounts_glob(struct specgen *g, const struct create_mount *m, struct err *err) __must_check;
/* After volumes are filled: U, the tree belongs to the container's user. */
int specgen_chown(struct specgen *g, struct err *err) __must_check;             /* specgen_chown.c */
int specgen_secrets_parse(struct specgen *g, struct err *err) __must_check;     /* specgen_secrets.c */
int specgen_secrets(struct specgen *g, struct err *err) __must_check;
int specgen_cdi(struct specgen *g, struct err *err) __must_check;               /* specgen_cdi.c */
int specgen_devices(struct specgen *g, struct err *err) __must_check;           /* specgen_devices.c */
int specgen_files(struct specgen *g, struct err *err) __must_check;             /* specgen_files.c */
/* specgen_systemd.c: is it systemd mode? When the command is known. */
int specgen_systemd_parse(struct specgen *g, struct err *err) __must_check;
void specgen_systemd(struct specgen *g);
void specgen_systemd_mounts(struct specgen *g);
int specgen_security_parse(struct specgen *g, struct err *err) __must_check;    /* specgen_security.c */
int specgen_security(struct specgen *g, struct err *err) __must_check;
int specgen_sysctl(struct specgen *g, struct err *err) __must_check;            /* specgen_sysctl.c */
int specgen_resources(struct specgen *g, struct err *err) __must_check;         /* specgen_resources.c */
void specgen_resources_record(struct ctr_record *rec, const struct jval *resources); /* what of them is shown */
int specgen_devlimits(const struct create_opts *o, struct jval *resources, struct err *err) __must_check; /* adds to it */
int specgen_networks(struct specgen *g, struct err *err) __must_check;          /* specgen_networks.c */
/* Is this what can be asked of network n? Messages name the network. */
struct network;
int specgen_networks_check(const struct network *n, const struct mon_network *m, struct err *err) __must_check;
struct mon_network specgen_networks_copy(const struct mon_network *m); /* the caller's */
int specgen_ports_parse(struct specgen *g, struct err *err) __must_check;       /* specgen_ports.c */
int specgen_ports(struct specgen *g, struct err *err) __must_check;
int specgen_health(struct specgen *g, struct err *err) __must_check;            /* specgen_health.c */
/* The options change the check that rec and conf have. */
int specgen_health_update(const struct create_opts *o, struct ctr_record *rec, struct mon_conf *conf, struct err *err) __must_check;
int specgen_monitor_parse(struct specgen *g, struct err *err) __must_check;     /* specgen_monitor.c */
int specgen_monitor(struct specgen *g, struct err *err) __must_check;
int specgen_labels(struct specgen *g, struct err *err) __must_check;            /* specgen_labels.c */

/* specgen_view.c: the image's merged layers (or --rootfs) without mounting them. Regular file of
 * at most max bytes at path, links followed inside; appended to ret. -ENOENT, -EFBIG, -EINVAL,
 * -EACCES (only root of the user namespace may look) ... */
int specgen_view_read(const struct rootfs *r, const char *path, size_t max, struct sbuf *ret) __must_check;
/* What is at path: 0 with *ret, or -errno. *ret_empty: a directory without entries. */
int specgen_view_stat(const struct rootfs *r, const char *path, struct stat *ret, bool *ret_empty) __must_check;

#endif
