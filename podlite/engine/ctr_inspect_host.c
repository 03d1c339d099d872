/* ctr_inspect_host.c - HostConfig of `inspect`: what was asked of the host. */
#include <string.h>

#include "common/units.h"
#include "podlite/engine/ctr_inspect.h"
#include "podlite/engine/ctr_view.h"

static const char *or_default(const char *s, const char *dflt)
{
	return s && *s ? s : dflt;
}

static struct jval *list(const struct svec *l)
{
	return jval_new_strings(l);
}

static struct jval *tmpfs_json(const struct ctr_record *r)
{
	struct jval *o = jval_new_object();

	for (size_t i = 0; i < r->mounts.n; i++) {
		const struct ctr_mount *m = &r->mounts.v[i];

		if (m->type && !strcmp(m->type, "tmpfs")) {
			auto_free char *options = svec_join(&m->options, ",");

			jval_set_str(o, m->destination, options);
		}
	}
	return o;
}

static struct jval *ulimits_json(const struct jval *config)
{
	const struct jval *limits = jval_path(config, "process.rlimits");
	struct jval *a = jval_new_array();

	for (size_t i = 0; i < jval_len(limits); i++) {
		const struct jval *l = jval_at(limits, i);
		struct jval *o = jval_new_object();

		jval_set_str(o, "Name", jval_get_str(l, "type", ""));
		jval_set(o, "Soft", jval_new_uint(jval_uint(jval_get(l, "soft"), 0)));
		jval_set(o, "Hard", jval_new_uint(jval_uint(jval_get(l, "hard"), 0)));
		jval_add(a, o);
	}
	return a;
}

static struct jval *binds_json(const struct ctr_record *r)
{
	struct jval *a = jval_new_array();

	for (size_t i = 0; i < r->mounts.n; i++) {
		const struct ctr_mount *m = &r->mounts.v[i];
		auto_svec struct svec options = SVEC_INIT;
		auto_free char *list = NULL, *text = NULL;

		if (m->type && !strcmp(m->type, "tmpfs"))
			continue;
		svec_add(&options, m->rw ? "rw" : "ro");
		SVEC_EACH(o, &m->options)
			if (strcmp(o, "rw") && strcmp(o, "ro"))
				svec_add(&options, o);
		list = svec_join(&options, ",");
		text = xasprintf("%s:%s:%s", m->name ? m->name : m->source ? m->source : "", m->destination, list);
		jval_add(a, jval_new_str(text));
	}
	return a;
}

static struct jval *log_json(const struct ctr_record *r, const struct mon_conf *conf)
{
	char size[32];

	struct jval *o = jval_new_object();

	jval_set_str(o, "Type", r->log_driver ? r->log_driver : "k8s-file");
	jval_set(o, "Config", jval_new_null());
	jval_set_str(o, "Path", r->log_path ? r->log_path : "");
	jval_set_str(o, "Tag", conf->log_tag ? conf->log_tag : "");
	units_print_size_short((uint64_t)conf->log_max_size, 4, size, sizeof(size));
	jval_set_str(o, "Size", size);
	return o;
}

/* ---- limits: what podman prints of them, set or not ---- */

static struct jval *device_list(const struct jval *devices, const char *value)
{
	struct jval *a = jval_len(devices) ? jval_new_array() : jval_new_null();

	for (size_t i = 0; i < jval_len(devices); i++) {
		const struct jval *d = jval_at(devices, i);
		auto_free char *path = xasprintf("/dev/block/%d:%d", (int)jval_get_int(d, "major", 0), (int)jval_get_int(d, "minor", 0));
		struct jval *o = jval_new_object();

		jval_set_str(o, "Path", path);
		jval_set_int(o, !strcmp(value, "weight") ? "Weight" : "Rate", jval_get_int(d, value, 0));
		jval_add(a, o);
	}
	return a;
}

static struct jval *unified_json(const struct jval *files)
{
	return files ? jval_copy(files) : jval_new_null();
}

