/* mon_bridge.c - joining and leaving named networks (mon_bridge.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/lock.h"
#include "common/log.h"
#include "monitor/mon.h"
#include "net/network.h"

#define MS          1000000LL
#define PATIENCE_NS (10000 * MS)
#define STEP_NS     (5 * MS)
#define DELAY_MIN   (10 * MS)
#define DELAY_MAX   (5000 * MS)
#define DEFAULT_MTU 16384 /* as slirp4netns alone: network.md */

static void member_event(void *arg, uint32_t events);

static void pause_a_little(void)
{
	const struct timespec t = {.tv_nsec = STEP_NS};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static char *find_program(const struct mon *m)
{
	return xasprintf("%s/podlite-bridge", m->conf.libexec ? m->conf.libexec : PODLITE_LIBEXECDIR);
}

/* ---- what is asked for ---- */

static void fill_subnet(const struct network *n, int family, struct bridge_subnet *ret)
{
	struct network_plan p;

	if (!network_plan(n, family, &p))
		return;
	memcpy(ret->gateway, p.gateway.bytes, 16);
	memcpy(ret->first, p.first.bytes, 16);
	memcpy(ret->last, p.last.bytes, 16);
	ret->prefix = (uint8_t)p.subnet.prefix;
}

/* Only servers of IPv4 can be asked through slirp4netns. */
static uint8_t fill_servers(const struct svec *servers, uint8_t ret[BRIDGE_SERVERS][4])
{
	struct cidr_addr a;
	uint8_t n = 0;

	for (size_t i = 0; i < servers->n && n < BRIDGE_SERVERS; i++)
		if (cidr_addr_parse(servers->v[i], &a) && a.family == AF_INET)
			memcpy(ret[n++], a.bytes, 4);
	return n;
}

static int fill_setup(const char *name, struct bridge_setup *s, struct err *err)
{
	struct network n = {.name = NULL};

	if (network_read(MON_FD_STORE, name, &n, err) < 0)
		return -1;
	snprintf(s->name, sizeof(s->name), "%s", n.name);
	snprintf(s->link, sizeof(s->link), "%s", n.interface);
	fill_subnet(&n, AF_INET, &s->v4);
	fill_subnet(&n, AF_INET6, &s->v6);
	s->mtu = network_mtu(&n) ? (uint32_t)network_mtu(&n) : DEFAULT_MTU;
	s->internal = n.internal;
	s->dns = n.dns;
	s->nservers = fill_servers(&n.dns_servers, s->servers);
	network_done(&n);
	return 0;
}

static void fill_wanted(const struct mon *m, const struct mon_network *w, struct bridge_join *j)
{
	struct cidr_addr a;
	unsigned b[6];

	snprintf(j->id, sizeof(j->id), "%s", m->id);
	if (w->ip && cidr_addr_parse(w->ip, &a))
		memcpy(j->ip4, a.bytes, 4);
	if (w->ip6 && cidr_addr_parse(w->ip6, &a))
		memcpy(j->ip6, a.bytes, 16);
	if (w->mac && sscanf(w->mac, "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) == 6)
		for (int i = 0; i < 6; i++)
			j->mac[i] = (uint8_t)b[i];
	mon_bridge_set_names(m, w, j);
}

static void free_member(struct mon_member *k)
{
	loop_del(&k->m->loop, &k->src);
	loop_stop_timer(&k->m->loop, &k->again);
	bridge_leave(&k->b);
	bridge_done(&k->b);
	free(k->interface);
	free(k);
}

static struct mon_member *new_member(struct mon *m, const struct mon_network *w, struct err *err)
{
	struct mon_member *k = new0(struct mon_member);

	bridge_init(&k->b);
	k->m = m;
	k->src.fd = -1;
	if (fill_setup(w->name, &k->b.setup, err) < 0) {
		free_member(k);
		return NULL;
	}
	fill_wanted(m, w, &k->b.wanted);
	k->interface = w->interface ? xstrdup(w->interface) : NULL;
	return k;
}

static void add_member(struct mon_bridges *all, struct mon_member *k)
{
	all->v = xrealloc(all->v, all->n + 1, sizeof(struct mon_member *));
	all->v[all->n++] = k;
}

/* ---- find ---- */

/* Two networks of one container must be in one user namespace: the kernel demands it of who connects them. */
static int keep_userns(struct mon_bridges *all, const struct bridge *b, int userns, struct err *err)
{
	struct stat have, got;
	auto_fd int ns = userns;

	if (all->userns < 0) {
		all->userns = take_fd(ns);
		return 0;
	}
	if (fstat(all->userns, &have) == 0 && fstat(ns, &got) == 0 && have.st_ino == got.st_ino)
		return 0;
	err_set(err, EK_IN_USE, "network %s is used from another user namespace", b->setup.name);
	return err_advise(err, "stop its containers first");
}

static int connect_member(struct mon_bridges *all, struct mon_member *k, struct err *err)
{
	int userns = -1, r = bridge_connect(&k->b, all->dir, &userns, err);

	return r != 1 ? r : keep_userns(all, &k->b, userns, err) < 0 ? -1 : 1;
}

/* How many have no helper; -1. */
static int connect_all(struct mon_bridges *all, struct err *err)
{
	int missing = 0;

	for (size_t i = 0; i < all->n; i++) {
		int r = all->v[i]->b.sock >= 0 ? 1 : connect_member(all, all->v[i], err);

		if (r < 0)
			return -1;
		missing += !r;
	}
	return missing;
}

/* Those without a helper can be started by us: neither a helper nor a member is left. */
static bool missing_are_free(const struct mon_bridges *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i]->b.sock < 0 && !bridge_is_free(&all->v[i]->b, all->dir))
			return false;
	return true;
}

/* Connected to all, or holding the lock with nobody else about to start those that are missing. */
static int settle(struct mon_bridges *all, struct err *err)
{
	int64_t end = loop_now_ns() + PATIENCE_NS;

	for (;;) {
		int missing = connect_all(all, err), r;

		if (missing <= 0) {
			fd_closep(&all->lock);
			return missing;
		}
		if (all->lock >= 0 && missing_are_free(all))
			return 0;
		if (all->lock >= 0) {
			fd_closep(&all->lock);
			pause_a_little();
		}
		if (loop_now_ns() > end)
			return err_set(err, EK_NETWORK, "the networks' helpers cannot be reached; stop the networks' containers and start them again");
		all->lock = fd_open_dir(all->dir, ".");
		r = all->lock < 0 ? all->lock : lock_dir_wait(all->lock);
		if (r < 0)
			return err_neg(err, r, "lock the directory of networks in use");
	}
}

int mon_bridge_find(struct mon *m, int *ret_userns, struct err *err)
{
	struct mon_bridges *all = &m->bridges;
	int r;

	all->dir = bridge_dir(MON_FD_STORE);
	if (all->dir < 0)
		return err_neg(err, all->dir, "directory of networks in use");
	for (size_t i = 0; i < m->conf.networks.n; i++) {
		struct mon_member *k = new_member(m, &m->conf.networks.v[i], err);

		if (!k)
			return -1;
		add_member(all, k);
	}
	if (settle(all, err) < 0)
		return -1;
	/* the first of its members: where other networks are, so that a container can be in both */
	if (all->lock >= 0 && all->userns < 0)
		all->userns = bridge_any_userns(all->dir);
	r = all->userns < 0 ? -1 : fd_dup(all->userns);
	*ret_userns = MAX_OF(r, -1);
	return 0;
}

/* ---- join ---- */

/* We are where we are: another container's namespace that we had to join may not be the network's. */
static int check_userns(struct mon_bridges *all, struct err *err)
{
	auto_fd int own = fd_open(AT_FDCWD, "/proc/self/ns/user", O_RDONLY, 0);
	struct stat a, b;

	if (own < 0)
		return err_neg(err, own, "user namespace");
	if (all->userns < 0) {
		all->userns = take_fd(own);
		return 0;
	}
	if (fstat(own, &a) == 0 && fstat(all->userns, &b) == 0 && a.st_ino == b.st_ino)
		return 0;
	err_set(err, EK_IN_USE, "network %s is used from another user namespace than this container", all->v[0]->b.setup.name);
	return err_advise(err, "stop the network's containers first");
}

static int start_missing(struct mon *m, struct err *err)
{
	struct mon_bridges *all = &m->bridges;
	auto_free char *program = find_program(m);
	int64_t end = loop_now_ns() + PATIENCE_NS;

	for (size_t i = 0; i < all->n; i++) {
		struct mon_member *k = all->v[i];

		while (k->b.sock < 0) {
			int r = bridge_start(&k->b, all->dir, program, err);

			if (!r)
				r = connect_member(all, k, err);
			if (r < 0)
				return -1;
			if (!r && loop_now_ns() > end)
				return err_set(err, EK_NETWORK, "network %s: its helper cannot be reached", k->b.setup.name);
			if (!r)
				pause_a_little();
		}
	}
	fd_closep(&all->lock);
	return 0;
}

static void tell_others(struct mon_bridges *all)
{
	for (size_t i = 0; i < all->n; i++)
		bridge_others(&all->v[i]->b, all->n > 1);
}

static int join_all(struct mon *m, const char *hostname, const struct svec *servers, struct err *err)
{
	struct mon_bridges *all = &m->bridges;

	for (size_t i = 0; i < all->n; i++) {
		struct bridge *b = &all->v[i]->b;

		if (hostname)
			bridge_add_name(&b->wanted, hostname);
		b->wanted.nservers = fill_servers(servers, b->wanted.servers);
		if (bridge_join(b, err) < 0)
			return -1;
	}
	tell_others(all);
	return 0;
}

/* Perhaps in none of them just now. */
static bool in_networks(const struct mon *m)
{
	return m->conf.network && !strcmp(m->conf.network, "bridge");
}

int mon_bridge_join(struct mon *m, const char *hostname, struct err *err)
{
	struct hosts_files f = {.name = NULL};
	int r;

	if (!in_networks(m))
		return 0;
	r = hosts_files_read(MON_FD_CTR, &f, err);
	if (!r)
		r = check_userns(&m->bridges, err);
	if (!r)
		r = start_missing(m, err);
	if (!r)
		r = join_all(m, hostname, &f.dns, err);
	if (!r)
		r = mon_bridge_write_names(m, &f, err);
	hosts_files_done(&f);
	return r;
}

/* ---- attach ---- */

/* The first that leads out has the default route. */
static const struct mon_member *leading(const struct mon_bridges *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i]->b.setup.internal)
			return all->v[i];
	return NULL;
}

