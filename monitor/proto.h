/*
 * proto.h - the contract between the engine and podlite-monitor: directories, files, messages.
 *
 * Files. CTRDIR = STORE/containers/ID: config.json (bundle), rootfs.json (storage/rootfs.h),
 * monitor.json (struct mon_conf), exit.json (struct mon_exit, durable), ctr.log[.N]. While it runs:
 * lock (held exclusively by the monitor for its whole life; the engine takes it and
 * passes it on, so there is no gap), state.json (struct mon_state, of this boot), ctl.sock. They are here and
 * not in the run directory, so that whoever has the container has its monitor, too: run directories go with
 * a session and differ between sessions.
 * CTRDIR/started: a link to "BOOTID NANOSECONDS" of the last start, but of --rm; a start that no
 * exit.json has followed, without a held lock, ended with its monitor or the machine.
 * "Running" is: lock is held. state.json is only believed while it is, or to find a leftover
 * process to end.
 *
 * Start. The engine spawns `podlite-monitor ID` outside the user namespace with descriptors:
 * 3 SOCK_SEQPACKET to the engine, 4 the locked CTRDIR/lock, 5 CTRDIR, 6 store root; 0-2 /dev/null (stderr
 * inherited with --debug), clean environment but
 * for NOTIFY_SOCKET and WATCHDOG_USEC (mon_notify.h). The engine sends one MON_START message; the
 * monitor answers MON_STARTED or MON_FAILED and, unless the client stays attached, closes.
 *
 * Order at the end of a container: output drained to log and clients - exit.json written - state
 * changed - MON_EXIT to clients - clean-up (--rm: names, directory, anonymous volumes) or restart
 * after the back-off - lock released by exit.
 */
#ifndef PODLITE_MONITOR_PROTO_H
#define PODLITE_MONITOR_PROTO_H

#include "common/err.h"
#include "common/jmap.h"

#define MON_FD_SOCK   3
#define MON_FD_LOCK   4
#define MON_FD_CTR    5
#define MON_FD_STORE  6
#define MON_FD_USERNS 7 /* only with --userns: a user namespace made ahead (common/userns.h) */

#define MON_STARTED_LINK "started"

#define MON_MAX_DATA  65536 /* payload of one message */

/* Every message: one type byte, then the payload given here. Same socket type and same messages
 * for the starter and for clients of ctl.sock. A client of ctl.sock must have our uid (SO_PEERCRED). */
enum mon_msg {
	/* engine -> monitor */
	MON_START = 's',   /* struct mon_start, with descriptors */
	MON_ATTACH = 'a',  /* struct mon_attach: become a stream client */
	MON_BEGIN = 'b',   /* struct mon_attach: let what waits since start_paused run, then the same */
	MON_STDIN = 'i',   /* data for stdin; empty: end of input */
	MON_RESIZE = 'r',  /* struct mon_resize */
	MON_SIGNAL = 'k',  /* struct mon_signal: answered by MON_RESULT */
	MON_WAIT = 'w',    /* tell me the exit (MON_EXIT) */
	MON_PAUSE = 'p', MON_RESUME = 'u', /* answered by MON_RESULT */
	MON_NETWORK = 'n', /* networks in monitor.json have changed: leave and join; answered by MON_RESULT, and if
	                      that is a failure nothing has changed here: write the file as it was. For containers
	                      of the kind "bridge" alone */
	MON_HEALTH = 'h',  /* run the health check now: answered by MON_HEALTHY */
	MON_RELOAD = 'l',  /* monitor.json has changed: name, restart policy, health; answered by MON_RESULT */
	/* monitor -> client */
	MON_STARTED = 'S', /* struct mon_started */
	MON_FAILED = 'F',  /* struct err */
	MON_STDOUT = 'o', MON_STDERR = 'e', /* data */
	MON_EXIT = 'X',    /* struct mon_exit_msg; always the last message, after all output */
	MON_HEALTHY = 'H', /* struct mon_healthy */
	MON_RESULT = 'R',  /* struct err, EK_OK for success */
};

enum { MON_ATTACH_STDIN = 1, MON_ATTACH_STDOUT = 2, MON_ATTACH_STDERR = 4 };

struct mon_start {
	uint32_t attach;      /* MON_ATTACH_* bits: the starter stays as a stream client */
	uint16_t rows, cols;  /* terminal size set before exec; 0: unknown */
	uint8_t passthrough;  /* the first three descriptors are the container's stdio */
	uint8_t start_paused; /* `init`: set up all but the exec, which MON_BEGIN asks for */
	uint8_t keep_stdin;   /* -i without a client at once */
	uint8_t events;       /* enum eventlog_backend */
	uint64_t preserve;    /* a bit for each number from 3 on that a further descriptor gets in the
	                         container; descriptors come in the order of their numbers */
	uint32_t nlisten;     /* without preserve: sockets of who started us (sd_listen_fds(3)): published
	                         ports are taken from them; the others are the container's 3, 4, ... */
};
struct mon_attach {
	uint32_t attach;
	uint16_t rows, cols;
};
struct mon_resize { uint16_t rows, cols; };
struct mon_signal {
	int32_t sig;
	uint8_t stop;  /* the user wants it to stay down: no restart */
	uint8_t all;   /* every process of the container */
};
struct mon_started { int32_t pid; uint8_t terminal; };
struct mon_healthy { uint8_t defined, passed, timed_out, startup; }; /* startup: it was the startup check */
struct mon_exit_msg { int32_t code; uint8_t oom; uint8_t restarting; };

