#include "podlite/engine/host_info.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <linux/magic.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/proc.h"
#include "common/userns.h"
#include "net/regconf.h"
#include "oci/spec_image.h"
#include "podlite/called.h"
#include "podlite/engine/ctr_record.h"
#include "podlite/engine/events.h"
#include "podlite/version.h"
#include "storage/image.h"

const char *host_info_arch(void)
{
	struct spec_platform p;

	spec_platform_host(&p);
	return p.architecture;
}

static struct jval *version_json(const struct context *c)
{
	struct jval *o = jval_new_object();
	auto_free char *os_arch = xasprintf("linux/%s", host_info_arch());

	jval_set_str(o, "APIVersion", called_version(c->argv[0]));
	jval_set_str(o, "Version", called_version(c->argv[0]));
	if (called_podman(c->argv[0]))
		jval_set_str(o, "Podlite", version_text());
	jval_set_str(o, "GoVersion", "");
	jval_set_str(o, "GitCommit", "");
	jval_set_str(o, "BuiltTime", "");
	jval_set_int(o, "Built", 0);
	jval_set_str(o, "OsArch", os_arch);
	jval_set_str(o, "Os", "linux");
	return o;
}

struct jval *host_info_version(const struct context *c)
{
	struct jval *o = jval_new_object();

	jval_set(o, "Client", version_json(c));
	return o;
}

/* ---- host ---- */

static void read_text(const char *path, struct sbuf *ret)
{
	auto_fd int fd = fd_open(AT_FDCWD, path, O_RDONLY, 0);

	/* what cannot be read is left out: info never fails for a missing file */
	if (fd < 0 || fd_read_all(fd, 1 << 20, ret) < 0)
		sbuf_reset(ret);
}

/* VALUE of a line NAME=VALUE or NAME="VALUE". */
static char *release_value(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
		if (strncmp(p, name, n) || p[n] != '=')
			continue;
		p += n + 1;
		p += *p == '"';
		return xstrndup(p, strcspn(p, "\"\n"));
	}
	return xstrdup("unknown");
}

static struct jval *distribution_json(void)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct jval *o = jval_new_object();
	auto_free char *id = NULL, *version = NULL, *codename = NULL;

	read_text("/etc/os-release", &text);
	id = release_value(text.buf, "ID");
	version = release_value(text.buf, "VERSION_ID");
	codename = release_value(text.buf, "VERSION_CODENAME");
	jval_set_str(o, "distribution", id);
	jval_set_str(o, "version", version);
	if (strcmp(codename, "unknown"))
		jval_set_str(o, "codename", codename);
	return o;
}

static void set_memory(struct jval *host)
{
	struct sysinfo si;
	char uptime[64];

	if (sysinfo(&si) < 0)
		return;
	jval_set(host, "memFree", jval_new_uint((uint64_t)si.freeram * si.mem_unit));
	jval_set(host, "memTotal", jval_new_uint((uint64_t)si.totalram * si.mem_unit));
	jval_set(host, "swapFree", jval_new_uint((uint64_t)si.freeswap * si.mem_unit));
	jval_set(host, "swapTotal", jval_new_uint((uint64_t)si.totalswap * si.mem_unit));
	snprintf(uptime, sizeof(uptime), "%ldh %ldm %ld.00s", si.uptime / 3600, si.uptime / 60 % 60,
		si.uptime % 60);
	jval_set_str(host, "uptime", uptime);
}

static struct jval *ranges_json(const struct userns_range *v, size_t n)
{
	struct jval *list = jval_new_array();

	for (size_t i = 0; i < n; i++) {
		struct jval *o = jval_new_object();

		jval_set_int(o, "container_id", v[i].inside);
		jval_set_int(o, "host_id", v[i].outside);
		jval_set_int(o, "size", v[i].count);
		jval_add(list, o);
	}
	return list;
}

static struct jval *mappings_json(void)
{
	struct userns_map map;
	struct jval *o = jval_new_object();
	bool ok = userns_plan(&map, NULL) == 0;

	jval_set(o, "gidmap", ok ? ranges_json(map.gid, map.ngid) : jval_new_null());
	jval_set(o, "uidmap", ok ? ranges_json(map.uid, map.nuid) : jval_new_null());
	return o;
}

