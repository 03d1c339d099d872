/*
 * create_opts.h - what run and create accept, as the option rows of podlite/optgroups.c left it.
 *
 * Texts are kept as given: ctr_create parses them (create_*.c) before anything is pulled or
 * made, so that every mistake on the command line is reported first. A zeroed struct is valid;
 * NULL or an empty list means "not given", 0 of an OPT_TRI "by default".
 */
#ifndef PODLITE_ENGINE_CREATE_OPTS_H
#define PODLITE_ENGINE_CREATE_OPTS_H

#include "common/base.h"
#include "common/jval.h"
#include "common/svec.h"

struct create_opts {
	/* set by the command, not by rows */
	const char *image;            /* reference, or the directory with rootfs */
	char *const *argv;            /* COMMAND [ARG...] */
	int argc;
	const struct jval *limits;    /* linux.resources that the options change (clone), or NULL */
	const struct jval *health;    /* the check instead of what image and options say (clone), or NULL */

	/* identity and life */
	char *name, *cidfile, *pidfile, *conmon_pidfile;
	struct svec requires, secrets;
	bool replace, rm, rmi, rootfs, interactive, tty, init, privileged;
	char *init_path;
	struct svec labels, label_files, annotations;
	char *sdnotify, *restart, *stop_signal, *stop_timeout, *timeout;
	char *systemd;                /* NULL: true */
	char *runtime;                /* instead of the global --runtime */
	char *log_driver;
	struct svec log_opts;
	char *detach_keys;
	struct svec attach;

	/* image */
	char *pull, *platform, *arch, *os, *variant, *authfile, *retry, *retry_delay;
	int tls_verify;
	bool quiet;

	/* process */
	char *entrypoint, *workdir, *user, *umask, *tz, *oom_score_adj, *personality;
	struct svec group_add, env, env_default, env_merge, env_files, unsetenv;
	bool env_host, unsetenv_all, http_proxy;
	int passwd;
	char *passwd_entry, *group_entry;
	struct svec hostuser, uidmap, gidmap;
	char *subuidname, *subgidname;
	char *preserve_fds;
	struct svec preserve_fd;
	struct svec ulimits;

	/* file systems */
	struct svec chrootdirs;
	struct svec volumes, mounts, tmpfs, devices, gpus, volumes_from;
	char *image_volume;
	bool read_only;
	int read_only_tmpfs;
	char *shm_size, *shm_size_systemd;

	/* namespaces and network */
	char *hostname, *pid, *ipc, *uts, *userns, *cgroupns, *cgroups;
	struct svec networks, publish, expose, dns, dns_search, dns_option, add_host;
	char *ip, *ip6, *mac_address;
	struct svec network_aliases;
	bool publish_all, no_hosts, no_hostname;
	char *hosts_file;

	/* security */
	struct svec cap_add, cap_drop, security_opt, sysctl;

	/* resources */
	char *memory, *memory_swap, *memory_reservation;
	char *cpus, *cpu_period, *cpu_quota, *cpu_shares, *pids_limit;
	char *blkio_weight, *cpuset_cpus, *cpuset_mems, *cgroup_parent;
	struct svec blkio_weight_device, device_read_bps, device_write_bps, device_read_iops, device_write_iops;
	struct svec cgroup_conf;

	/* health */
	char *health_cmd, *health_interval, *health_retries, *health_start_period, *health_timeout;
	char *health_on_failure, *health_log_destination, *health_max_log_count, *health_max_log_size;
	char *health_startup_cmd, *health_startup_interval, *health_startup_retries, *health_startup_success;
	char *health_startup_timeout;
	bool no_healthcheck;
};

#endif
