/* specgen_monitor.c - monitor.json: log, restart policy, signals, files (monitor/proto.h). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fs.h"
#include "common/journal.h"
#include "common/log.h"
#include "common/proc.h"
#include "monitor/eventlog.h"
#include "monitor/health.h"
#include "podlite/engine/specgen.h"

#define LOG_SIZE  (10 << 20)
#define LOG_FILES 3

/* ---- log ---- */

static int log_driver(struct specgen *g, struct err *err)
{
	static const char *const known[] = {"k8s-file", "json-file", "journald", "none", "passthrough", NULL};
	const char *d = g->o->log_driver && *g->o->log_driver ? g->o->log_driver : "k8s-file";

	if (!strcmp(d, "journald") && !journal_is_here())
		return err_set(err, EK_UNSUPPORTED, "--log-driver journald: this host has no systemd journal; use k8s-file, json-file, none or passthrough");
	for (const char *const *k = known; strcmp(*k, d);)
		if (!*++k)
			return err_set(err, EK_USAGE, "invalid --log-driver \"%s\": expected k8s-file, json-file, journald, none or passthrough", d);
	if (!strcmp(d, "passthrough") && g->o->tty)
		return err_set(err, EK_USAGE, "the '--log-driver passthrough' option is not allowed with --tty");
	g->mon.log_driver = xstrdup(d);
	return 0;
}

static int log_option(struct specgen *g, const char *text, struct err *err)
{
	size_t n = strcspn(text, "=");
	auto_free char *key = xstrndup(text, n);
	const char *value = text[n] ? text + n + 1 : "";

	if (!strcmp(key, "max-size")) {
		if (!strcmp(value, "-1")) { /* docker's "unlimited" */
			g->mon.log_max_size = 0;
			return 0;
		}
		return create_number_size("log-opt max-size", value, false, &g->mon.log_max_size, err);
	}
	if (!strcmp(key, "max-file"))
		return create_number_parse("log-opt max-file", value, 1, 1000, &g->mon.log_max_files, err);
	if (!strcmp(key, "path") && *value) {
		free(g->mon.log_path);
		g->mon.log_path = fs_abspath(value);
		return 0;
	}
	if (!strcmp(key, "tag")) {
		free(g->mon.log_tag);
		g->mon.log_tag = xstrdup(value);
		return 0;
	}
	return err_set(err, EK_USAGE, "invalid --log-opt \"%s\": expected max-size=, max-file=, path= or tag=", text);
}

static int log_options(struct specgen *g, struct err *err)
{
	g->mon.log_max_size = LOG_SIZE;
	g->mon.log_max_files = LOG_FILES;
	for (size_t i = 0; i < g->o->log_opts.n; i++) {
		auto_svec struct svec parts = SVEC_INIT;

		svec_add_split(&parts, g->o->log_opts.v[i], ',');
		for (size_t k = 0; k < parts.n; k++)
			if (log_option(g, parts.v[k], err) < 0)
				return -1;
	}
	return 0;
}

/* ---- life ---- */

static int restart(struct specgen *g, struct err *err)
{
	struct mon_conf *m = &g->mon;

	if (create_restart_parse(g->o->restart && *g->o->restart ? g->o->restart : "no", &m->restart, &m->restart_max, err) < 0)
		return -1;
	if (g->o->rm && strcmp(m->restart, "no"))
		return err_set(err, EK_USAGE, "the --rm option conflicts with --restart, when the restartPolicy is not \"\" and \"no\"");
	return 0;
}

static int stop(struct specgen *g, struct err *err)
{
	struct mon_conf *m = &g->mon;

	m->stop_timeout = 10;
	if (g->o->stop_timeout && create_number_parse("stop-timeout", g->o->stop_timeout, 0, INT32_MAX, &m->stop_timeout, err) < 0)
		return -1;
	if (g->o->timeout && create_number_parse("timeout", g->o->timeout, 0, INT32_MAX, &m->timeout, err) < 0)
		return -1;
	if (g->o->stop_signal) {
		m->stop_signal = proc_parse_signal(g->o->stop_signal);
		if (m->stop_signal < 0)
			return err_set(err, EK_USAGE, "invalid --stop-signal \"%s\": not a signal's name or number", g->o->stop_signal);
	}
	return 0;
}

