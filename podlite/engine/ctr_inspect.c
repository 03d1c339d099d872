#include "podlite/engine/ctr_inspect.h"

#include <stdio.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/units.h"
#include "net/network.h"
#include "podlite/engine/ctr_filter.h"
#include "podlite/engine/ctr_health.h"
#include "podlite/engine/ctr_view.h"
#include "storage/image.h"
#include "storage/rootfs.h"

#define CONFIG_MAX (16u << 20)
#define ZERO_TIME  "0001-01-01T00:00:00Z" /* Go's zero time, which scripts know */

static const char *or_default(const char *s, const char *dflt)
{
	return s && *s ? s : dflt;
}

static struct jval *strings_or_null(const struct svec *l)
{
	return l->n ? jval_new_strings(l) : jval_new_null();
}

static struct jval *list(const struct svec *l)
{
	return jval_new_strings(l);
}

static void set_time(struct jval *o, const char *key, int64_t ns)
{
	char text[40];

	units_print_time(ns, true, text);
	jval_set_str(o, key, ns ? text : ZERO_TIME);
}

static struct jval *state_json(const struct ctr *ctr, const struct jval *config)
{
	struct jval *o = jval_new_object();
	bool live = ctr_is_live(ctr);

	jval_set_str(o, "OciVersion", jval_get_str(config, "ociVersion", ""));
	jval_set_str(o, "Status", ctr_status_text(ctr->status));
	jval_set_bool(o, "Running", ctr->status == CTR_RUNNING || ctr->status == CTR_STOPPING);
	jval_set_bool(o, "Paused", ctr->status == CTR_PAUSED);
	jval_set_bool(o, "Restarting", ctr->status == CTR_RESTARTING);
	jval_set_bool(o, "OOMKilled", ctr->has_exit && !live && ctr->exit.oom);
	jval_set_bool(o, "Dead", false);
	jval_set_int(o, "Pid", live ? ctr->state.pid : 0);
	if (live)
		jval_set_int(o, "ConmonPid", ctr->state.monitor_pid);
	jval_set_int(o, "ExitCode", live || !ctr->has_exit ? 0 : ctr->exit.code);
	jval_set_str(o, "Error", !live && ctr->exit.error ? ctr->exit.error : "");
	set_time(o, "StartedAt", live ? ctr->state.started_ns : ctr->exit.started_ns);
	set_time(o, "FinishedAt", live || !ctr->has_exit ? 0 : ctr->exit.finished_ns);
	jval_set_str(o, "CgroupPath", live && ctr->state.cgroup ? ctr->state.cgroup : "");
	jval_set_str(o, "CheckpointedAt", ZERO_TIME);
	jval_set_str(o, "RestoredAt", ZERO_TIME);
	return o;
}

static struct jval *mounts_json(const struct ctr_record *r)
{
	struct jval *a = jval_new_array();

	for (size_t i = 0; i < r->mounts.n; i++) {
		const struct ctr_mount *m = &r->mounts.v[i];
		struct jval *o;

		if (m->type && !strcmp(m->type, "tmpfs"))
			continue; /* shown below HostConfig.Tmpfs, as podman does */
		o = jval_new_object();
		jval_set_str(o, "Type", m->type ? m->type : "bind");
		if (m->name)
			jval_set_str(o, "Name", m->name);
		jval_set_str(o, "Source", m->source ? m->source : "");
		jval_set_str(o, "Destination", m->destination);
		jval_set_str(o, "Driver", m->name ? "local" : "");
		jval_set_str(o, "Mode", "");
		jval_set(o, "Options", list(&m->options));
		jval_set_bool(o, "RW", m->rw);
		jval_set_str(o, "Propagation", m->propagation ? m->propagation : "rprivate");
		jval_add(a, o);
	}
	return a;
}

/* {"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]}; exposed but unpublished ports are null. */
static struct jval *ports_json(const struct ctr_record *r, bool exposed)
{
	struct jval *o = jval_new_object();

