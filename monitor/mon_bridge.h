/*
 * mon_bridge.h - the named networks of a container (net/bridge.h), from the monitor's side.
 *
 * Order in one life: mon_bridge_find before the user namespace is chosen, as members of a network must
 * be in the same one - mon_bridge_join before the container is made: addresses are known then, and hosts
 * and resolv.conf are written - mon_bridge_attach with its network namespace - mon_bridge_watch -
 * mon_bridge_leave when it has ended, before a restart likewise: the connection stays, and with it the
 * network - mon_bridge_done.
 *
 * A helper that dies is started again by whoever of its members is first; all join again with what they
 * have, and the network's namespace stays, as all hold it.
 */
#ifndef PODLITE_MONITOR_MON_BRIDGE_H
#define PODLITE_MONITOR_MON_BRIDGE_H

#include "common/loop.h"
#include "monitor/proto.h"
#include "net/bridge.h"
#include "net/hosts_files.h"

struct mon;

struct mon_member {
	struct bridge b;
	struct mon *m;
	struct loop_source src; /* b.sock */
	struct loop_timer again;
	int64_t delay;
	char *interface;        /* wanted name, or NULL */
};

#define MON_STATE_NETWORKS 32 /* in state.json */
#define MON_BRIDGE_LOOKUPS 64 /* questions about names on their way between networks; the oldest is forgotten */

struct mon_lookup {
	struct mon_member *from; /* NULL: free */
	uint32_t id, asked;      /* of the asker; of this entry */
	size_t waiting;          /* for so many answers */
};

struct mon_bridges {
	struct mon_member **v;
	size_t n;
	int dir, lock, userns;   /* STORE/net; a flock on it, held while networks are started; -1: none */
	uint32_t asked;
	struct hosts_texts names;
	struct mon_lookup lookups[MON_BRIDGE_LOOKUPS];
};

#define MON_BRIDGES_INIT {.dir = -1, .lock = -1, .userns = -1}

/* All networks of monitor.json are there or nobody else is starting them. *ret_userns: where they are, to be joined
 * (ours to close), or -1. */
int mon_bridge_find(struct mon *m, int *ret_userns, struct err *err) __must_check;
/* hostname: another name of the container's, or NULL. */
int mon_bridge_join(struct mon *m, const char *hostname, struct err *err) __must_check;
int mon_bridge_attach(struct mon *m, struct err *err) __must_check;
int mon_bridge_watch(struct mon *m) __must_check;
/* monitor.json has been changed: leave and join while the container runs. On failure nothing has changed. */
int mon_bridge_change(struct mon *m, struct err *err) __must_check;
void mon_bridge_leave(struct mon *m);
void mon_bridge_done(struct mon *m);
/* mon_bridge_names.c: a message of the helper's; false: it has ended. */
bool mon_bridge_read(struct mon_member *k);
void mon_bridge_forget(struct mon *m); /* questions on their way */
/* wanted.names: its name, aliases and short id. */
void mon_bridge_set_names(const struct mon *m, const struct mon_network *w, struct bridge_join *j);
void mon_bridge_rename(struct mon *m); /* conf.name has changed */
/* hosts and resolv.conf of the networks that it has joined. */
int mon_bridge_write_names(struct mon *m, const struct hosts_files *f, struct err *err) __must_check;
/* For state.json; pointers into ret and m. */
struct mon_bridge_texts {
	char mac[18], ip[16], gateway[16], ip6[46], gateway6[46];
};
size_t mon_bridge_state(const struct mon *m, struct mon_joined *ret, struct mon_bridge_texts *texts, size_t max);

#endif
