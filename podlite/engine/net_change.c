/*
 * net_change.c - whose member a container is, and a network's DNS servers.
 *
 * record.json and monitor.json have the same list, and the record's counts: monitor.json is written from
 * it, a living monitor leaves and joins, and what it has done is recorded. So a command that is killed
 * in between leaves something that the same command mends. All under the container's lock, and, when a
 * network is added, while nobody can remove that.
 */
#include "podlite/engine/net_change.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/fd.h"
#include "common/fs.h"
#include "podlite/engine/events.h"
#include "podlite/engine/monitor_client.h"
#include "podlite/engine/net_use.h"
#include "podlite/engine/specgen.h"

#define DOCUMENT_MAX (1u << 20)
#define CONF         "monitor.json"

struct change {
	int dir;   /* the container's, locked */
	bool live;
	struct ctr_record rec;
	struct mon_conf conf;
	struct sbuf was; /* monitor.json */
};

#define CHANGE_INIT {.dir = -1}

static void change_done(struct change *ch)
{
	fd_close(ch->dir);
	jmap_done(ctr_record_map, &ch->rec);
	jmap_done(mon_conf_map, &ch->conf);
	sbuf_done(&ch->was);
}

static int read_documents(struct change *ch, struct err *err)
{
	int r;

	if (jmap_read_file(ctr_record_map, ch->dir, "record.json", DOCUMENT_MAX, &ch->rec, err) < 0 ||
		jmap_read_file(mon_conf_map, ch->dir, CONF, DOCUMENT_MAX, &ch->conf, err) < 0)
		return -1;
	r = fs_read_file(ch->dir, CONF, DOCUMENT_MAX, &ch->was);
	return r < 0 ? err_neg(err, r, "read " CONF) : 0;
}

static int begin(struct context *c, const char *text, struct change *ch, struct err *err)
{
	struct ctr ctr;
	char id[65];

	if (ctr_find_id(c, text, id, err) < 0)
		return -1;
	ch->dir = ctr_lock(c, id, err);
	if (ch->dir < 0 || ctr_load(c, id, &ctr, err) < 0)
		return -1;
	ch->live = ctr_is_live(&ctr);
	ctr_done(&ctr);
	if (read_documents(ch, err) < 0)
		return -1;
	if (!strcmp(ch->conf.network ? ch->conf.network : "", "bridge"))
		return 0;
	err_set(err, EK_UNSUPPORTED, "container %s: its network mode %s cannot be combined with named networks", ch->rec.name,
		ch->rec.network ? ch->rec.network : "");
	return err_advise(err, "make it again with --network NAME");
}

static void networks_to_conf(struct change *ch)
{
	size_t n = ch->rec.networks.n;

	for (size_t i = 0; i < ch->conf.networks.n; i++)
		jmap_done(mon_network_map, &ch->conf.networks.v[i]);
	ch->conf.networks.v = xrealloc(ch->conf.networks.v, n + 1, sizeof(struct mon_network));
	for (size_t i = 0; i < n; i++)
		ch->conf.networks.v[i] = specgen_networks_copy(&ch->rec.networks.v[i]);
	ch->conf.networks.n = n;
}

static int commit(struct change *ch, struct err *err)
{
	networks_to_conf(ch);
	if (jmap_write_file(mon_conf_map, ch->dir, CONF, &ch->conf, 0, err) < 0)
		return -1;
	if (ch->live && monitor_client_request(ch->dir, MON_NETWORK, NULL, 0, err) < 0) {
		(void)!fs_write_file(ch->dir, CONF, ch->was.buf, ch->was.len, 0600, 0);
		return err_wrap(err, "container %s", ch->rec.name);
	}
	return ctr_write_record(ch->dir, &ch->rec, FS_SYNC, err);
}

static int check_new(const struct change *ch, const struct mon_network *m, struct err *err)
{
	if (net_use_is_member(&ch->rec, m->name))
		return err_set(err, EK_EXISTS, "container %s is already connected to network %s", ch->rec.name, m->name);
	return 0;
}

int net_change_connect(struct context *c, const char *ctr, const struct mon_network *m, struct err *err)
{
	auto_cleanup(change_done) struct change ch = CHANGE_INIT;
	auto_cleanup(network_done) struct network n = {.name = NULL};
	auto_fd int lock = network_lock(c->store.fd, LOCK_SHARED_, err);
	struct mon_network full = *m;

	if (lock < 0 || network_find(c->store.fd, m->name, &n, err) < 0 || specgen_networks_check(&n, m, err) < 0)
		return -1;
	full.name = n.name;
	if (begin(c, ctr, &ch, err) < 0 || check_new(&ch, &full, err) < 0)
		return -1;
	ch.rec.networks.v = xrealloc(ch.rec.networks.v, ch.rec.networks.n + 1, sizeof(full));
	ch.rec.networks.v[ch.rec.networks.n++] = specgen_networks_copy(&full);
	if (commit(&ch, err) < 0)
		return -1;
	events_network(c, ch.rec.id, n.name, "connect");
	return 0;
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
	auto_cleanup(change_done) struct change ch = CHANGE_INIT;
	auto_free char *name = full_name(c, network);
	size_t at = 0, n;

	if (begin(c, ctr, &ch, err) < 0)
		return -1;
	n = ch.rec.networks.n;
	while (at < n && strcmp(ch.rec.networks.v[at].name, name))
		at++;
	if (at == n)
		return err_set(err, EK_NOT_FOUND, "container %s is not connected to network %s", ch.rec.name, name);
	jmap_done(mon_network_map, &ch.rec.networks.v[at]);
	memmove(ch.rec.networks.v + at, ch.rec.networks.v + at + 1, (n - at - 1) * sizeof(struct mon_network));
	ch.rec.networks.n--;
	if (commit(&ch, err) < 0)
		return -1;
	events_network(c, ch.rec.id, name, "disconnect");
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