	for (size_t i = 0; exposed && i < r->exposed.n; i++)
		jval_set(o, r->exposed.v[i], jval_new_null());
	for (size_t i = 0; i < r->ports.n; i++) {
		const struct mon_port *p = &r->ports.v[i];
		int64_t range = p->range > 1 ? p->range : 1;

		for (int64_t k = 0; k < range; k++) {
			auto_free char *key = xasprintf("%d/%s", (int)(p->container_port + k), p->proto ? p->proto : "tcp");
			auto_free char *port = xasprintf("%d", (int)(p->host_port + k));
			struct jval *a = jval_get(o, key), *b = jval_new_object();

			if (!a) {
				a = jval_new_array();
				jval_set(o, key, a);
			}
			jval_set_str(b, "HostIp", p->host_ip && *p->host_ip ? p->host_ip : "0.0.0.0");
			jval_set_str(b, "HostPort", port);
			jval_add(a, b);
		}
	}
	return o;
}

/* One member's addresses; j NULL: not known, it does not run or its network has no name. */
static void set_addresses(struct jval *o, const struct mon_joined *j)
{
	static const struct mon_joined none = {.name = NULL};
	const struct mon_joined *a = j ? j : &none;

	jval_set_str(o, "Gateway", or_default(a->gateway, ""));
	jval_set_str(o, "IPAddress", or_default(a->ip, ""));
	jval_set_int(o, "IPPrefixLen", a->prefix);
	jval_set_str(o, "IPv6Gateway", or_default(a->gateway6, ""));
	jval_set_str(o, "GlobalIPv6Address", or_default(a->ip6, ""));
	jval_set_int(o, "GlobalIPv6PrefixLen", a->prefix6);
	jval_set_str(o, "MacAddress", or_default(a->mac, ""));
}

static struct jval *new_network(const char *id)
{
	struct jval *net = jval_new_object();

	jval_set_str(net, "EndpointID", "");
	jval_set_str(net, "NetworkID", id);
	jval_set(net, "DriverOpts", NULL);
	jval_set(net, "IPAMConfig", NULL);
	jval_set(net, "Links", NULL);
	return net;
}

static const struct mon_joined *joined(const struct ctr *ctr, const char *network)
{
	for (size_t i = 0; ctr_is_live(ctr) && i < ctr->state.networks.n; i++)
		if (!strcmp(ctr->state.networks.v[i].name, network))
			return &ctr->state.networks.v[i];
	return NULL;
}

/* As podman: the short id is an alias, too. Of a network whose record is gone or damaged the name must do. */
static struct jval *named_network(struct context *c, const struct ctr *ctr, const struct mon_network *m)
{
	auto_cleanup(network_done) struct network n = {.name = NULL};
	struct err ignored = ERR_INIT;
	bool known = network_read(c->store.fd, m->name, &n, &ignored) == 0;
	struct jval *net = new_network(known ? n.id : m->name), *aliases = jval_new_strings(&m->aliases);

	jval_add(aliases, jval_new_strn(ctr->rec.id, ID_SHORT));
	set_addresses(net, joined(ctr, m->name));
	jval_set(net, "Aliases", aliases);
	return net;
}

/* The address of a network without a name, as the monitor has written it. */
static struct mon_joined of_mode(const struct ctr *ctr)
{
	struct mon_joined j = {.name = NULL};

	if (ctr_is_live(ctr) && !ctr->rec.networks.n)
		j = (struct mon_joined){.ip = ctr->state.ip, .gateway = ctr->state.gateway, .prefix = ctr->state.ip_prefix};
	return j;
}

/* {"pasta": {...}}: scripts walk over the networks to find the address. */
static struct jval *networks_json(struct context *c, const struct ctr *ctr)
{
	struct jval *o = jval_new_object(), *net;
	const char *mode = ctr->rec.network ? ctr->rec.network : "";
	auto_free char *name = xstrndup(mode, strcspn(mode, ":"));
	struct mon_joined only = of_mode(ctr);

	for (size_t i = 0; i < ctr->rec.networks.n; i++)
		jval_set(o, ctr->rec.networks.v[i].name, named_network(c, ctr, &ctr->rec.networks.v[i]));
	if (!*name || !strcmp(name, "container") || !strcmp(name, "ns") || !strcmp(name, "bridge"))
		return o;
	net = new_network(name);
	set_addresses(net, &only);
	jval_set(o, name, net);
	return o;
}

