#include "podlite/engine/ctr_record.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/fs.h"
#include "common/id.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/proc.h"
#include "monitor/health.h"
#include "podlite/engine/events.h"

#define RECORD_MAX (1u << 20)

static const struct jmap ctr_mount_map[] = {
	JMAP_STR("type", struct ctr_mount, type, 0),
	JMAP_STR("name", struct ctr_mount, name, 0),
	JMAP_STR("source", struct ctr_mount, source, 0),
	JMAP_STR("destination", struct ctr_mount, destination, 0),
	JMAP_STR("propagation", struct ctr_mount, propagation, 0),
	JMAP_STR("subpath", struct ctr_mount, subpath, 0),
	JMAP_STRS("options", struct ctr_mount, options, 0),
	JMAP_BOOL("rw", struct ctr_mount, rw, 0),
	JMAP_END,
};

static const struct jmap ctr_port_map[] = {
	JMAP_STR("hostIp", struct mon_port, host_ip, 0),
	JMAP_STR("proto", struct mon_port, proto, 0),
	JMAP_INT("hostPort", struct mon_port, host_port, 0),
	JMAP_INT("containerPort", struct mon_port, container_port, 0),
	JMAP_INT("range", struct mon_port, range, 0),
	JMAP_END,
};

static const struct jmap ctr_secret_map[] = {
	JMAP_STR("name", struct ctr_secret, name, 0),
	JMAP_STR("id", struct ctr_secret, id, 0),
	JMAP_INT("uid", struct ctr_secret, uid, 0),
	JMAP_INT("gid", struct ctr_secret, gid, 0),
	JMAP_INT("mode", struct ctr_secret, mode, 0),
	JMAP_END,
};

