/*
 * ctr_update.c - new limits and restart policy for a container that exists: the kernel's files of a
 * running one first, since they may refuse; then the documents that its next start reads.
 */
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "oci/rt.h"
#include "podlite/engine/events.h"
#include "podlite/engine/specgen.h"

#define CONFIG_MAX (16u << 20)

/* What options of create leave out, since it is what there is anyway, undoes a limit here. */
static void add_unlimited(const struct create_opts *o, struct jval *r)
{
	static const struct {
		const char *section, *key;
	} where[] = {{"memory", "limit"}, {"memory", "swap"}, {"pids", "limit"}};
	const char *const asked[] = {o->memory, o->memory, o->pids_limit};

	for (size_t i = 0; i < ARRAY_SIZE(where); i++) {
		struct jval *section = jval_get(r, where[i].section);

		if (!asked[i] || jval_get(section, where[i].key))
			continue;
		if (!section) {
			section = jval_new_object();
			jval_set(r, where[i].section, section);
		}
		jval_set_int(section, where[i].key, -1);
	}
}

/* linux.resources of what was asked for; an empty object when that was nothing. */
static struct jval *resources(const struct create_opts *o, struct err *err)
{
	auto_free struct specgen *g = new0(struct specgen);
	struct jval *r = NULL;

	g->o = o;
	if (!specgen_resources(g, err)) {
		r = g->spec.linux_.resources ? g->spec.linux_.resources : jval_new_object();
		add_unlimited(o, r);
	}
	return r;
}

/* Keys of `from` replace those of `to`, section by section. */
static void merge(struct jval *to, const struct jval *from)
{
	for (const struct jval_iter *it = jval_first(from); it; it = jval_next(it)) {
		struct jval *old = jval_get(to, jval_key(it)), *v = jval_value(it);

		if (jval_type(v) == JV_OBJECT && jval_type(old) == JV_OBJECT)
			merge(old, v);
		else
			jval_set(to, jval_key(it), jval_copy(v));
	}
}

static int update_live(const struct ctr *ctr, const struct jval *r, struct err *err)
{
	if (!jval_len(r) || ctr->state.pid <= 0)
		return 0;
	if (!ctr->state.cgroup) {
		err_set(err, EK_UNSUPPORTED, "container %s runs without a cgroup of its own, so it cannot be limited now", ctr->rec.name);
		return err_advise(err, "stop it, update it, and start it again");
	}
	return rt_cgroup_update(ctr->state.cgroup, r, err);
}

static int update_config(int dir, const struct jval *r, struct err *err)
{
	auto_jval struct jval *config = NULL;
	struct jval *linux_, *old;

	if (!jval_len(r))
		return 0;
	config = jval_read_file(dir, "config.json", CONFIG_MAX, err);
	linux_ = jval_get(config, "linux");
	if (!linux_)
		return config ? err_set(err, EK_INVALID, "config.json has no \"linux\"") : -1;
	old = jval_get(linux_, "resources");
	if (old)
		merge(old, r);
	else
		jval_set(linux_, "resources", jval_copy(r));
	return jval_write_file(dir, "config.json", config, 0, err);
}

static void update_record(struct ctr_record *rec, const struct jval *r)
{
	const struct jval *memory = jval_path(r, "memory.limit"), *pids = jval_path(r, "pids.limit");
	const struct jval *quota = jval_path(r, "cpu.quota"), *period = jval_path(r, "cpu.period");

	rec->memory = memory ? MAX_OF(jval_int(memory, 0), (int64_t)0) : rec->memory;
	rec->pids_limit = pids ? MAX_OF(jval_int(pids, 0), (int64_t)0) : rec->pids_limit;
	rec->cpu_quota = jval_int(quota, rec->cpu_quota);
	rec->cpu_period = jval_int(period, rec->cpu_period);
}

/* monitor.json and record.json, as they are now: the names in them may have changed since they were read. */
static int update_documents(int dir, const struct jval *r, const char *restart, int64_t max, struct err *err)
{
	struct ctr_record rec = {0};
	struct mon_conf conf = {0};
	int res = jmap_read_file(ctr_record_map, dir, "record.json", 1 << 20, &rec, err);

	if (!res)
		res = jmap_read_file(mon_conf_map, dir, "monitor.json", 1 << 20, &conf, err);
	if (!res) {
		conf.limits |= jval_len(r) > 0;
		update_record(&rec, r);
		if (restart) {
			free(conf.restart);
			free(rec.restart);
			conf.restart = xstrdup(restart);
			rec.restart = xstrdup(restart);
			conf.restart_max = rec.restart_max = max;
		}
		res = jmap_write_file(mon_conf_map, dir, "monitor.json", &conf, 0, err);
	}
	if (!res)
		res = ctr_write_record(dir, &rec, FS_SYNC, err);
	jmap_done(ctr_record_map, &rec);
	jmap_done(mon_conf_map, &conf);
	return res;
}

static int update(struct context *c, const struct ctr *ctr, const struct create_opts *o, const struct jval *r, struct err *err)
{
	auto_fd int dir = ctr_open_dir(c, ctr->rec.id, err);
	auto_free char *restart = NULL;
	int64_t max = 0;

	if (dir < 0 || (o->restart && create_restart_parse(o->restart, &restart, &max, err) < 0))
		return -1;
	if (restart && strcmp(restart, "no") && ctr->rec.auto_remove)
		return err_set(err, EK_USAGE, "--restart: container %s is removed when it ends (--rm)", ctr->rec.name);
	if (update_live(ctr, r, err) < 0 || update_config(dir, r, err) < 0 || update_documents(dir, r, restart, max, err) < 0)
		return -1;
	ctr_reload(c, ctr->rec.id);
	events_ctr_id(c, ctr->rec.id, "update");
	return 0;
}

int ctr_update(struct context *c, const char *id, const struct create_opts *o, struct err *err)
{
	auto_jval struct jval *r = resources(o, err);
	auto_fd int oplock = -1;
	struct ctr ctr;
	int res;

	if (!r)
		return -1;
	oplock = ctr_lock(c, id, err);
	if (oplock < 0 || ctr_load(c, id, &ctr, err) < 0)
		return -1;
	res = update(c, &ctr, o, r, err);
	ctr_done(&ctr);
	return res;
}