/* A name is looked up now, in our $PATH: the monitor executes an absolute path only. */
static int choose_runtime(struct specgen *g, struct err *err)
{
	const char *asked = g->o->runtime ? g->o->runtime : g->c->runtime;

	if (!asked)
		return 0;
	g->mon.runtime = strchr(asked, '/') ? fs_abspath(asked) : proc_find_program(asked);
	if (g->mon.runtime && access(g->mon.runtime, X_OK) == 0)
		return 0;
	return err_set(err, EK_NOT_FOUND, "runtime %s: no such program; install it or name its path", asked);
}

int specgen_monitor_parse(struct specgen *g, struct err *err)
{
	if (log_driver(g, err) < 0 || log_options(g, err) < 0 || restart(g, err) < 0 || stop(g, err) < 0 ||
		choose_runtime(g, err) < 0)
		return -1;
	if (g->o->detach_keys && create_restart_detach_keys(g->o->detach_keys, err) < 0)
		return -1;
	g->mon.pidfile = g->o->pidfile ? fs_abspath(g->o->pidfile) : NULL;
	g->mon.conmon_pidfile = g->o->conmon_pidfile ? fs_abspath(g->o->conmon_pidfile) : NULL;
	return 0;
}

static void stop_signal(struct specgen *g)
{
	const char *image = g->cfg.stop_signal;
	char number[24];

	if (g->mon.stop_signal <= 0 && image && *image) {
		g->mon.stop_signal = proc_parse_signal(image);
		if (g->mon.stop_signal <= 0)
			log_debug("the image's stop signal is not known");
	}
	if (g->mon.stop_signal <= 0)
		g->mon.stop_signal = g->systemd ? SIGRTMIN + 3 : SIGTERM;
	if (g->mon.stop_signal > SIGRTMIN)
		snprintf(number, sizeof(number), "SIGRTMIN+%d", (int)g->mon.stop_signal - SIGRTMIN);
	else
		snprintf(number, sizeof(number), "%d", (int)g->mon.stop_signal);
	g->rec.stop_signal = xstrdup(proc_signal_name((int)g->mon.stop_signal) ?: number);
	g->rec.stop_timeout = g->mon.stop_timeout;
}

static void network(struct specgen *g)
{
	g->mon.network = xstrdup(g->net.kind);
	svec_add_all(&g->mon.network_options, &g->net.options);
}

static int notify(struct specgen *g, struct err *err)
{
	const char *mode = g->o->sdnotify ? g->o->sdnotify : "container";
	struct health_conf health;

	if (!strcmp(mode, "healthy") && !health_conf_read(g->mon.health, &health))
		return err_set(err, EK_USAGE, "sdnotify policy \"healthy\" requires a healthcheck to be set; give --health-cmd");
	g->mon.sdnotify = xstrdup(mode);
	g->rec.sdnotify = xstrdup(mode);
	return 0;
}

/* What the monitor's events tell; a mass of labels would stay in its memory. */
static void event_details(struct specgen *g)
{
	size_t n = 0;

	g->mon.image = g->rec.image_name ? xstrdup(g->rec.image_name) : NULL;
	for (size_t i = 0; i < g->rec.labels.n; i++)
		n += strlen(g->rec.labels.v[i]);
	if (n <= EVENTLOG_LINE)
		svec_add_all(&g->mon.labels, &g->rec.labels);
}

int specgen_monitor(struct specgen *g, struct err *err)
{
	struct mon_conf *m = &g->mon;

	m->id = xstrdup(g->id);
	m->name = xstrdup(g->rec.name);
	m->terminal = g->o->tty;
	m->stdin_open = g->o->interactive;
	if (!m->log_path)
		m->log_path = xasprintf("%s/ctr.log", g->ctrdir);
	m->remove = g->o->rm;
	m->rmi = g->o->rmi ? xstrdup(g->img.id) : NULL;
	svec_add_all(&m->runtime_flags, &g->c->runtime_flags);
	m->cgroups = xstrdup(g->o->cgroups ? g->o->cgroups : "enabled");
	m->cgroup_manager = xstrdup(g->c->cgroup_manager);
	g->rec.cgroup_manager = xstrdup(g->c->cgroup_manager);
	m->limits = jval_len(g->spec.linux_.resources) > 0;
	m->libexec = xstrdup(g->c->libexec);
	stop_signal(g);
	if (notify(g, err) < 0)
		return -1;
	network(g);
	event_details(g);
	g->rec.restart = xstrdup(m->restart);
	g->rec.restart_max = m->restart_max;
	g->rec.log_driver = xstrdup(m->log_driver);
	g->rec.log_path = xstrdup(m->log_path);
	g->rec.runtime = xstrdup(m->runtime);
	g->rec.auto_remove = m->remove;
	g->rec.auto_remove_image = g->o->rmi;
	return 0;
}
