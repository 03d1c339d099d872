#include "podlite/engine/specgen.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"

void specgen_init(struct specgen *g, struct context *c, const struct create_opts *o)
{
	memset(g, 0, sizeof(*g));
	g->c = c;
	g->o = o;
	g->dir = -1;
	g->network_lock = -1;
	g->userns_lock = -1;
	spec_runtime_init(&g->spec);
}

static void done_parsed(struct specgen *g)
{
	for (size_t i = 0; i < g->mounts.n; i++)
		create_mount_done(&g->mounts.v[i]);
	free(g->mounts.v);
	for (size_t i = 0; i < g->devices.n; i++)
		create_device_done(&g->devices.v[i]);
	free(g->devices.v);
	free(g->ulimits.v);
	svec_done(&g->cdi);
	for (size_t i = 0; i < g->secrets.n; i++)
		create_secret_done(&g->secrets.v[i]);
	free(g->secrets.v);
	free(g->ports.v);
	create_ns_done(&g->pid);
	create_ns_done(&g->ipc);
	create_ns_done(&g->uts);
	create_ns_done(&g->cgroupns);
	free(g->userns.target);
	create_network_done(&g->net);
	svec_done(&g->mask);
	svec_done(&g->unmask);
	free(g->seccomp);
}

void specgen_done(struct specgen *g)
{
	done_parsed(g);
	if (g->has_image) {
		image_done(&g->img);
		spec_image_config_done(&g->cfg);
	}
	rootfs_done(&g->rootfs);
	free(g->ctrdir);
	free(g->stagedir);
	fd_close(g->dir);
	fd_close(g->network_lock);
	fd_close(g->userns_lock);
	specgen_user_done(&g->ids);
	free(g->user);
	free(g->login);
	free(g->passwd);
	free(g->group);
	free(g->cgroup_parent);
	svec_done(&g->caps);
	for (size_t i = 0; i < g->volumes.n; i++) {
		free(g->volumes.v[i].name);
		free(g->volumes.v[i].mountpoint);
		free(g->volumes.v[i].dest);
		svec_done(&g->volumes.v[i].options);
	}
	free(g->volumes.v);
	jval_free(g->refresh);
	spec_runtime_done(&g->spec);
	jmap_done(ctr_record_map, &g->rec);
	jmap_done(mon_conf_map, &g->mon);
	memset(g, 0, sizeof(*g));
	g->dir = -1;
}

static int parse_ulimits(struct specgen *g, struct err *err)
{
	const struct svec *texts = &g->o->ulimits;

	g->ulimits.v = xcalloc(texts->n + 1, sizeof(*g->ulimits.v));
	for (size_t i = 0; i < texts->n; i++) {
		if (!strcmp(texts->v[i], "host")) {
			g->inherit_ulimits = true;
			continue;
		}
		if (create_ulimit_parse(texts->v[i], &g->ulimits.v[g->ulimits.n], err) < 0)
			return -1;
		g->ulimits.n++;
	}
	if (g->inherit_ulimits && g->ulimits.n)
		return err_set(err, EK_USAGE, "ulimit can use host or specific ulimits, not both");
	return 0;
}

/* --gpus VALUE is short for a device of the one vendor that makes such files. */
static int parse_devices(struct specgen *g, struct err *err)
{
	const struct svec *texts = &g->o->devices;

	g->devices.v = xcalloc(texts->n + 1, sizeof(*g->devices.v));
	for (size_t i = 0; i < texts->n; i++) {
		if (create_device_is_cdi(texts->v[i]))
			svec_add(&g->cdi, texts->v[i]);
		else if (create_device_parse(texts->v[i], &g->devices.v[g->devices.n], err) < 0)
			return -1;
		else
			g->devices.n++;
	}
	for (size_t i = 0; i < g->o->gpus.n; i++) {
		svec_addf(&g->cdi, "nvidia.com/gpu=%s", g->o->gpus.v[i]);
		if (!create_device_is_cdi(g->cdi.v[g->cdi.n - 1]))
			return err_set(err, EK_USAGE, "invalid --gpus \"%s\": expected all or the name of a device", g->o->gpus.v[i]);
	}
	return 0;
}

