#include "monitor/proto.h"

#include <string.h>

#include "common/proc.h"

static const struct jmap port_map[] = {
	JMAP_STR("host_ip", struct mon_port, host_ip, 0),
	JMAP_STR("protocol", struct mon_port, proto, 0),
	JMAP_INT("host_port", struct mon_port, host_port, 0),
	JMAP_INT("container_port", struct mon_port, container_port, 0),
	JMAP_INT("range", struct mon_port, range, 0),
	JMAP_END,
};

static const struct jmap mount_map[] = {
	JMAP_STR("kind", struct mon_mount, kind, JMAP_NEED),
	JMAP_STR("source", struct mon_mount, source, 0),
	JMAP_STR("subpath", struct mon_mount, subpath, 0),
	JMAP_STR("options", struct mon_mount, options, 0),
	JMAP_END,
};

const struct jmap mon_network_map[] = {
	JMAP_STR("name", struct mon_network, name, JMAP_NEED),
	JMAP_STRS("aliases", struct mon_network, aliases, 0),
	JMAP_STR("ip", struct mon_network, ip, 0),
	JMAP_STR("ip6", struct mon_network, ip6, 0),
	JMAP_STR("mac", struct mon_network, mac, 0),
	JMAP_STR("interface", struct mon_network, interface, 0),
	JMAP_END,
};

static const struct jmap joined_map[] = {
	JMAP_STR("name", struct mon_joined, name, JMAP_NEED),
	JMAP_STR("interface", struct mon_joined, interface, 0),
	JMAP_STR("mac", struct mon_joined, mac, 0),
	JMAP_STR("ip", struct mon_joined, ip, 0),
	JMAP_STR("gateway", struct mon_joined, gateway, 0),
	JMAP_INT("prefix", struct mon_joined, prefix, 0),
	JMAP_STR("ip6", struct mon_joined, ip6, 0),
	JMAP_STR("gateway6", struct mon_joined, gateway6, 0),
	JMAP_INT("prefix6", struct mon_joined, prefix6, 0),
	JMAP_END,
};

const struct jmap mon_conf_map[] = {
	JMAP_STR("id", struct mon_conf, id, JMAP_NEED),
	JMAP_STR("name", struct mon_conf, name, 0),
	JMAP_STR("image", struct mon_conf, image, 0),
	JMAP_DICT("labels", struct mon_conf, labels, 0),
	JMAP_BOOL("terminal", struct mon_conf, terminal, 0),
	JMAP_BOOL("stdin_open", struct mon_conf, stdin_open, 0),
	JMAP_STR("log_driver", struct mon_conf, log_driver, 0),
	JMAP_STR("log_path", struct mon_conf, log_path, 0),
	JMAP_INT("log_max_size", struct mon_conf, log_max_size, 0),
	JMAP_INT("log_max_files", struct mon_conf, log_max_files, 0),
	JMAP_STR("log_tag", struct mon_conf, log_tag, 0),
	JMAP_STR("restart", struct mon_conf, restart, 0),
	JMAP_INT("restart_max", struct mon_conf, restart_max, 0),
	JMAP_BOOL("remove", struct mon_conf, remove, 0),
	JMAP_STR("rmi", struct mon_conf, rmi, 0),
	JMAP_STRS("anonymous_volumes", struct mon_conf, anonymous_volumes, 0),
	JMAP_INT("stop_signal", struct mon_conf, stop_signal, 0),
	JMAP_INT("stop_timeout", struct mon_conf, stop_timeout, JMAP_KEEP),
	JMAP_INT("timeout", struct mon_conf, timeout, 0),
	JMAP_LIST("mounts", struct mon_conf, mounts, mount_map, struct mon_mount, 0),
	JMAP_STR("network", struct mon_conf, network, 0),
	JMAP_STRS("network_options", struct mon_conf, network_options, 0),
	JMAP_LIST("networks", struct mon_conf, networks, mon_network_map, struct mon_network, 0),
	JMAP_LIST("ports", struct mon_conf, ports, port_map, struct mon_port, 0),
	JMAP_STR("runtime", struct mon_conf, runtime, 0),
	JMAP_STRS("runtime_flags", struct mon_conf, runtime_flags, 0),
	JMAP_STR("cgroups", struct mon_conf, cgroups, 0),
	JMAP_STR("cgroup_manager", struct mon_conf, cgroup_manager, 0),
	JMAP_STR("slice", struct mon_conf, slice, 0),
	JMAP_BOOL("limits", struct mon_conf, limits, 0),
	JMAP_BOOL("own_cgroup", struct mon_conf, own_cgroup, 0),
	JMAP_STR("pidfile", struct mon_conf, pidfile, 0),
	JMAP_STR("conmon_pidfile", struct mon_conf, conmon_pidfile, 0),
	JMAP_STR("userns_ctr", struct mon_conf, userns_ctr, 0),
	JMAP_STR("libexec", struct mon_conf, libexec, 0),
	JMAP_STR("sdnotify", struct mon_conf, sdnotify, 0),
	JMAP_RAW("health", struct mon_conf, health, 0),
	JMAP_END,
};

const struct jmap mon_state_map[] = {
	JMAP_STR("boot_id", struct mon_state, boot_id, 0),
	JMAP_INT("monitor_pid", struct mon_state, monitor_pid, 0),
	JMAP_UINT("monitor_start", struct mon_state, monitor_start, 0),
	JMAP_INT("pid", struct mon_state, pid, 0),
	JMAP_UINT("pid_start", struct mon_state, pid_start, 0),
	JMAP_INT("started_ns", struct mon_state, started_ns, 0),
	JMAP_INT("restarts", struct mon_state, restarts, 0),
	JMAP_STR("status", struct mon_state, status, 0),
	JMAP_STR("cgroup", struct mon_state, cgroup, 0),
	JMAP_STR("netns", struct mon_state, netns, 0),
	JMAP_INT("network_pid", struct mon_state, network_pid, 0),
	JMAP_INT("forwarder_pid", struct mon_state, forwarder_pid, 0),
	JMAP_STR("ip", struct mon_state, ip, 0),
	JMAP_STR("gateway", struct mon_state, gateway, 0),
	JMAP_INT("ip_prefix", struct mon_state, ip_prefix, 0),
	JMAP_LIST("networks", struct mon_state, networks, joined_map, struct mon_joined, 0),
	JMAP_END,
};

const struct jmap mon_exit_map[] = {
	JMAP_INT("code", struct mon_exit, code, JMAP_KEEP),
	JMAP_BOOL("oom", struct mon_exit, oom, 0),
	JMAP_INT("started_ns", struct mon_exit, started_ns, 0),
	JMAP_INT("finished_ns", struct mon_exit, finished_ns, 0),
	JMAP_INT("restarts", struct mon_exit, restarts, 0),
	JMAP_INT("pid", struct mon_exit, pid, 0),
	JMAP_BOOL("stopped", struct mon_exit, stopped, 0),
	JMAP_STR("error", struct mon_exit, error, 0),
	JMAP_END,
};

int mon_state_pidfd(const struct mon_state *s)
{
	char boot[40];

	proc_boot_id(boot);
	if (!s->boot_id || strcmp(s->boot_id, boot) || !s->pid_start)
		return -1;
	return MAX_OF(proc_open_pidfd((pid_t)s->pid, s->pid_start), -1);
}
