#include "podlite/optgroups.h"

#include <stddef.h>

#include "podlite/engine/create_opts.h"

#define O struct create_opts
/* scripts write --memory "$LIMIT": podman takes an empty value as none, too */
#define FLAGS(t)                               ((t) == OPT_STR ? OPT_F_EMPTY_IS_NONE : 0)
#define DFLT(n, l, t, member, arg, help, dflt) {n, l, t, offsetof(O, member), arg, help, FLAGS(t), dflt, NULL, NULL}
#define ROW(n, l, t, member, arg, help)        DFLT(n, l, t, member, arg, help, NULL)
#define EMPTY(n, l, member, arg, help, dflt)   {n, l, OPT_STR, offsetof(O, member), arg, help, 0, dflt, NULL, NULL} /* "" says something, or is refused */
#define WORDS(n, l, member, arg, help, dflt, words)                                                \
	{n, l, OPT_STR, offsetof(O, member), arg, help, FLAGS(OPT_STR), dflt, NULL, words}
#define ALIAS(n, t, member, arg, help)                                                             \
	{n, 0, t, offsetof(O, member), arg, help, OPT_F_HIDDEN, NULL, NULL, NULL}
#define REFUSED(n, l, why) {n, l, OPT_REFUSED, 0, "VALUE", why, OPT_F_HIDDEN, NULL, NULL, NULL}

static const char *const pull_words[] = {"always", "missing", "never", "newer", "true", "false", NULL};
static const char *const image_volume_words[] = {"anonymous", "bind", "tmpfs", "ignore", NULL};
static const char *const systemd_words[] = {"true", "false", "always", NULL};
static const char *const sdnotify_words[] = {"container", "conmon", "healthy", "ignore", NULL};
static const char *const cgroups_words[] = {"enabled", "disabled", "no-conmon", "split", NULL};

const struct option_def optgroups_life[] = {
	ROW("name", 0, OPT_STR, name, "NAME", "Name of the container; by default an adjective and a scientist"),
	ROW("replace", 0, OPT_BOOL, replace, NULL, "Remove a container that has the name first"),
	ROW("rm", 0, OPT_BOOL, rm, NULL, "Remove the container and its anonymous volumes when it ends"),
	ROW("cidfile", 0, OPT_STR, cidfile, "FILE", "Write the container ID to this file, which must not exist"),
	ROW("pidfile", 0, OPT_STR, pidfile, "FILE", "Write the process ID of the container's first process to this file"),
	ROW("conmon-pidfile", 0, OPT_STR, conmon_pidfile, "FILE", "Write the process ID of the monitor to this file"),
	ROW("interactive", 'i', OPT_BOOL, interactive, NULL, "Keep standard input open even if nobody is attached"),
	ROW("tty", 't', OPT_BOOL, tty, NULL, "Give the container a terminal"),
	ROW("attach", 'a', OPT_CSV, attach, "STREAM", "Attach to stdin, stdout or stderr only"),
	ROW("init", 0, OPT_BOOL, init, NULL, "Run a small init that forwards signals and reaps processes"),
	ROW("init-path", 0, OPT_STR, init_path, "FILE", "Static program on the host to use as that init"),
	ROW("label", 'l', OPT_LIST, labels, "KEY=VALUE", "Set a label"),
	ROW("label-file", 0, OPT_LIST, label_files, "FILE", "Read labels from a file, one a line"),
	ROW("annotation", 0, OPT_LIST, annotations, "KEY=VALUE", "Add an annotation to the OCI configuration"),
	ROW("requires", 0, OPT_CSV, requires, "CONTAINER", "Containers that are started before this one"),
	DFLT("restart", 0, OPT_STR, restart, "POLICY", "Restart when it ends: no, always, unless-stopped, on-failure[:N]", "no"),
	WORDS("sdnotify", 0, sdnotify, "WHO", "Who tells systemd that it is ready: container, conmon, healthy or ignore", "container", sdnotify_words),
	WORDS("systemd", 0, systemd, "WHEN", "Prepare the container for systemd: true (when its command is an init), false or always", "true", systemd_words),
	DFLT("stop-signal", 0, OPT_STR, stop_signal, "SIGNAL", "Signal that asks the container to stop", "SIGTERM"),
	DFLT("stop-timeout", 0, OPT_STR, stop_timeout, "SECONDS", "Time between that signal and SIGKILL", "10"),
	ROW("runtime", 0, OPT_STR, runtime, "PROGRAM", "OCI runtime to use instead of the built-in one: a name or a path"),
	ROW("timeout", 0, OPT_STR, timeout, "SECONDS", "Longest life of the container; 0 has no limit"),
	DFLT("log-driver", 0, OPT_STR, log_driver, "DRIVER", "k8s-file, json-file, journald, none or passthrough", "k8s-file"),
	ROW("log-opt", 0, OPT_LIST, log_opts, "NAME=VALUE", "Option of the log: max-size, max-file, path, tag"),
	OPT_ROWS_END,
};

