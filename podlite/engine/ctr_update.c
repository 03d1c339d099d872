/*
 * ctr_update.c - new limits, restart policy and health check for a container that exists: the kernel's files of a
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
		jval_merge(old, r);
	else
		jval_set(linux_, "resources", jval_copy(r));
	return jval_write_file(dir, "config.json", config, 0, err);
}

/* monitor.json and record.json, as they are now: the names in them may have changed since they were read. */
struct documents {
	struct ctr_record rec;
	struct mon_conf conf;
};

static void documents_done(struct documents *d)
{
	jmap_done(ctr_record_map, &d->rec);
	jmap_done(mon_conf_map, &d->conf);
}

static int change_restart(const char *text, struct documents *d, struct err *err)
{
	auto_free char *policy = NULL;
	int64_t max = 0;

	if (!text)
		return 0;
	if (create_restart_parse(text, &policy, &max, err) < 0)
		return -1;
	if (strcmp(policy, "no") && d->rec.auto_remove)
		return err_set(err, EK_USAGE, "--restart: container %s is removed when it ends (--rm)", d->rec.name);
	free(d->conf.restart);
	free(d->rec.restart);
	d->conf.restart = xstrdup(policy);
	d->rec.restart = xstrdup(policy);
	d->conf.restart_max = d->rec.restart_max = max;
	return 0;
}

static int change_documents(int dir, const struct create_opts *o, const struct jval *r, struct documents *d, struct err *err)
{
	if (jmap_read_file(ctr_record_map, dir, "record.json", 1 << 20, &d->rec, err) < 0 ||
		jmap_read_file(mon_conf_map, dir, "monitor.json", 1 << 20, &d->conf, err) < 0)
		return -1;
	d->conf.limits |= jval_len(r) > 0;
	specgen_resources_record(&d->rec, r);
	return change_restart(o->restart, d, err) < 0 ? -1 : specgen_health_update(o, &d->rec, &d->conf, err);
}

static int write_documents(int dir, const struct documents *d, struct err *err)
{
	if (jmap_write_file(mon_conf_map, dir, "monitor.json", &d->conf, 0, err) < 0)
		return -1;
	return ctr_write_record(dir, &d->rec, FS_SYNC, err);
}

/* Whatever can be wrong with what was asked for is found before anything is changed. */
static int update(struct context *c, int dir, const struct ctr *ctr, const struct create_opts *o, const struct jval *r, struct err *err)
{
	auto_cleanup(documents_done) struct documents d = {.rec = {.id = NULL}};

	if (change_documents(dir, o, r, &d, err) < 0)
		return -1;
	if (update_live(ctr, r, err) < 0 || update_config(dir, r, err) < 0 || write_documents(dir, &d, err) < 0)
		return -1;
	ctr_reload(c, ctr->rec.id);
	events_ctr_id(c, ctr->rec.id, "update");
	return 0;
}

int ctr_update(struct context *c, const char *id, const struct create_opts *o, struct err *err)
{
	auto_jval struct jval *r = resources(o, err);
	auto_fd int dir = -1;
	struct ctr ctr;
	int res;

	if (!r)
		return -1;
	dir = ctr_lock(c, id, err);
	if (dir < 0 || ctr_load(c, id, &ctr, err) < 0)
		return -1;
	res = update(c, dir, &ctr, o, r, err);
	ctr_done(&ctr);
	return res;
}