static int attach(struct mon *m, struct mon_member *k, struct err *err)
{
	char name[IFNAMSIZ];

	if (k->interface)
		snprintf(name, sizeof(name), "%s", k->interface);
	else if (bridge_free_ifname(m->netns, name, err) < 0)
		return -1;
	if (bridge_attach(&k->b, m->netns, name, err) < 0)
		return -1;
	return bridge_configure(&k->b, m->netns, k == leading(&m->bridges), err);
}

int mon_bridge_attach(struct mon *m, struct err *err)
{
	for (size_t i = 0; i < m->bridges.n; i++)
		if (attach(m, m->bridges.v[i], err) < 0)
			return -1;
	return 0;
}

/* ---- while it runs ---- */

static int watch(struct mon_member *k)
{
	return k->src.fd >= 0 || k->b.sock < 0 ? 0 : loop_add(&k->m->loop, &k->src, k->b.sock, EPOLLIN, member_event, k);
}

int mon_bridge_watch(struct mon *m)
{
	int r = 0;

	for (size_t i = 0; i < m->bridges.n && !r; i++)
		r = watch(m->bridges.v[i]);
	return r;
}

/* 1: connected and what it was; 0: somebody else is at it; -1. */
static int return_to(struct mon_member *k, struct err *err)
{
	auto_free char *program = find_program(k->m);
	int r = bridge_connect(&k->b, k->m->bridges.dir, NULL, err);

	if (!r)
		r = bridge_start(&k->b, k->m->bridges.dir, program, err);
	if (r == 1 && k->b.joined)
		r = bridge_join(&k->b, err) < 0 ? -1 : 1;
	if (r == 1)
		bridge_others(&k->b, k->m->bridges.n > 1);
	return r;
}