const struct option_def optgroups_image[] = {
	WORDS("pull", 0, pull, "POLICY", "When to pull the image: always, missing, never or newer", "missing", pull_words),
	ROW("quiet", 'q', OPT_BOOL, quiet, NULL, "Show no progress of a pull"),
	ROW("platform", 0, OPT_STR, platform, "OS/ARCH[/VARIANT]", "Platform of the image"),
	ROW("arch", 0, OPT_STR, arch, "ARCH", "Architecture of the image"),
	ROW("os", 0, OPT_STR, os, "OS", "Operating system of the image"),
	ROW("variant", 0, OPT_STR, variant, "VARIANT", "Variant of the architecture"),
	ALIAS("override-arch", OPT_STR, arch, "ARCH", "The same as --arch"),
	ALIAS("override-os", OPT_STR, os, "OS", "The same as --os"),
	ALIAS("override-variant", OPT_STR, variant, "VARIANT", "The same as --variant"),
	ROW("authfile", 0, OPT_STR, authfile, "FILE", "File with credentials of registries"),
	DFLT("retry", 0, OPT_STR, retry, "N", "Further attempts of a pull when the network fails", "3"),
	DFLT("retry-delay", 0, OPT_STR, retry_delay, "DURATION", "Pause before the first of them; doubles", "1s"),
	ROW("tls-verify", 0, OPT_TRI, tls_verify, NULL, "Require HTTPS and valid certificates of the registry"),
	ROW("rootfs", 0, OPT_BOOL, rootfs, NULL, "The first argument is a directory to use as the root file system"),
	OPT_ROWS_END,
};