#define R struct ctr_record
const struct jmap ctr_record_map[] = {
	JMAP_STR("id", R, id, JMAP_NEED),
	JMAP_STR("name", R, name, JMAP_NEED),
	JMAP_INT("created", R, created_ns, 0),
	JMAP_STR("imageId", R, image_id, 0),
	JMAP_STR("image", R, image_name, 0),
	JMAP_STR("imageDigest", R, image_digest, 0),
	JMAP_STRS("command", R, command, 0),
	JMAP_STRS("entrypoint", R, entrypoint, 0),
	JMAP_STRS("cmd", R, cmd, 0),
	JMAP_STRS("createCommand", R, create_command, 0),
	JMAP_STR("createDir", R, create_dir, 0),
	JMAP_DICT("labels", R, labels, 0),
	JMAP_DICT("annotations", R, annotations, 0),
	JMAP_LIST("mounts", R, mounts, ctr_mount_map, struct ctr_mount, 0),
	JMAP_LIST("ports", R, ports, ctr_port_map, struct mon_port, 0),
	JMAP_STRS("exposed", R, exposed, 0),
	JMAP_STR("network", R, network, 0),
	JMAP_LIST("networks", R, networks, mon_network_map, struct mon_network, 0),
	JMAP_STR("restart", R, restart, 0),
	JMAP_INT("restartMax", R, restart_max, 0),
	JMAP_STR("stopSignal", R, stop_signal, 0),
	JMAP_INT("stopTimeout", R, stop_timeout, 0),
	JMAP_BOOL("autoRemove", R, auto_remove, 0),
	JMAP_BOOL("autoRemoveImage", R, auto_remove_image, 0),
	JMAP_BOOL("tty", R, tty, 0),
	JMAP_BOOL("openStdin", R, open_stdin, 0),
	JMAP_BOOL("privileged", R, privileged, 0),
	JMAP_BOOL("readOnly", R, read_only, 0),
	JMAP_BOOL("init", R, init, 0),
	JMAP_BOOL("systemd", R, systemd, 0),
	JMAP_STR("user", R, user, 0),
	JMAP_STR("workdir", R, workdir, 0),
	JMAP_STR("hostname", R, hostname, 0),
	JMAP_STR("userns", R, userns, 0),
	JMAP_STR("pidMode", R, pid_mode, 0),
	JMAP_STR("ipcMode", R, ipc_mode, 0),
	JMAP_STR("utsMode", R, uts_mode, 0),
	JMAP_STR("cgroupMode", R, cgroup_mode, 0),
	JMAP_STR("cgroupManager", R, cgroup_manager, 0),
	JMAP_STR("logDriver", R, log_driver, 0),
	JMAP_STR("logPath", R, log_path, 0),
	JMAP_STR("runtime", R, runtime, 0),
	JMAP_STR("pod", R, pod, 0),
	JMAP_INT("shmSize", R, shm_size, 0),
	JMAP_INT("memory", R, memory, 0),
	JMAP_INT("pidsLimit", R, pids_limit, 0),
	JMAP_INT("oomScoreAdj", R, oom_score_adj, 0),
	JMAP_INT("cpuQuota", R, cpu_quota, 0),
	JMAP_INT("cpuPeriod", R, cpu_period, 0),
	JMAP_STRS("capAdd", R, cap_add, 0),
	JMAP_STRS("capDrop", R, cap_drop, 0),
	JMAP_STRS("securityOpt", R, security_opt, 0),
	JMAP_STRS("ulimits", R, ulimits, 0),
	JMAP_STRS("dns", R, dns, 0),
	JMAP_STRS("extraHosts", R, extra_hosts, 0),
	JMAP_STRS("devices", R, devices, 0),
	JMAP_STRS("groupAdd", R, group_add, 0),
	JMAP_STRS("anonymousVolumes", R, anonymous_volumes, 0),
	JMAP_STR("health", R, health, 0),
	JMAP_STR("timezone", R, timezone, 0),
	JMAP_STR("sdnotify", R, sdnotify, 0),
	JMAP_STR("seccompPath", R, seccomp_path, 0),
	JMAP_STR("cidfile", R, cidfile, 0),
	JMAP_STR("cgroupParent", R, cgroup_parent, 0),
	JMAP_BOOL("publishAll", R, publish_all, 0),
	JMAP_BOOL("noPasswd", R, no_passwd, 0),
	JMAP_BOOL("noHosts", R, no_hosts, 0),
	JMAP_BOOL("noHostname", R, no_hostname, 0),
	JMAP_STRS("volumesFrom", R, volumes_from, 0),
	JMAP_STRS("dnsSearch", R, dns_search, 0),
	JMAP_STRS("dnsOptions", R, dns_options, 0),
	JMAP_STRS("requires", R, requires, 0),
	JMAP_LIST("secrets", R, secrets, ctr_secret_map, struct ctr_secret, 0),
	JMAP_STRS("secretEnv", R, secret_env, 0),
	JMAP_END,
};
#undef R

const char *ctr_status_text(enum ctr_status s)
{
	static const char *const text[] = {
		[CTR_CREATED] = "created",
		[CTR_INITIALIZED] = "initialized",
		[CTR_RUNNING] = "running",
		[CTR_PAUSED] = "paused",
		[CTR_STOPPING] = "stopping",
		[CTR_RESTARTING] = "restarting",
		[CTR_EXITED] = "exited",
	};

	return (size_t)s < ARRAY_SIZE(text) ? text[s] : "unknown";
}

static enum ctr_status status_of(const char *text)
{
	for (enum ctr_status s = CTR_CREATED; s <= CTR_EXITED; s++)
		if (text && !strcmp(text, ctr_status_text(s)))
			return s;
	return CTR_RUNNING;
}

bool ctr_is_passthrough(const struct ctr_record *r)
{
	return r->log_driver && !strcmp(r->log_driver, "passthrough");
}

bool ctr_is_live(const struct ctr *ctr)
{
	return ctr->status != CTR_CREATED && ctr->status != CTR_EXITED;
}

void ctr_done(struct ctr *ctr)
{
	jmap_done(ctr_record_map, &ctr->rec);
	jmap_done(mon_state_map, &ctr->state);
	jmap_done(mon_exit_map, &ctr->exit);
	memset(ctr, 0, sizeof(*ctr));
}

void ctr_list_done(struct ctr_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		ctr_done(&l->v[i]);
	free(l->v);
	*l = (struct ctr_list){NULL, 0};
}

int ctr_open_dir(struct context *c, const char *id, struct err *err)
{
	int fd = fd_open_dir(c->store.containers, id);

	return fd < 0 ? err_neg(err, fd, "open container %s", id) : fd;
}