/* v2 only where the unified hierarchy is the one at /sys/fs/cgroup. */
static bool is_cgroup2(void)
{
	struct statfs st;

	return statfs("/sys/fs/cgroup", &st) == 0 && st.f_type == CGROUP2_SUPER_MAGIC;
}

/* Controllers that our own cgroup could give to containers. */
static struct jval *controllers_json(void)
{
	auto_sbuf struct sbuf own = SBUF_INIT, text = SBUF_INIT;
	struct jval *list = jval_new_array();
	auto_free char *path = NULL;
	const char *line;

	if (!is_cgroup2())
		return list;
	read_text("/proc/self/cgroup", &own);
	line = !strncmp(own.buf, "0::", 3) ? own.buf + 3 : strstr(own.buf, "\n0::");
	if (!line)
		return list;
	line += *line == '\n' ? 4 : 0;
	path = xasprintf("/sys/fs/cgroup%.*s/cgroup.controllers", (int)strcspn(line, "\n"), line);
	read_text(path, &text);
	for (const char *p = text.buf; *p; p += strspn(p, " \n")) {
		size_t n = strcspn(p, " \n");

		jval_add(list, jval_new_strn(p, n));
		p += n;
	}
	return list;
}

static struct jval *program_json(const char *path)
{
	struct jval *o = jval_new_object();

	jval_set_str(o, "executable", path ? path : "");
	jval_set_str(o, "package", "");
	jval_set_str(o, "version", "");
	return o;
}

static struct jval *runtime_json(struct context *c)
{
	struct jval *o = jval_new_object();
	auto_free char *builtin = xasprintf("%s/podlite-runtime", c->bindir);
	auto_free char *version = xasprintf("podlite-runtime version %s\nspec: 1.2.0", version_text());
	const char *path = c->runtime ? c->runtime : builtin, *slash = strrchr(path, '/');

	jval_set_str(o, "name", slash ? slash + 1 : path);
	jval_set_str(o, "package", "");
	jval_set_str(o, "path", path);
	jval_set_str(o, "version", c->runtime ? "" : version);
	return o;
}

static struct jval *monitor_json(struct context *c)
{
	struct jval *o = jval_new_object();
	auto_free char *path = xasprintf("%s/podlite-monitor", c->libexec);
	auto_free char *version = xasprintf("podlite-monitor version %s", version_text());

	jval_set_str(o, "package", "");
	jval_set_str(o, "path", path);
	jval_set_str(o, "version", version);
	return o;
}

static bool has_seccomp(void)
{
	return access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0;
}

static struct jval *security_json(void)
{
	struct jval *o = jval_new_object();

	jval_set_bool(o, "apparmorEnabled", false); /* no profile is applied to containers */
	jval_set_str(o, "capabilities",
		"CAP_CHOWN,CAP_DAC_OVERRIDE,CAP_FOWNER,CAP_FSETID,CAP_KILL,CAP_NET_BIND_SERVICE,CAP_SETFCAP,"
		"CAP_SETGID,CAP_SETPCAP,CAP_SETUID,CAP_SYS_CHROOT");
	jval_set_bool(o, "rootless", geteuid() != 0);
	jval_set_bool(o, "seccompEnabled", has_seccomp());
	jval_set_str(o, "seccompProfilePath", "default");
	jval_set_bool(o, "selinuxEnabled", false);
	return o;
}

static struct jval *backend_json(const char *path)
{
	struct jval *o = jval_new_object();

	jval_set_str(o, "backend", "slirp4netns");
	jval_set_str(o, "package", "");
	jval_set_str(o, "path", path ? path : "");
	jval_set_str(o, "version", "");
	return o;
}

/* Since the machine started: "cpu user nice system idle ..." of /proc/stat. */
static struct jval *cpu_json(void)
{
	auto_sbuf struct sbuf text = SBUF_INIT;
	struct jval *o = jval_new_object();
	unsigned long long user = 0, nice = 0, system = 0, idle = 0;
	double all;

	read_text("/proc/stat", &text);
	if (sscanf(text.buf, "cpu %llu %llu %llu %llu", &user, &nice, &system, &idle) != 4)
		return o;
	all = (double)(user + nice + system + idle) / 10000;
	all = all > 0 ? all : 1;
	jval_set(o, "userPercent", jval_new_double((double)(long long)((double)(user + nice) / all) / 100));
	jval_set(o, "systemPercent", jval_new_double((double)(long long)((double)system / all) / 100));
	jval_set(o, "idlePercent", jval_new_double((double)(long long)((double)idle / all) / 100));
	return o;
}