const struct option_def optgroups_process[] = {
	ROW("hostuser", 0, OPT_CSV, hostuser, "NAME", "Add a user of the host to /etc/passwd"),
	EMPTY("entrypoint", 0, entrypoint, "COMMAND", "Replace the image's entry point; a word or a JSON array", NULL),
	ROW("env", 'e', OPT_LIST, env, "NAME[=VALUE]", "Set an environment variable; NAME alone takes the host's value"),
	{"env-default", 0, OPT_LIST, offsetof(struct create_opts, env_default), "NAME=VALUE", "Variables unless the image has them",
		OPT_F_HIDDEN | OPT_F_CONF, NULL, NULL, NULL},
	ROW("env-file", 0, OPT_LIST, env_files, "FILE", "Read environment variables from a file"),
	ROW("env-merge", 0, OPT_LIST, env_merge, "NAME=VALUE", "Set a variable made of those of the image, as in PATH=/opt:$PATH"),
	ROW("env-host", 0, OPT_BOOL, env_host, NULL, "Pass the whole environment of the host"),
	ROW("unsetenv", 0, OPT_LIST, unsetenv, "NAME", "Unset a default variable of the image or of podlite"),
	ROW("unsetenv-all", 0, OPT_BOOL, unsetenv_all, NULL, "Unset all default variables"),
	ROW("http-proxy", 0, OPT_BOOL, http_proxy, NULL, "Pass the proxy variables of the host"),
	ROW("workdir", 'w', OPT_STR, workdir, "DIR", "Working directory inside the container"),
	ROW("user", 'u', OPT_STR, user, "USER[:GROUP]", "User name or number, and group, to run as"),
	ROW("group-add", 0, OPT_CSV, group_add, "GROUP", "Further group of the process; keep-groups keeps the caller's"),
	ROW("group-entry", 0, OPT_STR, group_entry, "ENTRY", "The entry to add to /etc/group"),
	DFLT("passwd", 0, OPT_TRI, passwd, NULL, "Add entries to /etc/passwd and /etc/group for a user and group that have none", "true"),
	ROW("passwd-entry", 0, OPT_STR, passwd_entry, "ENTRY", "The entry to add to /etc/passwd"),
	DFLT("umask", 0, OPT_STR, umask, "MODE", "Umask of the process", "0022"),
	ROW("personality", 0, OPT_STR, personality, "LINUX|LINUX32", "Kernel that the process is told it runs on; LINUX32 is one of 32 bits"),
	ROW("tz", 0, OPT_STR, tz, "ZONE", "Time zone, such as Europe/Berlin; local is the host's"),
	ROW("oom-score-adj", 0, OPT_STR, oom_score_adj, "NUMBER", "Preference of the OOM killer, -1000 to 1000"),
	ROW("ulimit", 0, OPT_LIST, ulimits, "NAME=SOFT[:HARD]", "Set a resource limit; host keeps the caller's"),
	OPT_ROWS_END,
};

const struct option_def optgroups_mounts[] = {
	ROW("volume", 'v', OPT_LIST, volumes, "[SOURCE:]DIR[:OPTIONS]", "Mount a directory of the host or a volume"),
	ROW("mount", 0, OPT_LIST, mounts, "type=TYPE,...", "Mount a bind, volume, tmpfs, image, ramfs, devpts or glob by name=value options"),
	ROW("chrootdirs", 0, OPT_CSV, chrootdirs, "DIR", "Give these directories hosts, hostname and resolv.conf in their etc, too"),
	ROW("volumes-from", 0, OPT_LIST, volumes_from, "CONTAINER[:OPTIONS]", "Mount the volumes of another container"),
	WORDS("image-volume", 0, image_volume, "HOW", "Volumes of the image: anonymous, tmpfs or ignore", "anonymous", image_volume_words),
	ROW("tmpfs", 0, OPT_LIST, tmpfs, "DIR[:OPTIONS]", "Mount a tmpfs"),
	ROW("read-only", 0, OPT_BOOL, read_only, NULL, "Make the root file system read-only"),
	DFLT("read-only-tmpfs", 0, OPT_TRI, read_only_tmpfs, NULL, "With --read-only, mount a tmpfs on /run, /tmp and /var/tmp", "true"),
	DFLT("shm-size", 0, OPT_STR, shm_size, "SIZE", "Size of /dev/shm; 0 has no limit", "64m"),
	ROW("shm-size-systemd", 0, OPT_STR, shm_size_systemd, "SIZE", "Size of each tmpfs that --systemd mounts; 0 has no limit but half of the memory"),
	ROW("device", 0, OPT_LIST, devices, "PATH[:PATH[:rwm]]", "Give the container a device of the host, also VENDOR/CLASS=NAME by CDI"),
	ROW("gpus", 0, OPT_CSV, gpus, "NAME", "GPUs by CDI: all, or names of nvidia.com/gpu devices"),
	OPT_ROWS_END,
};

