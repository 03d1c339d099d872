/*
 * net_change.c - whose member a container is, and a network's DNS servers.
 *
 * record.json and monitor.json have the same list; both are written under the container's lock, and,
 * when a network is added, while nobody can remove that.
 */
#include "podlite/engine/net_change.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/events.h"
#include "podlite/engine/net_use.h"
#include "podlite/engine/specgen.h"

#define DOCUMENT_MAX (1u << 20)

struct documents {
	struct ctr_record rec;
	struct mon_conf conf;
};

static void documents_done(struct documents *d)
{
	jmap_done(ctr_record_map, &d->rec);
	jmap_done(mon_conf_map, &d->conf);
}

/* A container that may be changed: *ret_dir holds its lock, d is as it is now. */
static int begin(struct context *c, const char *text, int *ret_dir, struct documents *d, struct err *err)
{
	struct ctr ctr;
	char id[65];
	bool live;

	if (ctr_find_id(c, text, id, err) < 0)
		return -1;
	*ret_dir = ctr_lock(c, id, err);
	if (*ret_dir < 0 || ctr_load(c, id, &ctr, err) < 0)
		return -1;
	live = ctr_is_live(&ctr);
	ctr_done(&ctr);
	if (jmap_read_file(ctr_record_map, *ret_dir, "record.json", DOCUMENT_MAX, &d->rec, err) < 0 ||
		jmap_read_file(mon_conf_map, *ret_dir, "monitor.json", DOCUMENT_MAX, &d->conf, err) < 0)
		return -1;
	if (strcmp(d->conf.network ? d->conf.network : "", "bridge")) {
		err_set(err, EK_UNSUPPORTED, "container %s: its network mode %s cannot be combined with named networks", d->rec.name,
			d->rec.network ? d->rec.network : "");
		return err_advise(err, "make it again with --network NAME");
	}
	if (live) {
		err_set(err, EK_UNSUPPORTED, "container %s is running: the networks of a running container cannot be changed yet", d->rec.name);
		return err_advise(err, "stop it first");
	}
	return 0;
}

static int commit(int dir, const struct documents *d, struct err *err)
{
	if (jmap_write_file(mon_conf_map, dir, "monitor.json", &d->conf, 0, err) < 0)
		return -1;
	return ctr_write_record(dir, &d->rec, FS_SYNC, err);
}

static int check_new(const struct documents *d, const struct mon_network *m, struct err *err)
{
	if (net_use_is_member(&d->rec, m->name))
		return err_set(err, EK_EXISTS, "container %s is already connected to network %s", d->rec.name, m->name);
	for (size_t i = 0; i < d->rec.networks.n && m->interface; i++)
		if (d->rec.networks.v[i].interface && !strcmp(d->rec.networks.v[i].interface, m->interface))
			return err_set(err, EK_USAGE, "container %s has an interface %s in network %s already", d->rec.name, m->interface,
				d->rec.networks.v[i].name);
	return 0;
}

static void append(struct documents *d, const struct mon_network *m)
{
	d->rec.networks.v = xrealloc(d->rec.networks.v, d->rec.networks.n + 1, sizeof(*m));
	d->rec.networks.v[d->rec.networks.n++] = specgen_networks_copy(m);
	d->conf.networks.v = xrealloc(d->conf.networks.v, d->conf.networks.n + 1, sizeof(*m));
	d->conf.networks.v[d->conf.networks.n++] = specgen_networks_copy(m);
}

int net_change_connect(struct context *c, const char *ctr, const struct mon_network *m, struct err *err)
{
	auto_cleanup(documents_done) struct documents d = {.rec = {.id = NULL}};
	auto_cleanup(network_done) struct network n = {.name = NULL};
	auto_fd int lock = network_lock(c->store.fd, LOCK_SHARED_, err), dir = -1;
	struct mon_network full = *m;

	if (lock < 0 || network_find(c->store.fd, m->name, &n, err) < 0 || specgen_networks_check(&n, m, err) < 0)
		return -1;
	full.name = n.name;
	if (begin(c, ctr, &dir, &d, err) < 0 || check_new(&d, &full, err) < 0)
		return -1;
	append(&d, &full);
	if (commit(dir, &d, err) < 0)
		return -1;
	events_network(c, d.rec.id, n.name, "connect");
	return 0;
}

/* Both lists are the same, so is the place. */
static void remove_at(struct documents *d, size_t at)
{
	jmap_done(mon_network_map, &d->rec.networks.v[at]);
	jmap_done(mon_network_map, &d->conf.networks.v[at]);
	d->rec.networks.n--;
	d->conf.networks.n--;
	memmove(d->rec.networks.v + at, d->rec.networks.v + at + 1, (d->rec.networks.n - at) * sizeof(struct mon_network));
	memmove(d->conf.networks.v + at, d->conf.networks.v + at + 1, (d->conf.networks.n - at) * sizeof(struct mon_network));
}

/* Of a network that is gone or damaged the name must do. */
static char *full_name(struct context *c, const char *text)
{
	auto_cleanup(network_done) struct network n = {.name = NULL};
	struct err ignored = ERR_INIT;

	return xstrdup(network_find(c->store.fd, text, &n, &ignored) == 0 ? n.name : text);
}

int net_change_disconnect(struct context *c, const char *ctr, const char *network, struct err *err)
{
	auto_cleanup(documents_done) struct documents d = {.rec = {.id = NULL}};
	auto_free char *name = full_name(c, network);
	auto_fd int dir = -1;
	size_t at = 0;

	if (begin(c, ctr, &dir, &d, err) < 0)
		return -1;
	while (at < d.rec.networks.n && strcmp(d.rec.networks.v[at].name, name))
		at++;
	if (at == d.rec.networks.n)
		return err_set(err, EK_NOT_FOUND, "container %s is not connected to network %s", d.rec.name, name);
	if (at >= d.conf.networks.n || strcmp(d.conf.networks.v[at].name, name))
		return err_set(err, EK_INVALID, "container %s: its record and monitor.json have different networks", d.rec.name);
	remove_at(&d, at);
	if (commit(dir, &d, err) < 0)
		return -1;
	events_network(c, d.rec.id, name, "disconnect");
	return 0;
}

static int drop_servers(struct network *n, const struct svec *drop, struct err *err)
{
	SVEC_EACH(server, drop) {
		size_t i = 0;

		while (i < n->dns_servers.n && strcmp(n->dns_servers.v[i], server))
			i++;
		if (i == n->dns_servers.n)
			return err_set(err, EK_NOT_FOUND, "network %s: %s is not among its DNS servers", n->name, server);
		svec_remove(&n->dns_servers, i);
	}
	return 0;
}

int net_change_dns(struct context *c, const char *network, const struct svec *add, const struct svec *drop, struct err *err)
{
	auto_cleanup(network_done) struct network n = {.name = NULL};
	auto_fd int lock = network_lock(c->store.fd, LOCK_EXCLUSIVE_, err);

	if (lock < 0 || network_find(c->store.fd, network, &n, err) < 0 || drop_servers(&n, drop, err) < 0)
		return -1;
	SVEC_EACH(server, add)
		if (!svec_has(&n.dns_servers, server))
			svec_add(&n.dns_servers, server);
	return network_write(c->store.fd, &n, err);
}
