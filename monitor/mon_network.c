/*
 * mon_network.c - the container's network: slirp4netns or pasta, and podlite-net for its ports.
 *
 * Both are started beside the container's set-up. One that dies later costs the connections that
 * went through it: it is started again, after 0.1 s to 5 s, for as long as the container runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/log.h"
#include "monitor/mon.h"
#include "net/netns.h"

#define SEC       1000000000LL
#define DELAY_MIN (SEC / 10)
#define DELAY_MAX (5 * SEC)

static bool uses(const struct mon *m, const char *network)
{
	const char *n = m->conf.network;

	if (!n || !strcmp(n, "private") || !strcmp(n, "default"))
		n = "slirp4netns";
	return !strcmp(n, network);
}

static char *find_forwarder(const struct mon *m)
{
	return xasprintf("%s/podlite-net", m->conf.libexec ? m->conf.libexec : PODLITE_LIBEXECDIR);
}

/* ---- ports ---- */

static int convert_port(const struct mon_port *p, struct port *ret, struct err *err)
{
	if (p->host_port < 1 || p->container_port < 1 || p->range < 0 ||
		p->host_port + MAX_OF(p->range, 1) > 65536 || p->container_port + MAX_OF(p->range, 1) > 65536)
		return err_set(err, EK_INVALID, "monitor.json: port %lld is out of range", (long long)p->host_port);
	*ret = (struct port){.host_port = (uint16_t)p->host_port, .container_port = (uint16_t)p->container_port,
		.range = (uint16_t)MAX_OF(p->range, 1)};
	snprintf(ret->host_ip, sizeof(ret->host_ip), "%s", p->host_ip ? p->host_ip : "");
	snprintf(ret->proto, sizeof(ret->proto), "%s", p->proto ? p->proto : "tcp");
	return 0;
}

static struct port *convert_ports(const struct mon *m, struct err *err)
{
	size_t n = m->conf.ports.n;
	struct port *ports = xcalloc(n, sizeof(*ports));

	for (size_t i = 0; i < n; i++)
		if (convert_port(&m->conf.ports.v[i], &ports[i], err) < 0) {
			free(ports);
			return NULL;
		}
	return ports;
}

/* The names that systemd gave the sockets which are left, one each, or none at all. */
static void keep_names(struct mon *m, size_t first)
{
	const char *text = getenv("LISTEN_FDNAMES");
	auto_svec struct svec all = SVEC_INIT, left = SVEC_INIT;

	if (!text)
		return;
	svec_add_split(&all, text, ':');
	if (all.n != m->nfds - first)
		return;
	for (size_t i = 0; i < all.n; i++)
		if (m->fds[first + i] >= 0)
			svec_add(&left, all.v[i]);
	m->listen_names = left.n ? svec_join(&left, ":") : NULL;
}

/* What nobody publishes is the container's: how many there are and what they are, it learns as services do. */
static int keep_listeners(struct mon *m, size_t first, struct err *err)
{
	size_t n = first;

	keep_names(m, first);
	for (size_t i = first; i < m->nfds; i++)
		if (m->fds[i] >= 0)
			m->fds[n++] = m->fds[i];
	m->nfds = n;
	m->start.nlisten = (uint32_t)(n - first);
	if (n > first && m->conf.runtime)
		return err_set(err, EK_UNSUPPORTED, "LISTEN_FDS: %zu sockets are not those of published ports, and only "
			"podlite's own runtime hands them on", n - first);
	return 0;
}

int mon_network_bind(struct mon *m, struct err *err)
{
	auto_free struct port *ports = NULL;
	size_t first = m->nfds - m->start.nlisten;

	if (m->conf.ports.n && (uses(m, "slirp4netns") || uses(m, "bridge"))) {
		ports = convert_ports(m, err);
		if (!ports || publish_bind(&m->publish, ports, m->conf.ports.n, m->fds + first, m->start.nlisten, err) < 0)
			return -1;
	}
	return m->start.nlisten ? keep_listeners(m, first, err) : 0;
}