const struct option_def optgroups_network[] = {
	DFLT("network", 0, OPT_LIST, networks, "MODE", "private, none, host, slirp4netns[:OPTIONS], pasta[:OPTIONS], container:ID, ns:PATH or NETWORK[:OPTIONS], several of those", "private"),
	ALIAS("net", OPT_LIST, networks, "MODE", "The same as --network"),
	ROW("ip", 0, OPT_STR, ip, "IP", "IPv4 address in a named network"),
	ROW("ip6", 0, OPT_STR, ip6, "IP", "IPv6 address in a named network"),
	ROW("mac-address", 0, OPT_STR, mac_address, "MAC", "Ethernet address in a named network"),
	ROW("network-alias", 0, OPT_LIST, network_aliases, "NAME", "A further name in all its named networks"),
	ALIAS("net-alias", OPT_LIST, network_aliases, "NAME", "The same as --network-alias"),
	ROW("publish", 'p', OPT_LIST, publish, "[[IP:]PORT:]PORT[/PROTO]", "Publish a port or a range of ports to the host"),
	ROW("publish-all", 'P', OPT_BOOL, publish_all, NULL, "Publish all exposed ports to free ports of the host"),
	ROW("expose", 0, OPT_CSV, expose, "PORT[/PROTO]", "Declare a port or a range that the container listens on"),
	ROW("hostname", 'h', OPT_STR, hostname, "NAME", "Host name inside the container"),
	ROW("add-host", 0, OPT_LIST, add_host, "NAME[;NAME...]:IP", "Add a line to /etc/hosts"),
	ROW("dns", 0, OPT_CSV, dns, "IP", "Name server; none leaves resolv.conf of the image alone"),
	ROW("dns-search", 0, OPT_CSV, dns_search, "DOMAIN", "Search domain; . for none"),
	ROW("dns-option", 0, OPT_CSV, dns_option, "OPTION", "Option line of resolv.conf"),
	ALIAS("dns-opt", OPT_CSV, dns_option, "OPTION", "The same as --dns-option"),
	ROW("hosts-file", 0, OPT_STR, hosts_file, "FILE", "What /etc/hosts begins with: a file of the host, image (the image's own) or none"),
	ROW("no-hosts", 0, OPT_BOOL, no_hosts, NULL, "Leave /etc/hosts of the image alone"),
	ROW("no-hostname", 0, OPT_BOOL, no_hostname, NULL, "Leave /etc/hostname of the image alone"),
	DFLT("pid", 0, OPT_STR, pid, "MODE", "PID namespace: private, host, container:ID or ns:PATH", "private"),
	DFLT("ipc", 0, OPT_STR, ipc, "MODE", "IPC namespace: private, shareable, none, host, container:ID or ns:PATH", "shareable"),
	DFLT("uts", 0, OPT_STR, uts, "MODE", "UTS namespace: private, host, container:ID or ns:PATH", "private"),
	DFLT("userns", 0, OPT_STR, userns, "MODE", "User namespace: host, keep-id[:uid=N,gid=N], nomap, auto[:size=N], container:ID or ns:PATH", "host"),
	ROW("uidmap", 0, OPT_CSV, uidmap, "[FLAGS]CONTAINER:FROM[:AMOUNT]", "Map user ids of the container"),
	ROW("gidmap", 0, OPT_CSV, gidmap, "[FLAGS]CONTAINER:FROM[:AMOUNT]", "Map group ids of the container"),
	ROW("subuidname", 0, OPT_STR, subuidname, "NAME", "Map user ids of the container to those of a name in /etc/subuid"),
	ROW("subgidname", 0, OPT_STR, subgidname, "NAME", "Map group ids of the container to those of a name in /etc/subgid"),
	DFLT("cgroupns", 0, OPT_STR, cgroupns, "MODE", "Cgroup namespace: private or host", "private"),
	ROW("cgroup-parent", 0, OPT_STR, cgroup_parent, "PATH", "Cgroup below which the container's is made, or a slice of the user's systemd"),
	WORDS("cgroups", 0, cgroups, "HOW", "Cgroups: enabled, disabled, no-conmon or split", "enabled", cgroups_words),
	OPT_ROWS_END,
};