/* Of several networks none has the container's one address. */
static struct jval *settings_json(struct context *c, const struct ctr *ctr)
{
	static const char *const empty[] = {"EndpointID", "Bridge", "SandboxID", "LinkLocalIPv6Address"};
	struct mon_joined only = of_mode(ctr);
	struct jval *o = jval_new_object();
	char key[64] = "";

	for (size_t i = 0; i < ARRAY_SIZE(empty); i++)
		jval_set_str(o, empty[i], "");
	set_addresses(o, ctr->rec.networks.n == 1 ? joined(ctr, ctr->rec.networks.v[0].name) : &only);
	jval_set_bool(o, "HairpinMode", false);
	jval_set_int(o, "LinkLocalIPv6PrefixLen", 0);
	jval_set(o, "Ports", ports_json(&ctr->rec, true));
	if (ctr_is_live(ctr) && ctr->state.pid)
		snprintf(key, sizeof(key), "/proc/%d/ns/net", (int)ctr->state.pid);
	jval_set_str(o, "SandboxKey", key);
	jval_set(o, "Networks", networks_json(c, ctr));
	return o;
}

static struct jval *driver_json(struct context *c, int dir, struct err *err)
{
	struct jval *o = jval_new_object(), *data = jval_new_object();
	struct rootfs fs = {0};

	if (rootfs_read(dir, &fs, err) < 0) {
		err_clear(err);
		jval_set_str(o, "Name", store_driver_name(c->store.driver));
	} else {
		auto_free char *lower = svec_join(&fs.lowers, ":");
		auto_free char *upper = xasprintf("%s/upper", fs.dir ? fs.dir : "");
		auto_free char *work = xasprintf("%s/work", fs.dir ? fs.dir : "");
		auto_free char *merged = xasprintf("%s/merged", fs.dir ? fs.dir : "");

		jval_set_str(o, "Name", store_driver_name(fs.driver));
		if (fs.lowers.n)
			jval_set_str(data, "LowerDir", lower);
		if (fs.dir && !fs.host_dir) {
			jval_set_str(data, "MergedDir", merged);
			jval_set_str(data, "UpperDir", upper);
			jval_set_str(data, "WorkDir", work);
		}
		rootfs_done(&fs);
	}
	jval_set(o, "Data", data);
	return o;
}

/* {"80/tcp": {}} */
static struct jval *exposed_json(const struct ctr_record *r)
{
	auto_jval struct jval *ports = ports_json(r, true);
	struct jval *o = jval_new_object();

	for (const struct jval_iter *it = jval_first(ports); it; it = jval_next(it))
		jval_set(o, jval_key(it), jval_new_object());
	return o;
}

/* Without those that are secrets. */
static struct jval *env_json(const struct ctr_record *r, const struct jval *process)
{
	auto_svec struct svec env = SVEC_INIT;

	jval_strings(jval_get(process, "env"), &env);
	for (size_t i = 0; i < r->secret_env.n; i++)
		svec_env_unset(&env, r->secret_env.v[i]);
	return jval_new_strings(&env);
}

static struct jval *secrets_json(const struct ctr_record *r)
{
	struct jval *a = jval_new_array();

	for (size_t i = 0; i < r->secrets.n; i++) {
		const struct ctr_secret *s = &r->secrets.v[i];
		struct jval *o = jval_new_object();

		jval_set_str(o, "Name", s->name);
		jval_set_str(o, "ID", s->id);
		jval_set_int(o, "UID", s->uid);
		jval_set_int(o, "GID", s->gid);
		jval_set_int(o, "Mode", s->mode);
		jval_add(a, o);
	}
	return a;
}

static struct jval *config_json(const struct ctr_record *r, const struct jval *config, const struct mon_conf *conf)
{
	const struct jval *process = jval_get(config, "process");
	struct jval *o = jval_new_object();