void mon_network_adjust(const struct mon *m, struct spec_runtime *spec)
{
	char count[16];

	if (m->start.nlisten) {
		snprintf(count, sizeof(count), "%u", m->start.nlisten);
		svec_env_set(&spec->process.env, "LISTEN_FDS", count);
		svec_env_set(&spec->process.env, "LISTEN_PID", "1");
		if (m->listen_names)
			svec_env_set(&spec->process.env, "LISTEN_FDNAMES", m->listen_names);
	}
	if (!m->publish.nofile[1])
		return;
	for (size_t i = 0; i < spec->process.rlimits.n; i++)
		if (!strcmp(spec->process.rlimits.v[i].type, "RLIMIT_NOFILE"))
			return;
	spec_add_rlimit(spec, "RLIMIT_NOFILE", m->publish.nofile[0], m->publish.nofile[1]);
}

/* ---- start ---- */

static int start_uplink(struct mon *m, struct err *err)
{
	auto_free struct port *ports = convert_ports(m, err);
	struct uplink_args a = {.netns = m->netns, .dir = MON_FD_CTR, .options = &m->conf.network_options,
		.ports = ports, .nports = m->conf.ports.n, .debug = m->debug};

	if (!ports)
		return -1;
	return uses(m, "pasta") ? pasta_start(&a, &m->uplink, err) : slirp_start(&a, &m->uplink, err);
}

static int wait_uplink(struct mon *m, struct err *err)
{
	return uses(m, "pasta") ? pasta_wait(&m->uplink, err) : slirp_wait(&m->uplink, err);
}

static struct publish_args forwarder_args(const struct mon *m)
{
	const struct slirp_addresses *net = &m->uplink.net;

	return (struct publish_args){.netns = m->netns, .ip = net->ip, .gateway = net->gateway, .gateway6 = net->gateway6,
		.debug = m->debug};
}

static int start_forwarder(struct mon *m, struct err *err)
{
	struct publish_args a = forwarder_args(m);
	auto_free char *program = find_forwarder(m);

	return m->publish.n ? publish_start(&m->publish, &a, program, err) : 0;
}

/* The first network is what ports and state.json tell of. */
static void take_first(struct mon *m)
{
	const struct bridge *b = m->bridges.n ? &m->bridges.v[0]->b : NULL;
	struct slirp_addresses *net = &m->uplink.net;

	if (!b) {
		net->ip[0] = net->gateway[0] = '\0';
		net->prefix = 0;
		return;
	}
	bridge_text4(b->at.ip4, net->ip);
	bridge_text4(b->setup.v4.gateway, net->gateway);
	net->prefix = b->setup.v4.prefix;
}

static int start_bridges(struct mon *m, struct err *err)
{
	take_first(m);
	if (mon_bridge_attach(m, err) < 0)
		return -1;
	return m->bridges.n || !m->conf.runtime ? 0 : netns_loopback_up(m->netns, err);
}

int mon_network_start(struct mon *m, struct err *err)
{
	if (m->job.c.netns < 0)
		return 0; /* the host's or another container's */
	if (uses(m, "none")) /* our own runtime has brought up lo */
		return m->conf.runtime ? netns_loopback_up(m->job.c.netns, err) : 0;
	if (!uses(m, "slirp4netns") && !uses(m, "pasta") && !uses(m, "bridge"))
		return 0;
	m->netns = fd_dup(m->job.c.netns);
	if (m->netns < 0)
		return err_neg(err, m->netns, "network");
	if ((uses(m, "bridge") ? start_bridges(m, err) : start_uplink(m, err)) < 0)
		return -1;
	return start_forwarder(m, err);
}