static int check_life(const struct specgen *g, struct err *err)
{
	const struct create_opts *o = g->o;

	if (o->replace && !o->name)
		return err_set(err, EK_USAGE, "cannot replace container without --name being set");
	if (o->name && !ctr_name_ok(o->name))
		return err_set(err, EK_USAGE, "invalid --name \"%s\": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*", o->name);
	if (o->platform && (o->arch || o->os || o->variant))
		return err_set(err, EK_USAGE, "--platform option can not be specified with --arch, --os or --variant");
	return 0;
}

int specgen_parse(struct specgen *g, struct err *err)
{
	if (check_life(g, err) < 0 || specgen_namespaces_parse(g, err) < 0 || specgen_mounts_parse(g, err) < 0 ||
		specgen_security_parse(g, err) < 0 || specgen_ports_parse(g, err) < 0 ||
		specgen_monitor_parse(g, err) < 0)
		return -1;
	if (specgen_secrets_parse(g, err) < 0 || parse_ulimits(g, err) < 0 || parse_devices(g, err) < 0)
		return -1;
	/* these need no image at all */
	if (specgen_systemd_parse(g, err) < 0)
		return -1;
	return specgen_sysctl(g, err) < 0 ? -1 : specgen_resources(g, err);
}

static void record(struct specgen *g)
{
	struct ctr_record *r = &g->rec;

	r->id = xstrdup(g->id);
	r->image_id = g->has_image ? xstrdup(g->img.id) : NULL;
	if (g->has_image && digest_is_set(&g->img.manifest)) {
		char text[DIGEST_TEXT_LEN + 1];

		r->image_digest = xstrdup(digest_text(&g->img.manifest, text));
	}
	r->tty = g->o->tty;
	r->open_stdin = g->o->interactive;
	r->init = g->o->init;
	r->timezone = xstrdup(g->o->tz);
	for (char **a = g->c->argv; a && *a; a++)
		svec_add(&r->create_command, *a);
	r->create_dir = getcwd(NULL, 0);
	r->cidfile = g->o->cidfile ? fs_abspath(g->o->cidfile) : NULL;
	r->publish_all = g->o->publish_all;
	r->no_passwd = g->o->passwd < 0;
	r->no_hosts = g->o->no_hosts;
	r->no_hostname = g->o->no_hostname;
	r->cgroup_parent = xstrdup(g->cgroup_parent);
	svec_add_all(&r->volumes_from, &g->o->volumes_from);
	svec_add_all(&r->dns_search, &g->o->dns_search);
	svec_add_all(&r->dns_options, &g->o->dns_option);
	svec_add_all(&r->dns, &g->o->dns);
	svec_add_all(&r->extra_hosts, &g->o->add_host);
}

int specgen_build(struct specgen *g, struct err *err)
{
	int (*const topics[])(struct specgen *, struct err *) = {specgen_userns, specgen_process, specgen_account, specgen_namespaces,
		specgen_files, specgen_env, specgen_mounts, specgen_secrets, specgen_cdi, specgen_workdir, specgen_devices, specgen_security, specgen_ports,
		specgen_health, specgen_labels, specgen_monitor};

	/* the lowest version that has all we use: crun before 1.14 refuses any above 1.0 */
	g->spec.oci_version = xstrdup("1.0.2");
	g->spec.root.path = xstrdup(g->rootfs.host_dir ? g->rootfs.host_dir : "merged");
	if (g->cgroup_parent && !g->mon.slice)
		g->spec.linux_.cgroups_path = xasprintf("%s/podlite-%s", g->cgroup_parent, g->id);
	record(g);
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
		if (topics[i](g, err) < 0)
			return -1;
	specgen_mounts_sort(g);
	return 0;
}
