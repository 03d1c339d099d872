/*
 * spec_runtime.h - config.json of the OCI runtime-spec 1.2 as C structs, by jmap tables: the
 * engine fills and emits it, the runtime parses it. Members carry the specification's names;
 * absent strings are NULL, absent lists empty. Sections that only pass through are kept raw.
 */
#ifndef PODLITE_SPEC_RUNTIME_H
#define PODLITE_SPEC_RUNTIME_H

#include "common/jmap.h"

struct spec_user {
	uint32_t uid, gid;
	int64_t umask; /* -1: not given */
	struct { uint32_t *v; size_t n; } additional_gids;
	char *username;
};

struct spec_rlimit {
	char *type; /* "RLIMIT_NOFILE" */
	uint64_t soft, hard;
};

struct spec_caps { /* names "CAP_..." */
	struct svec bounding, effective, inheritable, permitted, ambient;
};

struct spec_console_size { uint64_t height, width; };

struct spec_process {
	bool terminal;
	struct spec_console_size console_size;
	struct spec_user user;
	struct svec args, env;
	char *cwd;
	struct spec_caps *capabilities;
	struct { struct spec_rlimit *v; size_t n; } rlimits;
	bool no_new_privileges;
	char *apparmor_profile, *selinux_label;
	int64_t oom_score_adj;
	bool has_oom_score_adj;
	struct jval *scheduler, *io_priority, *exec_cpu_affinity; /* raw: rt_attr reads them */
};

struct spec_root { char *path; bool readonly; };

struct spec_idmap { uint32_t container_id, host_id, size; };
struct spec_idmaps { struct spec_idmap *v; size_t n; };
/* What an id in the container is outside; itself where nothing maps it. */
uint32_t spec_idmap_outer(const struct spec_idmaps *m, uint32_t id);

struct spec_mount {
	char *destination, *type, *source;
	struct svec options;
	struct spec_idmaps uid_mappings, gid_mappings;
};

struct spec_namespace { char *type, *path; }; /* pid network mount ipc uts user cgroup time */

struct spec_device {
	char *type, *path; /* "c", "b", "u", "p" */
	int64_t major, minor;
	int64_t file_mode; /* -1: not given */
	uint32_t uid, gid;
};

struct spec_hook { char *path; struct svec args, env; int64_t timeout; };
struct spec_hook_list { struct spec_hook *v; size_t n; };
struct spec_hooks {
	struct spec_hook_list prestart, create_runtime, create_container, start_container, poststart,
		poststop;
};

struct spec_linux {
	struct { struct spec_namespace *v; size_t n; } namespaces;
	struct spec_idmaps uid_mappings, gid_mappings;
	struct { struct spec_device *v; size_t n; } devices;
	char *cgroups_path;
	struct jval *resources;   /* raw: rt_cgroup reads it */
	char *rootfs_propagation;
	struct svec masked_paths, readonly_paths;
	struct svec sysctl;       /* "key=value" */
	struct jval *seccomp;     /* raw: rt_seccomp compiles it */
	char *mount_label;
	struct jval *personality, *intel_rdt, *time_offsets;
};

struct spec_runtime {
	char *oci_version;
	struct spec_process process;
	struct spec_root root;
	char *hostname, *domainname;
	struct { struct spec_mount *v; size_t n; } mounts;
	struct spec_hooks hooks;
	struct svec annotations;  /* KEY=VALUE */
	struct spec_linux linux_;
};

extern const struct jmap spec_runtime_map[];
extern const struct jmap spec_process_map[];

/* Defaults (umask -1, file_mode -1), then parse and check what the structs cannot say: ociVersion
 * 1.x, absolute destinations, cwd, at least one argument. */
int spec_runtime_parse(const char *text, size_t n, struct spec_runtime *ret, struct err *err) __must_check;
int spec_runtime_read(int bundle_fd, struct spec_runtime *ret, struct err *err) __must_check; /* config.json, <= 16 MiB, not a link */
struct jval *spec_runtime_emit(const struct spec_runtime *s);
void spec_runtime_init(struct spec_runtime *s);
void spec_runtime_done(struct spec_runtime *s);

/* Types of a linux.resources section, by itself for `update`; errors carry the JSON path. */
int spec_resources_check(const struct jval *resources, struct err *err) __must_check;

/* A process alone: `exec --process FILE`. */
int spec_process_parse(const char *text, size_t n, struct spec_process *ret, struct err *err) __must_check;
struct jval *spec_process_emit(const struct spec_process *p);
void spec_process_done(struct spec_process *p);

/* Appending, for whoever builds a config. */
struct spec_mount *spec_add_mount(struct spec_runtime *s, const char *dest, const char *type, const char *source, const char *options_comma);
void spec_add_namespace(struct spec_runtime *s, const char *type, const char *path);
void spec_add_rlimit(struct spec_runtime *s, const char *type, uint64_t soft, uint64_t hard);
void spec_add_gid(struct spec_user *u, uint32_t gid);
const struct spec_namespace *spec_find_namespace(const struct spec_runtime *s, const char *type);

#endif