static void again(void *arg)
{
	struct mon_member *k = arg;
	struct err e = ERR_INIT;
	/* a restart of the container may have been first */
	int r = k->b.sock >= 0 ? 1 : return_to(k, &e);

	if (r == 1 && watch(k) == 0) {
		k->delay = 0;
		return;
	}
	if (r < 0)
		log_debug("network of %.12s: %s", k->m->id, e.msg);
	bridge_lost(&k->b);
	/* somebody else at it is quick; a failure may last */
	k->delay = r < 0 ? MIN_OF(MAX_OF(k->delay * 2, DELAY_MIN), DELAY_MAX) : DELAY_MIN;
	loop_set_timer(&k->m->loop, &k->again, k->delay, again, k);
}

static void member_event(void *arg, uint32_t events)
{
	struct mon_member *k = arg;

	(void)events;
	if (mon_bridge_read(k))
		return;
	loop_del(&k->m->loop, &k->src);
	bridge_lost(&k->b);
	loop_set_timer(&k->m->loop, &k->again, 1, again, k);
}

/* ---- end ---- */

void mon_bridge_leave(struct mon *m)
{
	for (size_t i = 0; i < m->bridges.n; i++)
		bridge_leave(&m->bridges.v[i]->b);
	hosts_texts_done(&m->bridges.names);
}

void mon_bridge_done(struct mon *m)
{
	struct mon_bridges *all = &m->bridges;

	for (size_t i = 0; i < all->n; i++)
		free_member(all->v[i]);
	free(all->v);
	hosts_texts_done(&all->names);
	fd_close(all->dir);
	fd_close(all->lock);
	fd_close(all->userns);
	*all = (struct mon_bridges)MON_BRIDGES_INIT;
}

/* ---- changes ---- */

static struct mon_member *find_member(const struct mon_bridges *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->v[i]->b.setup.name, name))
			return all->v[i];
	return NULL;
}