	jval_set_str(o, "Hostname", r->hostname ? r->hostname : "");
	jval_set_str(o, "Domainname", "");
	jval_set_str(o, "User", r->user ? r->user : "");
	jval_set_bool(o, "AttachStdin", false);
	jval_set_bool(o, "AttachStdout", false);
	jval_set_bool(o, "AttachStderr", false);
	jval_set_bool(o, "Tty", r->tty);
	jval_set_bool(o, "OpenStdin", r->open_stdin);
	jval_set_bool(o, "StdinOnce", false);
	jval_set(o, "Env", env_json(r, process));
	if (r->secrets.n)
		jval_set(o, "Secrets", secrets_json(r));
	jval_set(o, "Cmd", strings_or_null(&r->cmd));
	jval_set_str(o, "Image", r->image_name ? r->image_name : "");
	jval_set(o, "Volumes", jval_new_null());
	jval_set_str(o, "WorkingDir", r->workdir ? r->workdir : "/");
	jval_set(o, "Entrypoint", strings_or_null(&r->entrypoint));
	jval_set(o, "OnBuild", jval_new_null());
	jval_set(o, "Labels", r->labels.n ? jval_new_dict(&r->labels) : jval_new_null());
	jval_set(o, "Annotations", r->annotations.n ? jval_new_dict(&r->annotations) : jval_new_null());
	if (r->exposed.n || r->ports.n)
		jval_set(o, "ExposedPorts", exposed_json(r));
	jval_set_bool(o, "SystemdMode", r->systemd);
	jval_set_str(o, "StopSignal", r->stop_signal ? r->stop_signal : "SIGTERM");
	jval_set(o, "CreateCommand", list(&r->create_command));
	if (r->timezone)
		jval_set_str(o, "Timezone", r->timezone);
	auto_free char *mask = xasprintf("%04o", (unsigned)jval_int(jval_path(process, "user.umask"), 022));
	jval_set_str(o, "Umask", mask);
	jval_set_int(o, "Timeout", conf->timeout);
	jval_set_int(o, "StopTimeout", r->stop_timeout);
	jval_set_bool(o, "Passwd", !r->no_passwd);
	jval_set_str(o, "sdNotifyMode", r->sdnotify ? r->sdnotify : "container");
	return o;
}

/* Files of ours in the container's directory; empty while they do not exist. */
static void add_paths(struct jval *o, struct context *c, const struct ctr *ctr, int dir)
{
	static const struct {
		const char *key, *file;
	} files[] = {{"ResolvConfPath", "resolv.conf"}, {"HostnamePath", "hostname"}, {"HostsPath", "hosts"},
		{"OCIConfigPath", "config.json"}};
	auto_free char *base = xasprintf("%s/containers/%s", c->store.root, ctr->rec.id);

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = xasprintf("%s/%s", base, files[i].file);

		jval_set_str(o, files[i].key, fs_exists(dir, files[i].file) ? path : "");
	}
	jval_set_str(o, "StaticDir", base);
}

static int add_size(struct context *c, struct jval *o, const struct ctr_record *rec, int dir, struct err *err)
{
	struct image img = {.id = ""};
	uint64_t bytes = 0;
	int r;

	if (context_enter_userns(c, NULL, err) < 0)
		return -1;
	r = fs_tree_usage(dir, "upper", &bytes, NULL);
	if (r < 0)
		return err_neg(err, r, "measure the container");
	/* the image may be gone: --rootfs, rmi -f */
	if (rec->image_id && *rec->image_id && image_find(&c->store, rec->image_id, NULL, &img, NULL) < 0)
		img.size = 0;
	jval_set_int(o, "SizeRw", (int64_t)bytes);
	jval_set_int(o, "SizeRootFs", (int64_t)(bytes + img.size));
	image_done(&img);
	return 0;
}

static void add_identity(struct jval *o, const struct ctr_record *r)
{
	struct svec args = SVEC_INIT;

	for (size_t i = 1; i < r->command.n; i++)
		svec_add(&args, r->command.v[i]);
	jval_set_str(o, "Id", r->id);
	set_time(o, "Created", r->created_ns);
	jval_set_str(o, "Path", r->command.n ? r->command.v[0] : "");
	jval_set(o, "Args", list(&args));
	svec_done(&args);
}

/* The lock is on the directory: its inode is a number that no other container's has. */
static int64_t lock_number(int dir)
{
	struct stat st;

	return fstat(dir, &st) < 0 ? 0 : (int64_t)st.st_ino;
}