static struct jval *host_json(struct context *c)
{
	static const char *const loggers[] = {
		[EVENTLOG_FILE] = "file", [EVENTLOG_NONE] = "none", [EVENTLOG_JOURNAL] = "journald"};
	struct jval *o = jval_new_object(), *socket = jval_new_object();
	auto_free char *slirp = proc_find_program("slirp4netns"), *pasta = proc_find_program("pasta");
	struct utsname un = {.release = ""};
	struct spec_platform platform;

	spec_platform_host(&platform);
	uname(&un);
	jval_set_str(o, "arch", host_info_arch());
	jval_set_str(o, "cgroupManager", c->cgroup_manager ? c->cgroup_manager : "cgroupfs");
	jval_set_str(o, "cgroupVersion", is_cgroup2() ? "v2" : "v1");
	jval_set(o, "cgroupControllers", controllers_json());
	jval_set(o, "conmon", monitor_json(c));
	jval_set_int(o, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	jval_set(o, "distribution", distribution_json());
	jval_set_str(o, "eventLogger", loggers[events_backend(c)]);
	jval_set_str(o, "hostname", un.nodename);
	jval_set(o, "idMappings", mappings_json());
	jval_set_str(o, "kernel", un.release);
	jval_set_str(o, "linkmode", "dynamic");
	jval_set_str(o, "logDriver", "k8s-file");
	jval_set_str(o, "networkBackend", "slirp4netns");
	jval_set(o, "networkBackendInfo", backend_json(slirp));
	jval_set(o, "cpuUtilization", cpu_json());
	jval_set_str(o, "variant", platform.variant ? platform.variant : "");
	jval_set(o, "ociRuntime", runtime_json(c));
	jval_set_str(o, "os", "linux");
	jval_set(o, "pasta", program_json(pasta));
	jval_set_bool(socket, "exists", false);
	jval_set_str(socket, "path", "");
	jval_set(o, "remoteSocket", socket);
	jval_set_str(o, "rootlessNetworkCmd", "slirp4netns");
	jval_set(o, "security", security_json());
	jval_set_bool(o, "serviceIsRemote", false);
	jval_set(o, "slirp4netns", program_json(slirp));
	set_memory(o);
	return o;
}

/* ---- store ---- */

static int containers_json(struct context *c, struct jval *store, struct err *err)
{
	struct jval *o = jval_new_object();
	struct ctr_list list = {NULL, 0};
	int64_t running = 0, paused = 0;

	if (ctr_list_all(c, &list, err) < 0) {
		jval_free(o);
		return -1;
	}
	for (size_t i = 0; i < list.n; i++) {
		running += list.v[i].status == CTR_RUNNING || list.v[i].status == CTR_STOPPING;
		paused += list.v[i].status == CTR_PAUSED;
	}
	jval_set_int(o, "number", (int64_t)list.n);
	jval_set_int(o, "paused", paused);
	jval_set_int(o, "running", running);
	jval_set_int(o, "stopped", (int64_t)list.n - running - paused);
	jval_set(store, "containerStore", o);
	ctr_list_done(&list);
	return 0;
}

static int images_json(struct context *c, struct jval *store, struct err *err)
{
	struct image_list list = {NULL, 0};
	struct jval *o;

	if (image_list(&c->store, &list, err) < 0)
		return -1;
	o = jval_new_object();
	jval_set_int(o, "number", (int64_t)list.n);
	jval_set(store, "imageStore", o);
	image_list_done(&list);
	return 0;
}

static struct jval *status_json(struct context *c)
{
	struct jval *o = jval_new_object();
	bool native = c->store.driver == STORE_OVERLAY;