bool ctr_dir_is_named(struct context *c, const char *id, int dir)
{
	struct stat mine, named;

	return fstat(dir, &mine) == 0 && fstatat(c->store.containers, id, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		mine.st_ino == named.st_ino;
}

int ctr_lock(struct context *c, const char *id, struct err *err)
{
	for (;;) {
		auto_fd int dir = ctr_open_dir(c, id, err);
		int r;

		if (dir < 0)
			return -1;
		r = lock_dir_wait(dir);
		if (r < 0)
			return err_neg(err, r, "lock container %s", id);
		/* removed while we waited: then the lock is on trash */
		if (ctr_dir_is_named(c, id, dir))
			return take_fd(dir);
	}
}

/* Is the process that state.json names still there? Its monitor is gone, so it is on its way out
 * or an orphan: never shown as running. */
static void end_orphan(const struct mon_state *st)
{
	int pidfd = mon_state_pidfd(st);

	if (pidfd < 0)
		return;
	proc_signal(pidfd, SIGKILL);
	fd_close(pidfd);
}

/* Does exit.json tell of that start, or of a later one that failed? (The clock may have been set.) */
static bool exit_known(const struct ctr *ctr, int64_t started_ns)
{
	return ctr->has_exit && (ctr->exit.started_ns == started_ns || ctr->exit.finished_ns >= started_ns);
}

static void load_exit(int dir, struct ctr *ctr)
{
	struct err missing = ERR_INIT;

	jmap_done(mon_exit_map, &ctr->exit);
	ctr->has_exit = jmap_read_file(mon_exit_map, dir, "exit.json", RECORD_MAX, &ctr->exit, &missing) == 0;
	if (ctr->has_exit)
		ctr->status = CTR_EXITED;
}

#define WENT_DOWN "the machine or its monitor went down while it ran; the exit status is not known"

/* A monitor that died without an exit record: say so once, where inspect and ps find it. */
static void record_lost(struct context *c, int dir, struct ctr *ctr, int64_t started_ns, const char *why)
{
	struct err ignored = ERR_INIT;

	/* it may have been written after we read it and before the lock was let go */
	load_exit(dir, ctr);
	/* one that removes itself leaves none */
	if (exit_known(ctr, started_ns) || !ctr_dir_is_named(c, ctr->rec.id, dir))
		return;
	jmap_done(mon_exit_map, &ctr->exit);
	ctr->exit = (struct mon_exit){
		.code = 137,
		.started_ns = started_ns,
		.finished_ns = started_ns,
		.restarts = ctr->state.restarts,
		.error = xstrdup(why),
	};
	ctr->has_exit = true;
	ctr->status = CTR_EXITED;
	events_lost(c, &ctr->rec, (int)ctr->exit.code);
	if (jmap_write_file(mon_exit_map, dir, "exit.json", &ctr->exit, 0, &ignored) < 0)
		log_debug("%s: %s", ctr->rec.id, ignored.msg);
}

/* "BOOTID NANOSECONDS" of the last start; 0 if it never started. */
static int64_t last_start(int dir)
{
	auto_free char *text = fs_readlink(dir, MON_STARTED_LINK);
	const char *blank = text ? strchr(text, ' ') : NULL;

	return blank ? strtoll(blank + 1, NULL, 10) : 0;
}

/* No monitor lives, and nothing tells of one in this boot: after that start there must be
 * an exit, or the machine went down in between. */
static void check_started(struct context *c, int dir, struct ctr *ctr, int64_t started_ns)
{
	if (started_ns && !exit_known(ctr, started_ns))
		record_lost(c, dir, ctr, started_ns, WENT_DOWN);
}

/* state.json is believed while the monitor holds the lock; else it only serves to clean up. The next start
 * removes it, who has the lock: by the time we did it could be that one's. */
static void load_state(struct context *c, int dir, struct ctr *ctr)
{
	int64_t started_ns = last_start(dir); /* first: who writes it holds the lock */
	auto_fd int lock = fd_open(dir, "lock", O_RDONLY | O_NOFOLLOW, 0);
	struct err ignored = ERR_INIT;
	char boot[40];
	bool held, this_boot;

	if (lock < 0) {
		check_started(c, dir, ctr, started_ns);
		return;
	}
	held = lock_is_held(lock) == 1;
	if (jmap_read_file(mon_state_map, dir, "state.json", RECORD_MAX, &ctr->state, &ignored) < 0) {
		/* the engine has the lock and starts the monitor at this moment */
		ctr->starting = held;
		if (!held)
			check_started(c, dir, ctr, started_ns);
		return;
	}
	if (held && lock_is_held(lock) == 1) {
		ctr->status = status_of(ctr->state.status);
		return;
	}
	proc_boot_id(boot);
	this_boot = ctr->state.boot_id && !strcmp(boot, ctr->state.boot_id);
	end_orphan(&ctr->state);
	if (!exit_known(ctr, ctr->state.started_ns))
		record_lost(c, dir, ctr, ctr->state.started_ns,
			this_boot ? "its monitor was killed; the exit status is not known" : WENT_DOWN);
	ctr->status = CTR_EXITED;
	jmap_done(mon_state_map, &ctr->state);
	memset(&ctr->state, 0, sizeof(ctr->state));
}

static void load_health(int dir, struct ctr *ctr)
{
	auto_jval struct jval *conf = jval_parse(ctr->rec.health, strlen(ctr->rec.health), 0, NULL);
	auto_jval struct jval *now = conf ? health_read(dir, ctr->rec.id, conf) : NULL;

	snprintf(ctr->health, sizeof(ctr->health), "%s", jval_get_str(now, "Status", ""));
}

int ctr_load(struct context *c, const char *id, struct ctr *ret, struct err *err)
{
	auto_fd int dir = fd_open_dir(c->store.containers, id);

	memset(ret, 0, sizeof(*ret));
	if (dir == -ENOENT)
		return err_set(err, EK_NOT_FOUND, "no container with name or ID \"%s\" found: no such container", id);
	if (dir < 0)
		return err_neg(err, dir, "container %s", id);
	if (jmap_read_file(ctr_record_map, dir, "record.json", RECORD_MAX, &ret->rec, err) < 0)
		return err_wrap(err, "container %s", id);
	ret->status = CTR_CREATED;
	load_exit(dir, ret);
	load_state(c, dir, ret);
	if (ret->rec.health && ctr_is_live(ret))
		load_health(dir, ret);
	return 0;
}

/* cnames/NAME -> ../containers/ID */
static bool id_of_name(struct context *c, const char *name, char ret_id[65])
{
	auto_free char *id = ctr_name_ok(name) ? fs_readlink_last(c->store.cnames, name) : NULL;

	if (!id || !id_is_full(id) || !fs_exists(c->store.containers, id))
		return false;
	memcpy(ret_id, id, 65);
	return true;
}

static DIR *open_containers(struct context *c, struct err *err)
{
	DIR *dir = fs_dir(fd_open_dir(c->store.containers, "."));

	if (!dir)
		err_sys(err, "list containers");
	return dir;
}

static int id_of_prefix(struct context *c, const char *prefix, char ret_id[65], struct err *err)
{
	auto_dir DIR *dir = open_containers(c, err);
	const char *file;
	size_t found = 0;

	if (!dir)
		return -1;
	while ((file = fs_dir_next(dir))) {
		if (!id_is_full(file) || strncmp(file, prefix, strlen(prefix)))
			continue;
		memcpy(ret_id, file, 65);
		found++;
	}
	if (found > 1)
		return err_set(err, EK_INVALID, "container ID \"%s\" is ambiguous: %zu containers begin with it", prefix, found);
	return found ? 0 : 1;
}

int ctr_find_id(struct context *c, const char *text, char ret_id[65], struct err *err)
{
	int r = 1;

	if (id_is_full(text) && fs_exists(c->store.containers, text)) {
		memcpy(ret_id, text, 65);
		return 0;
	}
	if (id_of_name(c, text, ret_id))
		return 0;
	if (id_is_prefix(text))
		r = id_of_prefix(c, text, ret_id, err);
	if (r > 0)
		err_set(err, EK_NOT_FOUND, "no container with name or ID \"%s\" found: no such container", text);
	return r ? -1 : 0;
}

int ctr_find(struct context *c, const char *text, struct ctr *ret, struct err *err)
{
	char id[65];

	memset(ret, 0, sizeof(*ret));
	if (ctr_find_id(c, text, id, err) < 0)
		return -1;
	return ctr_load(c, id, ret, err);
}

static int by_creation(const void *a, const void *b)
{
	const struct ctr *x = a, *y = b;

	return (x->rec.created_ns > y->rec.created_ns) - (x->rec.created_ns < y->rec.created_ns);
}

int ctr_list_all(struct context *c, struct ctr_list *ret, struct err *err)
{
	auto_dir DIR *dir = open_containers(c, err);
	const char *file;
	size_t cap = 0;

	*ret = (struct ctr_list){NULL, 0};
	if (!dir)
		return -1;
	while ((file = fs_dir_next(dir))) {
		struct err bad = ERR_INIT;

		if (!id_is_full(file))
			continue;
		if (ret->n == cap) {
			cap = cap ? cap * 2 : 32;
			ret->v = xrealloc(ret->v, cap, sizeof(*ret->v));
		}
		/* one damaged container never hides the others; removed meanwhile is no news */
		if (ctr_load(c, file, &ret->v[ret->n], &bad) == 0) {
			ret->n++;
		} else if (err_lacks_means(&bad)) {
			ctr_list_done(ret);
			*err = bad;
			return -1;
		} else if (fs_exists(c->store.containers, file)) {
			log_warn("%s", bad.msg);
		}
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_creation);
	return 0;
}

bool ctr_name_ok(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len = strlen(name);

	if (!len || len > 255 || !strchr(first, *name))
		return false;
	for (const char *p = name; *p; p++)
		if (!strchr(first, *p) && !strchr("_.-", *p))
			return false;
	return true;
}

/* Names are given up under a lock, so that what is unlinked is what was looked at: in between
 * another command could have taken the name. Claiming needs none: a link is made or it is not. */
static int lock_names(struct context *c)
{
	auto_fd int dir = fd_open_dir(c->store.cnames, ".");

	return dir >= 0 && lock_dir_wait(dir) == 0 ? take_fd(dir) : -1;
}

/* A name whose container never came into being or is gone: its creator died. The creator claims only
 * after the directory exists, so nobody live is robbed. */
static void drop_dangling(struct context *c, const char *name)
{
	auto_fd int lock = lock_names(c);
	auto_free char *holder = fs_readlink_last(c->store.cnames, name);

	if (lock >= 0 && holder && !fs_exists(c->store.containers, holder))
		unlinkat(c->store.cnames, name, 0);
}

int ctr_claim_name(struct context *c, const char *name, const char *id, struct err *err)
{
	auto_free char *target = xasprintf("../containers/%s", id);

	if (!ctr_name_ok(name))
		return err_set(err, EK_INVALID, "invalid name \"%s\": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*", name);
	for (int attempt = 0; attempt < 2; attempt++) {
		auto_free char *holder = NULL;

		if (!symlinkat(target, c->store.cnames, name))
			return 0;
		if (errno != EEXIST)
			return err_sys(err, "claim the name %s", name);
		holder = fs_readlink_last(c->store.cnames, name);
		if (!holder)
			continue;
		if (!strcmp(holder, id))
			return 0;
		if (fs_exists(c->store.containers, holder))
			return err_set(err, EK_EXISTS,
				"creating container storage: the container name \"%s\" is already in use by %s. You have to remove that container to be able to reuse that name: that name is already in use",
				name, holder);
		drop_dangling(c, name);
	}
	return err_set(err, EK_IN_USE, "the container name \"%s\" is being claimed by another command", name);
}

void ctr_release_name(struct context *c, const char *name, const char *id)
{
	auto_fd int lock = lock_names(c);
	auto_free char *holder = fs_readlink_last(c->store.cnames, name);

	if (lock >= 0 && holder && !strcmp(holder, id))
		unlinkat(c->store.cnames, name, 0);
}

int ctr_write_record(int ctr_fd, const struct ctr_record *r, unsigned fs_flags, struct err *err)
{
	return jmap_write_file(ctr_record_map, ctr_fd, "record.json", r, fs_flags, err);
}