void ctr_dependencies(const struct ctr_record *r, int dir, struct svec *ret_ids)
{
	auto_jval struct jval *refresh = fs_exists(dir, "refresh.json") ? jval_read_file(dir, "refresh.json", 1 << 20, NULL) : NULL;

	svec_add_all(ret_ids, &r->requires);
	for (const char *const *t = (const char *const[]){"network", "pid", "ipc", "uts", "user", NULL}; *t; t++) {
		const char *id = jval_get_str(refresh, *t, NULL);

		if (id && !svec_has(ret_ids, id))
			svec_add(ret_ids, id);
	}
}

static struct jval *dependencies_json(const struct ctr_record *r, int dir)
{
	auto_svec struct svec ids = SVEC_INIT;

	ctr_dependencies(r, dir, &ids);
	return jval_new_strings(&ids);
}

static void mon_conf_done(struct mon_conf *conf)
{
	jmap_done(mon_conf_map, conf);
}

struct jval *ctr_inspect(struct context *c, const struct ctr *ctr, bool size, struct err *err)
{
	const struct ctr_record *r = &ctr->rec;
	auto_fd int dir = ctr_open_dir(c, r->id, err);
	auto_jval struct jval *config = dir < 0 ? NULL : jval_read_file(dir, "config.json", CONFIG_MAX, err);
	auto_jval struct jval *o = jval_new_object();
	auto_cleanup(mon_conf_done) struct mon_conf conf = {0};
	struct jval *health;

	if (!config || jmap_read_file(mon_conf_map, dir, "monitor.json", 1 << 20, &conf, err) < 0)
		return NULL;
	add_identity(o, r);
	jval_set(o, "State", state_json(ctr, config));
	health = ctr_health_state(c, ctr);
	if (health) {
		jval_set(jval_get(o, "State"), "Health", jval_ref(health));
		/* what templates for docker and older podmans call it */
		jval_set(jval_get(o, "State"), "Healthcheck", health);
	}
	jval_set_str(o, "Image", or_default(r->image_id, ""));
	jval_set_str(o, "ImageDigest", or_default(r->image_digest, ""));
	jval_set_str(o, "ImageName", or_default(r->image_name, ""));
	jval_set_str(o, "Rootfs", r->image_id ? "" : jval_str(jval_path(config, "root.path"), ""));
	jval_set_str(o, "Pod", or_default(r->pod, ""));
	add_paths(o, c, ctr, dir);
	jval_set_str(o, "OCIRuntime", or_default(r->runtime, "podlite"));
	jval_set_str(o, "Name", r->name);
	jval_set_int(o, "RestartCount", ctr_is_live(ctr) ? ctr->state.restarts : ctr->exit.restarts);
	jval_set(o, "GraphDriver", driver_json(c, dir, err));
	jval_set(o, "Driver", jval_copy(jval_path(o, "GraphDriver.Name")));
	jval_set_str(o, "MountLabel", "");
	jval_set_str(o, "ProcessLabel", "");
	jval_set_str(o, "AppArmorProfile", "");
	jval_set(o, "EffectiveCaps", jval_copy(jval_path(config, "process.capabilities.effective")));
	jval_set(o, "BoundingCaps", jval_copy(jval_path(config, "process.capabilities.bounding")));
	jval_set(o, "ExecIDs", jval_new_array());
	jval_set(o, "Mounts", mounts_json(r));
	jval_set(o, "Dependencies", dependencies_json(r, dir));
	jval_set(o, "NetworkSettings", settings_json(c, ctr));
	jval_set_str(o, "Namespace", "");
	jval_set_bool(o, "IsInfra", false);
	jval_set_bool(o, "IsService", false);
	jval_set_int(o, "lockNumber", lock_number(dir));
	jval_set_str(o, "PidFile", or_default(conf.pidfile, ""));
	jval_set_str(o, "ConmonPidFile", or_default(conf.conmon_pidfile, ""));
	jval_set_bool(o, "UseImageHosts", r->no_hosts);
	jval_set_bool(o, "UseImageHostname", r->no_hostname);
	jval_set(o, "Config", config_json(r, config, &conf));
	ctr_health_config(ctr, jval_get(o, "Config"));
	jval_set(o, "HostConfig", ctr_inspect_host(r, config, &conf, ports_json(r, false)));
	if (size && add_size(c, o, r, dir, err) < 0)
		return NULL;
	return take_ptr(o);
}