const struct option_def optgroups_security[] = {
	ROW("cap-add", 0, OPT_CSV, cap_add, "CAPABILITY", "Add a capability; ALL adds all"),
	ROW("cap-drop", 0, OPT_CSV, cap_drop, "CAPABILITY", "Drop a capability; ALL drops all"),
	ROW("privileged", 0, OPT_BOOL, privileged, NULL, "All capabilities, no seccomp, no masks, all devices the user may use"),
	ROW("security-opt", 0, OPT_LIST, security_opt, "OPTION", "seccomp=FILE|unconfined|nested, no-new-privileges, mask=PATHS, unmask=PATHS|ALL, label=disable, apparmor=unconfined"),
	ROW("secret", 0, OPT_LIST, secrets, "SECRET[,OPTIONS]", "Give the container a secret as a file or variable"),
	ROW("sysctl", 0, OPT_LIST, sysctl, "NAME=VALUE", "Set a sysctl of the container's own namespaces"),
	OPT_ROWS_END,
};

const struct option_def optgroups_resources[] = {
	ROW("memory", 'm', OPT_STR, memory, "SIZE", "Memory limit"),
	ROW("memory-swap", 0, OPT_STR, memory_swap, "SIZE", "Limit of memory and swap together; -1 has no limit"),
	ROW("memory-reservation", 0, OPT_STR, memory_reservation, "SIZE", "Soft memory limit"),
	ROW("cpus", 0, OPT_STR, cpus, "NUMBER", "Number of CPUs, such as 1.5"),
	ROW("cpu-period", 0, OPT_STR, cpu_period, "MICROSECONDS", "Period of the CPU quota"),
	ROW("cpu-quota", 0, OPT_STR, cpu_quota, "MICROSECONDS", "CPU time in each period"),
	ROW("cpu-shares", 'c', OPT_STR, cpu_shares, "NUMBER", "Relative weight of CPU time"),
	ROW("cpuset-cpus", 0, OPT_STR, cpuset_cpus, "CPUS", "CPUs to run on, such as 0-3,5"),
	ROW("cpuset-mems", 0, OPT_STR, cpuset_mems, "NODES", "Memory nodes to use, such as 0-1"),
	ROW("blkio-weight", 0, OPT_STR, blkio_weight, "NUMBER", "Relative weight of block I/O, 10 to 1000"),
	ROW("blkio-weight-device", 0, OPT_LIST, blkio_weight_device, "DEVICE:WEIGHT", "The same for one block device"),
	ROW("device-read-bps", 0, OPT_LIST, device_read_bps, "DEVICE:RATE", "Limit bytes read from a block device in a second"),
	ROW("device-write-bps", 0, OPT_LIST, device_write_bps, "DEVICE:RATE", "Limit bytes written to a block device in a second"),
	ROW("device-read-iops", 0, OPT_LIST, device_read_iops, "DEVICE:NUMBER", "Limit reads from a block device in a second"),
	ROW("device-write-iops", 0, OPT_LIST, device_write_iops, "DEVICE:NUMBER", "Limit writes to a block device in a second"),
	ROW("cgroup-conf", 0, OPT_LIST, cgroup_conf, "FILE=VALUE", "Write a file of the container's cgroup"),
	ROW("pids-limit", 0, OPT_STR, pids_limit, "NUMBER", "Largest number of processes; -1 has no limit"),
	OPT_ROWS_END,
};