int mon_network_wait(struct mon *m, struct err *err)
{
	if (m->uplink.pid > 0 && wait_uplink(m, err) < 0)
		return -1;
	return m->publish.pid > 0 ? publish_wait(&m->publish, err) : 0;
}

/* ---- while it runs ---- */

static void uplink_event(void *arg, uint32_t events);
static void forwarder_event(void *arg, uint32_t events);

static int watch(struct mon *m, struct loop_source *s, int pidfd, void (*fn)(void *, uint32_t))
{
	return pidfd < 0 || s->fd >= 0 ? 0 : loop_add(&m->loop, s, pidfd, EPOLLIN, fn, m);
}

static void refresh_forwarder(struct mon *m)
{
	struct publish_args a = forwarder_args(m);

	if (m->publish.n)
		publish_refresh(&m->publish, &a);
}

void mon_network_changed(struct mon *m)
{
	take_first(m);
	refresh_forwarder(m);
}

static int revive_uplink(struct mon *m, struct err *err)
{
	if (m->uplink.pid > 0 || uses(m, "bridge"))
		return 0;
	if (start_uplink(m, err) == 0 && wait_uplink(m, err) == 0) {
		refresh_forwarder(m);
		return 0;
	}
	slirp_done(&m->uplink, true);
	return -1;
}

static int revive_forwarder(struct mon *m, struct err *err)
{
	auto_free char *program = find_forwarder(m);

	return !m->publish.n || m->publish.pid > 0 ? 0 : publish_again(&m->publish, program, err);
}

static void try_again(struct mon *m);

static void revive(void *arg)
{
	struct mon *m = arg;
	struct err e = ERR_INIT;

	if (m->phase != MP_RUNNING)
		return;
	if (revive_uplink(m, &e) < 0 || revive_forwarder(m, &e) < 0 || mon_network_watch(m) < 0) {
		log_debug("network of %.12s: %s", m->id, e.msg);
		try_again(m);
	}
	(void)!mon_state_write(m, m->status, NULL);
}

static void try_again(struct mon *m)
{
	int64_t now = loop_now_ns();

	if (now - m->revive_time > 2 * DELAY_MAX)
		m->revive_delay = 0;
	m->revive_time = now;
	m->revive_delay = m->revive_delay ? MIN_OF(m->revive_delay * 2, DELAY_MAX) : DELAY_MIN;
	loop_set_timer(&m->loop, &m->revive, m->revive_delay, revive, m);
}

static void uplink_event(void *arg, uint32_t events)
{
	struct mon *m = arg;

	(void)events;
	loop_del(&m->loop, &m->helper);
	slirp_done(&m->uplink, true); /* it is dead: this reaps it */
	(void)!mon_state_write(m, m->status, NULL);
	try_again(m);
}

static void forwarder_event(void *arg, uint32_t events)
{
	struct mon *m = arg;

	(void)events;
	loop_del(&m->loop, &m->forwarder);
	publish_reap(&m->publish);
	(void)!mon_state_write(m, m->status, NULL);
	try_again(m);
}

int mon_network_watch(struct mon *m)
{
	int r = watch(m, &m->helper, m->uplink.pidfd, uplink_event);

	if (!r)
		r = mon_bridge_watch(m);
	return r < 0 ? r : watch(m, &m->forwarder, m->publish.pidfd, forwarder_event);
}

void mon_network_stop(struct mon *m, bool leaving)
{
	/* pasta's ports are free only when it is gone; ours are our own */
	bool wait = !leaving || (m->conf.ports.n && !m->publish.n);

	loop_del(&m->loop, &m->helper);
	loop_del(&m->loop, &m->forwarder);
	loop_stop_timer(&m->loop, &m->revive);
	if (leaving)
		publish_done(&m->publish);
	else
		publish_stop(&m->publish);
	slirp_done(&m->uplink, wait);
	if (leaving)
		mon_bridge_done(m);
	else
		mon_bridge_leave(m);
	fd_closep(&m->netns);
}