	if (!c->store.driver_set)
		return o;
	if (c->store.driver != STORE_COPY) {
		jval_set_str(o, "Native Overlay Diff", native ? "true" : "false");
		jval_set_str(o, "Supports d_type", "true");
		jval_set_str(o, "Using metacopy", "false");
	}
	return o;
}

static void set_space(struct context *c, struct jval *store)
{
	struct statvfs st;

	if (fstatvfs(c->store.fd, &st) < 0)
		return;
	jval_set(store, "graphRootAllocated", jval_new_uint((uint64_t)st.f_blocks * st.f_frsize));
	jval_set(store, "graphRootUsed", jval_new_uint((uint64_t)(st.f_blocks - st.f_bfree) * st.f_frsize));
}

static int store_json(struct context *c, struct jval *store, struct err *err)
{
	auto_free char *volumes = xasprintf("%s/volumes", c->root), *tmp = xasprintf("%s/tmp", c->root);

	jval_set_str(store, "configFile", "");
	jval_set_str(store, "graphDriverName", store_driver_name(c->store.driver));
	jval_set(store, "graphOptions", jval_new_object());
	jval_set_str(store, "graphRoot", c->root);
	set_space(c, store);
	jval_set(store, "graphStatus", status_json(c));
	jval_set_str(store, "imageCopyTmpDir", tmp);
	jval_set_str(store, "runRoot", c->runroot);
	jval_set_bool(store, "transientStore", false);
	jval_set_str(store, "volumePath", volumes);
	if (containers_json(c, store, err) < 0)
		return -1;
	return images_json(c, store, err);
}

static struct jval *words_json(const char *const *words)
{
	struct jval *list = jval_new_array();

	for (; *words; words++)
		jval_add(list, jval_new_str(*words));
	return list;
}

static struct jval *plugins_json(void)
{
	static const char *const log[] = {"k8s-file", "json-file", "none", "passthrough", NULL};
	static const char *const network[] = {"bridge", "slirp4netns", "pasta", "host", "none", NULL};
	static const char *const volume[] = {"local", NULL};
	struct jval *o = jval_new_object();

	jval_set(o, "authorization", jval_new_null());
	jval_set(o, "log", words_json(log));
	jval_set(o, "network", words_json(network));
	jval_set(o, "volume", words_json(volume));
	return o;
}

static struct jval *mirrors_json(const struct regconf_registry *r)
{
	struct jval *a = r->nmirrors ? jval_new_array() : jval_new_null();

	for (size_t i = 0; i < r->nmirrors; i++) {
		const struct regconf_mirror *m = &r->mirrors[i];
		struct jval *o = jval_new_object();

		jval_set_str(o, "Location", m->location);
		jval_set_bool(o, "Insecure", m->insecure);
		jval_set_str(o, "PullFromMirror", m->digest_only ? "digest-only" : m->tag_only ? "tag-only" : "");
		jval_add(a, o);
	}
	return a;
}

/* registries.conf(5) as podman shows it; one that cannot be read is what pull will complain about. */
static struct jval *registries_json(void)
{
	struct jval *o = jval_new_object();
	struct regconf conf = {.search = SVEC_INIT};
	struct err e = ERR_INIT;

	if (regconf_load(&conf, &e) < 0)
		log_warn("%s", e.msg);
	if (conf.search.n)
		jval_set(o, "search", jval_new_strings(&conf.search));
	for (size_t i = 0; i < conf.nregistries; i++) {
		const struct regconf_registry *r = &conf.registries[i];
		const char *prefix = r->prefix ? r->prefix : r->location;
		struct jval *one = jval_new_object();

		jval_set_str(one, "Prefix", prefix);
		jval_set_str(one, "Location", r->location ? r->location : prefix);
		jval_set_bool(one, "Insecure", r->insecure);
		jval_set_bool(one, "Blocked", r->blocked);
		jval_set_bool(one, "MirrorByDigestOnly", r->mirror_by_digest_only);
		jval_set(one, "Mirrors", mirrors_json(r));
		jval_set(o, prefix, one);
	}
	regconf_done(&conf);
	return o;
}

/* Which driver serves this store is found out inside, once. A host that cannot do that still has
 * the rest to tell; `doctor` says what is wrong with it. */
static void find_driver(struct context *c)
{
	struct err err = ERR_INIT;

	if (c->store.driver_set)
		return;
	if (context_enter_userns(c, NULL, &err) < 0 || store_probe_driver(&c->store, &err) < 0)
		log_warn("%s", err.msg);
}

struct jval *host_info_read(struct context *c, struct err *err)
{
	auto_jval struct jval *o = jval_new_object();
	struct jval *store = jval_new_object();

	jval_set(o, "host", host_json(c)); /* before we may become root inside */
	jval_set(o, "store", store);
	find_driver(c);
	if (store_json(c, store, err) < 0)
		return NULL;
	jval_set(o, "registries", registries_json());
	jval_set(o, "plugins", plugins_json());
	jval_set(o, "version", version_json(c));
	return take_ptr(o);
}