const struct option_def optgroups_health[] = {
	ROW("health-cmd", 0, OPT_STR, health_cmd, "COMMAND", "Command that checks the container's health; none disables"),
	DFLT("health-interval", 0, OPT_STR, health_interval, "TIME", "Time between checks; disable runs none", "30s"),
	DFLT("health-retries", 0, OPT_STR, health_retries, "NUMBER", "Failures in a row that make it unhealthy", "3"),
	DFLT("health-start-period", 0, OPT_STR, health_start_period, "TIME", "Time in which failures do not count", "0s"),
	DFLT("health-timeout", 0, OPT_STR, health_timeout, "TIME", "Longest time of one check", "30s"),
	DFLT("health-on-failure", 0, OPT_STR, health_on_failure, "ACTION", "What to do when it becomes unhealthy", "none"),
	DFLT("health-log-destination", 0, OPT_STR, health_log_destination, "PLACE", "Where results are kept: local, events_logger or a directory", "local"),
	DFLT("health-max-log-count", 0, OPT_STR, health_max_log_count, "NUMBER", "Results kept", "5"),
	DFLT("health-max-log-size", 0, OPT_STR, health_max_log_size, "BYTES", "Output kept of one check", "500"),
	ROW("health-startup-cmd", 0, OPT_STR, health_startup_cmd, "COMMAND", "Command that checks until the container has started up"),
	DFLT("health-startup-interval", 0, OPT_STR, health_startup_interval, "TIME", "Time between startup checks", "30s"),
	DFLT("health-startup-retries", 0, OPT_STR, health_startup_retries, "NUMBER", "Failed startup checks that restart the container; 0 never", "0"),
	DFLT("health-startup-success", 0, OPT_STR, health_startup_success, "NUMBER", "Successes in a row that end the startup", "0"),
	DFLT("health-startup-timeout", 0, OPT_STR, health_startup_timeout, "TIME", "Longest time of one startup check", "30s"),
	ROW("no-healthcheck", 0, OPT_BOOL, no_healthcheck, NULL, "Disable the image's health check"),
	ALIAS("healthcheck-command", OPT_STR, health_cmd, "COMMAND", "The same as --health-cmd"),
	ALIAS("healthcheck-interval", OPT_STR, health_interval, "TIME", "The same as --health-interval"),
	ALIAS("healthcheck-retries", OPT_STR, health_retries, "NUMBER", "The same as --health-retries"),
	ALIAS("healthcheck-start-period", OPT_STR, health_start_period, "TIME", "The same as --health-start-period"),
	ALIAS("healthcheck-timeout", OPT_STR, health_timeout, "TIME", "The same as --health-timeout"),
	OPT_ROWS_END,
};

const struct option_def optgroups_run[] = {
	EMPTY("detach-keys", 0, detach_keys, "KEYS", "Keys that detach from the container, such as ctrl-p,ctrl-q", "none"),
	ROW("preserve-fd", 0, OPT_CSV, preserve_fd, "FD", "Pass these descriptors to the container, under their numbers"),
	EMPTY("preserve-fds", 0, preserve_fds, "N", "Pass descriptors 3 to N+2 to the container", NULL),
	OPT_ROWS_END,
};

#define LATER_POD     "pods are not built yet"

const struct option_def optgroups_refused[] = {
	REFUSED("cpu-rt-period", 0, "the kernel's cgroup v2 has no such control"),
	REFUSED("cpu-rt-runtime", 0, "the kernel's cgroup v2 has no such control"),
	REFUSED("device-cgroup-rule", 0, "device rules are not supported in rootless mode or in a user namespace; use --device"),
	REFUSED("memory-swappiness", 0, "the kernel's cgroup v2 has no such control"),
	REFUSED("oom-kill-disable", 0, "the kernel's cgroup v2 has no such control"),
	REFUSED("rdt-class", 0, "only root of the host can make classes of cache and memory bandwidth"),
	REFUSED("link", 0, "container links are not built; members of a network find each other by name: podlite network create"),
	REFUSED("pod", 0, LATER_POD),
	REFUSED("pod-id-file", 0, LATER_POD),
	REFUSED("decryption-key", 0, "encrypted images are not built yet"),
	REFUSED("disable-content-trust", 0, "podlite does not know docker's content trust"),
	REFUSED("isolation", 0, "it exists on Windows only"),
	REFUSED("seccomp-policy", 0, "an image cannot choose its seccomp profile; use --security-opt seccomp=FILE"),
	REFUSED("storage-opt", 0, "quotas of containers are not built yet"),
	REFUSED("volume-driver", 0, "volume plug-ins are not built; use podlite volume create --opt"),
	OPT_ROWS_END,
};