static void add_limits(struct jval *o, const struct jval *resources)
{
	static const struct { const char *key, *path; } numbers[] = {
		{"CpuShares", "cpu.shares"}, {"MemoryReservation", "memory.reservation"}, {"MemorySwap", "memory.swap"},
		{"BlkioWeight", "blockIO.weight"}, {"MemorySwappiness", NULL}, {"CpuRealtimePeriod", NULL},
		{"CpuRealtimeRuntime", NULL}, {"DiskQuota", NULL}, {"KernelMemory", NULL}, {"CpuCount", NULL},
		{"CpuPercent", NULL}, {"IOMaximumIOps", NULL}, {"IOMaximumBandwidth", NULL}};
	static const struct { const char *key, *path; } devices[] = {
		{"BlkioDeviceReadBps", "blockIO.throttleReadBpsDevice"}, {"BlkioDeviceWriteBps", "blockIO.throttleWriteBpsDevice"},
		{"BlkioDeviceReadIOps", "blockIO.throttleReadIOPSDevice"}, {"BlkioDeviceWriteIOps", "blockIO.throttleWriteIOPSDevice"}};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		jval_set_int(o, numbers[i].key, numbers[i].path ? jval_int(jval_path(resources, numbers[i].path), 0) : 0);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		jval_set(o, devices[i].key, device_list(jval_path(resources, devices[i].path), "rate"));
	jval_set(o, "BlkioWeightDevice", device_list(jval_path(resources, "blockIO.weightDevice"), "weight"));
	jval_set_str(o, "CpusetCpus", jval_str(jval_path(resources, "cpu.cpus"), ""));
	jval_set_str(o, "CpusetMems", jval_str(jval_path(resources, "cpu.mems"), ""));
	jval_set(o, "CgroupConf", unified_json(jval_get(resources, "unified")));
	for (const char *const *k = (const char *const[]){"Isolation", "VolumeDriver", "Cgroup", NULL}; *k; k++)
		jval_set_str(o, *k, "");
	jval_set(o, "Links", jval_new_null());
	jval_set_bool(o, "OomKillDisable", false);
}

struct jval *ctr_inspect_host(const struct ctr_record *r, const struct jval *config, const struct mon_conf *conf,
	struct jval *bindings)
{
	struct jval *o = jval_new_object(), *restart = jval_new_object();

	add_limits(o, jval_path(config, "linux.resources"));
	jval_set(o, "Binds", binds_json(r));
	jval_set_str(o, "CgroupManager", or_default(r->cgroup_manager, "cgroupfs"));
	jval_set_str(o, "CgroupMode", or_default(r->cgroup_mode, "private"));
	jval_set(o, "LogConfig", log_json(r, conf));
	jval_set_str(o, "NetworkMode", or_default(r->network, "slirp4netns"));
	jval_set(o, "PortBindings", bindings);
	jval_set_str(restart, "Name", or_default(r->restart, "no"));
	jval_set_int(restart, "MaximumRetryCount", r->restart_max);
	jval_set(o, "RestartPolicy", restart);
	jval_set_bool(o, "AutoRemove", r->auto_remove);
	jval_set(o, "Annotations", r->annotations.n ? jval_new_dict(&r->annotations) : jval_new_null());
	jval_set(o, "CapAdd", list(&r->cap_add));
	jval_set(o, "CapDrop", list(&r->cap_drop));
	jval_set(o, "Dns", list(&r->dns));
	jval_set(o, "DnsOptions", list(&r->dns_options));
	jval_set(o, "DnsSearch", list(&r->dns_search));
	jval_set_str(o, "ContainerIDFile", or_default(r->cidfile, ""));
	jval_set_str(o, "CgroupParent", or_default(r->cgroup_parent, ""));
	jval_set(o, "VolumesFrom", r->volumes_from.n ? list(&r->volumes_from) : jval_new_null());
	jval_set_str(o, "HostsFile", "");
	jval_set_bool(o, "AutoRemoveImage", r->auto_remove_image);
	jval_set(o, "ExtraHosts", list(&r->extra_hosts));
	jval_set(o, "GroupAdd", list(&r->group_add));
	jval_set_str(o, "IpcMode", or_default(r->ipc_mode, "shareable"));
	jval_set_str(o, "Cgroups", !conf->cgroups || !strcmp(conf->cgroups, "enabled") ? "default" : conf->cgroups);
	jval_set_int(o, "OomScoreAdj", r->oom_score_adj);
	jval_set_str(o, "PidMode", or_default(r->pid_mode, "private"));
	jval_set_bool(o, "Privileged", r->privileged);
	jval_set_bool(o, "PublishAllPorts", r->publish_all);
	jval_set_bool(o, "ReadonlyRootfs", r->read_only);
	jval_set(o, "SecurityOpt", list(&r->security_opt));
	jval_set(o, "Tmpfs", tmpfs_json(r));
	jval_set_str(o, "UTSMode", or_default(r->uts_mode, "private"));
	jval_set_str(o, "UsernsMode", or_default(r->userns, ""));
	jval_set_int(o, "ShmSize", r->shm_size);
	jval_set_str(o, "Runtime", "oci");
	jval_set(o, "ConsoleSize", jval_parse("[0,0]", 5, 0, &(struct err)ERR_INIT));
	jval_set_int(o, "Memory", r->memory);
	jval_set_int(o, "NanoCpus", r->cpu_quota && r->cpu_period ? r->cpu_quota * 1000000000 / r->cpu_period : 0);
	jval_set_int(o, "CpuPeriod", r->cpu_period);
	jval_set_int(o, "CpuQuota", r->cpu_quota);
	jval_set(o, "Devices", list(&r->devices));
	jval_set_bool(o, "Init", r->init);
	jval_set_int(o, "PidsLimit", r->pids_limit);
	jval_set(o, "Ulimits", ulimits_json(config));
	return o;
}