/* ---- files ---- */

struct mon_port { char *host_ip, *proto; int64_t host_port, container_port, range; };

/* Membership of a named network (net/network.h), in monitor.json and, the same, in record.json. The
 * first of the list has the default route. NULL: not asked for, whoever joins chooses. The engine has
 * checked that the addresses are of the network's subnets and the texts are what network_*_ok and
 * cidr_addr_parse take; the network's record may have changed or gone since, so the monitor reads it
 * with network_read(store directory, name) at each start. Besides the aliases the container answers
 * to its name (mon_conf.name) and the first 12 digits of its id, which are not in the list. */
struct mon_network {
	char *name;                   /* of the network */
	struct svec aliases;
	char *ip, *ip6, *mac;         /* mac: lower case with colons */
	char *interface;              /* name in the container; NULL: the first of eth0, eth1 ... that is free */
};
extern const struct jmap mon_network_map[];

/* What came of it while the container runs (state.json), for inspect; in the same order. */
struct mon_joined {
	char *name, *interface, *mac;
	char *ip, *gateway, *ip6, *gateway6; /* without prefix; NULL: none */
	int64_t prefix, prefix6;
};

/* A mount made before the container's own, in the monitor's mount namespace, where config.json
 * binds it from: CTRDIR/mounts/N/merged, or with a subpath CTRDIR/mounts/N/sub. N counts from 0.
 *	"overlay"  CTRDIR/mounts/N/rootfs.json, its upper layer emptied at each start
 *	"image"    the same, read-only
 *	"volume"   source is a directory, of which subpath is wanted
 *	"shm"      source is the container whose /dev/shm it is
 *	"tmpfs"    source is a volume's name, options are the file system's; what another running
 *	           container has mounted for that volume is shared
 */
struct mon_mount { char *kind, *source, *subpath, *options; };

struct mon_conf {                 /* monitor.json */
	char *id, *name;
	char *image;                  /* for events, as the labels: none of more than EVENTLOG_LINE */
	struct svec labels;
	bool terminal, stdin_open;
	char *log_driver, *log_path;  /* "k8s-file", "json-file", "journald", "none", "passthrough"; path absolute */
	int64_t log_max_size;         /* bytes, 0: unlimited */
	int64_t log_max_files;
	char *log_tag;
	char *restart;                /* "no", "always", "on-failure", "unless-stopped" */
	int64_t restart_max;          /* on-failure:N, 0: no limit */
	bool remove;                  /* --rm */
	char *rmi;                    /* --rmi: the id of the image that `image` names, or NULL */
	struct svec anonymous_volumes; /* removed with the container */
	int64_t stop_signal, stop_timeout;
	int64_t timeout;              /* seconds of life, 0: no limit */
	struct { struct mon_mount *v; size_t n; } mounts;
	char *network;                /* "none","host","slirp4netns","pasta","container","ns","bridge" */
	struct svec network_options;  /* "mtu=1500" ... */
	struct { struct mon_network *v; size_t n; } networks; /* "bridge": which; of `network connect` perhaps none */
	struct { struct mon_port *v; size_t n; } ports;
	char *runtime;                /* NULL: builtin, else path of an external OCI runtime */
	struct svec runtime_flags;
	char *cgroups;                /* "enabled", "disabled", "no-conmon", "split" */
	char *cgroup_manager;         /* "cgroupfs", "systemd", NULL: whichever serves */
	char *slice;                  /* of systemd, for the scope, which is made then; or NULL */
	bool limits;                  /* config.json has linux.resources */
	bool own_cgroup;              /* also without limits one that nobody else is in, where it can be had */
	char *pidfile, *conmon_pidfile;
	char *userns_ctr;             /* id of a container whose user namespace must be joined, or NULL */
	char *libexec;                /* directory of our programs */
	char *sdnotify;               /* "container" (NULL too), "conmon", "healthy", "ignore" */
	struct jval *health;          /* health.h */
};
extern const struct jmap mon_conf_map[];

struct mon_state {                /* state.json */
	char *boot_id;
	int64_t monitor_pid;
	uint64_t monitor_start;
	int64_t pid;                  /* the container's PID 1, 0 when between restarts */
	uint64_t pid_start;
	int64_t started_ns;
	int64_t restarts;
	char *status;                 /* "initialized","running","paused","stopping","restarting" */
	char *cgroup;
	char *netns;                  /* reserved */
	int64_t network_pid;          /* slirp4netns or pasta, 0 if none */
	int64_t forwarder_pid;        /* podlite-net, 0 if no port is published or it just died */
	char *ip, *gateway;           /* for inspect */
	int64_t ip_prefix;
	struct { struct mon_joined *v; size_t n; } networks; /* of "bridge" */
};
extern const struct jmap mon_state_map[];
/* A descriptor of the container's PID 1, or -1: it is gone, or the file is of another boot. */
int mon_state_pidfd(const struct mon_state *s) __must_check;

struct mon_exit {                 /* exit.json */
	int64_t code;
	bool oom;
	int64_t started_ns, finished_ns;
	int64_t restarts;
	int64_t pid;
	bool stopped;                 /* the user stopped it: it is not to come back by itself */
	char *error;                  /* why it never ran, or NULL */
};
extern const struct jmap mon_exit_map[];

#endif
