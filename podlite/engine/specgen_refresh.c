/* specgen_refresh.c - what may have changed between create and start (specgen.h). */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "net/hosts_files.h"
#include "podlite/engine/specgen.h"

#define CONFIG_MAX (16u << 20)

/* ---- namespaces of other containers ---- */

static int start_other(struct context *c, const char *id, enum ctr_status status, struct err *err)
{
	const struct start_opts o = {.detach_keys = ""};
	bool detached;
	int code;

	return status == CTR_INITIALIZED ? ctr_begin(c, id, &o, &code, &detached, err) : ctr_start(c, id, &o, &code, err);
}

/* Process 1 of the container, which is started first if need be, as podman does. */
static int pid_of(struct context *c, const char *id, int64_t *ret, struct err *err)
{
	struct ctr other;
	int r = ctr_load(c, id, &other, err);

	if (!r && !ctr_is_live(&other)) {
		r = start_other(c, id, other.status, err);
		ctr_done(&other);
		if (!r)
			r = ctr_load(c, id, &other, err);
	}
	if (r < 0)
		return err_wrap(err, "container %.12s, whose namespaces this one joins", id);
	*ret = other.state.pid;
	ctr_done(&other);
	if (*ret <= 0)
		return err_set(err, EK_INVALID, "container %.12s, whose namespaces this one joins, is not running", id);
	return 0;
}

/* --requires: those that do not run are started. */
static int start_required(struct context *c, const struct jval *refresh, struct err *err)
{
	const struct jval *ids = jval_get(refresh, "requires");

	for (size_t i = 0; i < jval_len(ids); i++) {
		const char *id = jval_str(jval_at(ids, i), "");
		struct ctr other;
		int r = ctr_load(c, id, &other, err);

		if (!r && (other.status == CTR_INITIALIZED || !ctr_is_live(&other)))
			r = start_other(c, id, other.status, err);
		ctr_done(&other);
		if (r < 0)
			return err_wrap(err, "container %.12s, which this one requires", id);
	}
	return 0;
}

static const char *proc_name(const char *type)
{
	return !strcmp(type, "network") ? "net" : type;
}

static int fill_path(struct context *c, struct jval *ns, const char *id, struct err *err)
{
	const char *type = jval_get_str(ns, "type", "");
	auto_free char *path = NULL;
	int64_t pid = 0;

	if (pid_of(c, id, &pid, err) < 0)
		return -1;
	path = xasprintf("/proc/%lld/ns/%s", (long long)pid, proc_name(type));
	jval_set_str(ns, "path", path);
	return 0;
}

static int rewrite_namespaces(struct context *c, int dir, const struct jval *refresh, struct err *err)
{
	auto_jval struct jval *config = jval_read_file(dir, "config.json", CONFIG_MAX, err);
	struct jval *list = jval_path(config, "linux.namespaces");
	bool changed = false;

	if (!config)
		return -1;
	for (size_t i = 0; i < jval_len(list); i++) {
		struct jval *ns = jval_at(list, i);
		const char *id = jval_get_str(refresh, jval_get_str(ns, "type", ""), NULL);

		if (!id)
			continue;
		if (fill_path(c, ns, id, err) < 0)
			return -1;
		changed = true;
	}
	return changed ? jval_write_file(dir, "config.json", config, 0, err) : 0;
}

static bool has_ended(struct context *c, const char *type, const char *id)
{
	auto_free char *path = NULL;
	struct ctr other;
	bool ended;

	if (ctr_load(c, id, &other, NULL) < 0)
		return true;
	path = xasprintf("/proc/%lld/ns/%s", (long long)other.state.pid, proc_name(type));
	/* its monitor may not have noticed yet */
	ended = !ctr_is_live(&other) || (access(path, F_OK) < 0 && errno == ENOENT);
	ctr_done(&other);
	return ended;
}

void specgen_refresh_explain(struct context *c, const struct jval *needs, struct err *err)
{
	static const char *const types[] = {"user", "pid", "ipc", "uts", "network"};

	if (err->kind == EK_NO_COMMAND || err->kind == EK_NOT_EXECUTABLE)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const char *id = jval_get_str(needs, types[i], NULL);

		if (!id || !has_ended(c, types[i], id))
			continue;
		err_clear(err);
		err_set(err, EK_INVALID, "container %.12s has ended, its %s namespace cannot be joined", id, types[i]);
		return;
	}
}

/* ---- the working directory ---- */

/* The runtime would make it (specgen_process.c). */
static int check_workdir(int dir, const char *id, const char *cwd, struct err *err)
{
	auto_svec struct svec layers = SVEC_INIT;
	struct rootfs fs;
	struct stat st;
	bool empty;
	int r;

	if (!cwd)
		return 0;
	if (rootfs_read(dir, &fs, err) < 0)
		return -1;
	if (fs.dir)
		svec_addf(&layers, "%s/upper", fs.dir);
	svec_add_all(&layers, &fs.lowers);
	SWAP(layers, fs.lowers);
	r = specgen_view_stat(&fs, cwd, &st, &empty);
	rootfs_done(&fs);
	return r == -ENOENT ? err_set(err, EK_NOT_EXECUTABLE, "workdir \"%s\" does not exist on container %.12s", cwd, id) : 0;
}

/* ---- hosts, resolv.conf ---- */

/* Addresses may have changed, and what the last run wrote there is not to stay, as with podman. */
static int renew_names(int dir, struct err *err)
{
	struct mon_conf m = {0};
	bool changed = false;
	int r;

	if (!fs_exists(dir, MON_STARTED_LINK) && !hosts_files_stale(dir))
		return 0;
	r = jmap_read_file(mon_conf_map, dir, "monitor.json", 1 << 20, &m, err);
	if (!r)
		r = hosts_files_renew(dir, m.network ? m.network : "", &m.network_options, &changed, err);
	if (!r && changed)
		r = jmap_write_file(mon_conf_map, dir, "monitor.json", &m, 0, err);
	jmap_done(mon_conf_map, &m);
	return r;
}

int specgen_refresh(struct context *c, const char *id, struct jval **ret_needs, struct err *err)
{
	auto_fd int dir = ctr_open_dir(c, id, err);
	struct jval *refresh;

	*ret_needs = NULL;
	if (dir < 0)
		return -1;
	if (fs_exists(dir, "refresh.json")) {
		*ret_needs = refresh = jval_read_file(dir, "refresh.json", 1 << 20, err);
		if (!refresh || start_required(c, refresh, err) < 0 || rewrite_namespaces(c, dir, refresh, err) < 0)
			return err_wrap(err, "start container %.12s", id);
		if (check_workdir(dir, id, jval_get_str(refresh, "workdir", NULL), err) < 0)
			return -1;
	}
	return renew_names(dir, err) < 0 ? err_wrap(err, "start container %.12s", id) : 0;
}