/* One that is new to the running container, on its own until all has gone well. */
static struct mon_member *join_live(struct mon *m, const struct mon_network *w, const char *hostname, const struct svec *servers, struct err *err)
{
	struct mon_bridges one = {.dir = m->bridges.dir, .lock = -1, .userns = -1};
	struct mon_member *k = new_member(m, w, err);
	auto_free char *program = find_program(m);
	int r;

	if (!k)
		return NULL;
	add_member(&one, k);
	r = settle(&one, err);
	if (!r && one.userns >= 0)
		r = check_userns(&one, err);
	if (!r && k->b.sock < 0)
		r = bridge_start(&k->b, one.dir, program, err) == 1 ? 0 :
			err->kind != EK_OK ? -1 : err_set(err, EK_NETWORK, "network %s: its helper cannot be reached", w->name);
	fd_close(one.lock);
	fd_close(one.userns);
	if (!r && hostname)
		bridge_add_name(&k->b.wanted, hostname);
	if (!r) {
		k->b.wanted.nservers = fill_servers(servers, k->b.wanted.servers);
		r = bridge_join(&k->b, err);
	}
	if (!r)
		r = attach(m, k, err);
	free(one.v);
	if (!r)
		return k;
	free_member(k);
	return NULL;
}

static int add_new(struct mon *m, const struct mon_conf *now, struct mon_bridges *fresh, struct err *err)
{
	struct hosts_files f = {.name = NULL};
	int r = hosts_files_read(MON_FD_CTR, &f, err);

	for (size_t i = 0; i < now->networks.n && !r; i++) {
		const struct mon_network *w = &now->networks.v[i];
		struct mon_member *k = find_member(&m->bridges, w->name) ? NULL : join_live(m, w, f.hostname, &f.dns, err);

		if (k)
			add_member(fresh, k);
		else if (!find_member(&m->bridges, w->name))
			r = -1;
	}
	hosts_files_done(&f);
	return r;
}

static void remove_gone(struct mon *m, const struct mon_conf *now)
{
	struct mon_bridges *all = &m->bridges;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct mon_member *k = all->v[i];
		bool wanted = false;

		for (size_t j = 0; j < now->networks.n; j++)
			wanted = wanted || !strcmp(now->networks.v[j].name, k->b.setup.name);
		if (wanted)
			all->v[n++] = k;
		else
			free_member(k);
	}
	all->n = n;
}

/* Whoever has the default route now. */
static void move_route(struct mon *m, const struct mon_member *before)
{
	const struct mon_member *now = leading(&m->bridges);
	struct err e = ERR_INIT;

	if (now && now != before && bridge_route(&now->b, m->netns, &e) < 0)
		log_debug("network of %.12s: %s", m->id, e.msg);
}

static void rewrite_names(struct mon *m)
{
	struct hosts_files f = {.name = NULL};
	struct err e = ERR_INIT;

	if (hosts_files_read(MON_FD_CTR, &f, &e) < 0 || mon_bridge_write_names(m, &f, &e) < 0)
		log_debug("network of %.12s: %s", m->id, e.msg);
	hosts_files_done(&f);
}

static int change(struct mon *m, struct mon_conf *now, struct err *err)
{
	struct mon_bridges fresh = MON_BRIDGES_INIT;
	const struct mon_member *before = leading(&m->bridges);
	int r = add_new(m, now, &fresh, err);

	for (size_t i = 0; i < fresh.n; i++)
		if (r < 0)
			free_member(fresh.v[i]);
		else
			add_member(&m->bridges, fresh.v[i]);
	free(fresh.v);
	if (r < 0)
		return -1;
	mon_bridge_forget(m);
	remove_gone(m, now);
	move_route(m, before);
	tell_others(&m->bridges);
	mon_network_changed(m);
	rewrite_names(m);
	SWAP(m->conf.networks, now->networks);
	return mon_bridge_watch(m) < 0 ? err_set(err, EK_SYSTEM, "event loop") : 0;
}

int mon_bridge_change(struct mon *m, struct err *err)
{
	struct mon_conf now = {0};
	int r;

	if (m->phase != MP_RUNNING)
		return err_set(err, EK_INVALID, "container is not running");
	if (m->netns < 0 || !in_networks(m))
		return err_set(err, EK_INVALID, "the container's network mode is %s: it is in no named network and cannot join one",
			m->conf.network ? m->conf.network : "slirp4netns");
	r = jmap_read_file(mon_conf_map, MON_FD_CTR, "monitor.json", 1 << 20, &now, err);
	if (!r && m->bridges.dir < 0)
		m->bridges.dir = bridge_dir(MON_FD_STORE);
	if (!r)
		r = change(m, &now, err);
	jmap_done(mon_conf_map, &now);
	if (!r)
		(void)!mon_state_write(m, m->status, NULL);
	return r;
}
